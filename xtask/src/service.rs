//! The local chat service: built, started, waited for, stopped.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::paths;
use crate::process::{Interrupted, Running, command, interrupted, run};
use crate::progress;

/// A service that starts on a busy machine, with a database to bring up to date.
const READY_WITHIN: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Profile {
    Debug,
    Release,
}

/// Builds the service and names its program.
pub(crate) fn build(profile: Profile) -> Result<PathBuf> {
    let mut cargo = command("cargo");
    cargo
        .args(["build", "--package", "natter-service", "--bin", "natter-service"])
        .current_dir(paths::root());
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    run(&mut cargo).context("the chat service could not be built")?;
    let folder = if profile == Profile::Release { "release" } else { "debug" };
    Ok(paths::target()?.join(folder).join(format!("natter-service{}", std::env::consts::EXE_SUFFIX)))
}

/// Builds another of our programs, for development, and names it.
pub(crate) fn build_beside(service: &Path, package: &str) -> Result<PathBuf> {
    run(command("cargo").args(["build", "--package", package]).current_dir(paths::root()))
        .with_context(|| format!("{package} could not be built"))?;
    Ok(service.with_file_name(format!("{package}{}", std::env::consts::EXE_SUFFIX)))
}

/// A clear sentence now rather than an error of the service later.
pub(crate) fn expect_free(port: u16, command: &str) -> Result<()> {
    if TcpListener::bind(("127.0.0.1", port)).is_ok() {
        return Ok(());
    }
    bail!(
        "port {port} is taken by another program, perhaps by another `cargo xtask {command}`: stop that one{}",
        if command == "serve" { ", or choose a port with --port" } else { "" },
    );
}

/// What the service is to do.
pub(crate) struct Options<'a> {
    /// Address for http, `127.0.0.1:0` for any free port.
    pub(crate) listen: String,
    /// Address for https, as the vendors' SDKs insist on.
    pub(crate) tls_listen: Option<String>,
    pub(crate) data: &'a Path,
    pub(crate) web_root: Option<&'a Path>,
    pub(crate) demo: bool,
    /// For tests that ask more often than a user may.
    pub(crate) no_rate_limits: bool,
    /// For tests that receive webhooks on this machine.
    pub(crate) webhooks_to_loopback: bool,
    /// Id and secret of the key that a stand-in for Beebot is to know, if there is to be one.
    pub(crate) beebot_key: Option<(&'a str, &'a str)>,
}

/// A service that runs as long as this value lives.
pub(crate) struct Service {
    running: Running,
    lines: Receiver<String>,
    /// `http://…`, once it said so.
    pub(crate) http: Option<String>,
    /// `https://…`, once it said so.
    pub(crate) https: Option<String>,
    /// `http://…` of the stand-in for Beebot, once it said so.
    pub(crate) beebot: Option<String>,
    /// For the vendors' SDKs.
    pub(crate) connection_string: Option<String>,
}

impl Service {
    /// Starts it and waits until it says where it listens.
    pub(crate) fn start(program: &Path, options: &Options<'_>) -> Result<Self> {
        let mut command = command(program);
        command.args(["--listen", &options.listen]).arg("--data").arg(options.data);
        if let Some(address) = &options.tls_listen {
            command.args(["--tls-listen", address]);
        }
        if let Some(folder) = options.web_root {
            command.arg("--web-root").arg(folder);
        }
        if options.demo {
            command.arg("--demo");
        }
        if options.no_rate_limits {
            command.env("NATTER_NO_RATE_LIMITS", "true");
        }
        if options.webhooks_to_loopback {
            command.args(["--webhooks-to", "loopback"]);
        }
        if let Some((id, secret)) = options.beebot_key {
            command.args(["--beebot-listen", "127.0.0.1:0", "--beebot-access-key-id", id]);
            command.args(["--beebot-access-key-secret", secret]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut running = Running::start(&mut command)?;
        let stdout = running.child.stdout.take().expect("its output is piped");
        let lines = read_lines(stdout);
        let mut service =
            Self { running, lines, http: None, https: None, beebot: None, connection_string: None };
        service.wait_until_ready(options.tls_listen.is_some())?;
        Ok(service)
    }

    fn wait_until_ready(&mut self, with_tls: bool) -> Result<()> {
        let started = Instant::now();
        while self.http.is_none() || (with_tls && (self.https.is_none() || self.connection_string.is_none()))
        {
            if interrupted() {
                return Err(Interrupted.into());
            }
            match self.lines.recv_timeout(Duration::from_millis(50)) {
                Ok(line) => self.note(line),
                Err(RecvTimeoutError::Timeout) if started.elapsed() < READY_WITHIN => {}
                Err(RecvTimeoutError::Timeout) => {
                    bail!("the chat service did not say that it is ready within {READY_WITHIN:?}")
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let status = self.running.wait()?;
                    bail!("the chat service ended before it was ready ({status}); see its words above")
                }
            }
        }
        Ok(())
    }

    fn note(&mut self, line: String) {
        if let Some(address) = line.strip_prefix("natter-service listening on ") {
            let known = if address.starts_with("https:") { &mut self.https } else { &mut self.http };
            *known = Some(address.trim().to_owned());
        } else if let Some(address) = line.strip_prefix("stand-in for Beebot listening on ") {
            self.beebot = Some(address.trim().to_owned());
        } else if let Some(connection) = line.strip_prefix("connection string: ") {
            self.connection_string = Some(connection.trim().to_owned());
        } else {
            progress::note(&line);
        }
    }

    /// Ends it at once, in the middle of whatever it does.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.running.kill()
    }

    /// Waits for its end, passing on what it says.
    pub(crate) fn wait(&mut self) -> Result<()> {
        loop {
            match self.lines.recv_timeout(Duration::from_millis(50)) {
                Ok(line) => self.note(line),
                Err(RecvTimeoutError::Timeout) if !interrupted() => {}
                Err(_) => break,
            }
        }
        let status = self.running.wait()?;
        if !status.success() {
            bail!("the chat service ended ({status}); see its words above");
        }
        Ok(())
    }
}

/// Reads on a thread of its own, so that waiting for a line can be interrupted.
pub(crate) fn read_lines(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
