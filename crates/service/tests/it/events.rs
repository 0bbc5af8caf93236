//! The event stream: who hears of what, when it ends, and what it costs those who are slow.

use crate::harness::{Listener, START_MS, TestApp, User, identifier, participant, text};
use axum::http::Method;
use natter_service::Settings;
use natter_service::server::Server;
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// Somebody who has said hello.
async fn listening(app: &TestApp, user: &User) -> Listener {
    let mut listener = app.listen(user).await;
    listener.hello(false).await;
    listener
}

fn id(thread: &str) -> String {
    thread.strip_prefix("/chat/threads/").unwrap().to_owned()
}

fn changed(thread: &str, what: &str) -> (String, Value) {
    ("thread".to_owned(), json!({"threadId": id(thread), "what": what}))
}

async fn remove(app: &TestApp, by: &User, thread: &str, whom: &User) {
    app.post(by, &format!("{thread}/participants/:remove"), identifier(&whom.id)).await.ok(204);
}

async fn type_as(app: &TestApp, user: &User, thread: &str) {
    app.post(user, &format!("{thread}/typing"), json!({"senderDisplayName": "Bob"})).await.ok(200);
}

#[tokio::test]
async fn the_stream_has_the_form_of_server_sent_events() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let mut listener = app.listen(&ann).await;
    assert_eq!(listener.headers["content-type"], "text/event-stream");
    assert_eq!(listener.headers["cache-control"], "no-store");
    assert_eq!(listener.headers["x-accel-buffering"], "no");
    assert_eq!(listener.headers.get("content-encoding"), None);
    assert_eq!(listener.headers["access-control-allow-origin"], "*");
    let frame = listener.frame().await.unwrap();
    let lines: Vec<&str> = frame.trim_end().lines().collect();
    assert_eq!(lines.len(), 3, "one line of each: {frame}");
    assert!(frame.ends_with("\n\n"));
    for line in ["event: hello", r#"data: {"heartbeatMs":15000,"resumed":false}"#] {
        assert!(lines.contains(&line), "{frame}");
    }
    assert!(lines.iter().any(|line| line.starts_with("id: ")), "{frame}");
}

#[tokio::test]
async fn each_change_is_told_to_those_whom_it_concerns() {
    let app = TestApp::new().await;
    let (ann, bob, eve) = (app.user().await, app.user().await, app.user().await);
    let (mut at_ann, mut at_bob) = (listening(&app, &ann).await, listening(&app, &bob).await);
    let mut at_eve = listening(&app, &eve).await;

    let thread = app.thread(&ann, &[&bob]).await;
    for listener in [&mut at_ann, &mut at_bob] {
        assert_eq!(listener.next().await, changed(&thread, "added"));
    }
    let message = app.say(&ann, &thread, "a secret").await;
    let at = format!("{thread}/messages/{message}");
    app.patch(&ann, &at, json!({"content": "another"})).await.ok(204);
    app.delete(&ann, &at).await.ok(204);
    app.patch(&ann, &thread, json!({"topic": "New"})).await.ok(204);
    app.patch(&ann, &thread, json!({"metadata": {"k": "v"}})).await.ok(204);
    app.post(&bob, &format!("{thread}/readReceipts"), json!({"chatMessageId": message})).await.ok(200);
    let add = json!({"participants": [participant(&eve.id)]});
    app.post(&ann, &format!("{thread}/participants/:add"), add).await.ok(201);
    for listener in [&mut at_ann, &mut at_bob] {
        for what in ["messages", "messages", "messages"] {
            assert_eq!(listener.next().await, changed(&thread, what));
        }
        assert_eq!(listener.next().await, changed(&thread, "properties"));
        assert_eq!(listener.next().await, changed(&thread, "messages"), "the topic's system message");
        assert_eq!(listener.next().await, changed(&thread, "properties"));
        assert_eq!(listener.next().await, changed(&thread, "receipts"));
        assert_eq!(listener.next().await, changed(&thread, "participants"));
        assert_eq!(listener.next().await, changed(&thread, "messages"));
    }
    assert_eq!(at_eve.next().await, changed(&thread, "added"), "and nothing of what was before");
    app.delete(&ann, &thread).await.ok(204);
    for listener in [&mut at_ann, &mut at_bob, &mut at_eve] {
        assert_eq!(listener.next().await, changed(&thread, "deleted"));
    }
}

