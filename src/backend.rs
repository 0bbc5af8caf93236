//! What a chat service is to the app: one trait, one table of what it can do, and one file for each service.
//!
//! Everything above speaks to [`Backend`] and is told an [`ApiError`]; which service answers, it sees in the
//! [`Capabilities`] alone. What a service cannot do is said in that table, and never faked.

pub mod acs;
pub mod assistant;
pub mod events;
#[cfg(target_arch = "wasm32")]
pub mod fetch;
#[cfg(target_arch = "wasm32")]
mod first;
pub mod natter;
pub mod operator;
pub mod translation;

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use acs_chat::{
    ApiError, Endpoint, HttpRequest, HttpResponse, RawId, Reader, ThreadId, Transport, TransportError,
};
use futures_util::FutureExt as _;
use futures_util::future::{self, LocalBoxFuture};

use crate::model::outbox::ClientMessageId;
use crate::model::priority::Priority;
use crate::model::rows::{ActionError, Capabilities, Config, SendKind, ServiceKind};
use crate::platform::Clock;

/// A request that is under way, before anybody has read the reply.
pub type Exchange<'a> = LocalBoxFuture<'a, Result<HttpResponse, ApiError>>;

/// A request for a stream that is under way.
pub type Opening<'a> = LocalBoxFuture<'a, Result<events::Opened, TransportError>>;

/// What a request comes to. Of all the kinds of replies, only the reading is a thing of its own.
pub struct Reply<'a, T> {
    exchange: Exchange<'a>,
    /// None when nothing was sent.
    reader: Option<Reader<T>>,
}

impl<'a, T> Reply<'a, T> {
    /// To a request that was sent, or could not even be made.
    fn to(sent: Result<(Reader<T>, Exchange<'a>), ApiError>) -> Self {
        match sent {
            Ok((reader, exchange)) => Self { exchange, reader: Some(reader) },
            Err(error) => Self { exchange: future::ready(Err(error)).boxed_local(), reader: None },
        }
    }
}

impl<T> Future for Reply<'_, T> {
    type Output = Result<T, ApiError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(self.exchange.poll_unpin(context))?;
        Poll::Ready(self.reader.expect("what was not sent has no reply").read(&response))
    }
}

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

/// A chat service, as somebody who is signed in uses it: in what one differs from another. The operations are written once
/// over it, as methods of `dyn Backend`: those of Azure in [`acs`], those of the local service alone in [`natter`].
pub trait Backend {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;
    /// Another token for the same person.
    fn replace_token(&self, token: &str);
    /// How far the service's clock is ahead of this machine's, in milliseconds, by its last reply; 0 where it does not tell.
    fn ahead_ms(&self) -> i64;
    /// Where it is.
    fn endpoint(&self) -> &Endpoint;
    /// Opens a stream, with the token.
    fn open(&self, http: HttpRequest) -> Opening<'_>;
    /// Sends a request with the token.
    fn exchange(&self, http: HttpRequest) -> Exchange<'_>;
}

/// A request without a reply is given up after so long.
pub(crate) const REQUEST_TIMEOUT_MS: u64 = 30_000;

/// Sends a request, and does not wait for its reply for ever. Behind a pointer: every request of the app goes through it, and a
/// copy of its own in each of them would cost the page a tenth of its bytes.
fn exchange<'a>(transport: &'a impl Transport, clock: &dyn Clock, request: HttpRequest) -> Exchange<'a> {
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
    /// How pressing it is.
    pub priority: Priority,
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

/// A token in the place of one that is about to end. When it ends itself is written in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// The token.
    pub token: String,
}

/// How services are reached before anybody is signed in, and for a new token.
pub trait Services {
    /// What `config.json` beside the page says; its defaults when there is none.
    fn config(&self) -> LocalBoxFuture<'_, Config>;
    /// The origin that the page came from.
    fn origin(&self) -> String;
    /// Signs in to the local service.
    fn sign_in_by_name(&self, endpoint: &str, name: String) -> Reply<'_, SignedIn>;
    /// Asks the server of a deployment for a new token, by the old one.
    fn new_token(&self, url: &str, token: &str) -> Reply<'_, NewToken>;
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
