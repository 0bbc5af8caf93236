//! The clients, with the object model of the official SDKs: [`ChatClient`] for a person's threads, [`ChatThreadClient`] for
//! what happens in one of them.
//!
//! They keep no state but the connection, are cheap to clone, and never retry: when to try again is a policy, and
//! [`ApiError`] says what it needs to know. They make no ids either, so that nothing here needs a source of randomness: where
//! an id makes a request repeatable, the caller passes one.

use std::sync::Arc;

use crate::api_error::ApiError;
use crate::credential::TokenCredential;
use crate::endpoint::Endpoint;
use crate::error::CommunicationError;
use crate::id::ThreadId;
use crate::pager::Pager;
use crate::participant::ChatParticipant;
use crate::requests::{self, API_VERSION, ListFromTime, Request};
use crate::thread::{ChatThreadItem, ChatThreadProperties, CreateChatThreadRequest};
use crate::thread_client::ChatThreadClient;
use crate::transport::{HttpRequest, Method, Transport};

/// A person's chat: their threads, to make, list, delete and open.
#[derive(Debug)]
pub struct ChatClient<T> {
    connection: Connection<T>,
}

/// A thread that was made, as the seeds' `CreateChatThreadResult`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedChatThread {
    /// The thread.
    pub chat_thread: ChatThreadProperties,
    /// Who could not be added, and why; empty when all were.
    pub errors: Vec<ParticipantError>,
}

/// Somebody who could not be added to a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParticipantError {
    /// Whom of those in the request; `None` when the service names nobody of them.
    pub participant: Option<ChatParticipant>,
    /// Why: the code is a status in text, such as `403` or `404` (reference 3.2).
    pub error: CommunicationError,
}

impl<T: Transport> ChatClient<T> {
    /// A client that speaks [`API_VERSION`].
    pub fn new(endpoint: Endpoint, credential: TokenCredential, transport: T) -> Self {
        Self::with_api_version(endpoint, credential, transport, API_VERSION)
    }

    /// A client that speaks another version (reference 1).
    pub fn with_api_version(
        endpoint: Endpoint,
        credential: TokenCredential,
        transport: T,
        api_version: impl Into<String>,
    ) -> Self {
        let api_version = api_version.into();
        Self { connection: Connection(Arc::new(Parts { endpoint, api_version, credential, transport })) }
    }

    /// Where the service is.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.connection.0.endpoint
    }

    /// `POST /chat/threads` creates a thread; the caller is always in it.
    ///
    /// With an idempotency token, a unique id of the caller's making, the request may be repeated after an unclear failure:
    /// the same token gets the same thread.
    ///
    /// # Errors
    /// [`ApiError`]; with 400 when there are more than 200 participants.
    pub async fn create_chat_thread(
        &self,
        request: &CreateChatThreadRequest,
        idempotency_token: Option<&str>,
    ) -> Result<CreatedChatThread, ApiError> {
        let result = self.send(&requests::create_chat_thread(request, idempotency_token)?).await?;
        let asked = request.participants.as_deref().unwrap_or_default();
        let errors = match_errors(asked, result.invalid_participants.unwrap_or_default());
        Ok(CreatedChatThread { chat_thread: result.chat_thread, errors })
    }

    /// `GET /chat/threads` lists the caller's threads.
    pub fn list_chat_threads(&self, options: ListFromTime) -> Pager<T, ChatThreadItem> {
        Pager::new(self.connection.clone(), Ok(requests::list_chat_threads(options)))
    }

    /// `DELETE /chat/threads/{threadId}` deletes a thread for everybody.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn delete_chat_thread(&self, thread_id: &ThreadId) -> Result<(), ApiError> {
        self.send(&requests::delete_chat_thread(thread_id)?).await
    }

    /// The client of one thread. Asks the service nothing.
    #[must_use]
    pub fn get_chat_thread_client(&self, thread_id: ThreadId) -> ChatThreadClient<T> {
        ChatThreadClient::new(self.connection.clone(), thread_id)
    }

    /// Sends a request of [`requests`] with this client's token.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn send<R>(&self, request: &Request<R>) -> Result<R, ApiError> {
        self.connection.send(request).await
    }
}

/// Not derived, as that would ask for a transport that can be cloned.
impl<T> Clone for ChatClient<T> {
    fn clone(&self) -> Self {
        Self { connection: self.connection.clone() }
    }
}

/// What all clients and pagers of one login share.
#[derive(Debug)]
pub(crate) struct Connection<T>(Arc<Parts<T>>);

#[derive(Debug)]
struct Parts<T> {
    endpoint: Endpoint,
    api_version: String,
    credential: TokenCredential,
    transport: T,
}

impl<T> Clone for Connection<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Transport> Connection<T> {
    pub(crate) async fn send<R>(&self, request: &Request<R>) -> Result<R, ApiError> {
        self.exchange(request, self.request(request)).await
    }

    /// The request over HTTP, but for the token.
    pub(crate) fn request<R>(&self, request: &Request<R>) -> HttpRequest {
        request.to_http(&self.0.endpoint, &self.0.api_version)
    }

    /// The request for a page that the service named: its own query, our headers.
    pub(crate) fn next_page_request(&self, link: &str) -> Result<HttpRequest, ApiError> {
        let url = self.0.endpoint.next_page_url(link)?;
        let headers = vec![("Accept", "application/json".to_owned())];
        Ok(HttpRequest { method: Method::Get, url, headers, body: None })
    }

    /// Sends `http` with the token as it is now, and reads the reply as one to `request`.
    pub(crate) async fn exchange<R>(
        &self,
        request: &Request<R>,
        mut http: HttpRequest,
    ) -> Result<R, ApiError> {
        http.headers.push(("Authorization", self.0.credential.authorization()));
        let response = self.0.transport.send(http).await?;
        request.read_response(&response)
    }
}

/// Finds for each error the participant it is about, by the exact raw id in `target` (reference 3.2).
pub(crate) fn match_errors(
    asked: &[ChatParticipant],
    errors: Vec<CommunicationError>,
) -> Vec<ParticipantError> {
    let find = |error: &CommunicationError| {
        let target = error.target.as_deref()?;
        asked.iter().find(|asked| asked.communication_identifier.raw_id().as_str() == target).cloned()
    };
    errors.into_iter().map(|error| ParticipantError { participant: find(&error), error }).collect()
}
