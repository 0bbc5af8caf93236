//! What a user access token says about itself (reference 5.1).
//!
//! The service's word is what counts: a token is opaque, and nothing here checks its signature. The claims serve to say
//! who is signed in, to refresh in time, and to tell somebody who pasted a wrong text what is wrong with it.

use serde::{Deserialize, Serialize};

use crate::encoding::from_base64;
use crate::id::RawId;
use crate::json::{self, Json};
use crate::time::Timestamp;

/// What a token lets its holder do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TokenScope {
    /// All of chat.
    #[serde(rename = "chat")]
    Chat,
    /// Chat, but not to create, update or delete threads.
    #[serde(rename = "chat.join")]
    ChatJoin,
    /// As [`Self::ChatJoin`], and not to add or remove participants.
    #[serde(rename = "chat.join.limited")]
    ChatJoinLimited,
    /// Calls; no chat.
    #[serde(rename = "voip")]
    Voip,
    /// Joining calls; no chat.
    #[serde(rename = "voip.join")]
    VoipJoin,
    /// A scope that this version does not know, by its name.
    #[serde(untagged)]
    Other(String),
}

impl TokenScope {
    /// The scope of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "chat" => Self::Chat,
            "chat.join" => Self::ChatJoin,
            "chat.join.limited" => Self::ChatJoinLimited,
            "voip" => Self::Voip,
            "voip.join" => Self::VoipJoin,
            other => Self::Other(other.to_owned()),
        }
    }

    /// It lets its holder read and write messages at least.
    #[must_use]
    pub fn allows_chat(&self) -> bool {
        matches!(self, Self::Chat | Self::ChatJoin | Self::ChatJoinLimited)
    }
}

/// The claims of a token that concern chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenClaims {
    /// When it ends.
    pub expires_on: Timestamp,
    /// Whose it is, where it says so: the claim `skypeid`, with the `8:` that it lacks (trap 25).
    pub user_id: Option<RawId>,
    /// What it is good for; empty when it does not say.
    pub scopes: Vec<TokenScope>,
}

/// Why a text is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// There is nothing.
    #[error("the token is empty")]
    Empty,
    /// A space, a line break or a letter outside ASCII: perhaps more than the token was copied.
    #[error("the token contains a space or another character that no token has")]
    StrangeCharacter,
    /// Perhaps not the whole of it was copied, or it is an access key.
    #[error("a token has three parts with dots between them, this has {parts}")]
    PartCount {
        /// How many there are.
        parts: usize,
    },
    /// The middle part is not base64url.
    #[error("the middle part of the token is not base64url: it may have been cut or changed")]
    PayloadEncoding,
    /// The middle part is not a JSON object.
    #[error("the middle part of the token is not a JSON object")]
    PayloadJson,
    /// The claim `exp` is missing or no number.
    #[error("the token does not say when it expires")]
    NoExpiry,
}

impl TokenClaims {
    /// Reads the claims of a token, without the spaces that pasting leaves around it.
    ///
    /// # Errors
    /// [`InvalidToken`] says in which way it is no token. Only `exp` must be there.
    pub fn parse(token: &str) -> Result<Self, InvalidToken> {
        let token = token.trim();
        if token.is_empty() {
            return Err(InvalidToken::Empty);
        }
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidToken::StrangeCharacter);
        }
        let parts: Vec<&str> = token.split('.').collect();
        let [_, payload, _] = *parts.as_slice() else {
            return Err(InvalidToken::PartCount { parts: parts.len() });
        };
        let payload = from_base64(payload).ok_or(InvalidToken::PayloadEncoding)?;
        let Ok(Json::Object(mut claims)) = json::parse(&payload) else {
            return Err(InvalidToken::PayloadJson);
        };
        let expires_on =
            Json::take(&mut claims, "exp").as_ref().and_then(expiry).ok_or(InvalidToken::NoExpiry)?;
        let mut text = |name| match Json::take(&mut claims, name) {
            Some(Json::Text(text)) => Some(text).filter(|text| !text.is_empty()),
            _ => None,
        };
        Ok(Self {
            expires_on,
            user_id: text("skypeid").map(|id| raw_id(&id)),
            scopes: scopes(&text("acsScope").unwrap_or_default()),
        })
    }

    /// Whether the token ends within this many milliseconds from `now`.
    #[must_use]
    pub fn expires_within(&self, now: Timestamp, ms: i64) -> bool {
        self.expires_on.as_ms() <= now.as_ms().saturating_add(ms)
    }
}

