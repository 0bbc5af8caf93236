//! The signature of a request with the resource's access key (reference 5.2): pure functions for both sides.
//!
//! What is signed is the request target **exactly as sent**, so a service must not decode it first, and the host with its
//! port unless that is the scheme's own.

use ::hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::encoding::{from_base64, to_base64};
use crate::http_date;
use crate::time::Timestamp;

const SCHEME: &str = "HMAC-SHA256 ";

/// The headers that a signature covers, as `Authorization` names them.
pub const SIGNED_HEADERS: &str = "x-ms-date;host;x-ms-content-sha256";

/// The value of `x-ms-content-sha256`: the hash of the body, which may be empty.
#[must_use]
pub fn content_hash(body: &[u8]) -> String {
    to_base64(&Sha256::digest(body))
}

/// The value of `x-ms-date`.
#[must_use]
pub fn date(at: Timestamp) -> String {
    http_date::format(at)
}

/// What is signed: method, raw path and query, the value of `x-ms-date`, host and hash of the body.
#[must_use]
pub fn string_to_sign(method: &str, target: &str, date: &str, host: &str, content_hash: &str) -> String {
    format!("{method}\n{target}\n{date};{host};{content_hash}")
}

/// The signature of a text under a key, in base64.
#[must_use]
pub fn sign(key: &[u8], string_to_sign: &str) -> String {
    to_base64(&mac(key, string_to_sign).finalize().into_bytes())
}

/// Whether this is the signature of the text, compared in constant time.
#[must_use]
pub fn verify(key: &[u8], string_to_sign: &str, signature: &str) -> bool {
    let Some(signature) = from_base64(signature) else { return false };
    mac(key, string_to_sign).verify_slice(&signature).is_ok()
}

/// The value of `Authorization` for a signature.
#[must_use]
pub fn authorization(signature: &str) -> String {
    format!("{SCHEME}SignedHeaders={SIGNED_HEADERS}&Signature={signature}")
}

/// The signature in the value of an `Authorization` header, if it covers the [`SIGNED_HEADERS`].
#[must_use]
pub fn signature_in(authorization: &str) -> Option<&str> {
    let parameters = authorization.strip_prefix(SCHEME)?;
    let (mut covered, mut signature) = (None, None);
    for parameter in parameters.split('&') {
        match parameter.trim().split_once('=') {
            Some(("SignedHeaders", value)) => covered = Some(value),
            Some(("Signature", value)) => signature = Some(value),
            _ => {}
        }
    }
    signature.filter(|_| covered.is_some_and(|covered| covered.eq_ignore_ascii_case(SIGNED_HEADERS)))
}

fn mac(key: &[u8], string_to_sign: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(string_to_sign.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"createTokenWithScopes":["chat"]}"#;
    const SIGNATURE: &str = "K7khmTDwtvb6VfspjIeSS0B4VTGj3/XoXW3ct/gSu68=";

    /// The key and the text of the test vector in reference 5.2.
    fn vector() -> (Vec<u8>, String) {
        let key = from_base64("bG9jYWwtdGVzdC1rZXktMDEyMzQ1Njc4OWFiY2RlZiE=").unwrap();
        let text = string_to_sign(
            "POST",
            "/identities?api-version=2023-10-01",
            "Thu, 02 Jan 2025 03:04:05 GMT",
            "localhost:9443",
            &content_hash(BODY),
        );
        (key, text)
    }

    #[test]
    fn the_test_vector_comes_out() {
        assert_eq!(content_hash(BODY), "WTRvgEjjVd+bvyKw3WgXgDkU81aV8FWq+4/BE+he0+A=");
        assert_eq!(content_hash(b""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        let (key, text) = vector();
        assert_eq!(sign(&key, &text), SIGNATURE);
    }

    #[test]
    fn only_the_signature_of_this_text_under_this_key_is_accepted() {
        let (key, text) = vector();
        assert!(verify(&key, &text, SIGNATURE));
        assert!(!verify(b"another key", &text, SIGNATURE));
        assert!(!verify(&key, &text.replace("POST", "DELETE"), SIGNATURE));
        assert!(!verify(&key, &text, ""));
        assert!(!verify(&key, &text, &SIGNATURE[..20]));
        assert!(!verify(&key, &text, "not base64"));
    }

    #[test]
    fn the_header_is_read_as_it_is_written() {
        let header = authorization(SIGNATURE);
        assert_eq!(
            header,
            "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&\
             Signature=K7khmTDwtvb6VfspjIeSS0B4VTGj3/XoXW3ct/gSu68="
        );
        assert_eq!(signature_in(&header), Some(SIGNATURE));
        assert_eq!(signature_in("Bearer a.b.c"), None);
        assert_eq!(signature_in("HMAC-SHA256 Signature=abc"), None);
        assert_eq!(signature_in("HMAC-SHA256 SignedHeaders=host&Signature=abc"), None, "covers too little");
    }
}
