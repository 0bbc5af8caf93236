//! What is measured and not judged: `cargo xtask bench` runs it, and holds the figures against the budgets.

mod sync;
mod timeline;

use std::fs;

use anyhow::Result;
use serde_json::Value;

use crate::support::process::given;

/// Keeps figures under a name.
fn keep(name: &str, figures: &Value) -> Result<()> {
    Ok(fs::write(given("NATTER_FIGURES")?.join(format!("{name}.json")), figures.to_string())?)
}

/// The value below which such a part of all lie.
fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1) as f64;
    sorted.get((last * part).round() as usize).copied().unwrap_or(f64::NAN)
}
