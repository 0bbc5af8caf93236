//! Participants of a thread (reference `acs-chat.md` 3.2, operations 11 to 13).

use crate::error::CommunicationError;
use crate::fields::{Fields, FromFields, try_from_value};
use crate::identifier::CommunicationIdentifier;
use crate::metadata::Metadata;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Somebody in a thread, or to be added to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Value")]
pub struct ChatParticipant {
    /// Who.
    pub communication_identifier: CommunicationIdentifier,
    /// Their name in this thread, given when they were added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Earlier messages are hidden from them. Absent in a request means everything is shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_history_time: Option<Timestamp>,
    /// What applications keep with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
}

impl ChatParticipant {
    /// Somebody without a name who sees everything.
    #[must_use]
    pub fn new(communication_identifier: CommunicationIdentifier) -> Self {
        Self { communication_identifier, display_name: None, share_history_time: None, metadata: None }
    }
}

impl FromFields for ChatParticipant {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            communication_identifier: fields.required("communicationIdentifier"),
            display_name: fields.optional_text("displayName"),
            share_history_time: fields.optional_time("shareHistoryTime"),
            metadata: fields.optional_metadata("metadata"),
        }
    }
}

try_from_value!(ChatParticipant);

/// Body of `POST …/participants/:add`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddChatParticipantsRequest {
    /// Whom to add.
    pub participants: Vec<ChatParticipant>,
}

/// Answer to adding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Value")]
pub struct AddChatParticipantsResult {
    /// Who could not be added and why; absent when all were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalid_participants: Option<Vec<CommunicationError>>,
}

impl FromFields for AddChatParticipantsResult {
    fn from_fields(fields: &mut Fields) -> Self {
        Self { invalid_participants: fields.optional_list("invalidParticipants") }
    }
}

try_from_value!(AddChatParticipantsResult);
