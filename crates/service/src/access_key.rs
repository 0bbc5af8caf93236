//! The resource's access key, and the HMAC signature that identity requests carry (reference 5.2).
//!
//! What is verified is the request target exactly as it was sent: SDKs differ in how they write `8:acs:…` in a path,
//! and whoever decodes first refuses half of them.

use acs_chat::Timestamp;
use acs_chat::identity::hmac;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

/// How far the date of a signed request may lie from our clock, both ways. The vendor's figure is not known.
const CLOCK_TOLERANCE_MS: i64 = 5 * 60 * 1000;

/// A key in base64. Its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    text: String,
    bytes: Vec<u8>,
}

/// The text is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an access key is at least 16 bytes in base64")]
pub struct InvalidAccessKey;

impl AccessKey {
    /// A new random key of 64 bytes.
    #[must_use]
    pub fn generate() -> Self {
        let bytes = crate::random::bytes::<64>().to_vec();
        Self { text: STANDARD.encode(&bytes), bytes }
    }

    /// The key as it stands in a connection string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether somebody said it. The hashes are compared, so that the time taken tells nothing of how far it was right.
    pub(crate) fn equals(&self, said: &str) -> bool {
        Sha256::digest(&self.text) == Sha256::digest(said)
    }

    /// The signature of a request, in base64.
    #[must_use]
    pub fn sign(&self, method: &str, target: &str, date: &str, host: &str, content_hash: &str) -> String {
        hmac::sign(&self.bytes, &hmac::string_to_sign(method, target, date, host, content_hash))
    }

    /// Whether a request with this body was signed with this key, and lately.
    pub(crate) fn verifies(&self, request: &Parts, body: &[u8], now_ms: i64) -> bool {
        self.check(request, body, now_ms).is_some()
    }

    fn check(&self, request: &Parts, body: &[u8], now_ms: i64) -> Option<()> {
        let text = |name: &str| request.headers.get(name)?.to_str().ok();
        let authorization = text("authorization")?.strip_prefix("HMAC-SHA256 ")?;
        let (signed_headers, signature) = authorization.split_once("&Signature=")?;
        let date = match signed_headers.strip_prefix("SignedHeaders=")? {
            "x-ms-date;host;x-ms-content-sha256" => text("x-ms-date")?,
            "date;host;x-ms-content-sha256" => text("date")?,
            _ => return None,
        };
        if (parse_http_date(date)?.as_ms() - now_ms).abs() > CLOCK_TOLERANCE_MS {
            return None;
        }
        let content_hash = text("x-ms-content-sha256")?;
        if content_hash != hmac::content_hash(body) {
            return None;
        }
        // HTTP/2 has no Host header; there the authority stands for it.
        let host = text("host").or_else(|| request.uri.authority().map(|a| a.as_str()))?;
        let target = request.uri.path_and_query()?.as_str();
        let string = hmac::string_to_sign(request.method.as_str(), target, date, host, content_hash);
        hmac::verify(&self.bytes, &string, signature).then_some(())
    }
}

/// `Thu, 02 Jan 2025 03:04:05 GMT` and nothing else.
fn parse_http_date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let parts: Vec<&str> = text.split(' ').collect();
    let [_, day, month, year, time, "GMT"] = parts.as_slice() else { return None };
    let month = MONTHS.iter().position(|name| name == month)? + 1;
    Timestamp::parse(&format!("{year}-{month:02}-{day}T{time}Z")).ok()
}

impl FromStr for AccessKey {
    type Err = InvalidAccessKey;

    fn from_str(text: &str) -> Result<Self, InvalidAccessKey> {
        let text = text.trim();
        let bytes = STANDARD.decode(text).map_err(|_| InvalidAccessKey)?;
        if bytes.len() < 16 {
            return Err(InvalidAccessKey);
        }
        Ok(Self { text: text.to_owned(), bytes })
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AccessKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    const KEY: &str = "bG9jYWwtdGVzdC1rZXktMDEyMzQ1Njc4OWFiY2RlZiE=";
    const BODY: &[u8] = br#"{"createTokenWithScopes":["chat"]}"#;
    const DATE: &str = "Thu, 02 Jan 2025 03:04:05 GMT";
    const HASH: &str = "WTRvgEjjVd+bvyKw3WgXgDkU81aV8FWq+4/BE+he0+A=";
    const SIGNATURE: &str = "K7khmTDwtvb6VfspjIeSS0B4VTGj3/XoXW3ct/gSu68=";
    const SIGNED_AT: i64 = 1_735_787_045_000;

    fn request() -> axum::http::request::Builder {
        Request::post("/identities?api-version=2023-10-01")
            .header("host", "localhost:9443")
            .header("x-ms-date", DATE)
            .header("x-ms-content-sha256", HASH)
            .header(
                "authorization",
                format!("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={SIGNATURE}"),
            )
    }

    fn verifies(request: axum::http::request::Builder, body: &[u8], now_ms: i64) -> bool {
        let parts = request.body(()).unwrap().into_parts().0;
        KEY.parse::<AccessKey>().unwrap().verifies(&parts, body, now_ms)
    }

    #[test]
    fn the_vector_of_the_contract_verifies() {
        let key: AccessKey = KEY.parse().unwrap();
        let target = "/identities?api-version=2023-10-01";
        assert_eq!(key.sign("POST", target, DATE, "localhost:9443", HASH), SIGNATURE);
        assert!(verifies(request(), BODY, SIGNED_AT));
    }

    #[test]
    fn any_change_to_what_was_signed_is_refused() {
        assert!(!verifies(request(), b"{}", SIGNED_AT), "another body");
        assert!(!verifies(request().method("DELETE"), BODY, SIGNED_AT), "another method");
        assert!(!verifies(request().uri("/identities?api-version=2021-03-07"), BODY, SIGNED_AT));
        let mut moved = request();
        moved.headers_mut().unwrap().insert("host", "localhost".parse().unwrap());
        assert!(!verifies(moved, BODY, SIGNED_AT), "the port belongs to the host");
        let other: AccessKey = AccessKey::generate();
        assert!(!other.verifies(&request().body(()).unwrap().into_parts().0, BODY, SIGNED_AT));
    }

    #[test]
    fn five_minutes_of_clock_difference_are_allowed() {
        let five = 5 * 60 * 1000;
        assert!(verifies(request(), BODY, SIGNED_AT + five));
        assert!(verifies(request(), BODY, SIGNED_AT - five));
        assert!(!verifies(request(), BODY, SIGNED_AT + five + 1));
        assert!(!verifies(request(), BODY, SIGNED_AT - five - 1));
    }

    #[test]
    fn dates_have_one_form() {
        assert_eq!(parse_http_date(DATE).map(Timestamp::as_ms), Some(SIGNED_AT));
        for text in ["", "2025-01-02T03:04:05Z", "Thu, 02 Jan 2025 03:04:05", "Thu, 99 Jan 2025 03:04:05 GMT"]
        {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }

    #[test]
    fn a_key_is_not_shown_and_not_short() {
        assert_eq!(format!("{:?}", KEY.parse::<AccessKey>().unwrap()), "AccessKey(…)");
        assert!("c2hvcnQ=".parse::<AccessKey>().is_err());
        assert!("not base64!".parse::<AccessKey>().is_err());
    }
}
