//! Whether a long thread is listed as fast as a short one, how many sends are acknowledged in a second, and how soon those
//! who listen hear of them:
//!
//! ```sh
//! cargo run --release -p natter-service --example measure
//! cargo run --release -p natter-service --example measure -- sends
//! cargo run --release -p natter-service --example measure -- events
//! ```
//!
//! Two threads in one database, of 1,000 and of 100,000 messages, and pages of both in turns, so that whatever else the
//! machine does disturbs both alike. The p99 of the long thread should be at most twice that of the short one, whichever
//! page it is.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement for people to read")]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use futures_util::future::join_all;
use natter_service::{AppState, app};
use serde_json::{Value, json};
use sqlx::Connection as _;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

const SHORT: u32 = 1_000;
const LONG: u32 = 100_000;

/// Requests for each page of each thread: enough for a p99.
const ROUNDS: usize = 2_000;

const SENDERS: usize = 32;
const SENDING: Duration = Duration::from_secs(5);

/// Two files are open for each.
const STREAMS: usize = 1_000;
const SENDS: usize = 500;

const VERSION: &str = "api-version=2025-03-15";

/// Somebody with a token.
struct User {
    id: String,
    token: String,
}

struct Service(Router);

impl Service {
    async fn call(&self, user: &User, method: Method, target: &str, body: Option<Value>) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header("host", "localhost")
            .header("authorization", format!("Bearer {}", user.token))
            .header("content-type", "application/json")
            .body(body.map_or(Body::empty(), |body| Body::from(body.to_string())))
            .unwrap();
        let response = self.0.clone().oneshot(request).await.unwrap();
        assert!(response.status().is_success(), "{target}: {}", response.status());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() }
    }

    async fn user(&self, name: &str) -> User {
        let nobody = User { id: String::new(), token: String::new() };
        let body = json!({"name": name});
        let person = self.call(&nobody, Method::POST, "/natter/v1/sign-in", Some(body)).await;
        let text = |name: &str| person[name].as_str().unwrap().to_owned();
        User { id: text("userId"), token: text("token") }
    }

    /// A thread of this many messages, to which `newcomer` was added in the end, without its history.
    async fn thread(&self, data: &Path, ann: &User, newcomer: &User, messages: u32) -> String {
        let body = json!({"topic": "Measure"});
        let made = self.call(ann, Method::POST, &format!("/chat/threads?{VERSION}"), Some(body)).await;
        let id = made["chatThread"]["id"].as_str().unwrap();
        fill(data, id, &ann.id, messages).await;
        let body = json!({"participants": [
            {"communicationIdentifier": {"rawId": newcomer.id}, "shareHistoryTime": "2100-01-01T00:00:00Z"}]});
        let target = format!("/chat/threads/{id}/participants/:add?{VERSION}");
        self.call(ann, Method::POST, &target, Some(body)).await;
        id.to_owned()
    }

    /// Addresses of all pages of a thread.
    async fn pages(&self, user: &User, thread: &str) -> Vec<String> {
        let mut pages = vec![format!("/chat/threads/{thread}/messages?{VERSION}&maxPageSize=50")];
        loop {
            let page = self.call(user, Method::GET, pages.last().unwrap(), None).await;
            let Some(link) = page["nextLink"].as_str() else { return pages };
            pages.push(link.strip_prefix("http://localhost").unwrap().to_owned());
        }
    }
}

