//! The Markdown of an assistant's answer: more than people write in messages, and never whole while it comes.
//!
//! An answer is cut into blocks by whole lines alone, so that a block is closed once for all: whatever comes after, it is never
//! drawn again. What is behind the last closed block is open. There marks that have no end yet are closed for the eye, and what
//! may still become something else is held back, so that nothing is shown that the next piece takes away.
//!
//! Beyond `super::markdown`: headings, lists in lists, fences of any length, tables as they are written. What comes out is HTML
//! of ours with everything escaped, and goes the way of other people's HTML all the same (`super::render`).

use std::ops::Range;

use super::markdown::{closing_bracket, escape, inline};

/// Lists deeper than this are shown flat.
const DEPTH: usize = 4;

/// A link longer than this that has no end is no link.
const LONGEST_LINK: usize = 400;

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Code, and which language it says it is.
    Code {
        /// What stands behind the fence; often nothing.
        language: String,
        /// The code, without the line break at its end.
        code: String,
    },
    /// HTML of ours.
    Words(String),
}

/// Which blocks of a text are closed: their places, one after the other from its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closed(Vec<Range<usize>>);

impl Closed {
    /// Brings it up to date with a text of which so many bytes are as they were. Gives how many blocks stand as they stood.
    pub fn update(&mut self, text: &str, kept: usize) -> usize {
        self.0.retain(|block| block.end <= kept);
        let stand = self.0.len();
        let mut from = self.end();
        while let Some(length) = block_length(&text[from..], false) {
            self.0.push(from..from + length);
            from += length;
        }
        stand
    }

    /// Where the open part begins.
    #[must_use]
    pub fn end(&self) -> usize {
        self.0.last().map_or(0, |block| block.end)
    }

    /// The places.
    #[must_use]
    pub fn places(&self) -> &[Range<usize>] {
        &self.0
    }
}

/// The blocks of a text that is whole.
#[must_use]
pub fn blocks(text: &str) -> Vec<Block> {
    let (mut blocks, mut from) = (Vec::new(), 0);
    while let Some(length) = block_length(&text[from..], true) {
        blocks.extend(block(&text[from..from + length]));
        from += length;
    }
    blocks
}

/// The blocks of the open end of a text that still comes.
#[must_use]
pub fn open_blocks(open: &str) -> Vec<Block> {
    blocks(&completed(open))
}

/// The HTML of a whole answer, for where code needs no button of its own.
#[must_use]
pub fn html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 32);
    for block in blocks(text) {
        match block {
            Block::Code { code, .. } => preformatted(&mut html, &code),
            Block::Words(words) => html.push_str(&words),
        }
    }
    html
}

/// What a line is by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line<'a> {
    Blank,
    /// The mark of a fence, how many, and what stands behind it.
    Fence(u8, usize, &'a str),
    Heading(&'a str),
    Quote(&'a str),
    Item(Item<'a>),
    Table,
    Words,
}

/// A line of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Item<'a> {
    indent: usize,
    numbered: bool,
    /// It may begin a list: a list that is shown counts from 1.
    first: bool,
    words: &'a str,
}

fn line_of(line: &str) -> Line<'_> {
    let rest = line.trim_start();
    let indent = line.len() - rest.len();
    let Some(&mark) = rest.as_bytes().first() else { return Line::Blank };
    let run = rest.bytes().take_while(|byte| *byte == mark).count();
    let after = &rest[run..];
    match mark {
        b'`' | b'~' if run >= 3 && !after.contains('`') => Line::Fence(mark, run, after.trim()),
        b'#' if run <= 6 && after.starts_with(' ') => {
            Line::Heading(after.trim().trim_end_matches('#').trim_end())
        }
        b'>' => Line::Quote(rest[1..].strip_prefix(' ').unwrap_or(&rest[1..])),
        b'|' => Line::Table,
        // A line that is drawn says nothing.
        b'-' | b'*' | b'_' if is_rule(rest, mark) => Line::Blank,
        _ => item_of(rest, indent).map_or(Line::Words, Line::Item),
    }
}

fn is_rule(line: &str, mark: u8) -> bool {
    line.bytes().filter(|byte| *byte == mark).count() >= 3
        && line.bytes().all(|byte| byte == mark || byte == b' ')
}

fn item_of(rest: &str, indent: usize) -> Option<Item<'_>> {
    let bullet = ["- ", "* ", "+ ", "• "].into_iter().find_map(|mark| rest.strip_prefix(mark));
    if let Some(words) = bullet {
        return Some(Item { indent, numbered: false, first: true, words });
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let words = [". ", ") "].into_iter().find_map(|mark| rest[digits..].strip_prefix(mark))?;
    (1..=3).contains(&digits).then(|| Item { indent, numbered: true, first: &rest[..digits] == "1", words })
}

/// What a block is, by its first line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Fence(u8, usize),
    Heading,
    Quote,
    List { numbered: bool },
    Table,
    Words,
}

