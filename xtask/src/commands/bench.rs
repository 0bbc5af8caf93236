//! `cargo xtask bench`: what a first visit loads, against the budget.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

#[derive(Args)]
pub(crate) struct Options {
    /// Also writes the figures as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(crate) fn run(_options: &Options) -> Result<ExitCode> {
    anyhow::bail!("not yet")
}
