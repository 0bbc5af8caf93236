//! Subscriptions to events, for whoever holds the access key. `docs/webhooks.md` says what comes of one.

use crate::error::ApiError;
use crate::extract::{Base, Signed, SubscriptionPath, ValidationPath};
use crate::state::AppState;
use crate::store::DeadLetter;
use crate::webhooks::envelope::Schema;
use crate::webhooks::handshake::Said;
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
    status: Status,
    url: String,
    schema: Schema,
    event_types: Vec<String>,
    subject_begins_with: String,
    /// Only in the reply to the creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// Whether events are sent.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum Status {
    Active,
    /// Somebody is to visit the address that the receiver was told.
    AwaitingValidation,
}

impl Shown {
    fn new(subscription: Subscription, status: Status, with_secret: bool) -> Self {
        let Subscription { id, created_ms, terms } = subscription;
        Self {
            id,
            created_on: Timestamp::from_ms(created_ms),
            status,
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
    Base(base): Base,
    signed: Signed,
) -> Result<(StatusCode, axum::Json<Shown>), ApiError> {
    let terms = signed.json::<Asked>()?.terms()?;
    state.outgoing().target(&terms.url).map_err(ApiError::bad_request)?;
    let subscription = Subscription { id: SubscriptionId::generate(), created_ms: state.now_ms(), terms };
    // Before the receiver is asked: it may visit the address before it answers.
    let token = state.pending().wait(subscription.clone()).ok_or_else(|| {
        ApiError::bad_request("Too many subscriptions wait for somebody to visit their receivers' addresses.")
    })?;
    let validation_url = format!("{base}/natter/v1/event-validation/{token}");
    let topic = envelope::topic(state.store().resource_id());
    let terms = &subscription.terms;
    let said = handshake::shake(state.outgoing(), &topic, terms, &validation_url, state.now_ms()).await;
    let status = match said {
        Ok(Said::Nothing) if state.pending().has(&token, state.now_ms()) => Status::AwaitingValidation,
        Ok(_) => {
            // Unless the address was visited, which made it active.
            if let Some(subscription) = state.pending().take(&token, state.now_ms()) {
                state.store().add_subscription(subscription).await?;
            }
            Status::Active
        }
        Err(why) => match state.pending().take(&token, state.now_ms()) {
            Some(_) => return Err(ApiError::bad_request(why)),
            None => Status::Active,
        },
    };
    Ok((StatusCode::CREATED, axum::Json(Shown::new(subscription, status, true))))
}

/// Somebody visits the address that a receiver was told.
pub(crate) async fn validate(
    State(state): State<AppState>,
    ValidationPath(token): ValidationPath,
) -> Result<&'static str, ApiError> {
    let gone = || {
        ApiError::not_found("There is no such address, or it was visited, or it is older than five minutes.")
    };
    let subscription = state.pending().take(&token, state.now_ms()).ok_or_else(gone)?;
    state.store().add_subscription(subscription).await?;
    Ok("The receiver gets events from now on.\n")
}

pub(crate) async fn list(
    State(state): State<AppState>,
    _signed: Signed,
) -> Result<axum::Json<Collection<Shown>>, ApiError> {
    let subscriptions = state.store().subscriptions().await?;
    let active = subscriptions.into_iter().map(|subscription| (subscription, Status::Active));
    let waiting = state.pending().list(state.now_ms()).into_iter();
    let all = active.chain(waiting.map(|subscription| (subscription, Status::AwaitingValidation)));
    let value = all.map(|(subscription, status)| Shown::new(subscription, status, false)).collect();
    Ok(axum::Json(Collection { value, next_link: None }))
}

pub(crate) async fn delete(
    State(state): State<AppState>,
    SubscriptionPath(id): SubscriptionPath,
    _signed: Signed,
) -> Result<StatusCode, ApiError> {
    let waited = state.pending().remove(&id, state.now_ms());
    if state.store().remove_subscription(id).await? || waited {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(unknown())
    }
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
