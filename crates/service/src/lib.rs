//! A local chat service that speaks the REST API of Azure Communication Services Chat, so that an application written
//! for it, or the official SDKs, run without an account anywhere.
//!
//! In reading order: [`settings`] is what the service is told, [`AppState`] what it holds. `routes` names every URL,
//! `handlers` answer them with the help of `extract` (what comes in), `paging` and `wire` (what goes out); `edge` is
//! what all replies have in common, `correlation` what the hosted service's tell of themselves, `versions` the `api-version` and what each has, and `throttle` how often a request may come. The rules
//! of chat are in `domain`, what is kept is kept by `store`. `sweep` deletes what has had its time. `tokens` and [`access_key`] say who is who. `web` serves the
//! built app, `metrics` count what happens, `operator` keeps some of it and gives alerts, [`telemetry`] writes the log and sends traces, `demo` writes something to look at, [`seed`] as much of it as is wanted, `webhooks` tell other
//! servers what happened, `assistant` answers questions or asks those who do, `beebot` stands in for one of them, `translation` asks those who translate, `upstream` sends what both ask, [`commands`] ask a service that runs, and [`server`] puts all of it on the network.
//!
//! The service in process, for tests:
//!
//! ```no_run
//! # async fn example() -> Result<(), natter_service::StartError> {
//! let dir = std::path::Path::new("some-temporary-folder");
//! let router = natter_service::app(natter_service::AppState::for_tests(dir).await?);
//! // `router` is a `tower::Service<http::Request<axum::body::Body>>`; call it with `oneshot`.
//! # Ok(())
//! # }
//! ```

pub mod access_key;
pub mod clock;
pub mod commands;
pub mod secret;
pub mod seed;
pub mod server;
pub mod settings;
pub mod telemetry;
pub mod tls;

mod assistant;
mod beebot;
mod correlation;
mod demo;
mod domain;
mod edge;
mod error;
mod events;
mod extract;
mod handlers;
mod metrics;
mod operator;
mod paging;
mod random;
mod routes;
mod state;
mod store;
mod sweep;
mod throttle;
mod tokens;
mod translation;
mod upstream;
mod versions;
mod web;
mod webhooks;
mod wire;

pub use beebot::stand_in as beebot_stand_in;
pub use clock::Clock;
pub use extract::Peer;
#[cfg(feature = "simulation")]
pub use random::simulated;
pub use settings::{
    AssistantKind, AssistantServers, LogFormat, Settings, SignInByName, TranslationKind, TranslationServers,
    WebhookTargets,
};
pub use state::{AppState, StartError};

/// The whole service as one `tower` service. It needs no port; a request that carries no [`Peer`] was made in process.
pub fn app(state: AppState) -> axum::Router {
    routes::router(state)
}
