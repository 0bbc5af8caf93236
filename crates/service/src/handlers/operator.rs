//! `/natter/v1/operator`: what the operator's page shows, for whoever has the access key, or a session that was opened with it.

use crate::domain::rate::TooMany;
use crate::error::ApiError;
use crate::extract::{Json, Operator, SubscriptionPath};
use crate::operator::alerts::{Alert, Terms};
use crate::operator::figures::{Day, Minute};
use crate::state::AppState;
use crate::webhooks::subscription::{Subscription, SubscriptionId};
use acs_chat::{Collection, Timestamp};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Key {
    access_key: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    token: String,
    expires_on: Timestamp,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Figures {
    minutes: Vec<Minute>,
    /// What has happened since the last of them.
    current: Minute,
    days: Vec<Day>,
    people: i64,
    threads: i64,
    event_streams: usize,
    writes_waiting: i64,
    database_bytes: i64,
    webhooks: Vec<Webhook>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Webhook {
    id: SubscriptionId,
    /// Without its query, which may hold a secret of the receiver's.
    url: String,
    waiting: i64,
    dead_letters: i64,
}

#[derive(Serialize)]
pub(crate) struct Replayed {
    replayed: u64,
}

pub(crate) async fn begin(
    State(state): State<AppState>,
    Json(Key { access_key }): Json<Key>,
) -> Result<(StatusCode, axum::Json<Session>), ApiError> {
    let now_ms = state.now_ms();
    if let Some(retry_after_ms) = state.operators().wait_ms(now_ms) {
        return Err(ApiError::too_many_requests(TooMany { retry_after_ms }));
    }
    if !state.access_key().equals(access_key.trim()) {
        state.operators().wrong(now_ms);
        tracing::warn!("somebody gave a wrong access key for the operator's page");
        return Err(ApiError::unauthorized());
    }
    let (token, ends_ms) = state.operators().begin(now_ms);
    Ok((StatusCode::CREATED, axum::Json(Session { token, expires_on: Timestamp::from_ms(ends_ms) })))
}

pub(crate) async fn figures(
    State(state): State<AppState>,
    _: Operator,
) -> Result<axum::Json<Figures>, ApiError> {
    let (minutes, days) = state.store().figures(state.now_ms()).await?;
    let depths = state.store().depths().await?;
    let webhooks = state.store().subscription_depths().await?;
    Ok(axum::Json(Figures {
        minutes,
        current: state.current_minute(),
        days,
        people: depths.people,
        threads: depths.threads,
        event_streams: state.events().streams(),
        writes_waiting: depths.writes_waiting,
        database_bytes: depths.database_bytes,
        webhooks: webhooks.into_iter().map(webhook).collect(),
    }))
}

fn webhook((subscription, waiting, dead_letters): (Subscription, i64, i64)) -> Webhook {
    let url = subscription.terms.url.split(['?', '#']).next().unwrap_or_default().to_owned();
    Webhook { id: subscription.id, url, waiting, dead_letters }
}

pub(crate) async fn replay(
    State(state): State<AppState>,
    SubscriptionPath(id): SubscriptionPath,
    _: Operator,
) -> Result<axum::Json<Replayed>, ApiError> {
    let known = state.store().subscriptions().await?;
    if !known.iter().any(|subscription| subscription.id == id) {
        return Err(ApiError::not_found("There is no such subscription."));
    }
    let replayed = state.store().replay(id, None).await?;
    state.wake_deliverer();
    Ok(axum::Json(Replayed { replayed }))
}

pub(crate) async fn alerts(
    State(state): State<AppState>,
    _: Operator,
) -> Result<axum::Json<Collection<Alert>>, ApiError> {
    Ok(axum::Json(Collection { value: state.store().alerts().await?, next_link: None }))
}

pub(crate) async fn create_alert(
    State(state): State<AppState>,
    operator: Operator,
) -> Result<(StatusCode, axum::Json<Alert>), ApiError> {
    let terms: Terms = operator.json()?;
    state.outgoing().target(&terms.url).map_err(ApiError::bad_request)?;
    let alert = Alert::new(terms, state.now_ms())?;
    state.store().add_alert(alert.clone()).await?;
    Ok((StatusCode::CREATED, axum::Json(alert)))
}

pub(crate) async fn delete_alert(
    State(state): State<AppState>,
    SubscriptionPath(SubscriptionId(id)): SubscriptionPath,
    _: Operator,
) -> Result<StatusCode, ApiError> {
    if state.store().remove_alert(id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::not_found("There is no such alert."))
    }
}
