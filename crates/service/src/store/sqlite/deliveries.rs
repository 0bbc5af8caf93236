//! What waits to be sent to subscribers, and what is not sent any more.

use crate::store::{DeadLetter, Delivery, Lane, Settlement, StoreError};
use crate::webhooks::happening::Happening;
use crate::webhooks::subscription::{Subscription, SubscriptionId};
use acs_chat::ThreadId;
use sqlx::{FromRow, SqliteConnection};

/// Happenings that may wait for one subscription. What comes after that is a dead letter at once.
const WAITING: i64 = 100_000;

/// Dead letters of one subscription that are kept: the newest.
const DEAD_LETTERS: i64 = 100_000;

/// Queues a happening for those who want to hear of it. Says whether anybody does.
pub(super) async fn queue(
    c: &mut SqliteConnection,
    now_ms: i64,
    subscriptions: &[Subscription],
    happening: &Happening,
) -> Result<bool, StoreError> {
    let wanted: Vec<(&Subscription, usize)> = subscriptions
        .iter()
        .filter_map(|subscription| Some((subscription, subscription.terms.next_wanted(happening, 0)?)))
        .collect();
    if wanted.is_empty() {
        return Ok(false);
    }
    let number = sqlx::query("INSERT INTO happening (story) VALUES (?1)")
        .bind(serde_json::to_string(happening)?)
        .execute(&mut *c)
        .await?
        .last_insert_rowid();
    for (subscription, part) in wanted {
        let range = Range { happening: number, part: count(part), parts: count(happening.parts()) };
        let full: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM delivery WHERE subscription_id = ?1 LIMIT 1 OFFSET ?2)",
        )
        .bind(&subscription.id.0)
        .bind(WAITING - 1)
        .fetch_one(&mut *c)
        .await?;
        if full {
            let reason = format!("{WAITING} happenings were waiting already");
            bury(c, now_ms, &subscription.id, &happening.thread_id, range, 0, &reason).await?;
        } else {
            wait(c, now_ms, &subscription.id, &happening.thread_id, range).await?;
        }
    }
    Ok(true)
}

/// Events of a happening: from which on, and up to which.
#[derive(Clone, Copy)]
struct Range {
    happening: i64,
    part: i64,
    parts: i64,
}

fn count(parts: usize) -> i64 {
    i64::try_from(parts).unwrap_or(i64::MAX)
}

async fn wait(
    c: &mut SqliteConnection,
    now_ms: i64,
    subscription: &SubscriptionId,
    thread: &ThreadId,
    range: Range,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO delivery (subscription_id, thread_id, happening, part, parts, since_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )
    .bind(&subscription.0)
    .bind(thread.as_str())
    .bind(range.happening)
    .bind(range.part)
    .bind(range.parts)
    .bind(now_ms)
    .execute(&mut *c)
    .await?;
    sqlx::query(
        "INSERT INTO lane (subscription_id, thread_id, due_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )
    .bind(&subscription.0)
    .bind(thread.as_str())
    .bind(now_ms)
    .execute(c)
    .await?;
    Ok(())
}

/// Keeps what is not sent any more, unless its subscription is gone.
async fn bury(
    c: &mut SqliteConnection,
    now_ms: i64,
    subscription: &SubscriptionId,
    thread: &ThreadId,
    range: Range,
    tries: u32,
    reason: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO dead_letter (subscription_id, thread_id, happening, part, parts, at_ms, tries, reason)
         SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM subscription WHERE id = ?1",
    )
    .bind(&subscription.0)
    .bind(thread.as_str())
    .bind(range.happening)
    .bind(range.part)
    .bind(range.parts)
    .bind(now_ms)
    .bind(tries)
    .bind(reason)
    .execute(&mut *c)
    .await?;
    let forgotten: Option<i64> = sqlx::query_scalar(
        "DELETE FROM dead_letter WHERE number = (
             SELECT number FROM dead_letter WHERE subscription_id = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)
         RETURNING happening",
    )
    .bind(&subscription.0)
    .bind(DEAD_LETTERS)
    .fetch_optional(&mut *c)
    .await?;
    if let Some(happening) = forgotten {
        tracing::warn!(subscription = subscription.0, "the oldest dead letter was forgotten");
        forget_unless_needed(c, happening).await?;
    }
    Ok(())
}

