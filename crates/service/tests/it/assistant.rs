//! The assistant: what it is asked, what it may read, what it answers, and what it writes to threads.

mod beebot;
mod built_in;
mod completions;
mod openai;
mod posting;
mod secrets;
pub(crate) mod servers;
mod stand_in;

use crate::harness::{Reply, TestApp, User, request};
use assistant::{Answer, Event};
use axum::body::BodyDataStream;
use axum::http::Method;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use std::time::Duration;
use tower::ServiceExt as _;

/// Longer than anything takes: a test that waits for what does not come is to fail.
const PATIENCE: Duration = Duration::from_secs(20);

/// A question about a thread, `/chat/threads/…`, with what is different in it.
fn question(thread: &str, text: &str, change: Value) -> Value {
    let mut body = json!({
        "threadId": thread.strip_prefix("/chat/threads/").unwrap(),
        "question": text,
        "context": "thread",
        "requestId": format!("request-{text}").replace(|c: char| !c.is_ascii_graphic(), "-"),
    });
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn refused(app: &TestApp, user: &User, body: Value) -> Reply {
    app.post(user, "/natter/v1/assistant", body).await
}

/// An answer as it comes.
struct Telling {
    body: BodyDataStream,
    answer: Answer,
}

impl Telling {
    async fn begin(app: &TestApp, user: &User, body: Value) -> Self {
        let asked = request(&user.token, Method::POST, "/natter/v1/assistant", Some(body));
        let (parts, body) = app.router.clone().oneshot(asked).await.unwrap().into_parts();
        assert_eq!(parts.status, 200);
        assert_eq!(parts.headers["content-type"], "text/event-stream");
        assert_eq!(parts.headers["cache-control"], "no-store");
        assert_eq!(parts.headers["x-accel-buffering"], "no");
        Self { body: body.into_data_stream(), answer: Answer::default() }
    }

    /// What comes next, comments included; nothing at the end.
    async fn frame(&mut self) -> Option<String> {
        let frame = tokio::time::timeout(PATIENCE, self.body.next()).await.expect("nothing came");
        frame.map(|bytes| String::from_utf8(bytes.unwrap().to_vec()).unwrap())
    }

    /// The next event.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let frame = self.frame().await?;
            if frame.starts_with(':') {
                continue;
            }
            let data = frame.strip_prefix("data: ").and_then(|data| data.strip_suffix("\n\n"));
            let event = Event::read(data.expect("one line of data")).expect("an event of ours");
            if let Event::Text { keep, text } = &event {
                assert!(self.answer.change(*keep, text));
            }
            return Some(event);
        }
    }

    /// Waits for some text.
    async fn text(&mut self) -> &str {
        while self.answer.text().is_empty() {
            self.next().await.expect("the stream ended");
        }
        self.answer.text()
    }

    /// Everything that is still to come.
    async fn rest(mut self) -> Told {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        Told { text: self.answer.into_text(), events }
    }
}

/// An answer, and all that was told of it.
#[derive(Debug)]
struct Told {
    text: String,
    events: Vec<Event>,
}

impl Told {
    fn session(&self) -> String {
        match &self.events[0] {
            Event::Started { session, .. } => session.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// The code of a failure, or the reason of an end.
    fn ending(&self) -> String {
        match self.events.last() {
            Some(Event::Failed { code, words, .. }) => {
                assert!(!words.is_empty());
                code.clone()
            }
            Some(Event::Done { reason, .. }) => reason.name().to_owned(),
            other => panic!("{other:?}"),
        }
    }

    fn message_id(&self) -> Option<String> {
        match self.events.last() {
            Some(Event::Done { message_id, .. }) => message_id.clone(),
            other => panic!("{other:?}"),
        }
    }
}

async fn ask(app: &TestApp, user: &User, body: Value) -> Told {
    Telling::begin(app, user, body).await.rest().await
}

/// Lets everything that is ready go on.
async fn settle() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}
