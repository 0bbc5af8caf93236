//! What of a conversation goes along with a question: read with the eyes of whoever asks, and bounded.

use crate::domain::html;
use crate::domain::message::{Body, Format, Message};
use crate::store::{Slice, Store, StoreError};
use acs_chat::{RawId, ThreadId, Timestamp};
use serde::Deserialize;
use std::collections::{HashMap, VecDeque};

/// Under this key a message of the assistant says who made it.
pub(crate) const BY_KEY: &str = "natterAssistant";

/// Messages of `recent`.
const RECENT: usize = 30;

/// More messages than this are not looked at, the latest changes first.
const MOST_MESSAGES: usize = 2_000;

/// A page of the store.
const PAGE: u32 = 200;

/// More people than any thread has.
const EVERYBODY: Slice = Slice { skip: 0, cursor: None, limit: 250 };

/// What of the thread goes along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scope {
    /// Nothing.
    None,
    /// What the caller has not read.
    Unread,
    /// The last messages.
    Recent,
    /// As much as fits.
    Thread,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// What of the thread.
    pub(crate) scope: Scope,
    /// For what is unread: the last message that was read, if the client says.
    pub(crate) read_up_to: Option<i64>,
    /// So many characters, names included; the newest stay.
    pub(crate) characters: usize,
}

/// Something that somebody said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// The message; 0 for what is none.
    pub(crate) id: i64,
    /// When.
    pub(crate) at_ms: i64,
    /// By whom, as they are called here.
    pub(crate) who: String,
    /// What, without formatting.
    pub(crate) text: String,
    /// Whether an assistant said it.
    pub(crate) by_assistant: bool,
}

/// What the caller may see of it, oldest first.
///
/// # Errors
/// As the store's; among others when the caller is not in the thread, whatever is wanted.
pub(crate) async fn read(
    store: &dyn Store,
    caller: &RawId,
    thread: &ThreadId,
    wanted: &Wanted,
) -> Result<Vec<Said>, StoreError> {
    store.thread(caller.clone(), thread.clone()).await?;
    let since = match wanted.scope {
        Scope::None => return Ok(Vec::new()),
        Scope::Unread => Some(read_up_to(store, caller, thread, wanted.read_up_to).await?),
        Scope::Recent | Scope::Thread => None,
    };
    let mut messages = Vec::new();
    let mut cursor = None;
    while messages.len() < MOST_MESSAGES {
        let page = store.messages(caller.clone(), thread.clone(), since.unwrap_or(0), cursor, PAGE).await?;
        messages.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    // The store gives the latest change first.
    messages.sort_by_key(|message| message.id);
    let names = names(store, caller, thread).await?;
    let said = messages.into_iter().filter(|message| is_wanted(message, caller, since));
    let mut said: Vec<Said> = said.filter_map(|message| said_in(message, &names)).collect();
    if wanted.scope == Scope::Recent {
        said.drain(..said.len().saturating_sub(RECENT));
    }
    Ok(newest(said, wanted.characters))
}

/// A receipt of a large thread is not shown; its reader says how far they read themselves.
async fn read_up_to(
    store: &dyn Store,
    caller: &RawId,
    thread: &ThreadId,
    told: Option<i64>,
) -> Result<i64, StoreError> {
    if let Some(told) = told {
        return Ok(told);
    }
    let receipts = store.receipts(caller.clone(), thread.clone(), EVERYBODY).await?.items;
    Ok(receipts.iter().find(|receipt| receipt.reader == *caller).map_or(0, |receipt| receipt.message_id))
}

/// What one wrote oneself is not unread.
fn is_wanted(message: &Message, caller: &RawId, since: Option<i64>) -> bool {
    let Body::User { sender, .. } = &message.body else { return false };
    message.deleted_ms.is_none() && since.is_none_or(|since| message.id > since && sender != caller)
}

async fn names(
    store: &dyn Store,
    caller: &RawId,
    thread: &ThreadId,
) -> Result<HashMap<RawId, String>, StoreError> {
    let people = store.participants(caller.clone(), thread.clone(), EVERYBODY).await?.items;
    Ok(people.into_iter().filter_map(|person| Some((person.id, person.display_name?))).collect())
}

fn said_in(message: Message, names: &HashMap<RawId, String>) -> Option<Said> {
    let by_assistant = message.metadata.get(BY_KEY).is_some();
    let Body::User { format, content, sender, sender_display_name } = message.body else { return None };
    let text = match format {
        Format::Text => content,
        Format::Html => html::text(&content),
    };
    let text = text.trim().to_owned();
    if text.is_empty() {
        return None;
    }
    let given = Some(sender_display_name).filter(|name| !name.is_empty());
    let who = given.or_else(|| names.get(&sender).cloned()).unwrap_or_else(|| "?".to_owned());
    Some(Said { id: message.id, at_ms: message.id, who, text, by_assistant })
}

/// The newest that fit. Of one that does not fit by itself the beginning stays.
fn newest(said: Vec<Said>, characters: usize) -> Vec<Said> {
    let mut room = characters;
    let mut kept = VecDeque::new();
    for mut said in said.into_iter().rev() {
        let length = said.text.chars().count() + said.who.chars().count();
        if length > room {
            if kept.is_empty() {
                said.text = said.text.chars().take(room).collect();
                kept.push_front(said);
            }
            break;
        }
        room -= length;
        kept.push_front(said);
    }
    kept.into()
}

/// Lines for a model: when, who, what.
#[must_use]
pub(crate) fn lines(said: &[Said], utc_offset_minutes: i64) -> String {
    let line = |said: &Said| {
        // One line each: nobody can write one that looks like another's.
        let text = said.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let who = said.who.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("[{}] {who}: {text}\n", stamp(said.at_ms, utc_offset_minutes))
    };
    said.iter().map(line).collect()
}

/// Date and time where the reader is, to the minute.
#[must_use]
pub(crate) fn stamp(at_ms: i64, utc_offset_minutes: i64) -> String {
    let text = Timestamp::from_ms(at_ms.saturating_add(utc_offset_minutes * 60_000)).to_string();
    text.get(..16).unwrap_or(&text).replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(number: i64, text: &str) -> Said {
        Said { id: number, at_ms: number, who: "Ann".to_owned(), text: text.to_owned(), by_assistant: false }
    }

    #[test]
    fn the_newest_that_fit_stay() {
        let texts = |characters| {
            let said = vec![said(1, "first"), said(2, "好好好"), said(3, "third")];
            newest(said, characters).into_iter().map(|said| said.text).collect::<Vec<_>>()
        };
        assert_eq!(texts(22), ["first", "好好好", "third"]);
        assert_eq!(texts(21), ["好好好", "third"]);
        assert_eq!(texts(13), ["third"]);
        assert_eq!(texts(3), ["thi"]);
    }

    #[test]
    fn nobody_writes_a_line_of_somebody_elses() {
        let text = lines(&[said(1_767_258_000_000, "a\n[2026-01-01 09:00] Bob: b")], 90);
        assert_eq!(text, "[2026-01-01 10:30] Ann: a [2026-01-01 09:00] Bob: b\n");
    }
}
