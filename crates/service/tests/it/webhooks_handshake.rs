//! What a receiver may do besides bringing back the code, and receivers behind TLS.

use crate::harness::{TestApp, text};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request};
use axum::routing::post;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use natter_service::{Settings, WebhookTargets, tls};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

const SUBSCRIPTIONS: &str = "/natter/v1/event-subscriptions";

const PATIENCE: Duration = Duration::from_secs(20);

/// What a receiver says to a handshake, given the code.
type Answer = Arc<Mutex<Box<dyn Fn(&Value) -> String + Send>>>;

/// A receiver, over TLS or not, that answers 200 to everything.
struct Receiver {
    address: SocketAddr,
    /// Types of requests, and their bodies.
    got: mpsc::UnboundedReceiver<(String, Value)>,
    answer: Answer,
    failed: Arc<tokio::sync::Notify>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    /// `authority` is the folder of the authority that signs its certificate.
    async fn at(address: SocketAddr, authority: Option<&Path>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = authority.map(|dir| TlsAcceptor::from(Arc::new(tls::server_config(dir).unwrap())));
        let (sender, got) = mpsc::unbounded_channel();
        let answer: Answer = Arc::new(Mutex::new(Box::new(brings_back)));
        let says = Arc::clone(&answer);
        let router = Router::new().route(
            "/hook",
            post(async move |headers: HeaderMap, body: Bytes| {
                let kind = headers["aeg-event-type"].to_str().unwrap().to_owned();
                let body: Value = serde_json::from_slice(&body).unwrap();
                let said = (says.lock().unwrap())(&body[0]["data"]);
                sender.send((kind, body[0].clone())).unwrap();
                said
            }),
        );
        let failed = Arc::new(tokio::sync::Notify::new());
        let noted = Arc::clone(&failed);
        let task = tokio::spawn(async move {
            // They end with the receiver.
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (router, acceptor, noted) = (router.clone(), acceptor.clone(), Arc::clone(&noted));
                connections.spawn(async move {
                    let service = TowerToHyperService::new(router);
                    let builder = Builder::new(TokioExecutor::new());
                    match acceptor {
                        None => drop(builder.serve_connection(TokioIo::new(stream), service).await),
                        Some(acceptor) => match acceptor.accept(stream).await {
                            Ok(stream) => drop(builder.serve_connection(TokioIo::new(stream), service).await),
                            Err(_) => noted.notify_one(),
                        },
                    }
                });
            }
        });
        Self { address, got, answer, failed, task }
    }

    async fn plain() -> Self {
        Self::at(([127, 0, 0, 1], 0).into(), None).await
    }

    async fn next(&mut self) -> (String, Value) {
        let got = tokio::time::timeout(PATIENCE, self.got.recv()).await;
        got.expect("nothing came").expect("the receiver runs")
    }

    async fn close(mut self) -> SocketAddr {
        self.task.abort();
        drop((&mut self.task).await);
        self.address
    }
}

fn brings_back(data: &Value) -> String {
    json!({"validationResponse": data["validationCode"]}).to_string()
}

async fn listed(app: &TestApp) -> Vec<Value> {
    let listed = app.signed(Method::GET, SUBSCRIPTIONS, "").await.ok(200);
    listed["value"].as_array().unwrap().clone()
}

/// Where an address leads, without its host.
fn path(url: &Value) -> String {
    let url = text(url);
    url.strip_prefix("http://localhost:9443").expect("the host that the subscription was made at").to_owned()
}

async fn visit(app: &TestApp, path: &str) -> u16 {
    app.call(Request::get(path).body(Body::empty()).unwrap()).await.status.as_u16()
}

#[tokio::test]
async fn a_subscription_waits_for_a_visit_of_its_address_and_is_told_of_what_comes_then() {
    let app = TestApp::with(|settings| settings.webhooks_to = WebhookTargets::Loopback).await;
    let mut receiver = Receiver::plain().await;
    *receiver.answer.lock().unwrap() = Box::new(|_| "ok".to_owned());
    let terms = json!({"url": format!("http://{}/hook", receiver.address)}).to_string();
    let made = app.signed(Method::POST, SUBSCRIPTIONS, &terms).await.ok(201);
    assert_eq!((&made["status"], listed(&app).await.len()), (&json!("awaitingValidation"), 1));
    let (kind, asked) = receiver.next().await;
    assert_eq!(kind, "SubscriptionValidation");
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    app.say(&ann, &thread, "too early").await;

    let address = path(&asked["data"]["validationUrl"]);
    assert!(address.len() > "/natter/v1/event-validation/".len() + 40, "{address}");
    assert_eq!(visit(&app, &format!("{address}x")).await, 404);
    assert_eq!(visit(&app, &address).await, 200);
    assert_eq!(visit(&app, &address).await, 404, "once");
    let subscriptions = listed(&app).await;
    assert_eq!(subscriptions.len(), 1);
    assert_eq!((&subscriptions[0]["id"], &subscriptions[0]["status"]), (&made["id"], &json!("active")));
    app.say(&ann, &thread, "now").await;
    let (kind, event) = receiver.next().await;
    assert_eq!((kind.as_str(), &event["data"]["messageBody"]), ("Notification", &json!("now")));
}

