//! What a write changed, for those who wait for it ([`crate::events`]).
//!
//! Triggers of the writing connection note it in a table of its own memory: so nothing that changes a thread can forget to
//! say so, a sweep or a cascade included, and what is rolled back was never noted. [`take`] then asks who is to hear of it,
//! in the same transaction: those who are in the thread at this moment.

use crate::domain::limits;
use crate::events::{Event, News, What};
use crate::store::StoreError;
use acs_chat::{RawId, ThreadId};
use sqlx::{Executor as _, SqliteConnection};

/// Makes the table and the triggers. They end with the connection.
///
/// `person` is whom a line is for; without one it is for all who are in the thread. Receipts that nobody may list are not
/// told either (reference 4.3).
pub(super) async fn note(c: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let most = limits::RECEIPT_PARTICIPANTS;
    let few = format!(
        "(SELECT count(*) FROM participant WHERE thread_id = NEW.thread_id AND removed_ms IS NULL) <= {most}"
    );
    let receipt = "INSERT INTO news (thread_id, what) VALUES (NEW.thread_id, 'receipts')";
    let joined = "INSERT INTO news (thread_id, person, what)
                  VALUES (NEW.thread_id, NEW.raw_id, 'added'), (NEW.thread_id, NULL, 'participants')";
    let triggers = [
        (
            "place",
            "AFTER INSERT ON place",
            "INSERT INTO news (thread_id, what) VALUES (NEW.thread_id, 'messages')",
        ),
        ("joined", "AFTER INSERT ON participant", joined),
        (
            "joined_again",
            "AFTER UPDATE OF removed_ms ON participant WHEN OLD.removed_ms IS NOT NULL AND NEW.removed_ms IS NULL",
            joined,
        ),
        (
            "left",
            "AFTER UPDATE OF removed_ms ON participant WHEN OLD.removed_ms IS NULL AND NEW.removed_ms IS NOT NULL",
            "INSERT INTO news (thread_id, person, what)
             VALUES (NEW.thread_id, NEW.raw_id, 'removed'), (NEW.thread_id, NULL, 'participants')",
        ),
        (
            "properties",
            "AFTER UPDATE OF topic, metadata, retention_days ON thread
             WHEN (OLD.topic, OLD.metadata, OLD.retention_days) IS NOT (NEW.topic, NEW.metadata, NEW.retention_days)",
            "INSERT INTO news (thread_id, what) VALUES (NEW.id, 'properties')",
        ),
        (
            "deleted",
            "BEFORE DELETE ON thread",
            "INSERT INTO news (thread_id, person, what)
             SELECT OLD.id, raw_id, 'deleted' FROM participant WHERE thread_id = OLD.id AND removed_ms IS NULL",
        ),
        ("read", &format!("AFTER INSERT ON receipt WHEN {few}"), receipt),
        ("read_on", &format!("AFTER UPDATE ON receipt WHEN {few}"), receipt),
        (
            "revoked",
            "AFTER UPDATE OF token_revision ON identity",
            "INSERT INTO news (person, what) VALUES (NEW.raw_id, 'revoked')",
        ),
    ];
    c.execute("PRAGMA temp_store = MEMORY").await?;
    c.execute(
        "CREATE TEMP TABLE news (id INTEGER PRIMARY KEY, thread_id TEXT, person TEXT, what TEXT NOT NULL)",
    )
    .await?;
    for (name, when, then) in triggers {
        let trigger = format!("CREATE TEMP TRIGGER news_{name} {when} BEGIN {then}; END");
        sqlx::raw_sql(sqlx::AssertSqlSafe(trigger)).execute(&mut *c).await?;
    }
    Ok(())
}

/// Forgets what was noted.
pub(super) async fn forget(c: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    c.execute("DELETE FROM temp.news").await.map(drop)
}

/// What was noted since the last time, and who is to hear of it.
pub(super) async fn take(c: &mut SqliteConnection) -> Result<Vec<News>, sqlx::Error> {
    let mut lines: Vec<(i64, Option<String>, Option<String>, String)> =
        sqlx::query_as("DELETE FROM temp.news RETURNING id, thread_id, person, what")
            .fetch_all(&mut *c)
            .await?;
    lines.sort_unstable();
    let mut news: Vec<News> = Vec::new();
    let mut members: Option<(ThreadId, Vec<RawId>)> = None;
    // Who joined in this write hears of that, and not of the messages that say so.
    let mut joined: Vec<RawId> = Vec::new();
    for (_, thread, person, what) in &lines {
        if let (Some(_), Some(person), "added") = (thread, person, what.as_str()) {
            joined.push(RawId::new(person.clone()));
        }
    }
    for (_, thread, person, what) in lines {
        let person = person.map(RawId::new);
        let (Some(thread), Some(what)) = (thread.map(ThreadId::new), what_of(&what)) else {
            news.extend(person.map(News::Revoked));
            continue;
        };
        let audience = match person {
            Some(person) => vec![person],
            None => {
                if members.as_ref().is_none_or(|(of, _)| *of != thread) {
                    members = Some((thread.clone(), self::members(c, &thread).await?));
                }
                let members = members.iter().flat_map(|(_, members)| members);
                members.filter(|member| !joined.contains(member)).cloned().collect()
            }
        };
        let event = Event::Thread { thread_id: thread, what };
        let known = news.iter_mut().find_map(|news| match news {
            News::Event(known, audience) if *known == event => Some(audience),
            _ => None,
        });
        match known {
            Some(known) => {
                let others: Vec<_> = audience.into_iter().filter(|person| !known.contains(person)).collect();
                known.extend(others);
            }
            None => news.push(News::Event(event, audience)),
        }
    }
    Ok(news)
}

fn what_of(noted: &str) -> Option<What> {
    Some(match noted {
        "messages" => What::Messages,
        "participants" => What::Participants,
        "properties" => What::Properties,
        "receipts" => What::Receipts,
        "deleted" => What::Deleted,
        "added" => What::Added,
        "removed" => What::Removed,
        _ => return None,
    })
}

async fn members(c: &mut SqliteConnection, thread: &ThreadId) -> Result<Vec<RawId>, sqlx::Error> {
    let members: Vec<String> =
        sqlx::query_scalar("SELECT raw_id FROM participant WHERE thread_id = ?1 AND removed_ms IS NULL")
            .bind(thread.as_str())
            .fetch_all(c)
            .await?;
    Ok(members.into_iter().map(RawId::new).collect())
}

/// Who hears that somebody is typing: the others, and in a large thread nobody (reference 4.3).
pub(super) async fn typing_audience(
    c: &mut SqliteConnection,
    caller: &RawId,
    thread: &ThreadId,
) -> Result<Vec<RawId>, StoreError> {
    super::visible_from(c, thread, caller).await?;
    let mut members = members(c, thread).await?;
    if members.len() > limits::RECEIPT_PARTICIPANTS {
        return Ok(Vec::new());
    }
    members.retain(|member| member != caller);
    Ok(members)
}
