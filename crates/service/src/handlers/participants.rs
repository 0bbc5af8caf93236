//! Participants: operations 11 to 13.

use crate::domain::access::Action;
use crate::domain::participant::{invitations, removal};
use crate::error::ApiError;
use crate::extract::{Base, Caller, Json, ThreadPath};
use crate::paging::ListQuery;
use crate::state::AppState;
use crate::versions::ChatVersion;
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
    version: ChatVersion,
    ThreadPath(thread): ThreadPath,
    Base(base): Base,
    query: ListQuery,
) -> Result<axum::Json<Collection<ChatParticipant>>, ApiError> {
    let path = format!("/chat/threads/{thread}/participants");
    let slice = query.slice()?;
    let page = state.store().participants(caller.id, thread, slice).await?;
    let next_link = page.next.map(|next| query.next_slice_link(&base, &path, slice, next));
    let value = page.items.into_iter().map(|participant| wire::participant(participant, version)).collect();
    Ok(axum::Json(Collection { value, next_link }))
}

pub(crate) async fn add(
    State(state): State<AppState>,
    caller: Caller,
    version: ChatVersion,
    ThreadPath(thread): ThreadPath,
    Json(request): Json<AddChatParticipantsRequest>,
) -> Result<(StatusCode, axum::Json<AddChatParticipantsResult>), ApiError> {
    caller.require(Action::ManageParticipants)?;
    let invitations = invitations(wire::addition(request, version))?;
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
