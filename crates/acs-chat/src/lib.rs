//! The Azure Communication Services Chat API in Rust: what goes over the wire, for both sides of it.
//!
//! In reading order: [`id`] and [`identifier`] name things; [`time`] says when; [`message`], [`thread`],
//! [`participant`], [`receipt`] and [`collection`] are the models of the contract; [`error`] is what a refusal says.

pub mod collection;
pub mod error;
pub mod id;
pub mod identifier;
pub mod message;
pub mod participant;
pub mod receipt;
pub mod thread;
pub mod time;

pub use collection::Collection;
pub use error::{CommunicationError, CommunicationErrorResponse};
pub use id::{MessageId, RawId, SequenceId, ThreadId, Version};
pub use identifier::{Cloud, CommunicationIdentifier};
pub use message::{
    ChatAttachment, ChatMessage, ChatMessageContent, ChatMessageType, Metadata, SendChatMessageRequest,
    SendChatMessageResult, UpdateChatMessageRequest,
};
pub use participant::{AddChatParticipantsRequest, AddChatParticipantsResult, ChatParticipant};
pub use receipt::{ChatMessageReadReceipt, SendReadReceiptRequest, SendTypingNotificationRequest};
pub use thread::{
    ChatRetentionPolicy, ChatThreadItem, ChatThreadProperties, CreateChatThreadRequest,
    CreateChatThreadResult, UpdateChatThreadRequest,
};
pub use time::Timestamp;
