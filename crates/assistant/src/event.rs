//! What happens while an assistant answers: the one set of events that the app knows, whoever answers.
//!
//! On the wire each is one line of JSON under `data:`, told apart by `kind` (`docs/assistant.md`).

use acs_chat::fields::{Fields, FromFields, InvalidField};

/// Something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The answer begins. Comes first, and once.
    Started {
        /// What to give with the next question, so that it follows this one.
        session: String,
        /// Who answers: `built-in`, `beebot` or `openai`.
        by: String,
    },
    /// The text changes: see [`crate::Answer::change`].
    Text {
        /// So many bytes of the text so far stay, always whole characters.
        keep: usize,
        /// What follows them.
        text: String,
    },
    /// Something beside the text.
    Note {
        /// What kind of thing.
        kind: NoteKind,
        /// Its words; for reasoning, what is new of them.
        text: String,
    },
    /// What the answer rests on.
    Sources(Vec<Source>),
    /// The assistant asks back, or proposes what to ask next. Who chooses asks what the choice says.
    Choices {
        /// What it wants to know; may be empty.
        title: String,
        /// What there is to choose from.
        items: Vec<String>,
    },
    /// The answer is over. Nothing follows.
    Done {
        /// Why.
        reason: Reason,
        /// The message that it was committed as, when it was to be and there was something to commit.
        message_id: Option<String>,
    },
    /// There is no answer, or no more of it. Nothing follows; the text so far is still good.
    Failed {
        /// What it is, for programs: `docs/assistant.md` has the list.
        code: String,
        /// What it is, in English, without anything that another server said.
        words: String,
        /// Whether asking again may help.
        retry: bool,
    },
}

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// What the model thought before it answered. Never a part of the answer.
    Reasoning,
    /// The assistant wants a person to go on.
    HandOver,
    /// The model wanted to use a tool. There are none, so it was ignored.
    ToolCall,
    /// Something was said in a form that is not known here, or by a later service.
    Unknown,
}

/// Why an answer is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is whole.
    End,
    /// The model may not say more.
    Length,
    /// The model held something back.
    Filtered,
    /// Whoever asked stopped it, or left.
    Stopped,
    /// It grew over what this service carries; the rest was not read.
    Cut,
}

/// Something that an answer rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// How the answer refers to it.
    pub number: String,
    /// What it is called.
    pub title: String,
    /// Where it is, if it is on the web. Only http and https.
    pub url: Option<String>,
    /// Which message of the thread it is, if it is one.
    pub message_id: Option<String>,
}

impl NoteKind {
    /// Its name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reasoning => "reasoning",
            Self::HandOver => "hand-over",
            Self::ToolCall => "tool-call",
            Self::Unknown => "unknown",
        }
    }

    fn of(name: &str) -> Self {
        let known = [Self::Reasoning, Self::HandOver, Self::ToolCall];
        known.into_iter().find(|kind| kind.name() == name).unwrap_or(Self::Unknown)
    }
}

impl Reason {
    /// Its name on the wire, and in the metadata of the message.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::Length => "length",
            Self::Filtered => "filtered",
            Self::Stopped => "stopped",
            Self::Cut => "cut",
        }
    }

    /// The reason of this name; one that a later service adds is an end as well.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let known = [Self::Length, Self::Filtered, Self::Stopped, Self::Cut];
        known.into_iter().find(|reason| reason.name() == name).unwrap_or(Self::End)
    }
}

impl Event {
    /// Reads the data of a frame. None for what is no event, or one that a later service adds: it is to be ignored.
    #[must_use]
    pub fn read(data: &str) -> Option<Self> {
        let mut fields = Fields::parse(data.as_bytes());
        let event = read(&mut fields);
        fields.finish(event).ok().flatten()
    }
}

fn read(fields: &mut Fields) -> Option<Event> {
    Some(match fields.text("kind").as_str() {
        "started" => Event::Started { session: fields.text("session"), by: fields.text("by") },
        "text" => {
            let keep = usize::try_from(fields.number("keep")).ok()?;
            Event::Text { keep, text: fields.text("text") }
        }
        "note" => Event::Note { kind: NoteKind::of(&fields.text("note")), text: fields.text("text") },
        "sources" => Event::Sources(fields.list("sources")),
        "choices" => {
            let items: Vec<Choice> = fields.list("items");
            let items = items.into_iter().map(|choice| choice.0).collect();
            Event::Choices { title: fields.text("title"), items }
        }
        "done" => Event::Done {
            reason: Reason::of(&fields.text("reason")),
            message_id: fields.optional_text("messageId"),
        },
        "failed" => Event::Failed {
            code: fields.text("code"),
            words: fields.text("words"),
            retry: fields.optional_flag("retry").unwrap_or(false),
        },
        _ => return None,
    })
}

struct Choice(String);

impl FromFields for Choice {
    fn from_fields(fields: &mut Fields) -> Self {
        Self(fields.text("text"))
    }
}

impl FromFields for Source {
    fn from_fields(fields: &mut Fields) -> Self {
        let url = fields.optional_text("url");
        if url.as_deref().is_some_and(|url| !is_web(url)) {
            fields.note(InvalidField::Wrong("url"));
        }
        Self {
            number: fields.text("number"),
            title: fields.text("title"),
            url,
            message_id: fields.optional_text("messageId"),
        }
    }
}

