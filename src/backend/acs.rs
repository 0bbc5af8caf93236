//! Azure Communication Services Chat, over any transport: the requests of `acs_chat` as values, sent through one place. The local service speaks the same language, and is reached through
//! here as well; what it has beyond it is in [`super::natter`].

use std::collections::BTreeMap;
use std::rc::Rc;

use acs_chat::requests::{self, API_VERSION};
use acs_chat::{
    AddChatParticipantsRequest, AddChatParticipantsResult, ApiError, ChatMessage, ChatMessageReadReceipt,
    ChatMessageType, ChatParticipant, ChatThreadItem, ChatThreadProperties, Collection,
    CommunicationIdentifier, CreateChatThreadRequest, CreateChatThreadResult, Endpoint, HttpRequest,
    HttpResponse, ListFromPosition, ListFromTime, MessageId, Method, RawId, Request, SendChatMessageRequest,
    SendReadReceiptRequest, SendTypingNotificationRequest, ThreadId, TokenCredential, Transport,
    UpdateChatMessageRequest, UpdateChatThreadRequest,
};
use futures_util::FutureExt as _;

use super::{Backend, From, Outgoing, Reply};
use crate::model::rows::{Capabilities, Person, SendKind};
use crate::model::timeline::CLIENT_ID_KEY;
use crate::platform::Clock;

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
pub struct Acs<T> {
    endpoint: Endpoint,
    credential: TokenCredential,
    transport: T,
    clock: Rc<dyn Clock>,
}

impl<T: Transport> Acs<T> {
    /// Over a transport.
    ///
    /// # Errors
    /// [`ApiError::InvalidRequest`] for an endpoint or a token that cannot be used at all.
    pub fn new(endpoint: &str, token: &str, transport: T, clock: Rc<dyn Clock>) -> Result<Self, ApiError> {
        let endpoint = parse_endpoint(endpoint)?;
        let credential = TokenCredential::new(token)
            .map_err(|error| ApiError::InvalidRequest { reason: error.to_string() })?;
        Ok(Self { endpoint, credential, transport, clock })
    }

    /// Where it is.
    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Sends a request with the token.
    pub(super) fn exchange(&self, mut http: HttpRequest) -> Reply<'_, HttpResponse> {
        http.headers.push(("Authorization", format!("Bearer {}", self.credential.token())));
        super::exchange(&self.transport, self.clock.as_ref(), http)
    }

    fn call<R: 'static>(&self, request: Result<Request<R>, ApiError>) -> Reply<'_, R> {
        async move {
            let request = request?;
            let response = self.exchange(request.to_http(&self.endpoint, API_VERSION)).await?;
            request.read_response(&response)
        }
        .boxed_local()
    }

    /// A page of a list: the first one by its request, the others by the service's links.
    fn page<I: 'static>(
        &self,
        request: Result<Request<Collection<I>>, ApiError>,
        from: From,
    ) -> Reply<'_, Collection<I>> {
        async move {
            let request = request?;
            let http = match from {
                From::Start { .. } => request.to_http(&self.endpoint, API_VERSION),
                // The token goes to the service's own origin only: the link is checked against it.
                From::Link(link) => HttpRequest {
                    method: Method::Get,
                    url: self.endpoint.next_page_url(&link)?,
                    headers: vec![("Accept", "application/json".to_owned())],
                    body: None,
                },
            };
            let response = self.exchange(http).await?;
            request.read_response(&response)
        }
        .boxed_local()
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

impl<T: Transport> Backend for Acs<T> {
    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    fn replace_token(&self, token: &str) {
        // A token that is no token was never granted; the old one then runs into its 401.
        let _ = self.credential.replace(token);
    }

    fn list_threads(&self, from: From) -> Reply<'_, Collection<ChatThreadItem>> {
        self.page(Ok(requests::list_chat_threads(by_time(&from))), from)
    }

    fn list_messages(&self, thread: ThreadId, from: From) -> Reply<'_, Collection<ChatMessage>> {
        self.page(requests::list_messages(&thread, by_time(&from)), from)
    }

    fn list_receipts(&self, thread: ThreadId, from: From) -> Reply<'_, Collection<ChatMessageReadReceipt>> {
        self.page(requests::list_read_receipts(&thread, by_position(&from)), from)
    }

    fn list_people(&self, thread: ThreadId, from: From) -> Reply<'_, Collection<ChatParticipant>> {
        self.page(requests::list_participants(&thread, by_position(&from)), from)
    }

    fn properties(&self, thread: ThreadId) -> Reply<'_, ChatThreadProperties> {
        self.call(requests::get_chat_thread_properties(&thread))
    }

    fn send_message(&self, message: Outgoing) -> Reply<'_, MessageId> {
        let client_id = message.client_id.as_str();
        let body = SendChatMessageRequest {
            content: message.text,
            sender_display_name: Some(message.my_name),
            message_type: Some(match message.kind {
                SendKind::Text => ChatMessageType::Text,
                SendKind::Html => ChatMessageType::Html,
            }),
            metadata: Some(BTreeMap::from([(CLIENT_ID_KEY.to_owned(), client_id.to_owned())])),
        };
        let request = requests::send_message(&message.thread, &body);
        let sent = self.call(request.and_then(|request| request.with_client_request_id(client_id)));
        sent.map(|sent| sent.map(|sent| sent.id)).boxed_local()
    }

    fn update_message(&self, thread: ThreadId, message: MessageId, text: String) -> Reply<'_, ()> {
        let body = UpdateChatMessageRequest { content: Some(text), metadata: None };
        self.call(requests::update_message(&thread, &message, &body))
    }

    fn delete_message(&self, thread: ThreadId, message: MessageId) -> Reply<'_, ()> {
        self.call(requests::delete_message(&thread, &message))
    }

    fn send_receipt(&self, thread: ThreadId, message: MessageId) -> Reply<'_, ()> {
        self.call(requests::send_read_receipt(&thread, &SendReadReceiptRequest { chat_message_id: message }))
    }

    fn send_typing(&self, thread: ThreadId, name: String) -> Reply<'_, ()> {
        let body = SendTypingNotificationRequest { sender_display_name: Some(name) };
        self.call(requests::send_typing_notification(&thread, &body))
    }

    fn create_thread(
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

    fn rename_thread(&self, thread: ThreadId, topic: String) -> Reply<'_, ()> {
        let body = UpdateChatThreadRequest { topic: Some(topic), ..UpdateChatThreadRequest::default() };
        self.call(requests::update_chat_thread_properties(&thread, &body))
    }

    fn delete_thread(&self, thread: ThreadId) -> Reply<'_, ()> {
        self.call(requests::delete_chat_thread(&thread))
    }

    fn add_people(
        &self,
        thread: ThreadId,
        people: Vec<ChatParticipant>,
    ) -> Reply<'_, AddChatParticipantsResult> {
        self.call(requests::add_participants(&thread, &AddChatParticipantsRequest { participants: people }))
    }

    fn remove_person(&self, thread: ThreadId, person: RawId) -> Reply<'_, ()> {
        let identifier = CommunicationIdentifier::from_raw_id(person.as_str());
        self.call(requests::remove_participant(&thread, &identifier))
    }

    fn find_people(&self, _prefix: String) -> Reply<'_, Vec<Person>> {
        std::future::ready(Ok(Vec::new())).boxed_local()
    }

    fn person_by_name(&self, _name: String) -> Reply<'_, Person> {
        let reason = "this service has no directory of people".to_owned();
        std::future::ready(Err(ApiError::InvalidRequest { reason })).boxed_local()
    }
}
