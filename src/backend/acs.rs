//! Azure Communication Services Chat, over any transport. The local service speaks the same language, and is reached through
//! here as well; what it has beyond it is in [`super::natter`].

use std::collections::BTreeMap;

use acs_chat::requests;
use acs_chat::{
    ApiError, ChatClient, ChatMessage, ChatMessageReadReceipt, ChatMessageType, ChatParticipant,
    ChatThreadItem, ChatThreadProperties, Collection, CommunicationIdentifier, CreateChatThreadRequest,
    CreatedChatThread, Endpoint, HttpRequest, ListFromPosition, ListFromTime, MessageId, Method,
    ParticipantError, RawId, Request, SendChatMessageRequest, ThreadId, TokenCredential, Transport,
    UpdateChatMessageRequest,
};
use futures_util::FutureExt as _;

use super::{Backend, From, Outgoing, Reply};
use crate::model::rows::{Capabilities, Person, SendKind};
use crate::model::timeline::CLIENT_ID_KEY;

/// What Azure can do (reference `acs-chat.md` 4.4; the topic's limit is that of Teams).
pub const CAPABILITIES: Capabilities = Capabilities {
    people_by_name: false,
    typing_of_others: false,
    receipts_up_to: Some(20),
    message_bytes: 28 * 1024,
    topic_chars: 250,
    participants: 250,
};

/// The service, with a token.
#[derive(Debug)]
pub struct Acs<T> {
    client: ChatClient<T>,
    credential: TokenCredential,
    transport: T,
}

impl<T: Transport + Clone> Acs<T> {
    /// Over a transport.
    ///
    /// # Errors
    /// [`ApiError::InvalidRequest`] for an endpoint or a token that cannot be used at all.
    pub fn new(endpoint: &str, token: &str, transport: T) -> Result<Self, ApiError> {
        let endpoint = parse_endpoint(endpoint)?;
        let credential = TokenCredential::new(token)
            .map_err(|error| ApiError::InvalidRequest { reason: error.to_string() })?;
        let client = ChatClient::new(endpoint, credential.clone(), transport.clone());
        Ok(Self { client, credential, transport })
    }

    /// The client underneath.
    pub(super) fn client(&self) -> &ChatClient<T> {
        &self.client
    }

    /// What moves requests.
    pub(super) fn transport(&self) -> &T {
        &self.transport
    }

    /// The value of the `Authorization` header.
    pub(super) fn authorization(&self) -> String {
        format!("Bearer {}", self.credential.token())
    }

    /// A page of a list: the first one by its request, the others by the service's links.
    async fn page<I>(
        &self,
        request: Result<Request<Collection<I>>, ApiError>,
        from: From,
    ) -> Result<Collection<I>, ApiError> {
        let request = request?;
        let From::Link(link) = from else { return self.client.send(&request).await };
        let headers =
            vec![("Accept", "application/json".to_owned()), ("Authorization", self.authorization())];
        // The token goes to the service's own origin only: the link is checked against it.
        let url = self.client.endpoint().next_page_url(&link)?;
        let http = HttpRequest { method: Method::Get, url, headers, body: None };
        request.read_response(&self.transport.send(http).await?)
    }
}

/// Reads an endpoint that was checked when it was entered.
pub(super) fn parse_endpoint(endpoint: &str) -> Result<Endpoint, ApiError> {
    Endpoint::parse(endpoint).map_err(|error| ApiError::InvalidRequest { reason: error.to_string() })
}

fn by_time(from: &From) -> ListFromTime {
    ListFromTime { results_per_page: page_size(from), start_time: None }
}

fn by_position(from: &From) -> ListFromPosition {
    ListFromPosition { results_per_page: page_size(from), skip: None }
}

fn page_size(from: &From) -> Option<u32> {
    match from {
        From::Start { page_size } => Some(*page_size),
        From::Link(_) => None,
    }
}

impl<T: Transport + Clone> Backend for Acs<T> {
    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    fn replace_token(&self, token: &str) {
        // A token that is no token was never granted; the old one then runs into its 401.
        let _ = self.credential.replace(token);
    }

