//! The `api-version` of a request: which ones are spoken, and what is said to others (reference section 1).
//!
//! Later versions only add to earlier ones, so one set of models answers all of them.

use crate::error::ApiError;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Chat: every stable version, and the previews that SDKs were published with.
const CHAT: &[&str] = &[
    "2021-03-07",
    "2021-09-07",
    "2021-10-01-preview7",
    "2023-07-01-preview",
    "2023-11-07",
    "2023-11-15-preview",
    "2024-03-07",
    "2024-06-05-preview",
    "2025-03-15",
];

/// Identity: every stable version.
const IDENTITY: &[&str] =
    &["2021-03-07", "2022-06-01", "2022-10-01", "2023-08-01", "2023-10-01", "2025-06-30"];

/// Lets a request of chat pass if its version is spoken.
pub(crate) async fn chat(request: Request, next: Next) -> Response {
    check(CHAT, request, next).await
}

/// Lets a request of identity pass if its version is spoken.
pub(crate) async fn identity(request: Request, next: Next) -> Response {
    check(IDENTITY, request, next).await
}

async fn check(known: &[&str], request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let version = query.split('&').find_map(|pair| pair.strip_prefix("api-version="));
    let mut response = match version {
        None | Some("") => {
            ApiError::bad_request("The query parameter api-version is missing.").into_response()
        }
        Some(version) if known.contains(&version) => next.run(request).await,
        Some(version) => ApiError::unsupported_version(version).into_response(),
    };
    let value = HeaderValue::from_str(&known.join(", ")).expect("versions are ASCII");
    response.headers_mut().insert("api-supported-versions", value);
    response
}
