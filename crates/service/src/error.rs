//! What a refused request is answered: one type, one body shape, `{"error":{"code","message"}}`.
//!
//! Causes inside the service are logged here, once, and not sent.

use crate::domain::refusal::Refusal;
use crate::store::StoreError;
use acs_chat::{CommunicationError, CommunicationErrorResponse};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Seconds after which a client may try again when the store is busy. The SDKs retry whatever carries `Retry-After`,
/// so nothing but 503 (and later 429) does.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// A refusal on its way to the client.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
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

    /// 500: our fault.
    #[must_use]
    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "The service made an error.")
    }

    /// 501: the hosted service does this, and this one does not.
    pub(crate) fn not_implemented(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message)
    }

    /// 503: try again soon.
    #[must_use]
    pub(crate) fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailable",
            "The service is not available now. Try again.",
        )
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            Refusal::Invalid(_) => Self::bad_request(message),
            Refusal::ThreadNotFound | Refusal::MessageNotFound | Refusal::IdentityNotFound => {
                Self::not_found(message)
            }
            Refusal::NotParticipant | Refusal::NotSender => Self::forbidden(message),
        }
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
        let error =
            CommunicationError { code: self.code.to_owned(), message: self.message, ..Default::default() };
        let mut response = (self.status, Json(CommunicationErrorResponse { error })).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response
    }
}
