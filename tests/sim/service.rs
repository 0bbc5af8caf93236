//! The real service on a store of its own, and somebody who sees everything in it.
//!
//! A request is carried out to its end before anything else happens. What chance brings the service is repeated with the
//! seed, and its clock is the world's.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use acs_chat::{
    API_VERSION, ApiError, ChatMessage, ChatMessageReadReceipt, ChatParticipant, ChatThreadItem, Collection,
    Endpoint, HttpRequest, HttpResponse, ListFromPosition, ListFromTime, Method, RawId, Request, ThreadId,
    requests,
};
use axum::Router;
use axum::body::{Body, to_bytes};
use natter_service::{AppState, Clock, Settings, SignInByName};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use crate::world::{ORIGIN, START_MS};

/// Who takes part. The last one watches: she is in every thread, and has no app.
pub(crate) const PEOPLE: [&str; 5] = ["Ann", "Bob", "Cleo", "Dan", "Zoe"];
/// The one who watches.
pub(crate) const ZOE: usize = 4;

/// Threads that are there from the beginning, and how many messages are in them.
const THREADS: [(&str, usize); 3] = [("Lunch", 3), ("Plans", 34), ("Archive", 130)];

/// What every simulation begins with: everybody and every thread, made once for all seeds.
pub(crate) struct Beginning {
    folder: TempDir,
    pub(crate) ids: Vec<RawId>,
    tokens: Vec<String>,
    pub(crate) threads: Vec<ThreadId>,
    /// Open for as long as the process lives, so that its files lie still.
    _open: (Runtime, AppState),
}

/// Where data is kept: in memory, where the system has such a place.
fn parent() -> &'static Path {
    static PARENT: OnceLock<PathBuf> = OnceLock::new();
    PARENT.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
    })
}

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("natter-sim-").tempdir_in(parent()).unwrap()
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn settings(folder: &Path, no_rate_limits: bool) -> Settings {
    Settings {
        data: folder.to_owned(),
        sign_in_by_name: SignInByName::Anyone,
        no_rate_limits,
        ..Settings::default()
    }
}

async fn call(router: &Router, request: HttpRequest, keep_request_id: bool) -> HttpResponse {
    let mut http = axum::http::Request::builder()
        .method(request.method.as_str())
        .uri(request.url.strip_prefix(ORIGIN).unwrap_or(&request.url))
        .header("host", "localhost:8080");
    for (name, value) in request.headers {
        if keep_request_id || name != "x-ms-client-request-id" {
            http = http.header(name, value);
        }
    }
    let http = http.body(Body::from(request.body.unwrap_or_default())).unwrap();
    let response = router.clone().oneshot(http).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), text(value)));
    HttpResponse { status: parts.status.as_u16(), headers: headers.collect(), body }
}

fn endpoint() -> Endpoint {
    Endpoint::parse(ORIGIN).unwrap()
}

fn with_token<R>(request: &Request<R>, token: &str) -> HttpRequest {
    let mut http = request.to_http(&endpoint(), API_VERSION);
    http.headers.push(("Authorization", format!("Bearer {token}")));
    http
}

