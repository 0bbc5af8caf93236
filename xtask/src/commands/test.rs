//! `cargo xtask test`: everything CI runs.
//!
//! Every step runs even after one failed, except those that need what failed to be built. The last line
//! counts the steps: `9 passed, 0 failed`.

mod schema;
mod sdk;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::commands::sim;
use crate::journeys::{self, Journeys};
use crate::process::{Interrupted, command, run as run_command};
use crate::progress::{self, Steps, clock};
use crate::service::Profile;
use crate::tools::browser::browser;
use crate::tools::prometheus::{Prometheus, prometheus};
use crate::{app, paths, tools};

#[derive(Args)]
pub(crate) struct Options {
    /// Runs only this step; may be given more than once
    #[arg(long, value_name = "STEP")]
    only: Vec<Step>,
    /// Goes on for minutes where more is tried to more use
    #[arg(long)]
    long: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Step {
    /// Formatting
    Fmt,
    /// Lints of everything
    Clippy,
    /// Lints of what runs in the browser, for the browser
    ClippyWasm,
    /// Native tests
    Native,
    /// The documentation builds, with every link
    Docs,
    /// Tests inside headless Chromium
    Wasm,
    /// The app builds for release
    App,
    /// The chat service against its own description
    Schema,
    /// The official SDKs against the chat service
    Sdk,
    /// A real Prometheus, with our alerts and dashboard, against the chat service
    Monitoring,
    /// Whole journeys in headless Chromium
    E2e,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let chosen: BTreeSet<Step> = options.only.iter().copied().collect();
    let steps: Vec<Step> = Step::value_variants()
        .iter()
        .copied()
        .filter(|step| chosen.is_empty() || chosen.contains(step))
        .collect();
    let mut results: Vec<(Step, Duration, Option<anyhow::Error>)> = Vec::new();
    for step in &steps {
        let started = Instant::now();
        progress::note(&format!("\n== {} ({} of {}) ==", step.name(), results.len() + 1, steps.len()));
        let result = step.run(options.long);
        if let Err(error) = &result {
            if error.is::<Interrupted>() {
                return Err(Interrupted.into());
            }
            progress::failure(error);
        }
        results.push((*step, started.elapsed(), result.err()));
    }
    progress::result("");
    for (step, took, error) in &results {
        let outcome = error.as_ref().map_or_else(|| "passed".to_owned(), |error| format!("FAILED: {error}"));
        progress::result(&format!("{:<12}{:>6}  {outcome}", step.name(), clock(*took)));
    }
    let failed = results.iter().filter(|(_, _, error)| error.is_some()).count();
    progress::result(&format!("{} passed, {failed} failed", results.len() - failed));
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value().expect("no step is hidden").get_name().to_owned()
    }

    fn run(self, long: bool) -> Result<()> {
        match self {
            Self::Fmt => cargo(&["fmt", "--all", "--check"]),
            Self::Clippy => {
                cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "-Dwarnings"])
            }
            Self::ClippyWasm => {
                tools::wasm_target(&mut Steps::new(1))?;
                let browser_side = ["clippy", WASM, "-pnatter", "-pacs-chat", "--all-targets"];
                cargo(&[&browser_side[..], &["--", "-Dwarnings"]].concat())?;
                // Without its tests, which would switch the service's half on.
                cargo(&["clippy", WASM, "-passistant", "--", "-Dwarnings"])
            }
            Self::Native => {
                cargo(&["test", "--workspace"])?;
                // Of 300 seeds the fast build is done before the others' build would be, and its packages stay.
                sim::some(300)
            }
            Self::Docs => {
                let mut doc = command("cargo");
                doc.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-Dwarnings");
                run_command(doc.current_dir(paths::root()))
            }
            Self::Wasm => wasm(),
            Self::App => {
                let mut steps = Steps::new(tools::APP_TOOLS + 1);
                let tools = tools::app_tools(&mut steps)?;
                steps.begin("The app: building for release");
                app::build(&steps, &tools)
            }
            Self::Schema => schema::run(long),
            Self::Sdk => sdk::run(long),
            Self::Monitoring => monitoring(),
            Self::E2e => e2e(long),
        }
    }
}

const WASM: &str = "--target=wasm32-unknown-unknown";

fn cargo(arguments: &[&str]) -> Result<()> {
    run_command(command("cargo").args(arguments).current_dir(paths::root()))
}

/// Tests of what runs in the browser, in the browser.
fn wasm() -> Result<()> {
    let mut steps = Steps::new(3);
    tools::wasm_target(&mut steps)?;
    let bindgen = tools::wasm_bindgen(&mut steps)?;
    let browser = browser(&mut steps)?;
    let capabilities = paths::target()?.join("webdriver.json");
    std::fs::write(&capabilities, browser.capabilities())?;
    let mut cargo = command("cargo");
    cargo.args(["test", WASM, "-pnatter", "-pacs-chat"]).current_dir(paths::root());
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", bindgen.join("wasm-bindgen-test-runner"));
    cargo.env("CHROMEDRIVER", &browser.driver);
    cargo.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities);
    // What is in these packages is for the browser, so Node says little about it.
    cargo.env("WASM_BINDGEN_USE_BROWSER", "1");
    // The first start of a browser on a busy machine can take half a minute.
    cargo.env("WASM_BINDGEN_TEST_TIMEOUT", "180");
    run_command(&mut cargo)
}

/// What the service measures, as Prometheus reads it.
fn monitoring() -> Result<()> {
    let mut steps = Steps::new(2);
    let Prometheus { prometheus, promtool } = prometheus(&mut steps)?;
    steps.begin("Prometheus against the chat service");
    let mut cargo = command("cargo");
    cargo.args(["test", "--package", "natter-service", "--test", "monitoring", "--", "--ignored"]);
    cargo.env("NATTER_PROMETHEUS", prometheus).env("NATTER_PROMTOOL", promtool);
    run_command(cargo.current_dir(paths::root()))
}

/// Whole journeys, with the app as it is served and the service as it is run.
fn e2e(long: bool) -> Result<()> {
    let mut steps = Steps::new(journeys::STEPS + 2 + sdk::PYTHON_VERSIONS.len());
    let [hostile_html, hostile_text] = tools::hostile(&mut steps)?;
    let pythons = sdk::environments(&mut steps)?;
    let mut tests = Journeys::prepare(&mut steps, Profile::Debug, None)?.tests()?;
    tests.env("NATTER_E2E_HOSTILE_HTML", hostile_html);
    tests.env("NATTER_E2E_HOSTILE_TEXT", hostile_text);
    tests.env("NATTER_E2E_PYTHONS", pythons);
    if long {
        tests.env("NATTER_E2E_LONG", "1");
    }
    run_command(&mut tests)
}
