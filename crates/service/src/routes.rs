//! Every URL of the service.

use crate::error::ApiError;
use crate::handlers::{
    assistant, completions, description, event_subscriptions, events, health, identities, images, messages,
    metrics, operator, participants, people, receipts, sign_in, threads, translations, typing,
};
use crate::state::AppState;
use crate::{edge, throttle, versions, web};
use axum::Router;
use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, delete, get, post};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

/// The whole service.
pub(crate) fn router(state: AppState) -> Router {
    // `:add` and its like are whole segments here, not parameters (trap 6): `without_v07_checks` lets them be.
    let chat = Router::new()
        .without_v07_checks()
        .route("/chat/threads", post(threads::create).get(threads::list))
        .route("/chat/threads/{thread}", get(threads::get).patch(threads::update).delete(threads::delete))
        .route("/chat/threads/{thread}/messages", post(messages::send).get(messages::list))
        .route(
            "/chat/threads/{thread}/messages/{message}",
            get(messages::get).patch(messages::update).delete(messages::delete),
        )
        .route("/chat/threads/{thread}/participants", get(participants::list))
        .route("/chat/threads/{thread}/participants/:add", post(participants::add))
        .route("/chat/threads/{thread}/participants/:remove", post(participants::remove))
        .route("/chat/threads/{thread}/typing", post(typing::send))
        .route("/chat/threads/{thread}/readReceipts", post(receipts::send).get(receipts::list))
        // Of a preview, and not done: whoever asks is told so.
        .route("/chat/threads/{thread}/images", any(images::not_done))
        .route("/chat/threads/{thread}/images/{*rest}", any(images::not_done))
        .route_layer(from_fn_with_state(state.clone(), throttle::chat))
        .route_layer(from_fn(versions::chat));

    let identity = Router::new()
        .without_v07_checks()
        .route("/identities", post(identities::create))
        .route("/identities/{id}", delete(identities::delete))
        .route("/identities/{id}/:issueAccessToken", post(identities::issue_access_token))
        .route("/identities/{id}/:revokeAccessTokens", post(identities::revoke_access_tokens))
        .route("/teamsUser/:exchangeAccessToken", post(identities::exchange_teams_token))
        .route("/access/teamsExtension/{*rest}", any(identities::teams_extensions))
        .route_layer(from_fn(versions::identity))
        // Of previews only, so behind no version that is spoken.
        .route("/access/entra/{*rest}", any(identities::exchange_entra_token));

    let own = Router::new()
        .route("/natter/v1/health", get(health::get))
        .route("/natter/v1/metrics", get(metrics::get))
        .route("/natter/v1/openapi.json", get(description::get))
        .route("/natter/v1/events", get(events::stream))
        .route(
            "/natter/v1/event-subscriptions",
            get(event_subscriptions::list).post(event_subscriptions::create),
        )
        .route("/natter/v1/event-subscriptions/{id}", delete(event_subscriptions::delete))
        .route("/natter/v1/event-subscriptions/{id}/dead-letters", get(event_subscriptions::dead_letters))
        .route("/natter/v1/event-subscriptions/{id}/replay", post(event_subscriptions::replay))
        .route("/natter/v1/event-validation/{token}", get(event_subscriptions::validate))
        .route("/natter/v1/operator/sessions", post(operator::begin))
        .route("/natter/v1/operator/figures", get(operator::figures))
        .route("/natter/v1/operator/subscriptions/{id}/replay", post(operator::replay))
        .route("/natter/v1/operator/alerts", get(operator::alerts).post(operator::create_alert))
        .route("/natter/v1/operator/alerts/{id}", delete(operator::delete_alert))
        .route("/natter/v1/assistant", get(assistant::get).post(assistant::ask))
        .route("/natter/v1/translations", get(translations::get).post(translations::create))
        // In the language of others, for programs that speak it.
        .route("/v1/models", get(completions::models))
        .route("/v1/chat/completions", post(completions::complete))
        .route("/natter/v1/sign-in", post(sign_in::create))
        .route("/natter/v1/people", get(people::list).post(people::create));

    Router::new()
        .without_v07_checks()
        .merge(chat)
        .merge(identity)
        .merge(own)
        .method_not_allowed_fallback(async || ApiError::method_not_allowed())
        .fallback_service(web::files(state.web_root()))
        .layer(from_fn_with_state(state.clone(), edge::around))
        .layer(compression())
        .with_state(state)
}

/// Lists for whoever takes them compressed: a page of fifty messages is a seventh then. What is short is not worth it, a stream must
/// not wait, and the app's files lie there compressed.
fn compression() -> CompressionLayer<impl Predicate> {
    const WORTH_IT_BYTES: u64 = 1_400;
    let is_json = |_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions| {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        kind.is_some_and(|kind| kind.starts_with("application/json"))
    };
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(WORTH_IT_BYTES).and(is_json))
}
