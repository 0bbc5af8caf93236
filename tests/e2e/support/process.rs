//! The programs that a journey needs: the chat service and the browser's driver. Each ends when it is dropped.

use std::env;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::SOON;

/// A path that `cargo xtask test` hands over.
pub(crate) fn given(name: &str) -> Result<PathBuf> {
    env::var_os(name)
        .map(PathBuf::from)
        .with_context(|| format!("{name} is not set: run `cargo xtask test --only e2e`"))
}

/// A service of one's own: any free port on loopback, an empty database.
pub(crate) struct Service {
    _process: Child,
    _data: TempDir,
    /// `http://127.0.0.1:…`, which serves the app too.
    pub(crate) address: String,
}

impl Service {
    pub(crate) async fn start() -> Result<Self> {
        let data = tempfile::tempdir()?;
        let mut command = Command::new(given("NATTER_E2E_SERVICE")?);
        command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data.path());
        command.arg("--web-root").arg(given("NATTER_E2E_DIST")?);
        let (process, line) = start(&mut command, "natter-service listening on http:").await?;
        let address = line.rsplit(' ').next().unwrap_or_default().trim_end_matches('/').to_owned();
        Ok(Self { _process: process, _data: data, address })
    }
}

/// Starts browsers on request.
pub(crate) struct Driver {
    _process: Child,
    pub(crate) address: String,
}

impl Driver {
    pub(crate) async fn start() -> Result<Self> {
        let mut command = Command::new(given("NATTER_E2E_CHROMEDRIVER")?);
        let (process, line) = start(command.arg("--port=0"), "started successfully on port ").await?;
        let port: u16 = line.trim_end_matches('.').rsplit(' ').next().unwrap_or_default().parse()?;
        Ok(Self { _process: process, address: format!("http://127.0.0.1:{port}") })
    }
}

/// Starts a program and waits for the line that says it is ready.
async fn start(command: &mut Command, ready: &str) -> Result<(Child, String)> {
    let name = command.as_std().get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut process = command.spawn().with_context(|| format!("{name} could not be started"))?;
    let mut lines = BufReader::new(process.stdout.take().expect("its output is piped")).lines();
    let first = timeout(SOON, async {
        while let Some(line) = lines.next_line().await? {
            if line.contains(ready) {
                return Ok(line);
            }
        }
        bail!("{name} ended before it was ready")
    });
    let line = first.await.with_context(|| format!("{name} did not say {ready:?}"))??;
    // Read on, or it would wait for room in the pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((process, line))
}
