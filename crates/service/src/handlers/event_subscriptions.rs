//! Subscriptions to events, for whoever holds the access key. `docs/webhooks.md` says what comes of one.

use crate::error::ApiError;
use crate::extract::{Signed, SubscriptionPath};
use crate::state::AppState;
use crate::store::DeadLetter;
use crate::webhooks::envelope::Schema;
use crate::webhooks::happening::TYPE_PREFIX;
use crate::webhooks::subscription::{Asked, Subscription, SubscriptionId};
use crate::webhooks::{envelope, handshake};
use acs_chat::{Collection, Timestamp};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

/// Dead letters that are shown: the newest.
const LETTERS_SHOWN: u32 = 100;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown {
    id: SubscriptionId,
    created_on: Timestamp,
    url: String,
    schema: Schema,
    event_types: Vec<String>,
    subject_begins_with: String,
    /// Only in the reply to the creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl Shown {
    fn new(subscription: Subscription, with_secret: bool) -> Self {
        let Subscription { id, created_ms, terms } = subscription;
        Self {
            id,
            created_on: Timestamp::from_ms(created_ms),
            url: terms.url,
            schema: terms.schema,
            event_types: terms.event_types.iter().map(|name| format!("{TYPE_PREFIX}{name}")).collect(),
            subject_begins_with: terms.subject_begins_with,
            secret: with_secret.then(|| terms.secret.as_str().to_owned()),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShownLetter {
    number: i64,
    event_id: String,
    event_type: String,
    subject: String,
    /// More than one where a full queue gave up all events of one change.
    events: i64,
    given_up_on: Timestamp,
    tries: u32,
    reason: String,
}

impl From<DeadLetter> for ShownLetter {
    fn from(letter: DeadLetter) -> Self {
        Self {
            number: letter.number,
            event_id: letter.event.id,
            event_type: letter.event.event_type,
            subject: letter.event.subject,
            events: letter.events,
            given_up_on: Timestamp::from_ms(letter.at_ms),
            tries: letter.tries,
            reason: letter.reason,
        }
    }
}

/// Which dead letters to send again: all when none is named.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Replay {
    number: Option<i64>,
}

#[derive(Serialize)]
pub(crate) struct Replayed {
    replayed: u64,
}

pub(crate) async fn create(
    State(state): State<AppState>,
    signed: Signed,
) -> Result<(StatusCode, axum::Json<Shown>), ApiError> {
    let terms = signed.json::<Asked>()?.terms()?;
    state.outgoing().target(&terms.url).map_err(ApiError::bad_request)?;
    let topic = envelope::topic(state.store().resource_id());
    handshake::shake(state.outgoing(), &topic, &terms, state.now_ms())
        .await
        .map_err(ApiError::bad_request)?;
    let subscription = state.store().add_subscription(terms).await?;
    Ok((StatusCode::CREATED, axum::Json(Shown::new(subscription, true))))
}

pub(crate) async fn list(
    State(state): State<AppState>,
    _signed: Signed,
) -> Result<axum::Json<Collection<Shown>>, ApiError> {
    let subscriptions = state.store().subscriptions().await?;
    let value = subscriptions.into_iter().map(|subscription| Shown::new(subscription, false)).collect();
    Ok(axum::Json(Collection { value, next_link: None }))
}

pub(crate) async fn delete(
    State(state): State<AppState>,
    SubscriptionPath(id): SubscriptionPath,
    _signed: Signed,
) -> Result<StatusCode, ApiError> {
    if state.store().remove_subscription(id).await? { Ok(StatusCode::NO_CONTENT) } else { Err(unknown()) }
}

pub(crate) async fn dead_letters(
    State(state): State<AppState>,
    SubscriptionPath(id): SubscriptionPath,
    _signed: Signed,
) -> Result<axum::Json<Collection<ShownLetter>>, ApiError> {
    known(&state, &id).await?;
    let letters = state.store().dead_letters(id, LETTERS_SHOWN).await?;
    let value = letters.into_iter().map(ShownLetter::from).collect();
    Ok(axum::Json(Collection { value, next_link: None }))
}

pub(crate) async fn replay(
    State(state): State<AppState>,
    SubscriptionPath(id): SubscriptionPath,
    signed: Signed,
) -> Result<axum::Json<Replayed>, ApiError> {
    let Replay { number } = signed.optional_json()?;
    known(&state, &id).await?;
    let replayed = state.store().replay(id, number).await?;
    state.wake_deliverer();
    Ok(axum::Json(Replayed { replayed }))
}

async fn known(state: &AppState, id: &SubscriptionId) -> Result<(), ApiError> {
    let subscriptions = state.store().subscriptions().await?;
    if subscriptions.iter().any(|subscription| subscription.id == *id) { Ok(()) } else { Err(unknown()) }
}

fn unknown() -> ApiError {
    ApiError::not_found("There is no such subscription.")
}
