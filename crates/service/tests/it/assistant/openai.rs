//! An OpenAI-compatible server behind the assistant, and all that can go wrong with it.

use super::servers::{API_KEY, Server, Stage, endless, saying, with_openai};
use super::settle;
use crate::delta;
use crate::harness::TestApp;
use assistant::{Event, NoteKind};
use axum::Router;
use natter_service::{AssistantKind, Settings};
use serde_json::json;
use tokio::sync::Notify;

const STREAM: &str = "text/event-stream; charset=utf-8";

const HELLO: &str = concat!(
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning\":\"Hm.\"}}]}\n\n",
    delta!("Hello, "),
    delta!("世界"),
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"total_tokens\":3}}\n\ndata: [DONE]\n\n",
);

/// Waits until the other server's stream is closed.
async fn let_go(gone: &Notify) {
    tokio::time::timeout(super::PATIENCE, gone.notified()).await.expect("the other server still speaks");
}

#[tokio::test]
async fn question_context_and_history_go_out_and_the_answer_comes_in() {
    let stage = Stage::openai(saying(200, STREAM, HELLO)).await;
    let about = stage.app.get(&stage.ann, "/natter/v1/assistant").await.ok(200);
    let host = stage.server.url.strip_prefix("http://").unwrap();
    assert_eq!(
        (&about["sentTo"], &about["model"], &about["ready"]),
        (&json!(host), &json!("m"), &json!(true))
    );
    stage.app.say(&stage.ann, &stage.thread, "The sky is green").await;
    let told = stage.ask_with("What colour is the sky?", json!({"context": "recent"})).await;
    assert_eq!((told.text.as_str(), told.ending().as_str()), ("Hello, 世界", "end"));
    assert!(told.events.contains(&Event::Note { kind: NoteKind::Reasoning, text: "Hm.".to_owned() }));
    let told = stage.ask_with("And the sea?", json!({"context": "none", "session": told.session()})).await;
    assert_eq!(told.ending(), "end");

    let seen = stage.server.seen();
    assert_eq!(seen[0].path, "/v1/chat/completions");
    assert_eq!(seen[0].headers["authorization"], format!("Bearer {API_KEY}"));
    assert_eq!(seen[0].headers["accept-encoding"], "identity");
    assert_eq!((&seen[0].body["model"], &seen[0].body["stream"]), (&json!("m"), &json!(true)));
    let messages = seen[0].body["messages"].as_array().unwrap();
    assert_eq!((messages.len(), &messages[0]["role"]), (2, &json!("system")));
    let asked = messages[1]["content"].as_str().unwrap();
    assert!(asked.contains(": The sky is green\n") && asked.ends_with("What colour is the sky?"), "{asked}");
    assert_eq!(
        seen[1].body["messages"].as_array().unwrap()[1..],
        [
            json!({"role": "user", "content": "What colour is the sky?"}),
            json!({"role": "assistant", "content": "Hello, 世界"}),
            json!({"role": "user", "content": "And the sea?"}),
        ]
    );
}

