//! `cargo xtask serve`: from a fresh clone to a conversation in the browser.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

use crate::process::Interrupted;
use crate::progress::{self, Steps};
use crate::service::{self, Profile, Service};
use crate::{app, paths, tools};

#[derive(Args)]
pub(crate) struct Options {
    /// The port on localhost
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Starts with an empty service instead of one with example threads
    #[arg(long)]
    no_demo: bool,
    /// Where the service keeps its data
    #[arg(long, value_name = "DIR", default_value_os_t = paths::root().join("data"))]
    data: PathBuf,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    service::expect_free(options.port, "serve")?;
    let mut steps = Steps::new(tools::APP_TOOLS + 3);
    let tools = tools::app_tools(&mut steps)?;
    steps.begin("The app: building for release");
    app::build(&steps, &tools)?;
    steps.begin("The chat service: building for release");
    let program = service::build(Profile::Release)?;
    steps.begin("The chat service: starting");
    let mut service = Service::start(
        &program,
        &service::Options {
            listen: format!("127.0.0.1:{}", options.port),
            tls_listen: None,
            data: &options.data,
            web_root: Some(&paths::dist()),
            demo: !options.no_demo,
            no_rate_limits: false,
            webhooks_to_loopback: false,
            beebot_key: None,
        },
    )?;
    let address = service.http.as_deref().context("the service is ready without an address")?;
    let address = address.trim_end_matches('/').replace("127.0.0.1", "localhost");
    progress::result(&format!(
        "\nOpen {address} and type a name. For a conversation, open it once more in a private window \
         and take another name.\nCtrl+C stops it. What is said stays in {}.",
        options.data.display()
    ));
    match service.wait() {
        Err(error) if error.is::<Interrupted>() => progress::note("\nStopped."),
        ended => ended?,
    }
    Ok(ExitCode::SUCCESS)
}