#[tokio::test]
async fn what_changes_nothing_is_not_told() {
    let app = TestApp::new().await;
    let (ann, bob, eve) = (app.user().await, app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    let message = app.say(&ann, &thread, "x").await;
    let receipt = json!({"chatMessageId": message});
    app.post(&bob, &format!("{thread}/readReceipts"), receipt.clone()).await.ok(200);
    let mut listener = listening(&app, &ann).await;
    app.post(&bob, &format!("{thread}/readReceipts"), receipt).await.ok(200);
    app.patch(&ann, &thread, json!({})).await.ok(204);
    app.patch(&ann, &format!("{thread}/messages/{message}"), json!({})).await.ok(204);
    remove(&app, &ann, &thread, &eve).await;
    let add = json!({"participants": [participant(&bob.id)]});
    app.post(&ann, &format!("{thread}/participants/:add"), add).await.ok(201);
    app.post(&eve, &format!("{thread}/messages"), json!({"content": "x"})).await.refused(403, "Forbidden");
    app.say(&bob, &thread, "x").await;
    assert_eq!(listener.next().await, changed(&thread, "messages"), "nothing was told before this");
}

#[tokio::test]
async fn only_members_of_the_moment_hear_of_a_thread() {
    let app = TestApp::new().await;
    let (ann, bob, eve) = (app.user().await, app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    let (mut at_bob, mut at_eve) = (listening(&app, &bob).await, listening(&app, &eve).await);
    remove(&app, &ann, &thread, &bob).await;
    app.say(&ann, &thread, "not for Bob").await;
    type_as(&app, &ann, &thread).await;
    app.patch(&ann, &thread, json!({"topic": "Without Bob"})).await.ok(204);
    assert_eq!(at_bob.next().await, changed(&thread, "removed"));
    let other = app.thread(&ann, &[&bob, &eve]).await;
    assert_eq!(at_bob.next().await, changed(&other, "added"), "once, and nothing more of it");
    assert_eq!(at_eve.next().await, changed(&other, "added"), "who was never in it hears nothing");
    // And again from the moment of coming back.
    let add = json!({"participants": [participant(&bob.id)]});
    app.post(&ann, &format!("{thread}/participants/:add"), add).await.ok(201);
    assert_eq!(at_bob.next().await, changed(&thread, "added"));
    app.delete(&ann, &thread).await.ok(204);
    assert_eq!(at_bob.next().await, changed(&thread, "deleted"));
    // Of the end of a thread, too, only those who were still in it.
    remove(&app, &ann, &other, &bob).await;
    assert_eq!(at_bob.next().await, changed(&other, "removed"));
    app.delete(&ann, &other).await.ok(204);
    let last = app.thread(&ann, &[&bob]).await;
    assert_eq!(at_bob.next().await, changed(&last, "added"));
}

#[tokio::test]
async fn typing_is_told_to_the_others() {
    let app = TestApp::new().await;
    let (ann, bob, eve) = (app.user().await, app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    let (mut at_ann, mut at_bob) = (listening(&app, &ann).await, listening(&app, &bob).await);
    type_as(&app, &bob, &thread).await;
    app.post(&eve, &format!("{thread}/typing"), json!({})).await.refused(403, "Forbidden");
    app.post(&bob, &format!("{thread}/typing"), json!({})).await.ok(200);
    for name in ["Bob", ""] {
        let data = json!({"threadId": id(&thread), "senderId": bob.id, "senderDisplayName": name});
        assert_eq!(at_ann.next().await, ("typing".to_owned(), data));
    }
    app.say(&ann, &thread, "x").await;
    assert_eq!(at_bob.next().await, changed(&thread, "messages"), "not to who types");
}

#[tokio::test]
async fn in_a_large_thread_neither_typing_nor_receipts_are_told() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let mut others = vec![bob.clone()];
    for _ in 0..18 {
        others.push(app.user().await);
    }
    let thread = app.thread(&ann, &others.iter().collect::<Vec<_>>()).await;
    let message = app.say(&ann, &thread, "x").await;
    let mut listener = listening(&app, &ann).await;
    let one_more = app.user().await;
    for (told, reader) in [(true, &bob), (false, &others[1])] {
        type_as(&app, reader, &thread).await;
        app.post(reader, &format!("{thread}/readReceipts"), json!({"chatMessageId": message})).await.ok(200);
        if told {
            assert_eq!(listener.next().await.0, "typing", "twenty are few");
            assert_eq!(listener.next().await, changed(&thread, "receipts"));
            let add = json!({"participants": [participant(&one_more.id)]});
            app.post(&ann, &format!("{thread}/participants/:add"), add).await.ok(201);
            assert_eq!(listener.next().await, changed(&thread, "participants"));
            assert_eq!(listener.next().await, changed(&thread, "messages"));
        }
    }
    app.patch(&ann, &thread, json!({"metadata": {"k": "v"}})).await.ok(204);
    assert_eq!(listener.next().await, changed(&thread, "properties"), "nothing of the twenty-first");
}

#[tokio::test]
async fn what_was_not_committed_is_not_told() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let mut listener = listening(&app, &ann).await;
    let file = format!("sqlite://{}", app.settings.data.join("natter.sqlite3").display());
    let mut database = sqlx::SqliteConnection::connect(&file).await.unwrap();
    database
        .execute("CREATE TABLE odd (thread_id REFERENCES thread DEFERRABLE INITIALLY DEFERRED)")
        .await
        .unwrap();
    // The one fails at the end of the write, when everything has been noted; the other when it is committed.
    for fault in ["SELECT RAISE(ABORT, 'a fault')", "INSERT INTO odd VALUES ('no thread')"] {
        let trigger = format!("CREATE TRIGGER fault AFTER INSERT ON place BEGIN {fault}; END");
        sqlx::raw_sql(sqlx::AssertSqlSafe(trigger)).execute(&mut database).await.unwrap();
        app.patch(&ann, &thread, json!({"topic": "New"})).await.refused(503, "ServiceUnavailable");
        database.execute("DROP TRIGGER fault").await.unwrap();
    }
    app.say(&ann, &thread, "x").await;
    assert_eq!(listener.next().await, changed(&thread, "messages"), "no properties before it");
}

/// Nobody takes notes of a write that begins when nobody listens; who begins to listen meanwhile must hear of it too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_under_way_when_one_begins_to_listen_is_listed_or_told() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    for round in 1..=100 {
        // Long enough for the last round's log to be forgotten.
        for _ in 0..7 {
            app.pass_ms(60_000);
            app.patch(&ann, &thread, json!({"topic": "x"})).await.ok(204);
        }
        let before = app.messages(&ann, &thread).await.len();
        let sending = {
            let (router, ann, path) = (app.router.clone(), ann.clone(), format!("{thread}/messages"));
            tokio::spawn(async move {
                let content = Some(json!({"content": "x"}));
                TestApp::call_router(&router, &ann, Method::POST, &path, content).await.ok(201);
            })
        };
        let mut listener = listening(&app, &ann).await;
        let listed = app.messages(&ann, &thread).await.len();
        if listed == before {
            let (name, data) = listener.next().await;
            assert!(name == "hello" || data["what"] == "messages", "round {round}: {name} {data}");
        }
        sending.await.unwrap();
    }
}