async fn forget_unless_needed(c: &mut SqliteConnection, happening: i64) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM happening WHERE number = ?1
         AND NOT EXISTS (SELECT 1 FROM delivery WHERE happening = ?1)
         AND NOT EXISTS (SELECT 1 FROM dead_letter WHERE happening = ?1)",
    )
    .bind(happening)
    .execute(c)
    .await?;
    Ok(())
}

pub(super) async fn forget_what_nobody_needs(c: &mut SqliteConnection) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM happening
         WHERE NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.happening = happening.number)
         AND NOT EXISTS (SELECT 1 FROM dead_letter WHERE dead_letter.happening = happening.number)",
    )
    .execute(c)
    .await?;
    Ok(())
}

/// The lanes of each subscription that are due first, also those that are due later.
pub(super) async fn lanes(c: &mut SqliteConnection, limit: u32) -> Result<Vec<Lane>, StoreError> {
    let subscriptions: Vec<(String, i64)> =
        sqlx::query_as("SELECT id, resume_ms FROM subscription").fetch_all(&mut *c).await?;
    let mut lanes = Vec::new();
    for (subscription, resume_ms) in subscriptions {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT thread_id, due_ms FROM lane WHERE subscription_id = ?1 ORDER BY due_ms LIMIT ?2",
        )
        .bind(&subscription)
        .bind(limit)
        .fetch_all(&mut *c)
        .await?;
        lanes.extend(rows.into_iter().map(|(thread, due_ms)| Lane {
            subscription: SubscriptionId(subscription.clone()),
            thread: ThreadId::new(thread),
            due_ms: due_ms.max(resume_ms),
        }));
    }
    Ok(lanes)
}

#[derive(FromRow)]
struct Next {
    number: i64,
    happening: i64,
    part: i64,
    parts: i64,
    since_ms: i64,
    tries: u32,
    created_ms: i64,
    terms: String,
    story: String,
}

/// What is to be sent next in a lane.
pub(super) async fn next(c: &mut SqliteConnection, lane: &Lane) -> Result<Option<Delivery>, StoreError> {
    let next: Option<Next> = sqlx::query_as(
        "SELECT d.number, d.happening, d.part, d.parts, d.since_ms, l.tries, s.created_ms, s.terms, h.story
         FROM lane l
         JOIN subscription s ON s.id = l.subscription_id
         JOIN delivery d ON d.subscription_id = l.subscription_id AND d.thread_id = l.thread_id
         JOIN happening h ON h.number = d.happening
         WHERE l.subscription_id = ?1 AND l.thread_id = ?2
         ORDER BY d.number LIMIT 1",
    )
    .bind(&lane.subscription.0)
    .bind(lane.thread.as_str())
    .fetch_optional(c)
    .await?;
    let Some(next) = next else { return Ok(None) };
    let subscription = Subscription {
        id: lane.subscription.clone(),
        created_ms: next.created_ms,
        terms: serde_json::from_str(&next.terms)?,
    };
    Ok(Some(Delivery {
        number: next.number,
        happening: next.happening,
        part: usize::try_from(next.part).unwrap_or(0),
        parts: usize::try_from(next.parts).unwrap_or(0),
        since_ms: next.since_ms,
        tries: next.tries,
        subscription,
        story: serde_json::from_str(&next.story)?,
    }))
}

