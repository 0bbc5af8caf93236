//! Azure Communication Services Chat, over any transport: the requests of `acs_chat` as values, sent through one place. The local service speaks the same language, and is reached through
//! here as well; what it has beyond it is in [`super::natter`].

use std::cell::Cell;
use std::rc::Rc;

use acs_chat::requests::{self, API_VERSION};
use acs_chat::{
    AddChatParticipantsRequest, AddChatParticipantsResult, ApiError, ChatMessage, ChatMessageReadReceipt,
    ChatMessageType, ChatParticipant, ChatThreadItem, ChatThreadProperties, Collection,
    CommunicationIdentifier, CreateChatThreadRequest, CreateChatThreadResult, Endpoint, HttpRequest,
    HttpResponse, ListFromPosition, ListFromTime, MessageId, Metadata, Method, RawId, Request,
    SendChatMessageRequest, SendChatMessageResult, SendReadReceiptRequest, SendTypingNotificationRequest,
    ThreadId, TokenCredential, Transport, UpdateChatMessageRequest, UpdateChatThreadRequest,
};

use futures_util::{FutureExt as _, TryFutureExt as _};

use super::events::Streams;
use super::{Backend, Exchange, From, Opening, Outgoing, Reply};
use crate::model::rows::{Capabilities, SendKind};
use crate::model::timeline::CLIENT_ID_KEY;
use crate::platform::Clock;

/// What Azure can do (reference `acs-chat.md` 4.4; the topic's limit is that of Teams).
pub const CAPABILITIES: Capabilities = Capabilities {
    people_by_name: false,
    events: false,
    assistant: false,
    receipts_up_to: Some(20),
    message_bytes: 28 * 1024,
    topic_chars: 250,
    participants: 250,
};

/// The service, or one that speaks its language, with a token.
pub struct Acs<T> {
    endpoint: Endpoint,
    credential: TokenCredential,
    transport: T,
    clock: Rc<dyn Clock>,
    capabilities: Capabilities,
    ahead_ms: Cell<i64>,
}

impl<T: Transport> Acs<T> {
    /// Over a transport.
    ///
    /// # Errors
    /// [`ApiError::InvalidRequest`] for an endpoint or a token that cannot be used at all.
    pub fn new(
        endpoint: &str,
        token: &str,
        transport: T,
        clock: Rc<dyn Clock>,
        capabilities: Capabilities,
    ) -> Result<Self, ApiError> {
        let endpoint = parse_endpoint(endpoint)?;
        let credential = TokenCredential::new(token)
            .map_err(|error| ApiError::InvalidRequest { reason: error.to_string() })?;
        Ok(Self { endpoint, credential, transport, clock, capabilities, ahead_ms: Cell::new(0) })
    }

    fn sign(&self, http: &mut HttpRequest) {
        http.headers.push(("Authorization", format!("Bearer {}", self.credential.token())));
    }
}

impl<T: Transport + Streams> Backend for Acs<T> {
    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    fn replace_token(&self, token: &str) {
        // A token that is no token was never granted; the old one then runs into its 401.
        let _ = self.credential.replace(token);
    }

    fn ahead_ms(&self) -> i64 {
        self.ahead_ms.get()
    }

    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn open(&self, mut http: HttpRequest) -> Opening<'_> {
        self.sign(&mut http);
        self.transport.open(http)
    }

    fn exchange(&self, mut http: HttpRequest) -> Exchange<'_> {
        self.sign(&mut http);
        let exchange = super::exchange(&self.transport, self.clock.as_ref(), http);
        let note_date = |response: &HttpResponse| {
            if let Some(date) = response.date() {
                self.ahead_ms.set(date.as_ms() - self.clock.now_ms());
            }
        };
        exchange.inspect_ok(note_date).boxed_local()
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