#[tokio::test]
async fn a_stream_goes_on_where_it_was() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    let mut listener = app.listen(&bob).await;
    let hello = listener.hello(false).await;
    app.say(&ann, &thread, "x").await;
    type_as(&app, &ann, &thread).await;
    assert_eq!(listener.next().await, changed(&thread, "messages"));
    let seen = listener.last_id.clone();
    drop(listener);
    app.patch(&ann, &thread, json!({"metadata": {"k": "v"}})).await.ok(204);
    // From the event that was seen, and from the hello before it, as often as one likes.
    for (last, missed) in [(&hello, "messages typing properties"), (&seen, "typing properties")] {
        let mut listener = app.listen_after(&bob, Some(last)).await;
        listener.hello(true).await;
        for expected in missed.split(' ') {
            let (name, data) = listener.next().await;
            assert!(name == expected || data["what"] == expected, "{expected}: {data}");
        }
    }
    let mut at_the_end = app.listen_after(&bob, Some(&seen)).await;
    at_the_end.hello(true).await;
    at_the_end.next().await;
    at_the_end.next().await;
    let mut again = app.listen_after(&bob, Some(&at_the_end.last_id)).await;
    again.hello(true).await;
    app.say(&ann, &thread, "y").await;
    assert_eq!(again.next().await, changed(&thread, "messages"));
}

