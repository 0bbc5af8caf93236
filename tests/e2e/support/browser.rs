//! A browser of one's own: a profile, a size, a colour scheme, a language.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;
use thirtyfour::common::log::LoggingPrefsLogLevel;
use thirtyfour::prelude::*;

use super::process::{Driver, given};

/// How the screen is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// For the names of screenshots.
    pub(crate) name: &'static str,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) dark: bool,
    /// Touch instead of a mouse, and twice the pixels.
    pub(crate) phone: bool,
    /// As in `Accept-Language`.
    pub(crate) language: &'static str,
}

impl Look {
    pub(crate) const WIDE: Self =
        Self { name: "wide", width: 1440, height: 900, dark: false, phone: false, language: "en-US" };
    pub(crate) const WIDE_DARK: Self = Self { name: "wide-dark", dark: true, ..Self::WIDE };
    pub(crate) const TABLET: Self = Self { name: "tablet", width: 834, height: 1112, ..Self::WIDE };
    pub(crate) const PHONE: Self = Self { name: "phone", width: 390, height: 844, phone: true, ..Self::WIDE };
    pub(crate) const PHONE_DARK: Self = Self { name: "phone-dark", dark: true, ..Self::PHONE };
    pub(crate) const CHINESE: Self = Self { name: "chinese", language: "zh-CN", ..Self::WIDE };
}

/// Runs as root in a container, without a screen, and asks nobody on the network.
const ARGUMENTS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // A host that no browser trusts over plain http.
    "--host-resolver-rules=MAP natter.test 127.0.0.1",
    // Two windows, and each the one that is looked at: timers must not slow down in the other.
    "--disable-backgrounding-occluded-windows",
];

/// Makes the console, which every test reads at its end, say what the policy stopped and why.
const TELL_VIOLATIONS: &str = "addEventListener('securitypolicyviolation', event => console.error(
    'content security policy:', event.violatedDirective, event.blockedURI, event.sourceFile, event.lineNumber))";

/// Opens a browser over a profile, which must live as long.
pub(crate) async fn open(driver: &Driver, look: Look, profile: &Path) -> Result<WebDriver> {
    // In the workspace nobody brings the default; whoever asks for encryption says whose.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut capabilities = DesiredCapabilities::chrome();
    for argument in ARGUMENTS {
        capabilities.add_arg(argument)?;
    }
    capabilities.add_arg(&format!("--user-data-dir={}", profile.display()))?;
    capabilities.add_arg(&format!("--window-size={},{}", look.width, look.height))?;
    capabilities.add_arg(&format!("--lang={}", look.language))?;
    capabilities.add_arg(&format!("--accept-lang={}", look.language))?;
    let chromium = given("NATTER_E2E_CHROMIUM")?;
    capabilities.set_binary(chromium.to_str().context("the path of Chromium is no text")?)?;
    capabilities.set_browser_log_level(LoggingPrefsLogLevel::All)?;
    let browser = WebDriver::new(&driver.address, capabilities).await.context("no browser")?;
    let tools = browser.cdp();
    tools.send_raw("Page.addScriptToEvaluateOnNewDocument", json!({ "source": TELL_VIOLATIONS })).await?;
    let scheme = if look.dark { "dark" } else { "light" };
    let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
    tools.send_raw("Emulation.setEmulatedMedia", features).await?;
    // A window cannot be as narrow as a phone, the page in it can.
    let scale = if look.phone { 2 } else { 1 };
    let metrics = json!({
        "width": look.width, "height": look.height, "deviceScaleFactor": scale, "mobile": look.phone
    });
    tools.send_raw("Emulation.setDeviceMetricsOverride", metrics).await?;
    Ok(browser)
}
