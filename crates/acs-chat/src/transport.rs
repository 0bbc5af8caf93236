//! How a request leaves and a reply comes back: plain data, and one small trait for whoever moves it.
//!
//! The browser implements [`Transport`] over `fetch`, tests over prepared replies or the service's own router, native
//! tools over `reqwest` (feature of that name). A transport moves bytes and says what became of them. It does not retry,
//! does not follow redirects to other origins, and does not judge a status: 500 is a reply like any other.

use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use crate::{Timestamp, http_date};

/// The methods that the contract uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Read.
    Get,
    /// Create, or do something.
    Post,
    /// Change a part, as a merge patch.
    Patch,
    /// Remove.
    Delete,
}

impl Method {
    /// The method as it stands in a request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A request, complete: a transport adds nothing but what HTTP itself needs (`Host`, `Content-Length`).
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The absolute address, already encoded. To be sent exactly so: signatures cover it (reference 5.2).
    pub url: String,
    /// Names and values; the values are visible ASCII.
    pub headers: Vec<(&'static str, String)>,
    /// The body, if there is one.
    pub body: Option<Vec<u8>>,
}

impl HttpRequest {
    /// The value of a header, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Method and address only: headers hold the token and bodies what people write, and neither belongs into a log.
impl std::fmt::Debug for HttpRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "HttpRequest({} {})", self.method.as_str(), self.url)
    }
}

/// A reply with any status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status, such as 200.
    pub status: u16,
    /// Names in any case, and values.
    pub headers: Vec<(String, String)>,
    /// The body; empty when there is none.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The value of a header, whatever the case of its name; the first one where it was sent twice.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The service's time when it answered, to the second; none where it is not told, or a browser keeps it to itself.
    #[must_use]
    pub fn date(&self) -> Option<Timestamp> {
        http_date::parse(self.header("date")?)
    }
}

/// There is no reply. What matters is whether the service may have acted; the text is for people and logs.
///
/// A transport that cannot tell chooses [`Self::Unclear`]: a needless look costs less than a message sent twice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The request never left: no network, no address, connection refused. Nothing has happened.
    #[error("not sent: {0}")]
    NotSent(String),
    /// The request may have arrived, the reply did not.
    #[error("sent, but the reply was lost: {0}")]
    Unclear(String),
    /// We gave up waiting, or were told to. The request may have arrived all the same.
    #[error("given up: {0}")]
    Aborted(String),
}

/// Moves one request and brings back its reply.
///
/// The future need not be [`Send`], as browser futures are not; over a transport whose futures are, the clients' are too.
pub trait Transport {
    /// Sends the request and waits for the whole reply.
    fn send(&self, request: HttpRequest) -> impl Future<Output = Result<HttpResponse, TransportError>>;
}

impl<T: Transport + ?Sized> Transport for &T {
    fn send(&self, request: HttpRequest) -> impl Future<Output = Result<HttpResponse, TransportError>> {
        (**self).send(request)
    }
}

impl<T: Transport + ?Sized> Transport for Rc<T> {
    fn send(&self, request: HttpRequest) -> impl Future<Output = Result<HttpResponse, TransportError>> {
        (**self).send(request)
    }
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(&self, request: HttpRequest) -> impl Future<Output = Result<HttpResponse, TransportError>> {
        (**self).send(request)
    }
}
