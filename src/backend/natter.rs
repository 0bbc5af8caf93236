//! The local service: Azure's language for chat, and its own endpoints for signing in by name and finding people.

use std::rc::Rc;

use acs_chat::fields::{Fields, InvalidField};
use acs_chat::{
    AddChatParticipantsResult, ApiError, ChatMessage, ChatMessageReadReceipt, ChatParticipant,
    ChatThreadItem, ChatThreadProperties, Collection, CreateChatThreadResult, HttpRequest, MessageId, Method,
    RawId, Request, ThreadId, Transport,
};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use serde_json::Value;

use super::acs::{self, Acs};
use super::{Backend, From, Outgoing, Reply, Services, SignedIn};
use crate::model::rows::{Capabilities, Config, Person, ServiceKind};
use crate::platform::Clock;

/// What it can do: Azure's table, and people by name.
pub const CAPABILITIES: Capabilities = Capabilities { people_by_name: true, ..acs::CAPABILITIES };

#[derive(Serialize)]
struct NameRequest {
    name: String,
}

impl TryFrom<Value> for SignedIn {
    type Error = InvalidField;

    fn try_from(value: Value) -> Result<Self, InvalidField> {
        let mut fields = Fields::of(value);
        let signed_in = Self {
            id: RawId::new(fields.text("userId")),
            name: fields.text("displayName"),
            token: fields.text("token"),
        };
        fields.finish(signed_in)
    }
}

impl TryFrom<Value> for Person {
    type Error = InvalidField;

    fn try_from(value: Value) -> Result<Self, InvalidField> {
        let mut fields = Fields::of(value);
        let person = Self { id: RawId::new(fields.text("userId")), name: fields.text("displayName") };
        fields.finish(person)
    }
}

/// What `config.json` says; what it does not say, or says wrongly, is as without it.
fn read_config(body: &[u8]) -> Config {
    let mut fields = Fields::parse(body);
    let default = Config::default();
    let config = Config {
        endpoint: fields.optional_text("endpoint").unwrap_or(default.endpoint),
        sign_in_by_name: fields.optional_flag("signInByName").unwrap_or(default.sign_in_by_name),
    };
    fields.finish(config).unwrap_or_default()
}

/// The service, with a token.
pub struct Natter<T> {
    acs: Acs<T>,
}

impl<T: Transport + Clone> Backend for Natter<T> {
    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    fn find_people(&self, prefix: String) -> Reply<'_, Vec<Person>> {
        async move {
            // `Request` has no public way to add a query; a name in a path is encoded by the same rules.
            let path = format!("/natter/v1/people?name={}", percent_encoded(&prefix));
            let request: Request<Collection<Person>> = Request::fields(Method::Get, path);
            Ok(self.send(&request).await?.value)
        }
        .boxed_local()
    }

    fn person_by_name(&self, name: String) -> Reply<'_, Person> {
        async move {
            let request: Request<Person> = Request::fields(Method::Post, "/natter/v1/people".to_owned());
            self.send(&request.with_body(&NameRequest { name })?).await
        }
        .boxed_local()
    }

    fn replace_token(&self, token: &str) {
        self.acs.replace_token(token);
    }

    fn list_threads(&self, from: From) -> Reply<'_, Collection<ChatThreadItem>> {
        self.acs.list_threads(from)
    }

    fn list_messages(&self, thread: ThreadId, from: From) -> Reply<'_, Collection<ChatMessage>> {
        self.acs.list_messages(thread, from)
    }

    fn list_receipts(&self, thread: ThreadId, from: From) -> Reply<'_, Collection<ChatMessageReadReceipt>> {
        self.acs.list_receipts(thread, from)
    }

    fn list_people(&self, thread: ThreadId, from: From) -> Reply<'_, Collection<ChatParticipant>> {
        self.acs.list_people(thread, from)
    }

    fn properties(&self, thread: ThreadId) -> Reply<'_, ChatThreadProperties> {
        self.acs.properties(thread)
    }

    fn send_message(&self, message: Outgoing) -> Reply<'_, MessageId> {
        self.acs.send_message(message)
    }

    fn update_message(&self, thread: ThreadId, message: MessageId, text: String) -> Reply<'_, ()> {
        self.acs.update_message(thread, message, text)
    }

    fn delete_message(&self, thread: ThreadId, message: MessageId) -> Reply<'_, ()> {
        self.acs.delete_message(thread, message)
    }

    fn send_receipt(&self, thread: ThreadId, message: MessageId) -> Reply<'_, ()> {
        self.acs.send_receipt(thread, message)
    }

    fn send_typing(&self, thread: ThreadId, name: String) -> Reply<'_, ()> {
        self.acs.send_typing(thread, name)
    }

    fn create_thread(
        &self,
        topic: String,
        people: Vec<ChatParticipant>,
        request_id: String,
    ) -> Reply<'_, CreateChatThreadResult> {
        self.acs.create_thread(topic, people, request_id)
    }

    fn rename_thread(&self, thread: ThreadId, topic: String) -> Reply<'_, ()> {
        self.acs.rename_thread(thread, topic)
    }

    fn delete_thread(&self, thread: ThreadId) -> Reply<'_, ()> {
        self.acs.delete_thread(thread)
    }

    fn add_people(
        &self,
        thread: ThreadId,
        people: Vec<ChatParticipant>,
    ) -> Reply<'_, AddChatParticipantsResult> {
        self.acs.add_people(thread, people)
    }

    fn remove_person(&self, thread: ThreadId, person: RawId) -> Reply<'_, ()> {
        self.acs.remove_person(thread, person)
    }
}

