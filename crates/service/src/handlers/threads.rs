//! Threads: operations 1 to 5.

use crate::domain::access::Action;
use crate::domain::limits;
use crate::domain::thread::{ThreadDraft, ThreadPatch};
use crate::error::ApiError;
use crate::extract::{Base, Caller, Json, ThreadPath};
use crate::paging::{self, ListQuery};
use crate::state::AppState;
use crate::versions::ChatVersion;
use crate::wire;
use acs_chat::{
    ChatThreadItem, ChatThreadProperties, Collection, CreateChatThreadRequest, CreateChatThreadResult,
    UpdateChatThreadRequest,
};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;

pub(crate) async fn create(
    State(state): State<AppState>,
    caller: Caller,
    version: ChatVersion,
    Base(base): Base,
    headers: HeaderMap,
    Json(request): Json<CreateChatThreadRequest>,
) -> Result<impl IntoResponse, ApiError> {
    caller.require(Action::ManageThread)?;
    let draft = ThreadDraft::new(wire::creation(request, version))?;
    let repeat_key = request_id(&headers, "repeatability-request-id")?;
    let created = state.store().create_thread(caller.id, draft, repeat_key).await?;
    let location = format!("{base}/chat/threads/{}", paging::encode_in_location(&created.thread.id));
    let result = CreateChatThreadResult {
        chat_thread: wire::thread(created.thread, version),
        invalid_participants: wire::rejections(created.rejections),
    };
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], axum::Json(result)))
}

/// A client's own id for a request, by which a repetition is recognised.
pub(crate) fn request_id(headers: &HeaderMap, name: &str) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let text =
        value.to_str().map_err(|_| ApiError::bad_request(format!("The header {name} is not text.")))?;
    if text.len() > limits::REQUEST_ID_BYTES {
        return Err(ApiError::bad_request(format!("The header {name} is too long.")));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Base(base): Base,
    query: ListQuery,
) -> Result<axum::Json<Collection<ChatThreadItem>>, ApiError> {
    let since_ms = query.start_time()?.map_or(0, |time| time.as_ms());
    let cursor = query.cursor(paging::thread_cursor)?;
    let page = state.store().threads(caller.id, since_ms, cursor, query.page_size()?).await?;
    let next_link = page.next.map(|cursor| {
        query.next_link(&base, "/chat/threads", &[("syncState", paging::thread_cursor_text(&cursor))])
    });
    Ok(axum::Json(Collection { value: page.items.into_iter().map(wire::thread_item).collect(), next_link }))
}

pub(crate) async fn get(
    State(state): State<AppState>,
    caller: Caller,
    version: ChatVersion,
    ThreadPath(thread): ThreadPath,
) -> Result<axum::Json<ChatThreadProperties>, ApiError> {
    Ok(axum::Json(wire::thread(state.store().thread(caller.id, thread).await?, version)))
}

pub(crate) async fn update(
    State(state): State<AppState>,
    caller: Caller,
    version: ChatVersion,
    ThreadPath(thread): ThreadPath,
    Json(request): Json<UpdateChatThreadRequest>,
) -> Result<StatusCode, ApiError> {
    caller.require(Action::ManageThread)?;
    let patch = ThreadPatch::new(wire::thread_update(request, version))?;
    state.store().update_thread(caller.id, thread, patch).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn delete(
    State(state): State<AppState>,
    caller: Caller,
    ThreadPath(thread): ThreadPath,
) -> Result<StatusCode, ApiError> {
    caller.require(Action::ManageThread)?;
    state.store().delete_thread(caller.id, thread).await?;
    Ok(StatusCode::NO_CONTENT)
}
