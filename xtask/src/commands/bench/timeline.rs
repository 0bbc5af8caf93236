//! Long threads in a real browser, beside a page of plain rows, a virtualised list of plain JavaScript, and react-virtuoso.
//!
//! The others have their messages in memory, by the page's own script; the app asks the service for them, and shows all that
//! it shows. So a figure of the app that is as good as theirs is better.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Outcome, figures, figures_folder};
use crate::journeys::{self, Journeys};
use crate::process::{command, run as run_command};
use crate::progress::{Steps, result, thousands};
use crate::service::Profile;
use crate::tools::{esbuild, npm_packages};
use crate::{app, paths};

/// The pages beside the app, in `xtask/bench-pages`.
const PAGES: [&str; 3] = ["plain", "virtual", "virtuoso"];

/// Heading, field, and unit of a column.
const COLUMNS: [(&str, &str, &str); 11] = [
    ("painted", "paintedMs", "ms"),
    ("memory", "memoryMb", "MB"),
    ("rows", "rows", ""),
    ("arrival", "arrivalP50Ms", "ms"),
    ("p95", "arrivalP95Ms", "ms"),
    ("long frames", "longFrames", ""),
    ("blocked", "blockedMs", "ms"),
    ("idle 30 s", "idleCpuMs", "ms"),
    ("slow: first", "slowFirstPaintMs", "ms"),
    ("slow: painted", "slowPaintedMs", "ms"),
    ("kept", "keptPaintedMs", "ms"),
];

pub(super) fn run() -> Result<Outcome> {
    let mut steps = Steps::new(journeys::STEPS + 4);
    let folder = figures_folder("timeline")?;
    let journeys = Journeys::prepare(&mut steps, Profile::Release)?;
    let esbuild = esbuild(&mut steps)?;
    let source = paths::root().join("xtask/bench-pages");
    let packages = npm_packages(&mut steps, &source)?;
    steps.begin("The pages beside the app: building");
    let root = app::beside(&build(&esbuild, &source, &packages)?, "bench")?;
    steps.begin("Four lists, three lengths: some minutes");
    let mut tests = journeys.tests()?;
    tests.args(["--ignored", "--exact", "measured::timeline::long_threads"]);
    tests.env("NATTER_FIGURES", &folder).env("NATTER_E2E_DIST", root);
    // Messages arrive faster than people may send them.
    tests.env("NATTER_NO_RATE_LIMITS", "true");
    run_command(&mut tests).context("long threads were not measured")?;

    let timeline = figures(&folder, "timeline")?;
    let head: String = COLUMNS.iter().map(|(name, ..)| format!("{name:>14}")).collect();
    result(&format!("{:<12}{:>10}{head}", "Timeline", "messages"));
    for list in timeline.as_array().context("the figures are a list")? {
        let cells: String = COLUMNS.iter().map(|(_, field, unit)| cell(&list[field], unit)).collect();
        let messages = usize::try_from(list["messages"].as_u64().unwrap_or_default())?;
        result(&format!(
            "{:<12}{:>10}{cells}",
            list["name"].as_str().unwrap_or_default(),
            thousands(messages)
        ));
    }
    Ok(Outcome { figures: json!({ "timeline": timeline }), within_budget: true })
}

/// A figure, or nothing where it was not measured.
fn cell(figure: &Value, unit: &str) -> String {
    let shown = figure.as_f64().map(|figure| {
        let digits = usize::from(figure < 10.0 && !unit.is_empty());
        format!("{figure:.digits$} {unit}")
    });
    format!("{:>14}", shown.unwrap_or_default().trim_end())
}

/// Makes one script of each page and what it imports.
fn build(esbuild: &Path, source: &Path, packages: &Path) -> Result<PathBuf> {
    let folder = paths::target()?.join("bench-pages");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    fs::copy(source.join("list.css"), folder.join("list.css"))?;
    let mut bundle = command(esbuild.join("node_modules/.bin/esbuild"));
    for page in PAGES {
        fs::copy(source.join(format!("{page}.html")), folder.join(format!("{page}.html")))?;
        bundle.arg(source.join(format!("{page}.jsx")));
    }
    bundle.args(["--bundle", "--minify", "--format=esm", "--jsx=automatic", "--log-level=warning"]);
    bundle.arg("--define:process.env.NODE_ENV=\"production\"");
    bundle.arg(format!("--outdir={}", folder.display())).env("NODE_PATH", packages.join("node_modules"));
    run_command(&mut bundle).context("the pages beside the app could not be built")?;
    Ok(folder)
}
