//! Servers on this machine for the service to ask, which do what a test says.

use super::{Telling, question};
use crate::harness::{TestApp, User};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, Response};
use futures_util::StreamExt as _;
use futures_util::stream;
use natter_service::secret::Secret;
use natter_service::{AssistantKind, AssistantServers, Clock, Settings, beebot_stand_in};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

pub(super) const KEY_ID: &str = "LTAI-key-id-4711";
pub(super) const KEY_SECRET: &str = "the-secret-of-the-key-4712";
pub(super) const API_KEY: &str = "sk-the-api-key-4713";

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// A server on this machine.
pub(crate) struct Server {
    pub(crate) url: String,
    router: Arc<Mutex<Router>>,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (router, seen) = (Arc::new(Mutex::new(router)), Arc::new(Mutex::new(Vec::new())));
        let (now, notes) = (Arc::clone(&router), Arc::clone(&seen));
        let all = Router::new().fallback(move |request: Request<Body>| {
            let (router, notes) = (now.lock().unwrap().clone(), Arc::clone(&notes));
            async move {
                let (parts, body) = request.into_parts();
                let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
                notes.lock().unwrap().push(Seen {
                    path: parts.uri.path().to_owned(),
                    query: parts.uri.query().unwrap_or_default().to_owned(),
                    headers: parts.headers.clone(),
                    body: serde_json::from_slice(&bytes).unwrap_or_default(),
                });
                router.oneshot(Request::from_parts(parts, Body::from(bytes))).await.unwrap()
            }
        });
        let task = tokio::spawn(async move { axum::serve(listener, all).await.unwrap() });
        Self { url, router, seen, task }
    }

    /// From now on it does something else.
    pub(crate) fn become_other(&self, router: Router) {
        *self.router.lock().unwrap() = router;
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A server that answers everything with this.
pub(crate) fn saying(status: u16, kind: &'static str, body: impl Into<String>) -> Router {
    let body = body.into();
    Router::new().fallback(move || {
        let response = Response::builder().status(status).header("content-type", kind);
        let response = response.body(Body::from(body.clone())).unwrap();
        async { response }
    })
}

/// A server that streams these pieces, and goes on for ever after them; it tells when its client is gone.
pub(super) fn endless(pieces: &[&'static str], more: Option<&'static str>) -> (Router, Arc<Notify>) {
    struct Gone(Arc<Notify>);
    impl Drop for Gone {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    let gone = Arc::new(Notify::new());
    let notify = Arc::clone(&gone);
    let pieces = pieces.to_vec();
    let router = Router::new().fallback(move || {
        let guard = Gone(Arc::clone(&notify));
        let piece = |text: &'static str| Ok::<_, Infallible>(Bytes::from_static(text.as_bytes()));
        let first = stream::iter(pieces.clone().into_iter().map(piece));
        let rest = stream::unfold(guard, move |guard| async move {
            tokio::task::yield_now().await;
            match more {
                Some(text) => Some((piece(text), guard)),
                None => std::future::pending().await,
            }
        });
        let body = Body::from_stream(first.chain(rest));
        async { Response::builder().header("content-type", "text/event-stream").body(body).unwrap() }
    });
    (router, gone)
}

/// A piece of an answer, as OpenAI-compatible servers stream it.
#[macro_export]
macro_rules! delta {
    ($text:literal) => {
        concat!(
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"",
            $text,
            "\"},\"finish_reason\":null}]}\n\n"
        )
    };
}

/// The stand-in for Beebot, with a clock of its own where the test needs one.
pub(super) fn stand_in(clock: Clock) -> Router {
    beebot_stand_in(KEY_ID.to_owned(), Secret::new(KEY_SECRET), clock)
}

/// Sets the service up to ask Beebot at this address.
pub(super) fn with_beebot(settings: &mut Settings, url: &str) {
    settings.assistant = AssistantKind::Beebot;
    settings.assistant_servers = AssistantServers::read(|name| {
        let value = match name {
            "NATTER_BEEBOT_ACCESS_KEY_ID" => KEY_ID,
            "NATTER_BEEBOT_ACCESS_KEY_SECRET" => KEY_SECRET,
            "NATTER_BEEBOT_INSTANCE_ID" => "chatbot-cn-test",
            "NATTER_BEEBOT_AGENT_KEY" => "demo_p_beebot_public",
            "NATTER_BEEBOT_ENDPOINT" | "NATTER_BEEBOT_STREAM" => url,
            _ => return None,
        };
        Some(value.to_owned())
    });
}

/// Sets the service up to ask an OpenAI-compatible server at this address.
pub(super) fn with_openai(settings: &mut Settings, url: &str) {
    settings.assistant = AssistantKind::Openai;
    settings.assistant_servers = AssistantServers::read(|name| {
        let value = match name {
            "NATTER_OPENAI_BASE_URL" => format!("{url}/v1/"),
            "NATTER_OPENAI_API_KEY" => API_KEY.to_owned(),
            "NATTER_OPENAI_MODEL" => "m".to_owned(),
            _ => return None,
        };
        Some(value)
    });
}

/// A service that asks this server, and somebody with a thread.
pub(super) struct Stage {
    pub(super) app: TestApp,
    pub(super) server: Server,
    pub(super) ann: User,
    pub(super) thread: String,
}

impl Stage {
    pub(super) async fn openai(router: Router) -> Self {
        let server = Server::start(router).await;
        let app = TestApp::with(|settings| with_openai(settings, &server.url)).await;
        Self::on(app, server).await
    }

    /// With the stand-in, which has the clock of the service.
    pub(super) async fn beebot(change: impl FnOnce(&mut Settings)) -> Self {
        let server = Server::start(Router::new()).await;
        let app = TestApp::with(|settings| {
            with_beebot(settings, &server.url);
            change(settings);
        })
        .await;
        server.become_other(stand_in(app.clock.clone()));
        Self::on(app, server).await
    }

    async fn on(app: TestApp, server: Server) -> Self {
        let ann = app.user().await;
        let thread = app.thread(&ann, &[]).await;
        Self { app, server, ann, thread }
    }

    pub(super) async fn begin(&self, text: &str) -> Telling {
        self.begin_with(text, json!({"context": "none"})).await
    }

    pub(super) async fn begin_with(&self, text: &str, change: Value) -> Telling {
        Telling::begin(&self.app, &self.ann, question(&self.thread, text, change)).await
    }

    pub(super) async fn ask(&self, text: &str) -> super::Told {
        self.begin(text).await.rest().await
    }

    pub(super) async fn ask_with(&self, text: &str, change: Value) -> super::Told {
        self.begin_with(text, change).await.rest().await
    }
}