/// Writes messages straight into the database: so many sends would take minutes.
async fn fill(data: &Path, thread: &str, author: &str, messages: u32) {
    let file = format!("sqlite://{}", data.join("natter.sqlite3").display());
    let mut database = sqlx::SqliteConnection::connect(&file).await.unwrap();
    let mut transaction = database.begin().await.unwrap();
    let statements = [
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?3)
         INSERT INTO message (thread_id, id, sequence, first_sequence, version, kind, author, sender_display_name,
                              content, metadata)
         SELECT ?1, last_stamp_ms + i, last_sequence + i, last_sequence + i, last_stamp_ms + i, 'text', ?2, 'Ann',
                'A message of about the usual length: number ' || i || ' of many. 消息', '{}'
         FROM n JOIN thread ON thread.id = ?1",
        "INSERT INTO place (thread_id, sequence, message_id)
         SELECT thread_id, sequence, id FROM message WHERE thread_id = ?1 AND author = ?2 AND kind = 'text' AND ?3 > 0",
        "UPDATE thread SET last_stamp_ms = last_stamp_ms + ?3, last_sequence = last_sequence + ?3,
                last_message_ms = last_stamp_ms + ?3 WHERE id = ?1 AND ?2 <> ''",
    ];
    for statement in statements {
        let query = sqlx::query(statement).bind(thread).bind(author).bind(messages);
        query.execute(&mut *transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
}

/// The value that so many of a hundred do not go over.
fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

async fn listing(service: &Service, data: &Path) {
    let (ann, newcomer) = (service.user("Ann").await, service.user("Bob").await);
    let mut targets: Vec<(&str, Vec<(User, String)>)> = Vec::new();
    for name in ["first page", "middle page", "last page", "from the newest on", "a newcomer's page"] {
        targets.push((name, Vec::new()));
    }
    for messages in [SHORT, LONG] {
        let thread = service.thread(data, &ann, &newcomer, messages).await;
        let pages = service.pages(&ann, &thread).await;
        let newest = service.call(&ann, Method::GET, &pages[0], None).await["value"][0]["createdOn"].clone();
        let since = format!("{}&startTime={}", pages[0], newest.as_str().unwrap());
        let ask = |user: &User, target: &str| {
            (User { id: user.id.clone(), token: user.token.clone() }, target.to_owned())
        };
        for (at, asked) in [
            ask(&ann, &pages[0]),
            ask(&ann, &pages[pages.len() / 2]),
            ask(&ann, pages.last().unwrap()),
            ask(&ann, &since),
            ask(&newcomer, &pages[0]),
        ]
        .into_iter()
        .enumerate()
        {
            targets[at].1.push(asked);
        }
    }
    println!(
        "listing, {ROUNDS} of each | p50 of {SHORT} | p99 of {SHORT} | p50 of {LONG} | p99 of {LONG} | p99 ratio"
    );
    for (name, asked) in targets {
        let mut times = [Vec::new(), Vec::new()];
        for round in 0..ROUNDS + 50 {
            for ((user, target), times) in asked.iter().zip(&mut times) {
                let began = Instant::now();
                service.call(user, Method::GET, target, None).await;
                // The first ones warm up.
                if round >= 50 {
                    times.push(began.elapsed());
                }
            }
        }
        let [short, long] = &mut times;
        let (short50, short99) = (percentile(short, 50), percentile(short, 99));
        let (long50, long99) = (percentile(long, 50), percentile(long, 99));
        let ratio = long99.as_secs_f64() / short99.as_secs_f64();
        println!("{name} | {short50:.2?} | {short99:.2?} | {long50:.2?} | {long99:.2?} | {ratio:.2}");
    }
}

async fn sending(service: &Service) {
    let ann = service.user("Ann").await;
    let body = json!({"topic": "Sends"});
    let made = service.call(&ann, Method::POST, &format!("/chat/threads?{VERSION}"), Some(body)).await;
    let target = format!("/chat/threads/{}/messages?{VERSION}", made["chatThread"]["id"].as_str().unwrap());
    let began = Instant::now();
    let senders = (0..SENDERS).map(async |_| {
        let mut times = Vec::new();
        while began.elapsed() < SENDING {
            let sent = Instant::now();
            service.call(&ann, Method::POST, &target, Some(json!({"content": "A short message."}))).await;
            times.push(sent.elapsed());
        }
        times
    });
    let mut times = join_all(senders).await.concat();
    let rate = times.len() as f64 / began.elapsed().as_secs_f64();
    let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
    println!(
        "sends by {SENDERS}, each on disk before its reply | {rate:.0} a second | p50 {p50:.2?} | p99 {p99:.2?}"
    );
}

/// Opens a stream for each of [`STREAMS`] people in threads of this size, over TCP, and sends into the threads in turns.
async fn events(members: usize) {
    let data = tempfile::tempdir().unwrap();
    let service = Service(app(AppState::for_tests(data.path()).await.unwrap()));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(axum::serve(listener, service.0.clone()).into_future());
    let mut users = Vec::new();
    for number in 0..STREAMS {
        users.push(service.user(&format!("Person {number}")).await);
    }
    let mut threads = Vec::new();
    for people in users.chunks(members) {
        let body = json!({"topic": "Events"});
        let made =
            service.call(&people[0], Method::POST, &format!("/chat/threads?{VERSION}"), Some(body)).await;
        let thread = format!("/chat/threads/{}", made["chatThread"]["id"].as_str().unwrap());
        // As many as one request may name.
        for some in people[1..].chunks(200) {
            let all: Vec<Value> =
                some.iter().map(|user| json!({"communicationIdentifier": {"rawId": user.id}})).collect();
            let target = format!("{thread}/participants/:add?{VERSION}");
            service.call(&people[0], Method::POST, &target, Some(json!({"participants": all}))).await;
        }
        threads.push((&people[0], format!("{thread}/messages?{VERSION}")));
    }
    let before_kb = resident_kb();
    let (heard, mut hearing) = mpsc::unbounded_channel();
    let mut reading = Vec::new();
    for user in &users {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let token = &user.token;
        let request = format!(
            "GET /natter/v1/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut lines = BufReader::with_capacity(256, stream).lines();
        while lines.next_line().await.unwrap().unwrap() != "event: hello" {}
        let heard = heard.clone();
        reading.push(tokio::spawn(async move {
            while let Some(line) = lines.next_line().await.unwrap() {
                if line == "event: thread" {
                    heard.send(Instant::now()).unwrap();
                }
            }
        }));
    }
    let memory_kb = resident_kb() - before_kb;
    let (mut replies, mut waits, mut totals) = (Vec::new(), Vec::new(), Vec::new());
    for (sender, target) in threads.iter().cycle().take(SENDS) {
        let began = Instant::now();
        service.call(sender, Method::POST, target, Some(json!({"content": "A short message."}))).await;
        let replied = Instant::now();
        replies.push(replied - began);
        for _ in 0..members {
            let at = hearing.recv().await.unwrap();
            waits.push(at.saturating_duration_since(replied));
            totals.push(at - began);
        }
    }
    println!("{STREAMS} streams in threads of {members} | {memory_kb} kB, both ends of the connections");
    for (name, mut times) in
        [("send to reply", replies), ("reply to event", waits), ("send to event", totals)]
    {
        let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
        println!("{name} | p50 {p50:.2?} | p99 {p99:.2?}");
    }
    reading.iter().for_each(JoinHandle::abort);
    serving.abort();
}

/// What the process has in memory.
fn resident_kb() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

#[tokio::main]
async fn main() {
    let asked = std::env::args().nth(1).unwrap_or_default();
    if asked == "events" {
        events(2).await;
        events(250).await;
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let service = Service(app(AppState::for_tests(data.path()).await.unwrap()));
    if asked != "sends" {
        listing(&service, data.path()).await;
    }
    sending(&service).await;
}
