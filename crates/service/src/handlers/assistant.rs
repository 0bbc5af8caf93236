//! `/natter/v1/assistant`: who answers, and a question. `docs/assistant.md` says what comes.

use crate::assistant::answering::{Asking, begin};
use crate::assistant::question::{AskRequest, Question};
use crate::assistant::{Assistant, check_may_post, context};
use crate::domain::rate::{Asking as By, Operation};
use crate::error::ApiError;
use crate::extract::{Caller, Json};
use crate::state::AppState;
use acs_chat::RawId;
use assistant::Event;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::IntoResponse;
use axum::response::sse::{self, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::mpsc;

/// A comment is sent after so much silence, so that nothing between us and the client takes the stream for idle.
const HEARTBEAT_MS: i64 = 10_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct About {
    by: &'static str,
    name: String,
    model: Option<String>,
    sent_to: Option<String>,
    ready: bool,
    question_chars: usize,
    user_id: Option<RawId>,
}

pub(crate) async fn get(State(state): State<AppState>, _: Caller) -> Result<axum::Json<About>, ApiError> {
    let assistant = switched_on(&state)?;
    let about = assistant.about();
    Ok(axum::Json(About {
        by: about.by,
        name: about.name,
        model: about.model,
        sent_to: about.sent_to,
        ready: about.ready,
        question_chars: about.question_chars,
        user_id: assistant.known_identity().await,
    }))
}

pub(crate) async fn ask(
    State(state): State<AppState>,
    caller: Caller,
    Json(request): Json<AskRequest>,
) -> Result<impl IntoResponse, ApiError> {
    let assistant = switched_on(&state)?;
    let question = Question::new(request, &assistant.about())?;
    state.enter(Operation::AskAssistant, By { user: Some(&caller.id), thread: Some(&question.thread) })?;
    let said = context::read(state.store(), &caller.id, &question.thread, &question.wanted).await?;
    check_may_post(&state, assistant, &caller, &question).await?;
    let asking = Asking { asker: caller.id, question, said };
    let heard = begin(&state, assistant, asking).ok_or_else(ApiError::unavailable)?;
    Ok((unbuffered(), Sse::new(stream(state, heard))))
}

/// The assistant, unless it is switched off.
pub(super) fn switched_on(state: &AppState) -> Result<&Arc<Assistant>, ApiError> {
    state.assistant().ok_or_else(|| ApiError::not_found("The assistant is switched off."))
}

/// What is between us and the client is to hand on each event as it comes, and to keep nothing.
pub(super) fn unbuffered() -> [(HeaderName, HeaderValue); 2] {
    [
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ]
}

fn stream(
    state: AppState,
    heard: mpsc::Receiver<Event>,
) -> impl Stream<Item = Result<sse::Event, Infallible>> {
    unfold((state, heard), async |(state, mut heard)| {
        let event = tokio::select! {
            biased;
            event = heard.recv() => sse::Event::default().data(event?.write()),
            () = state.clock().pass_ms(HEARTBEAT_MS) => sse::Event::default().comment("still here"),
        };
        Some((Ok(event), (state, heard)))
    })
}
