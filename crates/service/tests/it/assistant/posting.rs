//! Answers that are written to a thread: once, by the assistant, whatever happens to who asked.

use super::servers::{Stage, endless, saying};
use super::{PATIENCE, Telling, ask, question};
use crate::delta;
use crate::harness::{TestApp, field, identifier};
use axum::Router;
use serde_json::{Value, json};

const STREAM: &str = "text/event-stream";

fn post() -> Value {
    json!({"context": "none", "post": true})
}

/// The messages of assistants, oldest first.
async fn posted(app: &TestApp, user: &crate::harness::User, thread: &str) -> Vec<Value> {
    let mut messages = app.messages(user, thread).await;
    messages.reverse();
    messages.retain(|message| message["metadata"]["natterAssistant"].is_string());
    messages
}

#[tokio::test]
async fn an_answer_is_committed_once_under_a_name_of_its_own() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    let told = ask(&app, &ann, question(&thread, "help", post())).await;
    assert_eq!(told.ending(), "end");
    let messages = posted(&app, &bob, &thread).await;
    assert_eq!(messages.len(), 1);
    let message = &messages[0];
    assert_eq!(message["id"].as_str(), told.message_id().as_deref());
    assert_eq!(message["content"]["message"], told.text.as_str());
    assert_eq!(message["senderDisplayName"], "Assistant");
    assert_eq!(
        message["metadata"],
        json!({"natterAssistant": "built-in", "natterAssistantState": "end",
            "natterAssistantAsker": ann.id, "natterAssistantRequest": "request-help"})
    );
    let sender = message["senderCommunicationIdentifier"]["rawId"].as_str().unwrap();
    assert_eq!(app.get(&ann, "/natter/v1/assistant").await.ok(200)["userId"], sender);
    assert!(sender != ann.id && sender != bob.id);
    // A participant, added by who asked; two writes in all.
    let all = app.messages(&bob, &thread).await;
    let kinds = field(&all, "type");
    assert_eq!(kinds.iter().filter(|kind| *kind == "participantAdded").count(), 2, "{kinds:?}");
    let people = app.walk(&bob, &format!("{thread}/participants")).await.concat();
    assert!(
        people.iter().any(|person| person["communicationIdentifier"]["rawId"] == sender
            && person["displayName"] == "Assistant")
    );

    // The same request once more: nothing new. Another one: one write.
    let again = ask(&app, &ann, question(&thread, "help", post())).await;
    assert_eq!(again.message_id(), told.message_id());
    assert_eq!(app.messages(&bob, &thread).await.len(), all.len());
    let other = ask(&app, &bob, question(&thread, "help", post())).await;
    assert_ne!(other.message_id(), told.message_id(), "the same id of somebody else is another request");
    assert_eq!(app.messages(&bob, &thread).await.len(), all.len() + 1);
}

#[tokio::test]
async fn the_assistant_is_the_same_after_a_restart() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    ask(&app, &ann, question(&thread, "help", post())).await;
    let app = app.reopen_after_ms(1_000).await;
    ask(&app, &ann, question(&thread, "who said x", post())).await;
    let messages = posted(&app, &ann, &thread).await;
    let senders: Vec<_> =
        messages.iter().map(|m| m["senderCommunicationIdentifier"]["rawId"].clone()).collect();
    assert_eq!((senders.len(), &senders[0]), (2, &senders[1]));
    assert_eq!(app.walk(&ann, &format!("{thread}/participants")).await.concat().len(), 2);
}

#[tokio::test]
async fn a_private_answer_is_private() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    let before = app.messages(&bob, &thread).await.len();
    let told = ask(&app, &ann, question(&thread, "help", json!({}))).await;
    assert_eq!(told.message_id(), None);
    assert_eq!(app.messages(&bob, &thread).await.len(), before);
}

