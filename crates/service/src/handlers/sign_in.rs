//! `POST /natter/v1/sign-in`: a token for whoever says a name. It proves nothing, so it is for one machine only unless
//! the settings say otherwise.
//!
//! "This machine" is more than the peer's address. A page from anywhere in the browser of somebody here also comes from
//! this address: it is told apart by its `Origin`, and after DNS rebinding by the `Host` it believes to be talking to.

use crate::domain::access::Scope;
use crate::domain::limits;
use crate::domain::name::PersonName;
use crate::error::ApiError;
use crate::extract::{Json, Peer, host};
use crate::handlers::identities::issue_token;
use crate::settings::SignInByName;
use crate::state::AppState;
use acs_chat::{RawId, Timestamp};
use axum::extract::{FromRequestParts, State};
use axum::http::header;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub(crate) struct SignInRequest {
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignedIn {
    user_id: RawId,
    display_name: String,
    token: String,
    expires_on: Timestamp,
}

/// A request from where sign-in by name is allowed.
pub(crate) struct AllowedPlace;

impl FromRequestParts<AppState> for AllowedPlace {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        match state.sign_in_by_name() {
            SignInByName::Anyone => Ok(Self),
            SignInByName::Off => Err(ApiError::forbidden("Signing in by name is switched off.")),
            SignInByName::Loopback if is_local(parts) => Ok(Self),
            SignInByName::Loopback => {
                Err(ApiError::forbidden("Signing in by name is allowed on the service's own machine only."))
            }
        }
    }
}

fn is_local(parts: &Parts) -> bool {
    let near =
        parts.extensions.get::<Peer>().is_some_and(|peer| peer.address.ip().to_canonical().is_loopback());
    let origin = parts.headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or("null"));
    let from_here = origin.is_none_or(|origin| {
        let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        host.is_some_and(names_this_machine)
    });
    near && from_here && host(parts).is_some_and(names_this_machine)
}

/// `localhost`, `127.0.0.1` or `[::1]`, with any port.
fn names_this_machine(host: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| {
        let port = host
            .get(..name.len())
            .filter(|start| start.eq_ignore_ascii_case(name))
            .map(|_| &host[name.len()..]);
        port.is_some_and(|port| {
            port.is_empty()
                || port.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
        })
    })
}

pub(crate) async fn create(
    State(state): State<AppState>,
    _: AllowedPlace,
    Json(request): Json<SignInRequest>,
) -> Result<axum::Json<SignedIn>, ApiError> {
    let person = state.store().person(PersonName::new(&request.name)?).await?;
    if state.demo() {
        state.store().welcome(person.clone()).await?;
    }
    let minutes = *limits::TOKEN_MINUTES.end();
    let access = issue_token(&state, &person.identity, vec![Scope::Chat], minutes);
    Ok(axum::Json(SignedIn {
        user_id: person.identity.id,
        display_name: person.display_name,
        token: access.token,
        expires_on: access.expires_on,
    }))
}

#[cfg(test)]
mod tests {
    use super::names_this_machine;

    #[test]
    fn only_this_machines_names_are_its_names() {
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]", "[::1]:8443"] {
            assert!(names_this_machine(host), "{host}");
        }
        for host in [
            "",
            "localhost.evil.example",
            "localhost:80@evil.example",
            "127.0.0.10",
            "127.0.0.1.nip.io",
            "evil.example",
            "::1",
            "lócalhost",
        ] {
            assert!(!names_this_machine(host), "{host}");
        }
    }
}
