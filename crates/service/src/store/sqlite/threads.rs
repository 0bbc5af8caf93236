//! Threads and people's lists of them.

use super::{messages, outbox, participants, visible_from};
use crate::domain::message::SystemEvent;
use crate::domain::thread::{Retention, Thread, ThreadDraft, ThreadListing, ThreadPatch};
use crate::domain::{limits, metadata};
use crate::random;
use crate::store::{Created, Page, StoreError, ThreadCursor};
use acs_chat::{RawId, ThreadId};
use sqlx::SqliteConnection;

/// Makes a thread, unless the caller has made it by this request id within the last day.
pub(super) async fn create_once(
    c: &mut SqliteConnection,
    now_ms: i64,
    resource_id: &str,
    caller: &RawId,
    draft: ThreadDraft,
    request_id: Option<String>,
) -> Result<Created, StoreError> {
    let Some(request_id) = request_id else { return create(c, now_ms, resource_id, caller, draft).await };
    sqlx::query("DELETE FROM creation WHERE created_ms <= ?1")
        .bind(now_ms - limits::REPEAT_CREATION_MS)
        .execute(&mut *c)
        .await?;
    let before: Option<String> =
        sqlx::query_scalar("SELECT reply FROM creation WHERE caller = ?1 AND request_id = ?2")
            .bind(caller.as_str())
            .bind(&request_id)
            .fetch_optional(&mut *c)
            .await?;
    if let Some(reply) = before {
        return Ok(serde_json::from_str(&reply)?);
    }
    let created = create(c, now_ms, resource_id, caller, draft).await?;
    sqlx::query("INSERT INTO creation (caller, request_id, created_ms, reply) VALUES (?1, ?2, ?3, ?4)")
        .bind(caller.as_str())
        .bind(request_id)
        .bind(now_ms)
        .bind(serde_json::to_string(&created)?)
        .execute(c)
        .await?;
    Ok(created)
}

pub(super) async fn create(
    c: &mut SqliteConnection,
    now_ms: i64,
    resource_id: &str,
    caller: &RawId,
    draft: ThreadDraft,
) -> Result<Created, StoreError> {
    let thread = Thread {
        id: ThreadId::new(random::thread_id()),
        topic: draft.topic,
        created_ms: now_ms,
        created_by: caller.clone(),
        metadata: draft.metadata,
        retention: draft.retention,
    };
    sqlx::query(
        "INSERT INTO thread (id, topic, created_ms, created_by, metadata, retention_days,
                             last_stamp_ms, last_sequence, last_message_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, ?3)",
    )
    .bind(thread.id.as_str())
    .bind(&thread.topic)
    .bind(thread.created_ms)
    .bind(caller.as_str())
    .bind(serde_json::to_string(&thread.metadata)?)
    .bind(retention_column(thread.retention))
    .execute(&mut *c)
    .await?;
    let invitations = participants::with_creator(caller, draft.invitations);
    let rejections = participants::add(c, now_ms, resource_id, caller, &thread.id, invitations).await?;
    messages::append_system(c, now_ms, &thread.id, caller, SystemEvent::TopicUpdated(thread.topic.clone()))
        .await?;
    Ok(Created { thread, rejections })
}

pub(super) async fn load(c: &mut SqliteConnection, id: &ThreadId) -> Result<Thread, StoreError> {
    let (topic, created_ms, created_by, metadata, retention): (String, i64, String, String, Option<u32>) =
        sqlx::query_as(
            "SELECT topic, created_ms, created_by, metadata, retention_days FROM thread WHERE id = ?1",
        )
        .bind(id.as_str())
        .fetch_one(c)
        .await?;
    Ok(Thread {
        id: id.clone(),
        topic,
        created_ms,
        created_by: RawId::new(created_by),
        metadata: serde_json::from_str(&metadata)?,
        retention: retention.map(|days| if days == 0 { Retention::Unlimited } else { Retention::Days(days) }),
    })
}

fn retention_column(retention: Option<Retention>) -> Option<u32> {
    retention.map(|retention| match retention {
        Retention::Days(days) => days,
        Retention::Unlimited => 0,
    })
}