impl Kind {
    fn of(line: Line<'_>) -> Option<Self> {
        Some(match line {
            Line::Blank => return None,
            Line::Fence(mark, run, _) => Self::Fence(mark, run),
            Line::Heading(_) => Self::Heading,
            Line::Quote(_) => Self::Quote,
            Line::Item(Item { numbered, first: true, .. }) => Self::List { numbered },
            Line::Table => Self::Table,
            Line::Item(_) | Line::Words => Self::Words,
        })
    }

    /// This line belongs to what was begun. Of lists a blank line does not tell.
    fn goes_on(self, line: &str) -> bool {
        let what = line_of(line);
        match self {
            Self::Fence(..) => true,
            Self::Heading => false,
            Self::Words => Self::of(what) == Some(self),
            Self::Quote => matches!(what, Line::Quote(_)),
            Self::Table => what == Line::Table,
            Self::List { numbered } => match what {
                Line::Item(item) => item.indent > 0 || item.numbered == numbered,
                // What is set in goes on with the item above it.
                _ => line.starts_with([' ', '\t']),
            },
        }
    }
}

/// The length of the block that a text begins with, blank lines before it included; none while that cannot be told. Of a text
/// that is `whole` it always can, as long as there is something in it.
fn block_length(text: &str, whole: bool) -> Option<usize> {
    let (mut kind, mut at, mut end) = (None, 0, 0);
    for line in text.split_inclusive('\n') {
        if !whole && !line.ends_with('\n') {
            break;
        }
        at += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        match kind {
            None => kind = Kind::of(line_of(line)),
            Some(Kind::Fence(mark, run)) => {
                let closes =
                    matches!(line_of(line), Line::Fence(of, length, "") if of == mark && length >= run);
                if closes {
                    return Some(at);
                }
            }
            // The list may go on behind it.
            Some(Kind::List { .. }) if line.trim().is_empty() => continue,
            Some(begun) if !begun.goes_on(line) => return Some(end),
            Some(_) => {}
        }
        end = at;
        if kind == Some(Kind::Heading) {
            return Some(at);
        }
    }
    (whole && !text.is_empty()).then_some(text.len())
}

/// One block; none of nothing but blank lines.
fn block(source: &str) -> Option<Block> {
    let lines: Vec<&str> = source.lines().skip_while(|line| line_of(line) == Line::Blank).collect();
    let first = line_of(lines.first()?);
    let mut html = String::with_capacity(source.len() + 16);
    match (Kind::of(first)?, first) {
        (Kind::Fence(mark, run), Line::Fence(_, _, language)) => {
            let closes = |line: &&str| matches!(line_of(line), Line::Fence(of, length, "") if of == mark && length >= run);
            let code: Vec<&str> = lines[1..].iter().copied().take_while(|line| !closes(line)).collect();
            let language = language.split_whitespace().next().unwrap_or_default().to_owned();
            return Some(Block::Code { language, code: code.join("\n") });
        }
        (Kind::Heading, Line::Heading(words)) => {
            html.push_str("<p><strong>");
            inline(&mut html, &words.replace("**", ""), false);
            html.push_str("</strong></p>");
        }
        (Kind::Quote, _) => {
            let inner = lines.iter().map(|line| match line_of(line) {
                Line::Quote(words) => words,
                _ => "",
            });
            html.push_str("<blockquote>");
            words_of(&mut html, inner);
            html.push_str("</blockquote>");
        }
        (Kind::List { .. }, _) => list(&mut html, &lines),
        (Kind::Table, _) => {
            let rows =
                lines.iter().copied().filter(|line| !line.trim_matches(['|', '-', ':', ' ']).is_empty());
            preformatted(&mut html, &rows.collect::<Vec<_>>().join("\n"));
        }
        _ => words_of(&mut html, lines.iter().copied()),
    }
    Some(Block::Words(html))
}

fn words_of<'a>(html: &mut String, lines: impl Iterator<Item = &'a str>) {
    html.push_str("<p>");
    let mut first = true;
    for line in lines.map(str::trim).filter(|line| !line.is_empty()) {
        if !std::mem::replace(&mut first, false) {
            html.push_str("<br>");
        }
        inline(html, line, false);
    }
    html.push_str("</p>");
}

fn preformatted(html: &mut String, text: &str) {
    html.push_str("<pre><code>");
    escape(html, text);
    html.push_str("</code></pre>");
}

/// A list, with those that are set in inside it.
fn list(html: &mut String, lines: &[&str]) {
    let mut open: Vec<(usize, bool)> = Vec::new();
    for line in lines {
        let item = match line_of(line) {
            Line::Item(item) => item,
            Line::Blank => continue,
            _ => {
                html.push_str("<br>");
                inline(html, line.trim(), false);
                continue;
            }
        };
        // One blank more or less is no other depth.
        while open.len() > 1 && open.last().is_some_and(|(indent, _)| *indent > item.indent + 1) {
            html.push_str(close(open.pop()));
        }
        match open.last() {
            Some((indent, _)) if item.indent <= indent + 1 || open.len() == DEPTH => {
                html.push_str("</li><li>")
            }
            _ => {
                html.push_str(if item.numbered { "<ol><li>" } else { "<ul><li>" });
                open.push((item.indent, item.numbered));
            }
        }
        inline(html, item.words.trim(), false);
    }
    while let Some(last) = open.pop() {
        html.push_str(close(Some(last)));
    }
}

