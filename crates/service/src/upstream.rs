//! Requests to the servers that answer or translate, which the operator chose: no redirect is followed, no proxy of the environment is
//! used, and what they say in errors goes no further than [`Failure`].

use assistant::Failure;
use axum::http::{HeaderName, HeaderValue};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Response, Url, redirect};
use std::sync::OnceLock;
use std::time::Duration;

/// To connect, and for TLS.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// So much of an error, or of a reply that is no stream, is read.
const REPLY_BYTES: usize = 64 * 1024;

/// A whole reply is no longer than this.
const WHOLE_REPLY_BYTES: usize = 512 * 1024;

/// What asks. The client is made when it is first needed: reading the system's certificates takes its time.
#[derive(Default)]
pub(crate) struct Upstream(OnceLock<Option<Client>>);

/// A request, always `POST`.
pub(crate) struct Post {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Upstream {
    /// Sends a request; the reply has not been read.
    pub(crate) async fn send(&self, post: Post) -> Result<Response, Failure> {
        let client = self.0.get_or_init(build).as_ref().ok_or(Failure::Unreachable)?;
        let Post { url, mut headers, body } = post;
        // What is compressed on its way comes in lumps.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        client.post(url).headers(headers).body(body).send().await.map_err(|error| {
            // The address may hold a token, and the cause may hold the address.
            tracing::warn!(
                connect = error.is_connect(),
                timeout = error.is_timeout(),
                "a server did not reply"
            );
            Failure::Unreachable
        })
    }
}

/// Reads a reply that is no stream, or its beginning.
pub(crate) async fn read(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < REPLY_BYTES {
        let Ok(Some(chunk)) = response.chunk().await else { break };
        body.extend_from_slice(&chunk[..chunk.len().min(REPLY_BYTES - body.len())]);
    }
    body
}

/// Reads a reply, unless it is longer than any should be.
pub(crate) async fn read_all(mut response: Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        body.extend_from_slice(&chunk);
        if body.len() > WHOLE_REPLY_BYTES {
            return None;
        }
    }
    Some(body)
}

/// Whether a reply says that it is a stream of events.
pub(crate) fn is_stream(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    response.status().is_success() && kind.eq_ignore_ascii_case("text/event-stream")
}

/// What it means that a reply is no stream; `refusal` reads what a server says in errors.
pub(crate) async fn no_stream(response: Response, refusal: fn(u16, &[u8]) -> Failure) -> Failure {
    let status = response.status();
    if status.is_success() || status.is_redirection() {
        return Failure::NotAStream;
    }
    refusal(status.as_u16(), &read(response).await)
}

/// A header that is not written to any log.
pub(crate) fn secret(headers: &mut HeaderMap, name: HeaderName, text: &str) -> Result<(), Failure> {
    let mut value = HeaderValue::from_str(text).map_err(|_| Failure::NotConfigured)?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

/// Host, and port where it is not the usual one.
pub(crate) fn host(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

fn build() -> Option<Client> {
    // An error means that the program has chosen a provider already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_TIME)
        .user_agent(concat!("natter-service/", env!("CARGO_PKG_VERSION")))
        .build();
    client.inspect_err(|_| tracing::error!("no HTTP client for other servers")).ok()
}