#[tokio::test]
async fn whatever_comes_instead_of_an_answer_is_told_in_our_words() {
    let stage = Stage::openai(Router::new()).await;
    let error =
        |text: &str| format!("{{\"error\":{{\"message\":\"{text} {API_KEY}\",\"type\":\"{text}\"}}}}");
    for (router, code, text) in [
        (saying(200, "text/html", "<html>Sign in!</html>"), "notAStream", ""),
        (saying(200, "application/json", "{}"), "notAStream", ""),
        (saying(302, "text/html", ""), "notAStream", ""),
        (saying(401, "application/json", error("authentication_error")), "keyRefused", ""),
        (saying(404, "application/json", error("not_found_error")), "refused", ""),
        (saying(400, "application/json", error("exceed_context_size_error")), "tooLong", ""),
        (saying(503, "application/json", error("unavailable_error")), "busy", ""),
        (saying(429, "text/plain", "slow down"), "busy", ""),
        (saying(500, "text/plain", ""), "serverError", ""),
        (saying(200, STREAM, ""), "brokenOff", ""),
        (saying(200, STREAM, delta!("so far")), "brokenOff", "so far"),
        (
            saying(200, STREAM, concat!(delta!("so far"), "data: {\"choices\":[{\n\n")),
            "brokenReply",
            "so far",
        ),
        (saying(200, STREAM, concat!(delta!("so far"), "data: <html>\n\n")), "brokenReply", "so far"),
        (
            saying(200, STREAM, format!("{}data: {}\n\ndata: [DONE]\n\n", delta!("so far"), error("x"))),
            "serverError",
            "so far",
        ),
        (
            saying(200, STREAM, format!("{}error: {{\"code\":500}}\n\n", delta!("so far"))),
            "serverError",
            "so far",
        ),
        (saying(200, STREAM, format!("data: {}\n\n", "x".repeat(2_000_000))), "brokenReply", ""),
    ] {
        stage.server.become_other(router);
        let told = stage.ask("x").await;
        assert_eq!((told.ending().as_str(), told.text.as_str()), (code, text));
        assert!(!format!("{told:?}").contains("4713"), "a key is told: {told:?}");
    }
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_cut_and_its_server_let_go() {
    let (router, gone) = endless(&[delta!("so far ")], Some(delta!("and on and on and on ")));
    let stage = Stage::openai(router).await;
    let told = stage.ask("x").await;
    assert_eq!((told.ending().as_str(), told.text.len()), ("cut", 256 * 1024));
    let_go(&gone).await;
}

#[tokio::test]
async fn ten_megabytes_in_one_line_are_no_answer() {
    let long = format!("{}data: {}\n\n", delta!("so far"), "a".repeat(10_000_000));
    let stage = Stage::openai(saying(200, STREAM, long)).await;
    let told = stage.ask("x").await;
    assert!(matches!(told.ending().as_str(), "cut" | "brokenReply"), "{}", told.ending());
}

#[tokio::test]
async fn nothing_at_the_beginning_is_silence_after_15_seconds() {
    let (router, gone) = endless(&[": hello\n\n"], None);
    drop(router);
    let mute = Router::new().fallback(async || std::future::pending::<String>().await);
    let stage = Stage::openai(mute).await;
    let telling = stage.begin("x").await;
    while stage.server.seen().is_empty() {
        tokio::task::yield_now().await;
    }
    stage.app.pass_ms(14_999);
    settle().await;
    stage.app.pass_ms(1);
    assert_eq!(telling.rest().await.ending(), "silent");
    drop(gone);
}

#[tokio::test]
async fn silence_in_the_middle_is_told_after_60_seconds_and_heartbeats_come_before() {
    let (router, gone) = endless(&[delta!("so far")], None);
    let stage = Stage::openai(router).await;
    let mut telling = stage.begin("x").await;
    assert_eq!(telling.text().await, "so far");
    settle().await;
    let beat = {
        let frame = telling.frame();
        tokio::pin!(frame);
        assert!(futures_util::poll!(&mut frame).is_pending());
        stage.app.pass_ms(10_000);
        frame.await
    };
    assert!(beat.unwrap().starts_with(": still here"));
    stage.app.pass_ms(49_999);
    settle().await;
    stage.app.pass_ms(1);
    let told = telling.rest().await;
    assert_eq!((told.ending().as_str(), told.text.as_str()), ("silent", "so far"));
    let_go(&gone).await;
}

#[tokio::test]
async fn who_has_a_reason_but_no_end_is_whole_when_it_falls_silent() {
    let end = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}]}\n\n";
    let (router, _gone) = endless(&[delta!("all of it"), end], None);
    let stage = Stage::openai(router).await;
    let mut telling = stage.begin("x").await;
    telling.text().await;
    settle().await;
    stage.app.pass_ms(60_000);
    assert_eq!(telling.rest().await.ending(), "length");
}

#[tokio::test]
async fn a_stream_that_never_ends_is_over_after_180_seconds() {
    let (router, gone) = endless(&[delta!("so far")], Some(": keep-alive\n\n"));
    let stage = Stage::openai(router).await;
    let mut telling = stage.begin("x").await;
    telling.text().await;
    stage.app.pass_ms(180_000);
    let told = telling.rest().await;
    assert_eq!((told.ending().as_str(), told.text.as_str()), ("tookTooLong", "so far"));
    let_go(&gone).await;
}

