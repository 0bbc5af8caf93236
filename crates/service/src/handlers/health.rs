//! `GET /natter/v1/health`: whether the service can do its work, and what it offers.

use crate::error::ApiError;
use crate::settings::SignInByName;
use crate::state::AppState;
use axum::extract::State;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Health {
    status: &'static str,
    version: &'static str,
    /// Whether the page may offer a field for a name.
    sign_in_by_name: bool,
}

pub(crate) async fn get(State(state): State<AppState>) -> Result<axum::Json<Health>, ApiError> {
    state.store().health().await?;
    Ok(axum::Json(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        sign_in_by_name: state.sign_in_by_name() != SignInByName::Off,
    }))
}