/// Whether an address may be shown as a link: another server wrote it, and `javascript:` is an address too.
#[must_use]
pub(crate) fn is_web(url: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            && !url.contains(|c: char| c.is_control() || c.is_whitespace())
    })
}

#[cfg(feature = "service")]
mod writing {
    use super::{Event, Source};
    use serde_json::{Map, Value, json};

    impl Event {
        /// The data of a frame: one line of JSON.
        #[must_use]
        pub fn write(&self) -> String {
            let value = match self {
                Self::Started { session, by } => json!({"kind": "started", "session": session, "by": by}),
                Self::Text { keep, text } => json!({"kind": "text", "keep": keep, "text": text}),
                Self::Note { kind, text } => json!({"kind": "note", "note": kind.name(), "text": text}),
                Self::Sources(sources) => {
                    let sources: Vec<Value> = sources.iter().map(source).collect();
                    json!({"kind": "sources", "sources": sources})
                }
                Self::Choices { title, items } => {
                    let items: Vec<Value> = items.iter().map(|text| json!({"text": text})).collect();
                    json!({"kind": "choices", "title": title, "items": items})
                }
                Self::Done { reason, message_id } => with(
                    json!({"kind": "done", "reason": reason.name()}),
                    &[("messageId", message_id.as_ref())],
                ),
                Self::Failed { code, words, retry } => {
                    json!({"kind": "failed", "code": code, "words": words, "retry": retry})
                }
            };
            value.to_string()
        }
    }

    fn source(source: &Source) -> Value {
        with(
            json!({"number": source.number, "title": source.title}),
            &[("url", source.url.as_ref()), ("messageId", source.message_id.as_ref())],
        )
    }

    /// What is not there is left out.
    fn with(value: Value, optional: &[(&str, Option<&String>)]) -> Value {
        let Value::Object(mut object) = value else { return value };
        let there = optional.iter().filter_map(|(name, text)| Some(((*name).to_owned(), json!((*text)?))));
        object.extend(there.collect::<Map<_, _>>());
        Value::Object(object)
    }
}

#[cfg(all(test, feature = "service"))]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_read_as_it_was_written() {
        let text = |text: &str| text.to_owned();
        for (event, written) in [
            (
                Event::Started { session: text("s"), by: text("built-in") },
                r#"{"kind":"started","session":"s","by":"built-in"}"#,
            ),
            (Event::Text { keep: 6, text: text("好\n") }, r#"{"kind":"text","keep":6,"text":"好\n"}"#),
            (
                Event::Note { kind: NoteKind::HandOver, text: text("x") },
                r#"{"kind":"note","note":"hand-over","text":"x"}"#,
            ),
            (
                Event::Sources(vec![
                    Source { number: text("1"), title: text("t"), ..Source::default() },
                    Source {
                        number: text("2"),
                        title: text("u"),
                        url: Some(text("https://x.example/")),
                        message_id: Some(text("5")),
                    },
                ]),
                r#"{"kind":"sources","sources":[{"number":"1","title":"t"},
                    {"number":"2","title":"u","url":"https://x.example/","messageId":"5"}]}"#,
            ),
            (
                Event::Choices { title: text("?"), items: vec![text("a"), text("b")] },
                r#"{"kind":"choices","title":"?","items":[{"text":"a"},{"text":"b"}]}"#,
            ),
            (Event::Done { reason: Reason::Cut, message_id: None }, r#"{"kind":"done","reason":"cut"}"#),
            (
                Event::Done { reason: Reason::End, message_id: Some(text("7")) },
                r#"{"kind":"done","reason":"end","messageId":"7"}"#,
            ),
            (
                Event::Failed { code: text("silent"), words: text("w"), retry: true },
                r#"{"kind":"failed","code":"silent","words":"w","retry":true}"#,
            ),
        ] {
            let json: serde_json::Value = serde_json::from_str(written).unwrap();
            assert_eq!(serde_json::from_str::<serde_json::Value>(&event.write()).unwrap(), json);
            assert!(!event.write().contains('\n'), "one line");
            assert_eq!(Event::read(written), Some(event));
        }
    }

    #[test]
    fn what_is_not_known_is_no_event_and_an_unknown_name_is_something_harmless() {
        for data in [
            "",
            "[DONE]",
            "{}",
            "[]",
            r#"{"kind":"later"}"#,
            r#"{"kind":"text","text":"x"}"#,
            r#"{"kind":"text","keep":-1,"text":"x"}"#,
            r#"{"kind":"sources","sources":[{"number":"1","title":"t","url":"javascript:x()"}]}"#,
        ] {
            assert_eq!(Event::read(data), None, "{data}");
        }
        let note = Event::read(r#"{"kind":"note","note":"later","text":"","more":1}"#);
        assert_eq!(note, Some(Event::Note { kind: NoteKind::Unknown, text: String::new() }));
        let done = Event::read(r#"{"kind":"done","reason":"later"}"#);
        assert_eq!(done, Some(Event::Done { reason: Reason::End, message_id: None }));
    }

    #[test]
    fn only_the_web_is_linked_to() {
        assert!(is_web("https://x.example/a") && is_web("HTTP://x"));
        for url in [
            "",
            "javascript:alert(1)",
            "data:text/html,x",
            "https:/x",
            "https://x\n.example",
            "/x",
            "你好你好",
        ] {
            assert!(!is_web(url), "{url}");
        }
    }
}
