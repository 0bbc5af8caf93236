//! `cargo xtask bench`: figures of the app, against the budgets that it has to keep.

mod size;
mod sync;
mod timeline;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde_json::{Map, Value};

use crate::paths;

#[derive(Args)]
pub(crate) struct Options {
    /// Measures only this; may be given more than once
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
    /// Measures the app that was built into this folder, and builds none
    #[arg(long, value_name = "FOLDER")]
    dist: Option<PathBuf>,
    /// Measures lists once only and of one length: to see whether it works
    #[arg(long)]
    quick: bool,
    /// Scrolls through a long thread for ten minutes too
    #[arg(long)]
    long: bool,
    /// Also writes the figures as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// What a first visit loads
    Size,
    /// How soon others see a message, and how much many people ask
    Sync,
    /// Long threads, beside other lists
    Timeline,
}

/// What came of measuring a part.
struct Outcome {
    /// An object, whose fields go into the file.
    figures: Value,
    within_budget: bool,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let mut figures = Map::new();
    let mut within_budget = true;
    for part in Part::value_variants() {
        if !options.only.is_empty() && !options.only.contains(part) {
            continue;
        }
        let outcome = match part {
            Part::Size => size::run()?,
            Part::Sync => sync::run(options)?,
            Part::Timeline => timeline::run(options)?,
        };
        within_budget &= outcome.within_budget;
        if let Value::Object(fields) = outcome.figures {
            figures.extend(fields);
        }
    }
    if let Some(path) = &options.json {
        fs::write(path, format!("{:#}\n", Value::Object(figures)))
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(if within_budget { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// An empty folder, into which measurements write their figures.
fn figures_folder(part: &str) -> Result<PathBuf> {
    let folder = paths::target()?.join("figures").join(part);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// What one of them wrote.
fn figures(folder: &Path, name: &str) -> Result<Value> {
    let path = folder.join(format!("{name}.json"));
    let text = fs::read(&path).with_context(|| format!("{name} was not measured"))?;
    Ok(serde_json::from_slice(&text)?)
}
