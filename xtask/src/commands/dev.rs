//! `cargo xtask dev`: the app with reload on every change, the chat service behind trunk's proxy.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;

use crate::process::{Running, interrupted};
use crate::progress::{self, Steps};
use crate::service::{self, Profile, Service};
use crate::{app, paths, tools};

/// Where the proxy of Trunk.toml expects the service.
const SERVICE_PORT: u16 = 8080;

#[derive(Args)]
pub(crate) struct Options {
    /// The port of the app on localhost
    #[arg(long, default_value_t = 8081)]
    port: u16,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    service::expect_free(SERVICE_PORT, "dev")?;
    service::expect_free(options.port, "dev")?;
    let mut steps = Steps::new(tools::APP_TOOLS + 3);
    let tools = tools::app_tools(&mut steps)?;
    steps.begin("The chat service: building");
    let program = service::build(Profile::Debug)?;
    steps.begin("The chat service: starting");
    let data = paths::root().join("data");
    let _service = Service::start(
        &program,
        &service::Options {
            listen: format!("127.0.0.1:{SERVICE_PORT}"),
            tls_listen: None,
            data: &data,
            web_root: None,
            demo: true,
            no_rate_limits: false,
            webhooks_to_loopback: false,
            beebot_key: None,
        },
    )?;
    steps.begin(&format!("The app: building; then it is at http://localhost:{}", options.port));
    app::fetch(&[])?;
    let mut trunk = tools.command("trunk")?;
    trunk.args(["serve", "--offline=true", "--port", &options.port.to_string(), "--dist"]);
    // Apart from the release build, which `serve` and the tests go on using.
    let mut trunk = Running::start(trunk.arg(paths::target()?.join("dist-dev")))?;
    while !interrupted() {
        if let Some(status) = trunk.ended()? {
            bail!("trunk ended ({status}); see its words above");
        }
        thread::sleep(Duration::from_millis(50));
    }
    trunk.stop();
    progress::note("\nStopped.");
    Ok(ExitCode::SUCCESS)
}
