//! Messages: what is read, and the bodies of sending and updating (reference `acs-chat.md` 3.1, operations 6 to 10).

use crate::fields::{Fields, FromFields, try_from_value};
use crate::id::{MessageId, SequenceId, Version};
use crate::identifier::CommunicationIdentifier;
use crate::metadata::{Metadata, MetadataPatch};
use crate::participant::ChatParticipant;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a message is. An open set: a kind that a later service adds is kept by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "String")]
pub enum ChatMessageType {
    /// Plain text.
    #[default]
    Text,
    /// HTML, to be sanitised by whoever shows it.
    Html,
    /// System: the thread has another topic.
    TopicUpdated,
    /// System: participants were added.
    ParticipantAdded,
    /// System: participants were removed, or left.
    ParticipantRemoved,
    /// A kind that this version does not know, by its wire name.
    #[serde(untagged)]
    Other(String),
}

impl ChatMessageType {
    /// Written by a person or program, as opposed to the service.
    #[must_use]
    pub fn is_user_message(&self) -> bool {
        matches!(self, Self::Text | Self::Html)
    }
}

impl From<String> for ChatMessageType {
    fn from(name: String) -> Self {
        match name.as_str() {
            "text" => Self::Text,
            "html" => Self::Html,
            "topicUpdated" => Self::TopicUpdated,
            "participantAdded" => Self::ParticipantAdded,
            "participantRemoved" => Self::ParticipantRemoved,
            _ => Self::Other(name),
        }
    }
}

/// The content of a message as read. Which fields are there depends on the type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Value")]
pub struct ChatMessageContent {
    /// Text or HTML of a user message; empty once it is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The new topic of a `topicUpdated` message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Who was added or removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participants: Option<Vec<ChatParticipant>>,
    /// Who did it, for the system types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiator_communication_identifier: Option<CommunicationIdentifier>,
    /// Files of a user message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<ChatAttachment>>,
}

impl FromFields for ChatMessageContent {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            message: fields.optional_text("message"),
            topic: fields.optional_text("topic"),
            participants: fields.optional_list("participants"),
            initiator_communication_identifier: fields.optional("initiatorCommunicationIdentifier"),
            attachments: fields.optional_list("attachments"),
        }
    }
}

try_from_value!(ChatMessageContent);

/// A file or picture that a message names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Value")]
pub struct ChatAttachment {
    /// Its id.
    pub id: String,
    /// `image`, `file`, or what a later version adds.
    pub attachment_type: String,
    /// File name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the whole of it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Where a small form of it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview_url: Option<String>,
}

impl FromFields for ChatAttachment {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            id: fields.text("id"),
            attachment_type: fields.text("attachmentType"),
            name: fields.optional_text("name"),
            url: fields.optional_text("url"),
            preview_url: fields.optional_text("previewUrl"),
        }
    }
}

try_from_value!(ChatAttachment);

/// A message of a thread, as listed or fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Value")]
pub struct ChatMessage {
    /// Its id, unique in the thread and never changed.
    pub id: MessageId,
    /// What it is.
    #[serde(rename = "type")]
    pub message_type: ChatMessageType,
    /// Its place in the order of changes; an edit or deletion moves it to the front.
    pub sequence_id: SequenceId,
    /// The newer of two copies has the greater version.
    pub version: Version,
    /// What it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<ChatMessageContent>,
    /// The name the sender gave with this message: `""` when none, absent on system messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_display_name: Option<String>,
    /// When it arrived.
    pub created_on: Timestamp,
    /// Who sent it; absent on system messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_communication_identifier: Option<CommunicationIdentifier>,
    /// When it was deleted. This, and not an empty content, tells a deleted message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_on: Option<Timestamp>,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_on: Option<Timestamp>,
    /// What the sender's application kept with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
}

impl FromFields for ChatMessage {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            id: MessageId::new(fields.text("id")),
            message_type: fields.text("type").into(),
            sequence_id: SequenceId::new(fields.text("sequenceId")),
            version: Version::new(fields.text("version")),
            content: fields.optional("content"),
            sender_display_name: fields.optional_text("senderDisplayName"),
            created_on: fields.time("createdOn"),
            sender_communication_identifier: fields.optional("senderCommunicationIdentifier"),
            deleted_on: fields.optional_time("deletedOn"),
            edited_on: fields.optional_time("editedOn"),
            metadata: fields.optional_metadata("metadata"),
        }
    }
}

try_from_value!(ChatMessage);

/// Body of `POST …/messages`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendChatMessageRequest {
    /// Text or HTML; a plain string here, an object when read (trap 4).
    pub content: String,
    /// The name to show with this message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_display_name: Option<String>,
    /// `text` when absent or null; only `text` and `html` may be sent.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub message_type: Option<ChatMessageType>,
    /// What to keep with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
}

impl SendChatMessageRequest {
    /// A plain text.
    pub fn text(content: impl Into<String>) -> Self {
        Self { content: content.into(), message_type: Some(ChatMessageType::Text), ..Self::default() }
    }

    /// A text in HTML.
    pub fn html(content: impl Into<String>) -> Self {
        Self { content: content.into(), message_type: Some(ChatMessageType::Html), ..Self::default() }
    }
}

/// Answer to sending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value")]
pub struct SendChatMessageResult {
    /// The new message's id.
    pub id: MessageId,
}

impl FromFields for SendChatMessageResult {
    fn from_fields(fields: &mut Fields) -> Self {
        Self { id: MessageId::new(fields.text("id")) }
    }
}

try_from_value!(SendChatMessageResult);

/// Body of `PATCH …/messages/{id}`, a merge patch: what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateChatMessageRequest {
    /// The new content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Keys to set; `null` or `""` removes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<MetadataPatch>,
}
