//! Tongyi Beebot's stream (API version 2022-04-08): each frame carries the whole answer so far (reference 5).

use crate::decoder::Frame;
use crate::event::{Event, NoteKind, Reason, Source, is_web};
use crate::failure::Failure;
use crate::reading::{Dialect, Story};
use serde_json::{Value, json};

/// The name of this kind of server in events and messages.
pub const BY: &str = "beebot";

/// The version that every request names.
pub const VERSION: &str = "2022-04-08";

/// What the stream is asked for.
pub const ACTION: &str = "TongyiBeebotChat";

/// Longer than a reason or a name needs to be.
const NOTE_CHARS: usize = 200;

/// More than anybody would choose from.
const MOST_ITEMS: usize = 20;

/// Reads the frames of one answer.
#[derive(Debug, Default)]
pub struct Conversation {
    session: Option<String>,
    sources: Vec<Source>,
    choices: Option<(String, Vec<String>)>,
    handed_over: bool,
    told_of_unknown: bool,
}

/// The body of a question (reference 4). `message_id` is new for each.
#[must_use]
pub fn request(message_id: &str, instance_id: &str, utterance: &str, session: Option<&str>) -> Value {
    let mut inner = json!({"InstanceId": instance_id, "Utterance": utterance});
    if let Some(session) = session {
        inner["SessionId"] = session.into();
    }
    json!({
        "messageId": message_id,
        "action": ACTION,
        "version": VERSION,
        "data": [{"type": "JSON_TEXT", "value": inner.to_string()}],
    })
}

/// What a refused call means (reference 2.4), by its status and its body.
#[must_use]
pub fn refusal(status: u16, body: &[u8]) -> Failure {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    match body["Code"].as_str() {
        Some(code) => of_code(code),
        None => Failure::of_status(status),
    }
}

fn of_code(code: &str) -> Failure {
    let has = |words: &[&str]| words.iter().any(|word| code.contains(word));
    if has(&["Throttling", "Concurren"]) {
        Failure::Busy
    } else if has(&["Signature", "AccessKey", "Forbidden", "TimeStamp", "Token", "Freezing"]) {
        Failure::KeyRefused
    } else if has(&["Missing", "Invalid"]) {
        Failure::Refused
    } else {
        Failure::ServerError
    }
}

impl Dialect for Conversation {
    fn frame(&mut self, frame: &Frame, story: &mut Story) {
        let Ok(outer) = serde_json::from_str::<Value>(&frame.data) else {
            return story.fail(Failure::BrokenReply);
        };
        if outer["success"] == false {
            return story.fail(of_code(outer["code"].as_str().unwrap_or_default()));
        }
        // JSON in JSON.
        let inner = outer["data"][0]["value"].as_str().and_then(|text| serde_json::from_str(text).ok());
        let Some(inner @ Value::Object(_)) = inner else {
            return story.fail(Failure::BrokenReply);
        };
        if let Some(session) = get(&inner, "SessionId").as_str() {
            self.session = Some(session.to_owned());
        }
        story.start(self.session.as_deref().unwrap_or_default(), BY);
        self.body(&inner, story);
        if get(&inner, "StreamEnd") == true {
            story.done(Reason::End);
        }
    }

    fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }
}

impl Conversation {
    /// The first frame has none.
    fn body(&mut self, inner: &Value, story: &mut Story) {
        let body = get(inner, "MessageBody");
        let direct = get(body, "DirectMessageBody");
        match get(body, "Type").as_str() {
            Some("Direct") => {
                let sentences = list(get(direct, "SentenceList"));
                let text: String = sentences.filter_map(|item| get(item, "Content").as_str()).collect();
                story.replace(&text);
                self.choose("", get(direct, "RelatedQuestionList"), story);
            }
            Some("Clarify") => {
                let clarify = get(body, "ClarifyMessageBody");
                let titles = ["ClarifyContent", "Title"].map(|name| get(clarify, name).as_str());
                let title = titles.into_iter().flatten().find(|title| !title.is_empty()).unwrap_or_default();
                self.choose(title, get(clarify, "ClarifyList"), story);
            }
            Some("Commands") | None => {}
            Some(other) => {
                if !std::mem::replace(&mut self.told_of_unknown, true) {
                    story.tell(Event::Note { kind: NoteKind::Unknown, text: clip(other) });
                }
            }
        }
        for place in [inner, body, direct] {
            for name in ["AnswerReferenceInfo", "AnswerReference"] {
                self.refer(get(place, name), story);
            }
            self.command(get(place, "Commands"), story);
        }
    }

    fn choose(&mut self, title: &str, items: &Value, story: &mut Story) {
        let items: Vec<String> = list(items).filter_map(label).take(MOST_ITEMS).collect();
        if items.is_empty() {
            return;
        }
        let choices = (title.to_owned(), items);
        if self.choices.as_ref() != Some(&choices) {
            let (title, items) = choices.clone();
            self.choices = Some(choices);
            story.tell(Event::Choices { title, items });
        }
    }

    fn refer(&mut self, reference: &Value, story: &mut Story) {
        let sources: Vec<Source> =
            list(get(reference, "ItemList")).enumerate().map(|(index, item)| source(index, item)).collect();
        if !sources.is_empty() && self.sources != sources {
            self.sources.clone_from(&sources);
            story.tell(Event::Sources(sources));
        }
    }

    /// `sysToAgent`, a string of JSON once more, hands over to a person.
    fn command(&mut self, commands: &Value, story: &mut Story) {
        let command = get(commands, "sysToAgent");
        if command.is_null() || std::mem::replace(&mut self.handed_over, true) {
            return;
        }
        let parsed = command.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
        let reason = get(parsed.as_ref().unwrap_or(command), "toAgentReason").as_str().unwrap_or_default();
        story.tell(Event::Note { kind: NoteKind::HandOver, text: clip(reason) });
    }
}

/// A field, whatever the case of its name: the debug call spells some in lower case.
fn get<'a>(value: &'a Value, name: &str) -> &'a Value {
    let found = value.as_object().and_then(|object| {
        object.get(name).or_else(|| Some(object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?.1))
    });
    found.unwrap_or(&Value::Null)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// What an item of a list says, in any of the forms that are seen.
fn label(item: &Value) -> Option<String> {
    let names = ["Title", "Content", "Question", "Text", "Name", "Utterance"];
    let text = item.as_str().or_else(|| names.iter().find_map(|name| get(item, name).as_str()))?;
    (!text.trim().is_empty()).then(|| clip(text))
}

fn source(index: usize, item: &Value) -> Source {
    let number = match get(item, "Number") {
        Value::String(number) => clip(number),
        Value::Number(number) => number.to_string(),
        _ => (index + 1).to_string(),
    };
    let places = [item, get(item, "ReferenceExt")];
    let url =
        places.iter().find_map(|place| ["Url", "Link"].iter().find_map(|name| get(place, name).as_str()));
    let url = url.filter(|url| is_web(url)).map(str::to_owned);
    let title = get(item, "Title").as_str().unwrap_or_default();
    Source { number, title: clip(title), url, message_id: None }
}

fn clip(text: &str) -> String {
    text.chars().take(NOTE_CHARS).collect()
}
