//! What the operator's page is made of: figures, replays, alerts, and who may see them.

use crate::harness::{Reply, TestApp, text};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode};
use axum::routing::post;
use natter_service::WebhookTargets;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use tokio::sync::mpsc;

const FIGURES: &str = "/natter/v1/operator/figures";
const ALERTS: &str = "/natter/v1/operator/alerts";

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

async fn open(app: &TestApp, key: &str) -> Reply {
    let request = Request::post("/natter/v1/operator/sessions").header("content-type", "application/json");
    app.call(request.body(Body::from(json!({"accessKey": key}).to_string())).unwrap()).await
}

async fn call(app: &TestApp, token: &str, method: Method, path: &str, body: &str) -> Reply {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    app.call(request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn figures(app: &TestApp) -> Value {
    app.signed(Method::GET, FIGURES, "").await.ok(200)
}

/// Lets a minute pass, and waits until it is noted.
async fn pass_a_minute(app: &TestApp) -> Value {
    let before = figures(app).await["minutes"].as_array().unwrap().len();
    let waiting = async {
        loop {
            app.pass_ms(10_000);
            let now = figures(app).await;
            if now["minutes"].as_array().unwrap().len() > before {
                return now;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("the minute was not noted")
}

#[tokio::test]
async fn what_happened_is_kept_by_minute_and_by_day_over_a_restart() {
    let app = TestApp::with(|settings| settings.no_rate_limits = false).await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    for number in 0..3 {
        app.say(&ann, &thread, &number.to_string()).await;
    }
    for _ in 0..12 {
        app.post(&ann, "/chat/threads", json!({"topic": "x"})).await;
    }
    let now = figures(&app).await;
    assert_eq!((&now["minutes"], &now["current"]["messages"]), (&json!([]), &json!(3)));
    let now = pass_a_minute(&app).await;
    let minute = &now["minutes"][0];
    assert_eq!(
        (&minute["messages"], &minute["limited"], &minute["errors"]),
        (&json!(3), &json!(3), &json!(0))
    );
    assert!(minute["requests"].as_u64().unwrap() >= 17);
    let quantile = |name: &str| minute[name].as_f64().unwrap();
    assert!(0.0 < quantile("p50Ms") && quantile("p50Ms") <= quantile("p95Ms"));
    assert!(quantile("p95Ms") <= quantile("p99Ms"));
    app.say(&ann, &thread, "more").await;
    pass_a_minute(&app).await;

    let app = app.reopen().await;
    let now = figures(&app).await;
    assert!(now["minutes"].as_array().unwrap().len() >= 2);
    assert_eq!(now["days"].as_array().unwrap().len(), 1);
    assert_eq!(now["days"][0]["messages"], 4);
    assert_eq!(now["threads"].as_u64().unwrap(), 10);
    // A day later the minutes are gone, and the day is not.
    let app = app.reopen_after_ms(25 * 60 * 60_000).await;
    let now = figures(&app).await;
    assert_eq!((now["minutes"].as_array().unwrap().len(), now["days"].as_array().unwrap().len()), (0, 1));
    let app = app.reopen_after_ms(30 * 24 * 60 * 60_000).await;
    assert_eq!(figures(&app).await["days"], json!([]));
}

#[tokio::test]
async fn the_key_opens_a_session_for_an_hour_and_for_nothing_else() {
    let app = TestApp::new().await;
    let key = app.state.access_key().as_str().to_owned();
    let session = open(&app, &key).await.ok(201);
    let token = text(&session["token"]);
    call(&app, &token, Method::GET, FIGURES, "").await.ok(200);
    call(&app, &token, Method::GET, ALERTS, "").await.ok(200);
    call(&app, &format!("{token}x"), Method::GET, FIGURES, "").await.refused(401, "Unauthorized");
    let user = app.user().await;
    call(&app, &user.token, Method::GET, FIGURES, "").await.refused(401, "Unauthorized");
    // It is no token for chat, for metrics, for subscriptions, nor for people's tokens.
    for path in
        ["/chat/threads?api-version=2025-03-15", "/natter/v1/metrics", "/natter/v1/event-subscriptions"]
    {
        call(&app, &token, Method::GET, path, "").await.refused(401, "Unauthorized");
    }
    let identities = "/identities?api-version=2023-10-01";
    call(&app, &token, Method::POST, identities, "{}").await.refused(401, "Unauthorized");
    app.pass_ms(60 * 60_000 - 1);
    call(&app, &token, Method::GET, FIGURES, "").await.ok(200);
    app.pass_ms(1);
    call(&app, &token, Method::GET, FIGURES, "").await.refused(401, "Unauthorized");
}

#[tokio::test]
async fn wrong_keys_open_nothing_and_make_all_wait() {
    let app = TestApp::new().await;
    let key = app.state.access_key().as_str().to_owned();
    for wrong in ["", "x", &key[..20], &key.to_lowercase(), &format!("{key}x")] {
        open(&app, wrong).await.refused(401, "Unauthorized");
    }
    for _ in 0..5 {
        open(&app, "wrong").await.refused(401, "Unauthorized");
    }
    open(&app, &key).await.refused(429, "TooManyRequests");
    app.pass_ms(60_000);
    open(&app, &key).await.ok(201);
}

/// Somebody who is told, and answers with this status.
async fn receiver(status: &Arc<AtomicU16>) -> (String, mpsc::UnboundedReceiver<Value>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/alert", listener.local_addr().unwrap());
    let (sender, got) = mpsc::unbounded_channel();
    let status = Arc::clone(status);
    let take = async move |body: Bytes| {
        let answer = StatusCode::from_u16(status.load(Ordering::SeqCst)).unwrap();
        sender.send(serde_json::from_slice(&body).unwrap()).unwrap();
        answer
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/alert", post(take))).await });
    (url, got)
}

#[tokio::test]
async fn an_alert_is_told_when_it_begins_and_when_it_ends_also_to_who_was_away() {
    let app = TestApp::with(|settings| {
        settings.webhooks_to = WebhookTargets::Loopback;
        settings.no_rate_limits = false;
    })
    .await;
    let ann = app.user().await;
    let status = Arc::new(AtomicU16::new(500));
    let (url, mut got) = receiver(&status).await;
    let terms = json!({"measure": "limited", "above": 1, "url": url}).to_string();
    let alert = app.signed(Method::POST, ALERTS, &terms).await.ok(201);
    assert_eq!(app.signed(Method::GET, ALERTS, "").await.ok(200)["value"], json!([alert]));
    let bad_minute = async || {
        for _ in 0..12 {
            app.post(&ann, "/chat/threads", json!({"topic": "x"})).await;
        }
        pass_a_minute(&app).await;
    };
    bad_minute().await;
    let told = next(&mut got).await;
    assert_eq!((&told["alert"], &told["state"]), (&alert["id"], &json!("firing")));
    assert_eq!(
        (&told["measure"], &told["above"], &told["value"]),
        (&json!("limited"), &json!(1), &json!(2.0))
    );
    // It did not take it: it is told again, and then not again.
    status.store(200, Ordering::SeqCst);
    bad_minute().await;
    assert_eq!(next(&mut got).await["state"], "firing");
    bad_minute().await;
    bad_minute().await;
    assert!(got.try_recv().is_err(), "it knows");
    pass_a_minute(&app).await;
    assert_eq!(next(&mut got).await["state"], "resolved");

    app.signed(Method::DELETE, &format!("{ALERTS}/{}", text(&alert["id"])), "").await.ok(204);
    assert_eq!(app.signed(Method::GET, ALERTS, "").await.ok(200)["value"], json!([]));
}

async fn next(got: &mut mpsc::UnboundedReceiver<Value>) -> Value {
    tokio::time::timeout(PATIENCE, got.recv()).await.expect("nothing came").expect("the receiver runs")
}

#[tokio::test]
async fn odd_alerts_are_refused_and_there_are_twenty_at_most() {
    let app = TestApp::with(|settings| settings.webhooks_to = WebhookTargets::Loopback).await;
    let terms = |url: &str| json!({"measure": "errors", "above": 1, "url": url});
    for odd in [
        json!({}),
        terms(""),
        terms("http://10.0.0.1/"),
        terms("https://169.254.169.254/"),
        terms(&format!("http://127.0.0.1/{}", "a".repeat(2048))),
        json!({"measure": "weather", "above": 1, "url": "http://127.0.0.1/"}),
        json!({"measure": "errors", "above": -1, "url": "http://127.0.0.1/"}),
        json!({"measure": "errors", "above": 1, "url": "http://127.0.0.1/", "then": "run"}),
    ] {
        app.signed(Method::POST, ALERTS, &odd.to_string()).await.refused(400, "BadRequest");
    }
    for number in 0..21 {
        let reply = app.signed(Method::POST, ALERTS, &terms("http://127.0.0.1:9/").to_string()).await;
        assert_eq!(reply.status, if number < 20 { 201 } else { 400 }, "{number}");
    }
}
