//! How an entry of the outbox is written down: one flat object of texts.
//!
//! Flat, because what reads it is a part of every first load; and texts, so that another version's words make the entry
//! fall back to something safe instead of being lost: an unknown state is unclear, an unknown reason is unknown.

use acs_chat::fields::Fields;
use acs_chat::{MessageId, RawId, SequenceId, ThreadId, Timestamp};
use serde::Serialize;

use super::changes::{Change, read_people, write_people};
use super::{Action, ClientMessageId, Entry, State};
use crate::model::priority::Priority;
use crate::model::rows::{FailReason, SendKind};

#[derive(Serialize)]
struct Kept {
    id: String,
    owner: String,
    tab: String,
    thread: String,
    action: String,
    text: String,
    /// Of a send; the records of earlier versions have none, which is normal.
    priority: String,
    /// The message that is changed; who is taken out; from when on those who are added may read; a new thread's topic.
    message: String,
    written_at: i64,
    place: i64,
    after: String,
    tries: u32,
    state: String,
    /// Why it failed.
    why: String,
    /// What goes with that: the service's words, or bytes and limit.
    detail: String,
}

/// An entry as text.
#[must_use]
pub fn write(entry: &Entry) -> String {
    let none = String::new;
    let (action, text, message) = match &entry.action {
        Action::Send { text, kind: SendKind::Text, .. } => ("send", text.clone(), none()),
        Action::Send { text, kind: SendKind::Html, .. } => ("send-html", text.clone(), none()),
        Action::Edit { message, text } => ("edit", text.clone(), message.to_string()),
        Action::Delete { message } => ("delete", none(), message.to_string()),
        Action::Change(Change::Create { topic, people }) => ("create", write_people(people), topic.clone()),
        Action::Change(Change::Rename { topic }) => ("rename", topic.clone(), none()),
        Action::Change(Change::TakeOut { person }) => ("take-out", none(), person.to_string()),
        Action::Change(Change::Add { people, from }) => {
            let from = from.map_or_else(none, |from| from.as_ms().to_string());
            ("add", write_people(people), from)
        }
    };
    let priority = match &entry.action {
        Action::Send { priority, .. } => priority.word().to_owned(),
        _ => none(),
    };
    let (why, detail) = match &entry.state {
        State::Failed { why } => match why {
            FailReason::TooLong { bytes, limit } => ("too-long", format!("{bytes} {limit}")),
            FailReason::Empty => ("empty", String::new()),
            FailReason::NotMember => ("not-member", String::new()),
            FailReason::ThreadGone => ("thread-gone", String::new()),
            FailReason::Refused { message } => ("refused", message.clone()),
            FailReason::LoginLost => ("login-lost", String::new()),
            FailReason::Unknown => ("unknown", String::new()),
        },
        _ => ("", String::new()),
    };
    let kept = Kept {
        id: entry.id.as_str().to_owned(),
        owner: entry.owner.to_string(),
        tab: entry.tab.clone(),
        thread: entry.thread.to_string(),
        action: action.to_owned(),
        text,
        priority,
        message,
        written_at: entry.written_at.as_ms(),
        place: entry.place,
        after: entry.after.as_ref().map(ToString::to_string).unwrap_or_default(),
        tries: entry.tries,
        state: match entry.state {
            State::Queued | State::Waiting { .. } => "queued",
            State::Sending | State::Unclear { .. } | State::Looking => "unclear",
            State::Failed { .. } => "failed",
        }
        .to_owned(),
        why: why.to_owned(),
        detail,
    };
    serde_json::to_string(&kept).expect("texts and numbers can be written")
}

/// Reads an entry. What was under way when it was written is unclear. None for what is no entry, or asks for something
/// that this version does not know.
#[must_use]
pub fn read(text: &str) -> Option<Entry> {
    let kept = read_kept(text)?;
    let (text, message) = (kept.text, kept.message);
    let priority = Priority::of_word(&kept.priority);
    let action = match kept.action.as_str() {
        "send" => Action::Send { text, kind: SendKind::Text, priority },
        "send-html" => Action::Send { text, kind: SendKind::Html, priority },
        "edit" => Action::Edit { message: MessageId::new(message), text },
        "delete" => Action::Delete { message: MessageId::new(message) },
        "create" => Action::Change(Change::Create { topic: message, people: read_people(&text)? }),
        "rename" => Action::Change(Change::Rename { topic: text }),
        "take-out" => Action::Change(Change::TakeOut { person: RawId::new(message) }),
        "add" => {
            let from = message.parse().ok().map(Timestamp::from_ms);
            Action::Change(Change::Add { people: read_people(&text)?, from })
        }
        _ => return None,
    };
    let state = match kept.state.as_str() {
        "queued" => State::Queued,
        "failed" => State::Failed { why: reason(&kept.why, kept.detail) },
        _ => State::Unclear { until_ms: 0 },
    };
    Some(Entry {
        id: ClientMessageId::new(kept.id),
        owner: RawId::new(kept.owner),
        tab: kept.tab,
        thread: ThreadId::new(kept.thread),
        action,
        written_at: Timestamp::from_ms(kept.written_at),
        place: kept.place,
        after: Some(kept.after).filter(|after| !after.is_empty()).map(SequenceId::new),
        tries: kept.tries,
        state,
    })
}

