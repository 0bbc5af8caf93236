//! What happened, and the events that it means (reference 8): one of the thread, and one for each recipient.

use crate::wire;
use acs_chat::{Metadata, RawId, ThreadId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// What all types begin with.
pub(crate) const TYPE_PREFIX: &str = "Microsoft.Communication.";

/// A change to a thread, with all that is told of it. Kept as JSON until everybody was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Happening {
    /// Random; the ids of the events are made of it, and so are the same at every attempt.
    pub(crate) key: String,
    /// Where.
    pub(crate) thread_id: ThreadId,
    /// When the thread was made.
    pub(crate) thread_created_ms: i64,
    /// When it happened.
    pub(crate) at_ms: i64,
    /// Who did it; nobody did what a retention policy does.
    pub(crate) by: Option<RawId>,
    /// What.
    pub(crate) what: What,
    /// For whom there is an event each: those in the thread who may see it, but for the one who did it.
    pub(crate) recipients: Vec<RawId>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum What {
    /// A message came.
    MessageReceived(Said),
    /// It was edited.
    MessageEdited(Said),
    /// It was deleted.
    MessageDeleted(Said),
    /// A thread was made.
    ThreadCreated {
        /// Its topic.
        topic: String,
        /// What applications keep with it.
        metadata: Metadata,
        /// Who is in it.
        participants: Vec<Somebody>,
    },
    /// Its topic, metadata or retention policy changed.
    ThreadUpdated {
        /// Its topic now.
        topic: String,
        /// Its metadata now.
        metadata: Metadata,
    },
    /// It is gone.
    ThreadDeleted,
    /// Somebody joined, later than with the thread's creation.
    ParticipantAdded(Somebody),
    /// Somebody left or was removed.
    ParticipantRemoved(Somebody),
}

/// A message at that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said {
    /// Its id, also the time it came.
    pub(crate) id: i64,
    /// The time of its last change.
    pub(crate) version: i64,
    /// HTML, or plain text.
    pub(crate) html: bool,
    /// What it says.
    pub(crate) content: String,
    /// The name given with it.
    pub(crate) sender_display_name: String,
    /// What applications keep with it.
    pub(crate) metadata: Metadata,
}

/// A participant at that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Somebody {
    /// Who.
    pub(crate) id: RawId,
    /// Their name in the thread.
    pub(crate) display_name: Option<String>,
    /// What applications keep with them.
    pub(crate) metadata: Metadata,
}

/// One event, as a receiver gets it in one envelope or another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    /// The key to know a repetition by.
    pub(crate) id: String,
    /// Its type, with the prefix.
    pub(crate) event_type: String,
    /// Where it happened and who took part.
    pub(crate) subject: String,
    /// When it happened.
    pub(crate) at_ms: i64,
    /// The rest.
    pub(crate) data: Value,
}

impl What {
    /// The types without the prefix: for a recipient, and of the thread.
    fn types(&self) -> (&'static str, &'static str) {
        match self {
            Self::MessageReceived(_) => TYPES[0],
            Self::MessageEdited(_) => TYPES[1],
            Self::MessageDeleted(_) => TYPES[2],
            Self::ThreadCreated { .. } => TYPES[3],
            Self::ThreadDeleted => TYPES[4],
            Self::ThreadUpdated { .. } => TYPES[5],
            Self::ParticipantAdded(_) => TYPES[6],
            Self::ParticipantRemoved(_) => TYPES[7],
        }
    }
}

/// Every type, without the prefix: for a recipient, and of the thread.
pub(crate) const TYPES: [(&str, &str); 8] = [
    ("ChatMessageReceived", "ChatMessageReceivedInThread"),
    ("ChatMessageEdited", "ChatMessageEditedInThread"),
    ("ChatMessageDeleted", "ChatMessageDeletedInThread"),
    ("ChatThreadCreatedWithUser", "ChatThreadCreated"),
    ("ChatThreadWithUserDeleted", "ChatThreadDeleted"),
    ("ChatThreadPropertiesUpdatedPerUser", "ChatThreadPropertiesUpdated"),
    ("ChatParticipantAddedToThreadWithUser", "ChatThreadParticipantAdded"),
    ("ChatParticipantRemovedFromThreadWithUser", "ChatThreadParticipantRemoved"),
];

impl Happening {
    /// How many events it means. The first is the thread's, the others are the recipients'.
    pub(crate) fn parts(&self) -> usize {
        1 + self.recipients.len()
    }

