//! The little Markdown that "Aa" in the composer offers, turned into HTML for the service.
//!
//! Bold, italic, code, links, lists, quotes and fenced code. Everything else is taken literally and escaped, so what is
//! produced holds no markup but our own.

use super::links::{Token, tokens};
use super::sanitise::safe_href;

/// The HTML of a formatted message; none when it has no formatting and can go as plain text.
#[must_use]
pub fn to_html(source: &str) -> Option<String> {
    let mut html = String::with_capacity(source.len() + 32);
    let mut lines = source.trim_end().lines().peekable();
    let mut formatted = false;
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("```") {
            formatted = true;
            let code: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != "```").collect();
            html.push_str("<pre><code>");
            escape(&mut html, &code.join("\n"));
            html.push_str("</code></pre>");
            continue;
        }
        if line.trim().is_empty() {
            continue;
        }
        let kind = Block::of(line);
        formatted |= kind != Block::Words;
        let (open, close) = kind.tags();
        html.push_str(open);
        let mut current = line;
        let mut first = true;
        loop {
            let words = kind.words(current);
            if kind.is_list() {
                html.push_str("<li>");
            } else if !first {
                html.push_str("<br>");
            }
            formatted |= inline(&mut html, words);
            if kind.is_list() {
                html.push_str("</li>");
            }
            first = false;
            match lines.next_if(|next| {
                !next.trim().is_empty() && !next.trim_start().starts_with("```") && Block::of(next) == kind
            }) {
                Some(next) => current = next,
                None => break,
            }
        }
        html.push_str(close);
    }
    formatted.then_some(html)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Words,
    Quote,
    Bullets,
    Numbers,
}

impl Block {
    fn of(line: &str) -> Self {
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        if line.starts_with("> ") {
            Self::Quote
        } else if line.starts_with("- ") || line.starts_with("* ") {
            Self::Bullets
        } else if (1..=3).contains(&digits) && line[digits..].starts_with(". ") {
            Self::Numbers
        } else {
            Self::Words
        }
    }

    const fn is_list(self) -> bool {
        matches!(self, Self::Bullets | Self::Numbers)
    }

    const fn tags(self) -> (&'static str, &'static str) {
        match self {
            Self::Words => ("<p>", "</p>"),
            Self::Quote => ("<blockquote>", "</blockquote>"),
            Self::Bullets => ("<ul>", "</ul>"),
            Self::Numbers => ("<ol>", "</ol>"),
        }
    }

    fn words(self, line: &str) -> &str {
        match self {
            Self::Words => line,
            Self::Quote | Self::Bullets => &line[2..],
            Self::Numbers => line.split_once(". ").map_or(line, |(_, words)| words),
        }
    }
}

/// Writes a line, and tells whether there was anything to format in it.
fn inline(html: &mut String, line: &str) -> bool {
    let mut rest = line;
    let mut words_to = 0;
    let mut formatted = false;
    while words_to < rest.len() {
        match span_at(&rest[words_to..]) {
            Some((span, length)) => {
                words(html, &rest[..words_to]);
                span.write(html);
                rest = &rest[words_to + length..];
                words_to = 0;
                formatted = true;
            }
            None => words_to += rest[words_to..].chars().next().map_or(1, char::len_utf8),
        }
    }
    words(html, rest);
    formatted
}

enum Span<'a> {
    Around(&'static str, &'a str),
    Code(&'a str),
    Link { words: &'a str, href: String },
}

impl Span<'_> {
    fn write(&self, html: &mut String) {
        match self {
            Self::Around(tag, inner) => {
                html.extend(["<", tag, ">"]);
                inline(html, inner);
                html.extend(["</", tag, ">"]);
            }
            Self::Code(code) => {
                html.push_str("<code>");
                escape(html, code);
                html.push_str("</code>");
            }
            Self::Link { words, href } => anchor(html, href, words),
        }
    }
}

/// The formatting that begins here, and how long it is with its marks.
fn span_at(rest: &str) -> Option<(Span<'_>, usize)> {
    let between = |mark: &str| {
        let inner = rest.strip_prefix(mark)?;
        let end = inner.find(mark)?;
        let inner = &inner[..end];
        // "2 * 3 * 4" is no italic: the marks touch what they format.
        let touches = inner.chars().next().is_some_and(|c| !c.is_whitespace())
            && inner.chars().next_back().is_some_and(|c| !c.is_whitespace());
        touches.then_some((inner, end + 2 * mark.len()))
    };
    match rest.as_bytes().first()? {
        b'`' => between("`").map(|(code, length)| (Span::Code(code), length)),
        b'*' if rest.starts_with("**") => {
            between("**").map(|(inner, length)| (Span::Around("strong", inner), length))
        }
        b'*' => between("*").map(|(inner, length)| (Span::Around("em", inner), length)),
        b'[' => {
            let (words, after) = rest[1..].split_once("](")?;
            let href = &after[..after.find(')')?];
            let length = 1 + words.len() + 2 + href.len() + 1;
            (!words.is_empty()).then_some(())?;
            safe_href(href).map(|href| (Span::Link { words, href }, length))
        }
        _ => None,
    }
}

fn words(html: &mut String, text: &str) {
    for token in tokens(text) {
        match token {
            Token::Text(text) => escape(html, text),
            Token::Link(address) => anchor(html, address, address),
        }
    }
}

fn anchor(html: &mut String, href: &str, words: &str) {
    html.push_str("<a href=\"");
    escape(html, href);
    html.push_str("\">");
    escape(html, words);
    html.push_str("</a>");
}

fn escape(html: &mut String, text: &str) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn html(source: &str) -> String {
        to_html(source).unwrap_or_else(|| "plain".to_owned())
    }

    #[test]
    fn text_without_marks_goes_as_plain_text() {
        for source in
            ["hello", "a\nb\n\nc", "2 * 3 * 4", "https://a.example", "[no](javascript:x)", "*", "**", "`"]
        {
            assert_eq!(to_html(source), None, "{source}");
        }
    }

    #[test]
    fn marks_become_elements_and_everything_else_is_escaped() {
        assert_eq!(html("**a** *b* `<c>`"), "<p><strong>a</strong> <em>b</em> <code>&lt;c&gt;</code></p>");
        assert_eq!(html("**a *b* c**"), "<p><strong>a <em>b</em> c</strong></p>");
        assert_eq!(html("<b>x</b> **y**"), "<p>&lt;b&gt;x&lt;/b&gt; <strong>y</strong></p>");
        assert_eq!(
            html("[a \"b\"](https://a.example/?x=\"y\")"),
            "<p><a href=\"https://a.example/?x=&quot;y&quot;\">a &quot;b&quot;</a></p>"
        );
        assert_eq!(html("海心沙**不是**海心沙公园"), "<p>海心沙<strong>不是</strong>海心沙公园</p>");
    }

    #[test]
    fn lines_lists_quotes_and_fences() {
        assert_eq!(html("*a*\nb\n\nc"), "<p><em>a</em><br>b</p><p>c</p>");
        assert_eq!(html("- a\n- b\nc"), "<ul><li>a</li><li>b</li></ul><p>c</p>");
        assert_eq!(html("1. a\n2. b"), "<ol><li>a</li><li>b</li></ol>");
        assert_eq!(html("> a\n> b"), "<blockquote>a<br>b</blockquote>");
        assert_eq!(html("```rust\n<a>\n  *b*\n```\nc"), "<pre><code>&lt;a&gt;\n  *b*</code></pre><p>c</p>");
        assert_eq!(html("```\nopen"), "<pre><code>open</code></pre>");
    }
}