fn close(list: Option<(usize, bool)>) -> &'static str {
    if list.is_some_and(|(_, numbered)| numbered) { "</li></ol>" } else { "</li></ul>" }
}

/// The open end of a text as it is shown: its last line with the marks closed that have no end yet, and without what may still
/// become something else.
fn completed(open: &str) -> String {
    let line_at = open.rfind('\n').map_or(0, |at| at + 1);
    let (before, line) = open.split_at(line_at);
    if in_fence(before) {
        // It may be the fence that ends it.
        let half = !line.is_empty() && line.trim().bytes().all(|byte| matches!(byte, b'`' | b'~'));
        return if half { before.to_owned() } else { open.to_owned() };
    }
    match line_of(line) {
        Line::Fence(..) | Line::Table => open.to_owned(),
        _ if is_half_a_mark(line) => before.to_owned(),
        _ => [before, &closed_marks(line)].concat(),
    }
}

/// The lines end within a fence.
fn in_fence(lines: &str) -> bool {
    let mut fence = None;
    for line in lines.lines() {
        match (fence, line_of(line)) {
            (None, Line::Fence(mark, run, _)) => fence = Some((mark, run)),
            (Some((mark, run)), Line::Fence(of, length, "")) if of == mark && length >= run => fence = None,
            _ => {}
        }
    }
    fence.is_some()
}

/// What a line begins with and is not done: it may become a list, a heading, a fence, or none of them.
fn is_half_a_mark(line: &str) -> bool {
    let line = line.trim();
    let number = line.trim_end_matches(['.', ')']);
    let only = |marks: &str| line.chars().all(|c| marks.contains(c));
    !line.is_empty()
        && (only("#>`~-*_+•| ")
            || (line.len() <= 4 && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())))
}

/// A line with its open marks closed. A link is held back until it is whole.
fn closed_marks(line: &str) -> String {
    let line = line.strip_suffix('\\').unwrap_or(line);
    let (mut at, mut link, mut closed) = (0, None, 0);
    let mut open: Vec<(&str, usize)> = Vec::new();
    while let Some(c) = line[at..].chars().next() {
        let rest = &line[at..];
        let length = match c {
            '\\' => {
                closed = at + 1 + rest.chars().nth(1).map_or(0, char::len_utf8);
                closed - at
            }
            '`' => {
                let mark = if rest.starts_with("``") { "``" } else { "`" };
                match rest[mark.len()..].find(mark) {
                    Some(end) => {
                        closed = at + end + 2 * mark.len();
                        closed - at
                    }
                    None => {
                        open.push((mark, at));
                        rest.len()
                    }
                }
            }
            '*' | '~' => {
                let mark = ["**", "~~", "*"].into_iter().find(|mark| rest.starts_with(mark));
                mark.map_or(1, |mark| {
                    if toggle(&mut open, mark, line, at) {
                        closed = at + mark.len();
                    }
                    mark.len()
                })
            }
            '[' => match link_end(rest) {
                Some(end) => end,
                None => {
                    link = Some(at);
                    rest.len()
                }
            },
            _ => c.len_utf8(),
        };
        at += length;
    }
    let shown = &line[..link.unwrap_or(line.len())];
    if open.is_empty() && (closed == shown.len() || !shown.ends_with(['*', '~', '`'])) {
        return shown.to_owned();
    }
    // Half of a mark that ends something, or one that begins something that is not here yet.
    let half = |c: char| c.is_whitespace() || "*~`".contains(c);
    let mut shown = shown.trim_end_matches(half).to_owned();
    let length = shown.len();
    for (mark, _) in open.into_iter().rev().filter(|(mark, at)| at + mark.len() < length) {
        shown.push_str(mark);
    }
    shown
}

/// A mark opens what it is not within, and closes what it is, which it tells.
fn toggle<'a>(open: &mut Vec<(&'a str, usize)>, mark: &'a str, line: &str, at: usize) -> bool {
    let after = line[at + mark.len()..].chars().next();
    if let Some(place) = open.iter().rposition(|(known, _)| *known == mark) {
        open.truncate(place);
        return true;
    }
    if after.is_none_or(|after| !after.is_whitespace()) {
        let within = line[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        // "2*3" is no italic.
        if mark != "*" || !within {
            open.push((mark, at));
        }
    }
    false
}

/// Where a link, or what is none, ends; none while that cannot be told.
fn link_end(rest: &str) -> Option<usize> {
    if rest.len() > LONGEST_LINK {
        return Some(1);
    }
    let words_end = rest.find(']')?;
    match rest[words_end + 1..].chars().next() {
        None => None,
        Some('(') => closing_bracket(&rest[words_end + 2..]).map(|end| words_end + 2 + end + 1),
        Some(_) => Some(1),
    }
}

#[cfg(test)]
mod tests;
