//! The little Markdown that messages are written in, turned into HTML for the service.
//!
//! Bold, italic, strike, code, links, lists, quotes and fenced code. Everything else is taken literally and escaped, so what is
//! produced holds no markup but our own. `super::source` goes the other way, for editing.

use super::links::{Token, link_at, tokens};
use super::sanitise::safe_href;

/// Deeper quotes are words: nobody reads them.
const QUOTES: usize = 4;

/// The HTML of a formatted message; none when it has no formatting and can go as plain text.
#[must_use]
pub fn to_html(source: &str) -> Option<String> {
    let (html, formatted) = written(source);
    formatted.then_some(html)
}

/// The HTML of a message that is HTML already, whether it is formatted or not: the service keeps the kind that it was sent as.
#[must_use]
pub fn as_html(source: &str) -> String {
    written(source).0
}

fn written(source: &str) -> (String, bool) {
    let mut html = String::with_capacity(source.len() + 32);
    let lines: Vec<&str> = source.trim_end().lines().collect();
    let formatted = blocks(&mut html, &lines, QUOTES);
    (html, formatted)
}

/// Writes lines, and tells whether there was anything to format in them.
fn blocks(html: &mut String, lines: &[&str], quotes: usize) -> bool {
    let mut formatted = false;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        if is_fence(line) {
            let length = lines[at..].iter().take_while(|line| line.trim() != "```").count();
            html.push_str("<pre><code>");
            escape(html, &lines[at..at + length].join("\n"));
            html.push_str("</code></pre>");
            formatted = true;
            at += length + 1;
            continue;
        }
        if line.trim().is_empty() {
            continue;
        }
        let kind = Block::of(line, quotes);
        let run = lines[at..].iter().take_while(|line| kind.goes_on(line, quotes)).count();
        let inner: Vec<&str> = lines[at - 1..at + run].iter().map(|line| kind.words(line)).collect();
        at += run;
        formatted |= kind != Block::Words;
        let (open, between, close) = kind.tags();
        html.push_str(open);
        if kind == Block::Quote {
            blocks(html, &inner, quotes - 1);
        } else {
            for (index, words) in inner.into_iter().enumerate() {
                if index > 0 {
                    html.push_str(between);
                }
                formatted |= inline(html, words, false);
            }
        }
        html.push_str(close);
    }
    formatted
}

fn is_fence(line: &str) -> bool {
    line.trim_start().starts_with("```")
}

/// A line begins a list or a quote, though it may only look so.
fn begins_block(line: &str) -> bool {
    Block::of(line, QUOTES) != Block::Words
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Words,
    Quote,
    Bullets,
    Numbers,
}

impl Block {
    fn of(line: &str, quotes: usize) -> Self {
        if quotes > 0 && (line.starts_with("> ") || line == ">") {
            Self::Quote
        } else if line.starts_with("- ") || line.starts_with("* ") {
            Self::Bullets
        } else if line.starts_with("1. ") {
            // A list counts from 1, since that is how it will be shown.
            Self::Numbers
        } else {
            Self::Words
        }
    }

    /// This line belongs to what was begun before it.
    fn goes_on(self, line: &str, quotes: usize) -> bool {
        let of = Self::of(line, quotes);
        match self {
            Self::Words => of == self && !line.trim().is_empty() && !is_fence(line),
            Self::Numbers => numbered(line).is_some(),
            Self::Quote | Self::Bullets => of == self,
        }
    }

    /// What stands before the first line, between two, and after the last.
    const fn tags(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Words => ("<p>", "<br>", "</p>"),
            Self::Quote => ("<blockquote>", "", "</blockquote>"),
            Self::Bullets => ("<ul><li>", "</li><li>", "</li></ul>"),
            Self::Numbers => ("<ol><li>", "</li><li>", "</li></ol>"),
        }
    }

    fn words(self, line: &str) -> &str {
        match self {
            Self::Words => line,
            Self::Quote | Self::Bullets => line.get(2..).unwrap_or_default(),
            Self::Numbers => numbered(line).unwrap_or(line),
        }
    }
}

/// What follows the number of a line in a numbered list.
fn numbered(line: &str) -> Option<&str> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    (1..=3).contains(&digits).then(|| line[digits..].strip_prefix(". ")).flatten()
}

/// What a backslash takes the meaning of. Not the backslash itself: `\\server` is a name, and so is the arm of a shrug.
const MARKS: &str = "*~`[]>-.";

