//! What happened, for those who have subscribed to it ([`crate::webhooks`]), noted in the transaction that did it: a crash
//! leaves both or neither.
//!
//! As for [`super::news`], triggers of the writing connection note what a write did, so that nothing that changes a thread
//! can forget to say so; [`take`] then writes it down in the same transaction. Without a subscription nothing is noted.

use super::{deliveries, messages, subscriptions, threads};
use crate::domain::message::{Body, Format};
use crate::random;
use crate::store::StoreError;
use crate::webhooks::happening::{Happening, Said, Somebody, What};
use acs_chat::{Metadata, RawId, ThreadId};
use serde::Deserialize;
use sqlx::{Executor as _, SqliteConnection};

/// Makes the tables and the triggers. They end with the connection.
pub(super) async fn note(c: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let subscribed = "EXISTS (SELECT 1 FROM subscription)";
    let insert = |what: &str, thread: &str, detail: &str| {
        format!("INSERT INTO happened (what, thread_id, detail) VALUES ('{what}', {thread}, {detail})")
    };
    let joined = insert("joined", "NEW.thread_id", "NEW.raw_id");
    let triggers = [
        (
            "received",
            "AFTER INSERT ON message WHEN NEW.kind <> 'system'",
            insert("received", "NEW.thread_id", "NEW.id"),
        ),
        (
            "edited",
            "AFTER UPDATE OF version ON message WHEN NEW.deleted_ms IS NULL",
            insert("edited", "NEW.thread_id", "NEW.id"),
        ),
        (
            "deleted",
            "AFTER UPDATE OF version ON message WHEN OLD.deleted_ms IS NULL AND NEW.deleted_ms IS NOT NULL",
            insert("deleted", "NEW.thread_id", "NEW.id"),
        ),
        ("thread_created", "AFTER INSERT ON thread WHEN true", insert("threadCreated", "NEW.id", "NULL")),
        (
            "thread_updated",
            "AFTER UPDATE OF topic, metadata, retention_days ON thread
             WHEN (OLD.topic, OLD.metadata, OLD.retention_days) IS NOT (NEW.topic, NEW.metadata, NEW.retention_days)",
            insert("threadUpdated", "NEW.id", "NULL"),
        ),
        (
            "thread_deleted",
            "BEFORE DELETE ON thread WHEN true",
            // Afterwards nobody knows any more who was in it.
            insert(
                "threadDeleted",
                "OLD.id",
                "json_object('createdMs', OLD.created_ms, 'members',
                     (SELECT json_group_array(raw_id) FROM (SELECT raw_id FROM participant
                          WHERE thread_id = OLD.id AND removed_ms IS NULL ORDER BY position)))",
            ),
        ),
        ("joined", "AFTER INSERT ON participant WHEN true", joined.clone()),
        (
            "joined_again",
            "AFTER UPDATE OF removed_ms ON participant WHEN OLD.removed_ms IS NOT NULL AND NEW.removed_ms IS NULL",
            joined,
        ),
        (
            "left",
            "AFTER UPDATE OF removed_ms ON participant WHEN OLD.removed_ms IS NULL AND NEW.removed_ms IS NOT NULL",
            insert("left", "NEW.thread_id", "NEW.raw_id"),
        ),
    ];
    c.execute("PRAGMA temp_store = MEMORY").await?;
    c.execute(
        "CREATE TEMP TABLE happened (id INTEGER PRIMARY KEY, what TEXT NOT NULL, thread_id TEXT NOT NULL, detail TEXT)",
    )
    .await?;
    c.execute("CREATE TEMP TABLE acting (raw_id TEXT)").await?;
    c.execute("INSERT INTO acting VALUES (NULL)").await?;
    for (name, when, then) in triggers {
        let trigger =
            format!("CREATE TEMP TRIGGER happened_{name} {when} AND {subscribed} BEGIN {then}; END");
        sqlx::raw_sql(sqlx::AssertSqlSafe(trigger)).execute(&mut *c).await?;
    }
    Ok(())
}

/// Says who changes or deletes the thread: its tables do not.
pub(super) async fn acting(c: &mut SqliteConnection, who: Option<&RawId>) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE temp.acting SET raw_id = ?1").bind(who.map(RawId::as_str)).execute(c).await?;
    Ok(())
}

/// Writes down what was noted since the last time; says whether there is anything new to be sent.
pub(super) async fn take(c: &mut SqliteConnection, now_ms: i64) -> Result<bool, StoreError> {
    let mut lines: Vec<(i64, String, String, Option<String>)> =
        sqlx::query_as("DELETE FROM temp.happened RETURNING id, what, thread_id, detail")
            .fetch_all(&mut *c)
            .await?;
    if lines.is_empty() {
        return Ok(false);
    }
    lines.sort_unstable();
    let mut created: Vec<String> = Vec::new();
    for (_, what, thread, _) in &lines {
        if what == "threadCreated" {
            created.push(thread.clone());
        }
    }
    let subscriptions = subscriptions::list(c).await?;
    let mut queued = false;
    for (_, what, thread, detail) in lines {
        // Those whom a thread begins with are told of in its creation.
        if what == "joined" && created.contains(&thread) {
            continue;
        }
        let Some(happening) = happening(c, now_ms, &what, ThreadId::new(thread), detail).await? else {
            continue;
        };
        queued |= deliveries::queue(c, now_ms, &subscriptions, &happening).await?;
    }
    Ok(queued)
}

