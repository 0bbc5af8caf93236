//! Requests that come twice, because a reply was lost.

use crate::harness::{TestApp, User, request, text};
use axum::http::Method;
use futures_util::future::join_all;
use serde_json::{Value, json};

async fn with_header(
    app: &TestApp,
    user: &User,
    path: &str,
    name: &'static str,
    id: &str,
    body: Value,
) -> Value {
    let mut request = request(&user.token, Method::POST, path, Some(body));
    request.headers_mut().insert(name, id.parse().unwrap());
    let reply = app.call(request).await;
    let made = reply.ok(201);
    json!({"body": made, "location": reply.headers["location"].to_str().unwrap()})
}

#[tokio::test]
async fn a_repeated_send_is_the_first_message_also_after_a_restart() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let (thread, other) = (app.thread(&ann, &[&bob]).await, app.thread(&ann, &[&bob]).await);
    let send = async |app: &TestApp, user: &User, thread: &str, id: &str, content: &str| {
        let path = format!("{thread}/messages");
        let sent =
            with_header(app, user, &path, "x-ms-client-request-id", id, json!({"content": content})).await;
        text(&sent["body"]["id"])
    };
    let first = send(&app, &ann, &thread, "one", "a").await;
    assert_eq!(send(&app, &ann, &thread, "one", "a").await, first);
    assert_eq!(send(&app, &ann, &thread, "one", "something else").await, first);
    assert_ne!(send(&app, &ann, &thread, "two", "a").await, first, "another id");
    assert_ne!(send(&app, &bob, &thread, "one", "a").await, first, "another sender");
    send(&app, &ann, &other, "one", "b").await;
    assert_eq!(app.messages(&ann, &other).await[0]["content"]["message"], "b", "another thread");

    app.delete(&ann, &format!("{thread}/messages/{first}")).await.ok(204);
    app.pass_ms(23 * 60 * 60 * 1000);
    let app = app.reopen().await;
    assert_eq!(send(&app, &ann, &thread, "one", "a").await, first);
    assert_eq!(app.messages(&ann, &thread).await.len(), 2 + 3);
}

#[tokio::test]
async fn a_hundred_equal_sends_at_once_are_one_message() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let path = format!("{thread}/messages");
    let sends = (0..100)
        .map(|_| with_header(&app, &ann, &path, "x-ms-client-request-id", "same", json!({"content": "x"})));
    let ids = join_all(sends).await;
    assert!(ids.iter().all(|id| id == &ids[0]));
    assert_eq!(app.messages(&ann, &thread).await.len(), 3);
}

#[tokio::test]
async fn a_repeated_creation_is_the_first_thread_for_a_day() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let create = async |app: &TestApp, user: &User, id: &str| {
        with_header(app, user, "/chat/threads", "repeatability-request-id", id, json!({"topic": "t"})).await
    };
    let first = create(&app, &ann, "token").await;
    app.pass_ms(5000);
    assert_eq!(create(&app, &ann, "token").await, first);
    assert_ne!(create(&app, &ann, "other").await, first);
    assert_ne!(create(&app, &bob, "token").await, first, "another caller");
    let at_once = join_all((0..50).map(|_| create(&app, &ann, "herd"))).await;
    assert!(at_once.iter().all(|made| made == &at_once[0]));
    app.pass_ms(23 * 60 * 60 * 1000);
    let app = app.reopen().await;
    assert_eq!(create(&app, &ann, "token").await, first);
    app.pass_ms(60 * 60 * 1000);
    let later = app.token(&ann.id, &["chat"]).await;
    assert_ne!(create(&app, &later, "token").await, first, "a day later");
}

#[tokio::test]
async fn without_an_id_nothing_is_taken_for_a_repetition() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    assert_ne!(app.say(&ann, &thread, "x").await, app.say(&ann, &thread, "x").await);
}
