//! Operations 6 to 10.

use crate::harness::{START_MS, TestApp, identifier, text};
use serde_json::json;

#[tokio::test]
async fn a_message_has_the_contracts_shape() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    app.pass_ms(1000);
    let body = json!({"content": "hello", "senderDisplayName": "Ann", "type": null, "metadata": {"k": "v"}});
    let reply = app.post(&ann, &format!("{thread}/messages"), body).await;
    let id = (START_MS + 1000).to_string();
    assert_eq!(reply.ok(201), json!({"id": id}));
    let location = format!("http://localhost:8080{}/messages/{id}", thread.replace("19:", "19%3A"));
    assert_eq!(reply.headers["location"], location);
    assert_eq!(
        app.get(&ann, &format!("{thread}/messages/{id}")).await.ok(200),
        json!({"id": id, "type": "text", "sequenceId": "3", "version": id,
            "content": {"message": "hello", "attachments": []}, "senderDisplayName": "Ann",
            "createdOn": "2025-01-02T03:04:06Z", "metadata": {"k": "v"},
            "senderCommunicationIdentifier": identifier(&ann.id)})
    );
}

#[tokio::test]
async fn no_name_given_is_an_empty_name() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    app.say(&ann, &thread, "x").await;
    assert_eq!(app.messages(&ann, &thread).await[0]["senderDisplayName"], "");
}

#[tokio::test]
async fn ids_grow_even_when_the_clock_stands_still_or_goes_back() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let mut ids = vec![app.say(&ann, &thread, "a").await, app.say(&ann, &thread, "b").await];
    app.pass_ms(-3_600_000);
    let later = app.token(&ann.id, &["chat"]).await;
    ids.push(app.say(&later, &thread, "c").await);
    app.patch(&later, &format!("{thread}/messages/{}", ids[0]), json!({"content": "a2"})).await.ok(204);
    ids.push(app.say(&later, &thread, "d").await);
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    let edited = app.get(&later, &format!("{thread}/messages/{}", ids[0])).await.ok(200);
    assert!(text(&edited["version"]) > ids[2] && text(&edited["version"]) < ids[3]);
}

#[tokio::test]
async fn an_edit_keeps_the_id_and_moves_the_message_to_the_front() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let id = app.say(&ann, &thread, "old").await;
    app.say(&ann, &thread, "later").await;
    let before = app.get(&ann, &format!("{thread}/messages/{id}")).await.ok(200);
    app.pass_ms(5000);
    app.patch(&ann, &format!("{thread}/messages/{id}"), json!({"content": "new", "metadata": {"k": "v"}}))
        .await
        .ok(204);
    let first = app.messages(&ann, &thread).await[0].clone();
    assert_eq!(first["content"]["message"], "new");
    assert_eq!((&first["id"], &first["createdOn"]), (&before["id"], &before["createdOn"]));
    assert_eq!((&first["sequenceId"], &first["editedOn"]), (&json!("5"), &json!("2025-01-02T03:04:10Z")));
    assert!(text(&first["version"]) > text(&before["version"]));

    app.patch(&ann, &format!("{thread}/messages/{id}"), json!({})).await.ok(204);
    assert_eq!(app.messages(&ann, &thread).await[0], first, "an empty patch changes nothing");
    app.patch(&ann, &format!("{thread}/messages/{id}"), json!({"metadata": {"k": ""}})).await.ok(204);
    assert_eq!(app.messages(&ann, &thread).await[0].get("metadata"), None);
}

#[tokio::test]
async fn a_deleted_message_stays_listed_without_its_content() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let body = json!({"content": "secret", "senderDisplayName": "Ann", "metadata": {"k": "v"}});
    let id = text(&app.post(&ann, &format!("{thread}/messages"), body).await.ok(201)["id"]);
    let path = format!("{thread}/messages/{id}");
    app.patch(&ann, &path, json!({"content": "secret 2"})).await.ok(204);
    app.pass_ms(5000);
    app.delete(&ann, &path).await.ok(204);
    let deleted = app.get(&ann, &path).await.ok(200);
    assert_eq!(
        deleted,
        json!({"id": id, "type": "text", "sequenceId": "5", "version": (START_MS + 5000).to_string(),
            "content": {"message": ""}, "senderDisplayName": "Ann", "createdOn": "2025-01-02T03:04:05Z",
            "deletedOn": "2025-01-02T03:04:10Z", "senderCommunicationIdentifier": identifier(&ann.id)})
    );
    assert_eq!(app.messages(&ann, &thread).await[0], deleted);
    app.delete(&ann, &path).await.ok(204);
    assert_eq!(app.get(&ann, &path).await.ok(200), deleted, "deleting again changes nothing");
    app.patch(&ann, &path, json!({"content": "back"})).await.refused(404, "NotFound");
}