/// Writes a line, and tells whether there was anything to format in it. Within a link there are no links.
pub(super) fn inline(html: &mut String, line: &str, in_link: bool) -> bool {
    let (mut from, mut at) = (0, 0);
    let mut formatted = false;
    let mut missing = Missing::default();
    while let Some(next) = line[at..].chars().next() {
        let rest = &line[at..];
        if next == '\\' && rest[1..].starts_with(|mark| MARKS.contains(mark)) {
            words(html, &line[from..at], in_link);
            (from, at) = (at + 1, at + 2);
            // Alone it makes nothing formatted: `C:\*.*` is to go as it is.
            formatted |= span_at(line, from, &mut missing).is_some() || from == 1 && begins_block(&line[1..]);
        } else if let Some(length) = link_at(line, at) {
            at += length;
        } else if let Some((span, length)) = span_at(line, at, &mut missing) {
            words(html, &line[from..at], in_link);
            span.write(html, in_link);
            at += length;
            from = at;
            formatted = true;
        } else if matches!(next, '*' | '~') {
            // A run of marks, a line drawn with them for example, is looked at once.
            let run = rest.bytes().take_while(|byte| char::from(*byte) == next).count();
            at += if run > 3 { run } else { 1 };
        } else {
            at += next.len_utf8();
        }
    }
    words(html, &line[from..], in_link);
    formatted
}

enum Span<'a> {
    Around(&'static str, &'a str),
    Code(&'a str),
    Link { words: &'a str, href: String },
}

impl Span<'_> {
    fn write(&self, html: &mut String, in_link: bool) {
        match self {
            Self::Around(tag, inner) => {
                html.extend(["<", tag, ">"]);
                inline(html, inner, in_link);
                html.extend(["</", tag, ">"]);
            }
            Self::Code(code) => {
                html.push_str("<code>");
                escape(html, code);
                html.push_str("</code>");
            }
            Self::Link { words, .. } if in_link => drop(inline(html, words, true)),
            Self::Link { words, href } => {
                open_anchor(html, href);
                inline(html, words, true);
                html.push_str("</a>");
            }
        }
    }
}

/// What no longer closes in the rest of a line, so that it is looked for once and not at every mark.
#[derive(Default)]
struct Missing(Vec<&'static str>);

impl Missing {
    fn look<T>(&mut self, mark: &'static str, find: impl FnOnce() -> Option<T>) -> Option<T> {
        if self.0.contains(&mark) {
            return None;
        }
        let found = find();
        if found.is_none() {
            self.0.push(mark);
        }
        found
    }
}

/// The formatting that begins here, and how long it is with its marks.
fn span_at<'a>(line: &'a str, at: usize, missing: &mut Missing) -> Option<(Span<'a>, usize)> {
    let rest = &line[at..];
    match rest.as_bytes().first()? {
        b'`' => {
            let mark = if rest.starts_with("``") { "``" } else { "`" };
            let inner = &rest[mark.len()..];
            let end = missing.look(mark, || inner.find(mark))?;
            // Two marks hold one, and a blank beside it is only there to part them.
            let code = if mark.len() == 2 { inner[..end].trim() } else { &inner[..end] };
            (!code.is_empty()).then_some((Span::Code(code), end + 2 * mark.len()))
        }
        b'*' if rest.starts_with("**") => around(line, at, "**", "strong", missing),
        // "2*3*4" is no italic.
        b'*' if !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric()) => {
            around(line, at, "*", "em", missing)
        }
        b'~' if rest.starts_with("~~") => around(line, at, "~~", "s", missing),
        b'[' => {
            let (words, after) = missing.look("](", || rest[1..].split_once("]("))?;
            let href = &after[..missing.look("](", || closing_bracket(after))?];
            let length = 1 + words.len() + 2 + href.len() + 1;
            (!words.is_empty()).then_some(())?;
            safe_href(href).map(|href| (Span::Link { words, href }, length))
        }
        _ => None,
    }
}

