//! The identity operations as values, as those of [`crate::requests`] (reference 5.3).

use super::models::{
    AccessToken, CreateIdentityRequest, CreateIdentityResult, ExchangeTeamsUserTokenRequest,
    IssueAccessTokenRequest,
};
use crate::api_error::ApiError;
use crate::encoding::push_segment;
use crate::id::RawId;
use crate::requests::Request;
use crate::transport::Method;

/// The version of the identity API that [`super::IdentityClient`] speaks, that of the official SDKs (reference 1).
pub const IDENTITY_API_VERSION: &str = "2023-10-01";

/// `POST /identities` creates an identity and, with scopes, a token for it.
///
/// # Errors
/// None in practice.
pub fn create_identity(body: &CreateIdentityRequest) -> Result<Request<CreateIdentityResult>, ApiError> {
    Request::json(Method::Post, "/identities".to_owned()).with_body(body)
}

/// `POST /identities/{id}/:issueAccessToken` makes a token.
///
/// # Errors
/// [`ApiError::InvalidRequest`] when the id is no path segment.
pub fn issue_access_token(
    id: &RawId,
    body: &IssueAccessTokenRequest,
) -> Result<Request<AccessToken>, ApiError> {
    Request::json(Method::Post, identity_path(id, "/:issueAccessToken")?).with_body(body)
}

/// `POST /identities/{id}/:revokeAccessTokens` ends all tokens of an identity; chat may take 15 minutes to notice
/// (reference 5.1).
///
/// # Errors
/// [`ApiError::InvalidRequest`] when the id is no path segment.
pub fn revoke_access_tokens(id: &RawId) -> Result<Request<()>, ApiError> {
    Ok(Request::no_content(Method::Post, identity_path(id, "/:revokeAccessTokens")?))
}

/// `DELETE /identities/{id}` deletes an identity and its tokens.
///
/// # Errors
/// [`ApiError::InvalidRequest`] when the id is no path segment.
pub fn delete_identity(id: &RawId) -> Result<Request<()>, ApiError> {
    Ok(Request::no_content(Method::Delete, identity_path(id, "")?))
}

/// `POST /teamsUser/:exchangeAccessToken` makes a token for a Teams user out of their Entra token.
///
/// # Errors
/// None in practice.
pub fn exchange_teams_user_token(
    body: &ExchangeTeamsUserTokenRequest,
) -> Result<Request<AccessToken>, ApiError> {
    Request::json(Method::Post, "/teamsUser/:exchangeAccessToken".to_owned()).with_body(body)
}

fn identity_path(id: &RawId, rest: &str) -> Result<String, ApiError> {
    let mut path = "/identities".to_owned();
    push_segment(&mut path, id.as_str())?;
    path.push_str(rest);
    Ok(path)
}
