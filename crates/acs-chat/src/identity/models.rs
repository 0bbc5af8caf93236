//! The bodies of the identity operations (reference 5.3).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::RawId;
use crate::time::Timestamp;
use crate::token::TokenScope;

/// Body of `POST /identities`, which may also be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateIdentityRequest {
    /// With scopes a token comes with the identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_token_with_scopes: Option<Vec<TokenScope>>,
    /// How long that token lasts: 60 to 1440 minutes, 1440 when absent (reference 5.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_minutes: Option<u32>,
}

/// Answer to `POST /identities`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateIdentityResult {
    /// The new identity.
    pub identity: CommunicationIdentity,
    /// Its token; only when scopes were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token: Option<AccessToken>,
}

/// An identity of the resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommunicationIdentity {
    /// Its id, which is also its raw id: `8:acs:<resource>_<user>`.
    pub id: RawId,
}

/// Body of `POST /identities/{id}/:issueAccessToken`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IssueAccessTokenRequest {
    /// What the token shall be good for.
    pub scopes: Vec<TokenScope>,
    /// How long it lasts: 60 to 1440 minutes, 1440 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_minutes: Option<u32>,
}

/// Body of `POST /teamsUser/:exchangeAccessToken`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExchangeTeamsUserTokenRequest {
    /// The Entra token of the Teams user.
    pub token: String,
    /// The client id of the Entra application.
    pub app_id: String,
    /// The object id of the Teams user.
    pub user_id: String,
}

/// A token and its end.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessToken {
    /// The token, a secret.
    pub token: String,
    /// When it ends.
    pub expires_on: Timestamp,
}

/// Without the token: it is a secret.
impl fmt::Debug for ExchangeTeamsUserTokenRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ExchangeTeamsUserTokenRequest")
            .field("app_id", &self.app_id)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

/// Without the token: it is a secret.
impl fmt::Debug for AccessToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AccessToken").field("expires_on", &self.expires_on).finish_non_exhaustive()
    }
}
