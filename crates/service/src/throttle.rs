//! Too many requests are refused before anything is done for them: 429 and `Retry-After` (reference 4.5, 6.1).

use crate::domain::rate::{Asking, Operation};
use crate::error::{ApiError, OutsideOfThread};
use crate::extract::Caller;
use crate::state::AppState;
use acs_chat::ThreadId;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{MatchedPath, RawPathParams, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;

/// Counts a request of chat. The caller is found out here, once, and handed on to the handler.
pub(crate) async fn chat(
    State(state): State<AppState>,
    caller: Caller,
    route: MatchedPath,
    params: Result<RawPathParams, RawPathParamsRejection>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let operation = operation(request.method(), route.as_str());
    // A path that is no text is refused by the handler, in its words.
    let (Some(operation), Ok(params)) = (operation, params) else {
        return Ok(next.run(with_caller(request, caller)).await);
    };
    let thread = params.iter().find(|(name, _)| *name == "thread").map(|(_, value)| ThreadId::new(value));
    let asking = Asking { user: Some(&caller.id), thread: thread.as_ref() };
    let entry = state.enter(operation, asking)?;
    let person = caller.id.clone();
    request = with_caller(request, caller);
    let response = next.run(request).await;
    if response.status().is_success() {
        let written_in = thread.as_ref().filter(|_| operation == Operation::WriteMessage);
        state.metrics().seen(person.as_str(), written_in.map(ThreadId::as_str), state.now_ms());
    }
    if response.extensions().get::<OutsideOfThread>().is_some() {
        state.cross_out_of_thread(entry);
    }
    Ok(response)
}

fn with_caller(mut request: Request, caller: Caller) -> Request {
    request.extensions_mut().insert(caller);
    request
}

fn operation(method: &Method, route: &str) -> Option<Operation> {
    let operation = match (method.as_str(), route.strip_prefix("/chat/threads")?) {
        ("POST", "") => Operation::CreateThread,
        ("GET" | "HEAD", "" | "/{thread}") => Operation::ReadThreads,
        ("PATCH", "/{thread}") => Operation::UpdateThread,
        ("DELETE", "/{thread}") => Operation::DeleteThread,
        ("GET" | "HEAD", "/{thread}/messages") => Operation::ListMessages,
        ("GET" | "HEAD", "/{thread}/messages/{message}") => Operation::GetMessage,
        ("POST", "/{thread}/messages") | ("PATCH" | "DELETE", "/{thread}/messages/{message}") => {
            Operation::WriteMessage
        }
        ("GET" | "HEAD", "/{thread}/participants") => Operation::ListParticipants,
        ("POST", "/{thread}/participants/:add" | "/{thread}/participants/:remove") => {
            Operation::ChangeParticipants
        }
        ("POST", "/{thread}/typing") => Operation::Type,
        ("POST", "/{thread}/readReceipts") => Operation::SendReadReceipt,
        ("GET" | "HEAD", "/{thread}/readReceipts") => Operation::ListReadReceipts,
        _ => return None,
    };
    Some(operation)
}
