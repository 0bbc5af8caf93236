//! The accessibility check: axe-core, every rule of WCAG 2.2 A and AA and best practice, no exceptions.

use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use thirtyfour::WebDriver;

use super::process::given;

const TAGS: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const RUN: &str = "const [tags, done] = arguments;
    axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] }).then(
        ({ violations }) => done(violations.map(({ id, help, nodes }) =>
            ({ id, help, where: nodes.map(({ target }) => target.join(' ')) }))),
        error => done([{ id: 'axe', help: String(error), where: [] }]))";

/// Fails with every violation on the page and where it is.
pub(crate) async fn check(browser: &WebDriver, place: &str) -> Result<()> {
    let path = given("NATTER_E2E_AXE")?;
    let axe = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    browser.execute(format!("if (!window.axe) {{ {axe} }}"), vec![]).await?;
    let violations = browser.execute_async(RUN, vec![json!(TAGS)]).await?;
    let violations = violations.json().as_array().context("axe returns a list")?.clone();
    if violations.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = violations.iter().map(line).collect();
    bail!("{place}: {} accessibility violations\n{}", lines.len(), lines.join("\n"))
}

fn line(violation: &Value) -> String {
    let text = |key| violation[key].as_str().unwrap_or_default();
    let places = violation["where"].as_array().into_iter().flatten().filter_map(Value::as_str);
    format!("  {}: {} ({})", text("id"), text("help"), places.take(5).collect::<Vec<_>>().join(", "))
}
