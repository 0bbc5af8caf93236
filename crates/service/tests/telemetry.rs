//! Traces, as a collector gets them, and the log.
//!
//! In a program of their own and one after the other: `tracing` remembers for each place in the code whether anybody wants to
//! hear of it, and may miss a subscriber that comes in the same moment as somebody who passes there first.

#![allow(clippy::unwrap_used, reason = "a test that fails should say where, in its helpers too")]

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "it/harness.rs"]
mod harness;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Method, Request};
use axum::routing::post;
use harness::{TestApp, User, request};
use natter_service::telemetry::{Telemetry, subscriber};
use natter_service::{LogFormat, Settings};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use serde_json::{Value, json};
use std::io;
use std::sync::{Arc, Mutex};
use tokio::sync::MutexGuard;
use tracing::dispatcher::{self, DefaultGuard, Dispatch};

/// Longer than anything takes: a test that waits for what does not come is to fail.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// What a caller of ours was doing.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// Somebody who collects traces.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Bytes>>>);

impl Collector {
    async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let got = Arc::clone(&self.0);
        let take = async move |body: Bytes| got.lock().unwrap().push(body);
        tokio::spawn(
            async move { axum::serve(listener, Router::new().route("/v1/traces", post(take))).await },
        );
        format!("http://{address}")
    }

    /// All spans, once one of this name is among them.
    async fn spans_with(&self, name: &str, telemetry: &Arc<Telemetry>) -> Vec<Span> {
        let waiting = async {
            while !self.spans().iter().any(|span| span.name == name) {
                flush(telemetry).await;
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            panic!("no {name} in {:?}", self.spans());
        }
        self.spans()
    }

    fn spans(&self) -> Vec<Span> {
        let got = self.0.lock().unwrap();
        let requests = got.iter().map(|body| ExportTraceServiceRequest::decode(body.clone()).unwrap());
        requests
            .flat_map(|request| request.resource_spans)
            .flat_map(|of| of.scope_spans)
            .flat_map(|of| of.spans)
            .collect()
    }
}

/// What was written to the log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Set in the program of a test that has one to itself.
const ALONE: &str = "NATTER_TEST_ALONE";

/// Whether the test has a program to itself. If not, it is run in one now, and has passed there.
///
/// The database's library tells of spans in a thread of its own. Such a thread knows of a subscriber only when it is everybody's; else
/// a span that it has been in is never over.
fn is_alone(test: &str) -> bool {
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let mut program = std::process::Command::new(std::env::current_exe().unwrap());
    let ended = program.args(["--exact", test, "--nocapture"]).env(ALONE, "yes").output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success() && said.contains("1 passed"), "in a program to itself: {said}");
    false
}

