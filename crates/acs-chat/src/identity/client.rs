//! The client of the identity operations.

use std::fmt;

use super::connection_string::ConnectionString;
use super::models::{
    AccessToken, CreateIdentityRequest, ExchangeTeamsUserTokenRequest, IssueAccessTokenRequest,
};
use super::{IDENTITY_API_VERSION, hmac, requests};
use crate::api_error::ApiError;
use crate::id::RawId;
use crate::identifier::CommunicationIdentifier;
use crate::requests::Request;
use crate::time::Timestamp;
use crate::token::TokenScope;
use crate::transport::Transport;

/// Makes identities and tokens for them, signing with the resource's access key.
pub struct IdentityClient<T> {
    resource: ConnectionString,
    transport: T,
    now: fn() -> Timestamp,
}

impl<T: Transport> IdentityClient<T> {
    /// A client for a resource. `now` is asked before each request, since a signature carries its time and a service does not
    /// accept old ones.
    pub fn new(resource: ConnectionString, transport: T, now: fn() -> Timestamp) -> Self {
        Self { resource, transport, now }
    }

    /// `POST /identities` creates an identity.
    ///
    /// # Errors
    /// [`ApiError`]; [`ApiError::LoginLost`] when the service does not accept the key or the clock.
    pub async fn create_user(&self) -> Result<CommunicationIdentifier, ApiError> {
        let created = self.send(&requests::create_identity(&CreateIdentityRequest::default())?).await?;
        Ok(CommunicationIdentifier::from_raw_id(created.identity.id.as_str()))
    }

    /// `POST /identities` creates an identity with a token, which lasts 60 to 1440 minutes, 1440 when not said.
    ///
    /// # Errors
    /// [`ApiError`]; [`ApiError::BrokenReply`] when the service sends no token.
    pub async fn create_user_and_token(
        &self,
        scopes: &[TokenScope],
        expires_in_minutes: Option<u32>,
    ) -> Result<(CommunicationIdentifier, AccessToken), ApiError> {
        let body =
            CreateIdentityRequest { create_token_with_scopes: Some(scopes.to_vec()), expires_in_minutes };
        let created = self.send(&requests::create_identity(&body)?).await?;
        let token = created.access_token.ok_or_else(|| ApiError::broken("it has no token"))?;
        Ok((CommunicationIdentifier::from_raw_id(created.identity.id.as_str()), token))
    }

    /// `POST /identities/{id}/:issueAccessToken` makes a token, which lasts 60 to 1440 minutes, 1440 when not said.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn get_token(
        &self,
        user: &RawId,
        scopes: &[TokenScope],
        expires_in_minutes: Option<u32>,
    ) -> Result<AccessToken, ApiError> {
        let body = IssueAccessTokenRequest { scopes: scopes.to_vec(), expires_in_minutes };
        self.send(&requests::issue_access_token(user, &body)?).await
    }

    /// `POST /identities/{id}/:revokeAccessTokens` ends all tokens of an identity.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn revoke_tokens(&self, user: &RawId) -> Result<(), ApiError> {
        self.send(&requests::revoke_access_tokens(user)?).await
    }

    /// `DELETE /identities/{id}` deletes an identity and its tokens.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn delete_user(&self, user: &RawId) -> Result<(), ApiError> {
        self.send(&requests::delete_identity(user)?).await
    }

    /// `POST /teamsUser/:exchangeAccessToken` makes a token for a Teams user out of their Entra token.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn get_token_for_teams_user(
        &self,
        request: &ExchangeTeamsUserTokenRequest,
    ) -> Result<AccessToken, ApiError> {
        self.send(&requests::exchange_teams_user_token(request)?).await
    }

    /// Sends a request of [`requests`], signed.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn send<R>(&self, request: &Request<R>) -> Result<R, ApiError> {
        let endpoint = &self.resource.endpoint;
        let mut http = request.to_http(endpoint, IDENTITY_API_VERSION);
        let target = http.url.strip_prefix(endpoint.origin()).unwrap_or_default();
        let date = hmac::date((self.now)());
        let content_hash = hmac::content_hash(http.body.as_deref().unwrap_or_default());
        let text = hmac::string_to_sign(http.method.as_str(), target, &date, endpoint.host(), &content_hash);
        let signature = hmac::sign(self.resource.access_key.as_bytes(), &text);
        http.headers.push(("x-ms-date", date));
        http.headers.push(("x-ms-content-sha256", content_hash));
        http.headers.push(("Authorization", hmac::authorization(&signature)));
        let response = self.transport.send(http).await?;
        request.read_response(&response)
    }
}

/// Without the transport, which need not be printable.
impl<T> fmt::Debug for IdentityClient<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("IdentityClient").field("resource", &self.resource).finish_non_exhaustive()
    }
}
