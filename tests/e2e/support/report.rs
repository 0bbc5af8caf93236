//! What a browser says besides what it shows, its console and pictures of its page; and what a journey says of itself.

use std::fs;

use anyhow::Result;
use thirtyfour::WebDriver;

use super::process::given;

/// Saves a picture under `target/screenshots`.
pub(crate) async fn screenshot(browser: &WebDriver, name: &str) -> Result<()> {
    let folder = given("NATTER_E2E_SCREENSHOTS")?;
    fs::create_dir_all(&folder)?;
    browser.screenshot(&folder.join(format!("{name}.png"))).await?;
    Ok(())
}

/// Everything in the console that should not be there: errors, and what the policy stopped. Reading empties it.
pub(crate) async fn complaints(browser: &WebDriver, allowed: &[&str]) -> Result<Vec<String>> {
    let entries = browser.browser_log().await?;
    Ok(entries
        .into_iter()
        .filter(|entry| entry.level == "SEVERE")
        .map(|entry| entry.message)
        .filter(|message| !allowed.iter().any(|part| message.contains(part)))
        .collect())
}

/// Tells something that is no condition: a seed, a figure. Shown when the journey fails, or with `--nocapture`.
#[allow(clippy::print_stdout, reason = "whoever looks for a failure wants to know")]
pub(crate) fn tell(line: &str) {
    println!("{line}");
}
