//! The programs that a journey needs: the chat service and the browser's driver. Each ends when it is dropped.

use std::cell::RefCell;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::{SOON, until};

/// A path that `cargo xtask test` hands over.
pub(crate) fn given(name: &str) -> Result<PathBuf> {
    env::var_os(name)
        .map(PathBuf::from)
        .with_context(|| format!("{name} is not set: run `cargo xtask test --only e2e`"))
}

/// A service of one's own: free ports on loopback, an empty database.
pub(crate) struct Service {
    process: RefCell<Option<Child>>,
    data: TempDir,
    /// `http://127.0.0.1:…`, which serves the app too.
    pub(crate) address: String,
    /// For the official SDKs, which insist on TLS.
    pub(crate) connection_string: String,
    /// Where its stand-in for Beebot listens, if it has one.
    pub(crate) beebot: Option<String>,
}

impl Service {
    pub(crate) async fn start() -> Result<Self> {
        Self::start_with(&[], &[]).await
    }

    /// One with more options, and these variables in its environment.
    pub(crate) async fn start_with(options: &[&str], environment: &[(&str, String)]) -> Result<Self> {
        let data = tempfile::tempdir()?;
        let (process, lines) = Self::run(data.path(), "127.0.0.1:0", options, environment).await?;
        let after = |words: &str| {
            let line = lines.iter().find_map(|line| line.strip_prefix(words));
            line.map(|rest| rest.trim_end_matches('/').to_owned())
                .with_context(|| format!("no line {words:?}"))
        };
        Ok(Self {
            process: RefCell::new(Some(process)),
            address: after("natter-service listening on http:").map(|rest| format!("http:{rest}"))?,
            connection_string: after("connection string: ")?,
            beebot: after("stand-in for Beebot listening on ").ok(),
            data,
        })
    }

    async fn run(
        data: &Path,
        listen: &str,
        options: &[&str],
        environment: &[(&str, String)],
    ) -> Result<(Child, Vec<String>)> {
        let mut command = Command::new(given("NATTER_E2E_SERVICE")?);
        command.args(["--listen", listen, "--tls-listen", "127.0.0.1:0", "--data"]).arg(data);
        command.arg("--web-root").arg(given("NATTER_E2E_DIST")?);
        command.args(options).envs(environment.iter().map(|(name, value)| (name, value)));
        start(&mut command, "connection string:").await
    }

    /// Kills it, as a power cut would.
    pub(crate) async fn kill(&self) -> Result<()> {
        let process = self.process.take();
        process.context("the service runs")?.kill().await.context("the service could not be killed")
    }

    /// Starts it again, at the same address and over the same data.
    pub(crate) async fn start_again(&self) -> Result<()> {
        let listen = self.address.trim_start_matches("http://");
        let (process, _) = Self::run(self.data.path(), listen, &[], &[]).await?;
        self.process.replace(Some(process));
        Ok(())
    }

    /// Writes a thread of so many messages into its data. Gives the thread's id and the name of somebody in it.
    pub(crate) async fn seed(&self, messages: usize) -> Result<(String, String)> {
        let mut command = Command::new(given("NATTER_E2E_SERVICE")?);
        command.arg("--data").arg(self.data.path());
        command.args(["seed", "--people", "12", "--messages", &messages.to_string()]);
        let output = command.output().await?;
        ensure!(output.status.success(), "nothing was seeded: {}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8(output.stdout)?;
        let after = |words: &str| {
            said.lines().find_map(|line| line.strip_prefix(words)).map(str::to_owned).context("no such line")
        };
        Ok((after("thread: ")?, after("name: ")?))
    }

    /// What an operator has to know.
    pub(crate) fn access_key(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.data.path().join("access-key"))?.trim().to_owned())
    }

    /// The certificate authority that its clients have to trust.
    pub(crate) fn ca(&self) -> PathBuf {
        self.data.path().join("tls/ca.pem")
    }
}

/// Somebody else's host, which knows nothing but files: Python's own server.
pub(crate) struct FileHost {
    _process: Child,
    _files: TempDir,
    /// Where the app lies.
    folder: PathBuf,
    /// Where it is served, without a slash at the end.
    pub(crate) address: String,
}

