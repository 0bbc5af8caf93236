//! Operations 14 to 16: typing and read receipts.

use super::{ListFromPosition, Request, thread_path};
use crate::api_error::ApiError;
use crate::collection::Collection;
use crate::id::ThreadId;
use crate::receipt::{ChatMessageReadReceipt, SendReadReceiptRequest, SendTypingNotificationRequest};
use crate::transport::Method;

/// `POST /chat/threads/{threadId}/typing` tells the others that the caller types. Not delivered in threads of more than 20
/// (reference 4.3).
///
/// # Errors
/// [`ApiError::InvalidRequest`] when the id is no path segment.
pub fn send_typing_notification(
    thread_id: &ThreadId,
    body: &SendTypingNotificationRequest,
) -> Result<Request<()>, ApiError> {
    Request::no_content(Method::Post, thread_path(thread_id, "/typing")?).with_body(body)
}

/// `POST /chat/threads/{threadId}/readReceipts` says how far the caller has read.
///
/// # Errors
/// [`ApiError::InvalidRequest`] when the id is no path segment.
pub fn send_read_receipt(
    thread_id: &ThreadId,
    body: &SendReadReceiptRequest,
) -> Result<Request<()>, ApiError> {
    Request::no_content(Method::Post, thread_path(thread_id, "/readReceipts")?).with_body(body)
}

/// `GET /chat/threads/{threadId}/readReceipts` lists how far everybody has read: one entry for each, the caller's included.
/// Empty in threads of more than 20 (trap 18).
///
/// # Errors
/// [`ApiError::InvalidRequest`] when the id is no path segment.
pub fn list_read_receipts(
    thread_id: &ThreadId,
    options: ListFromPosition,
) -> Result<Request<Collection<ChatMessageReadReceipt>>, ApiError> {
    Ok(options.apply(Request::fields(Method::Get, thread_path(thread_id, "/readReceipts")?)))
}
