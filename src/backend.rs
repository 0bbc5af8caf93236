//! What a chat service is to the app: one trait, one table of what it can do, and one file for each service.
//!
//! Everything above speaks to [`Backend`] and is told an [`ApiError`]; which service answers, it sees in the
//! [`Capabilities`] alone. What a service cannot do is said in that table, and never faked.

pub mod acs;
#[cfg(target_arch = "wasm32")]
pub mod fetch;
pub mod natter;

use std::rc::Rc;

use acs_chat::{
    AddChatParticipantsResult, ApiError, ChatMessage, ChatMessageReadReceipt, ChatParticipant,
    ChatThreadItem, ChatThreadProperties, Collection, CreateChatThreadResult, HttpRequest, HttpResponse,
    MessageId, RawId, ThreadId, Transport, TransportError,
};
use futures_util::FutureExt as _;
use futures_util::future::{self, LocalBoxFuture};

use crate::model::outbox::ClientMessageId;
use crate::model::rows::{ActionError, Capabilities, Config, Person, SendKind, ServiceKind};
use crate::platform::Clock;

/// What a request comes to.
pub type Reply<'a, T> = LocalBoxFuture<'a, Result<T, ApiError>>;

/// Where a page of a list begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// At its beginning, with at most so many items on a page.
    Start {
        /// The most items.
        page_size: u32,
    },
    /// Where the page before said.
    Link(String),
}

/// A chat service, as somebody who is signed in uses it.
pub trait Backend {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;
    /// Another token for the same person.
    fn replace_token(&self, token: &str);
    /// My threads, newest activity first.
    fn list_threads(&self, from: From) -> Reply<'_, Collection<ChatThreadItem>>;
    /// The messages of a thread, newest change first.
    fn list_messages(&self, thread: ThreadId, from: From) -> Reply<'_, Collection<ChatMessage>>;
    /// How far everybody has read.
    fn list_receipts(&self, thread: ThreadId, from: From) -> Reply<'_, Collection<ChatMessageReadReceipt>>;
    /// Who is in a thread.
    fn list_people(&self, thread: ThreadId, from: From) -> Reply<'_, Collection<ChatParticipant>>;
    /// A thread's properties.
    fn properties(&self, thread: ThreadId) -> Reply<'_, ChatThreadProperties>;
    /// Sends a message under a client's id, by which it is found again.
    fn send_message(&self, message: Outgoing) -> Reply<'_, MessageId>;
    /// Changes the text of a message.
    fn update_message(&self, thread: ThreadId, message: MessageId, text: String) -> Reply<'_, ()>;
    /// Deletes a message.
    fn delete_message(&self, thread: ThreadId, message: MessageId) -> Reply<'_, ()>;
    /// Tells how far I have read.
    fn send_receipt(&self, thread: ThreadId, message: MessageId) -> Reply<'_, ()>;
    /// Tells that I am typing.
    fn send_typing(&self, thread: ThreadId, name: String) -> Reply<'_, ()>;
    /// Makes a thread; with the same id again, it is the same thread.
    fn create_thread(
        &self,
        topic: String,
        people: Vec<ChatParticipant>,
        request_id: String,
    ) -> Reply<'_, CreateChatThreadResult>;
    /// Gives a thread another topic.
    fn rename_thread(&self, thread: ThreadId, topic: String) -> Reply<'_, ()>;
    /// Deletes a thread for everybody.
    fn delete_thread(&self, thread: ThreadId) -> Reply<'_, ()>;
    /// Adds people; the result names those who could not be.
    fn add_people(
        &self,
        thread: ThreadId,
        people: Vec<ChatParticipant>,
    ) -> Reply<'_, AddChatParticipantsResult>;
    /// Takes somebody out.
    fn remove_person(&self, thread: ThreadId, person: RawId) -> Reply<'_, ()>;
    /// The people whose names begin so; nobody where there is no directory.
    fn find_people(&self, prefix: String) -> Reply<'_, Vec<Person>>;
    /// The person of this name, where there is a directory; they need not have signed in yet.
    fn person_by_name(&self, name: String) -> Reply<'_, Person>;
}

/// A request without a reply is given up after so long.
const REQUEST_TIMEOUT_MS: u64 = 30_000;

/// Sends a request, and does not wait for its reply for ever. Not generic in what the reply is, and behind a pointer:
/// every request of the app goes through it, and a copy of its own in each of them would cost the page a tenth of its bytes.
fn exchange<'a>(
    transport: &'a impl Transport,
    clock: &dyn Clock,
    request: HttpRequest,
) -> Reply<'a, HttpResponse> {
    let sleep = clock.sleep_ms(REQUEST_TIMEOUT_MS);
    async move {
        match future::select(std::pin::pin!(transport.send(request)), sleep).await {
            future::Either::Left((result, _)) => Ok(result?),
            future::Either::Right(_) => Err(TransportError::Aborted("no reply in time".to_owned()).into()),
        }
    }
    .boxed_local()
}

/// A message to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Where to.
    pub thread: ThreadId,
    /// Its client's id.
    pub client_id: ClientMessageId,
    /// What it says.
    pub text: String,
    /// How that is meant.
    pub kind: SendKind,
    /// The name to show with it.
    pub my_name: String,
}

/// A sign-in that the service granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub id: RawId,
    /// Their name, as the service keeps it.
    pub name: String,
    /// The token.
    pub token: String,
}

/// How services are reached before anybody is signed in.
pub trait Services {
    /// What `config.json` beside the page says; its defaults when there is none.
    fn config(&self) -> LocalBoxFuture<'_, Config>;
    /// The origin that the page came from.
    fn origin(&self) -> String;
    /// Signs in to the local service.
    fn sign_in_by_name(&self, endpoint: String, name: String) -> Reply<'_, SignedIn>;
    /// A service for somebody with a token.
    ///
    /// # Errors
    /// [`ApiError::InvalidRequest`] for an endpoint or a token that cannot be used at all.
    fn connect(&self, kind: ServiceKind, endpoint: &str, token: &str) -> Result<Rc<dyn Backend>, ApiError>;
}

/// Why an action did not work, from what became of its request. The only place where this is decided.
#[must_use]
pub fn action_error(error: &ApiError, participants: u32) -> ActionError {
    match error {
        ApiError::NoConnection { .. } => ActionError::NoConnection,
        ApiError::LoginLost { .. } => ActionError::LoginLost,
        ApiError::BrokenReply { .. } => ActionError::BrokenReply,
        ApiError::InvalidRequest { reason } => ActionError::Refused { status: 400, message: reason.clone() },
        ApiError::Refused { status: 403, .. } => ActionError::NotAllowed,
        ApiError::Refused { status: 404, .. } => ActionError::NotFound,
        ApiError::Refused { status: 429, retry_after_ms, .. } => {
            ActionError::RateLimited { retry_after_ms: *retry_after_ms }
        }
        // The contract has no code of its own for it; the local service's is this one.
        ApiError::Refused { code, .. } if code == "TooManyParticipants" => {
            ActionError::TooManyPeople { limit: participants }
        }
        ApiError::Refused { status, code, message, .. } => {
            let message = if message.is_empty() { code } else { message };
            ActionError::Refused { status: *status, message: message.clone() }
        }
    }
}

/// What the service said, in one line: `403 Forbidden: …`.
#[must_use]
pub fn said(error: &ApiError) -> String {
    match error {
        ApiError::Refused { status, code, message, .. } if message.is_empty() => format!("{status} {code}"),
        ApiError::Refused { status, code, message, .. } => format!("{status} {code}: {message}"),
        other => other.to_string(),
    }
}
