//! What the formatting buttons and keys do to the text: put marks around what is selected, or take them off again.

/// A change of the text, in bytes, and what is selected after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// From here
    pub from: usize,
    /// to here
    pub to: usize,
    /// stands this instead.
    pub with: String,
    /// What is selected then.
    pub select: (usize, usize),
}

/// A kind of formatting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `**`
    Bold,
    /// `*`
    Italic,
    /// `~~`
    Strike,
    /// A backtick, or a fence around several lines.
    Code,
    /// `[words](address)`
    Link,
    /// `- `
    Bullets,
    /// `1. `
    Numbers,
    /// `> `
    Quote,
}

impl Format {
    /// All of them, as the toolbar shows them.
    pub const ALL: [Self; 8] = [
        Self::Bold,
        Self::Italic,
        Self::Strike,
        Self::Code,
        Self::Link,
        Self::Bullets,
        Self::Numbers,
        Self::Quote,
    ];

    /// The format of a key that is pressed with Ctrl, or Cmd on a Mac; `code` is the key's place, for digits.
    #[must_use]
    pub fn of_key(key: &str, code: &str, shift: bool) -> Option<Self> {
        match (key, code, shift) {
            ("b" | "B", _, false) => Some(Self::Bold),
            ("i" | "I", _, false) => Some(Self::Italic),
            ("e" | "E", _, false) => Some(Self::Code),
            ("x" | "X", _, true) => Some(Self::Strike),
            ("l" | "L", _, true) => Some(Self::Link),
            (_, "Digit7", true) => Some(Self::Numbers),
            (_, "Digit8", true) => Some(Self::Bullets),
            (_, "Digit9", true) => Some(Self::Quote),
            _ => None,
        }
    }

    /// What it does to what is selected.
    #[must_use]
    pub fn applied(self, text: &str, selected: (usize, usize)) -> Change {
        match self {
            Self::Bold => around(text, selected, "**"),
            Self::Italic => around(text, selected, "*"),
            Self::Strike => around(text, selected, "~~"),
            Self::Code if text[selected.0..selected.1].contains('\n') => fenced(text, selected),
            Self::Code => around(text, selected, "`"),
            Self::Link => link(text, selected),
            Self::Bullets => lines(text, selected, |_| "- ".to_owned()),
            Self::Numbers => lines(text, selected, |at| (at + 1).to_string() + ". "),
            Self::Quote => lines(text, selected, |_| "> ".to_owned()),
        }
    }
}

fn around(text: &str, (from, to): (usize, usize), mark: &str) -> Change {
    let inner = text[from..to].trim();
    // Marks touch words.
    let from = from + text[from..to].len() - text[from..to].trim_start().len();
    let to = from + inner.len();
    let length = mark.len();
    if has(run_before(&text[..from], mark), mark) && has(run_after(&text[to..], mark), mark) {
        let with = inner.to_owned();
        let select = (from - length, from - length + inner.len());
        return Change { from: from - length, to: to + length, with, select };
    }
    let marked = inner.len() > 2 * length;
    if marked && has(run_after(inner, mark), mark) && has(run_before(inner, mark), mark) {
        let with = inner[length..inner.len() - length].to_owned();
        let select = (from, from + with.len());
        return Change { from, to, with, select };
    }
    Change { from, to, with: [mark, inner, mark].concat(), select: (from + length, to + length) }
}

/// As many of the mark's signs stand at the end.
fn run_before(text: &str, mark: &str) -> usize {
    text.len() - text.trim_end_matches(&mark[..1]).len()
}

fn run_after(text: &str, mark: &str) -> usize {
    text.len() - text.trim_start_matches(&mark[..1]).len()
}

/// Of stars, one is italic, two are bold, three are both.
fn has(run: usize, mark: &str) -> bool {
    match mark {
        "*" => run == 1 || run == 3,
        _ => run >= mark.len(),
    }
}

fn fenced(text: &str, (from, to): (usize, usize)) -> Change {
    let before = if from == 0 || text[..from].ends_with('\n') { "" } else { "\n" };
    let after = if text[to..].is_empty() || text[to..].starts_with('\n') { "" } else { "\n" };
    let inner = text[from..to].trim_end_matches('\n');
    let start = from + before.len() + 4;
    let with = [before, "```\n", inner, "\n```", after].concat();
    Change { from, to, with, select: (start, start + inner.len()) }
}

