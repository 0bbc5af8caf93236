//! Read receipts and typing (reference `acs-chat.md` 3.2, operations 14 to 16).

use crate::fields::{Fields, FromFields, try_from_value};
use crate::id::MessageId;
use crate::identifier::CommunicationIdentifier;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How far somebody has read: one for each participant, the caller's own included (4.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Value")]
pub struct ChatMessageReadReceipt {
    /// Who has read.
    pub sender_communication_identifier: CommunicationIdentifier,
    /// The newest message they have read.
    pub chat_message_id: MessageId,
    /// When they read it.
    pub read_on: Timestamp,
}

impl FromFields for ChatMessageReadReceipt {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            sender_communication_identifier: fields.required("senderCommunicationIdentifier"),
            chat_message_id: MessageId::new(fields.text("chatMessageId")),
            read_on: fields.time("readOn"),
        }
    }
}

try_from_value!(ChatMessageReadReceipt);

/// Body of `POST …/readReceipts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendReadReceiptRequest {
    /// The newest message the caller has read.
    pub chat_message_id: MessageId,
}

/// Body of `POST …/typing`, which may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendTypingNotificationRequest {
    /// The name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_display_name: Option<String>,
}
