//! How far people have read.

use super::{Bounds, messages, participants, visible_from};
use crate::domain::limits;
use crate::domain::receipt::{Receipt, moves_forward};
use crate::store::{Page, PositionCursor, Slice, StoreError};
use acs_chat::{RawId, ThreadId};
use sqlx::SqliteConnection;

pub(super) async fn set(
    c: &mut SqliteConnection,
    now_ms: i64,
    caller: &RawId,
    thread: &ThreadId,
    message: i64,
) -> Result<(), StoreError> {
    messages::load_visible(c, caller, thread, message).await?;
    let before: Option<i64> =
        sqlx::query_scalar("SELECT message_id FROM receipt WHERE thread_id = ?1 AND raw_id = ?2")
            .bind(thread.as_str())
            .bind(caller.as_str())
            .fetch_optional(&mut *c)
            .await?;
    if !moves_forward(before, message) {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO receipt (thread_id, raw_id, position, message_id, read_ms)
         VALUES (?1, ?2, (SELECT coalesce(max(position), 0) + 1 FROM receipt WHERE thread_id = ?1), ?3, ?4)
         ON CONFLICT DO UPDATE SET message_id = excluded.message_id, read_ms = excluded.read_ms",
    )
    .bind(thread.as_str())
    .bind(caller.as_str())
    .bind(message)
    .bind(now_ms)
    .execute(c)
    .await?;
    Ok(())
}

pub(super) async fn list(
    c: &mut SqliteConnection,
    caller: RawId,
    thread: ThreadId,
    slice: Slice,
) -> Result<Page<Receipt, PositionCursor>, StoreError> {
    visible_from(c, &thread, &caller).await?;
    if participants::count(c, &thread).await? > limits::RECEIPT_PARTICIPANTS {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let Bounds { after, snapshot, skip } = slice.bounds();
    let rows: Vec<(i64, String, i64, i64)> = sqlx::query_as(
        "SELECT r.position, r.raw_id, r.message_id, r.read_ms
         FROM receipt r JOIN participant p ON p.thread_id = r.thread_id AND p.raw_id = r.raw_id
         WHERE r.thread_id = ?1 AND p.removed_ms IS NULL AND r.position > ?2 AND r.position <= ?3
         ORDER BY r.position LIMIT ?4 OFFSET ?5",
    )
    .bind(thread.as_str())
    .bind(after)
    .bind(snapshot)
    .bind(slice.limit + 1)
    .bind(skip)
    .fetch_all(&mut *c)
    .await?;
    let receipts = rows.into_iter().map(|(position, reader, message_id, read_ms)| {
        (position, Receipt { reader: RawId::new(reader), message_id, read_ms })
    });
    let greatest: i64 =
        sqlx::query_scalar("SELECT coalesce(max(position), 0) FROM receipt WHERE thread_id = ?1")
            .bind(thread.as_str())
            .fetch_one(c)
            .await?;
    Ok(slice.page(receipts.collect(), greatest))
}