/// The operations.
impl dyn Backend + '_ {
    #[inline(never)]
    fn call<R>(&self, request: Result<Request<R>, ApiError>) -> Reply<'_, R> {
        Reply::to(request.map(|request| {
            let http = request.to_http(self.endpoint(), API_VERSION);
            (request.reader(), self.exchange(http))
        }))
    }

    /// A page of a list: the first one by its request, the others by the service's links.
    #[inline(never)]
    fn page<I>(
        &self,
        request: Result<Request<Collection<I>>, ApiError>,
        from: From,
    ) -> Reply<'_, Collection<I>> {
        Reply::to(request.and_then(|request| {
            let http = match from {
                From::Start { .. } => request.to_http(self.endpoint(), API_VERSION),
                // The token goes to the service's own origin only: the link is checked against it.
                From::Link(link) => HttpRequest {
                    method: Method::Get,
                    url: self.endpoint().next_page_url(&link)?,
                    headers: vec![("Accept", "application/json".to_owned())],
                    body: None,
                },
            };
            Ok((request.reader(), self.exchange(http)))
        }))
    }

    /// My threads, newest activity first.
    pub fn list_threads(&self, from: From) -> Reply<'_, Collection<ChatThreadItem>> {
        self.page(Ok(requests::list_chat_threads(by_time(&from))), from)
    }

    /// The messages of a thread, newest change first.
    pub fn list_messages(&self, thread: ThreadId, from: From) -> Reply<'_, Collection<ChatMessage>> {
        self.page(requests::list_messages(&thread, by_time(&from)), from)
    }

    /// How far everybody has read.
    pub fn list_receipts(
        &self,
        thread: ThreadId,
        from: From,
    ) -> Reply<'_, Collection<ChatMessageReadReceipt>> {
        self.page(requests::list_read_receipts(&thread, by_position(&from)), from)
    }

    /// Who is in a thread.
    pub fn list_people(&self, thread: ThreadId, from: From) -> Reply<'_, Collection<ChatParticipant>> {
        self.page(requests::list_participants(&thread, by_position(&from)), from)
    }

    /// A thread's properties.
    pub fn properties(&self, thread: ThreadId) -> Reply<'_, ChatThreadProperties> {
        self.call(requests::get_chat_thread_properties(&thread))
    }

    /// Sends a message under a client's id, by which it is found again.
    pub fn send_message(&self, message: Outgoing) -> Reply<'_, SendChatMessageResult> {
        let client_id = message.client_id.as_str();
        let mut metadata = Metadata::from([(CLIENT_ID_KEY.to_owned(), client_id.to_owned())]);
        message.priority.write(&mut metadata);
        let body = SendChatMessageRequest {
            content: message.text,
            sender_display_name: Some(message.my_name),
            message_type: Some(match message.kind {
                SendKind::Text => ChatMessageType::Text,
                SendKind::Html => ChatMessageType::Html,
            }),
            metadata: Some(metadata),
        };
        let request = requests::send_message(&message.thread, &body);
        self.call(request.and_then(|request| request.with_client_request_id(client_id)))
    }

    /// Changes the text of a message; what travels with it is kept, for none of it is sent.
    pub fn update_message(&self, thread: ThreadId, message: MessageId, text: String) -> Reply<'_, ()> {
        let body = UpdateChatMessageRequest { content: Some(text), metadata: None };
        self.call(requests::update_message(&thread, &message, &body))
    }

    /// Deletes a message.
    pub fn delete_message(&self, thread: ThreadId, message: MessageId) -> Reply<'_, ()> {
        self.call(requests::delete_message(&thread, &message))
    }

    /// Tells how far I have read.
    pub fn send_receipt(&self, thread: ThreadId, message: MessageId) -> Reply<'_, ()> {
        self.call(requests::send_read_receipt(&thread, &SendReadReceiptRequest { chat_message_id: message }))
    }

    /// Tells that I am typing.
    pub fn send_typing(&self, thread: ThreadId, name: String) -> Reply<'_, ()> {
        let body = SendTypingNotificationRequest { sender_display_name: Some(name) };
        self.call(requests::send_typing_notification(&thread, &body))
    }

    /// Makes a thread; with the same id again, it is the same thread.
    pub fn create_thread(
        &self,
        topic: String,
        people: Vec<ChatParticipant>,
        request_id: String,
    ) -> Reply<'_, CreateChatThreadResult> {
        let body = CreateChatThreadRequest {
            topic,
            participants: Some(people),
            ..CreateChatThreadRequest::default()
        };
        self.call(requests::create_chat_thread(&body, Some(&request_id)))
    }

    /// Gives a thread another topic.
    pub fn rename_thread(&self, thread: ThreadId, topic: String) -> Reply<'_, ()> {
        let body = UpdateChatThreadRequest { topic: Some(topic), ..UpdateChatThreadRequest::default() };
        self.call(requests::update_chat_thread_properties(&thread, &body))
    }

    /// Deletes a thread for everybody.
    pub fn delete_thread(&self, thread: ThreadId) -> Reply<'_, ()> {
        self.call(requests::delete_chat_thread(&thread))
    }

    /// Adds people; the result names those who could not be.
    pub fn add_people(
        &self,
        thread: ThreadId,
        people: Vec<ChatParticipant>,
    ) -> Reply<'_, AddChatParticipantsResult> {
        self.call(requests::add_participants(&thread, &AddChatParticipantsRequest { participants: people }))
    }

    /// Takes somebody out.
    pub fn remove_person(&self, thread: ThreadId, person: RawId) -> Reply<'_, ()> {
        let identifier = CommunicationIdentifier::from_raw_id(person.as_str());
        self.call(requests::remove_participant(&thread, &identifier))
    }
}
