//! Messages and their places in the order of changes.

use super::{peek, take, visible_from};
use crate::domain::message::{self, Body, Format, Message, MessageDraft, MessagePatch, SystemEvent};
use crate::domain::refusal::Refusal;
use crate::store::{MessageCursor, Page, StoreError};
use acs_chat::{RawId, ThreadId};
use sqlx::{FromRow, SqliteConnection};

/// Gives its id, and whether it is new.
pub(super) async fn send(
    c: &mut SqliteConnection,
    now_ms: i64,
    caller: &RawId,
    thread: &ThreadId,
    draft: MessageDraft,
    request_id: Option<String>,
) -> Result<(i64, bool), StoreError> {
    visible_from(c, thread, caller).await?;
    if let Some(request_id) = &request_id {
        let before: Option<i64> = sqlx::query_scalar(
            "SELECT id FROM message WHERE thread_id = ?1 AND author = ?2 AND request_id = ?3",
        )
        .bind(thread.as_str())
        .bind(caller.as_str())
        .bind(request_id)
        .fetch_optional(&mut *c)
        .await?;
        if let Some(id) = before {
            return Ok((id, false));
        }
    }
    let kind = match draft.format {
        Format::Text => "text",
        Format::Html => "html",
    };
    let row = NewRow {
        kind,
        author: caller,
        sender_display_name: Some(&draft.sender_display_name),
        content: &draft.content,
        metadata: serde_json::to_string(&draft.metadata)?,
        request_id,
    };
    Ok((append(c, now_ms, thread, row).await?, true))
}

pub(super) async fn append_system(
    c: &mut SqliteConnection,
    now_ms: i64,
    thread: &ThreadId,
    initiator: &RawId,
    event: SystemEvent,
) -> Result<i64, StoreError> {
    let row = NewRow {
        kind: "system",
        author: initiator,
        sender_display_name: None,
        content: &serde_json::to_string(&event)?,
        metadata: "{}".to_owned(),
        request_id: None,
    };
    append(c, now_ms, thread, row).await
}

struct NewRow<'a> {
    kind: &'static str,
    author: &'a RawId,
    sender_display_name: Option<&'a str>,
    content: &'a str,
    metadata: String,
    request_id: Option<String>,
}

async fn append(
    c: &mut SqliteConnection,
    now_ms: i64,
    thread: &ThreadId,
    row: NewRow<'_>,
) -> Result<i64, StoreError> {
    let (stamp, sequence) = peek(c, thread, now_ms).await?;
    sqlx::query(
        "INSERT INTO message (thread_id, id, sequence, first_sequence, version, kind, author, sender_display_name,
                              content, metadata, request_id)
         VALUES (?1, ?2, ?3, ?3, ?2, ?4, ?5, ?6, ?7, ?8, ?9)",
    )
    .bind(thread.as_str())
    .bind(stamp)
    .bind(sequence)
    .bind(row.kind)
    .bind(row.author.as_str())
    .bind(row.sender_display_name)
    .bind(row.content)
    .bind(row.metadata)
    .bind(row.request_id)
    .execute(&mut *c)
    .await?;
    take(c, thread, (stamp, sequence), stamp).await?;
    Ok(stamp)
}

pub(super) async fn edit(
    c: &mut SqliteConnection,
    now_ms: i64,
    caller: &RawId,
    thread: &ThreadId,
    id: i64,
    patch: MessagePatch,
) -> Result<(), StoreError> {
    let mut message = load_visible(c, caller, thread, id).await?;
    let empty = patch.is_empty();
    let place = peek(c, thread, now_ms).await?;
    message::edit(&mut message, caller, patch, place.0)?;
    if empty { Ok(()) } else { store_change(c, thread, message, place).await }
}

pub(super) async fn delete(
    c: &mut SqliteConnection,
    now_ms: i64,
    caller: &RawId,
    thread: &ThreadId,
    id: i64,
) -> Result<(), StoreError> {
    let mut message = load_visible(c, caller, thread, id).await?;
    let place = peek(c, thread, now_ms).await?;
    if message::delete(&mut message, caller, place.0)? {
        store_change(c, thread, message, place).await?;
    }
    Ok(())
}

/// Writes a changed message under a new version and a new place.
async fn store_change(
    c: &mut SqliteConnection,
    thread: &ThreadId,
    message: Message,
    (stamp, sequence): (i64, i64),
) -> Result<(), StoreError> {
    let content = match &message.body {
        Body::User { content, .. } => content.clone(),
        Body::System { event, .. } => serde_json::to_string(event)?,
    };
    sqlx::query(
        "UPDATE message SET sequence = ?3, version = ?4, content = ?5, edited_ms = ?6, deleted_ms = ?7, metadata = ?8
         WHERE thread_id = ?1 AND id = ?2",
    )
    .bind(thread.as_str())
    .bind(message.id)
    .bind(sequence)
    .bind(stamp)
    .bind(content)
    .bind(message.edited_ms)
    .bind(message.deleted_ms)
    .bind(serde_json::to_string(&message.metadata)?)
    .execute(&mut *c)
    .await?;
    sqlx::query("UPDATE place SET replaced_by = ?3 WHERE thread_id = ?1 AND sequence = ?2")
        .bind(thread.as_str())
        .bind(message.sequence)
        .bind(sequence)
        .execute(&mut *c)
        .await?;
    take(c, thread, (stamp, sequence), message.id).await
}

