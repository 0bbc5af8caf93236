//! Operations 1 to 5: threads.

use super::{ListFromTime, Request, thread_path};
use crate::api_error::ApiError;
use crate::collection::Collection;
use crate::id::ThreadId;
use crate::thread::{
    ChatThreadItem, ChatThreadProperties, CreateChatThreadRequest, CreateChatThreadResult,
    UpdateChatThreadRequest,
};
use crate::transport::Method;

/// `POST /chat/threads` creates a thread; the caller is always in it.
///
/// With an idempotency token (header `repeatability-request-id`, trap 9) the request may be sent again: the same token gets
/// the same thread. Without one, a repeated request makes another thread.
///
/// # Errors
/// [`ApiError::InvalidRequest`] when the token is not visible ASCII.
pub fn create_chat_thread(
    body: &CreateChatThreadRequest,
    idempotency_token: Option<&str>,
) -> Result<Request<CreateChatThreadResult>, ApiError> {
    let request = Request::fields(Method::Post, "/chat/threads".to_owned()).with_body(body)?;
    match idempotency_token {
        Some(token) => request.with_header("repeatability-request-id", token),
        None => Ok(request),
    }
}

/// `GET /chat/threads` lists the caller's threads, those with the newest message first (reference 3.5). Threads that the
/// caller has left are still listed (trap 21).
#[must_use]
pub fn list_chat_threads(options: ListFromTime) -> Request<Collection<ChatThreadItem>> {
    options.apply(Request::fields(Method::Get, "/chat/threads".to_owned()))
}

/// `GET /chat/threads/{threadId}` reads a thread's properties.
///
/// # Errors
/// [`ApiError::InvalidRequest`] when the id is no path segment.
pub fn get_chat_thread_properties(thread_id: &ThreadId) -> Result<Request<ChatThreadProperties>, ApiError> {
    Ok(Request::fields(Method::Get, thread_path(thread_id, "")?))
}

/// `PATCH /chat/threads/{threadId}` changes topic, metadata or retention policy; what is absent stays.
///
/// # Errors
/// [`ApiError::InvalidRequest`] when the id is no path segment.
pub fn update_chat_thread_properties(
    thread_id: &ThreadId,
    body: &UpdateChatThreadRequest,
) -> Result<Request<()>, ApiError> {
    Request::no_content(Method::Patch, thread_path(thread_id, "")?).with_body(body)
}

/// `DELETE /chat/threads/{threadId}` deletes a thread for everybody; there is no way back (reference 4.3).
///
/// # Errors
/// [`ApiError::InvalidRequest`] when the id is no path segment.
pub fn delete_chat_thread(thread_id: &ThreadId) -> Result<Request<()>, ApiError> {
    Ok(Request::no_content(Method::Delete, thread_path(thread_id, "")?))
}
