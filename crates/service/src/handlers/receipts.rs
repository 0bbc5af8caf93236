//! Read receipts: operations 15 and 16.

use crate::error::ApiError;
use crate::extract::{Base, Caller, Json, ThreadPath, message_id};
use crate::paging::ListQuery;
use crate::state::AppState;
use crate::wire;
use acs_chat::{ChatMessageReadReceipt, Collection, SendReadReceiptRequest};
use axum::extract::State;
use axum::http::StatusCode;

pub(crate) async fn send(
    State(state): State<AppState>,
    caller: Caller,
    ThreadPath(thread): ThreadPath,
    Json(request): Json<SendReadReceiptRequest>,
) -> Result<StatusCode, ApiError> {
    let message = message_id(request.chat_message_id.as_str());
    state.store().set_receipt(caller.id, thread, message).await?;
    Ok(StatusCode::OK)
}

pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    ThreadPath(thread): ThreadPath,
    Base(base): Base,
    query: ListQuery,
) -> Result<axum::Json<Collection<ChatMessageReadReceipt>>, ApiError> {
    let path = format!("/chat/threads/{thread}/readReceipts");
    let slice = query.slice()?;
    let page = state.store().receipts(caller.id, thread, slice).await?;
    let next_link = page.next.map(|next| query.next_slice_link(&base, &path, slice, next));
    Ok(axum::Json(Collection { value: page.items.into_iter().map(wire::receipt).collect(), next_link }))
}
