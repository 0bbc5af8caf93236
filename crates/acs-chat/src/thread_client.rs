//! The client of one thread.

use crate::api_error::ApiError;
use crate::client::{Connection, ParticipantError, match_errors};
use crate::id::{MessageId, ThreadId};
use crate::identifier::CommunicationIdentifier;
use crate::message::{ChatMessage, SendChatMessageRequest, SendChatMessageResult, UpdateChatMessageRequest};
use crate::pager::Pager;
use crate::participant::{AddChatParticipantsRequest, ChatParticipant};
use crate::receipt::{ChatMessageReadReceipt, SendReadReceiptRequest, SendTypingNotificationRequest};
use crate::requests::{self, ListFromPosition, ListFromTime};
use crate::thread::{ChatThreadProperties, UpdateChatThreadRequest};
use crate::transport::Transport;

/// A thread: its properties, messages, participants, receipts and typing. Made by
/// [`ChatClient::get_chat_thread_client`](crate::ChatClient::get_chat_thread_client).
#[derive(Debug)]
pub struct ChatThreadClient<T> {
    connection: Connection<T>,
    thread_id: ThreadId,
}

impl<T: Transport> ChatThreadClient<T> {
    pub(crate) fn new(connection: Connection<T>, thread_id: ThreadId) -> Self {
        Self { connection, thread_id }
    }

    /// Which thread.
    #[must_use]
    pub fn thread_id(&self) -> &ThreadId {
        &self.thread_id
    }

    /// `GET /chat/threads/{threadId}` reads the thread's properties.
    ///
    /// # Errors
    /// [`ApiError`]; 404 for an unknown thread, 403 for somebody who is not in it (reference 4.3).
    pub async fn get_properties(&self) -> Result<ChatThreadProperties, ApiError> {
        self.connection.send(&requests::get_chat_thread_properties(&self.thread_id)?).await
    }

    /// `PATCH /chat/threads/{threadId}` gives the thread another topic.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn update_topic(&self, topic: &str) -> Result<(), ApiError> {
        let request =
            UpdateChatThreadRequest { topic: Some(topic.to_owned()), ..UpdateChatThreadRequest::default() };
        self.update_properties(&request).await
    }

    /// `PATCH /chat/threads/{threadId}` changes topic, metadata or retention policy; what is absent stays.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn update_properties(&self, request: &UpdateChatThreadRequest) -> Result<(), ApiError> {
        self.connection.send(&requests::update_chat_thread_properties(&self.thread_id, request)?).await
    }

    /// `POST /chat/threads/{threadId}/messages` sends a message.
    ///
    /// Not idempotent in the contract (trap 10). The client request id travels as `x-ms-client-request-id`; the local service
    /// answers a repeated one with the first message, Azure may not. So after an [unclear](ApiError::is_unclear) failure
    /// look for the message before sending it again.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn send_message(
        &self,
        request: &SendChatMessageRequest,
        client_request_id: Option<&str>,
    ) -> Result<SendChatMessageResult, ApiError> {
        let mut request = requests::send_message(&self.thread_id, request)?;
        if let Some(id) = client_request_id {
            request = request.with_client_request_id(id)?;
        }
        self.connection.send(&request).await
    }

    /// `GET /chat/threads/{threadId}/messages/{messageId}` reads one message.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn get_message(&self, message_id: &MessageId) -> Result<ChatMessage, ApiError> {
        self.connection.send(&requests::get_message(&self.thread_id, message_id)?).await
    }

    /// `GET /chat/threads/{threadId}/messages` lists messages, the last **changed** first (trap 2). To poll, read until a
    /// `sequence_id` that was already seen.
    pub fn list_messages(&self, options: ListFromTime) -> Pager<T, ChatMessage> {
        Pager::new(self.connection.clone(), requests::list_messages(&self.thread_id, options))
    }

    /// `PATCH /chat/threads/{threadId}/messages/{messageId}` changes a message of the caller's own.
    ///
    /// # Errors
    /// [`ApiError`]; 403 for anybody else's message.
    pub async fn update_message(
        &self,
        message_id: &MessageId,
        request: &UpdateChatMessageRequest,
    ) -> Result<(), ApiError> {
        self.connection.send(&requests::update_message(&self.thread_id, message_id, request)?).await
    }

    /// `DELETE /chat/threads/{threadId}/messages/{messageId}` deletes a message of the caller's own. It stays in the list,
    /// empty and with `deleted_on`.
    ///
    /// # Errors
    /// [`ApiError`]; 403 for anybody else's message.
    pub async fn delete_message(&self, message_id: &MessageId) -> Result<(), ApiError> {
        self.connection.send(&requests::delete_message(&self.thread_id, message_id)?).await
    }

    /// `GET /chat/threads/{threadId}/participants` lists who is in the thread.
    pub fn list_participants(&self, options: ListFromPosition) -> Pager<T, ChatParticipant> {
        Pager::new(self.connection.clone(), requests::list_participants(&self.thread_id, options))
    }

    /// `POST /chat/threads/{threadId}/participants/:add` adds participants, and returns those who could not be added.
    /// Somebody who is already in the thread is no error.
    ///
    /// # Errors
    /// [`ApiError`] when nobody was added; 400 for more than 200 at once.
    pub async fn add_participants(
        &self,
        participants: Vec<ChatParticipant>,
    ) -> Result<Vec<ParticipantError>, ApiError> {
        let body = AddChatParticipantsRequest { participants };
        let result = self.connection.send(&requests::add_participants(&self.thread_id, &body)?).await?;
        Ok(match_errors(&body.participants, result.invalid_participants.unwrap_or_default()))
    }

    /// `POST /chat/threads/{threadId}/participants/:remove` removes a participant; the caller's own identifier means leaving.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn remove_participant(&self, identifier: &CommunicationIdentifier) -> Result<(), ApiError> {
        self.connection.send(&requests::remove_participant(&self.thread_id, identifier)?).await
    }

    /// `POST /chat/threads/{threadId}/typing` tells the others that the caller types, under this name if one is given.
    /// Paced by the caller: five in 10 s are allowed (reference 4.5).
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn send_typing_notification(&self, sender_display_name: Option<&str>) -> Result<(), ApiError> {
        let body =
            SendTypingNotificationRequest { sender_display_name: sender_display_name.map(str::to_owned) };
        self.connection.send(&requests::send_typing_notification(&self.thread_id, &body)?).await
    }

    /// `POST /chat/threads/{threadId}/readReceipts` says that the caller has read up to this message.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn send_read_receipt(&self, message_id: &MessageId) -> Result<(), ApiError> {
        let body = SendReadReceiptRequest { chat_message_id: message_id.clone() };
        self.connection.send(&requests::send_read_receipt(&self.thread_id, &body)?).await
    }

    /// `GET /chat/threads/{threadId}/readReceipts` lists how far everybody has read, the caller included.
    pub fn list_read_receipts(&self, options: ListFromPosition) -> Pager<T, ChatMessageReadReceipt> {
        Pager::new(self.connection.clone(), requests::list_read_receipts(&self.thread_id, options))
    }
}

/// Not derived, as that would ask for a transport that can be cloned.
impl<T> Clone for ChatThreadClient<T> {
    fn clone(&self) -> Self {
        Self { connection: self.connection.clone(), thread_id: self.thread_id.clone() }
    }
}
