//! A transport of prepared replies, and the smallest examples of things.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use acs_chat::{
    ChatClient, ChatThreadClient, Endpoint, HttpRequest, HttpResponse, ThreadId, TokenCredential, Transport,
    TransportError,
};
use futures_util::FutureExt;
use serde_json::{Value, json};

pub(crate) const THREAD: &str = "19:a-b_c1@thread.v2";
pub(crate) const USER: &str = "8:acs:R_U";
pub(crate) const ORIGIN: &str = "https://name.communication.azure.com";

/// Gives its replies in order, keeps what it was asked, and fails the test when it is asked once too often.
#[derive(Default)]
pub(crate) struct Script {
    replies: RefCell<VecDeque<Result<HttpResponse, TransportError>>>,
    requests: RefCell<Vec<HttpRequest>>,
}

impl Script {
    pub(crate) fn new(replies: impl IntoIterator<Item = Result<HttpResponse, TransportError>>) -> Rc<Self> {
        Rc::new(Self { replies: RefCell::new(replies.into_iter().collect()), requests: RefCell::default() })
    }

    /// Takes what was asked since the last time.
    pub(crate) fn requests(&self) -> Vec<HttpRequest> {
        self.requests.take()
    }

    pub(crate) fn urls(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.url).collect()
    }
}

impl Transport for Script {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let url = request.url.clone();
        self.requests.borrow_mut().push(request);
        self.replies.borrow_mut().pop_front().unwrap_or_else(|| panic!("no reply prepared for {url}"))
    }
}

pub(crate) fn reply(status: u16, body: &Value) -> Result<HttpResponse, TransportError> {
    Ok(HttpResponse { status, headers: Vec::new(), body: body.to_string().into_bytes() })
}

pub(crate) fn empty_reply(status: u16) -> Result<HttpResponse, TransportError> {
    Ok(HttpResponse { status, ..HttpResponse::default() })
}

pub(crate) fn chat_client(script: &Rc<Script>) -> ChatClient<Rc<Script>> {
    let credential = TokenCredential::new("a.b.c").unwrap();
    ChatClient::new(Endpoint::parse(ORIGIN).unwrap(), credential, Rc::clone(script))
}

pub(crate) fn thread_client(script: &Rc<Script>) -> ChatThreadClient<Rc<Script>> {
    chat_client(script).get_chat_thread_client(ThreadId::new(THREAD))
}

/// Prepared replies are there at once, so no test ever waits.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    future.now_or_never().expect("prepared replies are there at once")
}

pub(crate) fn identifier() -> Value {
    json!({"rawId": USER, "communicationUser": {"id": USER}})
}

pub(crate) fn properties() -> Value {
    json!({"id": THREAD, "topic": "T", "createdOn": "2021-06-15T23:04:08Z",
           "createdByCommunicationIdentifier": identifier()})
}
