//! Seeding: a long thread for measurements.

use crate::harness::{TestApp, User, text};
use axum::body::Body;
use axum::http::Request;
use natter_service::seed::{Seed, write_at};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A thread as its participant lists it, oldest first, and what there is in it besides.
async fn seeded(seed: Seed) -> (TestApp, User, String, Vec<Value>) {
    let app = TestApp::new().await;
    // Beside a service that runs.
    let seeded = write_at(&app.settings, seed, app.clock.clone()).await.unwrap();
    let request = Request::post("/natter/v1/sign-in")
        .header("content-type", "application/json")
        .body(Body::from(json!({"name": seeded.name}).to_string()))
        .unwrap();
    let signed_in = app.call(request).await.ok(200);
    let user = User { id: text(&signed_in["userId"]), token: text(&signed_in["token"]) };
    let thread = format!("/chat/threads/{}", seeded.thread.as_str());
    let mut messages = app.messages(&user, &thread).await;
    messages.reverse();
    (app, user, thread, messages)
}

fn said(messages: &[Value]) -> Vec<(String, String, bool)> {
    let word = |message: &Value| {
        let content = message["content"]["message"].as_str().unwrap_or_default().to_owned();
        (text(&message["createdOn"]), content, message.get("deletedOn").is_some())
    };
    messages.iter().map(word).collect()
}

#[tokio::test]
async fn a_seeded_thread_holds_as_many_messages_of_every_kind_as_were_asked_for() {
    let (app, user, thread, messages) = seeded(Seed { messages: 2_500, people: 7, seed: 3 }).await;
    let by_people: Vec<&Value> =
        messages.iter().filter(|message| message["type"] == "text" || message["type"] == "html").collect();
    assert_eq!(by_people.len(), 2_500);
    let sequence = |message: &Value| text(&message["sequenceId"]).parse::<i64>().unwrap();
    assert!(messages.windows(2).all(|pair| sequence(&pair[0]) < sequence(&pair[1])));
    assert!(messages.windows(2).all(|pair| text(&pair[0]["createdOn"]) <= text(&pair[1]["createdOn"])));

    let content = |message: &Value| message["content"]["message"].as_str().unwrap_or_default().to_owned();
    let has = |test: &dyn Fn(&str) -> bool| by_people.iter().any(|message| test(&content(message)));
    assert!(
        has(&|text| text.contains("地图"))
            && has(&|text| text.contains("الخريطة"))
            && has(&|text| text == "👍")
    );
    assert!(has(&|text| text.contains("<pre><code>")) && has(&|text| text.contains("https://")));
    assert!(has(&|text| text.len() > 600) && has(&|text| text.contains("<li>")));
    let count = |key: &str| by_people.iter().filter(|message| message.get(key).is_some()).count();
    assert!((50..150).contains(&count("editedOn")), "{} edited", count("editedOn"));
    assert!((10..60).contains(&count("deletedOn")), "{} deleted", count("deletedOn"));
    let senders: BTreeSet<String> =
        by_people.iter().map(|message| text(&message["senderDisplayName"])).collect();
    assert_eq!(senders.len(), 7);

    let receipts = app.get(&user, &format!("{thread}/readReceipts")).await.ok(200);
    assert_eq!(receipts["value"].as_array().unwrap().len(), 6);
    // It goes on like any other.
    app.post(&user, &format!("{thread}/messages"), json!({"content": "And now?"})).await.ok(201);
    let newest = app.get(&user, &format!("{thread}/messages?maxPageSize=1")).await.ok(200);
    assert_eq!(newest["value"][0]["content"]["message"], "And now?");
    assert!(sequence(&newest["value"][0]) > sequence(messages.last().unwrap()));
}

#[tokio::test]
async fn the_same_seed_says_the_same() {
    let seed = Seed { messages: 300, people: 4, seed: 11 };
    let (first, again) = (seeded(seed).await.3, seeded(seed).await.3);
    assert_eq!(said(&first), said(&again));
    let other = seeded(Seed { seed: 12, ..seed }).await.3;
    assert_ne!(said(&first), said(&other));
}
