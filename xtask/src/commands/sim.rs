//! `cargo xtask sim`: lives through many conversations on a network that fails (`tests/sim`), one for each seed.
//!
//! A seed that breaks a promise of the app is told as a story, and told again with `--seed`. With `--planted`, faults are put
//! into a copy of the sources, one after another, to see that each of them is found.

mod planted;

use std::process::{Command, ExitCode};

use anyhow::Result;
use clap::Args;

use crate::{paths, process};

#[derive(Args)]
pub(crate) struct Options {
    /// How many seeds are lived through
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first of them
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Lives through this one alone and tells all of it
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// Goes on after a broken promise, and tells each in a line
    #[arg(long)]
    keep_going: bool,
    /// Puts known faults into a copy of the sources and looks whether each is found within 500 seeds
    #[arg(long, conflicts_with = "seed")]
    planted: bool,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    if options.planted {
        return planted::run();
    }
    let mut cargo = simulation();
    cargo.current_dir(paths::root());
    match options.seed {
        Some(seed) => cargo.env("NATTER_SIM_SEED", seed.to_string()),
        None => cargo
            .env("NATTER_SIM_SEEDS", options.seeds.to_string())
            .env("NATTER_SIM_FROM", options.from.to_string()),
    };
    if options.keep_going {
        cargo.env("NATTER_SIM_KEEP_GOING", "1");
    }
    let status = process::status(&mut cargo)?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Lives through the first so many seeds, and expects that they break no promise.
pub(crate) fn some(seeds: u64) -> Result<()> {
    process::run(simulation().current_dir(paths::root()).env("NATTER_SIM_SEEDS", seeds.to_string()))
}

/// The simulation, built to be fast.
fn simulation() -> Command {
    let mut cargo = process::command("cargo");
    cargo.args(["test", "--profile", "sim", "-pnatter", "--test", "sim", "--"]);
    cargo.args(["--nocapture", "--exact", "every_seed_keeps_the_promises"]);
    cargo
}