#[tokio::test]
async fn an_id_that_is_not_known_begins_anew() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    let mut listener = app.listen(&bob).await;
    let first = listener.hello(false).await;
    let mut at_ann = app.listen(&ann).await;
    let of_ann = at_ann.hello(false).await;
    let (log, _) = first.split_once('-').unwrap();
    for odd in [&of_ann, &format!("{log}-1"), &format!("{log}-x"), &format!("{log}-18446744073709551615")] {
        app.listen_after(&bob, Some(odd)).await.hello(false).await;
    }
    for odd in ["", "-", "x", "0-0", "é"] {
        app.listen_after(&bob, Some(odd)).await.hello(false).await;
    }
    // Older than what is remembered: 256 events.
    for _ in 0..256 {
        type_as(&app, &ann, &thread).await;
    }
    app.listen_after(&bob, Some(&first)).await.hello(true).await;
    type_as(&app, &ann, &thread).await;
    app.listen_after(&bob, Some(&first)).await.hello(false).await;
    app.listen_after(&bob, Some(&format!("{log}-1"))).await.hello(true).await;
    // Of another run.
    drop((listener, at_ann));
    let app = app.reopen().await;
    app.listen_after(&bob, Some(&format!("{log}-257"))).await.hello(false).await;
}

#[tokio::test]
async fn what_happened_while_nobody_listened_for_long_is_not_remembered() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let mut listener = app.listen(&ann).await;
    let first = listener.hello(false).await;
    drop(listener);
    app.say(&ann, &thread, "x").await;
    let mut listener = app.listen_after(&ann, Some(&first)).await;
    listener.hello(true).await;
    assert_eq!(listener.next().await, changed(&thread, "messages"));
    drop(listener);
    for _ in 0..8 {
        app.pass_ms(60_000);
        app.say(&ann, &thread, "x").await;
    }
    app.listen_after(&ann, Some(&first)).await.hello(false).await;
}

#[tokio::test]
async fn a_slow_reader_is_told_that_it_missed_something() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    let mut slow = listening(&app, &bob).await;
    let mut reads = listening(&app, &bob).await;
    for _ in 0..300 {
        type_as(&app, &ann, &thread).await;
        assert_eq!(reads.next().await.0, "typing", "the other stream of the same person");
    }
    slow.hello(false).await;
    app.say(&ann, &thread, "x").await;
    assert_eq!(slow.next().await, changed(&thread, "messages"), "from there on");
}

#[tokio::test]
async fn silence_is_broken_every_fifteen_seconds() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let mut listener = listening(&app, &ann).await;
    for _ in 0..3 {
        app.pass_ms(14_999);
        assert!(listener.is_silent().await);
        app.pass_ms(1);
        assert!(listener.frame().await.unwrap().starts_with(": "), "a comment");
    }
    app.pass_ms(10_000);
    app.say(&ann, &thread, "x").await;
    assert_eq!(listener.next().await, changed(&thread, "messages"));
    app.pass_ms(14_999);
    assert!(listener.is_silent().await, "counted from what was sent last");
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let mut listener = listening(&app, &ann).await;
    app.say(&ann, &thread, "nobody reads the event in time").await;
    app.clock.set_ms((START_MS / 1000 + 24 * 60 * 60) * 1000 - 1);
    app.say(&ann, &thread, "x").await;
    assert_eq!(listener.next().await, changed(&thread, "messages"), "valid to the last millisecond");
    app.pass_ms(1);
    assert_eq!(listener.frame().await, None);
    // Also one that waits.
    let target = format!("/identities/{}/:issueAccessToken?api-version=2023-10-01", ann.id);
    let issued =
        app.signed(Method::POST, &target, r#"{"scopes":["chat"],"expiresInMinutes":60}"#).await.ok(200);
    let ann = User { token: text(&issued["token"]), ..ann };
    let mut listener = listening(&app, &ann).await;
    assert!(listener.is_silent().await);
    app.pass_ms(60 * 60_000);
    assert_eq!(listener.frame().await, None);
}

