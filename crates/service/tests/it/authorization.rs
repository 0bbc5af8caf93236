//! Who may do what: every operation for everybody, in one table.

use crate::assistant::servers::{Server, saying};
use crate::harness::{TestApp, User, identifier, participant, request};
use axum::http::Method;
use natter_service::TranslationKind;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// What an operation answers to whom. Whoever has no valid token of this resource gets 401 and a token for calls 403,
/// always.
struct Row {
    operation: &'static str,
    /// The one who made the thread and the message.
    owner: u16,
    /// Another participant.
    member: u16,
    /// Somebody who was never in the thread, or was removed from it.
    outside: u16,
    /// The owner with the scope `chat.join`, and with `chat.join.limited`.
    join: u16,
    limited: u16,
}

const fn row(operation: &'static str, owner: u16, member: u16, outside: u16, join: u16, limited: u16) -> Row {
    Row { operation, owner, member, outside, join, limited }
}

#[rustfmt::skip]
const TABLE: [Row; 19] = [
    row("create thread",       201, 201, 201, 403, 403),
    row("list threads",        200, 200, 200, 200, 200),
    row("get thread",          200, 200, 403, 200, 200),
    row("update thread",       204, 204, 403, 403, 403),
    row("delete thread",       204, 204, 403, 403, 403),
    row("send message",        201, 201, 403, 201, 201),
    row("list messages",       200, 200, 403, 200, 200),
    row("get message",         200, 200, 403, 200, 200),
    row("update message",      204, 403, 403, 204, 204),
    row("delete message",      204, 403, 403, 204, 204),
    row("list participants",   200, 200, 403, 200, 200),
    row("add participants",    201, 201, 403, 201, 403),
    row("remove participant",  204, 204, 403, 204, 403),
    row("typing",              200, 200, 403, 200, 200),
    row("send read receipt",   200, 200, 403, 200, 200),
    row("list read receipts",  200, 200, 403, 200, 200),
    row("ask the assistant",   200, 200, 403, 200, 200),
    // Which is to be added first.
    row("have it post",        200, 200, 403, 200, 403),
    // The words come from the caller, so there is no thread that they could have no business in.
    row("translate",           200, 200, 200, 200, 200),
];

