//! How high a row will be, before it has ever been drawn. A wrong guess moves nothing; it makes the scroll bar less true.

use crate::model::rows::{Body, Item, ItemKind, MessageRow, Status};

/// A letter of the text, on average over languages, in pixels.
const LETTER: f64 = 7.5;
/// A line of the text.
const LINE: f64 = 24.0;
/// The text is never wider (`--measure`).
const MEASURE: f64 = 620.0;

/// The height of an item in a column of this width, in pixels (`style/message-row.css`, `style/timeline.css`).
#[must_use]
pub fn guess(item: &Item, width: f64) -> f64 {
    match &item.kind {
        ItemKind::Day(_) => 44.0,
        ItemKind::Unread { .. } => 36.0,
        ItemKind::System { .. } | ItemKind::Change { .. } => 32.0,
        ItemKind::Message(row) => message(row, width),
    }
}

fn message(row: &MessageRow, width: f64) -> f64 {
    let text = match &row.body {
        Body::Text(text) | Body::Html(text) | Body::Markdown(text) => text.as_str(),
        Body::Deleted | Body::Answering(_) => "",
    };
    let letters_of_line = ((width - 120.0).clamp(120.0, MEASURE) / LETTER).floor();
    let lines: f64 = text.split('\n').map(|line| (letters(line) / letters_of_line).ceil().max(1.0)).sum();
    let around = match (row.own, row.first) {
        (true, true) => 38.0,
        (true, false) => 22.0,
        (false, true) => 40.0,
        (false, false) => 4.0,
    };
    let status = if row.status == Status::Accepted && row.seen_by.is_empty() { 0.0 } else { 30.0 };
    let mark = if row.priority.is_high() { 20.0 } else { 0.0 };
    lines * LINE + around + status + mark
}

/// Two bytes of a letter are wide: Chinese takes three for two letters' room.
#[expect(clippy::cast_precision_loss, reason = "no message is so long")]
fn letters(line: &str) -> f64 {
    let wide = line.len() - line.bytes().filter(u8::is_ascii).count();
    (line.len() - wide) as f64 + wide as f64 * 0.7
}