pub(super) async fn update(
    c: &mut SqliteConnection,
    now_ms: i64,
    caller: RawId,
    id: ThreadId,
    patch: ThreadPatch,
) -> Result<(), StoreError> {
    visible_from(c, &id, &caller).await?;
    outbox::acting(c, Some(&caller)).await?;
    let before = load(c, &id).await?;
    let metadata = match &patch.metadata {
        Some(patch) => metadata::merge(before.metadata, patch)?,
        None => before.metadata,
    };
    sqlx::query("UPDATE thread SET topic = ?2, metadata = ?3, retention_days = ?4 WHERE id = ?1")
        .bind(id.as_str())
        .bind(patch.topic.as_ref().unwrap_or(&before.topic))
        .bind(serde_json::to_string(&metadata)?)
        .bind(retention_column(patch.retention.or(before.retention)))
        .execute(&mut *c)
        .await?;
    if let Some(topic) = patch.topic {
        messages::append_system(c, now_ms, &id, &caller, SystemEvent::TopicUpdated(topic)).await?;
    }
    Ok(())
}

/// What belongs to the thread goes with it (`ON DELETE CASCADE`).
pub(super) async fn delete(c: &mut SqliteConnection, caller: RawId, id: ThreadId) -> Result<(), StoreError> {
    visible_from(c, &id, &caller).await?;
    outbox::acting(c, Some(&caller)).await?;
    sqlx::query("DELETE FROM thread WHERE id = ?1").bind(id.as_str()).execute(c).await?;
    Ok(())
}

/// One thread at a time: others wait to write meanwhile.
pub(super) async fn delete_overdue(c: &mut SqliteConnection, now_ms: i64) -> Result<bool, StoreError> {
    outbox::acting(c, None).await?;
    let done = sqlx::query(
        "DELETE FROM thread WHERE id = (
             SELECT id FROM thread WHERE retention_days > 0 AND created_ms + retention_days * 86400000 <= ?1 LIMIT 1)",
    )
    .bind(now_ms)
    .execute(c)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// The first page orders by the newest message. A later page orders by the newest message **as of the first page**,
/// so that a thread that becomes active meanwhile is neither skipped nor given twice; message ids are times and never
/// change, so that order can be worked out at any later moment.
pub(super) async fn list(
    c: &mut SqliteConnection,
    caller: RawId,
    since_ms: i64,
    cursor: Option<ThreadCursor>,
    limit: u32,
) -> Result<Page<ThreadListing, ThreadCursor>, StoreError> {
    // id, topic, newest message now, newest message as of the first page
    let query = match &cursor {
        None => sqlx::query_as(
            "SELECT t.id, coalesce(p.left_topic, t.topic), coalesce(p.left_message_ms, t.last_message_ms) AS latest,
                    coalesce(p.left_message_ms, t.last_message_ms) AS activity
             FROM participant p JOIN thread t ON t.id = p.thread_id
             WHERE p.raw_id = ?1 AND activity >= ?2
             ORDER BY activity DESC, t.id DESC LIMIT ?3",
        )
        .bind(caller.as_str())
        .bind(since_ms)
        .bind(limit + 1),
        Some(cursor) => sqlx::query_as(
            "SELECT t.id, coalesce(p.left_topic, t.topic), coalesce(p.left_message_ms, t.last_message_ms) AS latest,
                    (SELECT max(m.id) FROM message m WHERE m.thread_id = t.id
                     AND m.id <= min(?4, coalesce(p.left_message_ms, ?4))) AS activity
             FROM participant p JOIN thread t ON t.id = p.thread_id
             WHERE p.raw_id = ?1 AND activity >= ?2 AND (activity, t.id) < (?5, ?6)
             ORDER BY activity DESC, t.id DESC LIMIT ?3",
        )
        .bind(caller.as_str())
        .bind(since_ms)
        .bind(limit + 1)
        .bind(cursor.snapshot_ms)
        .bind(cursor.activity_ms)
        .bind(cursor.id.as_str()),
    };
    let mut rows: Vec<(String, String, i64, i64)> = query.fetch_all(c).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let snapshot_ms = cursor.map_or_else(|| rows.first().map_or(0, |row| row.3), |cursor| cursor.snapshot_ms);
    let next = rows.last().filter(|_| more).map(|(id, _, _, activity_ms)| ThreadCursor {
        snapshot_ms,
        activity_ms: *activity_ms,
        id: ThreadId::new(id.clone()),
    });
    let items = rows
        .into_iter()
        .map(|(id, topic, last_message_ms, _)| ThreadListing {
            id: ThreadId::new(id),
            topic,
            last_message_ms,
        })
        .collect();
    Ok(Page { items, next })
}
