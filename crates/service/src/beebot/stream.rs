//! The stream: who may open it, what is asked, and the frames of an answer (reference 3 to 5).

use super::StandIn;
use super::answers::{Step, answer};
use crate::clock::Clock;
use crate::random;
use assistant::beebot::{ACTION, VERSION};
use assistant::signing::{hex, stream_signature};
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde_json::{Map, Value, json};
use std::convert::Infallible;

/// Characters of a question (reference 4, the newer pages).
const UTTERANCE_CHARS: usize = 512;

/// Characters of a session's id (reference 4).
const SESSION_CHARS: usize = 64;

/// What is asked.
pub(super) struct Asked {
    /// The client's id of the question.
    pub(super) message_id: String,
    pub(super) utterance: String,
    pub(super) session: Option<String>,
}

/// What is the same in all frames of an answer.
struct Frames {
    client_message_id: String,
    message_id: String,
    session: String,
    query: Value,
    first: bool,
}

pub(super) async fn ask(
    State(stand_in): State<StandIn>,
    Path((token, channel, sign, timestamp)): Path<(String, String, String, String)>,
    body: Bytes,
) -> Response {
    if !may_open(&stand_in, &token, &channel, &sign, &timestamp) {
        return refused();
    }
    let (frames, steps) = match read(&body) {
        Ok(asked) => (Frames::new(&asked), answer(&asked)),
        Err((message_id, code)) => {
            let frames = Frames { client_message_id: message_id, ..Frames::nobody() };
            (frames, vec![Step::Refuse(code)])
        }
    };
    let headers =
        [(header::CONTENT_TYPE, "text/event-stream;charset=UTF-8"), (header::CACHE_CONTROL, "no-cache")];
    let clock = stand_in.0.clock.clone();
    (headers, Body::from_stream(stream(frames, steps, clock))).into_response()
}

/// Not a stream: as the original, a page.
pub(super) fn refused() -> Response {
    let page =
        "<!DOCTYPE html><html><head><title>403</title></head><body><h1>403 Forbidden</h1></body></html>";
    (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "text/html;charset=UTF-8")], page).into_response()
}

/// Seconds instead of milliseconds, or capital letters in the signature, are refused like anything else that is wrong.
fn may_open(stand_in: &StandIn, token: &str, channel: &str, sign: &str, timestamp: &str) -> bool {
    let Some(token) = stand_in.token(token) else { return false };
    let Ok(at_ms) = timestamp.parse::<i64>() else { return false };
    token.channel_id == channel
        && stand_in.now_ms().saturating_sub(at_ms).abs() <= super::TOKEN_MS
        && stream_signature(&token.stream_secret, timestamp) == sign
}

/// JSON in JSON; what is wrong with it, and for which message.
fn read(body: &[u8]) -> Result<Asked, (String, &'static str)> {
    let outer: Value = serde_json::from_slice(body).unwrap_or_default();
    let message_id = outer["messageId"].as_str().unwrap_or_default().to_owned();
    let refuse = |code| Err((message_id.clone(), code));
    if !outer.is_object() {
        return refuse("InvalidParameter");
    }
    if message_id.is_empty() {
        return refuse("MissingMessageId");
    }
    if outer["action"] != ACTION || outer["version"] != VERSION {
        return refuse("InvalidAction");
    }
    let data = &outer["data"][0];
    let inner = data["value"].as_str().filter(|_| data["type"] == "JSON_TEXT");
    let Some(Ok(inner)) = inner.map(serde_json::from_str::<Value>) else {
        return refuse("InvalidData");
    };
    if inner["InstanceId"].as_str().is_none_or(str::is_empty) {
        return refuse("MissingInstanceId");
    }
    let Some(utterance) = inner["Utterance"].as_str().filter(|text| !text.is_empty()) else {
        return refuse("MissingUtterance");
    };
    let session = inner["SessionId"].as_str().map(str::to_owned);
    let too_long = |text: &str, most| text.chars().count() > most;
    if too_long(utterance, UTTERANCE_CHARS)
        || session.as_deref().is_some_and(|id| too_long(id, SESSION_CHARS))
    {
        return refuse("InvalidParameter");
    }
    Ok(Asked { utterance: utterance.to_owned(), session, message_id })
}

/// Each frame as soon as its time has come.
fn stream(frames: Frames, steps: Vec<Step>, clock: Clock) -> impl Stream<Item = Result<String, Infallible>> {
    unfold((frames, steps.into_iter(), clock), async |(mut frames, mut steps, clock)| {
        loop {
            let frame = match steps.next()? {
                Step::Wait(ms) => {
                    clock.pass_ms(ms).await;
                    continue;
                }
                Step::Say(body) => frames.write(body, false),
                Step::End(body) => frames.write(body, true),
                Step::Refuse(code) => frames.refuse(code),
                Step::Raw(text) => text,
            };
            // Each leaves by itself.
            tokio::task::yield_now().await;
            return Some((Ok(frame), (frames, steps, clock)));
        }
    })
}

impl Frames {
    fn new(asked: &Asked) -> Self {
        Self {
            client_message_id: asked.message_id.clone(),
            message_id: random::guid(),
            session: asked.session.clone().unwrap_or_else(|| hex(&random::bytes::<16>())),
            query: words(&asked.utterance),
            first: true,
        }
    }

    fn nobody() -> Self {
        Self {
            client_message_id: String::new(),
            message_id: random::guid(),
            session: String::new(),
            query: Value::Null,
            first: true,
        }
    }

    /// A frame of an answer; one without a body is the first. Names are in the order of the alphabet, as in the original.
    fn write(&mut self, body: Option<Value>, end: bool) -> String {
        let first = std::mem::take(&mut self.first);
        let request_id = if first { self.message_id.clone() } else { random::guid() };
        let mut inner = Map::new();
        inner.insert("IsAIGC".to_owned(), body.is_some().into());
        inner.insert("MessageId".to_owned(), self.message_id.clone().into());
        inner.insert("SequenceId".to_owned(), hex(&random::bytes::<16>()).into());
        inner.insert("SessionId".to_owned(), self.session.clone().into());
        inner.insert("StreamEnd".to_owned(), end.into());
        if let Some(body) = body {
            inner.insert("MessageBody".to_owned(), body);
            inner.insert("QuerySegList".to_owned(), self.query.clone());
            inner.insert("Source".to_owned(), "NON_STRUCTURAL_KNOWLEDGE".into());
        }
        let value = Value::Object(inner).to_string();
        let outer = json!({
            "data": [{"type": "JSON_TEXT", "value": value}],
            "messageId": self.client_message_id,
            "requestId": request_id,
            "success": true,
        });
        format!("data:{outer}\n\n")
    }

    fn refuse(&self, code: &str) -> String {
        let outer = json!({
            "code": code,
            "message": "The stand-in for Beebot refuses the question.",
            "messageId": self.client_message_id,
            "requestId": self.message_id,
            "success": false,
        });
        format!("data:{outer}\n\n")
    }
}

/// The question cut into words: roughly, as nobody needs them.
fn words(text: &str) -> Value {
    text.split_whitespace().flat_map(|word| word.split_inclusive(|c: char| !c.is_ascii())).collect()
}
