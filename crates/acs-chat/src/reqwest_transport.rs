//! A transport for native tools, tests and examples, over `reqwest`. Feature `reqwest`; not in WebAssembly.

use std::time::Duration;

use crate::transport::{HttpRequest, HttpResponse, Method, Transport, TransportError};

/// Longer than the service takes for anything, shorter than a person waits.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Sends over HTTP/1.1, with rustls where the address says https. Follows no redirect: the contract has none, and the
/// token must not travel. Needs a Tokio runtime.
#[derive(Clone, Debug)]
pub struct ReqwestTransport {
    client: reqwest::Client,
}

/// The transport could not be made.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client: {0}")]
pub struct ReqwestSetupError(#[from] reqwest::Error);

impl ReqwestTransport {
    /// A transport that trusts what the system trusts.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub fn new() -> Result<Self, ReqwestSetupError> {
        Self::build(Vec::new())
    }

    /// A transport that also trusts these certificates, one or more in PEM: the local service writes its own to
    /// `DIR/tls/ca.pem`.
    ///
    /// # Errors
    /// When this is no certificate, or the system's cannot be read.
    pub fn with_root_certificates(pem: &[u8]) -> Result<Self, ReqwestSetupError> {
        Self::build(reqwest::Certificate::from_pem_bundle(pem)?)
    }

    fn build(certificates: Vec<reqwest::Certificate>) -> Result<Self, ReqwestSetupError> {
        // An error means that the program has chosen a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder =
            reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none());
        if !certificates.is_empty() {
            builder = builder.tls_certs_merge(certificates);
        }
        Ok(Self { client: builder.build()? })
    }
}

impl Transport for ReqwestTransport {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self.client.request(method, request.url);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        let response = builder.send().await.map_err(classify)?;
        let status = response.status().as_u16();
        let text =
            |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers =
            response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let body = response.bytes().await.map_err(classify)?.to_vec();
        Ok(HttpResponse { status, headers, body })
    }
}

/// What fails while connecting, or before, was not sent. Of everything else nobody knows.
fn classify(error: reqwest::Error) -> TransportError {
    let (not_sent, timeout) = (error.is_connect() || error.is_builder(), error.is_timeout());
    // The address may hold ids; the cause is one level down, and says more than reqwest's own words.
    let error = error.without_url();
    let cause = std::iter::successors(std::error::Error::source(&error), |cause| cause.source()).last();
    let reason = cause.map_or_else(|| error.to_string(), ToString::to_string);
    match (not_sent, timeout) {
        (true, _) => TransportError::NotSent(reason),
        (false, true) => TransportError::Aborted(reason),
        (false, false) => TransportError::Unclear(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    fn get(url: String) -> HttpRequest {
        HttpRequest { method: Method::Get, url, headers: vec![("X-Test", "1".to_owned())], body: None }
    }

    /// A server that reads one request, answers with these bytes and closes.
    async fn serve_once(reply: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut seen = Vec::new();
            while !seen.ends_with(b"\r\n\r\n") {
                let mut buffer = [0; 1024];
                let count = socket.read(&mut buffer).await.unwrap();
                seen.extend_from_slice(&buffer[..count]);
            }
            assert!(String::from_utf8_lossy(&seen).to_ascii_lowercase().contains("x-test: 1"));
            socket.write_all(reply.as_bytes()).await.unwrap();
        });
        format!("http://{address}/x")
    }

    #[tokio::test]
    async fn a_reply_comes_back_whatever_its_status() {
        let transport = ReqwestTransport::new().unwrap();
        let url = serve_once("HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nno").await;
        let response = transport.send(get(url)).await.unwrap();
        assert_eq!((response.status, response.header("retry-after")), (429, Some("7")));
        assert_eq!(response.body, b"no");
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let transport = ReqwestTransport::new().unwrap();
        let url =
            serve_once("HTTP/1.1 302 Found\r\nLocation: https://b.example/\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(transport.send(get(url.await)).await.unwrap().status, 302);
    }

    #[tokio::test]
    async fn never_sent_and_perhaps_done_are_told_apart() {
        let transport = ReqwestTransport::new().unwrap();
        // Bound and dropped again: nobody listens there.
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let refused = transport.send(get(format!("http://{free}/"))).await.unwrap_err();
        assert!(matches!(refused, TransportError::NotSent(_)), "{refused}");
        let url = serve_once("").await;
        let closed = transport.send(get(url)).await.unwrap_err();
        assert!(matches!(closed, TransportError::Unclear(_)), "{closed}");
        let url = serve_once("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut off").await;
        let cut = transport.send(get(url)).await.unwrap_err();
        assert!(matches!(cut, TransportError::Unclear(_)), "{cut}");
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(ReqwestTransport::with_root_certificates(broken).is_err());
    }
}
