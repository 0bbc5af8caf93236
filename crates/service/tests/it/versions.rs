//! Each api-version has what it added, and nothing that came later (reference section 1).

use crate::harness::{TestApp, User, identifier, text};
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

/// A version, and whether it has metadata of messages, attachments, and metadata and retention of threads.
const VERSIONS: [(&str, bool, bool, bool); 9] = [
    ("2021-03-07", false, false, false),
    ("2021-09-07", true, false, false),
    ("2021-10-01-preview7", true, true, false),
    ("2023-07-01-preview", true, true, false),
    ("2023-11-07", true, true, false),
    ("2023-11-15-preview", true, true, false),
    ("2024-03-07", true, true, false),
    ("2024-06-05-preview", true, true, true),
    ("2025-03-15", true, true, true),
];

const NEWEST: &str = "2025-03-15";

struct Speaker<'a> {
    app: &'a TestApp,
    user: &'a User,
    version: &'static str,
}

impl Speaker<'_> {
    async fn call(&self, method: Method, path: &str, body: Option<Value>, status: u16) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(format!("{path}?api-version={}", self.version))
            .header("host", "localhost:8080")
            .header("authorization", format!("Bearer {}", self.user.token))
            .header("content-type", "application/json")
            .body(body.map_or(Body::empty(), |body| Body::from(body.to_string())))
            .unwrap();
        self.app.call(request).await.ok(status)
    }

    async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, None, 200).await
    }
}

/// One thread with all there is, written under one version and read under another.
async fn written_and_read(written: &'static str, read: &'static str) -> [Value; 3] {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let writer = Speaker { app: &app, user: &ann, version: written };
    let reader = Speaker { app: &app, user: &ann, version: read };
    let metadata = json!({"k": "v"});
    let policy = json!({"kind": "threadCreationDate", "deleteThreadAfterDays": 60});
    let own =
        json!({"communicationIdentifier": identifier(&ann.id), "displayName": "Ann", "metadata": metadata});
    let body = json!({"topic": "T", "participants": [own], "metadata": metadata, "retentionPolicy": policy});
    let made = writer.call(Method::POST, "/chat/threads", Some(body), 201).await;
    let path = format!("/chat/threads/{}", text(&made["chatThread"]["id"]));
    let body = json!({"content": "x", "metadata": metadata, "attachments": [{"id": "a"}]});
    let sent = writer.call(Method::POST, &format!("{path}/messages"), Some(body), 201).await;
    let message = format!("{path}/messages/{}", text(&sent["id"]));
    // Updates take what the first writing takes.
    let more = json!({"l": "w"});
    let patch = json!({"topic": "U", "metadata": more, "retentionPolicy": {"kind": "none"}});
    writer.call(Method::PATCH, &path, Some(patch), 204).await;
    writer.call(Method::PATCH, &message, Some(json!({"content": "y", "metadata": more})), 204).await;
    let other = json!({"communicationIdentifier": identifier(&bob.id), "metadata": metadata});
    let add = json!({"participants": [other]});
    writer.call(Method::POST, &format!("{path}/participants/:add"), Some(add), 201).await;

    let thread = reader.get(&path).await;
    assert_eq!(thread["topic"], "U");
    let message = reader.get(&message).await;
    let listed = reader.get(&format!("{path}/messages")).await;
    assert_eq!(listed["value"][1], message, "listed as it is fetched");
    let people = reader.get(&format!("{path}/participants")).await;
    assert_eq!(people["value"][0]["displayName"], "Ann");
    assert_eq!(people["value"][0].get("metadata"), people["value"][1].get("metadata"));
    if written == read {
        let created = &made["chatThread"];
        assert_eq!(created.get("metadata").is_some(), thread.get("metadata").is_some());
        assert_eq!(created.get("retentionPolicy").is_some(), thread.get("retentionPolicy").is_some());
    }
    [thread, message, people["value"][1].clone()]
}

fn check(what: &str, seen: &[Value; 3], message_metadata: bool, attachments: bool, of_threads: bool) {
    let [thread, message, participant] = seen;
    let both = json!({"k": "v", "l": "w"});
    assert_eq!(message.get("metadata"), message_metadata.then_some(&both), "{what}");
    assert_eq!(message["content"].get("attachments"), attachments.then_some(&json!([])), "{what}");
    assert_eq!(thread.get("metadata"), of_threads.then_some(&both), "{what}");
    assert_eq!(thread.get("retentionPolicy"), of_threads.then_some(&json!({"kind": "none"})), "{what}");
    assert_eq!(participant.get("metadata"), of_threads.then_some(&json!({"k": "v"})), "{what}");
}

#[tokio::test]
async fn a_version_shows_what_it_has() {
    for (version, message_metadata, attachments, of_threads) in VERSIONS {
        let seen = written_and_read(NEWEST, version).await;
        check(&format!("read by {version}"), &seen, message_metadata, attachments, of_threads);
    }
}

