//! Threads: properties, list items and the bodies of operations 1 to 5 (reference `acs-chat.md` 3.2).

use crate::error::CommunicationError;
use crate::fields::{Fields, FromFields, InvalidField, try_from_value};
use crate::id::ThreadId;
use crate::identifier::CommunicationIdentifier;
use crate::metadata::{Metadata, MetadataPatch};
use crate::participant::ChatParticipant;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How long the service keeps a thread. A kind that this version does not know is read as [`Self::Unknown`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", try_from = "Value")]
pub enum ChatRetentionPolicy {
    /// The thread goes this many days after its creation (30 to 90).
    ThreadCreationDate {
        /// Days from creation to deletion.
        delete_thread_after_days: u32,
    },
    /// Kept until somebody deletes it.
    None,
    /// Something later.
    Unknown,
}

impl FromFields for ChatRetentionPolicy {
    fn from_fields(fields: &mut Fields) -> Self {
        const DAYS: &str = "deleteThreadAfterDays";
        match fields.text("kind").as_str() {
            "threadCreationDate" => {
                let days = u32::try_from(fields.number(DAYS)).unwrap_or_else(|_| {
                    fields.note(InvalidField::Wrong(DAYS));
                    0
                });
                Self::ThreadCreationDate { delete_thread_after_days: days }
            }
            "none" => Self::None,
            _ => Self::Unknown,
        }
    }
}

try_from_value!(ChatRetentionPolicy);

/// A thread's properties, to those in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Value")]
pub struct ChatThreadProperties {
    /// Its id.
    pub id: ThreadId,
    /// What it is about.
    pub topic: String,
    /// When it was made.
    pub created_on: Timestamp,
    /// Who made it.
    pub created_by_communication_identifier: CommunicationIdentifier,
    /// When it was deleted, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_on: Option<Timestamp>,
    /// What applications keep with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
    /// When it will be deleted by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_policy: Option<ChatRetentionPolicy>,
}

impl FromFields for ChatThreadProperties {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            created_by_communication_identifier: fields.required("createdByCommunicationIdentifier"),
            id: ThreadId::new(fields.text("id")),
            topic: fields.text("topic"),
            created_on: fields.time("createdOn"),
            deleted_on: fields.optional_time("deletedOn"),
            metadata: fields.optional_metadata("metadata"),
            retention_policy: fields.optional("retentionPolicy"),
        }
    }
}

try_from_value!(ChatThreadProperties);

/// A thread in the caller's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Value")]
pub struct ChatThreadItem {
    /// Its id.
    pub id: ThreadId,
    /// What it is about.
    pub topic: String,
    /// When it was deleted, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_on: Option<Timestamp>,
    /// When its newest message arrived; whole seconds on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message_received_on: Option<Timestamp>,
}

impl FromFields for ChatThreadItem {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            id: ThreadId::new(fields.text("id")),
            topic: fields.text("topic"),
            deleted_on: fields.optional_time("deletedOn"),
            last_message_received_on: fields.optional_time("lastMessageReceivedOn"),
        }
    }
}

try_from_value!(ChatThreadItem);

/// Body of `POST /chat/threads`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateChatThreadRequest {
    /// What it is about.
    pub topic: String,
    /// Who shall be in it besides the caller; naming the caller too does no harm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participants: Option<Vec<ChatParticipant>>,
    /// What to keep with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
    /// When it shall go by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_policy: Option<ChatRetentionPolicy>,
}

/// Answer to creating a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Value")]
pub struct CreateChatThreadResult {
    /// The new thread.
    pub chat_thread: ChatThreadProperties,
    /// Who could not be added and why; absent when all were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalid_participants: Option<Vec<CommunicationError>>,
}

impl FromFields for CreateChatThreadResult {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            chat_thread: fields.required("chatThread"),
            invalid_participants: fields.optional_list("invalidParticipants"),
        }
    }
}

try_from_value!(CreateChatThreadResult);

/// Body of `PATCH /chat/threads/{id}`, a merge patch: what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateChatThreadRequest {
    /// The new topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Keys to set; `null` or `""` removes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<MetadataPatch>,
    /// The new policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_policy: Option<ChatRetentionPolicy>,
}
