//! What of other people's HTML may be shown: a list of what is allowed, and nothing else.
//!
//! The service sanitises too; this does not rely on it. The browser's own parser makes the tree (no second parser to
//! disagree with it), `render.rs` walks it and asks here.

/// What to do with an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Show it as this element, without its attributes.
    Keep(&'static str),
    /// Show it as a link, when its address is safe.
    Link,
    /// A line break.
    Break,
    /// Show only what is inside.
    Unwrap,
    /// Show nothing of it.
    Drop,
}

/// The rule for an element, by its name in any case.
#[must_use]
pub fn rule(name: &str) -> Rule {
    match name.to_ascii_lowercase().as_str() {
        "a" => Rule::Link,
        "br" => Rule::Break,
        "p" | "div" | "section" | "article" | "table" | "tr" | "dl" => Rule::Keep("p"),
        // A message has no outline of its own.
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "b" | "strong" => Rule::Keep("strong"),
        "i" | "em" => Rule::Keep("em"),
        "u" | "ins" => Rule::Keep("u"),
        "s" | "del" | "strike" => Rule::Keep("s"),
        "code" | "kbd" => Rule::Keep("code"),
        "pre" => Rule::Keep("pre"),
        "ul" => Rule::Keep("ul"),
        "ol" => Rule::Keep("ol"),
        "li" => Rule::Keep("li"),
        "blockquote" => Rule::Keep("blockquote"),
        "abbr" | "bdi" | "center" | "cite" | "dd" | "dt" | "figcaption" | "figure" | "font" | "label"
        | "mark" | "q" | "small" | "span" | "sub" | "sup" | "tbody" | "td" | "tfoot" | "th" | "thead"
        | "time" | "tt" => Rule::Unwrap,
        // script, style, template, iframe, svg, math, form, input, img, audio and all that is not known.
        _ => Rule::Drop,
    }
}

/// The address of a link as it may stand in `href`: `http`, `https` or `mailto`. What browsers skip in an address (control
/// characters, surrounding spaces) is taken out before it is judged.
#[must_use]
pub fn safe_href(href: &str) -> Option<String> {
    let href: String = href.trim().chars().filter(|c| !c.is_control()).collect();
    let scheme = href.split_once(':')?.0.to_ascii_lowercase();
    matches!(scheme.as_str(), "http" | "https" | "mailto").then_some(href)
}

/// Elements whose content is no HTML, or not as elsewhere. All of them are dropped.
const OTHERWISE: [&str; 13] = [
    "iframe",
    "math",
    "noembed",
    "noframes",
    "noscript",
    "plaintext",
    "script",
    "style",
    "svg",
    "template",
    "textarea",
    "title",
    "xmp",
];

/// HTML in which no attribute is a handler of events or a style, and no element is read otherwise than the rest, by renaming them.
///
/// Nothing of a parsed document runs. But browsers hold its handlers and its styles against the page's policy all the same, and
/// report each: with this they find none, and a report means something. What is shown is decided after, and does not rely on it.
#[must_use]
pub fn inert(html: &str) -> String {
    let (mut inert, mut from, mut at) = (String::with_capacity(html.len()), 0, 0);
    let mut rename = |from: &mut usize, name_at: usize| {
        inert.push_str(&html[*from..name_at]);
        inert.push_str("x-");
        *from = name_at;
    };
    while let Some(found) = html[at..].find('<') {
        let rest = &html[at + found + 1..];
        let start = html.len() - rest.len();
        let name_at = start + usize::from(rest.starts_with('/'));
        if rest.starts_with("!--") {
            let end = |mark: &str| html[start + 1..].find(mark).map(|end| start + 1 + end + mark.len());
            at = [end("-->"), end("--!>")].into_iter().flatten().min().unwrap_or(html.len());
        } else if html[name_at..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            at = end_of(html, name_at, |c| c == b'/' || c == b'>' || c.is_ascii_whitespace());
            if OTHERWISE.iter().any(|name| name.eq_ignore_ascii_case(&html[name_at..at])) {
                rename(&mut from, name_at);
            }
            at = attributes(html, at, |name_at| rename(&mut from, name_at));
        } else if rest.starts_with(['!', '?', '/']) {
            at = html[start..].find('>').map_or(html.len(), |end| start + end + 1);
        } else {
            at = start;
        }
    }
    inert.push_str(&html[from..]);
    inert
}

