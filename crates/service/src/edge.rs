//! What every reply has in common, whatever answered it: security headers, CORS, the echoed request id, a line in the
//! log, and a 500 in the usual shape when a handler panicked. Refusals of chat in the hosted service's shape, if asked for.

use crate::correlation::Correlation;
use crate::error::{ApiError, Told, hosted_shape};
use crate::extract::Peer;
use crate::metrics;
use crate::state::AppState;
use crate::telemetry;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{self, HeaderMap, HeaderName};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::time::Instant;
use tracing::Instrument as _;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");

/// Nothing in an API reply is ever to be run, shown or framed.
const API_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The app's own files, and connections to chat services; wasm may be compiled, text may not be run.
const APP_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; \
     font-src 'self'; connect-src 'self' https: http://localhost:* http://127.0.0.1:*; manifest-src 'self'; \
     worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

const ALLOW_HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, accept, x-ms-client-request-id, x-ms-useragent, repeatability-request-id, \
     x-ms-date, x-ms-content-sha256, x-ms-return-client-request-id, traceparent, \
     last-event-id",
);

/// Whether a path belongs to the API rather than to the app's files.
pub(crate) fn is_api(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    matches!(first, "natter" | "v1") || is_vendors(path)
}

/// Whether a path is one of the hosted service's.
fn is_vendors(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    matches!(first, "chat" | "identities" | "teamsUser" | "access")
}

fn is_chat(path: &str) -> bool {
    path.trim_start_matches('/').split('/').next() == Some("chat")
}

/// Wraps the whole router.
pub(crate) async fn around(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (began, began_ms) = (Instant::now(), state.now_ms());
    let method = request.method().clone();
    let api = is_api(request.uri().path());
    let correlation = is_vendors(request.uri().path()).then(|| Correlation::new(began_ms));
    let chat = is_chat(request.uri().path());
    let transport = transport_policy(&request);
    let request_id = request.headers().get(REQUEST_ID).cloned();
    // The route, not the address: an address may hold what somebody pasted into it.
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());

    let operation = metrics::operation(&method, route.as_deref());
    let noted_id = request_id.as_ref().and_then(|id| id.to_str().ok());
    let span = telemetry::request_span(operation, noted_id, request.headers());

    let mut response = if api && method == Method::OPTIONS {
        preflight()
    } else {
        let handled = AssertUnwindSafe(next.run(request)).catch_unwind().instrument(span.clone()).await;
        handled.unwrap_or_else(|_| {
            span.in_scope(|| tracing::error!(%method, route, "a handler panicked"));
            ApiError::internal().into_response()
        })
    };
    if chat
        && state.azure_errors()
        && let Some(told) = response.extensions().get::<Told>()
    {
        let body = hosted_shape(told);
        response.headers_mut().insert(header::CONTENT_LENGTH, body.len().into());
        *response.body_mut() = Body::from(body);
    }
    let headers = response.headers_mut();
    secure(headers, api, transport);
    if api {
        share(headers);
        if let Some(id) = request_id {
            headers.insert(REQUEST_ID, id);
        }
    }
    let took_ms = state.now_ms() - began_ms;
    if let Some(correlation) = &correlation {
        correlation.write(headers, took_ms);
    }
    state.metrics().answered(operation, response.status().as_str(), began.elapsed());
    let (status, vector) = (response.status().as_u16(), correlation.map(|names| names.vector));
    telemetry::answered(&span, status);
    span.in_scope(|| tracing::debug!(%method, route, status, took_ms, vector, "answered"));
    response
}

/// Over TLS a browser is told to come back over TLS only. But that holds for a name on all its ports: said of
/// `localhost` it would cut off our own http listener and everything else that is developed on the machine. There the
/// header takes such a promise back.
fn transport_policy(request: &Request) -> Option<HeaderValue> {
    request.extensions().get::<Peer>().filter(|peer| peer.tls)?;
    let header = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = header.or_else(|| request.uri().host()).unwrap_or_default();
    let seconds = if host.starts_with("localhost") { "max-age=0" } else { "max-age=2592000" };
    Some(HeaderValue::from_static(seconds))
}

fn secure(headers: &mut HeaderMap, api: bool, transport: Option<HeaderValue>) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if api {
        headers.insert(header::CONTENT_SECURITY_POLICY, API_POLICY);
    } else {
        // The app's page has one of its own (`web.rs`).
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(APP_POLICY);
    }
    if api {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Some(policy) = transport {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, policy);
    }
    // The hosted service says the character set, and some clients look for it.
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json") {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    }
}

/// Any origin may call the API: it asks for a token in a header, which no browser sends by itself. So no origin is
/// reflected and no credentials are allowed.
fn share(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(
            "Location, Retry-After, x-ms-client-request-id, Date, MS-CV, X-Azure-Ref, X-Cache, X-Processing-Time",
        ),
    );
}

fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PATCH, DELETE")),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOW_HEADERS),
        (header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200")),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clock, Settings};
    use axum::Router;
    use axum::body::to_bytes;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt as _;

    async fn reply(request: Request) -> Response {
        async fn fault() -> StatusCode {
            panic!("a fault in a handler")
        }
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::fixed(1_000);
        let settings = Settings { data: dir.path().to_owned(), ..Settings::default() };
        let state = AppState::open_at(&settings, clock.clone()).await.unwrap();
        let slow = async move || clock.set_ms(1_152);
        let router = Router::new()
            .route("/natter/fault", get(fault))
            .route("/chat/slow", get(slow))
            .layer(from_fn_with_state(state, around));
        router.oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn a_panic_is_a_500_in_the_usual_shape() {
        let reply = reply(Request::get("/natter/fault").body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status(), 500);
        assert_eq!(reply.headers()["x-content-type-options"], "nosniff");
        let body = to_bytes(reply.into_body(), 1000).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["error"]["code"], "InternalServerError");
    }

    #[tokio::test]
    async fn a_reply_tells_how_long_it_took() {
        let reply = reply(Request::get("/chat/slow").body(Body::empty()).unwrap()).await;
        assert_eq!(reply.headers()["x-processing-time"], "152ms");
    }

    #[tokio::test]
    async fn only_tls_speaks_of_tls_and_not_for_localhost() {
        let policy = async |tls: bool, host: &str| {
            let mut request = Request::get("/").header("host", host).body(Body::empty()).unwrap();
            request.extensions_mut().insert(Peer { address: ([127, 0, 0, 1], 1).into(), tls });
            let reply = reply(request).await;
            reply.headers().get("strict-transport-security").map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(policy(false, "chat.example").await, None);
        assert_eq!(policy(true, "chat.example").await.as_deref(), Some("max-age=2592000"));
        assert_eq!(policy(true, "localhost:8443").await.as_deref(), Some("max-age=0"));
    }
}
