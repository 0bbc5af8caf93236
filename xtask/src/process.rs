//! Running other programs so that none is left behind: each ends when it is dropped here, and Ctrl+C (or
//! SIGTERM, or a closed terminal) ends whatever runs.

use std::env;
use std::fmt;
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// How often a running program is looked at. Short enough to go unnoticed, long enough to cost nothing.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How long a program may take to end by itself once asked.
const GRACE: Duration = Duration::from_secs(10);

/// The person (or the system) asked us to stop.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("stopped")
    }
}

impl std::error::Error for Interrupted {}

/// From here on an interrupt ends what runs instead of ending only us.
pub(crate) fn watch_for_interrupts() -> Result<()> {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed)).context("signals cannot be watched")
}

pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// A command without what `cargo run` put into our environment: build scripts that watch those variables
/// would otherwise run again on every change between us and a plain `cargo`.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO_BIN_NAME" {
            command.env_remove(name.as_ref());
        }
    }
    command
}

/// Runs to the end and expects success.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = status(command)?;
    if status.success() {
        return Ok(());
    }
    bail!("`{}` failed ({status})", line(command));
}

/// Runs to the end.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus> {
    Running::start(command)?.wait()
}

/// Runs to the end and returns what it printed, or nothing when it cannot be run or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A command as one would type it.
fn line(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// A program that runs as long as this value lives.
pub(crate) struct Running {
    pub(crate) child: Child,
    name: String,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn().with_context(|| format!("`{name}` could not be started"))?;
        Ok(Self { child, name })
    }

    /// Waits for its end; an interrupt ends it.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.ended()? {
                // Ctrl+C reaches the whole group: then its failure is not the news.
                return if interrupted() { Err(Interrupted.into()) } else { Ok(status) };
            }
            if interrupted() {
                self.stop();
                return Err(Interrupted.into());
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().with_context(|| format!("`{}` cannot be waited for", self.name))
    }

    /// Ends it as a power cut would: at once, and without asking.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.child.kill().with_context(|| format!("`{}` could not be killed", self.name))?;
        self.child.wait().with_context(|| format!("`{}` cannot be waited for", self.name))?;
        Ok(())
    }

    /// Asks it to end, and ends it when it does not.
    pub(crate) fn stop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        #[cfg(unix)]
        {
            use nix::sys::signal::{Signal, kill};
            use nix::unistd::Pid;

            let asked = Instant::now();
            if i32::try_from(self.child.id()).is_ok_and(|id| kill(Pid::from_raw(id), Signal::SIGTERM).is_ok())
            {
                while asked.elapsed() < GRACE {
                    if matches!(self.child.try_wait(), Ok(Some(_))) {
                        return;
                    }
                    thread::sleep(LOOK_EVERY);
                }
            }
        }
        // It may have ended by itself just now: then there is nothing left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}
