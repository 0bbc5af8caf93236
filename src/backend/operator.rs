//! What the local service tells whoever operates it, and takes from them. `docs/monitoring.md` has the contract.
//!
//! Figures are plain numbers by name, as they are only drawn.

use acs_chat::{HttpRequest, Method};
use serde_json::{Value, json};

const BASE: &str = "/natter/v1/operator/";

/// What is asked of the service.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// A session, for the access key.
    Session(String),
    /// All figures.
    Figures,
    /// That the dead letters of a subscription are sent again.
    Replay(String),
    /// Who is told of what.
    Alerts,
    /// That somebody is told when a figure is above a number.
    AddAlert {
        /// The figure.
        measure: &'static str,
        /// The number.
        above: u32,
        /// Who.
        url: String,
    },
    /// That an alert is forgotten.
    RemoveAlert(String),
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The key is wrong, or the session over.
    Unauthorized,
    /// There were too many wrong keys.
    TooOften,
    /// It does not take what it was given.
    Invalid,
    /// It could not be asked, or did not answer as it should.
    Unreachable,
}

impl Asked {
    /// The request; `token` is that of the session.
    #[must_use]
    pub fn request(&self, endpoint: &str, token: &str) -> HttpRequest {
        let (method, path, body) = match self {
            Self::Session(key) => (Method::Post, "sessions".to_owned(), Some(json!({"accessKey": key}))),
            Self::Figures => (Method::Get, "figures".to_owned(), None),
            Self::Replay(id) => (Method::Post, ["subscriptions/", id, "/replay"].concat(), None),
            Self::Alerts => (Method::Get, "alerts".to_owned(), None),
            Self::AddAlert { measure, above, url } => {
                let terms = json!({"measure": measure, "above": above, "url": url});
                (Method::Post, "alerts".to_owned(), Some(terms))
            }
            Self::RemoveAlert(id) => (Method::Delete, ["alerts/", id].concat(), None),
        };
        let mut headers = vec![("Accept", "application/json".to_owned())];
        if body.is_some() {
            headers.push(("Content-Type", "application/json".to_owned()));
        }
        if !token.is_empty() {
            headers.push(("Authorization", ["Bearer ", token].concat()));
        }
        let url = [endpoint.trim_end_matches('/'), BASE, &path].concat();
        HttpRequest { method, url, headers, body: body.map(|body| body.to_string().into_bytes()) }
    }
}

/// What the service answered.
///
/// # Errors
/// When it refused, or did not answer in JSON.
pub fn read(status: u16, body: &[u8]) -> Result<Value, Refused> {
    match status {
        204 => Ok(Value::Null),
        200..=299 => serde_json::from_slice(body).map_err(|_| Refused::Unreachable),
        401 => Err(Refused::Unauthorized),
        429 => Err(Refused::TooOften),
        400 | 404 => Err(Refused::Invalid),
        _ => Err(Refused::Unreachable),
    }
}

/// Asks from a page.
///
/// # Errors
/// As [`read`], or when there was no reply.
#[cfg(target_arch = "wasm32")]
pub async fn ask(asked: &Asked, endpoint: &str, token: &str) -> Result<Value, Refused> {
    use acs_chat::Transport as _;
    let sent = super::fetch::Fetch.send(asked.request(endpoint, token)).await;
    let response = sent.map_err(|_| Refused::Unreachable)?;
    read(response.status, &response.body)
}

/// Asks from a page, which there is none of here.
///
/// # Errors
/// Always.
#[cfg(not(target_arch = "wasm32"))]
#[allow(clippy::unused_async, reason = "it stands for one that waits")]
pub async fn ask(_: &Asked, _: &str, _: &str) -> Result<Value, Refused> {
    Err(Refused::Unreachable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_goes_in_a_body_once_and_the_token_in_a_header() {
        let open = Asked::Session("key".to_owned()).request("https://a/", "");
        assert_eq!(open.url, "https://a/natter/v1/operator/sessions");
        assert_eq!(open.body.as_deref(), Some(&br#"{"accessKey":"key"}"#[..]));
        assert!(!open.headers.iter().any(|(name, _)| *name == "Authorization"));
        let figures = Asked::Figures.request("", "token");
        assert_eq!(figures.url, "/natter/v1/operator/figures");
        assert!(figures.headers.contains(&("Authorization", "Bearer token".to_owned())));
        assert_eq!(read(401, b"{}"), Err(Refused::Unauthorized));
        assert_eq!(read(200, b"<html>"), Err(Refused::Unreachable));
        assert_eq!(read(204, b""), Ok(Value::Null));
    }
}
