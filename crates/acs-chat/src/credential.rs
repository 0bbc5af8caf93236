//! The token that every chat request carries.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use crate::token::InvalidToken;

/// A user access token, shared by all clients made with clones of it: [`Self::replace`] gives every one of them a new
/// token at once. That is how a refresh works; when to refresh is the application's business (see
/// [`crate::TokenClaims::expires_on`] and [`crate::ApiError::LoginLost`]).
#[derive(Clone)]
pub struct TokenCredential {
    token: Arc<RwLock<String>>,
}

impl TokenCredential {
    /// Takes a token, without the spaces that pasting leaves around it. The token itself is opaque here (reference 5.1).
    ///
    /// # Errors
    /// [`InvalidToken`] when it is empty or cannot be in a header.
    pub fn new(token: &str) -> Result<Self, InvalidToken> {
        Ok(Self { token: Arc::new(RwLock::new(checked(token)?)) })
    }

    /// Puts a new token in the place of the old one, for all clones.
    ///
    /// # Errors
    /// [`InvalidToken`] as for [`Self::new`]; the old token then stays.
    pub fn replace(&self, token: &str) -> Result<(), InvalidToken> {
        let token = checked(token)?;
        *self.token.write().unwrap_or_else(PoisonError::into_inner) = token;
        Ok(())
    }

    /// The token as it is now.
    #[must_use]
    pub fn token(&self) -> String {
        self.token.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The value of the `Authorization` header.
    pub(crate) fn authorization(&self) -> String {
        format!("Bearer {}", self.token())
    }
}

/// Without the token: it is a secret.
impl fmt::Debug for TokenCredential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TokenCredential(…)")
    }
}

fn checked(token: &str) -> Result<String, InvalidToken> {
    let token = token.trim();
    if token.is_empty() {
        return Err(InvalidToken::Empty);
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(InvalidToken::StrangeCharacter);
    }
    Ok(token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_token_is_seen_by_every_clone() {
        let credential = TokenCredential::new(" old\n").unwrap();
        let clone = credential.clone();
        assert_eq!(clone.authorization(), "Bearer old");
        credential.replace("new").unwrap();
        assert_eq!(clone.token(), "new");
        assert_eq!(credential.replace(""), Err(InvalidToken::Empty));
        assert_eq!(clone.token(), "new");
    }

    #[test]
    fn what_no_header_can_hold_is_refused() {
        assert_eq!(TokenCredential::new(" ").err(), Some(InvalidToken::Empty));
        assert_eq!(TokenCredential::new("a b").err(), Some(InvalidToken::StrangeCharacter));
        assert_eq!(TokenCredential::new("a\r\nx: y").err(), Some(InvalidToken::StrangeCharacter));
    }

    #[test]
    fn the_token_is_not_printed() {
        assert!(!format!("{:?}", TokenCredential::new("secret").unwrap()).contains("secret"));
    }
}
