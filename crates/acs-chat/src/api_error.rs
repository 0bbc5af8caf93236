//! What can become of a request, classified once, where the raw failure is seen. Callers match on it, never on text.

use crate::error::CommunicationError;
use crate::http_date;
use crate::transport::{HttpResponse, TransportError};

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// No reply came.
    #[error("no connection: {reason}")]
    NoConnection {
        /// The request may have been carried out all the same; `false` means that it never left.
        unclear: bool,
        /// What the transport says, for people and logs.
        reason: String,
    },
    /// The service answered with a status that is no success (and not 401).
    #[error("refused with {status} {code}: {message}")]
    Refused {
        /// The status.
        status: u16,
        /// The service's word for it, or ours for the status where it gave none (reference 6.1). Never empty.
        code: String,
        /// The service's sentence; may be empty.
        message: String,
        /// How long the service asks us to wait, in milliseconds.
        retry_after_ms: Option<u64>,
        /// Several causes at once, where it names them.
        details: Vec<CommunicationError>,
    },
    /// The service agreed, but what it sent cannot be understood or must not be followed.
    #[error("the reply cannot be used: {reason}")]
    BrokenReply {
        /// What is wrong with it.
        reason: String,
    },
    /// 401: the token has expired, was revoked, or is for another resource. Only a new one helps.
    #[error("the login is not accepted: {message}")]
    LoginLost {
        /// The service's sentence; may be empty.
        message: String,
    },
    /// The request cannot be expressed, so it was not sent: an id that is no path segment, a value that is no header.
    #[error("not a request: {reason}")]
    InvalidRequest {
        /// What is wrong with it.
        reason: String,
    },
}

impl ApiError {
    /// The same request may succeed later without anybody doing something: no connection, too many requests, a service
    /// in trouble. Wait [`Self::retry_after_ms`] or, without it, by a backoff of your own (reference 6.3).
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NoConnection { .. } => true,
            Self::Refused { status, .. } => match status {
                408 | 429 => true,
                501 | 505 => false,
                status => *status >= 500,
            },
            Self::BrokenReply { .. } | Self::LoginLost { .. } | Self::InvalidRequest { .. } => false,
        }
    }

    /// The service may have done what was asked. Sending a message has no idempotency (trap 10): look first, then resend.
    #[must_use]
    pub fn is_unclear(&self) -> bool {
        match self {
            Self::NoConnection { unclear, .. } => *unclear,
            // A gateway says 5xx also when the service behind it has finished the work.
            Self::Refused { status, .. } => *status == 408 || (*status >= 500 && *status != 501),
            Self::BrokenReply { .. } => true,
            Self::LoginLost { .. } | Self::InvalidRequest { .. } => false,
        }
    }

    /// The status of a refusal; 401 for a lost login; otherwise nothing.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            Self::LoginLost { .. } => Some(401),
            _ => None,
        }
    }

    /// How long the service asks us to wait, in milliseconds, if it says.
    #[must_use]
    pub fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::Refused { retry_after_ms, .. } => *retry_after_ms,
            _ => None,
        }
    }

    /// Reads a reply whose status is no success. Any body will do (reference 6.1).
    #[must_use]
    pub fn from_response(response: &HttpResponse) -> Self {
        let CommunicationError { code, message, details, .. } = CommunicationError::from_body(&response.body);
        if response.status == 401 {
            return Self::LoginLost { message };
        }
        Self::Refused {
            status: response.status,
            code: if code.is_empty() { code_of_status(response.status) } else { code },
            message,
            retry_after_ms: retry_after_ms(response),
            details,
        }
    }

    pub(crate) fn broken(reason: impl Into<String>) -> Self {
        Self::BrokenReply { reason: reason.into() }
    }

    pub(crate) fn invalid(reason: impl Into<String>) -> Self {
        Self::InvalidRequest { reason: reason.into() }
    }
}

impl From<TransportError> for ApiError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::NotSent(reason) => Self::NoConnection { unclear: false, reason },
            TransportError::Unclear(reason) | TransportError::Aborted(reason) => {
                Self::NoConnection { unclear: true, reason }
            }
        }
    }
}

/// The code that the published examples have for a status; for others the number.
fn code_of_status(status: u16) -> String {
    match status {
        400 => "BadRequest".to_owned(),
        403 => "Forbidden".to_owned(),
        404 => "NotFound".to_owned(),
        409 => "Conflict".to_owned(),
        429 => "TooManyRequests".to_owned(),
        503 => "ServiceUnavailable".to_owned(),
        other => other.to_string(),
    }
}

