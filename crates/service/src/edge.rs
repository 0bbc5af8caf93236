//! What every reply has in common, whatever answered it: security headers, CORS, the echoed request id, a line in the
//! log, and a 500 in the usual shape when a handler panicked.

use crate::error::ApiError;
use crate::extract::Peer;
use crate::state::AppState;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{self, HeaderMap, HeaderName};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;

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
     x-ms-date, x-ms-content-sha256, x-ms-return-client-request-id, traceparent",
);

/// Whether a path belongs to the API rather than to the app's files.
pub(crate) fn is_api(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    matches!(first, "chat" | "identities" | "teamsUser" | "natter")
}

/// Wraps the whole router.
pub(crate) async fn around(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let began_ms = state.now_ms();
    let method = request.method().clone();
    let api = is_api(request.uri().path());
    let tls = request.extensions().get::<Peer>().is_some_and(|peer| peer.tls);
    let request_id = request.headers().get(REQUEST_ID).cloned();
    // The route, not the address: an address may hold what somebody pasted into it.
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());

    let mut response = if api && method == Method::OPTIONS {
        preflight()
    } else {
        let handled = AssertUnwindSafe(next.run(request)).catch_unwind().await;
        handled.unwrap_or_else(|_| {
            tracing::error!(%method, route, "a handler panicked");
            ApiError::internal().into_response()
        })
    };
    let headers = response.headers_mut();
    secure(headers, api, tls);
    if api {
        share(headers);
        if let Some(id) = request_id {
            headers.insert(REQUEST_ID, id);
        }
    }
    let (status, took_ms) = (response.status().as_u16(), state.now_ms() - began_ms);
    tracing::debug!(%method, route, status, took_ms, "answered");
    response
}

fn secure(headers: &mut HeaderMap, api: bool, tls: bool) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CONTENT_SECURITY_POLICY, if api { API_POLICY } else { APP_POLICY });
    if api {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=2592000"));
    }
}

/// Any origin may call the API: it asks for a token in a header, which no browser sends by itself. So no origin is
/// reflected and no credentials are allowed.
fn share(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("Location, Retry-After, x-ms-client-request-id, Date"),
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
