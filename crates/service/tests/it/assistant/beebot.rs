//! Beebot behind the assistant: the stand-in, as the service's own client sees it.

use super::servers::{Stage, saying, stand_in, with_beebot};
use super::settle;
use crate::harness::TestApp;
use assistant::{Event, NoteKind};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use natter_service::AssistantServers;
use natter_service::settings::BeebotSignature;
use serde_json::{Value, json};
use tower::ServiceExt as _;

const TOKENS: &str = "/";

impl Stage {
    /// How often a token was asked for, and how often a stream.
    fn asked(&self) -> (usize, usize) {
        let seen = self.server.seen();
        let tokens = seen.iter().filter(|seen| seen.path == TOKENS).count();
        (tokens, seen.len() - tokens)
    }
}

/// The stand-in's tokens, and this instead of its streams.
fn tokens_and(stage: &Stage, streams: Router) -> Router {
    let tokens = stand_in(stage.app.clock.clone());
    Router::new().fallback(async move |request: Request<Body>| {
        let router = if request.uri().path() == TOKENS { tokens } else { streams };
        router.oneshot(request).await.unwrap()
    })
}

#[tokio::test]
async fn both_signatures_are_taken_and_the_answer_is_the_samples() {
    for signature in [BeebotSignature::Acs3, BeebotSignature::Rpc] {
        let stage = Stage::beebot(|settings| settings.assistant_servers.beebot.signature = signature).await;
        let told = stage.ask("你有什么技能?").await;
        assert_eq!(told.ending(), "end", "{signature:?}");
        assert!(told.text.starts_with("我是个大模型,能够回答问题"), "{}", told.text);
        assert!(matches!(&told.events[0], Event::Started { by, .. } if by == "beebot"));
        assert!(told.events.iter().filter(|event| matches!(event, Event::Text { .. })).count() > 1);
        let about = stage.app.get(&stage.ann, "/natter/v1/assistant").await.ok(200);
        assert_eq!((&about["by"], &about["questionChars"]), (&json!("beebot"), &json!(512)));
        assert_eq!(about["sentTo"], stage.server.url.strip_prefix("http://").unwrap());
    }
}

