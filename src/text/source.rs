//! HTML back into the Markdown of `super::markdown`, so that a formatted message can be edited without losing its formatting.
//!
//! What the Markdown has no marks for stays as words. It follows the same list of what is allowed as what is shown.

use wasm_bindgen::JsCast;

use super::links::{Token, tokens};
use super::markdown::{escaped, paragraph};
use super::render::body_of;
use super::sanitise::{Rule, rule, safe_href};

/// As in `super::render`: what is deeper is taken flat.
const DEPTH: usize = 24;

/// The Markdown of some HTML.
#[must_use]
pub fn markdown_of(html: &str) -> String {
    body_of(html).map(|body| blocks(&body, DEPTH)).unwrap_or_default()
}

/// The blocks within a node, an empty line between two.
fn blocks(parent: &web_sys::Node, depth: usize) -> String {
    let Some(depth) = depth.checked_sub(1) else {
        return escaped(&parent.text_content().unwrap_or_default());
    };
    let (mut text, mut words) = (String::new(), String::new());
    let mut next = parent.first_child();
    while let Some(node) = next {
        next = node.next_sibling();
        let element = node.dyn_ref::<web_sys::Element>();
        let block = match element.map(|element| rule(&element.tag_name())) {
            Some(Rule::Keep("p")) => blocks(&node, depth),
            // How Google's documents wrap what they put on the clipboard.
            Some(Rule::Keep("strong")) if element.is_some_and(is_not_bold) => blocks(&node, depth),
            Some(Rule::Keep("pre")) => {
                ["```\n", node.text_content().unwrap_or_default().trim_end(), "\n```"].concat()
            }
            Some(Rule::Keep("blockquote")) => {
                let inner = blocks(&node, depth);
                inner
                    .lines()
                    .map(|line| ["> ", line].concat().trim_end().to_owned())
                    .collect::<Vec<_>>()
                    .join("\n")
            }
            Some(Rule::Keep(kind @ ("ul" | "ol"))) => list(&node, kind == "ol", depth),
            // Of other messengers: a table's cells, a list's entry outside of one.
            Some(Rule::Keep("li")) => inline(&node, depth),
            _ => {
                words += &inline_node(&node, depth);
                continue;
            }
        };
        add(&mut text, &paragraph(&std::mem::take(&mut words)));
        add(&mut text, &block);
    }
    add(&mut text, &paragraph(&words));
    text
}

fn add(text: &mut String, block: &str) {
    if !block.is_empty() {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(block);
    }
}

fn is_not_bold(element: &web_sys::Element) -> bool {
    element.get_attribute("style").is_some_and(|style| style.contains("font-weight:normal"))
}

fn list(parent: &web_sys::Node, numbered: bool, depth: usize) -> String {
    let mut lines = Vec::new();
    let mut next = parent.first_child();
    while let Some(node) = next {
        next = node.next_sibling();
        // The Markdown has one level and one line for each entry.
        let words = inline_node(&node, depth).split_whitespace().collect::<Vec<_>>().join(" ");
        if !words.is_empty() {
            let mark = if numbered { (lines.len() + 1).to_string() + "." } else { "-".to_owned() };
            lines.push([&mark, " ", &words].concat());
        }
    }
    lines.join("\n")
}

fn inline(parent: &web_sys::Node, depth: usize) -> String {
    let Some(depth) = depth.checked_sub(1) else {
        return escaped(&parent.text_content().unwrap_or_default());
    };
    let mut words = String::new();
    let mut next = parent.first_child();
    while let Some(node) = next {
        next = node.next_sibling();
        words += &inline_node(&node, depth);
    }
    words
}

fn inline_node(node: &web_sys::Node, depth: usize) -> String {
    if node.node_type() == web_sys::Node::TEXT_NODE {
        return escaped(&node.text_content().unwrap_or_default());
    }
    let Some(element) = node.dyn_ref::<web_sys::Element>() else { return String::new() };
    match rule(&element.tag_name()) {
        Rule::Break => "\n".to_owned(),
        Rule::Drop => String::new(),
        Rule::Keep("strong") => marked("**", &inline(node, depth)),
        Rule::Keep("em") => marked("*", &inline(node, depth)),
        Rule::Keep("s") => marked("~~", &inline(node, depth)),
        Rule::Keep("code") => code(&node.text_content().unwrap_or_default()),
        Rule::Keep("p" | "li" | "ul" | "ol" | "pre" | "blockquote") => {
            ["\n", &inline(node, depth), "\n"].concat()
        }
        Rule::Link => match element.get_attribute("href").as_deref().and_then(safe_href) {
            Some(href) => link(&href, &node.text_content().unwrap_or_default(), || inline(node, depth)),
            None => inline(node, depth),
        },
        Rule::Keep(_) | Rule::Unwrap => inline(node, depth),
    }
}

/// Each line between marks that touch its words.
fn marked(mark: &str, words: &str) -> String {
    let line = |line: &str| {
        let inner = line.trim();
        if inner.is_empty() {
            return line.to_owned();
        }
        let before = line.len() - line.trim_start().len();
        let after = line.trim_end().len();
        [&line[..before], mark, inner, mark, &line[after..]].concat()
    };
    words.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn code(code: &str) -> String {
    let code = code.replace('\n', " ");
    match (code.trim().is_empty(), code.contains('`')) {
        (true, _) => code,
        (_, false) => ["`", &code, "`"].concat(),
        (_, true) => ["`` ", &code, " ``"].concat(),
    }
}

fn link(href: &str, words: &str, inner: impl FnOnce() -> String) -> String {
    let bare = matches!(tokens(href)[..], [Token::Link(whole)] if whole == words);
    // Brackets that do not close would end the address too early.
    let href = href.replace('(', "%28").replace(')', "%29");
    if bare {
        words.to_owned()
    } else {
        ["[", &inner().replace('\n', " ").replace("](", "]\\("), "](", &href, ")"].concat()
    }
}
