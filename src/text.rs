//! What people wrote, from text to elements: never an HTML string into the page.
//!
//! [`links`] finds addresses in plain text; [`answer`] makes HTML of what an assistant says; [`markdown`] turns what is written in the composer into HTML for the service, and
//! [`source`] that HTML back into what was written; [`sanitise`] decides what of other people's HTML may be shown; [`render`]
//! makes elements of both. Only [`render`] and [`source`] know the browser. [`emoji`] knows what is nothing but emoji.
//!
//! Code has no colours: a highlighter of the usual languages is tens of kilobytes, compressed, and would have to guess, since the
//! service's HTML does not say which language it is.

pub mod answer;
pub mod emoji;
pub mod links;
pub mod markdown;
pub mod render;
pub mod sanitise;
pub mod source;

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