/// What the trigger for the end of a thread keeps.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ended {
    created_ms: i64,
    members: Vec<RawId>,
}

/// Nothing for a thread that was made and deleted in one write, which no request does.
async fn happening(
    c: &mut SqliteConnection,
    now_ms: i64,
    what: &str,
    thread_id: ThreadId,
    detail: Option<String>,
) -> Result<Option<Happening>, StoreError> {
    let detail = detail.unwrap_or_default();
    let mut happening = Happening {
        key: random::guid(),
        thread_id,
        thread_created_ms: 0,
        at_ms: now_ms,
        by: None,
        what: What::ThreadDeleted,
        recipients: Vec::new(),
    };
    if what == "threadDeleted" {
        let ended: Ended = serde_json::from_str(&detail)?;
        happening.by = acting_one(c).await?;
        happening.thread_created_ms = ended.created_ms;
        happening.recipients = ended.members;
        happening.recipients.retain(|member| Some(member) != happening.by.as_ref());
        return Ok(Some(happening));
    }
    let thread = match threads::load(c, &happening.thread_id).await {
        Ok(thread) => thread,
        Err(StoreError::Database(sqlx::Error::RowNotFound)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let members = members(c, &happening.thread_id).await?;
    happening.thread_created_ms = thread.created_ms;
    // Older messages may be hidden from some.
    let mut seen_from = i64::MAX;
    happening.what = match what {
        "received" | "edited" | "deleted" => {
            let message = messages::load(c, &happening.thread_id, detail.parse().unwrap_or(-1)).await?;
            let Body::User { format, content, sender, sender_display_name } = message.body else {
                return Ok(None);
            };
            happening.by = Some(sender);
            happening.at_ms = message.version;
            seen_from = message.id;
            let said = Said {
                id: message.id,
                version: message.version,
                html: format == Format::Html,
                content,
                sender_display_name,
                metadata: message.metadata,
            };
            match what {
                "received" => What::MessageReceived(said),
                "edited" => What::MessageEdited(said),
                _ => What::MessageDeleted(said),
            }
        }
        "threadCreated" => {
            happening.by = Some(thread.created_by);
            let participants = members.iter().map(|member| member.who.clone()).collect();
            What::ThreadCreated { topic: thread.topic, metadata: thread.metadata, participants }
        }
        "threadUpdated" => {
            happening.by = acting_one(c).await?;
            What::ThreadUpdated { topic: thread.topic, metadata: thread.metadata }
        }
        _ => {
            // The message that says so was written with it, and knows by whom.
            happening.by = messages::last_initiator(c, &happening.thread_id).await?;
            let who = somebody(c, &happening.thread_id, &detail).await?;
            if what == "joined" {
                What::ParticipantAdded(who)
            } else {
                // Who is gone hears of it too.
                happening.recipients.push(who.id.clone());
                What::ParticipantRemoved(who)
            }
        }
    };
    let seen = members.into_iter().filter(|member| member.share_history_ms <= seen_from);
    happening.recipients.extend(seen.map(|member| member.who.id));
    happening.recipients.retain(|member| Some(member) != happening.by.as_ref());
    Ok(Some(happening))
}

async fn acting_one(c: &mut SqliteConnection) -> Result<Option<RawId>, StoreError> {
    let who: Option<String> = sqlx::query_scalar("SELECT raw_id FROM temp.acting").fetch_one(c).await?;
    Ok(who.map(RawId::new))
}

struct Member {
    who: Somebody,
    share_history_ms: i64,
}

async fn members(c: &mut SqliteConnection, thread: &ThreadId) -> Result<Vec<Member>, StoreError> {
    let rows: Vec<(String, Option<String>, i64, String)> = sqlx::query_as(
        "SELECT raw_id, display_name, share_history_ms, metadata FROM participant
         WHERE thread_id = ?1 AND removed_ms IS NULL ORDER BY position",
    )
    .bind(thread.as_str())
    .fetch_all(c)
    .await?;
    let members = rows.into_iter().map(|(id, display_name, share_history_ms, metadata)| {
        let who = Somebody { id: RawId::new(id), display_name, metadata: serde_json::from_str(&metadata)? };
        Ok(Member { who, share_history_ms })
    });
    members.collect()
}

/// Somebody who is in the thread, or was until now.
async fn somebody(c: &mut SqliteConnection, thread: &ThreadId, id: &str) -> Result<Somebody, StoreError> {
    let (display_name, metadata): (Option<String>, String) =
        sqlx::query_as("SELECT display_name, metadata FROM participant WHERE thread_id = ?1 AND raw_id = ?2")
            .bind(thread.as_str())
            .bind(id)
            .fetch_one(c)
            .await?;
    let metadata: Metadata = serde_json::from_str(&metadata)?;
    Ok(Somebody { id: RawId::new(id), display_name, metadata })
}
