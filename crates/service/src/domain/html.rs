//! What may be in an HTML message.
//!
//! The service cleans HTML when it arrives, so that no reader ever gets what was not allowed; a client cleans again
//! before it shows anything (design.md, "Rules of safety"). The list is short on purpose: it holds what people format
//! text with, and each left-out element has its reason.
//!
//! | left out | why |
//! |---|---|
//! | `img`, `video`, `audio`, `iframe`, `object`, `embed` | they fetch: a picture by address tells its host who reads when |
//! | `style` (element and attribute), `class`, `id` | they change the look, or the meaning, of what is outside the message |
//! | `svg`, `math` | foreign content is where sanitisers were broken (RUSTSEC-2026-0193, -0213); nobody types it |
//! | `form`, `input`, `button` | a message must not ask for a password in our name |
//! | `script`, `template`, `meta`, `link`, `base` | programs, or changes to the page |
//! | `table`, `h1`–`h6` | break a narrow column, and a message is not a document; their text stays |
//!
//! Links go to http, https and mailto only, and carry `rel="noopener noreferrer"`.

use ammonia::Builder;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// The elements that stay. Of all others only the text stays; of `script` and `style` nothing does.
const ELEMENTS: [&str; 17] = [
    "p",
    "br",
    "b",
    "strong",
    "i",
    "em",
    "u",
    "s",
    "del",
    "code",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "a",
    "span",
];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(ELEMENTS.into_iter().collect())
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"]))]))
        .generic_attributes(HashSet::new())
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer"))
        .strip_comments(true);
    builder
});

/// The allowed part of some HTML.
#[must_use]
pub(crate) fn sanitise(html: &str) -> String {
    CLEANER.clean(html).to_string()
}

/// The words of some HTML, without its formatting; blocks and breaks end lines.
#[must_use]
pub(crate) fn text(html: &str) -> String {
    let mut lined = html.to_owned();
    for end in ["<br>", "</p>", "</li>", "</blockquote>", "</pre>"] {
        lined = lined.replace(end, &format!("{end}\n"));
    }
    let bare =
        Builder::empty().clean_content_tags(HashSet::from(["script", "style"])).clean(&lined).to_string();
    // What the cleaner escapes; the ampersand last, as it may be of an escape that was written out.
    let escapes = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&nbsp;", " "), ("&amp;", "&")];
    let text = escapes.iter().fold(bare, |text, (escape, character)| text.replace(escape, character));
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatting_stays() {
        let html = "<p>Hi <b>there</b>, <em>see</em> <code>x &lt; y</code></p><ul><li>one</li></ul>";
        assert_eq!(sanitise(html), html);
        assert_eq!(
            sanitise(r#"<a href="https://example.org/a?b=c">x</a>"#),
            r#"<a href="https://example.org/a?b=c" rel="noopener noreferrer">x</a>"#
        );
    }

    #[test]
    fn the_allowed_elements_stay_and_no_others() {
        for element in ELEMENTS.into_iter().filter(|element| !["a", "br"].contains(element)) {
            let html = format!("<{element}>t</{element}>");
            assert_eq!(sanitise(&html), html);
        }
        assert_eq!(sanitise("a<br>b"), "a<br>b");
        for element in [
            "abbr", "article", "audio", "body", "button", "canvas", "details", "dialog", "div", "embed",
            "font", "form", "h1", "h6", "iframe", "img", "input", "ins", "label", "link", "main", "map",
            "marquee", "math", "meta", "object", "option", "picture", "section", "select", "slot", "source",
            "sub", "summary", "sup", "svg", "table", "td", "textarea", "tr", "video", "x-own",
        ] {
            let clean = sanitise(&format!("<{element}>t</{element}>"));
            assert!(!clean.contains('<'), "{element}: {clean}");
        }
    }

    #[test]
    fn what_runs_fetches_or_dresses_up_goes() {
        for (html, clean) in [
            ("a<script>alert(1)</script>b", "ab"),
            ("a<style>p{}</style>b", "ab"),
            (r#"<img src="https://example.org/x.png" onerror="alert(1)">text"#, "text"),
            (r#"<p onclick="x()" style="color:red" class="a" id="b">t</p>"#, "<p>t</p>"),
            (r#"<a href="javascript:alert(1)">x</a>"#, r#"<a rel="noopener noreferrer">x</a>"#),
            (r#"<a href="JaVa&#115;cript:alert(1)">x</a>"#, r#"<a rel="noopener noreferrer">x</a>"#),
            (r#"<a href="data:text/html,x">x</a>"#, r#"<a rel="noopener noreferrer">x</a>"#),
            (r#"<a href="/chat">x</a>"#, r#"<a rel="noopener noreferrer">x</a>"#),
            ("<svg><a href='javascript:1'>x</a></svg>t", "t"),
            ("<form><input name=p><button>ok</button></form>", "ok"),
            ("<!-- secret -->t", "t"),
        ] {
            assert_eq!(sanitise(html), clean, "{html}");
        }
    }

    #[test]
    fn cleaning_twice_is_cleaning_once() {
        for html in [
            "<math><mtext></p><a href=x>",
            "<p><p>a",
            "a & b &amp; &lt;i>",
            "<pre> x</pre>",
            "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
        ] {
            let once = sanitise(html);
            assert_eq!(sanitise(&once), once, "{html}");
        }
    }

    #[test]
    fn text_is_the_words_in_lines() {
        let html = "<p>Hi <b>you</b> &amp; me</p><ul><li>a &lt; b</li><li>\u{a0}c</li></ul>d<br>e &amp;lt;";
        assert_eq!(text(html), "Hi you & me\na < b\n c\nd\ne &lt;");
    }
}
