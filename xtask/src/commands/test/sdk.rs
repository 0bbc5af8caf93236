//! The official Python SDKs, unchanged, against the chat service.
//!
//! They refuse plain http, so the service listens with TLS too, and its own CA is handed to them the way
//! their users would.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::paths;
use crate::process::{command, run as run_command};
use crate::progress::Steps;
use crate::service::{self, Profile, Service};
use crate::tools::python;

/// The seeds are written for the first; the second is what pip installs today.
pub(super) const VERSIONS: [&str; 2] = ["1.2.0", "1.3.0"];

/// What each version runs.
const PROGRAMS: [&str; 2] = ["quickstart.py", "acceptance.py"];

/// Where the environments are, `chat-<version>` each.
pub(super) fn environments(steps: &mut Steps) -> Result<PathBuf> {
    let tests = paths::root().join("tests/sdk");
    for version in VERSIONS {
        python::environment(
            steps,
            &format!("chat-{version}"),
            &tests.join(format!("requirements-{version}.txt")),
        )?;
    }
    Ok(paths::cache()?.join("venvs"))
}

pub(super) fn run() -> Result<()> {
    let mut steps = Steps::new(2 + 2 * VERSIONS.len());
    let tests = paths::root().join("tests/sdk");
    let home = environments(&mut steps)?;
    steps.begin("The chat service: building");
    let program = service::build(Profile::Debug)?;
    steps.begin("The chat service: starting");
    let data = paths::target()?.join("sdk-tests");
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    let service = Service::start(
        &program,
        &service::Options {
            listen: "127.0.0.1:0".into(),
            tls_listen: Some("127.0.0.1:0".into()),
            data: &data,
            web_root: None,
            demo: false,
        },
    )?;
    let connection =
        service.connection_string.as_deref().context("the service printed no connection string")?;
    for version in VERSIONS {
        let python = home.join(format!("chat-{version}/bin/python"));
        steps.begin(&format!("azure-communication-chat {version}"));
        for name in PROGRAMS {
            check(&python, &tests.join(name), connection, &data.join("tls/ca.pem"))
                .with_context(|| format!("{name} with azure-communication-chat {version}"))?;
        }
    }
    Ok(())
}

fn check(python: &Path, program: &Path, connection: &str, ca: &Path) -> Result<()> {
    let mut python = command(python);
    // The names that the SDK's own samples read.
    python.env("COMMUNICATION_SAMPLES_CONNECTION_STRING", connection);
    // For the blocking clients, and for the asynchronous ones.
    python.env("REQUESTS_CA_BUNDLE", ca).env("SSL_CERT_FILE", ca);
    python.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUNBUFFERED", "1");
    run_command(python.arg(program))
}
