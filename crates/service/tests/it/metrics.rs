//! What the service counts of itself, and who may read it. That a real Prometheus can: `tests/monitoring.rs`.

use crate::harness::TestApp;
use axum::body::Body;
use axum::http::{Method, Request};
use natter_service::secret::Secret;
use serde_json::json;

const PATH: &str = "/natter/v1/metrics";

/// The value of one line.
async fn metric(app: &TestApp, line: &str) -> f64 {
    let reply = app.signed(Method::GET, PATH, "").await;
    assert_eq!(reply.status, 200);
    let text = String::from_utf8(reply.bytes).unwrap();
    let value = text.lines().find_map(|known| known.strip_prefix(line)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("no {line} in {text}")).parse().unwrap()
}

#[tokio::test]
async fn requests_are_counted_by_operation_and_status() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    for number in 0..3 {
        app.say(&ann, &thread, &number.to_string()).await;
    }
    app.post(&bob, &format!("{thread}/messages"), json!({"content": ""})).await.refused(400, "BadRequest");
    app.get(&ann, "/chat/threads/none/messages").await;
    app.call(Request::get("/natter/v1/nothing").body(Body::empty()).unwrap()).await;
    for (line, value) in [
        ("natter_requests_total{operation=\"sendChatMessage\",status=\"201\"}", 3.0),
        ("natter_requests_total{operation=\"sendChatMessage\",status=\"400\"}", 1.0),
        ("natter_request_duration_seconds_count{operation=\"sendChatMessage\"}", 4.0),
        ("natter_requests_total{operation=\"createChatThread\",status=\"201\"}", 1.0),
        ("natter_messages_sent_total", 3.0),
        ("natter_threads", 1.0),
        ("natter_people", 2.0),
        ("natter_active_people{within=\"5m\"}", 1.0),
        ("natter_active_threads{within=\"5m\"}", 1.0),
        ("natter_writes_waiting", 0.0),
        ("natter_webhooks_waiting", 0.0),
        ("natter_event_streams", 0.0),
    ] {
        assert_eq!(metric(&app, line).await, value, "{line}");
    }
    assert!(metric(&app, "natter_commit_seconds_count").await >= 6.0);
    assert!(metric(&app, "natter_database_bytes{file=\"main\"}").await > 0.0);
    assert!(metric(&app, "natter_database_bytes{file=\"log\"}").await > 0.0);
    let _stream = app.listen(&bob).await;
    assert_eq!(metric(&app, "natter_event_streams").await, 1.0);
}

#[tokio::test]
async fn a_repeated_send_is_one_message() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    for _ in 0..2 {
        let body = Some(json!({"content": "once"}));
        let path = format!("{thread}/messages");
        let mut request = crate::harness::request(&ann.token, Method::POST, &path, body);
        request.headers_mut().insert("x-ms-client-request-id", "r1".parse().unwrap());
        app.call(request).await.ok(201);
    }
    assert_eq!(metric(&app, "natter_messages_sent_total").await, 1.0);
}

#[tokio::test]
async fn limits_hit_are_counted_by_rule() {
    let app = TestApp::with(|settings| settings.no_rate_limits = false).await;
    let ann = app.user().await;
    for _ in 0..12 {
        app.post(&ann, "/chat/threads", json!({"topic": "x"})).await;
    }
    assert_eq!(metric(&app, "natter_limited_requests_total{rule=\"create_thread\"}").await, 2.0);
    let refused = "natter_requests_total{operation=\"createChatThread\",status=\"429\"}";
    assert_eq!(metric(&app, refused).await, 2.0);
}

#[tokio::test]
async fn no_label_holds_what_somebody_sent() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let message = app.say(&ann, &thread, "hush").await;
    app.get(&ann, &format!("{thread}/messages/{message}")).await.ok(200);
    app.get(&ann, "/chat/threads/19:made-up@thread.v2").await;
    app.call(Request::get("/some/made-up/path?token=hush").body(Body::empty()).unwrap()).await;
    app.call(Request::builder().method("HUSH").uri("/chat/threads").body(Body::empty()).unwrap()).await;
    let text = String::from_utf8(app.signed(Method::GET, PATH, "").await.bytes).unwrap();
    let thread = thread.rsplit('/').next().unwrap();
    for secret in [thread, &message, &ann.id, &ann.token, "hush", "HUSH", "made-up"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn metrics_are_for_the_key_and_for_the_token_if_there_is_one() {
    let token = "a-token-for-prometheus";
    let ask = async |app: &TestApp, authorization: Option<&str>| {
        let mut request = Request::get(PATH).header("host", "localhost:8080");
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        app.call(request.body(Body::empty()).unwrap()).await
    };
    let without = TestApp::new().await;
    let with = TestApp::with(|settings| settings.metrics_token = Some(Secret::new(token))).await;
    for (app, is_set) in [(&without, false), (&with, true)] {
        let user = app.user().await;
        let users = format!("Bearer {}", user.token);
        for wrong in [
            None,
            Some(""),
            Some("Bearer"),
            Some("Bearer "),
            Some("Bearer a-token"),
            Some(token),
            Some(&users),
        ] {
            ask(app, wrong).await.refused(401, "Unauthorized");
        }
        let right = ask(app, Some(&format!("Bearer {token}"))).await;
        assert_eq!(right.status, if is_set { 200 } else { 401 });
        let signed = app.signed(Method::GET, PATH, "").await;
        assert_eq!(signed.status, 200);
        assert_eq!(signed.headers["content-type"], "text/plain; version=0.0.4");
        // It opens nothing else.
        let mut other =
            app.signed_request(Method::GET, "/natter/v1/event-subscriptions", "", app.clock.now_ms());
        other.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        app.call(other).await.refused(401, "Unauthorized");
    }
}
