//! The browser of the tests, and the fonts that its screenshots need.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::apt_install;
use crate::paths;
use crate::process::{command, output};
use crate::progress::Steps;

const FONTS: [&str; 3] = ["fonts-noto-cjk", "fonts-noto-color-emoji", "fonts-noto-core"];

/// Starts it in a container, as root, without a screen, and without asking anybody on the network.
const ARGUMENTS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1440,900",
];

pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) driver: PathBuf,
}

impl Browser {
    /// What is handed to the driver.
    pub(crate) fn capabilities(&self) -> String {
        let options = serde_json::json!({ "args": ARGUMENTS, "binary": self.chromium });
        serde_json::json!({ "goog:chromeOptions": options }).to_string()
    }
}

/// Chromium with its driver. `NATTER_CHROMIUM` and `CHROMEDRIVER` choose others than those on PATH.
pub(crate) fn browser(steps: &mut Steps) -> Result<Browser> {
    if let Some(browser) = find() {
        steps.begin(&format!("Chromium and its driver: there ({})", browser.chromium.display()));
        return Ok(browser);
    }
    steps.begin("Chromium and its driver: installing with apt");
    apt_install("Chromium or its driver is", &["chromium", "chromium-driver"])?;
    find().context("apt installed Chromium, but no `chromium` and `chromedriver` are on PATH")
}

fn find() -> Option<Browser> {
    let chosen = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_file());
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let chromium = chosen("NATTER_CHROMIUM").or_else(|| names.into_iter().find_map(paths::which))?;
    let driver = chosen("CHROMEDRIVER").or_else(|| paths::which("chromedriver"))?;
    Some(Browser { chromium, driver })
}

/// Without these Chinese and emoji are boxes in the screenshots. No test fails for it, so neither do we.
pub(crate) fn fonts(steps: &mut Steps) {
    let listed = output(command("fc-list").arg("--format=%{family}\n")).unwrap_or_default();
    if ["Noto Sans CJK", "Noto Color Emoji", "Noto Sans"].iter().all(|font| listed.contains(font)) {
        steps.begin("Fonts for screenshots: there");
        return;
    }
    steps.begin("Fonts for screenshots: installing with apt");
    if let Err(error) = apt_install("Fonts for Chinese and emoji are", &FONTS) {
        steps.say(&format!("Going on without: {error}"));
    }
}
