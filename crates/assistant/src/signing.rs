//! Signatures of Alibaba Cloud's calls, and of Beebot's stream: to make them, and to verify them.
//!
//! Two methods sign a call: `ACS3-HMAC-SHA256` in headers (reference 2.1) and RPC v1 in the query (2.2). The stream has a
//! third in its address (3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// The name of the method that signs headers.
pub const ACS3: &str = "ACS3-HMAC-SHA256";

/// A call, as far as headers are signed.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// `POST`.
    pub method: &'a str,
    /// `/`.
    pub path: &'a str,
    /// The query, decoded.
    pub query: &'a [(String, String)],
    /// The headers that there are, names in lower case.
    pub headers: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
}

/// `Authorization`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// The id of the key.
    pub credential: String,
    /// Which headers are signed, in order.
    pub signed_headers: Vec<String>,
    /// The signature, in hexadecimal digits.
    pub signature: String,
}

impl Authorization {
    /// Reads the header. None for another method, or when a part is missing.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let rest = header.strip_prefix(ACS3)?.strip_prefix(' ')?;
        let part = |name: &str| {
            rest.split(',')
                .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
                .map(str::to_owned)
        };
        Some(Self {
            credential: part("Credential")?,
            signed_headers: part("SignedHeaders")?.split(';').map(str::to_owned).collect(),
            signature: part("Signature")?,
        })
    }

    /// Signs a call with all its headers.
    #[must_use]
    pub fn sign(call: &Call<'_>, id: &str, secret: &str) -> Self {
        let mut signed_headers: Vec<String> = call.headers.iter().map(|(name, _)| name.clone()).collect();
        signed_headers.sort();
        let hash = call.canonical_hash(&signed_headers).unwrap_or_default();
        let signature = hex(&acs3_mac(&hash, secret).finalize().into_bytes());
        Self { credential: id.to_owned(), signed_headers, signature }
    }

    /// Whether the signature is one of this call with this secret. A header that is signed has to be there.
    #[must_use]
    pub fn verifies(&self, call: &Call<'_>, secret: &str) -> bool {
        let Some(hash) = call.canonical_hash(&self.signed_headers) else { return false };
        let Some(signature) = unhex(&self.signature) else { return false };
        // In constant time.
        acs3_mac(&hash, secret).verify_slice(&signature).is_ok()
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> String {
        let signed = self.signed_headers.join(";");
        format!("{ACS3} Credential={},SignedHeaders={signed},Signature={}", self.credential, self.signature)
    }
}

impl Call<'_> {
    /// The hash of the canonical request over these headers; none when one is missing.
    #[must_use]
    pub fn canonical_hash(&self, signed_headers: &[String]) -> Option<String> {
        let mut text = format!("{}\n{}\n{}\n", self.method, self.path, encode_query(self.query.iter()));
        for name in signed_headers {
            let (_, value) = self.headers.iter().find(|(header, _)| header == name)?;
            writeln!(text, "{name}:{}", value.trim()).expect("writing to a String does not fail");
        }
        write!(text, "\n{}\n{}", signed_headers.join(";"), content_hash(self.body))
            .expect("writing to a String does not fail");
        Some(content_hash(text.as_bytes()))
    }
}

fn acs3_mac(canonical_hash: &str, secret: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(format!("{ACS3}\n{canonical_hash}").as_bytes());
    mac
}

/// `x-acs-content-sha256`: the hash of a body.
#[must_use]
pub fn content_hash(body: &[u8]) -> String {
    hex(&Sha256::digest(body))
}

/// The parameter `Signature` of RPC v1, over all other parameters, those of a form in the body too.
#[must_use]
pub fn rpc_signature(method: &str, parameters: &[(String, String)], secret: &str) -> String {
    STANDARD.encode(rpc_mac(method, parameters, secret).finalize().into_bytes())
}

/// Whether the parameters have a `Signature` made with this secret.
#[must_use]
pub fn rpc_verifies(method: &str, parameters: &[(String, String)], secret: &str) -> bool {
    let signature = parameters.iter().find(|(name, _)| name == "Signature");
    let Some(Ok(signature)) = signature.map(|(_, text)| STANDARD.decode(text)) else { return false };
    // In constant time.
    rpc_mac(method, parameters, secret).verify_slice(&signature).is_ok()
}

fn rpc_mac(method: &str, parameters: &[(String, String)], secret: &str) -> Hmac<Sha1> {
    let query = encode_query(parameters.iter().filter(|(name, _)| name != "Signature"));
    let mut mac =
        Hmac::new_from_slice(format!("{secret}&").as_bytes()).expect("HMAC takes a key of any length");
    mac.update(format!("{method}&{}&{}", encode("/"), encode(&query)).as_bytes());
    mac
}

/// The signature in the address of a stream. `timestamp` is the same text that stands in the address, in milliseconds.
#[must_use]
pub fn stream_signature(stream_secret: &str, timestamp: &str) -> String {
    hex(&Md5::digest(format!("streamSecret={stream_secret}&timestamp={timestamp}")))
}

