//! The `api-version` of a request: which ones are spoken, what each of them has, and what is said to others (reference
//! section 1).
//!
//! Later versions only add fields to earlier ones. So one set of models answers all of them, and what a version does not
//! have is left out of it, on the way in as on the way out ([`crate::wire`]).

use crate::error::ApiError;
use axum::extract::{FromRequestParts, Request};
use axum::http::HeaderValue;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// A stable version of chat; the later is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ChatVersion {
    /// Threads, messages, participants, typing and receipts.
    V2021_03_07,
    /// Adds metadata of messages.
    V2021_09_07,
    /// Adds attachments.
    V2023_11_07,
    /// Adds kinds of attachments and of identifiers.
    V2024_03_07,
    /// Adds metadata of threads and participants, and retention policies.
    V2025_03_15,
}

impl ChatVersion {
    pub(crate) fn has_message_metadata(self) -> bool {
        self >= Self::V2021_09_07
    }

    pub(crate) fn has_attachments(self) -> bool {
        self >= Self::V2023_11_07
    }

    pub(crate) fn has_thread_metadata_and_retention(self) -> bool {
        self >= Self::V2025_03_15
    }
}

/// Chat: every stable version, and the previews that SDKs were published with. A preview has what the next stable
/// version has.
const CHAT: &[(&str, ChatVersion)] = &[
    ("2021-03-07", ChatVersion::V2021_03_07),
    ("2021-09-07", ChatVersion::V2021_09_07),
    ("2021-10-01-preview7", ChatVersion::V2023_11_07),
    ("2023-07-01-preview", ChatVersion::V2023_11_07),
    ("2023-11-07", ChatVersion::V2023_11_07),
    ("2023-11-15-preview", ChatVersion::V2024_03_07),
    ("2024-03-07", ChatVersion::V2024_03_07),
    ("2024-06-05-preview", ChatVersion::V2025_03_15),
    ("2025-03-15", ChatVersion::V2025_03_15),
];

/// A stable version of identity; the later is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum IdentityVersion {
    /// Identities and tokens.
    V2021_03_07,
    /// Adds the exchange of Teams users' tokens.
    V2022_06_01,
    /// Adds the choice of a token's life.
    V2022_10_01,
    /// Adds nothing that is done here.
    V2023_08_01,
    /// Adds the scopes of those who only join.
    V2023_10_01,
    /// Adds Teams extensions, which are not done here.
    V2025_06_30,
}

impl IdentityVersion {
    pub(crate) fn has_teams_exchange(self) -> bool {
        self >= Self::V2022_06_01
    }

    pub(crate) fn has_teams_extensions(self) -> bool {
        self >= Self::V2025_06_30
    }

    pub(crate) fn name(self) -> &'static str {
        IDENTITY.iter().find(|(_, version)| *version == self).map_or("", |(name, _)| name)
    }

    pub(crate) fn has_token_life(self) -> bool {
        self >= Self::V2022_10_01
    }

    pub(crate) fn has_joining_scopes(self) -> bool {
        self >= Self::V2023_10_01
    }
}

/// Identity: every stable version.
const IDENTITY: &[(&str, IdentityVersion)] = &[
    ("2021-03-07", IdentityVersion::V2021_03_07),
    ("2022-06-01", IdentityVersion::V2022_06_01),
    ("2022-10-01", IdentityVersion::V2022_10_01),
    ("2023-08-01", IdentityVersion::V2023_08_01),
    ("2023-10-01", IdentityVersion::V2023_10_01),
    ("2025-06-30", IdentityVersion::V2025_06_30),
];

/// Lets a request of chat pass if its version is spoken, and notes the version.
pub(crate) async fn chat(request: Request, next: Next) -> Response {
    check(CHAT, request, next).await
}

/// Lets a request of identity pass if its version is spoken, and notes the version.
pub(crate) async fn identity(request: Request, next: Next) -> Response {
    check(IDENTITY, request, next).await
}

async fn check<V: Copy + Send + Sync + 'static>(
    known: &'static [(&'static str, V)],
    mut request: Request,
    next: Next,
) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let asked = query.split('&').find_map(|pair| pair.strip_prefix("api-version=")).unwrap_or_default();
    let mut response = match known.iter().find(|(name, _)| *name == asked) {
        Some((_, version)) => {
            request.extensions_mut().insert(*version);
            next.run(request).await
        }
        None if asked.is_empty() => {
            ApiError::bad_request("The query parameter api-version is missing.").into_response()
        }
        None => ApiError::unsupported_version(asked).into_response(),
    };
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let value = HeaderValue::from_str(&names.join(", ")).expect("versions are ASCII");
    response.headers_mut().insert("api-supported-versions", value);
    response
}

impl<S: Send + Sync> FromRequestParts<S> for ChatVersion {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        noted(parts)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdentityVersion {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        noted(parts)
    }
}

/// What [`chat`] or [`identity`] noted; one of them is in front of every route that asks.
fn noted<V: Copy + Send + Sync + 'static>(parts: &Parts) -> Result<V, ApiError> {
    parts.extensions.get::<V>().copied().ok_or_else(ApiError::internal)
}