impl Beginning {
    /// Made at the first call; all threads of the process share it.
    pub(crate) fn get() -> &'static Self {
        static BEGINNING: OnceLock<Beginning> = OnceLock::new();
        BEGINNING.get_or_init(Self::make)
    }

    fn make() -> Self {
        natter_service::simulated::begin(1);
        let folder = folder();
        let runtime = runtime();
        let clock = Clock::fixed(START_MS - 3_600_000);
        let state =
            runtime.block_on(AppState::open_at(&settings(folder.path(), true), clock.clone())).unwrap();
        let router = natter_service::app(state.clone());
        let mut now_ms = START_MS - 3_600_000;
        let mut act = |http: HttpRequest| {
            now_ms += 1_700;
            clock.set_ms(now_ms);
            let response = runtime.block_on(call(&router, http, true));
            assert!(response.status < 300, "{}", String::from_utf8_lossy(&response.body));
            serde_json::from_slice::<serde_json::Value>(&response.body).unwrap_or_default()
        };
        let (mut ids, mut tokens) = (Vec::new(), Vec::new());
        for name in PEOPLE {
            let signed_in = act(HttpRequest {
                method: Method::Post,
                url: format!("{ORIGIN}/natter/v1/sign-in"),
                headers: vec![("Content-Type", "application/json".to_owned())],
                body: Some(format!(r#"{{"name":"{name}"}}"#).into_bytes()),
            });
            ids.push(RawId::new(signed_in["userId"].as_str().unwrap()));
            tokens.push(signed_in["token"].as_str().unwrap().to_owned());
        }
        let mut threads = Vec::new();
        for (topic, messages) in THREADS {
            let people = ids.iter().zip(PEOPLE).map(|(id, name)| {
                let mut person =
                    ChatParticipant::new(acs_chat::CommunicationIdentifier::from_raw_id(id.as_str()));
                person.display_name = Some(name.to_owned());
                person
            });
            let body = acs_chat::CreateChatThreadRequest {
                topic: topic.to_owned(),
                participants: Some(people.collect()),
                ..Default::default()
            };
            let request = requests::create_chat_thread(&body, None).unwrap();
            let made = act(with_token(&request, &tokens[ZOE]));
            let thread = ThreadId::new(made["chatThread"]["id"].as_str().unwrap());
            for number in 0..messages {
                let who = if number % 3 == 0 { ZOE } else { number % PEOPLE.len() };
                let mut body = acs_chat::SendChatMessageRequest::text(format!("{topic} {number}"));
                body.sender_display_name = Some(PEOPLE[who].to_owned());
                act(with_token(&requests::send_message(&thread, &body).unwrap(), &tokens[who]));
            }
            threads.push(thread);
        }
        Self { folder, ids, tokens, threads, _open: (runtime, state) }
    }
}

/// The service of one simulation.
pub(crate) struct Service {
    runtime: Runtime,
    clock: Clock,
    router: RefCell<Router>,
    /// The same store without limits, for who watches.
    watched: Router,
    folder: TempDir,
}

impl Service {
    pub(crate) fn begin(seed: u64) -> Self {
        let beginning = Beginning::get();
        natter_service::simulated::begin(seed ^ 0x5eed);
        let folder = folder();
        for entry in fs::read_dir(beginning.folder.path()).unwrap() {
            let entry = entry.unwrap();
            // What is shared between connections is no part of the data.
            if !entry.file_name().to_string_lossy().ends_with("-shm") {
                fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
            }
        }
        let runtime = runtime();
        let clock = Clock::fixed(START_MS);
        let open = |no_rate_limits| {
            let settings = settings(folder.path(), no_rate_limits);
            natter_service::app(runtime.block_on(AppState::open_at(&settings, clock.clone())).unwrap())
        };
        let (router, watched) = (RefCell::new(open(false)), open(true));
        Self { runtime, clock, router, watched, folder }
    }

    /// The process ends, and another one begins with the same data.
    pub(crate) fn restart(&self) {
        let settings = settings(self.folder.path(), false);
        let state = self.runtime.block_on(AppState::open_at(&settings, self.clock.clone())).unwrap();
        *self.router.borrow_mut() = natter_service::app(state);
    }

    /// Carries a request out. `keep_request_id`: not so is Azure, which does not know a send again by its id.
    pub(crate) fn serve(&self, now_ms: i64, request: HttpRequest, keep_request_id: bool) -> HttpResponse {
        self.clock.set_ms(now_ms);
        let router = self.router.borrow().clone();
        self.runtime.block_on(call(&router, request, keep_request_id))
    }

    /// What somebody does who has no app.
    pub(crate) fn act<R>(&self, now_ms: i64, who: usize, request: &Request<R>) -> Result<R, ApiError> {
        self.clock.set_ms(now_ms);
        let http = with_token(request, &Beginning::get().tokens[who]);
        request.read_response(&self.runtime.block_on(call(&self.watched, http, true)))
    }

    fn all<T>(
        &self,
        who: usize,
        first: Result<Request<Collection<T>>, ApiError>,
    ) -> Result<Vec<T>, ApiError> {
        let first = first?;
        let reader = first.reader();
        let mut http = with_token(&first, &Beginning::get().tokens[who]);
        let mut items = Vec::new();
        loop {
            let headers = http.headers.clone();
            let page = reader.read(&self.runtime.block_on(call(&self.watched, http, true)))?;
            items.extend(page.value);
            let Some(link) = page.next_link else { return Ok(items) };
            http = HttpRequest {
                method: Method::Get,
                url: endpoint().next_page_url(&link)?,
                headers,
                body: None,
            };
        }
    }

    /// The messages of a thread as somebody sees them, the newest change first.
    pub(crate) fn messages(&self, who: usize, thread: &ThreadId) -> Result<Vec<ChatMessage>, ApiError> {
        let from = ListFromTime { results_per_page: Some(200), start_time: None };
        self.all(who, requests::list_messages(thread, from))
    }

    /// The newest changes of a thread.
    pub(crate) fn newest(&self, thread: &ThreadId, count: u32) -> Vec<ChatMessage> {
        let from = ListFromTime { results_per_page: Some(count), start_time: None };
        let request = requests::list_messages(thread, from).unwrap();
        let http = with_token(&request, &Beginning::get().tokens[ZOE]);
        let reply = self.runtime.block_on(call(&self.watched, http, true));
        request.read_response(&reply).unwrap().value
    }

    /// Somebody's threads.
    pub(crate) fn threads(&self, who: usize) -> Vec<ChatThreadItem> {
        self.all(who, Ok(requests::list_chat_threads(ListFromTime::default()))).unwrap()
    }

    /// Who is in a thread.
    pub(crate) fn people(&self, thread: &ThreadId) -> Vec<ChatParticipant> {
        self.all(ZOE, requests::list_participants(thread, ListFromPosition::default())).unwrap()
    }

    /// How far everybody has read.
    pub(crate) fn receipts(&self, thread: &ThreadId) -> Vec<ChatMessageReadReceipt> {
        self.all(ZOE, requests::list_read_receipts(thread, ListFromPosition::default())).unwrap()
    }
}