/// A query, sorted by name and encoded as RFC 3986 says.
#[must_use]
pub fn encode_query<'a>(parameters: impl Iterator<Item = &'a (String, String)>) -> String {
    let mut parts: Vec<(&String, &String)> = parameters.map(|(name, value)| (name, value)).collect();
    parts.sort();
    let parts: Vec<String> =
        parts.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    parts.join("&")
}

/// Only what RFC 3986 calls unreserved stays bare.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a String does not fail");
        }
    }
    encoded
}

/// Bytes in lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a String does not fail");
    }
    text
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn acs3_signs_as_the_sdk_does() {
        // The vector of reference 2.1, cross-checked with the SDK.
        let query = pairs(&[("AgentKey", "demo_p_beebot_public")]);
        let headers = pairs(&[
            ("x-acs-action", "ApplyForStreamAccessToken"),
            ("x-acs-version", "2022-04-08"),
            ("host", "127.0.0.1:8080"),
            ("accept", "application/json"),
            ("user-agent", "test-agent"),
            ("x-acs-date", "2026-01-02T03:04:05Z"),
            ("x-acs-signature-nonce", "00112233445566778899aabbccddeeff"),
            ("x-acs-credentials-provider", "static_ak"),
            ("x-acs-content-sha256", &content_hash(b"")),
        ]);
        let call = Call { method: "POST", path: "/", query: &query, headers: &headers, body: b"" };
        let authorization = Authorization::sign(&call, "LTAItest", "testsecret");
        assert_eq!(
            call.canonical_hash(&authorization.signed_headers).unwrap(),
            "2c552b2e4310c15afb06da9142c9f102714a8e793e0af0619cce1ff507c29f7c"
        );
        assert_eq!(
            authorization.signature,
            "4c94bf5ec1b5aed3046d88e7ddfeb1dde8d98f68c0170efea8127694ee8ebf67"
        );
        assert_eq!(
            authorization.signed_headers.join(";"),
            "accept;host;user-agent;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;\
             x-acs-signature-nonce;x-acs-version"
        );
        let read = Authorization::parse(&authorization.header()).unwrap();
        assert_eq!(read, authorization);
        assert!(read.verifies(&call, "testsecret"));
        assert!(!read.verifies(&call, "testsecreT"));
        assert!(!read.verifies(&Call { body: b"x", ..call }, "testsecret"));
        assert!(!read.verifies(&Call { query: &[], ..call }, "testsecret"));
        assert!(
            !read.verifies(&Call { headers: &headers[1..], ..call }, "testsecret"),
            "a signed header is missing"
        );
        for broken in ["", "z", "4c9", "é4"] {
            assert!(
                !Authorization { signature: broken.to_owned(), ..read.clone() }.verifies(&call, "testsecret")
            );
        }
    }

    #[test]
    fn an_authorization_of_another_form_is_none() {
        for header in [
            "",
            "Bearer x",
            "ACS3-HMAC-SHA256",
            "ACS3-HMAC-SHA256 Credential=a",
            "ACS3-HMAC-SHA256x Credential=a,SignedHeaders=b,Signature=c",
        ] {
            assert_eq!(Authorization::parse(header), None, "{header}");
        }
    }

    #[test]
    fn rpc_signs_parameters_in_any_order_and_leaves_the_signature_out() {
        // The example of the vendor's page on this method: DescribeRegions with "testid" and "testsecret".
        let mut parameters = pairs(&[
            ("Timestamp", "2016-02-23T12:46:24Z"),
            ("Format", "XML"),
            ("AccessKeyId", "testid"),
            ("Action", "DescribeRegions"),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"),
            ("Version", "2014-05-26"),
            ("SignatureVersion", "1.0"),
        ]);
        let signature = rpc_signature("GET", &parameters, "testsecret");
        assert_eq!(signature, "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
        assert!(!rpc_verifies("GET", &parameters, "testsecret"), "none there");
        parameters.insert(3, ("Signature".to_owned(), signature));
        assert!(rpc_verifies("GET", &parameters, "testsecret"));
        assert!(!rpc_verifies("POST", &parameters, "testsecret"));
        assert!(!rpc_verifies("GET", &parameters, "testsecre"));
        parameters[0].1.push('x');
        assert!(!rpc_verifies("GET", &parameters, "testsecret"));
    }

    #[test]
    fn a_stream_is_signed_as_the_reference_says() {
        let secret = "cc9e88c0-4f41-4f1d-a1a9-91a72d2aa27d";
        assert_eq!(stream_signature(secret, "1706787526795"), "0cf433c733c90f72a0e73df1d4ed732e");
    }

    #[test]
    fn only_unreserved_characters_stay_bare() {
        assert_eq!(encode("aZ09-_.~ +*/你"), "aZ09-_.~%20%2B%2A%2F%E4%BD%A0");
        let query = pairs(&[("b", "2"), ("a b", "&="), ("B", "1")]);
        assert_eq!(encode_query(query.iter()), "B=1&a%20b=%26%3D&b=2");
    }
}