/// Notes how sending went.
pub(super) async fn settle(
    c: &mut SqliteConnection,
    now_ms: i64,
    delivery: &Delivery,
    settlement: Settlement,
) -> Result<(), StoreError> {
    let (subscription, thread) = (&delivery.subscription.id, &delivery.story.thread_id);
    match settlement {
        Settlement::Later { due_ms, resume_ms } => {
            sqlx::query(
                "UPDATE lane SET due_ms = ?3, tries = tries + 1 WHERE subscription_id = ?1 AND thread_id = ?2",
            )
            .bind(&subscription.0)
            .bind(thread.as_str())
            .bind(due_ms)
            .execute(&mut *c)
            .await?;
            if let Some(resume_ms) = resume_ms {
                sqlx::query("UPDATE subscription SET resume_ms = max(resume_ms, ?2) WHERE id = ?1")
                    .bind(&subscription.0)
                    .bind(resume_ms)
                    .execute(c)
                    .await?;
            }
            return Ok(());
        }
        Settlement::Never { reason } => {
            let part = count(delivery.part);
            let range = Range { happening: delivery.happening, part, parts: part + 1 };
            bury(c, now_ms, subscription, thread, range, delivery.tries + 1, &reason).await?;
        }
        Settlement::Delivered => {}
    }
    let following = delivery
        .subscription
        .terms
        .next_wanted(&delivery.story, delivery.part + 1)
        .filter(|following| *following < delivery.parts);
    match following {
        Some(following) => {
            sqlx::query("UPDATE delivery SET part = ?2 WHERE number = ?1")
                .bind(delivery.number)
                .bind(count(following))
                .execute(&mut *c)
                .await?;
        }
        None => {
            sqlx::query("DELETE FROM delivery WHERE number = ?1")
                .bind(delivery.number)
                .execute(&mut *c)
                .await?;
            forget_unless_needed(c, delivery.happening).await?;
        }
    }
    sqlx::query("UPDATE lane SET due_ms = ?3, tries = 0 WHERE subscription_id = ?1 AND thread_id = ?2")
        .bind(&subscription.0)
        .bind(thread.as_str())
        .bind(now_ms)
        .execute(&mut *c)
        .await?;
    sqlx::query(
        "DELETE FROM lane WHERE subscription_id = ?1 AND thread_id = ?2
         AND NOT EXISTS (SELECT 1 FROM delivery WHERE subscription_id = ?1 AND thread_id = ?2)",
    )
    .bind(&subscription.0)
    .bind(thread.as_str())
    .execute(c)
    .await?;
    Ok(())
}

/// Dead letters of a subscription, the newest first.
pub(super) async fn dead_letters(
    c: &mut SqliteConnection,
    id: SubscriptionId,
    limit: u32,
) -> Result<Vec<DeadLetter>, StoreError> {
    let rows: Vec<(i64, i64, i64, i64, u32, String, String)> = sqlx::query_as(
        "SELECT d.number, d.part, d.parts, d.at_ms, d.tries, d.reason, h.story
         FROM dead_letter d JOIN happening h ON h.number = d.happening
         WHERE d.subscription_id = ?1 ORDER BY d.number DESC LIMIT ?2",
    )
    .bind(id.0)
    .bind(limit)
    .fetch_all(c)
    .await?;
    let letters = rows.into_iter().map(|(number, part, parts, at_ms, tries, reason, story)| {
        let story: Happening = serde_json::from_str(&story)?;
        let event = story.event(usize::try_from(part).unwrap_or(0));
        Ok(DeadLetter { number, event, events: parts - part, at_ms, tries, reason })
    });
    letters.collect()
}

/// Queues dead letters again, behind what waits: one, or all of a subscription. Says how many.
pub(super) async fn replay(
    c: &mut SqliteConnection,
    now_ms: i64,
    id: SubscriptionId,
    letter: Option<i64>,
) -> Result<u64, StoreError> {
    let mut letters: Vec<(i64, String, i64, i64, i64)> = sqlx::query_as(
        "DELETE FROM dead_letter WHERE subscription_id = ?1 AND (?2 IS NULL OR number = ?2)
         RETURNING number, thread_id, happening, part, parts",
    )
    .bind(&id.0)
    .bind(letter)
    .fetch_all(&mut *c)
    .await?;
    letters.sort_unstable();
    let replayed = letters.len() as u64;
    for (_, thread, happening, part, parts) in letters {
        wait(c, now_ms, &id, &ThreadId::new(thread), Range { happening, part, parts }).await?;
    }
    Ok(replayed)
}