impl FileHost {
    /// The app in this folder of the host, with a chat service at another address.
    pub(crate) async fn start(folder: &str, service: &str) -> Result<Self> {
        let files = tempfile::tempdir()?;
        let mut command = Command::new("python3");
        command
            .args(["-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory"])
            .arg(files.path())
            .arg("0");
        let (process, lines) = start(command.stderr(Stdio::null()), "Serving HTTP on").await?;
        let port =
            lines.last().and_then(|line| line.split(" port ").nth(1)?.split(' ').next()?.parse::<u16>().ok());
        let port = port.context("Python did not say its port")?;
        let host = Self {
            _process: process,
            folder: files.path().join(folder),
            _files: files,
            address: format!("http://127.0.0.1:{port}/{folder}"),
        };
        host.put("NATTER_E2E_DIST")?;
        host.configure(&format!(r#"{{"endpoint": "{service}", "signInByName": true}}"#))?;
        Ok(host)
    }

    /// Puts this build in the place of what is there. What is configured stays.
    pub(crate) fn put(&self, build: &str) -> Result<()> {
        let config = fs::read_to_string(self.folder.join("config.json")).ok();
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)?;
        }
        copy(&given(build)?, &self.folder)?;
        config.map_or(Ok(()), |config| self.configure(&config))
    }

    /// Writes `config.json`.
    pub(crate) fn configure(&self, config: &str) -> Result<()> {
        Ok(fs::write(self.folder.join("config.json"), config)?)
    }

    /// Takes a file away.
    pub(crate) fn remove(&self, file: &str) -> Result<()> {
        Ok(fs::remove_file(self.folder.join(file))?)
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&source, &target)?;
        } else {
            fs::copy(&source, &target)?;
        }
    }
    Ok(())
}

/// Starts browsers on request.
pub(crate) struct Driver {
    _process: Child,
    pub(crate) address: String,
}

impl Driver {
    pub(crate) async fn start() -> Result<Self> {
        let mut command = Command::new(given("NATTER_E2E_CHROMEDRIVER")?);
        let (process, lines) = start(command.arg("--port=0"), "started successfully on port ").await?;
        let line = lines.last().context("the driver said nothing")?;
        let port: u16 = line.trim_end_matches('.').rsplit(' ').next().unwrap_or_default().parse()?;
        Ok(Self { _process: process, address: format!("http://127.0.0.1:{port}") })
    }
}

/// The id of the browser's process.
pub(crate) fn browser_process(profile: &Path) -> Result<u32> {
    // It points to `host-pid`, so that no second browser takes the profile.
    let lock = fs::read_link(profile.join("SingletonLock")).context("no browser has this profile")?;
    let lock = lock.to_string_lossy().into_owned();
    lock.rsplit('-').next().unwrap_or_default().parse().context("the lock names no process")
}

/// Ends the browser of this profile with SIGKILL, and waits until none of its processes has the profile any more. For Linux.
pub(crate) async fn kill_browser(profile: &Path) -> Result<()> {
    // It points to `host-pid`, so that no second browser takes the profile.
    let lock = fs::read_link(profile.join("SingletonLock")).context("no browser has this profile")?;
    let lock = lock.to_string_lossy().into_owned();
    let pid: u32 =
        lock.rsplit('-').next().unwrap_or_default().parse().context("the lock names no process")?;
    let status = Command::new("kill").args(["-KILL", &pid.to_string()]).status().await?;
    ensure!(status.success(), "the browser could not be killed");
    let profile = profile.to_string_lossy().into_owned();
    until("the killed browser is gone", SOON, async || {
        for process in fs::read_dir("/proc")? {
            // One that just ended has no line any more.
            let line = fs::read(process?.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line);
            if line.contains(&profile) {
                return Ok(None);
            }
        }
        Ok(Some(()))
    })
    .await
}

/// Starts a program and waits for the line that says it is ready; gives what it said up to and with that line.
async fn start(command: &mut Command, ready: &str) -> Result<(Child, Vec<String>)> {
    let name = command.as_std().get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut process = command.spawn().with_context(|| format!("{name} could not be started"))?;
    let mut lines = BufReader::new(process.stdout.take().expect("its output is piped")).lines();
    let first = timeout(SOON, async {
        let mut said = Vec::new();
        while let Some(line) = lines.next_line().await? {
            said.push(line);
            if said.last().is_some_and(|line| line.contains(ready)) {
                return Ok(said);
            }
        }
        bail!("{name} ended before it was ready")
    });
    let said = first.await.with_context(|| format!("{name} did not say {ready:?}"))??;
    // Read on, or it would wait for room in the pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((process, said))
}
