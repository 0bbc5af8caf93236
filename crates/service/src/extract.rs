//! What handlers take out of a request, each refused in the usual error shape.

use crate::domain::access::{Action, Scope, allows};
use crate::error::ApiError;
use crate::paging::ListQuery;
use crate::state::AppState;
use crate::webhooks::subscription::SubscriptionId;
use acs_chat::{RawId, ThreadId};
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

/// The largest body of any request: a message of 28 KB is at most six times as long in ASCII-escaped JSON.
const BODY_BYTES: usize = 256 * 1024;

/// A body that takes longer comes from a stuck or a hostile client.
const BODY_TIME: Duration = Duration::from_secs(30);

/// How a request reached the service. The server puts one into each request; one called in process has none.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Who sent it.
    pub address: SocketAddr,
    /// Whether it came over TLS.
    pub tls: bool,
}

/// Somebody with a valid token.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) id: RawId,
    scopes: Vec<Scope>,
    /// The identity's revision that the token was issued for.
    pub(crate) revision: i64,
    /// When the token ends.
    pub(crate) expires_ms: i64,
}

impl Caller {
    /// Refuses a token whose scopes do not allow this.
    pub(crate) fn require(&self, action: Action) -> Result<(), ApiError> {
        if allows(&self.scopes, action) {
            return Ok(());
        }
        Err(ApiError::forbidden("The scopes of the access token do not allow this operation."))
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        // A layer in front may have found out already.
        if let Some(caller) = parts.extensions.get::<Self>() {
            return Ok(caller.clone());
        }
        let mut headers = parts.headers.get_all(header::AUTHORIZATION).iter();
        let (Some(header), None) = (headers.next(), headers.next()) else {
            return Err(ApiError::unauthorized());
        };
        let text = header.to_str().map_err(|_| ApiError::unauthorized())?;
        let (scheme, token) = text.split_once(' ').ok_or_else(ApiError::unauthorized)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(ApiError::unauthorized());
        }
        let (grant, expires_ms) =
            state.tokens().verify(token.trim(), state.now_ms()).ok_or_else(ApiError::unauthorized)?;
        let identity = state.store().identity(grant.id).await?.ok_or_else(ApiError::unauthorized)?;
        if identity.token_revision != grant.revision {
            return Err(ApiError::unauthorized());
        }
        let caller = Self { id: identity.id, scopes: grant.scopes, revision: grant.revision, expires_ms };
        // A token for calls only gets nowhere in chat.
        caller.require(Action::TakePart)?;
        Ok(caller)
    }
}

/// `{threadId}` of a path.
pub(crate) struct ThreadPath(pub(crate) ThreadId);

impl<S: Send + Sync> FromRequestParts<S> for ThreadPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Ok(Self(ThreadId::new(path::<String, S>(parts, state).await?)))
    }
}

/// `{threadId}` and `{messageId}` of a path. A message id that is no number names no message.
pub(crate) struct MessagePath(pub(crate) ThreadId, pub(crate) i64);

impl<S: Send + Sync> FromRequestParts<S> for MessagePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let (thread, message) = path::<(String, String), S>(parts, state).await?;
        Ok(Self(ThreadId::new(thread), message_id(&message)))
    }
}

/// The number in a message id; for one that is none, a number that no message has.
pub(crate) fn message_id(text: &str) -> i64 {
    text.parse().unwrap_or(-1)
}

/// `{id}` of an identity's path.
pub(crate) struct IdentityPath(pub(crate) RawId);

impl<S: Send + Sync> FromRequestParts<S> for IdentityPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Ok(Self(RawId::new(path::<String, S>(parts, state).await?)))
    }
}

/// `{token}` of the address that a receiver was told.
pub(crate) struct ValidationPath(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for ValidationPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Ok(Self(path::<String, S>(parts, state).await?))
    }
}

/// `{id}` of a subscription's path.
pub(crate) struct SubscriptionPath(pub(crate) SubscriptionId);

impl<S: Send + Sync> FromRequestParts<S> for SubscriptionPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Ok(Self(SubscriptionId(path::<String, S>(parts, state).await?)))
    }
}

async fn path<T: DeserializeOwned + Send, S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<T, ApiError> {
    let Path(value) = Path::<T>::from_request_parts(parts, state)
        .await
        .map_err(|_| ApiError::bad_request("The path is not valid UTF-8."))?;
    Ok(value)
}

impl<S: Send + Sync> FromRequestParts<S> for ListQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Query(values) = Query::<HashMap<String, String>>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::bad_request("The query is not valid."))?;
        Ok(Self(values))
    }
}

