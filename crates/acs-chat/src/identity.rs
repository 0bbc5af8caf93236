//! Identities and their tokens (reference 5.2, 5.3): what an application's own server does, with the access key of the
//! resource. Feature `identity`.
//!
//! Whoever holds the key can be anybody, so it belongs on a server or into a test, never into a page.
//! [`hmac`] is also for the other side: a service verifies with the same functions that sign here.

pub mod client;
pub mod connection_string;
pub mod hmac;
pub mod models;
pub mod requests;

pub use client::IdentityClient;
pub use connection_string::{AccessKey, ConnectionString, InvalidConnectionString};
pub use models::{
    AccessToken, CommunicationIdentity, CreateIdentityRequest, CreateIdentityResult,
    ExchangeTeamsUserTokenRequest, IssueAccessTokenRequest,
};
pub use requests::IDENTITY_API_VERSION;