#[tokio::test]
async fn messages_nobody_sent_are_not_found() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    for id in ["1", "x", "-1", "99999999999999999999", "%2e%2e", "1e3"] {
        app.get(&ann, &format!("{thread}/messages/{id}")).await.refused(404, "NotFound");
        app.delete(&ann, &format!("{thread}/messages/{id}")).await.refused(404, "NotFound");
    }
}

#[tokio::test]
async fn typing_is_answered_with_and_without_a_body() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let path = format!("{}/typing", app.thread(&ann, &[]).await);
    for body in [Some(json!({"senderDisplayName": "Ann"})), Some(json!({})), None] {
        let reply = app.send(&ann, axum::http::Method::POST, &path, body).await;
        reply.ok(200);
        assert!(reply.bytes.is_empty());
    }
}

#[tokio::test]
async fn typing_and_reading_leave_no_message() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let id = app.say(&ann, &thread, "x").await;
    let before = app.messages(&ann, &thread).await;
    app.post(&ann, &format!("{thread}/typing"), json!({})).await.ok(200);
    app.post(&ann, &format!("{thread}/readReceipts"), json!({"chatMessageId": id})).await.ok(200);
    assert_eq!(app.messages(&ann, &thread).await, before);
}

#[tokio::test]
async fn whatever_an_application_keeps_with_a_message_comes_back() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    // The message priority of the first previews is a convention of metadata since.
    let metadata = json!({"priority": "high", "": "an empty key", "键": "值 😀", "json": "{\"a\":[1]}"});
    let body = json!({"content": "x", "metadata": metadata});
    let id = text(&app.post(&ann, &format!("{thread}/messages"), body).await.ok(201)["id"]);
    let path = format!("{thread}/messages/{id}");
    assert_eq!(app.get(&ann, &path).await.ok(200)["metadata"], metadata);
    app.patch(&ann, &path, json!({"metadata": {"priority": "low", "json": null, "": ""}})).await.ok(204);
    let patched = app.get(&ann, &path).await.ok(200);
    assert_eq!(patched["metadata"], json!({"priority": "low", "键": "值 😀"}));
    assert_eq!(patched["content"]["message"], "x");
    app.patch(&ann, &path, json!({"content": "y"})).await.ok(204);
    assert_eq!(
        app.get(&ann, &path).await.ok(200)["metadata"],
        patched["metadata"],
        "what is not named stays"
    );
}

#[tokio::test]
async fn a_name_belongs_to_the_message_and_not_to_the_participant() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let own = json!({"communicationIdentifier": identifier(&ann.id), "displayName": "Ann"});
    let made = app.post(&ann, "/chat/threads", json!({"topic": "t", "participants": [own]})).await.ok(201);
    let thread = format!("/chat/threads/{}", text(&made["chatThread"]["id"]));
    let path = format!("{thread}/messages");
    app.post(&ann, &path, json!({"content": "x", "senderDisplayName": "Somebody else"})).await.ok(201);
    app.post(&ann, &path, json!({"content": "x"})).await.ok(201);
    let listed = app.messages(&ann, &thread).await;
    assert_eq!(listed[0]["senderDisplayName"], "");
    assert_eq!(listed[1]["senderDisplayName"], "Somebody else");
}

#[tokio::test]
async fn a_message_is_changed_by_its_sender_alone() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    let path = format!("{thread}/messages/{}", app.say(&ann, &thread, "x").await);
    let system = app.messages(&ann, &thread).await.pop().unwrap();
    for (who, path) in [(&bob, path), (&ann, format!("{thread}/messages/{}", text(&system["id"])))] {
        app.patch(who, &path, json!({"content": "y"})).await.refused(403, "Forbidden");
        app.patch(who, &path, json!({})).await.refused(403, "Forbidden");
        app.delete(who, &path).await.refused(403, "Forbidden");
    }
}