/// Scheme and host as the client wrote them, for addresses in replies. `X-Forwarded-*` is not looked at: anybody can
/// send it, and a proxy can keep the Host header instead.
pub(crate) struct Base(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Base {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let host = host(parts).unwrap_or("localhost");
        let plain = |byte: u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']' | b'_')
        };
        if host.is_empty() || !host.bytes().all(plain) {
            return Err(ApiError::bad_request("The Host header is not valid."));
        }
        let tls = parts.extensions.get::<Peer>().is_some_and(|peer| peer.tls);
        Ok(Self(format!("{}://{host}", if tls { "https" } else { "http" })))
    }
}

/// The Host header, or what stands for it in HTTP/2.
pub(crate) fn host(parts: &Parts) -> Option<&str> {
    let header = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    header.or_else(|| parts.uri.authority().map(|authority| authority.as_str()))
}

/// A JSON body.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        parse_json(&parts.headers, &read_body(body).await?).map(Self)
    }
}

/// A JSON body that may be missing.
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        parse_optional_json(&parts.headers, &read_body(body).await?).map(Self)
    }
}

/// Whoever holds the resource's access key, with the body that they signed.
pub(crate) struct Signed {
    headers: HeaderMap,
    body: axum::body::Bytes,
}

impl Signed {
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        parse_json(&self.headers, &self.body)
    }

    pub(crate) fn optional_json<T: DeserializeOwned + Default>(&self) -> Result<T, ApiError> {
        parse_optional_json(&self.headers, &self.body)
    }
}

impl FromRequest<AppState> for Signed {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        // Without a signature at all nothing needs to be read.
        let Some(authorization) = parts.headers.get(header::AUTHORIZATION) else {
            return Err(ApiError::unauthorized());
        };
        // The hosted service takes Entra ID's tokens here (reference 5.2); only Entra ID could tell whether one is good.
        if authorization.as_bytes().get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer ")) {
            return Err(ApiError::unauthorized_here(
                "No bearer token counts here: this service cannot verify those of Microsoft Entra ID. \
                 Sign the request with the access key.",
            ));
        }
        let body = read_body(body).await?;
        if !state.access_key().verifies(&parts, &body, state.now_ms()) {
            return Err(ApiError::unauthorized());
        }
        Ok(Self { headers: parts.headers, body })
    }
}

/// Whoever may see the operator's page and act on it: with the access key as [`Signed`], or with the token of a session that
/// was opened with the key.
pub(crate) struct Operator(Signed);

impl Operator {
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        self.0.json()
    }
}

impl FromRequest<AppState> for Operator {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = header.and_then(|text| text.split_once(' '));
        let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        if bearer.is_some_and(|(_, token)| state.operators().knows(token.trim(), state.now_ms())) {
            let (parts, body) = request.into_parts();
            return Ok(Self(Signed { headers: parts.headers, body: read_body(body).await? }));
        }
        Signed::from_request(request, state).await.map(Self)
    }
}

/// Whoever may read metrics: with the access key as [`Signed`], or with the token that is there for this alone, as Prometheus
/// can send a token and no signature.
pub(crate) struct Scraper;

impl FromRequest<AppState> for Scraper {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = header.and_then(|text| text.split_once(' '));
        let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        if let (Some(token), Some((_, sent))) = (state.metrics_token(), bearer) {
            return if token.equals(sent.trim()) { Ok(Self) } else { Err(ApiError::unauthorized()) };
        }
        Signed::from_request(request, state).await.map(|_| Self)
    }
}

async fn read_body(body: Body) -> Result<axum::body::Bytes, ApiError> {
    match tokio::time::timeout(BODY_TIME, to_bytes(body, BODY_BYTES)).await {
        Err(_) => Err(ApiError::timeout()),
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_large(&error) => Err(ApiError::too_large()),
        Ok(Err(_)) => Err(ApiError::bad_request("The request body was cut off.")),
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.to_string() == "length limit exceeded" {
            return true;
        }
        cause = error.source();
    }
    false
}

fn parse_json<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, ApiError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !["application/json", "application/merge-patch+json"]
        .iter()
        .any(|known| kind.eq_ignore_ascii_case(known))
    {
        return Err(ApiError::unsupported_media_type());
    }
    // Serde would also take the values of a structure without their names, from an array.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(ApiError::bad_request("The request body must be a JSON object."));
    }
    serde_json::from_slice(body)
        .map_err(|error| ApiError::bad_request(format!("The request body is not valid: {error}")))
}

fn parse_optional_json<T: DeserializeOwned + Default>(
    headers: &HeaderMap,
    body: &[u8],
) -> Result<T, ApiError> {
    if body.is_empty() { Ok(T::default()) } else { parse_json(headers, body) }
}
