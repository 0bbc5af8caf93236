//! The demo: something to see for whoever signs in.

use crate::harness::{TestApp, User, field, text};
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn sign_in(app: &TestApp, name: &str) -> User {
    let request = Request::post("/natter/v1/sign-in")
        .header("content-type", "application/json")
        .body(Body::from(json!({"name": name}).to_string()))
        .unwrap();
    let signed_in = app.call(request).await.ok(200);
    User { id: text(&signed_in["userId"]), token: text(&signed_in["token"]) }
}

async fn threads(app: &TestApp, user: &User) -> Vec<Value> {
    app.walk(user, "/chat/threads").await.concat()
}

#[tokio::test]
async fn a_newcomer_finds_two_conversations_and_is_added_once() {
    let app = TestApp::with(|settings| settings.demo = true).await;
    let zoe = sign_in(&app, "Zoë").await;
    let found = threads(&app, &zoe).await;
    assert_eq!(
        field(&found, "topic").into_iter().collect::<BTreeSet<_>>(),
        BTreeSet::from(["Launch week".to_owned(), "周五发布：移动端".to_owned()])
    );
    let thread = format!("/chat/threads/{}", text(&found[0]["id"]));
    let count = app.messages(&zoe, &thread).await.len();
    assert!(count > 8);
    sign_in(&app, "zoë").await;
    assert_eq!(app.messages(&zoe, &thread).await.len(), count);
    // Whoever left stays out.
    app.post(&zoe, &format!("{thread}/participants/:remove"), json!({"rawId": zoe.id})).await.ok(204);
    sign_in(&app, "Zoë").await;
    app.get(&zoe, &thread).await.refused(403, "Forbidden");
}

#[tokio::test]
async fn the_demo_shows_every_kind_of_message_in_the_last_days_and_is_written_once() {
    let app = TestApp::with(|settings| settings.demo = true).await;
    let mei = sign_in(&app, "Mei").await;
    let listed = threads(&app, &mei).await;
    assert_eq!(listed.len(), 3);
    let app = app.reopen().await;
    assert_eq!(threads(&app, &mei).await, listed);

    let mut all = Vec::new();
    let mut receipts = 0;
    for item in &listed {
        let thread = format!("/chat/threads/{}", text(&item["id"]));
        all.extend(app.messages(&mei, &thread).await);
        receipts +=
            app.get(&mei, &format!("{thread}/readReceipts")).await.ok(200)["value"].as_array().unwrap().len();
    }
    assert!(receipts > 3);
    let has = |test: &dyn Fn(&Value) -> bool| all.iter().any(test);
    assert!(has(&|m| m["type"] == "html" && m["content"]["message"].as_str().unwrap().contains("<code>")));
    assert!(has(&|m| m["content"]["message"].as_str().is_some_and(|text| text.contains("<a href="))));
    assert!(has(&|m| m.get("editedOn").is_some()) && has(&|m| m.get("deletedOn").is_some()));
    let now = app.clock.now_ms();
    assert!(all.iter().all(|m| {
        let age_ms = now - text(&m["id"]).parse::<i64>().unwrap();
        (0..4 * 24 * 60 * 60 * 1000).contains(&age_ms)
    }));
}
