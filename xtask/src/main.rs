//! The commands of the project; `cargo xtask --help` lists them.
//!
//! [`commands`] holds one file a command. They share the modules beside it: what has to be installed
//! ([`tools`]), how the app is built ([`app`]) and the service started ([`service`]), what runs in browsers
//! ([`journeys`]), how processes are run
//! so that none is left behind ([`process`]), where things lie ([`paths`]), and the one place that prints
//! ([`progress`]).

mod app;
mod commands;
mod compress;
mod journeys;
mod paths;
mod process;
mod progress;
mod service;
mod tools;
mod wasm;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands::{bench, build, dev, emoji, moods, serve, sim, test};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The commands of Natter.", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Installs what is missing, builds, and serves the app and its chat service on localhost
    Serve(serve::Options),
    /// Runs everything that CI runs
    Test(test::Options),
    /// Serves the app with reload on every change, and the chat service behind it
    Dev(dev::Options),
    /// Builds the app for release into dist, for any static host
    Build,
    /// Writes the list of emoji anew, from the newest data
    Emoji,
    /// Writes anew what moods of messages are told by, and measures it
    Moods,
    /// Lives through conversations on a network that fails, and tells of promises that were broken
    Sim(sim::Options),
    /// Measures the app against its budgets, as tables and as JSON
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let result = process::watch_for_interrupts().and_then(|()| match Arguments::parse().command {
        Command::Serve(options) => serve::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Dev(options) => dev::run(&options),
        Command::Build => build::run(),
        Command::Emoji => emoji::run(),
        Command::Moods => moods::run(),
        Command::Sim(options) => sim::run(&options),
        Command::Bench(options) => bench::run(&options),
    });
    match result {
        Ok(code) => code,
        Err(error) if error.is::<process::Interrupted>() => {
            progress::note("Stopped.");
            ExitCode::from(130) // what a shell expects of a command that Ctrl+C ended
        }
        Err(error) => {
            progress::failure(&error);
            ExitCode::FAILURE
        }
    }
}
