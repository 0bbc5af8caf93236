//! Connection strings: `endpoint=https://<host>/;accesskey=<base64>` (reference 5.2).

use std::fmt;

use crate::encoding::from_base64;
use crate::endpoint::{Endpoint, InvalidEndpoint};

/// The access key of a resource, a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey(Vec<u8>);

/// Where a resource is and the key to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionString {
    /// Where it is. The scheme is kept as written, unlike in the Python SDK, so that a local service can be plain http.
    pub endpoint: Endpoint,
    /// The key.
    pub access_key: AccessKey,
}

/// Why a text is no connection string. No part of the key is repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConnectionString {
    /// A piece between semicolons is not `name=value`.
    #[error("a connection string is made of name=value pieces with semicolons between them")]
    Malformed,
    /// There is no `endpoint=`.
    #[error("the connection string has no endpoint")]
    NoEndpoint,
    /// The endpoint is no address.
    #[error("the endpoint of the connection string is {0}")]
    Endpoint(#[from] InvalidEndpoint),
    /// There is no `accesskey=`.
    #[error("the connection string has no access key")]
    NoAccessKey,
    /// The key is not base64.
    #[error("the access key of the connection string is not base64")]
    AccessKey,
}

impl AccessKey {
    /// Reads a key in base64; `None` when it is empty or something else.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        from_base64(text.trim()).filter(|key| !key.is_empty()).map(Self)
    }

    /// The key, to sign with.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Without the key: it is a secret.
impl fmt::Debug for AccessKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AccessKey(…)")
    }
}

impl ConnectionString {
    /// Reads a connection string: names in any case and order, others than the two ignored.
    ///
    /// # Errors
    /// [`InvalidConnectionString`] says what is missing or wrong.
    pub fn parse(text: &str) -> Result<Self, InvalidConnectionString> {
        let (mut endpoint, mut access_key) = (None, None);
        for piece in text.split(';').map(str::trim).filter(|piece| !piece.is_empty()) {
            let (name, value) = piece.split_once('=').ok_or(InvalidConnectionString::Malformed)?;
            match name.trim().to_ascii_lowercase().as_str() {
                "endpoint" => endpoint = Some(value),
                "accesskey" => access_key = Some(value),
                _ => {}
            }
        }
        let endpoint = Endpoint::parse(endpoint.ok_or(InvalidConnectionString::NoEndpoint)?)?;
        let access_key = access_key.ok_or(InvalidConnectionString::NoAccessKey)?;
        let access_key = AccessKey::from_base64(access_key).ok_or(InvalidConnectionString::AccessKey)?;
        Ok(Self { endpoint, access_key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_in_any_case_and_order() {
        for text in [
            "endpoint=https://name.communication.azure.com/;accesskey=a2V5IQ==",
            "AccessKey=a2V5IQ==;Endpoint=https://name.communication.azure.com",
            " endpoint = https://name.communication.azure.com/ ; accesskey=a2V5IQ== ; later=1; ",
        ] {
            let read = ConnectionString::parse(text).unwrap();
            assert_eq!(read.endpoint.url(""), "https://name.communication.azure.com", "{text}");
            assert_eq!(read.access_key.as_bytes(), b"key!", "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        use InvalidConnectionString as Invalid;
        let error = |text| ConnectionString::parse(text).unwrap_err();
        assert_eq!(error(""), Invalid::NoEndpoint);
        assert_eq!(error("https://a.example"), Invalid::Malformed);
        assert_eq!(error("accesskey=a2V5IQ=="), Invalid::NoEndpoint);
        assert_eq!(error("endpoint=https://a.example"), Invalid::NoAccessKey);
        assert_eq!(error("endpoint=https://a.example;accesskey="), Invalid::AccessKey);
        assert_eq!(error("endpoint=https://a.example;accesskey=se cret"), Invalid::AccessKey);
        assert!(matches!(error("endpoint=a.example;accesskey=a2V5IQ=="), Invalid::Endpoint(_)));
    }

    #[test]
    fn the_key_is_not_printed() {
        let read = ConnectionString::parse("endpoint=https://a.example;accesskey=a2V5IQ==").unwrap();
        let printed = format!("{read:?}");
        assert!(!printed.contains("a2V5") && !printed.contains("key!") && !printed.contains("107"));
    }
}