fn link(text: &str, (from, to): (usize, usize)) -> Change {
    const ADDRESS: &str = "https://";
    let inner = &text[from..to];
    if inner.starts_with("http://") || inner.starts_with(ADDRESS) {
        return Change { from, to, with: ["[](", inner, ")"].concat(), select: (from + 1, from + 1) };
    }
    let with = ["[", inner, "](", ADDRESS, ")"].concat();
    let address = from + 1 + inner.len() + 2;
    // Words first, then where they lead.
    let select = if inner.is_empty() { (from + 1, from + 1) } else { (address, address + ADDRESS.len()) };
    Change { from, to, with, select }
}

/// Begins each line so, or takes the beginnings off when all have them.
fn lines(text: &str, (from, to): (usize, usize), beginning: impl Fn(usize) -> String) -> Change {
    let start = text[..from].rfind('\n').map_or(0, |at| at + 1);
    let end = text[to..].find('\n').map_or(text.len(), |at| to + at);
    let old: Vec<&str> = text[start..end].split('\n').collect();
    let without = |(at, line): (usize, &&str)| line.strip_prefix(&*beginning(at)).map(str::to_owned);
    let bare: Option<Vec<String>> = old.iter().enumerate().map(without).collect();
    let new = bare.unwrap_or_else(|| {
        old.iter().enumerate().map(|(at, line)| [&beginning(at), *line].concat()).collect()
    });
    let with = new.join("\n");
    let last = start + with.len();
    let select = if from == to { (last - (end - to), last - (end - to)) } else { (start, last) };
    Change { from: start, to: end, with, select: (select.0.max(start), select.1.max(start)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text after it, with what is selected in brackets.
    fn after(format: Format, marked: &str) -> String {
        let from = marked.find('⟨').unwrap();
        let text = marked.replace('⟨', "");
        let to = text.find('⟩').unwrap();
        let text = text.replace('⟩', "");
        let change = format.applied(&text, (from, to));
        let mut new = [&text[..change.from], &change.with, &text[change.to..]].concat();
        new.insert(change.select.1, '⟩');
        new.insert(change.select.0, '⟨');
        new
    }

    #[test]
    fn marks_go_around_and_come_off_again() {
        for (format, before, then) in [
            (Format::Bold, "a ⟨好⟩ c", "a **⟨好⟩** c"),
            (Format::Italic, "⟨ a ⟩b", " *⟨a⟩* b"),
            (Format::Strike, "⟨⟩", "~~⟨⟩~~"),
            (Format::Italic, "**⟨a⟩**", "***⟨a⟩***"),
            (Format::Bold, "*⟨a⟩*", "***⟨a⟩***"),
            (Format::Code, "⟨a⟩", "`⟨a⟩`"),
        ] {
            assert_eq!(after(format, before), then);
            assert_eq!(after(format, then).replace(' ', ""), before.replace(' ', ""), "and back from {then}");
        }
        assert_eq!(after(Format::Bold, "⟨**a**⟩"), "⟨a⟩");
        assert_eq!(after(Format::Italic, "⟨**a**⟩"), "*⟨**a**⟩*");
    }

    #[test]
    fn lines_get_their_beginnings_and_lose_them() {
        assert_eq!(after(Format::Bullets, "x\na⟨⟩b\nc"), "x\n- a⟨⟩b\nc");
        assert_eq!(after(Format::Bullets, "x\n- a⟨⟩b\nc"), "x\na⟨⟩b\nc");
        assert_eq!(after(Format::Numbers, "⟨a\nb⟩"), "⟨1. a\n2. b⟩");
        assert_eq!(after(Format::Numbers, "⟨1. a\n2. b⟩"), "⟨a\nb⟩");
        assert_eq!(after(Format::Quote, "a⟨\nb⟩"), "⟨> a\n> b⟩");
        assert_eq!(after(Format::Quote, "⟨⟩"), "> ⟨⟩");
    }

    #[test]
    fn code_of_several_lines_gets_a_fence_and_links_ask_for_what_they_lack() {
        assert_eq!(after(Format::Code, "x ⟨a\nb⟩ y"), "x \n```\n⟨a\nb⟩\n```\n y");
        assert_eq!(after(Format::Link, "⟨a⟩"), "[a](⟨https://⟩)");
        assert_eq!(after(Format::Link, "⟨⟩"), "[⟨⟩](https://)");
        assert_eq!(after(Format::Link, "⟨https://a.example⟩"), "[⟨⟩](https://a.example)");
    }

    #[test]
    fn keys_are_those_of_other_editors() {
        assert_eq!(Format::of_key("b", "KeyB", false), Some(Format::Bold));
        assert_eq!(Format::of_key("X", "KeyX", true), Some(Format::Strike));
        assert_eq!(Format::of_key("x", "KeyX", false), None, "that cuts");
        assert_eq!(Format::of_key("*", "Digit8", true), Some(Format::Bullets));
    }
}