/// Goes through the attributes of a tag, as the standard's tokenizer does, and tells where a handler or a style is named. Returns its
/// end.
fn attributes(html: &str, mut at: usize, mut reported: impl FnMut(usize)) -> usize {
    loop {
        at = end_of(html, at, |c| c != b'/' && !c.is_ascii_whitespace());
        match html.as_bytes().get(at) {
            None => return at,
            Some(b'>') => return at + 1,
            Some(_) => {}
        }
        let name_at = at;
        // A name may begin with the sign that ends others.
        at = name_at
            + 1
            + end_of(&html.as_bytes()[name_at + 1..], 0, |c| {
                matches!(c, b'/' | b'>' | b'=') || c.is_ascii_whitespace()
            });
        let name = &html.as_bytes()[name_at..at];
        let is_handler = name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(b"on"));
        if is_handler || name.eq_ignore_ascii_case(b"style") {
            reported(name_at);
        }
        let value = end_of(html, at, |c| !c.is_ascii_whitespace());
        if html.as_bytes().get(value) != Some(&b'=') {
            continue;
        }
        at = end_of(html, value + 1, |c| !c.is_ascii_whitespace());
        at = match html.as_bytes().get(at) {
            Some(quote @ (b'"' | b'\'')) => (end_of(html, at + 1, |c| c == *quote) + 1).min(html.len()),
            _ => end_of(html, at, |c| c == b'>' || c.is_ascii_whitespace()),
        };
    }
}

/// Where the first such byte is from here on, or the end.
fn end_of(html: impl AsRef<[u8]>, from: usize, ends: impl Fn(u8) -> bool) -> usize {
    let html = html.as_ref();
    html[from..].iter().position(|byte| ends(*byte)).map_or(html.len(), |at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_and_what_is_read_otherwise_get_other_names() {
        for (html, then) in [
            ("<p onclick=x>only = on</p>", "<p x-onclick=x>only = on</p>"),
            ("<a/ONload='>'/onx title=\"<b on=1>\">", "<a/x-ONload='>'/x-onx title=\"<b on=1>\">"),
            ("<style>a</Style><b on =1 on>", "<x-style>a</x-Style><b x-on =1 x-on>"),
            ("<!-- <a \" --><b on=1>", "<!-- <a \" --><b x-on=1>"),
            ("<!--><b on=1>", "<!--><b x-on=1>"),
            ("<!a \"><b on=1>", "<!a \"><b x-on=1>"),
            ("</ \"><b on=1>", "</ \"><b x-on=1>"),
            ("1 < 2 on=3", "1 < 2 on=3"),
            ("<b =on on=1", "<b =on x-on=1"),
            ("<好><b 好=on on='", "<好><b 好=on x-on='"),
            ("<styles>", "<styles>"),
            ("<p Style = 'x' styles=style>", "<p x-Style = 'x' styles=style>"),
        ] {
            assert_eq!(inert(html), then);
        }
    }

    #[test]
    fn what_can_run_load_or_post_is_dropped_whole() {
        for name in [
            "script", "STYLE", "iframe", "svg", "math", "form", "input", "img", "video", "template", "x-y",
            "base",
        ] {
            assert_eq!(rule(name), Rule::Drop, "{name}");
        }
        assert_eq!(rule("SPAN"), Rule::Unwrap);
        assert_eq!(rule("B"), Rule::Keep("strong"));
    }

    #[test]
    fn only_web_and_mail_addresses_are_links() {
        assert_eq!(safe_href(" https://a.example ").as_deref(), Some("https://a.example"));
        assert_eq!(safe_href("MAILTO:mei@a.example").as_deref(), Some("MAILTO:mei@a.example"));
        for href in [
            "javascript:alert(1)",
            "java\tscript:alert(1)",
            " \u{1}javascript:x",
            "data:text/html,x",
            "//a",
            "/a",
            "",
        ] {
            assert_eq!(safe_href(href), None, "{href}");
        }
    }
}