#[tokio::test]
async fn everybody_gets_what_the_table_says() {
    let translator = Server::start(saying(200, "application/json", r#"{"translatedText": "t"}"#)).await;
    let app = TestApp::with(|settings| {
        settings.translation = TranslationKind::Libretranslate;
        settings.translation_servers.libretranslate.url = Some(translator.url.clone());
    })
    .await;
    let expired = app.user().await;
    app.pass_ms(25 * 60 * 60 * 1000);
    let (owner, member, outsider, removed, other) =
        (app.user().await, app.user().await, app.user().await, app.user().await, app.user().await);
    let revoked = app.user().await;
    let deleted = app.user().await;
    let join = app.token(&owner.id, &["chat.join"]).await;
    let limited = app.token(&owner.id, &["chat.join.limited"]).await;
    let voip = app.token(&owner.id, &["voip", "voip.join"]).await;
    let nobody = User { id: String::new(), token: String::new() };
    // Somebody of another resource: its tokens are well formed, and signed with its own secret.
    let elsewhere = TestApp::new().await;
    elsewhere.clock.set_ms(app.clock.now_ms());
    let foreign = elsewhere.user().await;
    elsewhere.get(&foreign, "/chat/threads").await.ok(200);
    let forged = User { token: format!("{}x", owner.token), ..owner.clone() };
    let everybody = [&member, &removed, &other, &revoked, &deleted, &expired];

    // The threads first: once deleted, an identity cannot be added.
    let mut cells = Vec::new();
    for row in &TABLE {
        for (who, user, expected) in [
            ("owner", &owner, row.owner),
            ("member", &member, row.member),
            ("outsider", &outsider, row.outside),
            ("removed", &removed, row.outside),
            ("chat.join", &join, row.join),
            ("chat.join.limited", &limited, row.limited),
            ("voip", &voip, 403),
            ("other resource", &foreign, 401),
            ("no token", &nobody, 401),
            ("forged", &forged, 401),
            ("expired", &expired, 401),
            ("revoked", &revoked, 401),
            ("deleted", &deleted, 401),
        ] {
            let thread = app.thread(&owner, &everybody).await;
            let message = app.say(&owner, &thread, "x").await;
            app.post(&owner, &format!("{thread}/participants/:remove"), identifier(&removed.id))
                .await
                .ok(204);
            cells.push((row.operation, who, user, expected, thread, message));
        }
    }
    let identity = |id: &str, verb: &str| format!("/identities/{id}{verb}?api-version=2023-10-01");
    app.signed(Method::POST, &identity(&revoked.id, "/:revokeAccessTokens"), "").await.ok(204);
    app.signed(Method::DELETE, &identity(&deleted.id, ""), "").await.ok(204);
    for (operation, who, user, expected, thread, message) in cells {
        let (method, path, body) = call(operation, &thread, &message, &outsider.id, &other.id);
        let reply = app.call(request(&user.token, method, &path, body)).await;
        assert_eq!(reply.status, expected, "{operation} by {who}: {}", String::from_utf8_lossy(&reply.bytes));
        if expected >= 400 {
            reply.refused(expected, if expected == 401 { "Unauthorized" } else { "Forbidden" });
        }
    }
}

fn call(
    operation: &str,
    thread: &str,
    message: &str,
    newcomer: &str,
    other: &str,
) -> (Method, String, Option<Value>) {
    let at = |path: &str| format!("{thread}{path}");
    let message_at = at(&format!("/messages/{message}"));
    match operation {
        "create thread" => (Method::POST, "/chat/threads".to_owned(), Some(json!({"topic": "t"}))),
        "list threads" => (Method::GET, "/chat/threads".to_owned(), None),
        "get thread" => (Method::GET, at(""), None),
        "update thread" => (Method::PATCH, at(""), Some(json!({"topic": "t"}))),
        "delete thread" => (Method::DELETE, at(""), None),
        "send message" => (Method::POST, at("/messages"), Some(json!({"content": "c"}))),
        "list messages" => (Method::GET, at("/messages"), None),
        "get message" => (Method::GET, message_at, None),
        "update message" => (Method::PATCH, message_at, Some(json!({"content": "c"}))),
        "delete message" => (Method::DELETE, message_at, None),
        "list participants" => (Method::GET, at("/participants"), None),
        "add participants" => {
            (Method::POST, at("/participants/:add"), Some(json!({"participants": [participant(newcomer)]})))
        }
        "remove participant" => (Method::POST, at("/participants/:remove"), Some(identifier(other))),
        "typing" => (Method::POST, at("/typing"), Some(json!({}))),
        "send read receipt" => (Method::POST, at("/readReceipts"), Some(json!({"chatMessageId": message}))),
        "list read receipts" => (Method::GET, at("/readReceipts"), None),
        "translate" => {
            (Method::POST, "/natter/v1/translations".to_owned(), Some(json!({"text": "secret", "to": "de"})))
        }
        "ask the assistant" | "have it post" => {
            let thread = thread.strip_prefix("/chat/threads/").unwrap();
            let question = json!({"threadId": thread, "question": "help", "context": "thread", "requestId": "r",
                "post": operation == "have it post"});
            (Method::POST, "/natter/v1/assistant".to_owned(), Some(question))
        }
        _ => unreachable!("{operation}"),
    }
}

/// Whether the event stream is opened, and whether what happens in the thread is heard on it.
#[tokio::test]
async fn the_events_are_for_those_of_the_table() {
    let app = TestApp::new().await;
    let expired = app.user().await;
    app.pass_ms(25 * 60 * 60 * 1000);
    let (owner, member, outsider, removed) =
        (app.user().await, app.user().await, app.user().await, app.user().await);
    let (revoked, deleted) = (app.user().await, app.user().await);
    let join = app.token(&owner.id, &["chat.join"]).await;
    let limited = app.token(&owner.id, &["chat.join.limited"]).await;
    let voip = app.token(&owner.id, &["voip", "voip.join"]).await;
    let nobody = User { id: String::new(), token: String::new() };
    let forged = User { token: format!("{}x", owner.token), ..owner.clone() };
    let elsewhere = TestApp::new().await;
    elsewhere.clock.set_ms(app.clock.now_ms());
    let foreign = elsewhere.user().await;
    let thread = app.thread(&owner, &[&member, &removed, &revoked, &deleted, &expired]).await;
    app.post(&owner, &format!("{thread}/participants/:remove"), identifier(&removed.id)).await.ok(204);
    let identity = |id: &str, verb: &str| format!("/identities/{id}{verb}?api-version=2023-10-01");
    app.signed(Method::POST, &identity(&revoked.id, "/:revokeAccessTokens"), "").await.ok(204);
    app.signed(Method::DELETE, &identity(&deleted.id, ""), "").await.ok(204);

    let mut listeners = Vec::new();
    for (who, user, hears) in [
        ("owner", &owner, true),
        ("member", &member, true),
        ("outsider", &outsider, false),
        ("removed", &removed, false),
        ("chat.join", &join, true),
        ("chat.join.limited", &limited, true),
    ] {
        let mut listener = app.listen(user).await;
        listener.hello(false).await;
        listeners.push((who, hears, listener));
    }
    app.say(&owner, &thread, "x").await;
    let last = app.thread(&owner, &[&member, &outsider, &removed]).await;
    for (who, hears, mut listener) in listeners {
        if hears {
            assert_eq!(listener.next().await.1["what"], "messages", "{who}");
        }
        let (name, data) = listener.next().await;
        assert_eq!((name.as_str(), &data["what"]), ("thread", &json!("added")), "{who}");
        assert!(last.ends_with(data["threadId"].as_str().unwrap()), "{who}");
    }
    for (who, user, status, code) in [
        ("voip", &voip, 403, "Forbidden"),
        ("other resource", &foreign, 401, "Unauthorized"),
        ("no token", &nobody, 401, "Unauthorized"),
        ("forged", &forged, 401, "Unauthorized"),
        ("expired", &expired, 401, "Unauthorized"),
        ("revoked", &revoked, 401, "Unauthorized"),
        ("deleted", &deleted, 401, "Unauthorized"),
    ] {
        let refused = app.refused_stream(user).await;
        assert_eq!(refused.status, status, "{who}");
        refused.refused(status, code);
    }
}

#[tokio::test]
async fn the_texts_of_the_contract_tell_a_stranger_from_a_wrong_address() {
    let app = TestApp::new().await;
    let (ann, eve) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[]).await;
    let stranger = app.get(&eve, &thread).await;
    stranger.refused(403, "Forbidden");
    let text = "The initiator doesn't have the permission to perform the requested operation.";
    assert_eq!(stranger.json()["error"]["message"], text);
    let wrong = app.get(&eve, "/chat/threads/19:none@thread.v2").await;
    wrong.refused(404, "NotFound");
    assert_eq!(wrong.json()["error"]["message"], "The specified thread id was not found.");
}

#[tokio::test]
async fn odd_authorization_headers_are_refused_and_an_odd_case_is_not() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let mut request = request(&ann.token, Method::GET, "/chat/threads", None);
    request.headers_mut().insert("authorization", format!("bearer {}", ann.token).parse().unwrap());
    app.call(request).await.ok(200);
    for header in ["", "Bearer", "Bearer ", "Basic YTpi", &ann.token, "Bearer a.b.c"] {
        let mut request = crate::harness::request("", Method::GET, "/chat/threads", None);
        request.headers_mut().insert("authorization", header.parse().unwrap());
        app.call(request).await.refused(401, "Unauthorized");
    }
}