#[tokio::test]
async fn who_leaves_is_not_answered_any_more() {
    let (router, gone) = endless(&[delta!("so far")], Some(": keep-alive\n\n"));
    let stage = Stage::openai(router).await;
    let mut telling = stage.begin("x").await;
    telling.text().await;
    drop(telling);
    // Without the clock moving at all.
    let_go(&gone).await;
}

#[tokio::test]
async fn who_does_not_read_holds_nobody_up() {
    let long = delta!("and on ").repeat(500) + "data: [DONE]\n\n";
    let stage = Stage::openai(saying(200, STREAM, long)).await;
    let telling = stage.begin("x").await;
    while stage.server.seen().is_empty() {
        tokio::task::yield_now().await;
    }
    settle().await;
    let stop = tokio::time::timeout(super::PATIENCE, stage.app.state.stop_assistant());
    stop.await.expect("the service waits for who does not read");
    assert!(telling.rest().await.text.starts_with("and on and on "));
}

/// Over a connection as a browser has one, to the service as it is run.
#[tokio::test]
async fn who_closes_the_connection_lets_the_other_server_go() {
    let (router, gone) = endless(&[delta!("so far")], None);
    let upstream = Server::start(router).await;
    let dir = tempfile::tempdir().unwrap();
    let mut settings =
        Settings { listen: ([127, 0, 0, 1], 0).into(), data: dir.path().to_owned(), ..Settings::default() };
    with_openai(&mut settings, &upstream.url);
    let service = natter_service::server::Server::bind(&settings).await.unwrap();
    let ready = service.ready_lines().unwrap();
    let url = ready[0].strip_prefix("natter-service listening on ").unwrap().to_owned();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(service.run(async { drop(stopped.await) }));

    let browser = reqwest::Client::new();
    let post = |path: &str, token: &str, body: serde_json::Value| {
        let request = browser.post(format!("{url}{path}")).bearer_auth(token).body(body.to_string());
        request.header("content-type", "application/json").send()
    };
    let signed_in =
        post("/natter/v1/sign-in", "", json!({"name": "Ann"})).await.unwrap().bytes().await.unwrap();
    let token: serde_json::Value = serde_json::from_slice(&signed_in).unwrap();
    let token = token["token"].as_str().unwrap();
    let made = post("/chat/threads?api-version=2025-03-15", token, json!({"topic": "t"})).await.unwrap();
    let made: serde_json::Value = serde_json::from_slice(&made.bytes().await.unwrap()).unwrap();
    let thread = format!("/chat/threads/{}", made["chatThread"]["id"].as_str().unwrap());
    let asked = super::question(&thread, "x", json!({"context": "none"}));
    let mut answer = post("/natter/v1/assistant", token, asked).await.unwrap();
    let mut heard = String::new();
    while !heard.contains("so far") {
        heard.push_str(&String::from_utf8_lossy(&answer.chunk().await.unwrap().expect("the stream ended")));
    }
    drop(answer);
    let_go(&gone).await;
    stop.send(()).unwrap();
    running.await.unwrap();
}

#[tokio::test]
async fn a_new_question_stops_the_one_before_it() {
    let (router, gone) = endless(&[delta!("first")], None);
    let stage = Stage::openai(router).await;
    let mut first = stage.begin("x").await;
    first.text().await;
    stage.server.become_other(saying(200, STREAM, HELLO));
    assert_eq!(stage.ask("y").await.text, "Hello, 世界");
    let told = first.rest().await;
    assert_eq!((told.ending().as_str(), told.text.as_str()), ("stopped", "first"));
    let_go(&gone).await;
}

#[tokio::test]
async fn without_an_address_it_says_so() {
    let app = TestApp::with(|settings| settings.assistant = AssistantKind::Openai).await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    assert_eq!(app.get(&ann, "/natter/v1/assistant").await.ok(200)["ready"], false);
    let told = super::ask(&app, &ann, super::question(&thread, "x", json!({}))).await;
    assert_eq!(told.ending(), "notConfigured");
}

#[tokio::test]
async fn where_nobody_listens_nothing_is_reached() {
    let stage = Stage::openai(Router::new()).await;
    let Stage { app, server, ann, thread } = stage;
    // The port is free again once the server is gone.
    drop(server);
    settle().await;
    let told = super::ask(&app, &ann, super::question(&thread, "x", json!({}))).await;
    assert_eq!(told.ending(), "unreachable");
}
