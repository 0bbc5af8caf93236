//! Typing: operation 14.

use crate::domain::text;
use crate::error::ApiError;
use crate::events::{Event, News};
use crate::extract::{Caller, OptionalJson, ThreadPath};
use crate::state::AppState;
use acs_chat::SendTypingNotificationRequest;
use axum::extract::State;
use axum::http::StatusCode;

/// Nobody can read typing over REST (reference 7.3); who listens to the events hears of it.
pub(crate) async fn send(
    State(state): State<AppState>,
    caller: Caller,
    ThreadPath(thread): ThreadPath,
    OptionalJson(request): OptionalJson<SendTypingNotificationRequest>,
) -> Result<StatusCode, ApiError> {
    let sender_display_name = request.sender_display_name.unwrap_or_default();
    text::check_display_name(&sender_display_name)?;
    let audience = state.store().typing_audience(caller.id.clone(), thread.clone()).await?;
    let event = Event::Typing { thread_id: thread, sender_id: caller.id, sender_display_name };
    state.events().publish(vec![News::Event(event, audience)]);
    Ok(StatusCode::OK)
}
