//! The JavaScript SDK in a browser: what it asks of a service on another origin (CORS).

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};

use super::{Clients, JAVASCRIPT_VERSIONS, Resource, tests};
use crate::process::{Running, command, run as run_command};
use crate::progress::Steps;
use crate::service::read_lines;
use crate::tools::browser::browser;
use crate::tools::esbuild;

/// The number of steps that [`run`] reports.
pub(super) const STEPS: usize = 2 + JAVASCRIPT_VERSIONS.len();

/// For a driver to start on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(60);

pub(super) fn run(steps: &mut Steps, clients: &Clients, resource: &Resource) -> Result<()> {
    let browser = browser(steps)?;
    let esbuild = esbuild(steps)?;
    let mut driver = Running::start(command(&browser.driver).arg("--port=0").stdout(Stdio::piped()))?;
    let lines = read_lines(driver.child.stdout.take().expect("its output is piped"));
    let port = loop {
        let line = lines.recv_timeout(READY_WITHIN).context("the driver did not say that it is ready")?;
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            break port.trim_end_matches('.').to_owned();
        }
    };
    for (version, home) in &clients.javascript {
        steps.begin(&format!("@azure/communication-chat {version} in a browser"));
        let mut node = resource.node(home);
        node.arg(tests().join("browser.mjs")).env("NATTER_ESBUILD", &esbuild);
        node.env("NATTER_DRIVER", format!("http://127.0.0.1:{port}"));
        node.env("NATTER_CAPABILITIES", browser.capabilities());
        run_command(&mut node)
            .with_context(|| format!("@azure/communication-chat {version} in a browser"))?;
    }
    Ok(())
}