#[tokio::test]
async fn a_token_is_kept_and_renewed_in_time() {
    let stage = Stage::beebot(|_| {}).await;
    for _ in 0..2 {
        assert_eq!(stage.ask("hello").await.ending(), "end");
    }
    assert_eq!(stage.asked(), (1, 2));
    stage.app.pass_ms(7_000_000);
    assert_eq!(stage.ask("hello").await.ending(), "end");
    assert_eq!(stage.asked(), (2, 3));
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_at_once_and_once_only() {
    let stage = Stage::beebot(|_| {}).await;
    assert_eq!(stage.ask("hello").await.ending(), "end");
    // One that knows nothing of the token.
    stage.server.become_other(stand_in(stage.app.clock.clone()));
    assert_eq!(stage.ask("hello").await.ending(), "end");
    assert_eq!(stage.asked(), (2, 3));
    stage.server.become_other(tokens_and(&stage, saying(403, "text/html", "<html>no</html>")));
    assert_eq!(stage.ask("hello").await.ending(), "keyRefused");
    assert_eq!(stage.asked(), (3, 5), "one try more, and no third");
}

#[tokio::test]
async fn a_session_goes_on_and_its_id_stays_here() {
    let stage = Stage::beebot(|_| {}).await;
    let first = stage.ask("which session").await;
    assert_eq!(first.text, "This is a new session.");
    let change = json!({"context": "none", "session": first.session()});
    assert_eq!(
        stage.ask_with("which session", change.clone()).await.text,
        "This follows an earlier question."
    );
    // A new token is no reason to begin anew.
    stage.app.pass_ms(1_000_000);
    stage.server.become_other(stand_in(stage.app.clock.clone()));
    assert_eq!(stage.ask_with("which session", change).await.text, "This follows an earlier question.");
    let seen = stage.server.seen();
    let inner = seen.last().unwrap().body["data"][0]["value"].as_str().unwrap().to_owned();
    let inner: Value = serde_json::from_str(&inner).unwrap();
    assert_ne!(inner["SessionId"], first.session(), "the browser does not have the server's own");
    let ids: Vec<_> = seen.iter().filter_map(|seen| seen.body["messageId"].as_str()).collect();
    assert!(
        ids.len() >= 3 && ids.iter().all(|id| ids.iter().filter(|other| *other == id).count() == 1),
        "{ids:?}"
    );
}

#[tokio::test]
async fn the_context_goes_along_within_512_characters() {
    let stage = Stage::beebot(|_| {}).await;
    for number in 0..20 {
        stage.app.pass_ms(10);
        stage.app.say(&stage.ann, &stage.thread, &format!("{number} {}", "好".repeat(60))).await;
    }
    stage.ask_with("Why?", json!({"context": "thread"})).await;
    let seen = stage.server.seen();
    let inner: Value =
        serde_json::from_str(seen.last().unwrap().body["data"][0]["value"].as_str().unwrap()).unwrap();
    let utterance = inner["Utterance"].as_str().unwrap();
    assert!(
        utterance.starts_with("Why?\n") && utterance.contains(": 19 好") && !utterance.contains(": 1 好")
    );
    assert!((400..=512).contains(&utterance.chars().count()), "{utterance}");
}

#[tokio::test]
async fn everything_that_the_stand_in_says_is_told() {
    let stage = Stage::beebot(|_| {}).await;
    for (question, ending, text) in [
        ("an error please", "busy", "这是出错之前的话。"),
        ("break off", "brokenOff", "这句话没有说完，因为"),
        ("broken json", "brokenReply", "so far"),
        ("rewrite", "end", "今天不下雨。"),
    ] {
        let told = stage.ask(question).await;
        assert_eq!((told.ending().as_str(), told.text.as_str()), (ending, text), "{question}");
    }
    let told = stage.ask("script").await;
    assert!(told.text.contains("<script>alert(1)</script>"), "the text is handed on as it is: {}", told.text);
    let told = stage.ask("a long one").await;
    assert!(told.text.chars().count() > 1_000 && told.text.contains("```rust"));
    let told = stage.ask("clarify").await;
    let choices = Event::Choices {
        title: "你想了解哪个套餐？".to_owned(),
        items: vec!["标准套餐".to_owned(), "企业套餐".to_owned()],
    };
    assert!(told.events.contains(&choices), "{told:?}");
    let told = stage.ask("a human please").await;
    assert!(told.events.contains(&Event::Note { kind: NoteKind::HandOver, text: "HitKeywords".to_owned() }));
    let told = stage.ask("sources").await;
    let sources = told.events.iter().find_map(|event| match event {
        Event::Sources(sources) => sources[0].url.clone(),
        _ => None,
    });
    assert_eq!(sources.as_deref(), Some("https://handbook.example/1"));
}

#[tokio::test]
async fn silence_and_slowness() {
    let stage = Stage::beebot(|_| {}).await;
    let mut telling = stage.begin("silent").await;
    assert_eq!(telling.text().await, "so far");
    settle().await;
    stage.app.pass_ms(60_000);
    assert_eq!(telling.rest().await.ending(), "silent");
    let telling = stage.begin("slow").await;
    let rest = telling.rest();
    tokio::pin!(rest);
    let told = loop {
        // Each step in its time: half a second before each piece.
        match futures_util::poll!(&mut rest) {
            std::task::Poll::Ready(told) => break told,
            std::task::Poll::Pending => stage.app.pass_ms(10),
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(told.ending(), "end");
    assert!(told.text.ends_with("until all of it has been said."), "{}", told.text);
}

#[tokio::test]
async fn a_wrong_key_and_a_missing_one_are_told_apart() {
    let wrong = |settings: &mut natter_service::Settings| {
        settings.assistant_servers.beebot.access_key_secret =
            Some(natter_service::secret::Secret::new("wrong"));
    };
    let stage = Stage::beebot(wrong).await;
    assert_eq!(stage.ask("x").await.ending(), "keyRefused");
    assert_eq!(stage.asked(), (1, 0));
    let app = TestApp::with(|settings| {
        with_beebot(settings, "http://127.0.0.1:1");
        settings.assistant_servers = AssistantServers::default();
    })
    .await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    assert_eq!(app.get(&ann, "/natter/v1/assistant").await.ok(200)["ready"], false);
    assert_eq!(
        super::ask(&app, &ann, super::question(&thread, "x", json!({}))).await.ending(),
        "notConfigured"
    );
}

#[tokio::test]
async fn a_page_instead_of_a_token_and_instead_of_a_stream() {
    let stage = Stage::beebot(|_| {}).await;
    stage.server.become_other(saying(200, "text/html", "<html>Welcome</html>"));
    assert_eq!(stage.ask("x").await.ending(), "brokenReply");
    stage.server.become_other(tokens_and(&stage, saying(200, "text/html", "<html>Welcome</html>")));
    assert_eq!(stage.ask("x").await.ending(), "notAStream");
}
