//! `/v1/models` and `/v1/chat/completions`: the built-in assistant as an OpenAI-compatible server, for programs that speak
//! that language. The key is the access token of a chat user (`docs/assistant.md`).

use super::assistant::{switched_on, unbuffered};
use crate::assistant::built_in::{self, Asked, Language, pieces};
use crate::assistant::context::Said;
use crate::domain::rate::{Asking, Operation};
use crate::error::ApiError;
use crate::extract::{Caller, Json};
use crate::random;
use crate::state::AppState;
use axum::extract::State;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use std::convert::Infallible;

/// The one model, which is none.
const MODEL: &str = "natter-built-in";

/// A token is said to be four characters of English.
const TOKEN_CHARS: usize = 4;

#[derive(Deserialize)]
pub(crate) struct CompletionRequest {
    model: String,
    messages: Vec<Message>,
    #[serde(default)]
    stream: bool,
    stream_options: Option<StreamOptions>,
}

#[derive(Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    #[serde(default)]
    content: Option<Content>,
}

/// Text, or a list of parts of which those of text are read.
#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    text: String,
}

pub(crate) async fn models(State(state): State<AppState>, _: Caller) -> Result<axum::Json<Value>, ApiError> {
    switched_on(&state)?;
    let model = json!({"id": MODEL, "object": "model", "created": 0, "owned_by": "natter"});
    Ok(axum::Json(json!({"object": "list", "data": [model]})))
}

pub(crate) async fn complete(
    State(state): State<AppState>,
    caller: Caller,
    Json(request): Json<CompletionRequest>,
) -> Result<Response, ApiError> {
    switched_on(&state)?;
    if request.model != MODEL {
        return Err(ApiError::not_found(format!("The only model is {MODEL}.")));
    }
    state.enter(Operation::AskAssistant, Asking { user: Some(&caller.id), thread: None })?;
    let prompt: usize = request.messages.iter().map(|message| message.text().chars().count()).sum();
    let (question, said) = conversation(&request.messages)?;
    let asked =
        Asked { question: &question, language: Language::default(), said: &said, utc_offset_minutes: 0 };
    let text = built_in::answer(&asked).text;
    let frame =
        Frame { id: format!("chatcmpl-{}", random::guid()), created: state.now_ms().div_euclid(1000) };
    let usage = usage(prompt, text.chars().count());
    if !request.stream {
        return Ok(axum::Json(frame.whole(&text, &usage)).into_response());
    }
    let with_usage = request.stream_options.is_some_and(|options| options.include_usage);
    let frames = frame.pieces(&text, with_usage.then_some(&usage));
    let events = frames.into_iter().map(|data| Ok::<_, Infallible>(Event::default().data(data)));
    Ok((unbuffered(), Sse::new(stream::iter(events))).into_response())
}

/// The last message of the user asks. What came before is the conversation, and so are the lines below the first one.
fn conversation(messages: &[Message]) -> Result<(String, Vec<Said>), ApiError> {
    let none = || ApiError::bad_request("messages must have a message of the role user with a text.");
    let last = messages.iter().rposition(|message| message.role == "user").ok_or_else(none)?;
    let asked = messages[last].text();
    let (question, pasted) = asked.trim().split_once('\n').unwrap_or((asked.trim(), ""));
    if question.is_empty() {
        return Err(none());
    }
    let spoken =
        messages[..last].iter().filter(|message| matches!(message.role.as_str(), "user" | "assistant"));
    let said = spoken
        .map(|message| (message.role.clone(), message.text()))
        .chain([("user".to_owned(), pasted.to_owned())]);
    let said = said.filter(|(_, text)| !text.trim().is_empty()).map(|(role, text)| Said {
        id: 0,
        at_ms: 0,
        by_assistant: role == "assistant",
        who: role,
        text,
    });
    Ok((question.to_owned(), said.collect()))
}

impl Message {
    fn text(&self) -> String {
        match &self.content {
            None => String::new(),
            Some(Content::Text(text)) => text.clone(),
            Some(Content::Parts(parts)) => parts.iter().map(|part| part.text.as_str()).collect(),
        }
    }
}

fn usage(prompt: usize, completion: usize) -> Value {
    let [prompt, completion] = [prompt, completion].map(|characters| characters.div_ceil(TOKEN_CHARS));
    json!({"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion})
}

/// What is the same in all frames of an answer.
struct Frame {
    id: String,
    created: i64,
}

impl Frame {
    fn write(&self, object: &str, choices: Value) -> Value {
        json!({"id": self.id, "object": object, "created": self.created, "model": MODEL, "choices": choices})
    }

    fn whole(&self, text: &str, usage: &Value) -> Value {
        let message = json!({"role": "assistant", "content": text});
        let choices = json!([{"index": 0, "message": message, "finish_reason": "stop"}]);
        let mut whole = self.write("chat.completion", choices);
        whole["usage"] = usage.clone();
        whole
    }

    fn pieces(&self, text: &str, usage: Option<&Value>) -> Vec<String> {
        let chunk = |delta: Value, finish: Option<&str>| {
            let choices = json!([{"index": 0, "delta": delta, "finish_reason": finish}]);
            self.write("chat.completion.chunk", choices).to_string()
        };
        let mut frames = vec![chunk(json!({"role": "assistant", "content": ""}), None)];
        frames.extend(pieces(text).map(|piece| chunk(json!({"content": piece}), None)));
        frames.push(chunk(json!({}), Some("stop")));
        if let Some(usage) = usage {
            let mut figures = self.write("chat.completion.chunk", json!([]));
            figures["usage"] = usage.clone();
            frames.push(figures.to_string());
        }
        frames.push("[DONE]".to_owned());
        frames
    }
}