#[tokio::test]
async fn who_stops_leaves_what_was_said_and_it_is_marked() {
    let (router, gone) = endless(&[delta!("so "), delta!("far")], None);
    let stage = Stage::openai(router).await;
    let mut events = stage.app.listen(&stage.ann).await;
    events.hello(false).await;
    let mut telling = stage.begin_with("x", post()).await;
    while telling.text().await != "so far" {
        telling.next().await.unwrap();
    }
    drop(telling);
    tokio::time::timeout(PATIENCE, gone.notified()).await.expect("the other server still speaks");
    // Told by the service itself, not by the clock.
    loop {
        let messages = posted(&stage.app, &stage.ann, &stage.thread).await;
        if let [message] = &messages[..] {
            assert_eq!(message["content"]["message"], "so far");
            assert_eq!(message["metadata"]["natterAssistantState"], "stopped");
            break;
        }
        events.next().await;
    }
    // A retry under the same id commits nothing more.
    stage.server.become_other(saying(200, STREAM, concat!(delta!("all of it"), "data: [DONE]\n\n")));
    let told = stage.ask_with("x", post()).await;
    assert_eq!((told.ending().as_str(), told.text.as_str()), ("end", "all of it"));
    assert_eq!(posted(&stage.app, &stage.ann, &stage.thread).await.len(), 1);
}

#[tokio::test]
async fn what_failed_or_says_nothing_is_not_committed() {
    let stage = Stage::openai(saying(200, STREAM, delta!("so far"))).await;
    assert_eq!(stage.ask_with("x", post()).await.ending(), "brokenOff");
    stage.server.become_other(saying(200, STREAM, "data: [DONE]\n\n"));
    let told = stage.ask_with("y", post()).await;
    assert_eq!((told.ending().as_str(), told.message_id()), ("end", None));
    assert!(posted(&stage.app, &stage.ann, &stage.thread).await.is_empty());
    assert_eq!(stage.app.walk(&stage.ann, &format!("{}/participants", stage.thread)).await.concat().len(), 1);
}

#[tokio::test]
async fn who_was_taken_out_meanwhile_commits_nothing() {
    let (router, _gone) = endless(&[delta!("so far")], None);
    let stage = Stage::openai(router).await;
    let bob = stage.app.user().await;
    let thread = stage.app.thread(&stage.ann, &[&bob]).await;
    let mut telling = Telling::begin(&stage.app, &bob, question(&thread, "x", post())).await;
    telling.text().await;
    stage.app.post(&stage.ann, &format!("{thread}/participants/:remove"), identifier(&bob.id)).await.ok(204);
    // Stopped by the end of the service.
    let state = stage.app.state.clone();
    let (told, ()) = tokio::join!(telling.rest(), state.stop_assistant());
    assert_eq!(told.ending(), "notPosted");
    assert!(posted(&stage.app, &stage.ann, &thread).await.is_empty());
}

#[tokio::test]
async fn the_end_of_the_service_leaves_what_was_said() {
    let (router, _gone) = endless(&[delta!("so far")], None);
    let stage = Stage::openai(router).await;
    let mut telling = stage.begin_with("x", post()).await;
    telling.text().await;
    stage.app.state.stop_assistant().await;
    assert_eq!(
        posted(&stage.app, &stage.ann, &stage.thread).await.len(),
        1,
        "it is there when the stop returns"
    );
    assert_eq!(telling.rest().await.ending(), "stopped");
}

#[tokio::test]
async fn a_long_answer_is_cut_to_a_message_and_zeros_cannot_break_it() {
    let long: String = (0..20)
        .map(|_| {
            format!(
                "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n",
                "好".repeat(1000)
            )
        })
        .collect();
    let stage = Stage::openai(Router::new()).await;
    stage.server.become_other(saying(200, STREAM, format!("{}{long}data: [DONE]\n\n", delta!("a\\u0000b"))));
    let told = stage.ask_with("x", post()).await;
    assert_eq!((told.ending().as_str(), told.text.chars().count()), ("end", 20_003));
    let messages = posted(&stage.app, &stage.ann, &stage.thread).await;
    let text = messages[0]["content"]["message"].as_str().unwrap();
    assert!(
        text.starts_with("a\u{fffd}b好") && text.ends_with('…') && text.len() <= 28 * 1024,
        "{}",
        text.len()
    );
    assert_eq!(messages[0]["metadata"]["natterAssistantState"], "cut");
}

#[tokio::test]
async fn choices_are_committed_where_there_is_no_text() {
    let stage = Stage::beebot(|_| {}).await;
    stage.ask_with("clarify", post()).await;
    let messages = posted(&stage.app, &stage.ann, &stage.thread).await;
    assert_eq!(messages[0]["content"]["message"], "你想了解哪个套餐？\n- 标准套餐\n- 企业套餐");
}
