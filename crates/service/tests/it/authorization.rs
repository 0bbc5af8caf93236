//! Who may do what: every operation for everybody, in one table.

use crate::harness::{TestApp, User, identifier, participant, request};
use axum::http::Method;
use serde_json::{Value, json};

/// What an operation answers to whom. Whoever has no valid token gets 401 and a token for calls 403, always.
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
const TABLE: [Row; 16] = [
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
];

#[tokio::test]
async fn everybody_gets_what_the_table_says() {
    let app = TestApp::new().await;
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
        _ => unreachable!("{operation}"),
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
