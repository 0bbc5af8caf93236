//! The text area as this app needs it: where one writes, in bytes, and changes that the browser's own undo knows.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;

use super::marks::Change;

/// What is selected, in bytes; the caret is a selection of nothing.
pub(super) fn selection(field: &HtmlTextAreaElement, text: &str) -> (usize, usize) {
    let at = |units: Result<Option<u32>, _>| byte_at(text, units.ok().flatten().unwrap_or_default());
    (at(field.selection_start()), at(field.selection_end()))
}

/// Makes a change as if it had been typed, so that it can be undone and `input` is told.
pub(super) fn change(field: &HtmlTextAreaElement, text: &str, change: &Change) {
    let _ = field.focus();
    select(field, text, change.from, change.to);
    let (command, with) =
        if change.with.is_empty() { ("delete", "") } else { ("insertText", change.with.as_str()) };
    let nothing = change.from == change.to && change.with.is_empty();
    let page = document().unchecked_into::<web_sys::HtmlDocument>();
    if !nothing && page.exec_command_with_show_ui_and_value(command, false, with) != Ok(true) {
        // A browser that has given the command up: then without undo.
        let _ = field.set_range_text(with);
        let told = web_sys::Event::new("input");
        let _ = told.and_then(|told| field.dispatch_event(&told));
    }
    let text = field.value();
    select(field, &text, change.select.0, change.select.1);
}

fn select(field: &HtmlTextAreaElement, text: &str, from: usize, to: usize) {
    let _ = field.set_selection_range(units_at(text, from), units_at(text, to));
}

/// The browser counts in units of UTF-16.
fn byte_at(text: &str, units: u32) -> usize {
    let mut seen = 0;
    for (at, c) in text.char_indices() {
        if seen >= units {
            return at;
        }
        seen += if u32::from(c) > 0xffff { 2 } else { 1 };
    }
    text.len()
}

fn units_at(text: &str, byte: usize) -> u32 {
    let before = text.get(..byte).unwrap_or(text);
    before.chars().map(|c| if u32::from(c) > 0xffff { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_the_same_in_bytes_and_in_units() {
        let text = "a好🚃é";
        for (byte, units) in [(0, 0), (1, 1), (4, 2), (8, 4), (10, 5)] {
            assert_eq!(byte_at(text, units), byte);
            assert_eq!(units_at(text, byte), units);
        }
        assert_eq!(byte_at(text, 99), text.len());
        assert_eq!(units_at(text, 99), 5);
    }
}
