//! Each limit at its edge, and requests that are not well formed.

use crate::harness::{TestApp, participant, request, with_version};
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

#[tokio::test]
async fn contents_topics_and_metadata_end_where_the_contract_says() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let messages = format!("{thread}/messages");
    let kb28 = 28 * 1024;
    let id = app.say(&ann, &thread, &"a".repeat(kb28)).await;
    let message = format!("{messages}/{id}");
    for content in
        [String::new(), "a".repeat(kb28 + 1), format!("{}é", "a".repeat(kb28 - 1)), "a\0b".to_owned()]
    {
        app.post(&ann, &messages, json!({"content": content})).await.refused(400, "BadRequest");
        app.patch(&ann, &message, json!({"content": content})).await.refused(400, "BadRequest");
    }
    let full = json!({"k": "v".repeat(1023)});
    let over = json!({"k": "v".repeat(1024)});
    app.post(&ann, &messages, json!({"content": "x", "metadata": full})).await.ok(201);
    app.post(&ann, &messages, json!({"content": "x", "metadata": over})).await.refused(400, "BadRequest");
    app.patch(&ann, &message, json!({"metadata": over})).await.refused(400, "BadRequest");
    app.patch(&ann, &thread, json!({"metadata": full})).await.ok(204);
    app.patch(&ann, &thread, json!({"metadata": {"l": "v"}})).await.refused(400, "BadRequest");
    let with = |metadata: &Value| {
        let mut somebody = participant(&ann.id);
        somebody["metadata"] = metadata.clone();
        json!({"topic": "t", "participants": [somebody]})
    };
    app.post(&ann, "/chat/threads", with(&full)).await.ok(201);
    app.post(&ann, "/chat/threads", with(&over)).await.refused(400, "BadRequest");
    app.post(&ann, &format!("{thread}/participants/:add"), with(&over)).await.refused(400, "BadRequest");
    for topic in [String::new(), "t".repeat(251), "a\0".to_owned()] {
        app.post(&ann, "/chat/threads", json!({"topic": topic})).await.refused(400, "BadRequest");
        app.patch(&ann, &thread, json!({"topic": topic})).await.refused(400, "BadRequest");
    }
    app.patch(&ann, &thread, json!({"topic": "茶".repeat(250)})).await.ok(204);
    for days in [29, 91] {
        let policy = json!({"kind": "threadCreationDate", "deleteThreadAfterDays": days});
        app.patch(&ann, &thread, json!({"retentionPolicy": policy})).await.refused(400, "BadRequest");
    }
}

#[tokio::test]
async fn two_hundred_in_a_request_and_two_hundred_and_fifty_in_a_thread() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let mut people: Vec<Value> = Vec::new();
    for _ in 0..251 {
        people.push(participant(&app.user().await.id));
    }
    app.post(&ann, "/chat/threads", json!({"topic": "t", "participants": people[..201]}))
        .await
        .refused(400, "BadRequest");
    let made =
        app.post(&ann, "/chat/threads", json!({"topic": "t", "participants": people[..200]})).await.ok(201);
    let add = format!("/chat/threads/{}/participants/:add", made["chatThread"]["id"].as_str().unwrap());
    let list = add.replace("/:add", "?maxPageSize=200");
    app.post(&ann, &add, json!({"participants": people[50..251]})).await.refused(400, "BadRequest");
    // 201 are in; 49 more are the 250th, one more is too many, and then nobody of that request is added.
    app.post(&ann, &add, json!({"participants": people[200..250]})).await.refused(400, "BadRequest");
    app.post(&ann, &add, json!({"participants": people[200..249]})).await.ok(201);
    app.post(&ann, &add, json!({"participants": people[249..250]})).await.refused(400, "BadRequest");
    app.post(&ann, &add, json!({"participants": people[..10]})).await.ok(201);
    assert_eq!(app.walk(&ann, &list).await.concat().len(), 250);
}

#[tokio::test]
async fn system_types_are_not_sent() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let path = format!("{}/messages", app.thread(&ann, &[]).await);
    for kind in ["topicUpdated", "participantAdded", "participantRemoved", "other"] {
        app.post(&ann, &path, json!({"content": "x", "type": kind})).await.refused(400, "BadRequest");
    }
}

#[tokio::test]
async fn bodies_that_are_not_what_they_should_be_are_refused_in_shape() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for path in [
        "/chat/threads".to_owned(),
        format!("{thread}/messages"),
        format!("{thread}/participants/:add"),
        format!("{thread}/participants/:remove"),
        format!("{thread}/readReceipts"),
    ] {
        for body in [
            "",
            "{",
            "[]",
            r#"["c","c"]"#,
            "null",
            "1",
            "\"x\"",
            "{}",
            r#"{"content":1,"topic":2}"#,
            r#"{"topic":"a","topic":"b"}"#,
            "\u{feff}{}",
            deep.as_str(),
        ] {
            let built = raw(&ann.token, Method::POST, &path, "application/json", body.as_bytes());
            app.call(built).await.refused(400, "BadRequest");
        }
        for bytes in
            [&b"\xff\xfe"[..], b"{\"content\":\"\xff\"}", b"{\"content\":\"\\ud800\",\"topic\":\"\\ud800\"}"]
        {
            app.call(raw(&ann.token, Method::POST, &path, "application/json", bytes))
                .await
                .refused(400, "BadRequest");
        }
        for kind in ["text/plain", "application/xml", "", "application/jsonx"] {
            let built = raw(&ann.token, Method::POST, &path, kind, br#"{"topic":"t","content":"c"}"#);
            app.call(built).await.refused(415, "UnsupportedMediaType");
        }
        let large = raw(&ann.token, Method::POST, &path, "application/json", &vec![b' '; 256 * 1024 + 1]);
        app.call(large).await.refused(413, "PayloadTooLarge");
    }
    let charset = raw(
        &ann.token,
        Method::POST,
        &format!("{thread}/messages"),
        "Application/JSON; charset=utf-8",
        br#"{"content":"c"}"#,
    );
    app.call(charset).await.ok(201);
    let patch = raw(&ann.token, Method::PATCH, &thread, "application/json", br#"{"topic":"c"}"#);
    app.call(patch).await.ok(204);
}

fn raw(token: &str, method: Method, path: &str, kind: &str, body: &[u8]) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(with_version(path))
        .header("host", "localhost:8080")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", kind)
        .body(Body::from(body.to_vec()))
        .unwrap()
}

#[tokio::test]
async fn odd_paths_never_make_a_server_error() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    for path in [
        "/chat/threads/%ff",
        "/chat/threads/%00",
        "/chat/threads/..%2f..%2fetc",
        "/chat/threads/%2e%2e",
        "/chat/threads//messages",
        "/chat/threads/'%20OR%201=1--",
        "/chat/threads/x/messages/%ff",
    ] {
        for method in [Method::GET, Method::DELETE] {
            let reply = app.call(request(&ann.token, method, path, None)).await;
            assert!(reply.status.is_client_error(), "{path}: {}", reply.status);
            assert!(reply.json()["error"]["code"].is_string());
        }
    }
}
