//! The assistant that is always there, and what holds whoever answers.

use super::{Telling, ask, question, refused};
use crate::harness::{TestApp, participant};
use assistant::Event;
use axum::http::Method;
use natter_service::AssistantKind;
use serde_json::{Value, json};

#[tokio::test]
async fn it_says_who_answers_and_that_nothing_leaves() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let about = app.get(&ann, "/natter/v1/assistant").await.ok(200);
    assert_eq!(
        about,
        json!({"by": "built-in", "name": "Assistant", "model": null, "sentTo": null, "ready": true,
            "questionChars": 4000, "userId": null})
    );
}

#[tokio::test]
async fn a_summary_of_what_the_caller_may_see() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[]).await;
    let first = app.say(&ann, &thread, "The secret budget of the release is 500 euros.").await;
    app.pass_ms(5_000);
    let newcomer = json!({"communicationIdentifier": participant(&bob.id)["communicationIdentifier"],
        "shareHistoryTime": "2025-01-02T03:04:09Z", "displayName": "Bob"});
    app.post(&ann, &format!("{thread}/participants/:add"), json!({"participants": [newcomer]})).await.ok(201);
    app.pass_ms(1_000);
    app.say(&bob, &thread, "When do we release?").await;
    let told = ask(&app, &ann, question(&thread, "Summarise this", json!({}))).await;
    assert_eq!(told.ending(), "end");
    assert!(matches!(&told.events[0], Event::Started { by, .. } if by == "built-in"), "{told:?}");
    assert!(told.text.contains("secret budget") && told.text.contains("**Bob**"), "{}", told.text);
    assert!(told.events.iter().filter(|event| matches!(event, Event::Text { .. })).count() > 3, "in pieces");
    let sources = told.events.iter().find_map(|event| match event {
        Event::Sources(sources) => Some(sources),
        _ => None,
    });
    assert_eq!(sources.unwrap()[0].message_id.as_deref(), Some(first.as_str()));
    let told = ask(&app, &bob, question(&thread, "Summarise this", json!({}))).await;
    assert!(
        !told.text.contains("secret budget") && told.text.contains("When do we release"),
        "{}",
        told.text
    );
}

#[tokio::test]
async fn unread_is_behind_the_receipt_or_where_the_client_says_and_by_others() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    let mut ids = Vec::new();
    for text in ["Apples are red", "Bananas are yellow", "Cherries are dark"] {
        app.pass_ms(1_000);
        ids.push(app.say(&bob, &thread, text).await);
    }
    app.pass_ms(1_000);
    app.say(&ann, &thread, "Dates are mine").await;
    app.post(&ann, &format!("{thread}/readReceipts"), json!({"chatMessageId": ids[0]})).await.ok(200);
    let unread = async |change: Value| ask(&app, &ann, question(&thread, "summary", change)).await.text;
    let text = unread(json!({"context": "unread"})).await;
    assert!(!text.contains("Apples") && text.contains("Bananas") && text.contains("Cherries"), "{text}");
    assert!(!text.contains("Dates"), "{text}");
    let text = unread(json!({"context": "unread", "readUpTo": ids[1]})).await;
    assert!(!text.contains("Bananas") && text.contains("Cherries"), "{text}");
    let text = unread(json!({"context": "none"})).await;
    assert!(text.contains("nothing here that I may read"), "{text}");
}

#[tokio::test]
async fn html_and_deleted_messages_are_read_as_people_see_them() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let html = json!({"content": "<p>The <b>plan</b> is &lt;secret&gt;</p>", "type": "html"});
    app.post(&ann, &format!("{thread}/messages"), html).await.ok(201);
    app.pass_ms(10);
    let gone = app.say(&ann, &thread, "The plan was regretted").await;
    app.delete(&ann, &format!("{thread}/messages/{gone}")).await.ok(204);
    let text = ask(&app, &ann, question(&thread, "who said plan", json!({"context": "recent"}))).await.text;
    assert!(text.contains("The plan is <secret>") && !text.contains("regretted"), "{text}");
}

#[tokio::test]
async fn what_is_not_a_question_is_refused() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    for change in [
        json!({"question": ""}),
        json!({"question": " \n"}),
        json!({"question": "好".repeat(4001)}),
        json!({"context": "everything"}),
        json!({"language": "de"}),
        json!({"requestId": ""}),
        json!({"requestId": "a b"}),
        json!({"requestId": "x".repeat(129)}),
        json!({"requestId": null}),
        json!({"readUpTo": "yesterday"}),
        json!({"utcOffsetMinutes": 841}),
        json!({"post": "yes"}),
    ] {
        refused(&app, &ann, question(&thread, "x", change)).await.refused(400, "BadRequest");
    }
    let elsewhere = question("/chat/threads/19:nothing@thread.v2", "x", json!({}));
    refused(&app, &ann, elsewhere).await.refused(404, "NotFound");
    let longest = question(&thread, "x", json!({"question": "好".repeat(4000), "context": "none"}));
    assert_eq!(ask(&app, &ann, longest).await.ending(), "end");
}

#[tokio::test]
async fn switched_off_there_is_nothing() {
    let app = TestApp::with(|settings| settings.assistant = AssistantKind::Off).await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    app.get(&ann, "/natter/v1/assistant").await.refused(404, "NotFound");
    refused(&app, &ann, question(&thread, "x", json!({}))).await.refused(404, "NotFound");
    app.get(&ann, "/v1/models").await.refused(404, "NotFound");
}

#[tokio::test]
async fn ten_questions_in_ten_seconds_and_thirty_a_minute() {
    let app = TestApp::with(|settings| settings.no_rate_limits = false).await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    let body = || question(&thread, "help", json!({}));
    for _ in 0..10 {
        assert_eq!(ask(&app, &ann, body()).await.ending(), "end");
    }
    let refusal = refused(&app, &ann, body()).await;
    refusal.refused(429, "TooManyRequests");
    assert_eq!(refusal.headers["retry-after"], "10");
    assert_eq!(ask(&app, &bob, body()).await.ending(), "end", "a limit of one is none of another's");
    for _ in 0..2 {
        app.pass_ms(10_000);
        for _ in 0..10 {
            assert_eq!(ask(&app, &ann, body()).await.ending(), "end");
        }
    }
    app.pass_ms(10_000);
    assert_eq!(refused(&app, &ann, body()).await.headers["retry-after"], "30");
}

#[tokio::test]
async fn sessions_go_on_and_are_their_owners() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    let session = ask(&app, &ann, question(&thread, "help", json!({}))).await.session();
    let again = ask(&app, &ann, question(&thread, "help", json!({"session": session}))).await.session();
    assert_eq!(again, session);
    let other = ask(&app, &bob, question(&thread, "help", json!({"session": session}))).await.session();
    assert_ne!(other, session);
}

#[tokio::test]
async fn a_stopping_service_takes_no_more_questions() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    app.state.stop_assistant().await;
    refused(&app, &ann, question(&thread, "help", json!({}))).await.refused(503, "ServiceUnavailable");
}

#[tokio::test]
async fn only_what_is_asked_for_by_its_method_is_there() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    app.send(&ann, Method::DELETE, "/natter/v1/assistant", None).await.refused(405, "MethodNotAllowed");
    let thread = app.thread(&ann, &[]).await;
    let mut telling = Telling::begin(&app, &ann, question(&thread, "help", json!({}))).await;
    assert!(telling.text().await.starts_with("*Built-in"));
}