/// A message that the caller may see.
pub(super) async fn load_visible(
    c: &mut SqliteConnection,
    caller: &RawId,
    thread: &ThreadId,
    id: i64,
) -> Result<Message, StoreError> {
    let visible_from = visible_from(c, thread, caller).await?;
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, sequence, version, kind, author, sender_display_name, content, edited_ms, deleted_ms, metadata
         FROM message WHERE thread_id = ?1 AND id = ?2 AND id >= ?3",
    )
    .bind(thread.as_str())
    .bind(id)
    .bind(visible_from)
    .fetch_optional(c)
    .await?;
    row.ok_or(Refusal::MessageNotFound)?.message()
}

/// A message, whoever may see it.
pub(super) async fn load(
    c: &mut SqliteConnection,
    thread: &ThreadId,
    id: i64,
) -> Result<Message, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, sequence, version, kind, author, sender_display_name, content, edited_ms, deleted_ms, metadata
         FROM message WHERE thread_id = ?1 AND id = ?2",
    )
    .bind(thread.as_str())
    .bind(id)
    .fetch_optional(c)
    .await?;
    row.ok_or(Refusal::MessageNotFound)?.message()
}

/// Who brought about the newest system message.
pub(super) async fn last_initiator(
    c: &mut SqliteConnection,
    thread: &ThreadId,
) -> Result<Option<RawId>, StoreError> {
    let author: Option<String> = sqlx::query_scalar(
        "SELECT author FROM message WHERE thread_id = ?1 AND kind = 'system' ORDER BY id DESC LIMIT 1",
    )
    .bind(thread.as_str())
    .fetch_optional(c)
    .await?;
    Ok(author.map(RawId::new))
}

/// A walk shows the thread's order as it was at the first page, and each message with the place it had then, but with
/// what it says now. A greater place in the middle of a walk would make a client believe that it had seen everything
/// up to there; this way its mark stays where the walk began, and the change comes again at the next poll.
pub(super) async fn list(
    c: &mut SqliteConnection,
    caller: RawId,
    thread: ThreadId,
    since_ms: i64,
    cursor: Option<MessageCursor>,
    limit: u32,
) -> Result<Page<Message, MessageCursor>, StoreError> {
    let oldest = visible_from(c, &thread, &caller).await?.max(since_ms);
    let cursor = match cursor {
        Some(cursor) => cursor,
        None => {
            let last: i64 = sqlx::query_scalar("SELECT last_sequence FROM thread WHERE id = ?1")
                .bind(thread.as_str())
                .fetch_one(&mut *c)
                .await?;
            MessageCursor { snapshot: last, before: last.saturating_add(1) }
        }
    };
    // Nothing that is to be seen has a place before this one.
    let begin: Option<i64> = sqlx::query_scalar(
        "SELECT first_sequence FROM message WHERE thread_id = ?1 AND id >= ?2 ORDER BY id LIMIT 1",
    )
    .bind(thread.as_str())
    .bind(oldest)
    .fetch_optional(&mut *c)
    .await?;
    let Some(begin) = begin else { return Ok(Page { items: Vec::new(), next: None }) };
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT m.id, p.sequence, m.version, m.kind, m.author, m.sender_display_name, m.content, m.edited_ms,
                m.deleted_ms, m.metadata
         FROM place p JOIN message m ON m.thread_id = p.thread_id AND m.id = p.message_id
         WHERE p.thread_id = ?1 AND p.sequence < ?2 AND p.sequence <= ?3 AND p.sequence >= ?6
               AND (p.replaced_by IS NULL OR p.replaced_by > ?3) AND p.message_id >= ?4
         ORDER BY p.sequence DESC LIMIT ?5",
    )
    .bind(thread.as_str())
    .bind(cursor.before)
    .bind(cursor.snapshot)
    .bind(oldest)
    .bind(limit + 1)
    .bind(begin)
    .fetch_all(c)
    .await?;
    let more = rows.len() > limit as usize;
    let items = rows.into_iter().take(limit as usize).map(Row::message).collect::<Result<Vec<_>, _>>()?;
    let next = items
        .last()
        .filter(|_| more)
        .map(|last| MessageCursor { snapshot: cursor.snapshot, before: last.sequence });
    Ok(Page { items, next })
}

#[derive(FromRow)]
struct Row {
    id: i64,
    sequence: i64,
    version: i64,
    kind: String,
    author: String,
    sender_display_name: Option<String>,
    content: String,
    edited_ms: Option<i64>,
    deleted_ms: Option<i64>,
    metadata: String,
}

impl Row {
    fn message(self) -> Result<Message, StoreError> {
        let author = RawId::new(self.author);
        let user = |format, content, name: Option<String>| Body::User {
            format,
            content,
            sender: author.clone(),
            sender_display_name: name.unwrap_or_default(),
        };
        let body = match self.kind.as_str() {
            "text" => user(Format::Text, self.content, self.sender_display_name),
            "html" => user(Format::Html, self.content, self.sender_display_name),
            _ => Body::System { initiator: author, event: serde_json::from_str(&self.content)? },
        };
        Ok(Message {
            id: self.id,
            sequence: self.sequence,
            version: self.version,
            body,
            edited_ms: self.edited_ms,
            deleted_ms: self.deleted_ms,
            metadata: serde_json::from_str(&self.metadata)?,
        })
    }
}
