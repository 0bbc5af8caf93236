//! What others do while the page is open, for the page that the app lives in (`docs/events-in-the-page.md`): each thing once,
//! whether it was polled for, pushed, or told by another tab.
//!
//! What was there before is no news. The first list of threads that the service tells says up to which second of its own clock
//! that is; after a thread's messages were told once, the place up to which they were is its cursor. What this person does, here or
//! elsewhere, is no news either: whoever wants to know of it hears it from the person.

use acs_chat::{
    ChatMessage, ChatMessageReadReceipt, ChatMessageType, ChatThreadItem, RawId, ThreadId, Timestamp,
};
use serde::Serialize;

use super::Model;
use super::priority::Priority;
use super::rows::Access;
use super::sorted::SortedMap;
use super::timeline;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody said something.
    Message,
    /// Somebody changed what they said.
    Edited,
    /// Somebody took it back.
    Deleted,
    /// Somebody began to type, or stopped.
    Typing,
    /// Somebody read further.
    Read,
    /// Somebody changed a thread, or who is in it.
    Thread,
}

impl Kind {
    /// The name of the event.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Message => "natter:message",
            Self::Edited => "natter:edited",
            Self::Deleted => "natter:deleted",
            Self::Typing => "natter:typing",
            Self::Read => "natter:read",
            Self::Thread => "natter:thread",
        }
    }
}

/// Something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// What.
    pub kind: Kind,
    /// The rest of it.
    pub detail: Detail,
}

/// What is told of it: plain text and numbers, and never a token. What does not belong to a kind is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// Where.
    pub thread_id: String,
    /// Which message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_id: Option<String>,
    /// What they are called here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_name: Option<String>,
    /// What it says, as the service keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// `text` or `html`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub text_type: Option<&'static str>,
    /// It is marked as important, or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub important: Option<bool>,
    /// They began to type, or stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub typing: Option<bool>,
    /// Of a thread: `added` to mine, `removed` from them, another `topic`, others who `joined` or `left`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<&'static str>,
    /// The topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Who joined or left.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<String>,
    /// When, by the service's clock, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
}

/// What is not told yet, and from where on things are news.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// What is taken in was kept from last time.
    pub(super) kept: bool,
    /// All up to this second was there before.
    since: Option<Timestamp>,
    /// The threads that the service lists as mine.
    mine: SortedMap<ThreadId, ()>,
    /// The messages of these threads were told by the service.
    threads: SortedMap<ThreadId, ()>,
    news: Vec<News>,
}

impl Model {
    /// What happened since this was last asked.
    pub(super) fn take_news(&mut self) -> Vec<News> {
        let mut news = std::mem::take(&mut self.told.news);
        for one in &mut news {
            let sender = one.detail.sender_id.as_deref().map(RawId::new);
            // By now all that came with it is known.
            one.detail.sender_name = sender.map(|sender| self.names.author(&sender).name);
        }
        news
    }

    /// What is taken in from here on was kept from last time, or, with `false`, comes from the service.
    pub fn take_as_kept(&mut self, kept: bool) {
        self.told.kept = kept;
    }

    fn tell(&mut self, kind: Kind, detail: Detail) {
        self.told.news.push(News { kind, detail });
    }

    fn tell_of_thread(&mut self, thread: &ThreadId, what: &'static str, topic: Option<String>) {
        let detail =
            Detail { thread_id: thread.as_str().to_owned(), what: Some(what), topic, ..Detail::default() };
        self.tell(Kind::Thread, detail);
    }

    /// Before the list is taken in.
    pub(super) fn news_of_threads(&mut self, items: &[ChatThreadItem], complete: bool) {
        if self.told.kept {
            return;
        }
        if self.told.since.is_none() {
            let newest = items.iter().filter_map(|item| item.last_message_received_on).max();
            self.told.since = Some(newest.unwrap_or(Timestamp::from_ms(0)).truncated_to_second());
            for item in items {
                self.told.mine.insert(item.id.clone(), ());
            }
            return;
        }
        for item in items {
            let closed = self.threads.get(&item.id).is_some_and(|known| known.access != Access::Open);
            if item.deleted_on.is_some() {
                self.news_of_access(&item.id);
            } else if closed {
                // The list may still have what has been closed to me.
            } else if self.told.mine.insert(item.id.clone(), ()).is_none() {
                // One that was made here, or led to by its address, is no news.
                let known = self.threads.get(&item.id).is_some_and(|known| known.roster.properties_loaded());
                if !known {
                    self.tell_of_thread(&item.id, "added", Some(item.topic.clone()));
                }
            }
        }
        if complete {
            let mine = self.told.mine.iter().map(|(id, ())| id);
            let gone = mine.filter(|id| !items.iter().any(|item| item.id == **id));
            for thread in gone.cloned().collect::<Vec<_>>() {
                self.news_of_access(&thread);
            }
        }
    }

    /// A thread is about to be closed to me.
    pub(super) fn news_of_access(&mut self, thread: &ThreadId) {
        if self.told.kept || self.told.mine.remove(thread).is_none() {
            return;
        }
        // One that I left myself is closed already, or forgotten.
        if self.threads.get(thread).is_some_and(|known| known.access == Access::Open) {
            self.tell_of_thread(thread, "removed", None);
        }
    }

