//! Every operation of the contract as a value: method, path, query, body, and how to read the reply (reference 2).
//!
//! [`crate::ChatClient`] sends them. Whoever has another way to send, or wants to look first, takes [`Request::to_http`] and
//! gives the reply to [`Request::read_response`]. A request can be sent again: sending borrows it. What a service has beyond the
//! contract is asked for with [`Request::json`], [`Request::fields`] and [`Request::no_content`].

mod message;
mod participant;
mod receipt;
mod thread;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api_error::ApiError;
use crate::encoding::{header_value, push_percent_encoded, push_segment};
use crate::endpoint::Endpoint;
use crate::fields::{Fields, FromFields};
use crate::id::ThreadId;
use crate::json;
use crate::time::Timestamp;
use crate::transport::{HttpRequest, HttpResponse, Method};

pub use message::{delete_message, get_message, list_messages, send_message, update_message};
pub use participant::{add_participants, list_participants, remove_participant};
pub use receipt::{list_read_receipts, send_read_receipt, send_typing_notification};
pub use thread::{
    create_chat_thread, delete_chat_thread, get_chat_thread_properties, list_chat_threads,
    update_chat_thread_properties,
};

/// The version of the chat API that clients speak unless told otherwise: the newest stable one (reference 1).
pub const API_VERSION: &str = "2025-03-15";

