//! Operations 11 to 13: participants.

use super::{ListFromPosition, Request, thread_path};
use crate::api_error::ApiError;
use crate::collection::Collection;
use crate::id::ThreadId;
use crate::identifier::CommunicationIdentifier;
use crate::participant::{AddChatParticipantsRequest, AddChatParticipantsResult, ChatParticipant};
use crate::transport::Method;

/// `GET /chat/threads/{threadId}/participants` lists who is in a thread, in the order of their coming.
///
/// # Errors
/// [`ApiError::InvalidRequest`] when the id is no path segment.
pub fn list_participants(
    thread_id: &ThreadId,
    options: ListFromPosition,
) -> Result<Request<Collection<ChatParticipant>>, ApiError> {
    Ok(options.apply(Request::fields(Method::Get, thread_path(thread_id, "/participants")?)))
}

/// `POST /chat/threads/{threadId}/participants/:add` adds participants, 200 at most at once (reference 4.4). Success may be
/// partial: the reply names who could not be added.
///
/// # Errors
/// [`ApiError::InvalidRequest`] when the id is no path segment.
pub fn add_participants(
    thread_id: &ThreadId,
    body: &AddChatParticipantsRequest,
) -> Result<Request<AddChatParticipantsResult>, ApiError> {
    let path = thread_path(thread_id, "/participants/:add")?;
    // Normally `{}`; an empty body says the same.
    let read = |body: &[u8]| match body {
        [] => Ok(AddChatParticipantsResult::default()),
        body => super::read_fields(body),
    };
    Request::reading(Method::Post, path, read).with_body(body)
}

/// `POST /chat/threads/{threadId}/participants/:remove` removes a participant; the caller's own identifier means leaving.
///
/// # Errors
/// [`ApiError::InvalidRequest`] when the id is no path segment.
pub fn remove_participant(
    thread_id: &ThreadId,
    identifier: &CommunicationIdentifier,
) -> Result<Request<()>, ApiError> {
    // The body is the bare identifier, not wrapped (trap 7).
    Request::no_content(Method::Post, thread_path(thread_id, "/participants/:remove")?).with_body(identifier)
}
