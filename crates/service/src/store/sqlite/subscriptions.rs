//! Who has subscribed.

use super::deliveries;
use crate::domain::refusal::Refusal;
use crate::store::StoreError;
use crate::webhooks::subscription::{SUBSCRIPTIONS, Subscription, SubscriptionId};
use sqlx::SqliteConnection;

pub(super) async fn add(c: &mut SqliteConnection, subscription: Subscription) -> Result<(), StoreError> {
    let count: u32 = sqlx::query_scalar("SELECT count(*) FROM subscription").fetch_one(&mut *c).await?;
    if count as usize >= SUBSCRIPTIONS {
        return Err(Refusal::invalid(format!("There are {SUBSCRIPTIONS} subscriptions already.")).into());
    }
    sqlx::query("INSERT INTO subscription (id, created_ms, terms) VALUES (?1, ?2, ?3)")
        .bind(&subscription.id.0)
        .bind(subscription.created_ms)
        .bind(serde_json::to_string(&subscription.terms)?)
        .execute(c)
        .await?;
    Ok(())
}

pub(super) async fn list(c: &mut SqliteConnection) -> Result<Vec<Subscription>, StoreError> {
    let rows: Vec<(String, i64, String)> =
        sqlx::query_as("SELECT id, created_ms, terms FROM subscription ORDER BY created_ms, id")
            .fetch_all(c)
            .await?;
    let subscriptions = rows.into_iter().map(|(id, created_ms, terms)| {
        let terms = serde_json::from_str(&terms)?;
        Ok(Subscription { id: SubscriptionId(id), created_ms, terms })
    });
    subscriptions.collect()
}

/// Removes one with all that waits for it. Says whether it was there.
pub(super) async fn remove(c: &mut SqliteConnection, id: SubscriptionId) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM subscription WHERE id = ?1").bind(id.0).execute(&mut *c).await?;
    deliveries::forget_what_nobody_needs(c).await?;
    Ok(done.rows_affected() > 0)
}