/// Everything on this thread is written and traced, while the guards live; in a program of its own, everything on all threads.
async fn begin(
    change: impl FnOnce(&mut Settings),
) -> (Log, Arc<Telemetry>, (DefaultGuard, MutexGuard<'static, ()>)) {
    static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let turn = TURN.lock().await;
    let log = Log::default();
    let mut settings = Settings { log: "natter_service=debug,warn".to_owned(), ..Settings::default() };
    change(&mut settings);
    let writer = log.clone();
    let (subscriber, telemetry) = subscriber(&settings, move || writer.clone()).unwrap();
    let subscriber = Dispatch::new(subscriber);
    if std::env::var_os(ALONE).is_some() {
        dispatcher::set_global_default(subscriber.clone()).unwrap();
    }
    (log, Arc::new(telemetry), (dispatcher::set_default(&subscriber), turn))
}

async fn flush(telemetry: &Arc<Telemetry>) {
    let telemetry = Arc::clone(telemetry);
    tokio::task::spawn_blocking(move || telemetry.flush()).await.unwrap();
}

/// A send that says who sends it.
fn send(user: &User, thread: &str, request_id: &str) -> Request<Body> {
    let body = json!({"content": "hush, this is nobody's business"});
    let mut request = request(&user.token, Method::POST, &format!("{thread}/messages"), Some(body));
    let headers = request.headers_mut();
    headers.insert("x-ms-client-request-id", request_id.parse().unwrap());
    headers.insert("traceparent", format!("00-{TRACE}-{PARENT}-01").parse().unwrap());
    request
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn attribute(span: &Span, name: &str) -> Option<Any> {
    let found = span.attributes.iter().find(|attribute| attribute.key == name)?;
    found.value.clone()?.value
}

#[tokio::test]
async fn a_collector_gets_a_send_from_its_handler_to_its_commit() {
    if !is_alone("a_collector_gets_a_send_from_its_handler_to_its_commit") {
        return;
    }
    let collector = Collector::default();
    let endpoint = collector.listen().await;
    let (log, telemetry, _guard) = begin(|settings| settings.otlp_endpoint = Some(endpoint)).await;
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    app.call(send(&ann, &thread, "request-1")).await.ok(201);
    let spans = collector.spans_with("sendChatMessage", &telemetry).await;
    let of_trace: Vec<&Span> = spans.iter().filter(|span| hex(&span.trace_id) == TRACE).collect();
    let find = |name: &str| {
        let found: Vec<&&Span> = of_trace.iter().filter(|span| span.name == name).collect();
        assert_eq!(
            found.len(),
            1,
            "{name} of {:?}",
            of_trace.iter().map(|span| &span.name).collect::<Vec<_>>()
        );
        *found[0]
    };
    let request = find("sendChatMessage");
    assert_eq!(hex(&request.parent_span_id), PARENT);
    assert_eq!(attribute(request, "request_id"), Some(Any::StringValue("request-1".to_owned())));
    assert_eq!(attribute(request, "http.response.status_code"), Some(Any::IntValue(201)));
    let write = find("write");
    assert_eq!(write.parent_span_id, request.span_id);
    let parts = ["wait", "run", "commit"].map(find);
    let mut at = request.start_time_unix_nano;
    for part in parts {
        assert_eq!(part.parent_span_id, write.span_id, "{}", part.name);
        assert!(at <= part.start_time_unix_nano, "{}: one after the other", part.name);
        assert!(part.start_time_unix_nano <= part.end_time_unix_nano);
        at = part.end_time_unix_nano;
    }
    assert!(at <= write.end_time_unix_nano && write.end_time_unix_nano <= request.end_time_unix_nano);
    // The identity before it is a trace of its own, as nobody named one.
    assert!(spans.iter().any(|span| span.name == "createIdentity" && hex(&span.trace_id) != TRACE));

    let told = format!("{}{spans:?}", log.text());
    for secret in ["nobody's business", &ann.token, &ann.id, thread.rsplit('/').next().unwrap()] {
        assert!(!told.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn as_many_requests_are_traced_as_the_settings_say() {
    const REQUESTS: usize = 400;
    for (sample, fewest, most) in
        [(0.0, 0, 0), (0.5, REQUESTS / 4, REQUESTS * 3 / 4), (1.0, REQUESTS, REQUESTS)]
    {
        let collector = Collector::default();
        let endpoint = collector.listen().await;
        let (_log, telemetry, _guard) = begin(|settings| {
            settings.otlp_endpoint = Some(endpoint);
            settings.otlp_sample = sample;
        })
        .await;
        let app = TestApp::new().await;
        for _ in 0..REQUESTS {
            app.call(Request::get("/natter/v1/openapi.json").body(Body::empty()).unwrap()).await.ok(200);
        }
        flush(&telemetry).await;
        let traced = collector.spans().iter().filter(|span| span.name == "getDescription").count();
        assert!((fewest..=most).contains(&traced), "{traced} of {sample}");
    }
}

#[tokio::test]
async fn nobody_waits_for_a_collector_that_is_away_or_never_answers() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let [silent_at, gone_at] = [&silent, &gone].map(|listener| listener.local_addr().unwrap());
    drop(gone);
    for address in [gone_at, silent_at] {
        let (log, telemetry, _guard) =
            begin(|settings| settings.otlp_endpoint = Some(format!("http://{address}/"))).await;
        let app = TestApp::new().await;
        let ann = app.user().await;
        let thread = app.thread(&ann, &[]).await;
        // More than the queue holds.
        for number in 0..600 {
            app.call(send(&ann, &thread, &format!("r{number}"))).await.ok(201);
        }
        if address == gone_at {
            flush(&telemetry).await;
            assert_eq!(log.text().matches("the collector of traces cannot be reached").count(), 1);
        }
    }
}

#[tokio::test]
async fn lines_of_the_log_carry_the_id_of_the_request_and_of_the_trace() {
    let collector = Collector::default();
    let endpoint = collector.listen().await;
    let (log, _telemetry, _guard) = begin(|settings| {
        settings.otlp_endpoint = Some(endpoint);
        settings.log_format = LogFormat::Json;
    })
    .await;
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let reply = app.call(send(&ann, &thread, "2f7e-Request_9")).await;
    assert_eq!(reply.headers["x-ms-client-request-id"], "2f7e-Request_9");
    let answered = |lines: &[Value]| {
        let mut answered = lines.iter().filter(|line| line["message"] == "answered");
        answered.next_back().unwrap().clone()
    };
    let line = answered(&log.lines());
    assert_eq!(line["span"]["request_id"], "2f7e-Request_9");
    assert_eq!(line["span"]["trace_id"], TRACE);
    assert_eq!(line["span"]["otel.name"], "sendChatMessage");
    assert_eq!((&line["level"], &line["status"]), (&json!("DEBUG"), &json!(201)));
    // One that would forge a line is cleaned and cut.
    let hostile = format!("x\" level=ERROR {}", "y".repeat(120));
    app.call(send(&ann, &thread, &hostile)).await;
    let id = answered(&log.lines())["span"]["request_id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("x??level?ERROR?y") && id.len() == 64, "{id}");
}

#[tokio::test]
async fn without_a_collector_the_log_is_text_and_no_trace_is_made_up() {
    let (log, telemetry, _guard) = begin(|_| {}).await;
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    app.call(send(&ann, &thread, "plain-1")).await.ok(201);
    flush(&telemetry).await;
    assert!(log.text().contains("request_id=\"plain-1\""), "{}", log.text());
    assert!(!log.text().contains(TRACE));
}
