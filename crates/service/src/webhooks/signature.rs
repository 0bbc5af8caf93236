//! Each request is signed with the secret of its subscription, by the rules of Standard Webhooks (standardwebhooks.com), for
//! which every language has a library: HMAC-SHA256 of id, time and body, so that neither can be used with another.

use crate::random;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What every secret begins with.
const PREFIX: &str = "whsec_";

/// The secret that a receiver shares with us. Its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(String);

impl Secret {
    /// A new one of 32 bytes.
    pub(crate) fn generate() -> Self {
        Self(format!("{PREFIX}{}", STANDARD.encode(random::bytes::<32>())))
    }

    /// As it is told once to who subscribes.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The value of `webhook-signature` for a request sent at this second.
    pub(crate) fn sign(&self, id: &str, at_s: i64, body: &str) -> String {
        let text = self.0.strip_prefix(PREFIX).unwrap_or(&self.0);
        let key = STANDARD.decode(text).unwrap_or_default();
        let signature = acs_chat::identity::hmac::sign(&key, &format!("{id}.{at_s}.{body}"));
        format!("v1,{signature}")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the specification gives.
    #[test]
    fn the_vector_of_the_specification_comes_out() {
        let secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_not_shown_and_never_the_same() {
        let (one, two) = (Secret::generate(), Secret::generate());
        assert_ne!(one, two);
        assert_eq!(format!("{one:?}"), "Secret(…)");
    }
}
