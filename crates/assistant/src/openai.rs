//! Chat completions as OpenAI-compatible servers stream them: Ollama, vLLM, llama.cpp (reference 9).

use crate::decoder::Frame;
use crate::event::{Event, NoteKind, Reason};
use crate::failure::Failure;
use crate::reading::{Dialect, Story};
use serde_json::{Value, json};

/// The name of this kind of server in events and messages.
pub const BY: &str = "openai";

/// Longer than any name of a tool.
const NAME_CHARS: usize = 100;

/// Reads the frames of one answer.
#[derive(Debug, Default)]
pub struct ChatCompletions {
    /// How the answer ended, when it has.
    reason: Option<Reason>,
    told_of_tools: bool,
}

/// Somebody who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What the model is to know before.
    System,
    /// Whoever asks.
    User,
    /// The model.
    Assistant,
}

/// The body of a request that asks for a stream.
#[must_use]
pub fn request<'a>(model: &str, messages: impl IntoIterator<Item = (Role, &'a str)>) -> Value {
    let role = |role| match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    let messages: Vec<Value> =
        messages.into_iter().map(|(who, content)| json!({"role": role(who), "content": content})).collect();
    json!({"model": model, "messages": messages, "stream": true, "stream_options": {"include_usage": true}})
}

/// What a refusal before the stream means.
#[must_use]
pub fn refusal(status: u16, body: &[u8]) -> Failure {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = error(&body).unwrap_or(&Value::Null);
    if is_too_long(error) {
        return Failure::TooLong;
    }
    Failure::of_status(status)
}

impl Dialect for ChatCompletions {
    fn frame(&mut self, frame: &Frame, story: &mut Story) {
        if frame.data.trim() == "[DONE]" {
            story.start("", BY);
            return story.done(self.reason.unwrap_or(Reason::End));
        }
        let Ok(value) = serde_json::from_str::<Value>(&frame.data) else {
            return story.fail(Failure::BrokenReply);
        };
        if frame.name == "error" {
            return story.fail(in_stream(error(&value).unwrap_or(&value)));
        }
        if let Some(error) = error(&value) {
            return story.fail(in_stream(error));
        }
        if !value.is_object() {
            return story.fail(Failure::BrokenReply);
        }
        story.start("", BY);
        // The last chunk has no choices but the figures.
        let choices = value["choices"].as_array().map(Vec::as_slice).unwrap_or_default();
        for choice in choices.iter().filter(|choice| choice["index"].as_i64().unwrap_or(0) == 0) {
            self.choice(choice, story);
        }
    }

    fn is_whole(&self) -> Option<Reason> {
        self.reason
    }
}

impl ChatCompletions {
    fn choice(&mut self, choice: &Value, story: &mut Story) {
        let delta = &choice["delta"];
        for name in ["reasoning", "reasoning_content"] {
            if let Some(thought) = delta[name].as_str() {
                story.think(thought);
                // Some send both, with the same words.
                break;
            }
        }
        for name in ["content", "refusal"] {
            if let Some(text) = delta[name].as_str() {
                story.append(text);
            }
        }
        let tool = delta["tool_calls"].as_array().and_then(|calls| calls.first());
        if let Some(tool) = tool
            && !std::mem::replace(&mut self.told_of_tools, true)
        {
            let name = tool["function"]["name"].as_str().unwrap_or_default();
            let text = name.chars().take(NAME_CHARS).collect();
            story.tell(Event::Note { kind: NoteKind::ToolCall, text });
        }
        if let Some(reason) = choice["finish_reason"].as_str() {
            self.reason = Some(match reason {
                "length" => Reason::Length,
                "content_filter" => Reason::Filtered,
                _ => Reason::End,
            });
        }
    }
}

/// The error that a body tells of: under its name, or as older vLLM has it, all over the body.
fn error(body: &Value) -> Option<&Value> {
    match &body["error"] {
        Value::Null => (body["object"] == "error").then_some(body),
        error => Some(error),
    }
}

fn in_stream(error: &Value) -> Failure {
    if is_too_long(error) {
        return Failure::TooLong;
    }
    match error["code"].as_u64() {
        Some(code) => Failure::of_status(u16::try_from(code).unwrap_or(500)),
        None => Failure::ServerError,
    }
}

fn is_too_long(error: &Value) -> bool {
    ["type", "code"].iter().any(|name| {
        error[name]
            .as_str()
            .is_some_and(|what| matches!(what, "exceed_context_size_error" | "context_length_exceeded"))
    })
}