/// Seconds since the epoch, with or without a fraction.
fn expiry(claim: &Json) -> Option<Timestamp> {
    match claim {
        Json::Whole(seconds) => Some(Timestamp::from_ms(seconds.saturating_mul(1000))),
        // Beyond the range of i64 the cast keeps to its end, which is what an expiry in the far future means.
        Json::Real(seconds) => Some(Timestamp::from_ms((seconds * 1000.0) as i64)),
        _ => None,
    }
}

fn raw_id(skype_id: &str) -> RawId {
    match skype_id.starts_with("8:") {
        true => RawId::new(skype_id),
        false => RawId::new(format!("8:{skype_id}")),
    }
}

fn scopes(list: &str) -> Vec<TokenScope> {
    list.split([',', ' ']).filter(|name| !name.is_empty()).map(TokenScope::from_name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Header and signature do not matter.
    fn with_payload(payload: &str) -> Result<TokenClaims, InvalidToken> {
        TokenClaims::parse(&format!("eyJhbGciOiJub25lIn0.{payload}.c2ln"))
    }

    #[test]
    fn the_claims_of_a_real_looking_token_are_read() {
        // {"skypeid":"acs:R_U","scp":1792,"csi":"1657788332","exp":1657874732,"acsScope":"chat,voip","resourceId":"R"}
        let claims = with_payload(
            "eyJza3lwZWlkIjoiYWNzOlJfVSIsInNjcCI6MTc5MiwiY3NpIjoiMTY1Nzc4ODMzMiIsImV4cCI6MTY1Nzg3NDczMiwi\
             YWNzU2NvcGUiOiJjaGF0LHZvaXAiLCJyZXNvdXJjZUlkIjoiUiJ9",
        )
        .unwrap();
        assert_eq!(claims.expires_on, Timestamp::from_ms(1_657_874_732_000));
        assert_eq!(claims.user_id, Some(RawId::new("8:acs:R_U")));
        assert_eq!(claims.scopes, [TokenScope::Chat, TokenScope::Voip]);
        assert!(claims.expires_within(Timestamp::from_ms(1_657_874_672_000), 60_000));
        assert!(!claims.expires_within(Timestamp::from_ms(1_657_874_671_999), 60_000));
    }

    #[test]
    fn only_the_expiry_must_be_there() {
        // {"exp":1657874732}, {"exp":1657874732.5,"skypeid":"8:acs:R_U","acsScope":7}
        let least = with_payload("eyJleHAiOjE2NTc4NzQ3MzJ9").unwrap();
        assert_eq!((least.user_id, least.scopes), (None, Vec::new()));
        let odd =
            with_payload("eyJleHAiOjE2NTc4NzQ3MzIuNSwic2t5cGVpZCI6Ijg6YWNzOlJfVSIsImFjc1Njb3BlIjo3fQ==")
                .unwrap();
        assert_eq!(odd.expires_on, Timestamp::from_ms(1_657_874_732_500));
        assert_eq!(odd.user_id, Some(RawId::new("8:acs:R_U")));
        assert_eq!(odd.scopes, []);
    }

    #[test]
    fn what_is_no_token_is_told_apart() {
        assert_eq!(TokenClaims::parse(" \n"), Err(InvalidToken::Empty));
        assert_eq!(TokenClaims::parse("Bearer a.b.c"), Err(InvalidToken::StrangeCharacter));
        assert_eq!(TokenClaims::parse("a.b"), Err(InvalidToken::PartCount { parts: 2 }));
        assert_eq!(TokenClaims::parse("a.b.c.d.e"), Err(InvalidToken::PartCount { parts: 5 }));
        assert_eq!(with_payload("e"), Err(InvalidToken::PayloadEncoding));
        assert_eq!(with_payload("e!!!"), Err(InvalidToken::PayloadEncoding));
        // `not json`, `[]`, `{}`, `{"exp":"1657874732"}`
        assert_eq!(with_payload("bm90IGpzb24"), Err(InvalidToken::PayloadJson));
        assert_eq!(with_payload("W10"), Err(InvalidToken::PayloadJson));
        assert_eq!(with_payload("e30"), Err(InvalidToken::NoExpiry));
        assert_eq!(with_payload("eyJleHAiOiIxNjU3ODc0NzMyIn0"), Err(InvalidToken::NoExpiry));
    }

    #[test]
    fn scopes_have_the_names_of_the_wire() {
        for name in ["chat", "chat.join", "chat.join.limited", "voip", "voip.join", "later"] {
            let scope = TokenScope::from_name(name);
            assert_eq!(serde_json::to_value(&scope).unwrap(), name);
            assert_eq!(serde_json::from_value::<TokenScope>(name.into()).unwrap(), scope);
            assert_eq!(scope.allows_chat(), name.starts_with("chat"));
        }
    }
}