fn read_kept(text: &str) -> Option<Kept> {
    let mut fields = Fields::parse(text.as_bytes());
    let kept = Kept {
        id: fields.text("id"),
        owner: fields.text("owner"),
        tab: fields.text("tab"),
        thread: fields.text("thread"),
        action: fields.text("action"),
        text: fields.text("text"),
        priority: fields.optional_text("priority").unwrap_or_default(),
        message: fields.text("message"),
        written_at: fields.number("written_at"),
        place: fields.number("place"),
        after: fields.text("after"),
        tries: u32::try_from(fields.number("tries")).ok()?,
        state: fields.text("state"),
        why: fields.text("why"),
        detail: fields.text("detail"),
    };
    fields.finish(kept).ok()
}

fn reason(why: &str, detail: String) -> FailReason {
    match why {
        "too-long" => {
            let mut numbers = detail.split(' ').map(|number| number.parse().unwrap_or(0));
            let mut number = || numbers.next().unwrap_or(0);
            FailReason::TooLong { bytes: number(), limit: number() }
        }
        "empty" => FailReason::Empty,
        "not-member" => FailReason::NotMember,
        "thread-gone" => FailReason::ThreadGone,
        "refused" => FailReason::Refused { message: detail },
        "login-lost" => FailReason::LoginLost,
        _ => FailReason::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::outbox::Hold;
    use crate::model::rows::{NewPerson, NewPersonId};

    fn entry(action: Action, state: State) -> Entry {
        Entry {
            id: ClientMessageId::new("c"),
            owner: RawId::new("8:acs:me"),
            tab: "tab".into(),
            thread: ThreadId::new("t"),
            action,
            written_at: Timestamp::from_ms(1_735_787_045_678),
            place: 1_735_787_045_679,
            after: Some(SequenceId::new("3")),
            tries: 2,
            state,
        }
    }

    #[test]
    fn every_action_and_reason_survives_being_written_down() {
        let message = MessageId::new("12");
        let text = || "a \"quoted\"\n好".to_owned();
        let by_name = NewPerson { who: NewPersonId::Name("Bob | \"b\"".into()), name: None };
        let by_id = NewPerson { who: NewPersonId::Id(RawId::new("8:acs:cleo")), name: Some("Cleo".into()) };
        for action in [
            Action::Send { text: text(), kind: SendKind::Text, priority: Priority::Normal },
            Action::Send { text: text(), kind: SendKind::Html, priority: Priority::High },
            Action::Edit { message: message.clone(), text: text() },
            Action::Delete { message },
            Action::Change(Change::Create { topic: text(), people: vec![by_id.clone(), by_name.clone()] }),
            Action::Change(Change::Create { topic: text(), people: Vec::new() }),
            Action::Change(Change::Rename { topic: text() }),
            Action::Change(Change::TakeOut { person: RawId::new("8:acs:bob") }),
            Action::Change(Change::Add { people: vec![by_name.clone()], from: None }),
            Action::Change(Change::Add { people: vec![by_id, by_name], from: Some(Timestamp::from_ms(7)) }),
        ] {
            let entry = entry(action, State::Queued);
            assert_eq!(read(&write(&entry)), Some(entry));
        }
        for why in [
            FailReason::TooLong { bytes: 30_000, limit: 28_672 },
            FailReason::Empty,
            FailReason::NotMember,
            FailReason::ThreadGone,
            FailReason::Refused { message: "no".into() },
            FailReason::LoginLost,
            FailReason::Unknown,
        ] {
            let entry = entry(Action::Delete { message: MessageId::new("1") }, State::Failed { why });
            assert_eq!(read(&write(&entry)), Some(entry));
        }
    }

    #[test]
    fn what_was_under_way_is_unclear_and_what_waited_is_queued() {
        let action = || Action::Delete { message: MessageId::new("1") };
        let state = |state| read(&write(&entry(action(), state))).map(|entry| entry.state);
        for under_way in [State::Sending, State::Looking, State::Unclear { until_ms: 9 }] {
            assert_eq!(state(under_way), Some(State::Unclear { until_ms: 0 }));
        }
        assert_eq!(state(State::Waiting { until_ms: 9, hold: Hold::Trouble }), Some(State::Queued));
    }

    fn important(text: &str) -> Action {
        Action::Send { text: text.to_owned(), kind: SendKind::Text, priority: Priority::High }
    }

    #[test]
    fn a_record_of_before_there_were_priorities_is_of_a_normal_message() {
        let old = "{\"id\":\"c\",\"owner\":\"8:acs:me\",\"tab\":\"tab\",\"thread\":\"t\",\"action\":\"send\",\
            \"text\":\"a\",\"message\":\"\",\"written_at\":1735787045678,\"place\":1735787045679,\"after\":\"3\",\
            \"tries\":2,\"state\":\"queued\",\"why\":\"\",\"detail\":\"\"}";
        let action = Action::Send { text: "a".into(), kind: SendKind::Text, priority: Priority::Normal };
        assert_eq!(read(old), Some(entry(action, State::Queued)));
    }

    #[test]
    fn words_of_another_version_fall_back_to_something_safe() {
        let text = write(&entry(important("a"), State::Queued));
        let later = text.replace("\"queued\"", "\"paused\"");
        assert_eq!(read(&later).map(|entry| entry.state), Some(State::Unclear { until_ms: 0 }));
        assert_eq!(read(&text.replace("\"send\"", "\"react\"")), None);
        let priority = |text: &str| match read(text).map(|entry| entry.action) {
            Some(Action::Send { priority, .. }) => Some(priority),
            _ => None,
        };
        assert_eq!(priority(&text), Some(Priority::High));
        assert_eq!(priority(&text.replace("\"high\"", "\"urgent\"")), Some(Priority::Normal));
        for garbage in ["", "{", "null", "[]", "{\"id\":\"x\"}"] {
            assert_eq!(read(garbage), None);
        }
    }
}