/// Words between two marks that touch them: "2 * 3 * 4" is no italic either, nor is "*.*".
fn around<'a>(
    line: &'a str,
    at: usize,
    mark: &'static str,
    tag: &'static str,
    missing: &mut Missing,
) -> Option<(Span<'a>, usize)> {
    let inner = &line[at + mark.len()..];
    let marks = line[at..].bytes().take(4).take_while(|byte| *byte == mark.as_bytes()[0]).count();
    (marks < 4 && inner.starts_with(|c: char| !c.is_whitespace())).then_some(())?;
    let end = missing.look(mark, || closing_mark(inner, mark))?;
    let says = inner[..end].contains(|c: char| c.is_alphanumeric() || !c.is_ascii());
    says.then_some((Span::Around(tag, &inner[..end]), end + 2 * mark.len()))
}

/// Where the mark is that closes what was opened before this text.
fn closing_mark(inner: &str, mark: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let found = from + inner[from..].find(&mark[..1])?;
        let run = inner[found..].bytes().take_while(|byte| *byte == mark.as_bytes()[0]).count();
        from = found + run;
        // Of three, those inside belong to what is inside.
        let end = if run == 3 { found + 3 - mark.len() } else { found };
        let closes = (run == 3 || run == mark.len())
            && !inner[..found].ends_with(|c: char| c.is_whitespace() || c == '\\')
            && (mark.len() > 1 || !inner[end + 1..].starts_with(|c: char| c.is_ascii_alphanumeric()));
        if closes {
            return Some(end);
        }
    }
}

