//! User access tokens: JSON Web Tokens that this service signs and only this service reads (reference 5.1).
//!
//! The claims are the vendor's, since its SDKs read some of them; `rev` is ours, the identity's revision at issue, so
//! that revoking one works at once. One algorithm, HS256, and nothing in a token chooses another.

use crate::domain::access::Scope;
use acs_chat::RawId;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Signs and verifies tokens.
pub(crate) struct TokenKey {
    secret: [u8; 32],
    resource_id: String,
}

/// What a valid token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    /// Whose it is.
    pub(crate) id: RawId,
    /// What it allows.
    pub(crate) scopes: Vec<Scope>,
    /// The identity's revision when it was issued.
    pub(crate) revision: i64,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    typ: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    /// The user id without its `8:`.
    skypeid: String,
    scp: u32,
    /// When it was issued, as text: the vendor's own claim.
    csi: String,
    /// Seconds since 1970, a number: every SDK reads it.
    exp: i64,
    iat: i64,
    #[serde(rename = "acsScope")]
    acs_scope: String,
    #[serde(rename = "resourceId")]
    resource_id: String,
    #[serde(rename = "resourceLocation")]
    resource_location: String,
    rev: i64,
}

/// What the vendor's tokens have here for a user of a resource; nobody is known to read it.
const SCP: u32 = 1792;

impl TokenKey {
    pub(crate) fn new(secret: [u8; 32], resource_id: String) -> Self {
        Self { secret, resource_id }
    }

    /// A token for `grant` that ends `minutes` from `now_ms`, and when it ends.
    pub(crate) fn issue(&self, grant: &Grant, now_ms: i64, minutes: i64) -> (String, i64) {
        let iat = now_ms.div_euclid(1000);
        let exp = iat + minutes * 60;
        let claims = Claims {
            skypeid: grant.id.as_str().trim_start_matches("8:").to_owned(),
            scp: SCP,
            csi: iat.to_string(),
            exp,
            iat,
            acs_scope: grant.scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(","),
            resource_id: self.resource_id.clone(),
            resource_location: "local".to_owned(),
            rev: grant.revision,
        };
        let header = Header { alg: "HS256".to_owned(), typ: "JWT".to_owned() };
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = URL_SAFE_NO_PAD.encode(self.mac(&signed).finalize().into_bytes());
        (format!("{signed}.{signature}"), exp * 1000)
    }

    /// What a token says and when it ends, if this service signed it for its own resource and it has not ended.
    pub(crate) fn verify(&self, token: &str, now_ms: i64) -> Option<(Grant, i64)> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        // In constant time, and before anything in the token is looked at.
        self.mac(signed).verify_slice(&signature).ok()?;
        let header: Header = read(header)?;
        let claims: Claims = read(claims)?;
        if header.alg != "HS256" || claims.exp * 1000 <= now_ms || claims.resource_id != self.resource_id {
            return None;
        }
        let grant = Grant {
            id: RawId::new(format!("8:{}", claims.skypeid)),
            scopes: claims.acs_scope.split(',').filter_map(Scope::from_name).collect(),
            revision: claims.rev,
        };
        Some((grant, claims.exp * 1000))
    }

    fn mac(&self, text: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes a key of any length");
        mac.update(text.as_bytes());
        mac
    }
}

fn part(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).expect("plain structs serialise"))
}

fn read<T: serde::de::DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_123;

    fn key() -> TokenKey {
        TokenKey::new([7; 32], "R".to_owned())
    }

    fn grant() -> Grant {
        Grant { id: RawId::new("8:acs:R_U"), scopes: vec![Scope::Chat, Scope::Voip], revision: 3 }
    }

    fn resigned(header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(key().mac(&signed).finalize().into_bytes());
        format!("{signed}.{signature}")
    }

    #[test]
    fn a_token_says_what_it_was_issued_for_until_it_ends() {
        let (token, expires_ms) = key().issue(&grant(), NOW, 60);
        assert_eq!(expires_ms, 1_700_003_600_000);
        assert_eq!(key().verify(&token, NOW), Some((grant(), expires_ms)));
        assert_eq!(key().verify(&token, expires_ms - 1), Some((grant(), expires_ms)));
        assert_eq!(key().verify(&token, expires_ms), None);
    }

    #[test]
    fn the_vendors_claims_are_there() {
        let (token, _) = key().issue(&grant(), NOW, 60);
        let claims: serde_json::Value = read(token.split('.').nth(1).unwrap()).unwrap();
        assert_eq!(claims["skypeid"], "acs:R_U");
        assert_eq!(claims["acsScope"], "chat,voip");
        assert_eq!(claims["exp"], 1_700_003_600_i64);
        assert_eq!(claims["resourceId"], "R");
        assert_eq!(claims["csi"], "1700000000");
    }

    #[test]
    fn nothing_but_our_own_signature_counts() {
        let (token, _) = key().issue(&grant(), NOW, 60);
        let parts: Vec<&str> = token.split('.').collect();
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let cut = &parts[2][..parts[2].len() - 4];
        for forged in [
            format!("{none}.{}.", parts[1]),
            format!("{none}.{}.{}", parts[1], parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{}.{}.{cut}", parts[0], parts[1]),
            format!("{}.{}", parts[0], parts[1]),
            format!("{token}.x"),
            format!("{token}="),
            String::new(),
            "..".to_owned(),
            "a.b.c".to_owned(),
        ] {
            assert_eq!(key().verify(&forged, NOW), None, "{forged}");
        }
        assert_eq!(TokenKey::new([8; 32], "R".to_owned()).verify(&token, NOW), None, "another key");
        assert_eq!(TokenKey::new([7; 32], "S".to_owned()).verify(&token, NOW), None, "another resource");
    }

    #[test]
    fn the_header_and_the_type_of_exp_are_checked_even_under_a_good_signature() {
        let claims = |exp: &str| {
            format!(
                r#"{{"skypeid":"acs:R_U","scp":1,"csi":"","exp":{exp},"iat":1,"acsScope":"chat","resourceId":"R","resourceLocation":"","rev":0}}"#
            )
        };
        let good = r#"{"alg":"HS256","typ":"JWT"}"#;
        assert!(key().verify(&resigned(good, &claims("1700000001")), NOW).is_some());
        assert!(key().verify(&resigned(good, &claims("\"1700000001\"")), NOW).is_none());
        assert!(
            key().verify(&resigned(r#"{"alg":"HS512","typ":"JWT"}"#, &claims("1700000001")), NOW).is_none()
        );
        assert!(key().verify(&resigned(good, "{}"), NOW).is_none());
    }
}
