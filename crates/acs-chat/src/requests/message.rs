//! Operations 6 to 10: messages.

use super::{ListFromTime, Request, thread_path};
use crate::api_error::ApiError;
use crate::collection::Collection;
use crate::encoding::push_segment;
use crate::id::{MessageId, ThreadId};
use crate::message::{ChatMessage, SendChatMessageRequest, SendChatMessageResult, UpdateChatMessageRequest};
use crate::transport::Method;

/// `POST /chat/threads/{threadId}/messages` sends a message. Not idempotent (trap 10): after an unclear failure look for the
/// message before sending it again.
///
/// # Errors
/// [`ApiError::InvalidRequest`] when the id is no path segment.
pub fn send_message(
    thread_id: &ThreadId,
    body: &SendChatMessageRequest,
) -> Result<Request<SendChatMessageResult>, ApiError> {
    Request::fields(Method::Post, thread_path(thread_id, "/messages")?).with_body(body)
}

/// `GET /chat/threads/{threadId}/messages` lists messages, the last **changed** first (trap 2), system messages and deleted
/// ones included.
///
/// # Errors
/// [`ApiError::InvalidRequest`] when the id is no path segment.
pub fn list_messages(
    thread_id: &ThreadId,
    options: ListFromTime,
) -> Result<Request<Collection<ChatMessage>>, ApiError> {
    Ok(options.apply(Request::fields(Method::Get, thread_path(thread_id, "/messages")?)))
}

/// `GET /chat/threads/{threadId}/messages/{messageId}` reads one message.
///
/// # Errors
/// [`ApiError::InvalidRequest`] when an id is no path segment.
pub fn get_message(thread_id: &ThreadId, message_id: &MessageId) -> Result<Request<ChatMessage>, ApiError> {
    Ok(Request::fields(Method::Get, message_path(thread_id, message_id)?))
}

/// `PATCH /chat/threads/{threadId}/messages/{messageId}` changes content or metadata; only the sender may (reference 4.2).
///
/// # Errors
/// [`ApiError::InvalidRequest`] when an id is no path segment.
pub fn update_message(
    thread_id: &ThreadId,
    message_id: &MessageId,
    body: &UpdateChatMessageRequest,
) -> Result<Request<()>, ApiError> {
    Request::no_content(Method::Patch, message_path(thread_id, message_id)?).with_body(body)
}

/// `DELETE /chat/threads/{threadId}/messages/{messageId}` deletes a message; only the sender may. It stays in the list,
/// empty (trap 3).
///
/// # Errors
/// [`ApiError::InvalidRequest`] when an id is no path segment.
pub fn delete_message(thread_id: &ThreadId, message_id: &MessageId) -> Result<Request<()>, ApiError> {
    Ok(Request::no_content(Method::Delete, message_path(thread_id, message_id)?))
}

fn message_path(thread_id: &ThreadId, message_id: &MessageId) -> Result<String, ApiError> {
    let mut path = thread_path(thread_id, "/messages")?;
    push_segment(&mut path, message_id.as_str())?;
    Ok(path)
}
