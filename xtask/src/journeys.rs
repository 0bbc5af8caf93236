//! What runs in real browsers, `tests/e2e`: what it needs, and how it is run.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::process::command;
use crate::progress::Steps;
use crate::service::Profile;
use crate::tools::browser::{Browser, browser, fonts};
use crate::{app, paths, service, tools};

/// The number of steps that [`Journeys::prepare`] reports.
pub(crate) const STEPS: usize = tools::APP_TOOLS + 5;

/// Everything is there.
pub(crate) struct Journeys {
    /// The built app.
    pub(crate) dist: PathBuf,
    browser: Browser,
    service: PathBuf,
    next: PathBuf,
    axe: PathBuf,
}

impl Journeys {
    /// Installs and builds what is needed; of the app nothing when there is one in `dist`.
    pub(crate) fn prepare(steps: &mut Steps, profile: Profile, dist: Option<&Path>) -> Result<Self> {
        let tools = tools::app_tools(steps)?;
        let browser = browser(steps)?;
        fonts(steps);
        let axe = tools::axe(steps)?;
        steps.begin("The app: building for release");
        match dist {
            Some(dist) => steps.say(&format!("it is in {}", dist.display())),
            None => app::build(steps, &tools)?,
        }
        let dist = dist.map_or_else(paths::dist, Path::to_owned);
        steps.begin("The chat service: building");
        let service = service::build(profile)?;
        let next = app::build_next(&dist)?;
        Ok(Self { dist, browser, service, next, axe })
    }

    /// The tests; what follows chooses among them.
    pub(crate) fn tests(&self) -> Result<Command> {
        let mut cargo = command("cargo");
        cargo.args(["test", "-pnatter", "--features", "e2e", "--test", "e2e"]).current_dir(paths::root());
        // Each already has up to three browsers.
        cargo.args(["--", "--test-threads=1"]);
        cargo.env("NATTER_E2E_SERVICE", &self.service);
        cargo.env("NATTER_E2E_DIST", &self.dist);
        cargo.env("NATTER_E2E_NEXT_DIST", &self.next);
        cargo.env("NATTER_E2E_AXE", &self.axe);
        cargo.env("NATTER_E2E_CHROMIUM", &self.browser.chromium);
        cargo.env("NATTER_E2E_CHROMEDRIVER", &self.browser.driver);
        cargo.env("NATTER_E2E_SCREENSHOTS", paths::target()?.join("screenshots"));
        Ok(cargo)
    }
}
