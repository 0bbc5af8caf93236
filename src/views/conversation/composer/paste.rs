//! What becomes of what is on the clipboard: formatted words keep their formatting, as Markdown; an address over selected words makes
//! them a link. As plain text it comes by the browser's own key for that, which hands over nothing else.

use super::Writing;
use super::marks::Change;
use crate::text::links::{Token, tokens};
use crate::text::markdown::to_html;
use crate::text::source::markdown_of;

/// Takes a paste, or leaves it to the browser.
pub(super) fn paste(writing: Writing, event: &web_sys::ClipboardEvent) {
    let Some(clipboard) = event.clipboard_data() else { return };
    let Some((text, (from, to))) = writing.text_and_selection() else { return };
    let plain = clipboard.get_data("text/plain").unwrap_or_default();
    // A message that was sent as text takes no formatting.
    if writing.editing.with_untracked(|editing| editing.as_ref().is_some_and(|editing| !editing.html)) {
        return;
    }
    let with = linked(&text[from..to], plain.trim()).or_else(|| {
        let html = clipboard.get_data("text/html").unwrap_or_default();
        if html.is_empty() { None } else { formatted(&html) }
    });
    if let Some(with) = with {
        event.prevent_default();
        let end = from + with.len();
        writing.change(&Change { from, to, with, select: (end, end) });
    }
}

/// Words that an address is pasted over.
fn linked(selected: &str, pasted: &str) -> Option<String> {
    let is_address = |text: &str| matches!(tokens(text)[..], [Token::Link(whole)] if whole == text);
    let words = !selected.trim().is_empty() && !selected.contains('\n') && !is_address(selected);
    (words && is_address(pasted)).then(|| ["[", selected, "](", pasted, ")"].concat())
}

/// The Markdown of what is formatted; what is not comes better as the browser has it.
fn formatted(html: &str) -> Option<String> {
    let source = markdown_of(html);
    to_html(&source).is_some().then_some(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_over_words_makes_a_link() {
        assert_eq!(linked("the map", "https://a.example/").as_deref(), Some("[the map](https://a.example/)"));
        assert_eq!(linked("", "https://a.example/"), None);
        assert_eq!(linked("https://b.example", "https://a.example/"), None);
        assert_eq!(linked("the map", "see https://a.example/"), None);
    }
}