    /// Before the newest messages of a thread are taken in.
    pub(super) fn news_of_messages(&mut self, id: &ThreadId, page: &[ChatMessage]) {
        if self.told.kept {
            return;
        }
        let told = self.told.threads.insert(id.clone(), ()).is_some();
        let Some(since) = self.told.since else { return };
        let mut news = Vec::new();
        let timeline = self.threads.get(id).map(|known| &known.timeline);
        let cursor = timeline.and_then(|timeline| timeline.cursor());
        let newest = timeline.and_then(|timeline| timeline.newest_listed());
        for message in page.iter().rev() {
            let new = cursor.is_none_or(|cursor| *cursor < message.sequence_id);
            let late = |at: Timestamp| told || since < at.truncated_to_second();
            let changed_on = message.deleted_on.or(message.edited_on);
            let at = changed_on.unwrap_or(message.created_on);
            // Something was changed while the pages were read, and is in two of them.
            let again =
                || page.iter().any(|copy| copy.id == message.id && copy.sequence_id > message.sequence_id);
            if !new || !late(at) || again() {
                continue;
            }
            let said = if told {
                newest.is_none_or(|newest| *newest < message.id)
            } else {
                since < message.created_on.truncated_to_second()
            };
            let known = timeline.and_then(|timeline| timeline.message(&message.id));
            // Metadata alone is not told of.
            let same = known.is_some_and(|known| {
                (known.edited_on, known.deleted_on) == (message.edited_on, message.deleted_on)
            });
            if !same {
                news.extend(news_of(&self.me, id, message, said));
            }
        }
        self.told.news.extend(news);
    }

    /// A mark moved, in a thread whose marks were known before.
    pub(super) fn news_of_receipt(&mut self, thread: &ThreadId, receipt: &ChatMessageReadReceipt) {
        let who = receipt.sender_communication_identifier.raw_id();
        if !self.told.kept && *who != self.me {
            let detail = Detail {
                thread_id: thread.as_str().to_owned(),
                message_id: Some(receipt.chat_message_id.as_str().to_owned()),
                sender_id: Some(who.as_str().to_owned()),
                at: Some(receipt.read_on.as_ms()),
                ..Detail::default()
            };
            self.tell(Kind::Read, detail);
        }
    }

    /// Somebody began to type, or stopped.
    pub(super) fn news_of_typing(&mut self, thread: &ThreadId, who: &RawId, typing: bool) {
        let detail = Detail {
            thread_id: thread.as_str().to_owned(),
            sender_id: Some(who.as_str().to_owned()),
            typing: Some(typing),
            ..Detail::default()
        };
        self.tell(Kind::Typing, detail);
    }
}

/// What a message tells. `said`: it was not there before.
fn news_of(me: &RawId, thread: &ThreadId, message: &ChatMessage, said: bool) -> Option<News> {
    let content = message.content.as_ref();
    let by = timeline::sender(message).or_else(|| {
        let initiator = content.and_then(|content| content.initiator_communication_identifier.as_ref());
        initiator.map(|initiator| initiator.raw_id())
    });
    if by == Some(me) {
        return None;
    }
    let at = message.deleted_on.or(message.edited_on).unwrap_or(message.created_on);
    let mut detail = Detail {
        thread_id: thread.as_str().to_owned(),
        message_id: Some(message.id.as_str().to_owned()),
        sender_id: by.map(|by| by.as_str().to_owned()),
        at: Some(at.as_ms()),
        ..Detail::default()
    };
    let kind = match &message.message_type {
        ChatMessageType::Text | ChatMessageType::Html if message.deleted_on.is_some() => Kind::Deleted,
        ChatMessageType::Text | ChatMessageType::Html => {
            detail.text = content.and_then(|content| content.message.clone());
            let html = message.message_type == ChatMessageType::Html;
            detail.text_type = Some(if html { "html" } else { "text" });
            detail.important = Some(Priority::of(message).is_high());
            if said {
                detail.at = Some(message.created_on.as_ms());
                Kind::Message
            } else {
                Kind::Edited
            }
        }
        ChatMessageType::TopicUpdated if timeline::is_told(message) => {
            detail.what = Some("topic");
            detail.topic = content.and_then(|content| content.topic.clone());
            Kind::Thread
        }
        ChatMessageType::ParticipantAdded | ChatMessageType::ParticipantRemoved => {
            let added = message.message_type == ChatMessageType::ParticipantAdded;
            detail.what = Some(if added { "joined" } else { "left" });
            let people = content.and_then(|content| content.participants.as_ref()).into_iter().flatten();
            detail.people =
                people.map(|person| person.communication_identifier.raw_id().as_str().to_owned()).collect();
            // That a thread is mine, or is mine no more, the list of threads tells.
            if detail.people.iter().any(|person| person == me.as_str()) {
                return None;
            }
            Kind::Thread
        }
        _ => return None,
    };
    Some(News { kind, detail })
}
