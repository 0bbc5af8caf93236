//! Something to look at: a few people and conversations of our own invention, written once into an empty store.
//!
//! The texts are in `seed/demo.json`; times there are minutes before the first start, so that the demo always happened
//! in the last few days.

use crate::domain::message::{MessageDraft, MessagePatch};
use crate::domain::name::PersonName;
use crate::domain::thread::ThreadDraft;
use crate::store::{SeedChange, SeedMessage, SeedThread, Store, StoreError};
use acs_chat::{
    ChatMessageType, ChatParticipant, CommunicationIdentifier, CreateChatThreadRequest, RawId,
    SendChatMessageRequest,
};
use serde::Deserialize;
use std::collections::BTreeMap;

const DEMO: &str = include_str!("../seed/demo.json");

const MINUTE_MS: i64 = 60_000;

#[derive(Deserialize)]
struct Demo {
    people: Vec<String>,
    threads: Vec<DemoThread>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoThread {
    topic: String,
    people: Vec<String>,
    #[serde(default)]
    welcomes: bool,
    minutes_ago: i64,
    messages: Vec<DemoMessage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoMessage {
    minutes_ago: i64,
    from: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    html: Option<String>,
    /// What it says after an edit, which came three minutes later.
    #[serde(default)]
    edited: Option<String>,
    /// Taken back two minutes later.
    #[serde(default)]
    deleted: bool,
    #[serde(default)]
    read_by: Vec<String>,
}

/// Writes the demo into a store that has no thread yet.
pub(crate) async fn write(store: &dyn Store, now_ms: i64) -> Result<(), StoreError> {
    let demo: Demo = serde_json::from_str(DEMO)?;
    let mut people = BTreeMap::new();
    for name in demo.people {
        let person = store.person(PersonName::new(&name)?).await?;
        people.insert(name, person.identity.id);
    }
    let threads = demo.threads.into_iter().map(|thread| seed_thread(thread, &people, now_ms));
    store.seed(threads.collect::<Result<_, _>>()?).await
}

fn seed_thread(
    thread: DemoThread,
    people: &BTreeMap<String, RawId>,
    now_ms: i64,
) -> Result<SeedThread, StoreError> {
    let id = |name: &String| people.get(name).cloned().unwrap_or_else(|| RawId::new(name.clone()));
    let participants = thread.people.iter().map(|name| ChatParticipant {
        communication_identifier: CommunicationIdentifier::from_raw_id(id(name).as_str()),
        display_name: Some(name.clone()),
        share_history_time: None,
        metadata: None,
    });
    let draft = ThreadDraft::new(CreateChatThreadRequest {
        topic: thread.topic,
        participants: Some(participants.collect()),
        ..CreateChatThreadRequest::default()
    })?;
    let messages = thread.messages.into_iter().map(|message| {
        let at_ms = now_ms - message.minutes_ago * MINUTE_MS;
        let (content, message_type) = match (message.text, message.html) {
            (Some(text), _) => (text, ChatMessageType::Text),
            (None, html) => (html.unwrap_or_default(), ChatMessageType::Html),
        };
        let change = if message.deleted {
            Some((at_ms + 2 * MINUTE_MS, SeedChange::Delete))
        } else {
            message.edited.map(|content| {
                let patch = MessagePatch { content: Some(content), metadata: None };
                (at_ms + 3 * MINUTE_MS, SeedChange::Edit(patch))
            })
        };
        Ok::<_, StoreError>(SeedMessage {
            at_ms,
            sender: id(&message.from),
            draft: MessageDraft::new(SendChatMessageRequest {
                content,
                sender_display_name: Some(message.from),
                message_type: Some(message_type),
                metadata: None,
            })?,
            change,
            readers: message.read_by.iter().map(id).collect(),
        })
    });
    Ok(SeedThread {
        at_ms: now_ms - thread.minutes_ago * MINUTE_MS,
        creator: thread.people.first().map(id).unwrap_or_else(|| RawId::new("")),
        draft,
        messages: messages.collect::<Result<_, _>>()?,
        welcomes: thread.welcomes,
    })
}
