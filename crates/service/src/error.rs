//! What a refused request is answered: one type, one body shape, `{"error":{"code","message"}}`, which is the published
//! one. The hosted chat service writes another, [`hosted_shape`], for those who ask for it.
//!
//! Causes inside the service are logged here, once, and not sent.

use crate::domain::rate::TooMany;
use crate::domain::refusal::Refusal;
use crate::events::STREAMS_PER_PERSON;
use crate::store::StoreError;
use acs_chat::{CommunicationError, CommunicationErrorResponse};
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Seconds after which a client may try again when the store is busy.
const RETRY_WHEN_BUSY_S: i64 = 1;

/// A refusal on its way to the client.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// Goes out as `Retry-After`. The SDKs retry whatever carries it, so nothing but 429 and 503 does (reference 6.3).
    retry_after_s: Option<i64>,
    outside_of_thread: bool,
}

/// What a reply refuses a request with, for who writes its body anew.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    code: &'static str,
    message: String,
}

/// The body that the hosted chat service writes, in Pascal case and with empty details (reference 6.1). Its other replies,
/// those of identity too, have the published shape.
pub(crate) fn hosted_shape(told: &Told) -> String {
    serde_json::json!({"CommunicationError": {"Code": told.code, "Message": told.message, "Details": []}})
        .to_string()
}

/// Marks the reply to somebody who has no business in the thread, or to a made-up id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutsideOfThread;

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after_s: None, outside_of_thread: false }
    }

    /// 400: not well formed, or over a limit.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// 400: an api-version that this service does not speak.
    #[must_use]
    pub(crate) fn unsupported_version(version: &str) -> Self {
        let message = format!(
            "The HTTP resource that matches the request URI does not support the API version '{version}'."
        );
        Self::new(StatusCode::BAD_REQUEST, "UnsupportedApiVersion", message)
    }

    /// 401: no token or signature that counts.
    #[must_use]
    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", "Request is not authorized.")
    }

    /// 401: somebody that the hosted service can know, and this one cannot.
    pub(crate) fn unauthorized_here(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", message)
    }

    /// 403: known, and not allowed.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message)
    }

    /// 404: nothing here.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound", message)
    }

    /// 405: something is here, but not for this method.
    #[must_use]
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "The resource does not support this method.",
        )
    }

    /// 408: the body did not arrive in time.
    #[must_use]
    pub(crate) fn timeout() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "RequestTimeout", "The request body did not arrive in time.")
    }

    /// 413: the body is larger than any request needs.
    #[must_use]
    pub(crate) fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLarge", "The request body is too large.")
    }

    /// 415: not JSON.
    #[must_use]
    pub(crate) fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UnsupportedMediaType",
            "The request body must be application/json or application/merge-patch+json.",
        )
    }

    /// 429: too often. Whole seconds go out, so a wait of less is rounded up.
    #[must_use]
    pub(crate) fn too_many_requests(too_many: TooMany) -> Self {
        let refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "Rate limit exceeded.");
        let seconds = too_many.retry_after_ms.saturating_add(999).div_euclid(1000).max(1);
        Self { retry_after_s: Some(seconds), ..refusal }
    }

    /// 429: somebody has as many event streams as they may. One that broke is mostly noticed by its next heartbeat.
    #[must_use]
    pub(crate) fn too_many_streams(retry_after_ms: i64) -> Self {
        let message = format!(
            "At most {STREAMS_PER_PERSON} event streams may be open for one person. Close one and try again."
        );
        Self { message, ..Self::too_many_requests(TooMany { retry_after_ms }) }
    }

    /// 500: our fault.
    #[must_use]
    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "The service made an error.")
    }

    /// 501: the hosted service does this, and this one does not.
    pub(crate) fn not_implemented(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message)
    }

    /// 502: somebody that this service asked did not do it. Without `Retry-After`: the person asks again, and no SDK does.
    pub(crate) fn asked_in_vain(code: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, code, message)
    }

    /// 503: try again soon.
    #[must_use]
    pub(crate) fn unavailable() -> Self {
        let refusal = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailable",
            "The service is not available now. Try again.",
        );
        Self { retry_after_s: Some(RETRY_WHEN_BUSY_S), ..refusal }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        let outside_of_thread = matches!(refusal, Refusal::ThreadNotFound | Refusal::NotParticipant);
        let error = match refusal {
            Refusal::Invalid(_) => Self::bad_request(message),
            Refusal::ThreadNotFound | Refusal::MessageNotFound | Refusal::IdentityNotFound => {
                Self::not_found(message)
            }
            Refusal::NotParticipant | Refusal::NotSender => Self::forbidden(message),
        };
        Self { outside_of_thread, ..error }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => refusal.into(),
            StoreError::Unavailable(_) | StoreError::Database(_) => {
                tracing::error!(%error, "the store failed");
                Self::unavailable()
            }
            StoreError::Corrupt(_) => {
                tracing::error!(%error, "the store failed");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let told = Told { code: self.code, message: self.message.clone() };
        let error =
            CommunicationError { code: self.code.to_owned(), message: self.message, ..Default::default() };
        let mut response = (self.status, Json(CommunicationErrorResponse { error })).into_response();
        response.extensions_mut().insert(told);
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if self.outside_of_thread {
            response.extensions_mut().insert(OutsideOfThread);
        }
        response
    }
}