#[tokio::test]
async fn only_the_key_of_the_resource_opens_identity_and_subscriptions() {
    let app = TestApp::new().await;
    let elsewhere = TestApp::new().await;
    let user = app.user().await;
    let v = "api-version=2023-10-01";
    let of_user = |verb: &str| format!("/identities/{}{verb}?{v}", user.id);
    let scopes = r#"{"scopes":["chat"]}"#;
    let assignment = "/access/teamsExtension/tenants/t/assignments/o?api-version=2025-06-30".to_owned();
    for (method, target, body, opened) in [
        (Method::POST, format!("/identities?{v}"), "{}", 201),
        (Method::POST, of_user("/:issueAccessToken"), scopes, 200),
        (Method::POST, format!("/teamsUser/:exchangeAccessToken?{v}"), "{}", 501),
        (
            Method::POST,
            "/access/entra/:exchangeAccessToken?api-version=2025-03-02-preview".to_owned(),
            "{}",
            501,
        ),
        (Method::PUT, assignment.clone(), "{}", 501),
        (Method::GET, assignment.clone(), "", 501),
        (Method::DELETE, assignment, "", 501),
        (Method::GET, "/natter/v1/metrics".to_owned(), "", 200),
        (Method::GET, "/natter/v1/operator/figures".to_owned(), "", 200),
        (Method::POST, "/natter/v1/operator/subscriptions/none/replay".to_owned(), "", 404),
        (Method::GET, "/natter/v1/operator/alerts".to_owned(), "", 200),
        (
            Method::POST,
            "/natter/v1/operator/alerts".to_owned(),
            r#"{"measure":"errors","above":1,"url":"none"}"#,
            400,
        ),
        (Method::DELETE, "/natter/v1/operator/alerts/none".to_owned(), "", 404),
        (Method::GET, "/natter/v1/event-subscriptions".to_owned(), "", 200),
        (Method::POST, "/natter/v1/event-subscriptions".to_owned(), r#"{"url":"none"}"#, 400),
        (Method::DELETE, "/natter/v1/event-subscriptions/none".to_owned(), "", 404),
        (Method::GET, "/natter/v1/event-subscriptions/none/dead-letters".to_owned(), "", 404),
        (Method::POST, "/natter/v1/event-subscriptions/none/replay".to_owned(), "{}", 404),
        (Method::POST, of_user("/:revokeAccessTokens"), "", 204),
        (Method::DELETE, of_user(""), "", 204),
    ] {
        let now = app.clock.now_ms();
        let token = app.token(&user.id, &["chat"]).await;
        let unsigned = {
            let mut request = app.signed_request(method.clone(), &target, body, now);
            request.headers_mut().remove("authorization");
            request
        };
        let bearer = {
            let mut request = app.signed_request(method.clone(), &target, body, now);
            request.headers_mut().insert("authorization", format!("Bearer {}", user.token).parse().unwrap());
            request
        };
        let other_key = elsewhere.signed_request(method.clone(), &target, body, now);
        let other_body = {
            let mut request = app.signed_request(method.clone(), &target, "another body", now);
            *request.body_mut() = body.to_owned().into();
            request
        };
        let old = app.signed_request(method.clone(), &target, body, now - 6 * 60_000);
        for (who, request) in [
            ("unsigned", unsigned),
            ("a user's token", bearer),
            ("another resource's key", other_key),
            ("another body", other_body),
            ("six minutes old", old),
        ] {
            let reply = app.call(request).await;
            assert_eq!(reply.status, 401, "{method} {target}: {who}");
            reply.refused(401, "Unauthorized");
        }
        app.get(&token, "/chat/threads").await.ok(200);
        assert_eq!(app.signed(method.clone(), &target, body).await.status, opened, "{method} {target}");
    }
    app.get(&user, "/chat/threads").await.refused(401, "Unauthorized");
}

/// Whoever is removed, or whose tokens are revoked, is out once the one who did it has the reply: requests that were
/// under way meanwhile are answered either way, later ones are refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_passes_after_a_removal_or_revocation_was_acknowledged() {
    for round in 0..20 {
        let app = Arc::new(TestApp::new().await);
        let (ann, bob) = (app.user().await, app.user().await);
        let thread = app.thread(&ann, &[&bob]).await;
        let acknowledged = Arc::new(AtomicBool::new(false));
        let began = Arc::new(Notify::new());
        let racer = {
            let (app, bob, thread) = (Arc::clone(&app), bob.clone(), thread.clone());
            let (acknowledged, began) = (Arc::clone(&acknowledged), Arc::clone(&began));
            tokio::spawn(async move {
                for number in 0..200 {
                    let over = acknowledged.load(Ordering::SeqCst);
                    let reply = if number % 2 == 0 {
                        app.post(&bob, &format!("{thread}/messages"), json!({"content": "x"})).await
                    } else {
                        app.get(&bob, &format!("{thread}/messages")).await
                    };
                    began.notify_one();
                    if over {
                        assert!(
                            reply.status == 401 || reply.status == 403,
                            "round {round}: {}",
                            reply.status
                        );
                        return;
                    }
                }
            })
        };
        began.notified().await;
        if round % 2 == 0 {
            app.post(&ann, &format!("{thread}/participants/:remove"), identifier(&bob.id)).await.ok(204);
        } else {
            let target = format!("/identities/{}/:revokeAccessTokens?api-version=2023-10-01", bob.id);
            app.signed(Method::POST, &target, "").await.ok(204);
        }
        acknowledged.store(true, Ordering::SeqCst);
        racer.await.unwrap();
        let count = app.messages(&ann, &thread).await.len();
        let refused = app.post(&bob, &format!("{thread}/messages"), json!({"content": "x"})).await.status;
        assert!(refused == 401 || refused == 403, "round {round}: {refused}");
        assert_eq!(app.messages(&ann, &thread).await.len(), count, "round {round}");
    }
}

#[tokio::test]
async fn only_who_was_told_an_address_validates_by_it() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    for path in ["none", "", "%2e%2e", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let target = format!("/natter/v1/event-validation/{path}");
        assert_eq!(app.get(&ann, &target).await.status, 404, "{path}");
        assert_eq!(app.signed(Method::GET, &target, "").await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn the_description_is_for_everybody() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let voip = app.token(&ann.id, &["voip"]).await;
    let nobody = User { id: String::new(), token: String::new() };
    let forged = User { token: format!("{}x", ann.token), ..ann.clone() };
    for user in [&ann, &voip, &nobody, &forged] {
        app.get(user, "/natter/v1/openapi.json").await.ok(200);
    }
}