/// An operation with its arguments; its reply is read as an `R`.
#[derive(Clone, Debug)]
pub struct Request<R> {
    /// The method.
    pub method: Method,
    /// The path below the endpoint; ids in it are percent-encoded, each in one segment.
    pub path: String,
    /// The query but for `api-version`, not yet encoded.
    pub query: Vec<(&'static str, String)>,
    /// Headers of this operation alone, such as `repeatability-request-id`.
    pub headers: Vec<(&'static str, String)>,
    /// The body, JSON.
    pub body: Option<Vec<u8>>,
    reader: Reader<R>,
}

/// How the reply to a request is read, for whoever does not keep the request itself.
#[derive(Debug)]
pub struct Reader<R>(fn(&[u8]) -> Result<R, ApiError>);

/// Not derived, as that would ask for replies that can be cloned.
impl<R> Clone for Reader<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Reader<R> {}

impl<R> Reader<R> {
    /// Reads the reply: any status from 200 to 299 is success, since they are irregular (trap 5).
    ///
    /// # Errors
    /// [`ApiError`], classified; never [`ApiError::NoConnection`], as there is a reply.
    pub fn read(self, response: &HttpResponse) -> Result<R, ApiError> {
        (self.0)(body_of_success(response)?)
    }
}

impl Request<()> {
    /// An operation whose reply says nothing but that it is done. The path begins with `/` and is encoded already.
    #[must_use]
    pub fn no_content(method: Method, path: String) -> Self {
        Self::reading(method, path, |_| Ok(()))
    }
}

impl<R: DeserializeOwned> Request<R> {
    /// An operation whose reply is JSON. The path begins with `/` and is encoded already.
    #[must_use]
    pub fn json(method: Method, path: String) -> Self {
        Self::reading(method, path, |body| serde_json::from_slice(body).map_err(|error| misread(&error)))
    }
}

impl<R: FromFields> Request<R> {
    /// An operation whose reply is JSON, read with [`crate::fields`]. The path begins with `/` and is encoded already.
    #[must_use]
    pub fn fields(method: Method, path: String) -> Self {
        Self::reading(method, path, read_fields)
    }
}

impl<R> Request<R> {
    #[inline(never)]
    fn reading(method: Method, path: String, read: fn(&[u8]) -> Result<R, ApiError>) -> Self {
        Self { method, path, query: Vec::new(), headers: Vec::new(), body: None, reader: Reader(read) }
    }

    /// Gives the request a body, sent as JSON.
    ///
    /// # Errors
    /// [`ApiError::InvalidRequest`] when it has no form in JSON.
    pub fn with_body(mut self, body: &impl Serialize) -> Result<Self, ApiError> {
        let bytes =
            serde_json::to_vec(body).map_err(|_| ApiError::invalid("its body has no form in JSON"))?;
        self.body = Some(bytes);
        Ok(self)
    }

    /// Gives the request an id, sent as `x-ms-client-request-id`. A service may use it to recognise a repeated send.
    ///
    /// # Errors
    /// [`ApiError::InvalidRequest`] unless it is visible ASCII.
    pub fn with_client_request_id(self, id: &str) -> Result<Self, ApiError> {
        self.with_header("x-ms-client-request-id", id)
    }

    /// The request as it goes over HTTP, but for `Authorization`.
    #[inline(never)]
    #[must_use]
    pub fn to_http(&self, endpoint: &Endpoint, api_version: &str) -> HttpRequest {
        let mut url = endpoint.url(&self.path);
        let version = ("api-version", api_version);
        let query = self.query.iter().map(|(name, value)| (*name, value.as_str()));
        for (index, (name, value)) in query.chain([version]).enumerate() {
            url.push(if index == 0 { '?' } else { '&' });
            url.push_str(name);
            url.push('=');
            push_percent_encoded(&mut url, value);
        }
        let mut headers = self.headers.clone();
        headers.push(("Accept", "application/json".to_owned()));
        if self.body.is_some() {
            headers.push(("Content-Type", self.content_type().to_owned()));
        }
        HttpRequest { method: self.method, url, headers, body: self.body.clone() }
    }

    /// How the reply is read.
    #[must_use]
    pub fn reader(&self) -> Reader<R> {
        self.reader
    }

    /// Reads the reply, as [`Reader::read`] does.
    ///
    /// # Errors
    /// As there.
    pub fn read_response(&self, response: &HttpResponse) -> Result<R, ApiError> {
        self.reader.read(response)
    }

    /// A PATCH is a merge patch and must say so (trap 8).
    fn content_type(&self) -> &'static str {
        match self.method {
            Method::Patch => "application/merge-patch+json",
            _ => "application/json",
        }
    }

    fn with_header(mut self, name: &'static str, value: &str) -> Result<Self, ApiError> {
        self.headers.push((name, header_value(name, value)?));
        Ok(self)
    }

    fn with_query(mut self, name: &'static str, value: Option<impl ToString>) -> Self {
        self.query.extend(value.map(|value| (name, value.to_string())));
        self
    }
}

#[inline(never)]
fn body_of_success(response: &HttpResponse) -> Result<&[u8], ApiError> {
    match response.status {
        200..300 => Ok(&response.body),
        _ => Err(ApiError::from_response(response)),
    }
}

fn read_fields<R: FromFields>(body: &[u8]) -> Result<R, ApiError> {
    let mut fields = Fields::of_json(json::parse(body)?);
    let read = R::from_fields(&mut fields);
    fields.finish(read).map_err(|error| ApiError::broken(error.to_string()))
}

/// What is wrong with a body that was read by a derived reader.
fn misread(error: &serde_json::Error) -> ApiError {
    let text = error.to_string();
    if text.starts_with("missing field") { ApiError::broken(text) } else { json::broken(error) }
}

/// Which part of a list that is ordered by time: threads (operation 2) and messages (7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListFromTime {
    /// The most items in a page, 200 at most for messages. Without it the service chooses, and chooses small (reference 3.5).
    pub results_per_page: Option<u32>,
    /// Nothing earlier than this.
    pub start_time: Option<Timestamp>,
}

/// Which part of a list that is ordered by arrival: participants (operation 11) and read receipts (16).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListFromPosition {
    /// The most items in a page. Without it the service chooses.
    pub results_per_page: Option<u32>,
    /// How many items to leave out at the beginning.
    pub skip: Option<u32>,
}

impl ListFromTime {
    fn apply<R>(self, request: Request<R>) -> Request<R> {
        request.with_query("maxPageSize", self.results_per_page).with_query("startTime", self.start_time)
    }
}

impl ListFromPosition {
    fn apply<R>(self, request: Request<R>) -> Request<R> {
        request.with_query("maxPageSize", self.results_per_page).with_query("skip", self.skip)
    }
}

/// `/chat/threads/{threadId}` and what follows.
fn thread_path(thread_id: &ThreadId, rest: &str) -> Result<String, ApiError> {
    let mut path = "/chat/threads".to_owned();
    push_segment(&mut path, thread_id.as_str())?;
    path.push_str(rest);
    Ok(path)
}