/// The wait that a reply asks for, in any of the forms the official SDKs read (reference 6.3).
///
/// A date is measured from the reply's own `Date`, so that a client with a wrong clock waits right; without one it says
/// nothing.
fn retry_after_ms(response: &HttpResponse) -> Option<u64> {
    let number = |name| response.header(name)?.trim().parse::<u64>().ok();
    if let Some(ms) = number("retry-after-ms").or_else(|| number("x-ms-retry-after-ms")) {
        return Some(ms);
    }
    if let Some(seconds) = number("retry-after") {
        return Some(seconds.saturating_mul(1000));
    }
    let until = http_date::parse(response.header("retry-after")?)?;
    let now = response.date()?;
    Some(u64::try_from(until.as_ms() - now.as_ms()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, headers: &[(&str, &str)], body: &str) -> HttpResponse {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        HttpResponse { status, headers: headers.collect(), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn a_refusal_keeps_what_the_service_says() {
        let body = r#"{"error":{"code":"Forbidden","message":"No.","details":[{"code":"a","message":"b"}]}}"#;
        let ApiError::Refused { status, code, message, retry_after_ms, details } =
            ApiError::from_response(&response(403, &[], body))
        else {
            panic!("403 is a refusal")
        };
        assert_eq!(
            (status, code.as_str(), message.as_str(), retry_after_ms),
            (403, "Forbidden", "No.", None)
        );
        assert_eq!(details[0].code, "a");
    }

    #[test]
    fn without_a_usable_body_the_status_speaks() {
        let code = |status| match ApiError::from_response(&response(status, &[], "<html>oops</html>")) {
            ApiError::Refused { code, .. } => code,
            other => panic!("{other:?}"),
        };
        assert_eq!(code(400), "BadRequest");
        assert_eq!(code(403), "Forbidden");
        assert_eq!(code(404), "NotFound");
        assert_eq!(code(409), "Conflict");
        assert_eq!(code(429), "TooManyRequests");
        assert_eq!(code(503), "ServiceUnavailable");
        assert_eq!(code(418), "418");
    }

    #[test]
    fn a_401_is_a_lost_login_with_or_without_a_body() {
        let read = |body| ApiError::from_response(&response(401, &[], body));
        assert_eq!(read(""), ApiError::LoginLost { message: String::new() });
        assert_eq!(
            read(r#"{"CommunicationError":{"Code":"Unauthorized","Message":"Request is not authorized."}}"#),
            ApiError::LoginLost { message: "Request is not authorized.".to_owned() }
        );
        assert_eq!(read("").status(), Some(401));
    }

    #[test]
    fn the_wait_is_read_in_every_form() {
        let wait =
            |headers: &[(&str, &str)]| ApiError::from_response(&response(429, headers, "")).retry_after_ms();
        assert_eq!(wait(&[]), None);
        assert_eq!(wait(&[("Retry-After", "7")]), Some(7_000));
        assert_eq!(wait(&[("retry-after-ms", "250")]), Some(250));
        assert_eq!(wait(&[("x-ms-retry-after-ms", "300"), ("Retry-After", "7")]), Some(300));
        let date = ("Date", "Thu, 02 Jan 2025 03:04:05 GMT");
        assert_eq!(wait(&[date, ("RETRY-AFTER", "Thu, 02 Jan 2025 03:05:05 GMT")]), Some(60_000));
        assert_eq!(wait(&[date, ("Retry-After", "Thu, 02 Jan 2025 03:00:00 GMT")]), Some(0));
        assert_eq!(
            wait(&[("Retry-After", "Thu, 02 Jan 2025 03:05:05 GMT")]),
            None,
            "no Date to measure from"
        );
        assert_eq!(wait(&[("Retry-After", "soon")]), None);
        assert_eq!(wait(&[("Retry-After", "-1")]), None);
    }

    #[test]
    fn what_may_be_repeated_and_what_may_have_happened() {
        let refused = |status| ApiError::from_response(&response(status, &[], ""));
        let lost = |error: TransportError| ApiError::from(error);
        for (error, transient, unclear) in [
            (lost(TransportError::NotSent("refused".into())), true, false),
            (lost(TransportError::Unclear("reset".into())), true, true),
            (lost(TransportError::Aborted("timeout".into())), true, true),
            (refused(400), false, false),
            (refused(401), false, false),
            (refused(403), false, false),
            (refused(404), false, false),
            (refused(408), true, true),
            (refused(429), true, false),
            (refused(500), true, true),
            (refused(501), false, false),
            (refused(503), true, true),
            (refused(505), false, true),
            (ApiError::broken("no JSON"), false, true),
            (ApiError::invalid("no id"), false, false),
        ] {
            assert_eq!((error.is_transient(), error.is_unclear()), (transient, unclear), "{error}");
        }
    }
}