#[tokio::test]
async fn an_address_is_good_for_five_minutes_and_not_for_what_was_removed() {
    let app = TestApp::with(|settings| settings.webhooks_to = WebhookTargets::Loopback).await;
    let mut receiver = Receiver::plain().await;
    *receiver.answer.lock().unwrap() = Box::new(|_| "{}".to_owned());
    let terms = json!({"url": format!("http://{}/hook", receiver.address)}).to_string();
    let mut ask = async || {
        let made = app.signed(Method::POST, SUBSCRIPTIONS, &terms).await.ok(201);
        (text(&made["id"]), path(&receiver.next().await.1["data"]["validationUrl"]))
    };
    let (_, in_time) = ask().await;
    app.pass_ms(5 * 60_000 - 1);
    assert_eq!(visit(&app, &in_time).await, 200);
    let (_, late) = ask().await;
    app.pass_ms(5 * 60_000);
    assert_eq!(visit(&app, &late).await, 404);
    let (removed, address) = ask().await;
    app.signed(Method::DELETE, &format!("{SUBSCRIPTIONS}/{removed}"), "").await.ok(204);
    assert_eq!(visit(&app, &address).await, 404);
    assert_eq!(listed(&app).await.len(), 1);
    // As many wait as there may be subscriptions.
    for number in 0..51 {
        let reply = app.signed(Method::POST, SUBSCRIPTIONS, &terms).await;
        assert_eq!(reply.status, if number < 50 { 201 } else { 400 }, "{number}");
    }
}

#[tokio::test]
async fn a_receiver_behind_tls_is_asked_if_its_authority_is_trusted() {
    let (ours, others) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let trusted = |settings: &mut Settings| {
        settings.webhooks_to = WebhookTargets::Loopback;
        settings.webhooks_ca = Some(ours.path().join("tls/ca.pem"));
    };
    let mut receiver = Receiver::at(([127, 0, 0, 1], 0).into(), Some(ours.path())).await;
    let app = TestApp::with(trusted).await;
    let terms = json!({"url": format!("https://localhost:{}/hook", receiver.address.port())}).to_string();
    assert_eq!(app.signed(Method::POST, SUBSCRIPTIONS, &terms).await.ok(201)["status"], "active");
    assert_eq!(receiver.next().await.0, "SubscriptionValidation");
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    assert_eq!(receiver.next().await.1["eventType"], "Microsoft.Communication.ChatThreadCreated");

    // Somebody else takes its place.
    let address = receiver.close().await;
    let mut impostor = Receiver::at(address, Some(others.path())).await;
    app.say(&ann, &thread, "for the receiver alone").await;
    tokio::time::timeout(PATIENCE, impostor.failed.notified()).await.expect("it was asked");
    app.signed(Method::POST, SUBSCRIPTIONS, &terms).await.refused(400, "BadRequest");
    assert!(impostor.got.try_recv().is_err(), "nothing was said to it");
    let address = impostor.close().await;
    let mut receiver = Receiver::at(address, Some(ours.path())).await;
    let back = loop {
        // The clock stands still: pauses pass as it is moved.
        tokio::select! {
            got = receiver.next() => break got,
            () = tokio::task::yield_now() => app.pass_ms(1_000),
        }
    };
    assert_eq!(back.1["data"]["messageBody"], "for the receiver alone");

    // Without the setting, only the system's authorities count; a file without certificates is no file of authorities.
    let strict = TestApp::with(|settings| settings.webhooks_to = WebhookTargets::Loopback).await;
    strict.signed(Method::POST, SUBSCRIPTIONS, &terms).await.refused(400, "BadRequest");
    let empty = ours.path().join("empty.pem");
    std::fs::write(&empty, "nothing").unwrap();
    for file in [empty, ours.path().join("missing.pem")] {
        let dir = tempfile::tempdir().unwrap();
        let settings =
            Settings { data: dir.path().to_owned(), webhooks_ca: Some(file), ..Settings::default() };
        assert!(natter_service::AppState::open(&settings).await.is_err());
    }
}
