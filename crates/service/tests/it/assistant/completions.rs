//! The built-in assistant as an OpenAI-compatible server; the service itself can be its client.

use super::servers::{Server, with_openai};
use super::{ask, question};
use crate::harness::TestApp;
use natter_service::secret::Secret;
use serde_json::{Value, json};

fn body(change: Value) -> Value {
    let mut body = json!({"model": "natter-built-in", "messages": [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "The budget is 500 euros."},
        {"role": "user", "content": [{"type": "text", "text": "Who said budget?"}]},
    ]});
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn one_model_that_answers_in_one_piece_and_in_many() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let models = app.get(&ann, "/v1/models").await.ok(200);
    assert_eq!((&models["object"], &models["data"][0]["id"]), (&json!("list"), &json!("natter-built-in")));
    let whole = app.post(&ann, "/v1/chat/completions", body(json!({}))).await.ok(200);
    assert_eq!(
        (&whole["object"], &whole["choices"][0]["finish_reason"]),
        (&json!("chat.completion"), &json!("stop"))
    );
    let text = whole["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(text.contains("**user**") && text.contains("The budget is 500 euros."), "{text}");
    assert!(whole["usage"]["total_tokens"].as_u64().unwrap() > 10);

    let change = json!({"stream": true, "stream_options": {"include_usage": true}});
    let reply = app.post(&ann, "/v1/chat/completions", body(change)).await;
    assert_eq!(reply.headers["content-type"], "text/event-stream");
    let stream = String::from_utf8(reply.bytes).unwrap();
    let frames: Vec<&str> = stream.split("\n\n").filter_map(|frame| frame.strip_prefix("data: ")).collect();
    assert_eq!(frames.last(), Some(&"[DONE]"));
    let chunks: Vec<Value> =
        frames[..frames.len() - 1].iter().map(|f| serde_json::from_str(f).unwrap()).collect();
    let said: String = chunks.iter().filter_map(|c| c["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(said, text);
    assert!(chunks.len() > 5 && chunks.last().unwrap()["usage"]["total_tokens"].is_u64());
}

#[tokio::test]
async fn what_is_no_question_or_no_model_is_refused() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let path = "/v1/chat/completions";
    app.post(&ann, path, body(json!({"model": "gpt"}))).await.refused(404, "NotFound");
    for messages in [
        json!([]),
        json!([{"role": "system", "content": "x"}]),
        json!([{"role": "user", "content": null}]),
        json!("x"),
    ] {
        app.post(&ann, path, body(json!({"messages": messages}))).await.refused(400, "BadRequest");
    }
    let nobody = crate::harness::User { id: String::new(), token: "sk-x".to_owned() };
    app.post(&nobody, path, body(json!({}))).await.refused(401, "Unauthorized");
}

#[tokio::test]
async fn the_service_is_a_client_of_itself() {
    let there = TestApp::new().await;
    let key = there.user().await.token;
    let server = Server::start(there.router.clone()).await;
    let here = TestApp::with(|settings| {
        with_openai(settings, &server.url);
        settings.assistant_servers.openai.api_key = Some(Secret::new(key));
        settings.assistant_servers.openai.model = Some("natter-built-in".to_owned());
    })
    .await;
    let ann = here.user().await;
    let thread = here.thread(&ann, &[]).await;
    let told = ask(&here, &ann, question(&thread, "help", json!({"context": "none"}))).await;
    assert_eq!(told.ending(), "end");
    assert!(told.text.starts_with("*Built-in assistant"), "{}", told.text);
}
