//! Participants: operations 11 to 13.

use crate::domain::access::Action;
use crate::domain::participant::{invitations, removal};
use crate::error::ApiError;
use crate::extract::{Base, Caller, Json, ThreadPath};
use crate::paging::ListQuery;
use crate::state::AppState;
use crate::wire;
use acs_chat::{
    AddChatParticipantsRequest, AddChatParticipantsResult, ChatParticipant, Collection,
    CommunicationIdentifier,
};
use axum::extract::State;
use axum::http::StatusCode;

pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    ThreadPath(thread): ThreadPath,
    Base(base): Base,
    query: ListQuery,
) -> Result<axum::Json<Collection<ChatParticipant>>, ApiError> {
    let path = format!("/chat/threads/{thread}/participants");
    let page = state.store().participants(caller.id, thread, query.slice()?).await?;
    let next_link = page.next.map(|skip| query.next_link(&base, &path, &[("skip", skip.to_string())]));
    Ok(axum::Json(Collection { value: page.items.into_iter().map(wire::participant).collect(), next_link }))
}

pub(crate) async fn add(
    State(state): State<AppState>,
    caller: Caller,
    ThreadPath(thread): ThreadPath,
    Json(request): Json<AddChatParticipantsRequest>,
) -> Result<(StatusCode, axum::Json<AddChatParticipantsResult>), ApiError> {
    caller.require(Action::ManageParticipants)?;
    let invitations = invitations(request.participants)?;
    let rejections = state.store().add_participants(caller.id, thread, invitations).await?;
    let invalid_participants = wire::rejections(rejections);
    Ok((StatusCode::CREATED, axum::Json(AddChatParticipantsResult { invalid_participants })))
}

/// The body is the identifier itself. One's own identifier means to leave.
pub(crate) async fn remove(
    State(state): State<AppState>,
    caller: Caller,
    ThreadPath(thread): ThreadPath,
    Json(identifier): Json<CommunicationIdentifier>,
) -> Result<StatusCode, ApiError> {
    caller.require(Action::ManageParticipants)?;
    state.store().remove_participant(caller.id, thread, removal(&identifier)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
