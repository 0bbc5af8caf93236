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

#[cfg(test)]
mod tests {
    use super::*;

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