    /// The type of one of its events, without the prefix.
    pub(crate) fn event_type(&self, part: usize) -> &'static str {
        let (of_recipient, of_thread) = self.what.types();
        if part == 0 { of_thread } else { of_recipient }
    }

    /// The subject of one of its events.
    pub(crate) fn subject(&self, part: usize) -> String {
        let mut subject = format!("thread/{}", self.thread_id.as_str());
        let (role, who) = match &self.what {
            What::MessageReceived(_) | What::MessageEdited(_) | What::MessageDeleted(_) => {
                ("sender", self.by.as_ref())
            }
            What::ThreadCreated { .. } => ("createdBy", self.by.as_ref()),
            What::ThreadUpdated { .. } => ("editedBy", self.by.as_ref()),
            What::ThreadDeleted => ("deletedBy", self.by.as_ref()),
            // In lower case when it is the thread's.
            What::ParticipantAdded(who) if part == 0 => ("participantadded", Some(&who.id)),
            What::ParticipantAdded(who) => ("participantAdded", Some(&who.id)),
            What::ParticipantRemoved(who) if part == 0 => ("participantremoved", Some(&who.id)),
            What::ParticipantRemoved(who) => ("participantRemoved", Some(&who.id)),
        };
        let recipient = part.checked_sub(1).and_then(|index| self.recipients.get(index));
        for (role, who) in [(role, who), ("recipient", recipient)] {
            if let Some(who) = who {
                subject.push_str(&format!("/{role}/{}", who.as_str()));
            }
        }
        subject
    }

    /// One of its events.
    pub(crate) fn event(&self, part: usize) -> Event {
        Event {
            id: self.event_id(part),
            event_type: format!("{TYPE_PREFIX}{}", self.event_type(part)),
            subject: self.subject(part),
            at_ms: self.at_ms,
            data: Value::Object(self.data(part)),
        }
    }

    /// In the form of a UUID (version 8: made by a rule of our own).
    fn event_id(&self, part: usize) -> String {
        let mut hash: [u8; 32] = Sha256::digest(format!("{}/{part}", self.key)).into();
        hash[6] = (hash[6] & 0x0f) | 0x80;
        hash[8] = (hash[8] & 0x3f) | 0x80;
        let mut id = String::with_capacity(36);
        for (index, byte) in hash.iter().take(16).enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                id.push('-');
            }
            write!(id, "{byte:02x}").expect("writing to a String does not fail");
        }
        id
    }

    /// `metadata` is there even when it is empty: the vendor's own types want it in two of these, and samples show it in others.
    fn data(&self, part: usize) -> Map<String, Value> {
        let recipient = part.checked_sub(1).and_then(|index| self.recipients.get(index));
        let mut data = Map::new();
        let mut set = |name: &str, value: Value| drop(data.insert(name.to_owned(), value));
        set("threadId", json!(self.thread_id));
        set("transactionId", json!(self.key));
        if let Some(recipient) = recipient {
            set("recipientId", json!(recipient));
            set("recipientCommunicationIdentifier", identifier(recipient));
        }
        match &self.what {
            What::MessageReceived(said) | What::MessageEdited(said) | What::MessageDeleted(said) => {
                if let Some(sender) = &self.by {
                    if recipient.is_some() {
                        set("senderId", json!(sender));
                    }
                    set("senderCommunicationIdentifier", identifier(sender));
                }
                set("senderDisplayName", json!(said.sender_display_name));
                set("messageId", json!(said.id.to_string()));
                set("composeTime", time(said.id));
                set("type", json!(if said.html { "RichText/Html" } else { "Text" }));
                // A number for recipients, a text for the thread.
                let version = said.version;
                set("version", if recipient.is_some() { json!(version) } else { json!(version.to_string()) });
                match &self.what {
                    What::MessageEdited(_) => set("editTime", time(version)),
                    What::MessageDeleted(_) => set("deleteTime", time(version)),
                    _ => {}
                }
                if !matches!(self.what, What::MessageDeleted(_)) {
                    set("messageBody", json!(said.content));
                    set("metadata", json!(said.metadata));
                }
                return data;
            }
            What::ThreadCreated { topic, metadata, participants } => {
                self.set_doer(&mut set, "createdBy", recipient.is_some());
                set("properties", json!({"topic": topic}));
                set("metadata", json!(metadata));
                set("participants", participants.iter().map(participant).collect());
                if recipient.is_some() {
                    let member = |who: &Somebody| with_name(who, "memberId", json!(who.id));
                    set("members", participants.iter().map(member).collect());
                }
            }
            What::ThreadUpdated { topic, metadata } => {
                self.set_doer(&mut set, "editedBy", recipient.is_some());
                set("editTime", time(self.at_ms));
                set("properties", json!({"topic": topic}));
                set("metadata", json!(metadata));
            }
            What::ThreadDeleted => {
                self.set_doer(&mut set, "deletedBy", recipient.is_some());
                set("deleteTime", time(self.at_ms));
            }
            What::ParticipantAdded(who) => {
                self.set_doer(&mut set, "addedBy", false);
                set("time", time(self.at_ms));
                set("participantAdded", participant(who));
            }
            What::ParticipantRemoved(who) => {
                self.set_doer(&mut set, "removedBy", false);
                set("time", time(self.at_ms));
                set("participantRemoved", participant(who));
            }
        }
        set("createTime", time(self.thread_created_ms));
        set("version", json!(self.at_ms));
        data
    }

    /// `xBy` is the older form of `xByCommunicationIdentifier`, and recipients get both.
    fn set_doer(&self, set: &mut impl FnMut(&str, Value), name: &str, both: bool) {
        let Some(by) = &self.by else { return };
        if both {
            set(name, json!(by));
        }
        set(&format!("{name}CommunicationIdentifier"), identifier(by));
    }
}

fn identifier(id: &RawId) -> Value {
    json!(wire::identifier(id))
}

/// With milliseconds, unlike the times of the REST API.
fn time(ms: i64) -> Value {
    json!(Timestamp::from_ms(ms).to_string())
}

fn participant(who: &Somebody) -> Value {
    let mut participant = with_name(who, "participantCommunicationIdentifier", identifier(&who.id));
    if !who.metadata.is_empty() {
        participant["metadata"] = json!(who.metadata);
    }
    participant
}

fn with_name(who: &Somebody, name: &str, value: Value) -> Value {
    match &who.display_name {
        Some(display_name) => json!({"displayName": display_name, name: value}),
        None => json!({name: value}),
    }
}
