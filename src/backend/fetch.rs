//! The browser's `fetch` as a transport.

use acs_chat::{HttpRequest, HttpResponse, Method, Transport, TransportError};
use gloo_net::http::{RequestBuilder, Response};
use web_sys::{AbortController, RequestCache, RequestCredentials, RequestRedirect};

/// Sends requests by `fetch`. A request whose future is dropped is cancelled.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fetch;

/// Cancels its request when it goes; after the reply that does nothing.
struct AbortOnDrop(Option<AbortController>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}

impl Transport for Fetch {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let controller = AbortOnDrop(AbortController::new().ok());
        let signal = controller.0.as_ref().map(AbortController::signal);
        let mut builder = RequestBuilder::new(&request.url)
            .method(match request.method {
                Method::Get => gloo_net::http::Method::GET,
                Method::Post => gloo_net::http::Method::POST,
                Method::Patch => gloo_net::http::Method::PATCH,
                Method::Delete => gloo_net::http::Method::DELETE,
            })
            // The token is all the service needs; a cache would only serve what is stale, and a redirect would take the
            // token elsewhere.
            .credentials(RequestCredentials::Omit)
            .cache(RequestCache::NoStore)
            .redirect(RequestRedirect::Error)
            .abort_signal(signal.as_ref());
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let not_sent = |error: gloo_net::Error| TransportError::NotSent(error.to_string());
        let ready = match request.body {
            None => builder.build().map_err(not_sent)?,
            // Bodies are JSON, so they are text.
            Some(body) => builder.body(String::from_utf8_lossy(&body).into_owned()).map_err(not_sent)?,
        };
        // `fetch` gives one error for "never left" and "reply lost": it is taken for the worse.
        let lost = |error: gloo_net::Error| TransportError::Unclear(error.to_string());
        let response: Response = ready.send().await.map_err(lost)?;
        let headers = response.headers().entries().collect();
        let status = response.status();
        let body = response.binary().await.map_err(lost)?;
        Ok(HttpResponse { status, headers, body })
    }
}
