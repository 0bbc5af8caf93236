//! `GET /natter/v1/events`: what happens in the caller's threads, as it happens, in the form of server-sent events.
//! `docs/events.md` says what comes.
//!
//! A page reads it with `fetch`, so that its token travels in a header and not in the address.

use crate::error::ApiError;
use crate::events::{Event, Next, NoStream, Reader};
use crate::extract::Caller;
use crate::state::AppState;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
use axum::response::IntoResponse;
use axum::response::sse::{self, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Serialize;
use std::convert::Infallible;

/// A comment is sent after so much silence: both sides learn of a broken connection, and nothing between them takes the
/// stream for idle.
const HEARTBEAT_MS: i64 = 15_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Hello {
    heartbeat_ms: i64,
    /// Whether it goes on where the client's `Last-Event-ID` was. If not, the client asks for everything once.
    resumed: bool,
}

pub(crate) async fn stream(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let reader = state.events().listen(&caller.id, last).map_err(|refused| match refused {
        NoStream::TooMany => {
            state.metrics().limited_stream();
            ApiError::too_many_streams(HEARTBEAT_MS)
        }
        NoStream::Stopping => ApiError::unavailable(),
    })?;
    let heartbeat_at_ms = state.now_ms() + HEARTBEAT_MS;
    let stream = EventStream { state, caller, reader, heartbeat_at_ms };
    // What is between us and the client is to hand on each event as it comes.
    Ok(([(HeaderName::from_static("x-accel-buffering"), "no")], Sse::new(stream.into_stream())))
}

struct EventStream {
    state: AppState,
    caller: Caller,
    reader: Reader,
    heartbeat_at_ms: i64,
}

impl EventStream {
    fn into_stream(self) -> impl Stream<Item = Result<sse::Event, Infallible>> {
        unfold(self, async |mut stream| {
            let event = stream.next().await?;
            stream.heartbeat_at_ms = stream.state.now_ms() + HEARTBEAT_MS;
            Some((Ok(event), stream))
        })
    }

    /// Waits for what is to be sent; nothing ends the stream.
    async fn next(&mut self) -> Option<sse::Event> {
        loop {
            let now_ms = self.state.now_ms();
            if now_ms >= self.caller.expires_ms {
                return None;
            }
            match self.reader.read() {
                // A token that was revoked just before there was a stream to end, or while nobody took notes.
                Next::Hello(resumed, id) => {
                    let hello = Hello { heartbeat_ms: HEARTBEAT_MS, resumed };
                    return if self.may_listen().await { event("hello", id, &hello) } else { None };
                }
                Next::Event(happened, id) => {
                    let name = match *happened {
                        Event::Thread { .. } => "thread",
                        Event::Typing { .. } => "typing",
                    };
                    return event(name, id, &*happened);
                }
                Next::Nothing if now_ms >= self.heartbeat_at_ms => {
                    return Some(sse::Event::default().comment("still here"));
                }
                Next::Nothing => {
                    let until_ms = self.heartbeat_at_ms.min(self.caller.expires_ms);
                    tokio::select! {
                        () = self.reader.changed() => {}
                        () = self.state.clock().pass_ms(until_ms - now_ms) => {}
                    }
                }
                Next::End => return None,
            }
        }
    }

    async fn may_listen(&self) -> bool {
        let identity = self.state.store().identity(self.caller.id.clone()).await;
        identity.ok().flatten().is_some_and(|identity| identity.token_revision == self.caller.revision)
    }
}

/// None of what is sent can fail to be JSON; if it did, the stream would end.
fn event(name: &str, id: String, data: &impl Serialize) -> Option<sse::Event> {
    sse::Event::default().event(name).id(id).json_data(data).ok()
}
