//! One service for a test, and people who use it.

use acs_chat::identity::hmac::content_hash;
use axum::Router;
use axum::body::{Body, BodyDataStream, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use axum::response::Response;
use futures_util::StreamExt as _;
use natter_service::{AppState, Clock, Settings, SignInByName, app};
use serde_json::{Value, json};
use std::time::Duration;
use tempfile::TempDir;
use time::OffsetDateTime;
use tower::ServiceExt as _;

/// When every test begins: a moment with milliseconds, so that truncation shows.
pub(crate) const START_MS: i64 = 1_735_787_045_678;

pub(crate) const VERSION: &str = "api-version=2025-03-15";

/// Longer than anything takes: a test that waits for what does not come is to fail.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct TestApp {
    pub(crate) router: Router,
    pub(crate) state: AppState,
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
    dir: TempDir,
}

/// Somebody with a token.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) token: String,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

/// Somebody who reads an event stream.
pub(crate) struct Listener {
    pub(crate) headers: HeaderMap,
    body: BodyDataStream,
    /// The id of the event read last.
    pub(crate) last_id: String,
}

impl Listener {
    /// What comes next, as it is; nothing at the end.
    pub(crate) async fn frame(&mut self) -> Option<String> {
        let frame = tokio::time::timeout(PATIENCE, self.body.next()).await.expect("nothing came");
        frame.map(|bytes| String::from_utf8(bytes.unwrap().to_vec()).unwrap())
    }

    /// The next event: its name and its data.
    pub(crate) async fn next(&mut self) -> (String, Value) {
        let frame = self.frame().await.expect("the stream ended");
        let value = |name: &str| {
            let mut values = frame.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            let value = values.next().unwrap_or_else(|| panic!("no {name} in {frame}"));
            assert_eq!(values.next(), None, "{frame}");
            value.to_owned()
        };
        self.last_id = value("id");
        (value("event"), serde_json::from_str(&value("data")).unwrap())
    }

    /// Reads the greeting; its id.
    pub(crate) async fn hello(&mut self, resumed: bool) -> String {
        let hello = ("hello".to_owned(), json!({"heartbeatMs": 15_000, "resumed": resumed}));
        assert_eq!(self.next().await, hello);
        self.last_id.clone()
    }

    /// Whether it waits for something to happen.
    pub(crate) async fn is_silent(&mut self) -> bool {
        futures_util::poll!(self.body.next()).is_pending()
    }
}

impl Reply {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).expect("a JSON body")
    }

    /// The body of an expected success.
    #[track_caller]
    pub(crate) fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        if self.bytes.is_empty() { Value::Null } else { self.json() }
    }

    /// Checks that this is a refusal in the usual shape.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        let error = &self.json()["error"];
        assert_eq!(error["code"], code);
        assert!(!error["message"].as_str().unwrap().is_empty());
    }
}

