//! Messages: operations 6 to 10.

use super::threads::request_id;
use crate::domain::message::{MessageDraft, MessagePatch};
use crate::error::ApiError;
use crate::extract::{Base, Caller, Json, MessagePath, ThreadPath};
use crate::paging::{self, ListQuery};
use crate::state::AppState;
use crate::versions::ChatVersion;
use crate::wire;
use acs_chat::{
    ChatMessage, Collection, MessageId, SendChatMessageRequest, SendChatMessageResult,
    UpdateChatMessageRequest,
};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;

/// The SDKs repeat a send whose reply was lost, under the same `x-ms-client-request-id`: the second one finds the
/// first one's message.
pub(crate) async fn send(
    State(state): State<AppState>,
    caller: Caller,
    version: ChatVersion,
    ThreadPath(thread): ThreadPath,
    Base(base): Base,
    headers: HeaderMap,
    Json(request): Json<SendChatMessageRequest>,
) -> Result<impl IntoResponse, ApiError> {
    let draft = MessageDraft::new(wire::sending(request, version))?;
    let request_id = request_id(&headers, "x-ms-client-request-id")?;
    let id = state.store().send_message(caller.id, thread.clone(), draft, request_id).await?;
    let location = format!("{base}/chat/threads/{}/messages/{id}", paging::encode_in_location(&thread));
    let result = SendChatMessageResult { id: MessageId::new(id.to_string()) };
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], axum::Json(result)))
}

pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    version: ChatVersion,
    ThreadPath(thread): ThreadPath,
    Base(base): Base,
    query: ListQuery,
) -> Result<axum::Json<Collection<ChatMessage>>, ApiError> {
    let since_ms = query.start_time()?.map_or(0, |time| time.as_ms());
    let cursor = query.cursor(paging::message_cursor)?;
    let path = format!("/chat/threads/{thread}/messages");
    let page = state.store().messages(caller.id, thread, since_ms, cursor, query.page_size()?).await?;
    let next_link = page
        .next
        .map(|cursor| query.next_link(&base, &path, &[("syncState", paging::message_cursor_text(cursor))]));
    let value = page.items.into_iter().map(|message| wire::message(message, version)).collect();
    Ok(axum::Json(Collection { value, next_link }))
}

pub(crate) async fn get(
    State(state): State<AppState>,
    caller: Caller,
    version: ChatVersion,
    MessagePath(thread, message): MessagePath,
) -> Result<axum::Json<ChatMessage>, ApiError> {
    Ok(axum::Json(wire::message(state.store().message(caller.id, thread, message).await?, version)))
}

pub(crate) async fn update(
    State(state): State<AppState>,
    caller: Caller,
    version: ChatVersion,
    MessagePath(thread, message): MessagePath,
    Json(request): Json<UpdateChatMessageRequest>,
) -> Result<StatusCode, ApiError> {
    let patch = MessagePatch::new(wire::message_update(request, version));
    state.store().edit_message(caller.id, thread, message, patch).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn delete(
    State(state): State<AppState>,
    caller: Caller,
    MessagePath(thread, message): MessagePath,
) -> Result<StatusCode, ApiError> {
    state.store().delete_message(caller.id, thread, message).await?;
    Ok(StatusCode::NO_CONTENT)
}
