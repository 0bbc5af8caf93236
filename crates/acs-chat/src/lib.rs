//! The Azure Communication Services Chat API in Rust: what goes over the wire, for both sides of it, and clients over any
//! transport, native or in WebAssembly.
//!
//! # A tour
//! - [`id`] and [`identifier`] name things; [`time`] says when.
//! - [`message`], [`thread`], [`participant`], [`receipt`] and [`collection`] are the models of the contract; [`error`] is
//!   what a refusal says. A service that speaks the API needs no more. They are read with [`fields`].
//! - [`requests`] has every operation as a value: method, path, query, body, and how to read the reply.
//! - [`transport`] is how a request leaves; [`api_error`] what can become of it, classified once.
//! - [`ChatClient`] and [`ChatThreadClient`] put these together, with the names of the official SDKs; lists are a
//!   [`Pager`]. [`endpoint`] is where the service is, [`credential`] the token sent to it, [`token`] what the token says.
//!
//!
//! # Features
//! - `identity`: identities and tokens, with the access key of a resource; also what a service verifies signatures with.
//! - `reqwest`: a transport for native programs.
//! - `browser`: in WebAssembly, JSON is read with the parser of the browser.
//!
//! # Example
//! ```
//! use acs_chat::*;
//!
//! async fn greet(transport: impl Transport, token: &str) -> Result<(), Box<dyn std::error::Error>> {
//!     let endpoint = Endpoint::parse("https://name.communication.azure.com")?;
//!     let chat_client = ChatClient::new(endpoint, TokenCredential::new(token)?, transport);
//!     let request = CreateChatThreadRequest { topic: "test topic".into(), ..Default::default() };
//!     let created = chat_client.create_chat_thread(&request, Some("b66d6031-fdcc-41df-8306-e524c9f226b8")).await?;
//!     let thread_client = chat_client.get_chat_thread_client(created.chat_thread.id);
//!     let sent = thread_client.send_message(&SendChatMessageRequest::text("hello world"), None).await?;
//!     println!("Message sent: id: {}", sent.id);
//!     Ok(())
//! }
//! ```
//!
//! # References
//! "Reference 4.2", "operation 6" and "trap 10" are sections of our notes on the contract, `reference/acs-chat.md`.

pub mod api_error;
pub mod client;
pub mod collection;
pub mod credential;
pub mod endpoint;
pub mod error;
pub mod fields;
pub mod id;
pub mod identifier;
#[cfg(feature = "identity")]
pub mod identity;
pub mod message;
pub mod metadata;
pub mod pager;
pub mod participant;
pub mod receipt;
pub mod requests;
#[cfg(all(feature = "reqwest", not(target_arch = "wasm32")))]
pub mod reqwest_transport;
pub mod thread;
pub mod thread_client;
pub mod time;
pub mod token;
pub mod transport;

mod encoding;
mod http_date;
mod json;

pub use api_error::ApiError;
pub use client::{ChatClient, CreatedChatThread, ParticipantError};
pub use collection::Collection;
pub use credential::TokenCredential;
pub use endpoint::{Endpoint, InvalidEndpoint};
pub use error::{CommunicationError, CommunicationErrorResponse};
pub use id::{MessageId, RawId, SequenceId, ThreadId, Version};
pub use identifier::{Cloud, CommunicationIdentifier};
pub use message::{
    ChatAttachment, ChatMessage, ChatMessageContent, ChatMessageType, SendChatMessageRequest,
    SendChatMessageResult, UpdateChatMessageRequest,
};
pub use metadata::{Metadata, MetadataPatch};
pub use pager::Pager;
pub use participant::{AddChatParticipantsRequest, AddChatParticipantsResult, ChatParticipant};
pub use receipt::{ChatMessageReadReceipt, SendReadReceiptRequest, SendTypingNotificationRequest};
pub use requests::{API_VERSION, ListFromPosition, ListFromTime, Reader, Request};
pub use thread::{
    ChatRetentionPolicy, ChatThreadItem, ChatThreadProperties, CreateChatThreadRequest,
    CreateChatThreadResult, UpdateChatThreadRequest,
};
pub use thread_client::ChatThreadClient;
pub use time::Timestamp;
pub use token::{InvalidToken, TokenClaims, TokenScope};
pub use transport::{HttpRequest, HttpResponse, Method, Transport, TransportError};
