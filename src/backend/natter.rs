//! The local service: Azure's language for chat, and its own endpoints for signing in by name and finding people.

use std::rc::Rc;

use acs_chat::fields::{Fields, FromFields};
use acs_chat::{ApiError, Collection, HttpRequest, Method, RawId, Request, Transport};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use serde::Serialize;

use super::acs::{self, Acs};
use super::events::Streams;
use super::{Backend, NewToken, Reply, Services, SignedIn};
use crate::model::rows::{Capabilities, Config, Person, ServiceKind};
use crate::platform::Clock;

/// What it can do: Azure's table, and people by name.
pub const CAPABILITIES: Capabilities =
    Capabilities { people_by_name: true, events: true, assistant: true, ..acs::CAPABILITIES };

#[derive(Serialize)]
struct NameRequest {
    name: String,
}

impl FromFields for SignedIn {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            id: RawId::new(fields.text("userId")),
            name: fields.text("displayName"),
            token: fields.text("token"),
        }
    }
}

impl FromFields for NewToken {
    fn from_fields(fields: &mut Fields) -> Self {
        Self { token: fields.text("token") }
    }
}

impl FromFields for Person {
    fn from_fields(fields: &mut Fields) -> Self {
        Self { id: RawId::new(fields.text("userId")), name: fields.text("displayName") }
    }
}

/// What `config.json` says; what it does not say, or says wrongly, is as without it.
fn read_config(body: &[u8]) -> Config {
    let mut fields = Fields::parse(body);
    let default = Config::default();
    let config = Config {
        endpoint: fields.optional_text("endpoint").unwrap_or(default.endpoint),
        sign_in_by_name: fields.optional_flag("signInByName").unwrap_or(default.sign_in_by_name),
        token_url: fields.optional_text("tokenUrl").unwrap_or(default.token_url),
    };
    fields.finish(config).unwrap_or_default()
}

/// The operations that the local service has beyond Azure's.
impl dyn Backend + '_ {
    /// The people whose names begin so, where there is a directory.
    pub fn find_people(&self, prefix: &str) -> Reply<'_, Collection<Person>> {
        // `Request` has no public way to add a query; a name in a path is encoded by the same rules.
        let path = format!("/natter/v1/people?name={}", percent_encoded(prefix));
        self.ask_directory(Ok(Request::fields(Method::Get, path)))
    }

    /// The person of this name, where there is a directory; they need not have signed in yet.
    pub fn person_by_name(&self, name: String) -> Reply<'_, Person> {
        let request = Request::fields(Method::Post, "/natter/v1/people".to_owned());
        self.ask_directory(request.with_body(&NameRequest { name }))
    }

    fn ask_directory<R>(&self, request: Result<Request<R>, ApiError>) -> Reply<'_, R> {
        Reply::to(request.and_then(|request| {
            if !self.capabilities().people_by_name {
                let reason = "this service has no directory of people".to_owned();
                return Err(ApiError::InvalidRequest { reason });
            }
            Ok((request.reader(), self.exchange(own_request(self.endpoint(), &request))))
        }))
    }
}

/// The request as HTTP, without the `api-version` of Azure's paths.
pub(super) fn own_request<R>(endpoint: &acs_chat::Endpoint, request: &Request<R>) -> HttpRequest {
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

impl<T: Transport + Streams + Clone + 'static> Services for HttpServices<T> {
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

    fn sign_in_by_name(&self, endpoint: &str, name: String) -> Reply<'_, SignedIn> {
        let request = Request::fields(Method::Post, "/natter/v1/sign-in".to_owned());
        let request = request.with_body(&NameRequest { name });
        Reply::to(request.and_then(|request| {
            let http = own_request(&acs::parse_endpoint(endpoint)?, &request);
            Ok((request.reader(), super::exchange(&self.transport, self.clock.as_ref(), http)))
        }))
    }

    fn new_token(&self, url: &str, token: &str) -> Reply<'_, NewToken> {
        let request = Request::fields(Method::Post, String::new());
        let headers =
            vec![("Accept", "application/json".to_owned()), ("Authorization", format!("Bearer {token}"))];
        let http = HttpRequest { method: request.method, url: url.to_owned(), headers, body: None };
        Reply::to(Ok((request.reader(), super::exchange(&self.transport, self.clock.as_ref(), http))))
    }

    fn connect(&self, kind: ServiceKind, endpoint: &str, token: &str) -> Result<Rc<dyn Backend>, ApiError> {
        let capabilities = match kind {
            ServiceKind::Natter => CAPABILITIES,
            ServiceKind::Acs => acs::CAPABILITIES,
        };
        let (transport, clock) = (self.transport.clone(), Rc::clone(&self.clock));
        Ok(Rc::new(Acs::new(endpoint, token, transport, clock, capabilities)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_may_say_little_or_nonsense() {
        let config = |text: &str| {
            let Config { endpoint, sign_in_by_name, token_url } = read_config(text.as_bytes());
            (endpoint, sign_in_by_name, token_url)
        };
        let nothing = || (String::new(), true, String::new());
        assert_eq!(
            config(r#"{"endpoint": "https://a", "signInByName": false, "tokenUrl": "/token", "later": {}}"#),
            ("https://a".to_owned(), false, "/token".to_owned())
        );
        assert_eq!(config("{}"), nothing());
        assert_eq!(config("<html>"), nothing());
        assert_eq!(config(r#"{"endpoint": 7, "signInByName": false}"#), nothing());
    }

    #[test]
    fn names_are_encoded_for_a_query() {
        assert_eq!(percent_encoded("Ann & 王"), "Ann%20%26%20%E7%8E%8B");
    }
}
