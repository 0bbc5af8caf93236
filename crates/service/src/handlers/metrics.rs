//! `GET /natter/v1/metrics`: what the service counts of itself, as Prometheus reads it. `docs/monitoring.md` names it all.

use crate::error::ApiError;
use crate::extract::Scraper;
use crate::metrics::CONTENT_TYPE;
use crate::state::AppState;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

pub(crate) async fn get(State(state): State<AppState>, _: Scraper) -> Result<impl IntoResponse, ApiError> {
    let depths = state.store().depths().await?;
    let answers = state.assistant().map_or(0, |assistant| assistant.under_way());
    let text = state.metrics().text(&depths, state.events().streams(), answers, state.now_ms());
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text))
}