impl TestApp {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = Settings {
            data: dir.path().to_owned(),
            sign_in_by_name: SignInByName::Anyone,
            // The clock stands still here; tests of the limits switch them on.
            no_rate_limits: true,
            ..Settings::default()
        };
        change(&mut settings);
        let clock = Clock::fixed(START_MS);
        let state = AppState::open_at(&settings, clock.clone()).await.unwrap();
        Self { router: app(state.clone()), state, clock, settings, dir }
    }

    /// The same data, opened anew.
    pub(crate) async fn reopen(self) -> Self {
        self.reopen_after_ms(0).await
    }

    /// The same data, opened anew some time after it was closed.
    pub(crate) async fn reopen_after_ms(self, ms: i64) -> Self {
        let Self { clock, settings, dir, router, state } = self;
        drop((router, state));
        clock.set_ms(clock.now_ms() + ms);
        let state = AppState::open_at(&settings, clock.clone()).await.unwrap();
        Self { router: app(state.clone()), state, clock, settings, dir }
    }

    pub(crate) fn pass_ms(&self, ms: i64) {
        self.clock.set_ms(self.clock.now_ms() + ms);
    }

    pub(crate) async fn call(&self, request: Request<Body>) -> Reply {
        Self::reply(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// [`TestApp::send`] without the rest of the app, for a task of its own.
    pub(crate) async fn call_router(
        router: &Router,
        user: &User,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Reply {
        Self::reply(router.clone().oneshot(request(&user.token, method, path, body)).await.unwrap()).await
    }

    async fn reply(response: Response) -> Reply {
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Reply { status: parts.status, headers: parts.headers, bytes }
    }

    /// The event stream of a user.
    pub(crate) async fn listen(&self, user: &User) -> Listener {
        self.listen_after(user, None).await
    }

    /// The event stream of a user who says what they saw last.
    pub(crate) async fn listen_after(&self, user: &User, last_id: Option<&str>) -> Listener {
        let mut asked = request(&user.token, Method::GET, "/natter/v1/events", None);
        if let Some(id) = last_id {
            asked.headers_mut().insert("last-event-id", HeaderValue::from_bytes(id.as_bytes()).unwrap());
        }
        let (parts, body) = self.router.clone().oneshot(asked).await.unwrap().into_parts();
        assert_eq!(parts.status, 200);
        Listener { headers: parts.headers, body: body.into_data_stream(), last_id: String::new() }
    }

    /// The refusal of an event stream.
    pub(crate) async fn refused_stream(&self, user: &User) -> Reply {
        let asked = request(&user.token, Method::GET, "/natter/v1/events", None);
        let response = self.router.clone().oneshot(asked).await.unwrap();
        assert_ne!(response.status(), 200, "the stream was opened");
        Self::reply(response).await
    }

    /// A request of `user`. `path` without api-version.
    pub(crate) async fn send(&self, user: &User, method: Method, path: &str, body: Option<Value>) -> Reply {
        self.call(request(&user.token, method, path, body)).await
    }

    pub(crate) async fn get(&self, user: &User, path: &str) -> Reply {
        self.send(user, Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, user: &User, path: &str, body: Value) -> Reply {
        self.send(user, Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, user: &User, path: &str, body: Value) -> Reply {
        self.send(user, Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, user: &User, path: &str) -> Reply {
        self.send(user, Method::DELETE, path, None).await
    }

    /// A request that is signed with the access key. `target` with api-version.
    pub(crate) async fn signed(&self, method: Method, target: &str, body: &str) -> Reply {
        self.call(self.signed_request(method, target, body, self.clock.now_ms())).await
    }

    pub(crate) fn signed_request(
        &self,
        method: Method,
        target: &str,
        body: &str,
        at_ms: i64,
    ) -> Request<Body> {
        let (date, hash) = (http_date(at_ms), content_hash(body.as_bytes()));
        let signature = self.state.access_key().sign(method.as_str(), target, &date, "localhost:9443", &hash);
        Request::builder()
            .method(method)
            .uri(target)
            .header("host", "localhost:9443")
            .header("content-type", "application/json")
            .header("x-ms-date", date)
            .header("x-ms-content-sha256", hash)
            .header(
                "authorization",
                format!("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}"),
            )
            .body(Body::from(body.to_owned()))
            .unwrap()
    }

    /// A new identity with a token for chat.
    pub(crate) async fn user(&self) -> User {
        let body = json!({"createTokenWithScopes": ["chat"]}).to_string();
        let made = self.signed(Method::POST, "/identities?api-version=2023-10-01", &body).await.ok(201);
        User { id: text(&made["identity"]["id"]), token: text(&made["accessToken"]["token"]) }
    }

    /// Another token for somebody.
    pub(crate) async fn token(&self, id: &str, scopes: &[&str]) -> User {
        let target = format!("/identities/{id}/:issueAccessToken?api-version=2023-10-01");
        let issued = self.signed(Method::POST, &target, &json!({"scopes": scopes}).to_string()).await.ok(200);
        User { id: id.to_owned(), token: text(&issued["token"]) }
    }

    /// A thread of `creator` with others in it; its path.
    pub(crate) async fn thread(&self, creator: &User, others: &[&User]) -> String {
        let participants: Vec<Value> = others.iter().map(|user| participant(&user.id)).collect();
        let body = json!({"topic": "Topic", "participants": participants});
        let made = self.post(creator, "/chat/threads", body).await.ok(201);
        assert_eq!(made.get("invalidParticipants"), None);
        format!("/chat/threads/{}", text(&made["chatThread"]["id"]))
    }

    /// Sends a text; its id.
    pub(crate) async fn say(&self, user: &User, thread: &str, content: &str) -> String {
        let sent = self.post(user, &format!("{thread}/messages"), json!({"content": content})).await.ok(201);
        text(&sent["id"])
    }

    /// All messages of a thread as a user sees them, the latest change first.
    pub(crate) async fn messages(&self, user: &User, thread: &str) -> Vec<Value> {
        self.walk(user, &format!("{thread}/messages?maxPageSize=200")).await.into_iter().flatten().collect()
    }

    /// All pages of a list, following its links as they are.
    pub(crate) async fn walk(&self, user: &User, path: &str) -> Vec<Vec<Value>> {
        let mut pages = Vec::new();
        let mut next = Some(with_version(path));
        while let Some(target) = next {
            let page = self.get_verbatim(user, &target).await;
            pages.push(page["value"].as_array().unwrap().clone());
            next = next_target(&page);
        }
        pages
    }

    /// A page at an address that has its api-version already.
    pub(crate) async fn get_verbatim(&self, user: &User, target: &str) -> Value {
        let request = Request::get(target)
            .header("host", "localhost:8080")
            .header("authorization", format!("Bearer {}", user.token))
            .body(Body::empty())
            .unwrap();
        self.call(request).await.ok(200)
    }
}

/// Path and query of a page's nextLink, which must be absolute.
pub(crate) fn next_target(page: &Value) -> Option<String> {
    let link = page.get("nextLink")?.as_str().unwrap();
    Some(link.strip_prefix("http://localhost:8080").expect("an absolute link to this host").to_owned())
}

pub(crate) fn with_version(path: &str) -> String {
    format!("{path}{}{VERSION}", if path.contains('?') { '&' } else { '?' })
}

pub(crate) fn request(token: &str, method: Method, path: &str, body: Option<Value>) -> Request<Body> {
    let kind = if method == Method::PATCH { "application/merge-patch+json" } else { "application/json" };
    let builder = Request::builder()
        .method(method)
        .uri(with_version(path))
        .header("host", "localhost:8080")
        .header("authorization", format!("Bearer {token}"));
    match body {
        Some(body) => builder.header("content-type", kind).body(Body::from(body.to_string())).unwrap(),
        None => builder.body(Body::empty()).unwrap(),
    }
}

pub(crate) fn participant(id: &str) -> Value {
    json!({"communicationIdentifier": {"rawId": id, "communicationUser": {"id": id}}})
}

pub(crate) fn identifier(id: &str) -> Value {
    json!({"rawId": id, "communicationUser": {"id": id}})
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The values of one field.
pub(crate) fn field(items: &[Value], name: &str) -> Vec<String> {
    items.iter().map(|item| text(&item[name])).collect()
}

fn http_date(ms: i64) -> String {
    let format = time::format_description::parse_borrowed::<2>(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT",
    )
    .unwrap();
    let seconds = OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).unwrap();
    seconds.format(&format).unwrap()
}
