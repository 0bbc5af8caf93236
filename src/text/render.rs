//! Elements for what people wrote.
//!
//! Links in it are no stops for Tab, of which a conversation would have hundreds: whoever shows the words says when they are.

use leptos::html::custom;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::links::{Token, tokens};
use super::sanitise::{Rule, inert, rule, safe_href};
use crate::platform::address;

/// Deeper than anybody writes; what is deeper is shown flat, so that a message cannot exhaust the stack.
const DEPTH: usize = 24;

/// Plain text: words as they are, addresses as links. The element around it keeps the line breaks (`pre-wrap`).
#[must_use]
pub fn plain(text: &str) -> Vec<AnyView> {
    tokens(text)
        .into_iter()
        .map(|token| match token {
            Token::Text(words) => words.to_owned().into_any(),
            Token::Link(address) => link(address.to_owned(), vec![address.to_owned().into_any()]),
        })
        .collect()
}

/// HTML of others: parsed by the browser into a document that runs and loads nothing, and built anew from what is allowed.
#[must_use]
pub fn html(source: &str) -> Vec<AnyView> {
    body_of(source).map(|body| children(&body, DEPTH, false)).unwrap_or_default()
}

fn children(parent: &web_sys::Node, depth: usize, in_link: bool) -> Vec<AnyView> {
    let mut views = Vec::new();
    let mut next = parent.first_child();
    while let Some(node) = next {
        next = node.next_sibling();
        if node.node_type() == web_sys::Node::TEXT_NODE {
            let text = node.text_content().unwrap_or_default();
            if in_link { views.push(text.into_any()) } else { views.extend(plain(&text)) }
        } else if let Some(element) = node.dyn_ref::<web_sys::Element>() {
            views.extend(element_view(element, depth, in_link));
        }
    }
    views
}

fn element_view(element: &web_sys::Element, depth: usize, in_link: bool) -> Vec<AnyView> {
    let Some(depth) = depth.checked_sub(1) else {
        return vec![element.text_content().unwrap_or_default().into_any()];
    };
    let inside = |in_link| children(element, depth, in_link);
    match rule(&element.tag_name()) {
        Rule::Keep(tag) => vec![custom(tag).child(inside(in_link)).into_any()],
        Rule::Link => match element.get_attribute("href").as_deref().and_then(safe_href) {
            Some(href) if !in_link => vec![link(href, inside(true))],
            _ => inside(in_link),
        },
        Rule::Break => vec![view! { <br /> }.into_any()],
        Rule::Unwrap => inside(in_link),
        Rule::Drop => Vec::new(),
    }
}

fn link(href: String, words: Vec<AnyView>) -> AnyView {
    // A thread or a message here: no second window for it.
    if let Some(fragment) = address::within(&href) {
        return view! { <a href=fragment.to_owned() tabindex="-1">{words}</a> }.into_any();
    }
    view! { <a href=href target="_blank" rel="noopener noreferrer" tabindex="-1">{words}</a> }.into_any()
}

/// Makes Tab stop at the links in an element, or not.
pub fn stop_at_links(within: &web_sys::Element, stop: bool) {
    let Ok(links) = within.query_selector_all("a") else { return };
    for link in (0..links.length()).filter_map(|place| links.item(place)?.dyn_into::<web_sys::Element>().ok())
    {
        // An element that refuses an attribute is none that is looked for.
        let _ = link.set_attribute("tabindex", if stop { "0" } else { "-1" });
    }
}

/// The words of HTML, without markup.
#[must_use]
pub fn text_of(source: &str) -> String {
    body_of(source).and_then(|body| body.text_content()).unwrap_or_default()
}

pub(super) fn body_of(source: &str) -> Option<web_sys::Element> {
    let document = web_sys::DomParser::new()
        .ok()?
        .parse_from_string(&inert(source), web_sys::SupportedType::TextHtml)
        .ok()?;
    document.query_selector("body").ok()?
}
