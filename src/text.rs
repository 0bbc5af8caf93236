//! What people wrote, from text to elements: never an HTML string into the page.
//!
//! [`links`] finds addresses in plain text; [`markdown`] turns what the composer's "Aa" offers into HTML for the service;
//! [`sanitise`] decides what of other people's HTML may be shown; [`render`] makes elements of both, and is the only part
//! that knows the browser.

pub mod links;
pub mod markdown;
pub mod render;
pub mod sanitise;

/// The language that a text can only be in, so that its font follows: Japanese by its syllables, Korean by its letters. Chinese
/// characters alone tell nothing.
#[must_use]
pub fn script_lang(text: &str) -> Option<&'static str> {
    text.chars().find_map(|c| match c {
        '\u{3041}'..='\u{30ff}' => Some("ja"),
        '\u{ac00}'..='\u{d7a3}' => Some("ko"),
        _ => None,
    })
}