#[tokio::test]
async fn a_version_takes_what_it_has() {
    for (version, message_metadata, _, of_threads) in VERSIONS {
        let seen = written_and_read(version, NEWEST).await;
        check(&format!("written by {version}"), &seen, message_metadata, true, of_threads);
        let seen = written_and_read(version, version).await;
        assert_eq!(seen[1].get("metadata").is_some(), message_metadata, "{version} to itself");
    }
}

#[tokio::test]
async fn what_an_older_version_does_not_name_is_kept() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let old = Speaker { app: &app, user: &ann, version: "2021-03-07" };
    let new = Speaker { app: &app, user: &ann, version: NEWEST };
    let body = json!({"topic": "T", "metadata": {"k": "v"}, "retentionPolicy": {"kind": "none"}});
    let made = new.call(Method::POST, "/chat/threads", Some(body), 201).await;
    let path = format!("/chat/threads/{}", text(&made["chatThread"]["id"]));
    let body = json!({"content": "x", "metadata": {"k": "v"}});
    let sent = new.call(Method::POST, &format!("{path}/messages"), Some(body), 201).await;
    let message = format!("{path}/messages/{}", text(&sent["id"]));
    old.call(Method::PATCH, &path, Some(json!({"topic": "U"})), 204).await;
    old.call(Method::PATCH, &message, Some(json!({"content": "y"})), 204).await;
    let thread = new.get(&path).await;
    assert_eq!((&thread["topic"], &thread["metadata"]), (&json!("U"), &json!({"k": "v"})));
    assert_eq!(thread["retentionPolicy"], json!({"kind": "none"}));
    assert_eq!(new.get(&message).await["metadata"], json!({"k": "v"}));
}

/// A preview has what the next stable version has, and no more: `messagingPolicy` and `policyViolation` never became
/// stable.
#[tokio::test]
async fn what_was_in_a_preview_only_is_passed_over() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    for version in ["2024-06-05-preview", NEWEST] {
        let speaker = Speaker { app: &app, user: &ann, version };
        let body = json!({"topic": "T", "messagingPolicy": {"textOnlyChat": true}});
        let made = speaker.call(Method::POST, "/chat/threads", Some(body), 201).await;
        let path = format!("/chat/threads/{}", text(&made["chatThread"]["id"]));
        let patch = json!({"messagingPolicy": {"textOnlyChat": true}});
        speaker.call(Method::PATCH, &path, Some(patch), 204).await;
        let body = json!({"content": "<b>x</b>", "type": "html", "policyViolation": {"result": "warning"}});
        speaker.call(Method::POST, &format!("{path}/messages"), Some(body), 201).await;
        let (thread, messages) = (speaker.get(&path).await, speaker.get(&format!("{path}/messages")).await);
        assert_eq!(messages["value"][0]["content"]["message"], "<b>x</b>", "no policy stands in the way");
        for reply in [&made, &thread, &messages] {
            let text = reply.to_string();
            assert!(
                !text.contains("olicyViolation") && !text.contains("messagingPolicy"),
                "{version}: {text}"
            );
        }
    }
}

#[tokio::test]
async fn an_identity_version_takes_what_it_has() {
    let app = TestApp::new().await;
    let user = app.user().await;
    for (version, exchange, life, joining) in [
        ("2021-03-07", false, false, false),
        ("2022-06-01", true, false, false),
        ("2022-10-01", true, true, false),
        ("2023-08-01", true, true, false),
        ("2023-10-01", true, true, true),
        ("2025-06-30", true, true, true),
    ] {
        let v = format!("api-version={version}");
        let target = format!("/identities/{}/:issueAccessToken?{v}", user.id);
        let issue = async |body: &str| app.signed(Method::POST, &target, body).await;
        let issued = issue(r#"{"scopes":["chat"],"expiresInMinutes":60}"#).await.ok(200);
        let end = if life { "2025-01-02T04:04:05" } else { "2025-01-03T03:04:05" };
        assert!(text(&issued["expiresOn"]).starts_with(end), "{version}");
        for scope in ["chat.join", "chat.join.limited", "voip.join"] {
            let reply = issue(&json!({"scopes": [scope]}).to_string()).await;
            assert_eq!(reply.status, if joining { 200 } else { 400 }, "{version}: {scope}");
            let body = json!({"createTokenWithScopes": [scope]}).to_string();
            let reply = app.signed(Method::POST, &format!("/identities?{v}"), &body).await;
            assert_eq!(reply.status, if joining { 201 } else { 400 }, "{version}: {scope}");
        }
        issue(r#"{"scopes":["voip"]}"#).await.ok(200);
        let reply = app.signed(Method::POST, &format!("/teamsUser/:exchangeAccessToken?{v}"), "{}").await;
        let assignment = format!("/access/teamsExtension/tenants/t/assignments/o?{v}");
        let assigned = app.signed(Method::PUT, &assignment, "{}").await;
        for (reply, there) in [(reply, exchange), (assigned, version == "2025-06-30")] {
            if there {
                reply.refused(501, "NotImplemented");
            } else {
                reply.refused(400, "UnsupportedApiVersion");
                assert!(text(&reply.json()["error"]["message"]).contains(version));
            }
        }
    }
}