impl<T: Transport + Clone> Natter<T> {
    /// Sends a request of the service's own, which has no `api-version`.
    async fn send<R>(&self, request: &Request<R>) -> Result<R, ApiError> {
        let response = self.acs.exchange(own_request(self.acs.endpoint(), request)).await?;
        request.read_response(&response)
    }
}

/// The request as HTTP, without the `api-version` of Azure's paths.
fn own_request<R>(endpoint: &acs_chat::Endpoint, request: &Request<R>) -> HttpRequest {
    let mut headers = vec![("Accept", "application/json".to_owned())];
    if request.body.is_some() {
        headers.push(("Content-Type", "application/json".to_owned()));
    }
    let url = endpoint.url(&request.path);
    HttpRequest { method: request.method, url, headers, body: request.body.clone() }
}

/// Everything but letters, digits and a few marks becomes `%XX`.
fn percent_encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a String takes everything");
        }
    }
    encoded
}

/// Both services over one kind of transport.
pub struct HttpServices<T> {
    transport: T,
    clock: Rc<dyn Clock>,
    origin: String,
    config_url: String,
}

impl<T: Transport + Clone + 'static> HttpServices<T> {
    /// For a page of this origin, whose `config.json` is at this address.
    pub fn new(transport: T, clock: Rc<dyn Clock>, origin: String, config_url: String) -> Self {
        Self { transport, clock, origin, config_url }
    }
}

impl<T: Transport + Clone + 'static> Services for HttpServices<T> {
    fn config(&self) -> LocalBoxFuture<'_, Config> {
        async move {
            let request = HttpRequest {
                method: Method::Get,
                url: self.config_url.clone(),
                headers: vec![("Accept", "application/json".to_owned())],
                body: None,
            };
            match super::exchange(&self.transport, self.clock.as_ref(), request).await {
                Ok(response) if response.status == 200 => read_config(&response.body),
                _ => Config::default(),
            }
        }
        .boxed_local()
    }

    fn origin(&self) -> String {
        self.origin.clone()
    }

    fn sign_in_by_name(&self, endpoint: String, name: String) -> Reply<'_, SignedIn> {
        async move {
            let endpoint = acs::parse_endpoint(&endpoint)?;
            let request: Request<SignedIn> = Request::fields(Method::Post, "/natter/v1/sign-in".to_owned());
            let request = request.with_body(&NameRequest { name })?;
            let http = own_request(&endpoint, &request);
            let response = super::exchange(&self.transport, self.clock.as_ref(), http).await?;
            request.read_response(&response)
        }
        .boxed_local()
    }

    fn connect(&self, kind: ServiceKind, endpoint: &str, token: &str) -> Result<Rc<dyn Backend>, ApiError> {
        let acs = Acs::new(endpoint, token, self.transport.clone(), Rc::clone(&self.clock))?;
        Ok(match kind {
            ServiceKind::Natter => Rc::new(Natter { acs }),
            ServiceKind::Acs => Rc::new(acs),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_may_say_little_or_nonsense() {
        let config = |text: &str| {
            let Config { endpoint, sign_in_by_name } = read_config(text.as_bytes());
            (endpoint, sign_in_by_name)
        };
        assert_eq!(
            config(r#"{"endpoint": "https://a", "signInByName": false, "later": {}}"#),
            ("https://a".to_owned(), false)
        );
        assert_eq!(config("{}"), (String::new(), true));
        assert_eq!(config("<html>"), (String::new(), true));
        assert_eq!(config(r#"{"endpoint": 7, "signInByName": false}"#), (String::new(), true));
    }

    #[test]
    fn names_are_encoded_for_a_query() {
        assert_eq!(percent_encoded("Ann & 王"), "Ann%20%26%20%E7%8E%8B");
    }
}
