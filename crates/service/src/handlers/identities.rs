//! Identities and their tokens, for whoever holds the access key (reference 5.3).

use crate::domain::access::Scope;
use crate::domain::limits;
use crate::domain::rate::{Asking, Operation};
use crate::domain::refusal::Refusal;
use crate::error::ApiError;
use crate::extract::{IdentityPath, Signed};
use crate::state::AppState;
use crate::store::Identity;
use crate::tokens::Grant;
use crate::versions::IdentityVersion;
use acs_chat::identity::models::{CommunicationIdentity, CreateIdentityRequest, IssueAccessTokenRequest};
use acs_chat::{Timestamp, TokenScope};
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Created {
    identity: CommunicationIdentity,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<AccessToken>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessToken {
    token: String,
    expires_on: String,
}

impl From<Token> for AccessToken {
    /// With seven digits and an offset, as the hosted service writes this one time (reference 3.4). A token ends at a
    /// whole second.
    fn from(token: Token) -> Self {
        let text = token.expires_on.truncated_to_second().to_string();
        let expires_on = format!("{}.0000000+00:00", text.trim_end_matches('Z'));
        Self { token: token.token, expires_on }
    }
}

/// A token and its end.
pub(crate) struct Token {
    pub(crate) token: String,
    pub(crate) expires_on: Timestamp,
}

pub(crate) async fn create(
    State(state): State<AppState>,
    version: IdentityVersion,
    signed: Signed,
) -> Result<(StatusCode, axum::Json<Created>), ApiError> {
    let request: CreateIdentityRequest = signed.optional_json()?;
    let minutes = minutes(request.expires_in_minutes, version)?;
    let scopes = scopes(&request.create_token_with_scopes.unwrap_or_default(), version)?;
    count(
        &state,
        if scopes.is_empty() { Operation::CreateIdentity } else { Operation::CreateIdentityWithToken },
    )?;
    let identity = state.store().create_identity().await?;
    let access_token = (!scopes.is_empty()).then(|| issue_token(&state, &identity, scopes, minutes).into());
    let identity = CommunicationIdentity { id: identity.id };
    Ok((StatusCode::CREATED, axum::Json(Created { identity, access_token })))
}

pub(crate) async fn issue_access_token(
    State(state): State<AppState>,
    version: IdentityVersion,
    IdentityPath(id): IdentityPath,
    signed: Signed,
) -> Result<axum::Json<AccessToken>, ApiError> {
    count(&state, Operation::IssueToken)?;
    let request: IssueAccessTokenRequest = signed.json()?;
    let minutes = minutes(request.expires_in_minutes, version)?;
    let scopes = scopes(&request.scopes, version)?;
    if scopes.is_empty() {
        return Err(ApiError::bad_request("A token needs at least one scope."));
    }
    let identity = state.store().identity(id).await?.ok_or(Refusal::IdentityNotFound)?;
    Ok(axum::Json(issue_token(&state, &identity, scopes, minutes).into()))
}

pub(crate) async fn revoke_access_tokens(
    State(state): State<AppState>,
    IdentityPath(id): IdentityPath,
    _signed: Signed,
) -> Result<StatusCode, ApiError> {
    count(&state, Operation::RevokeTokens)?;
    state.store().revoke_tokens(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn delete(
    State(state): State<AppState>,
    IdentityPath(id): IdentityPath,
    _signed: Signed,
) -> Result<StatusCode, ApiError> {
    count(&state, Operation::DeleteIdentity)?;
    state.store().delete_identity(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn exchange_teams_token(
    State(state): State<AppState>,
    version: IdentityVersion,
    _signed: Signed,
) -> ApiError {
    if !version.has_teams_exchange() {
        return ApiError::unsupported_version(version.name());
    }
    match count(&state, Operation::ExchangeTeamsToken) {
        Ok(()) => ApiError::not_implemented(
            "This service knows no Teams users, and so cannot exchange their tokens.",
        ),
        Err(too_many) => too_many,
    }
}

/// Assignments of Teams users to the resource (reference 5.3).
pub(crate) async fn teams_extensions(version: IdentityVersion, _signed: Signed) -> ApiError {
    if !version.has_teams_extensions() {
        return ApiError::unsupported_version(version.name());
    }
    ApiError::not_implemented("This service knows no Teams users, and so cannot give them access.")
}

/// The hosted service takes a token of Entra ID here, which nobody can show to this one (reference 5.3).
pub(crate) async fn exchange_entra_token(_signed: Signed) -> ApiError {
    ApiError::not_implemented(
        "This service knows no users of Microsoft Entra ID, and so cannot exchange their tokens.",
    )
}

/// Counts a signed request: one without a signature must not use up what the resource may do.
fn count(state: &AppState, operation: Operation) -> Result<(), ApiError> {
    state.enter(operation, Asking::default()).map(drop)
}

/// A token for an identity.
pub(crate) fn issue_token(state: &AppState, identity: &Identity, scopes: Vec<Scope>, minutes: i64) -> Token {
    let grant = Grant { id: identity.id.clone(), scopes, revision: identity.token_revision };
    let (token, expires_ms) = state.tokens().issue(&grant, state.now_ms(), minutes);
    Token { token, expires_on: Timestamp::from_ms(expires_ms) }
}

/// A version that leaves no choice leaves the default.
fn minutes(asked: Option<u32>, version: IdentityVersion) -> Result<i64, ApiError> {
    let minutes = asked.filter(|_| version.has_token_life()).map_or(*limits::TOKEN_MINUTES.end(), i64::from);
    if limits::TOKEN_MINUTES.contains(&minutes) {
        return Ok(minutes);
    }
    Err(ApiError::bad_request("expiresInMinutes must be between 60 and 1440."))
}

fn scopes(asked: &[TokenScope], version: IdentityVersion) -> Result<Vec<Scope>, ApiError> {
    let unknown = || ApiError::bad_request("A scope is not known.");
    let mut scopes = Vec::new();
    for scope in asked {
        let scope = match scope {
            TokenScope::Chat => Scope::Chat,
            TokenScope::ChatJoin => Scope::ChatJoin,
            TokenScope::ChatJoinLimited => Scope::ChatJoinLimited,
            TokenScope::Voip => Scope::Voip,
            TokenScope::VoipJoin => Scope::VoipJoin,
            TokenScope::Other(_) => return Err(unknown()),
        };
        let joins = matches!(scope, Scope::ChatJoin | Scope::ChatJoinLimited | Scope::VoipJoin);
        if joins && !version.has_joining_scopes() {
            return Err(unknown());
        }
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    Ok(scopes)
}
