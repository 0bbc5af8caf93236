//! `cargo xtask build`: the app for release, in `dist`, for any static host.

use std::process::ExitCode;

use anyhow::Result;

use crate::progress::{Steps, result};
use crate::{app, paths, tools};

pub(crate) fn run() -> Result<ExitCode> {
    let mut steps = Steps::new(tools::APP_TOOLS + 1);
    let tools = tools::app_tools(&mut steps)?;
    steps.begin("The app: building for release");
    app::build(&steps, &tools)?;
    result(&format!("The app is in {}.", paths::dist().display()));
    Ok(ExitCode::SUCCESS)
}
