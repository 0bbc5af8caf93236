//! What the operator sees of the past, and is told of.

use super::subscriptions;
use crate::domain::refusal::Refusal;
use crate::operator::alerts::{ALERTS, Alert};
use crate::operator::figures::{DAYS_KEPT_MS, Day, MINUTES_KEPT_MS, Minute, day_of};
use crate::store::StoreError;
use crate::webhooks::subscription::Subscription;
use sqlx::SqliteConnection;

pub(super) async fn note_minute(c: &mut SqliteConnection, minute: Minute) -> Result<(), StoreError> {
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    sqlx::query("INSERT OR REPLACE INTO minute (at_ms, figures) VALUES (?1, ?2)")
        .bind(minute.at_ms)
        .bind(serde_json::to_string(&minute)?)
        .execute(&mut *c)
        .await?;
    sqlx::query(
        "INSERT INTO day (at_ms, messages, requests, errors) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET messages = messages + ?2, requests = requests + ?3, errors = errors + ?4",
    )
    .bind(day_of(minute.at_ms))
    .bind(whole(minute.messages))
    .bind(whole(minute.requests))
    .bind(whole(minute.errors))
    .execute(&mut *c)
    .await?;
    for (table, kept_ms) in [("minute", MINUTES_KEPT_MS), ("day", DAYS_KEPT_MS)] {
        let forget = match table {
            "minute" => "DELETE FROM minute WHERE at_ms < ?1",
            _ => "DELETE FROM day WHERE at_ms < ?1",
        };
        sqlx::query(forget).bind(minute.at_ms - kept_ms).execute(&mut *c).await?;
    }
    Ok(())
}

pub(super) async fn figures(
    c: &mut SqliteConnection,
    now_ms: i64,
) -> Result<(Vec<Minute>, Vec<Day>), StoreError> {
    let minutes: Vec<String> =
        sqlx::query_scalar("SELECT figures FROM minute WHERE at_ms >= ?1 ORDER BY at_ms")
            .bind(now_ms - MINUTES_KEPT_MS)
            .fetch_all(&mut *c)
            .await?;
    let minutes = minutes.iter().map(|text| serde_json::from_str(text)).collect::<Result<_, _>>()?;
    let days: Vec<(i64, i64, i64, i64)> =
        sqlx::query_as("SELECT at_ms, messages, requests, errors FROM day WHERE at_ms >= ?1 ORDER BY at_ms")
            .bind(now_ms - DAYS_KEPT_MS)
            .fetch_all(c)
            .await?;
    let day = |(at_ms, messages, requests, errors)| Day { at_ms, messages, requests, errors };
    Ok((minutes, days.into_iter().map(day).collect()))
}

pub(super) async fn subscription_depths(
    c: &mut SqliteConnection,
) -> Result<Vec<(Subscription, i64, i64)>, StoreError> {
    let mut depths = Vec::new();
    for subscription in subscriptions::list(c).await? {
        let (waiting, dead): (i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM delivery WHERE subscription_id = ?1),
                    (SELECT count(*) FROM dead_letter WHERE subscription_id = ?1)",
        )
        .bind(&subscription.id.0)
        .fetch_one(&mut *c)
        .await?;
        depths.push((subscription, waiting, dead));
    }
    Ok(depths)
}

pub(super) async fn add_alert(c: &mut SqliteConnection, alert: Alert) -> Result<(), StoreError> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM alert").fetch_one(&mut *c).await?;
    if usize::try_from(count).is_ok_and(|count| count >= ALERTS) {
        return Err(Refusal::invalid(format!("There are {ALERTS} alerts already.")).into());
    }
    sqlx::query("INSERT INTO alert (id, created_ms, terms) VALUES (?1, ?2, ?3)")
        .bind(&alert.id)
        .bind(alert.created_ms)
        .bind(serde_json::to_string(&alert.terms)?)
        .execute(c)
        .await?;
    Ok(())
}

pub(super) async fn alerts(c: &mut SqliteConnection) -> Result<Vec<Alert>, StoreError> {
    let rows: Vec<(String, i64, String)> =
        sqlx::query_as("SELECT id, created_ms, terms FROM alert ORDER BY created_ms, id")
            .fetch_all(c)
            .await?;
    let alert = |(id, created_ms, terms): (String, i64, String)| {
        Ok(Alert { id, created_ms, terms: serde_json::from_str(&terms)? })
    };
    rows.into_iter().map(alert).collect()
}

pub(super) async fn remove_alert(c: &mut SqliteConnection, id: String) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM alert WHERE id = ?1").bind(id).execute(c).await?;
    Ok(done.rows_affected() > 0)
}
