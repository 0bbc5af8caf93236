//! Copying several messages: one line each, "[time] name: text", as plain text and with the names in bold. Within one message the browser
//! does it by itself.
//!
//! The rows between the ends of a selection need not be in the page; those at its ends are kept there (`list.rs`).

use std::ops::RangeInclusive;

use leptos::prelude::*;

use super::list::List;
use super::message_row::author;
use crate::i18n::words;
use crate::model::rows::{Body, ItemKind, MessageRow};
use crate::model::words::words_of_html;
use crate::platform::locale;
use crate::text::answer;

/// The rows that are selected, when they are more than one.
fn selected(list: List) -> Option<RangeInclusive<usize>> {
    let selection = window().get_selection().ok().flatten().filter(|selection| !selection.is_collapsed())?;
    let ends = [list.row_of(&selection.anchor_node()?)?, list.row_of(&selection.focus_node()?)?];
    let (from, to) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
    (from < to).then_some(from..=to)
}

/// Puts the selected messages on the clipboard.
pub(crate) fn copy(list: List, event: &web_sys::ClipboardEvent) {
    let (Some(rows), Some(clipboard)) = (selected(list), event.clipboard_data()) else { return };
    let lines = list.read(|view| {
        let messages = view.items.get(rows)?.iter().filter_map(|item| match &item.kind {
            ItemKind::Message(row) => Some(line(row)),
            _ => None,
        });
        Some(messages.collect::<Vec<_>>())
    });
    let Some(Some(lines)) = lines else { return };
    let (mut plain, mut rich) = (String::new(), String::new());
    for [time, name, text] in lines {
        plain.push_str(&["[", &time, "] ", &name, ": ", &text, "\n"].concat());
        let text = escaped(&text).replace('\n', "<br>");
        rich.push_str(&["<p>[", &time, "] <b>", &escaped(&name), "</b>: ", &text, "</p>"].concat());
    }
    if clipboard.set_data("text/plain", &plain).is_ok() && clipboard.set_data("text/html", &rich).is_ok() {
        event.prevent_default();
    }
}

/// When, whose, and what.
fn line(row: &MessageRow) -> [String; 3] {
    let text = match &row.body {
        Body::Text(text) => text.clone(),
        Body::Html(html) => words_of_html(html),
        Body::Markdown(text) => words_of_html(&answer::html(text)),
        Body::Answering(_) => String::new(),
        Body::Deleted => words().deleted().to_owned(),
    };
    let name = if row.own { &row.author.name } else { author(row) };
    [locale::day_and_time(row.sent_at), name.to_owned(), text]
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
