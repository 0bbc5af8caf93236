//! Operations 15 and 16.

use crate::harness::{TestApp, identifier, participant};
use serde_json::{Value, json};

#[tokio::test]
async fn there_is_one_receipt_for_each_participant_and_it_never_goes_back() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    let path = format!("{thread}/readReceipts");
    let (one, two) = (app.say(&ann, &thread, "1").await, app.say(&ann, &thread, "2").await);
    let read = async |user, id: &str| {
        let reply = app.post(user, &path, json!({"chatMessageId": id})).await;
        reply.ok(200);
        assert!(reply.bytes.is_empty());
    };
    read(&ann, &one).await;
    read(&ann, &two).await;
    app.pass_ms(5000);
    read(&bob, &two).await;
    read(&bob, &one).await;
    assert_eq!(
        app.get(&ann, &path).await.ok(200),
        json!({"value": [
            {"senderCommunicationIdentifier": identifier(&ann.id), "chatMessageId": two, "readOn": "2025-01-02T03:04:05Z"},
            {"senderCommunicationIdentifier": identifier(&bob.id), "chatMessageId": two, "readOn": "2025-01-02T03:04:10Z"}]})
    );
    assert_eq!(app.walk(&ann, &format!("{path}?maxPageSize=1")).await.len(), 2);
    app.post(&ann, &path, json!({"chatMessageId": "17"})).await.refused(404, "NotFound");
}

#[tokio::test]
async fn receipts_are_not_shown_above_twenty_participants() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let mut others = Vec::new();
    for _ in 0..20 {
        others.push(app.user().await);
    }
    let thread = app.thread(&ann, &others[..19].iter().collect::<Vec<_>>()).await;
    let id = app.say(&ann, &thread, "x").await;
    let path = format!("{thread}/readReceipts");
    app.post(&ann, &path, json!({"chatMessageId": id})).await.ok(200);
    let count = async || app.get(&ann, &path).await.ok(200)["value"].as_array().map(Vec::<Value>::len);
    assert_eq!(count().await, Some(1));
    let body = json!({"participants": [participant(&others[19].id)]});
    app.post(&ann, &format!("{thread}/participants/:add"), body).await.ok(201);
    assert_eq!(count().await, Some(0));
    app.post(&ann, &path, json!({"chatMessageId": id})).await.ok(200);
}

#[tokio::test]
async fn typing_above_twenty_participants_is_answered_as_ever() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let mut others = Vec::new();
    for _ in 0..20 {
        others.push(app.user().await);
    }
    let thread = app.thread(&ann, &others.iter().collect::<Vec<_>>()).await;
    app.post(&ann, &format!("{thread}/typing"), json!({"senderDisplayName": "Ann"})).await.ok(200);
}