/// Where the bracket closes that was opened before this text.
pub(super) fn closing_bracket(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 0 => return Some(at),
            b')' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn words(html: &mut String, text: &str, in_link: bool) {
    if in_link {
        return escape(html, text);
    }
    for token in tokens(text) {
        match token {
            Token::Text(text) => escape(html, text),
            Token::Link(address) => {
                open_anchor(html, address);
                escape(html, address);
                html.push_str("</a>");
            }
        }
    }
}

fn open_anchor(html: &mut String, href: &str) {
    html.push_str("<a href=\"");
    escape(html, href);
    html.push_str("\">");
}

pub(super) fn escape(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
}

/// Markdown that says a text as it is, line by line.
#[must_use]
pub fn literal(text: &str) -> String {
    paragraph(&text.lines().map(escaped).collect::<Vec<_>>().join("\n"))
}

/// Words as lines that begin no list and no quote.
pub(super) fn paragraph(words: &str) -> String {
    let line = |line: &str| {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("1. ") {
            ["1\\. ", rest].concat()
        } else if begins_block(line) || is_fence(line) {
            ["\\", line].concat()
        } else {
            line.to_owned()
        }
    };
    words.trim().lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Text of a page: blanks are one, and what would be taken for a mark is none.
pub(super) fn escaped(text: &str) -> String {
    let mut words = String::new();
    for token in tokens(text) {
        match token {
            Token::Link(address) => words.push_str(address),
            Token::Text(text) => escape_marks(&mut words, text),
        }
    }
    words
}

fn escape_marks(words: &mut String, text: &str) {
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let blank_before = words.ends_with(char::is_whitespace) || words.is_empty();
        if c.is_whitespace() && c != '\u{a0}' {
            if !words.ends_with([' ', '\n']) {
                words.push(' ');
            }
            continue;
        }
        let next = rest.peek().copied();
        let is_mark = match c {
            '*' => !blank_before || next.is_some_and(|next| !next.is_whitespace()),
            '~' => next == Some('~') || words.ends_with('~'),
            '`' | '[' => true,
            _ => false,
        };
        if is_mark {
            words.push('\\');
        }
        words.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(source: &str) -> String {
        to_html(source).unwrap_or_else(|| "plain".to_owned())
    }

    #[test]
    fn text_without_marks_goes_as_plain_text() {
        for source in [
            "hello",
            "a\nb\n\nc",
            "2 * 3 * 4",
            "2*3*4",
            "https://a.example/x~~y~~z?*a*",
            "[no](javascript:x)",
            "*",
            "**",
            "****",
            "`",
            "~~",
            "C:\\*.* and *.*",
            r"¯\_(ツ)_/¯",
            "snake_case_name and __init__",
            "3. is not the first",
            "1.5 * x",
            ">_<",
        ] {
            assert_eq!(to_html(source), None, "{source}");
        }
        assert_eq!(as_html("a < b"), "<p>a &lt; b</p>");
    }

    #[test]
    fn marks_become_elements_and_everything_else_is_escaped() {
        assert_eq!(html("**a** *b* `<c>`"), "<p><strong>a</strong> <em>b</em> <code>&lt;c&gt;</code></p>");
        assert_eq!(html("~~a~~ b"), "<p><s>a</s> b</p>");
        assert_eq!(html("**a *b* c**"), "<p><strong>a <em>b</em> c</strong></p>");
        assert_eq!(html("***a***"), "<p><strong><em>a</em></strong></p>");
        assert_eq!(html("*a **b***"), "<p><em>a <strong>b</strong></em></p>");
        assert_eq!(html("<b>x</b> **y**"), "<p>&lt;b&gt;x&lt;/b&gt; <strong>y</strong></p>");
        assert_eq!(html("`` a`b `` `*c*`"), "<p><code>a`b</code> <code>*c*</code></p>");
        assert_eq!(html("海心沙**不是**海心沙公园"), "<p>海心沙<strong>不是</strong>海心沙公园</p>");
        assert_eq!(html("**👍**"), "<p><strong>👍</strong></p>");
    }

    #[test]
    fn links_hold_words_and_brackets_and_no_other_links() {
        assert_eq!(
            html("[a \"b\"](https://a.example/?x=\"y\")"),
            "<p><a href=\"https://a.example/?x=&quot;y&quot;\">a &quot;b&quot;</a></p>"
        );
        assert_eq!(
            html("[a](https://a.example/b_(c))."),
            "<p><a href=\"https://a.example/b_(c)\">a</a>.</p>"
        );
        assert_eq!(
            html("[**a** https://b.example](https://a.example)"),
            "<p><a href=\"https://a.example\"><strong>a</strong> https://b.example</a></p>"
        );
        assert_eq!(
            html("**https://a.example**"),
            "<p><strong><a href=\"https://a.example\">https://a.example</a></strong></p>"
        );
    }

    #[test]
    fn a_backslash_takes_the_meaning_of_a_mark() {
        assert_eq!(html(r"\*a\* **b**"), "<p>*a* <strong>b</strong></p>");
        assert_eq!(html(r"\*a*"), "<p>*a*</p>");
        assert_eq!(html("\\- a\n**b**"), "<p>- a<br><strong>b</strong></p>");
        assert_eq!(html(r"\\server `x`"), r"<p>\\server <code>x</code></p>");
        assert_eq!(html(r"**a\*b**"), "<p><strong>a*b</strong></p>");
    }

    #[test]
    fn lines_lists_quotes_and_fences() {
        assert_eq!(html("*a*\nb\n\nc"), "<p><em>a</em><br>b</p><p>c</p>");
        assert_eq!(html("- a\n- b\nc"), "<ul><li>a</li><li>b</li></ul><p>c</p>");
        assert_eq!(html("1. a\n2. b"), "<ol><li>a</li><li>b</li></ol>");
        assert_eq!(html("> a\n> b\n>\n> - c"), "<blockquote><p>a<br>b</p><ul><li>c</li></ul></blockquote>");
        assert_eq!(html("> > a\n\nb"), "<blockquote><blockquote><p>a</p></blockquote></blockquote><p>b</p>");
        assert_eq!(html("```rust\n<a>\n  *b*\n```\nc"), "<pre><code>&lt;a&gt;\n  *b*</code></pre><p>c</p>");
        assert_eq!(html("```\nopen"), "<pre><code>open</code></pre>");
        assert_eq!(html("a\n```\nb\n```"), "<p>a</p><pre><code>b</code></pre>");
    }

    #[test]
    fn a_literal_text_is_said_as_it_is() {
        for text in [
            "*a*",
            "- a\n> b\n1. c\n```",
            "[a](mailto:b)",
            "`a` **b** ~~c~~",
            r"\\*",
            "https://a.example/*b*",
        ] {
            let html = as_html(&literal(text)).replace("&gt;", ">").replace("<br>", "\n");
            let html = html.replace("<a href=\"https://a.example/*b\">", "").replace("</a>", "");
            assert_eq!(html, ["<p>", text, "</p>"].concat());
        }
    }

    #[test]
    fn nothing_written_is_too_deep_or_too_long_to_read() {
        let deep = "> ".repeat(5000) + "a";
        assert!(html(&deep).contains('a'));
        for part in ["*", "~", "*a", "**a ", "[a](", "`", "~~a ", "\\*", "*a **b ", "https:", "a:"] {
            assert!(html(&part.repeat(28 * 1024 / part.len())).len() < 28 * 1024 * 10, "{part}");
        }
    }
}
