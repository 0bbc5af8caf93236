//! Typing: operation 14.

use crate::domain::text;
use crate::error::ApiError;
use crate::extract::{Caller, OptionalJson, ThreadPath};
use crate::state::AppState;
use acs_chat::SendTypingNotificationRequest;
use axum::extract::State;
use axum::http::StatusCode;

/// Nobody can read typing over REST; it is checked and answered. The event stream will carry it.
pub(crate) async fn send(
    State(state): State<AppState>,
    caller: Caller,
    ThreadPath(thread): ThreadPath,
    OptionalJson(request): OptionalJson<SendTypingNotificationRequest>,
) -> Result<StatusCode, ApiError> {
    text::check_display_name(request.sender_display_name.as_deref().unwrap_or_default())?;
    state.store().require_member(caller.id, thread).await?;
    Ok(StatusCode::OK)
}