#[tokio::test]
async fn revoking_and_deleting_end_the_streams_at_once() {
    let app = TestApp::new().await;
    for (method, verb) in [(Method::POST, "/:revokeAccessTokens"), (Method::DELETE, "")] {
        let (ann, bob) = (app.user().await, app.user().await);
        let thread = app.thread(&ann, &[&bob]).await;
        let (mut one, mut two) = (listening(&app, &ann).await, listening(&app, &ann).await);
        let mut at_bob = listening(&app, &bob).await;
        assert!(one.is_silent().await);
        let target = format!("/identities/{}{verb}?api-version=2023-10-01", ann.id);
        app.signed(method, &target, "").await.ok(204);
        app.say(&bob, &thread, "not for Ann").await;
        assert_eq!((one.frame().await, two.frame().await), (None, None), "{verb}");
        assert_eq!(at_bob.next().await, changed(&thread, "messages"), "others are not disturbed");
        app.refused_stream(&ann).await.refused(401, "Unauthorized");
    }
}

/// A token that is revoked after it was checked, and before there is a stream to end.
#[tokio::test]
async fn a_greeting_asks_once_more_whether_the_token_is_good() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let mut listener = app.listen(&ann).await;
    let file = format!("sqlite://{}", app.settings.data.join("natter.sqlite3").display());
    let mut database = sqlx::SqliteConnection::connect(&file).await.unwrap();
    // By another connection: the service is not told.
    database.execute("UPDATE identity SET token_revision = token_revision + 1").await.unwrap();
    assert_eq!(listener.frame().await, None);
}

#[tokio::test]
async fn a_person_has_twelve_streams_and_is_told_so() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let mut open = Vec::new();
    for _ in 0..12 {
        open.push(listening(&app, &ann).await);
    }
    let refused = app.refused_stream(&ann).await;
    refused.refused(429, "TooManyRequests");
    assert_eq!(refused.headers["retry-after"], "15");
    assert!(text(&refused.json()["error"]["message"]).contains("12 event streams"));
    listening(&app, &bob).await;
    drop(open.pop());
    listening(&app, &ann).await;
}

#[tokio::test]
async fn open_streams_do_not_hold_up_the_end_of_the_service() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data: dir.path().to_owned(),
        ..Settings::default()
    };
    let server = Server::bind(&settings).await.unwrap();
    let line = server.ready_lines().unwrap().swap_remove(0);
    let address = line.strip_prefix("natter-service listening on http://").unwrap().to_owned();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async { drop(stopped.await) }));
    let exchange = async |request: String, until: &str| {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut reply = String::new();
        while !reply.contains(until) {
            let mut bytes = [0; 4096];
            let count = stream.read(&mut bytes).await.unwrap();
            assert_ne!(count, 0, "{reply}");
            reply.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        }
        (stream, reply)
    };
    let body = r#"{"name":"Ann"}"#;
    let sign_in = format!(
        "POST /natter/v1/sign-in HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let (_, reply) = exchange(sign_in, "}").await;
    let person: Value = serde_json::from_str(reply.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    let token = text(&person["token"]);
    let listen =
        format!("GET /natter/v1/events HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\r\n");
    let (mut stream, _) = exchange(listen, "event: hello").await;
    stop.send(()).unwrap();
    // The service gives requests under way four seconds; a stream must not need them.
    tokio::time::timeout(Duration::from_secs(3), running).await.expect("it stops at once").unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert!(rest.ends_with(b"0\r\n\r\n"), "a whole reply, not one cut off");
}