    fn list_threads(&self, from: From) -> Reply<'_, Collection<ChatThreadItem>> {
        self.page(Ok(requests::list_chat_threads(by_time(&from))), from).boxed_local()
    }

    fn list_messages(&self, thread: ThreadId, from: From) -> Reply<'_, Collection<ChatMessage>> {
        self.page(requests::list_messages(&thread, by_time(&from)), from).boxed_local()
    }

    fn list_receipts(&self, thread: ThreadId, from: From) -> Reply<'_, Collection<ChatMessageReadReceipt>> {
        self.page(requests::list_read_receipts(&thread, by_position(&from)), from).boxed_local()
    }

    fn list_people(&self, thread: ThreadId, from: From) -> Reply<'_, Collection<ChatParticipant>> {
        self.page(requests::list_participants(&thread, by_position(&from)), from).boxed_local()
    }

    fn properties(&self, thread: ThreadId) -> Reply<'_, ChatThreadProperties> {
        async move { self.client.get_chat_thread_client(thread).get_properties().await }.boxed_local()
    }

    fn send_message(&self, message: Outgoing) -> Reply<'_, MessageId> {
        async move {
            let client_id = message.client_id.as_str();
            let request = SendChatMessageRequest {
                content: message.text,
                sender_display_name: Some(message.my_name),
                message_type: Some(match message.kind {
                    SendKind::Text => ChatMessageType::Text,
                    SendKind::Html => ChatMessageType::Html,
                }),
                metadata: Some(BTreeMap::from([(CLIENT_ID_KEY.to_owned(), client_id.to_owned())])),
            };
            let thread = self.client.get_chat_thread_client(message.thread);
            Ok(thread.send_message(&request, Some(client_id)).await?.id)
        }
        .boxed_local()
    }

    fn update_message(&self, thread: ThreadId, message: MessageId, text: String) -> Reply<'_, ()> {
        async move {
            let request = UpdateChatMessageRequest { content: Some(text), metadata: None };
            self.client.get_chat_thread_client(thread).update_message(&message, &request).await
        }
        .boxed_local()
    }

    fn delete_message(&self, thread: ThreadId, message: MessageId) -> Reply<'_, ()> {
        async move { self.client.get_chat_thread_client(thread).delete_message(&message).await }.boxed_local()
    }

    fn send_receipt(&self, thread: ThreadId, message: MessageId) -> Reply<'_, ()> {
        async move { self.client.get_chat_thread_client(thread).send_read_receipt(&message).await }
            .boxed_local()
    }

    fn send_typing(&self, thread: ThreadId, name: String) -> Reply<'_, ()> {
        async move { self.client.get_chat_thread_client(thread).send_typing_notification(Some(&name)).await }
            .boxed_local()
    }

    fn create_thread(
        &self,
        topic: String,
        people: Vec<ChatParticipant>,
        request_id: String,
    ) -> Reply<'_, CreatedChatThread> {
        async move {
            let request = CreateChatThreadRequest {
                topic,
                participants: Some(people),
                ..CreateChatThreadRequest::default()
            };
            self.client.create_chat_thread(&request, Some(&request_id)).await
        }
        .boxed_local()
    }

    fn rename_thread(&self, thread: ThreadId, topic: String) -> Reply<'_, ()> {
        async move { self.client.get_chat_thread_client(thread).update_topic(&topic).await }.boxed_local()
    }

    fn delete_thread(&self, thread: ThreadId) -> Reply<'_, ()> {
        async move { self.client.delete_chat_thread(&thread).await }.boxed_local()
    }

    fn add_people(&self, thread: ThreadId, people: Vec<ChatParticipant>) -> Reply<'_, Vec<ParticipantError>> {
        async move { self.client.get_chat_thread_client(thread).add_participants(people).await }.boxed_local()
    }

    fn remove_person(&self, thread: ThreadId, person: RawId) -> Reply<'_, ()> {
        async move {
            let identifier = CommunicationIdentifier::from_raw_id(person.as_str());
            self.client.get_chat_thread_client(thread).remove_participant(&identifier).await
        }
        .boxed_local()
    }

    fn find_people(&self, _prefix: String) -> Reply<'_, Vec<Person>> {
        std::future::ready(Ok(Vec::new())).boxed_local()
    }

    fn person_by_name(&self, _name: String) -> Reply<'_, Person> {
        let reason = "this service has no directory of people".to_owned();
        std::future::ready(Err(ApiError::InvalidRequest { reason })).boxed_local()
    }
}
