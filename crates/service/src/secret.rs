//! A text that must not be seen: not in a log, not in an error, not in `{:?}` of anything that holds it.

use sha2::{Digest as _, Sha256};
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// A key, a password, a token of others.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for where it is sent or compared.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether somebody said it. The hashes are compared, so that the time taken tells nothing of how far it was right.
    pub(crate) fn equals(&self, said: &str) -> bool {
        Sha256::digest(&self.0) == Sha256::digest(said)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::new(text))
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn it_is_not_written() {
        let text = format!("{:?} {:#?}", Secret::new("hush"), Some(Secret::new("hush")));
        assert!(!text.contains("hush"), "{text}");
    }
}
