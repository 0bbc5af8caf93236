//! The official SDKs, unchanged, against the chat service.
//!
//! They refuse plain http, so the service listens with TLS too, and its own CA is handed to them the way
//! their users would.

mod assistant;
mod in_browser;
mod lost_replies;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::paths;
use crate::process::{command, run as run_command};
use crate::progress::Steps;
use crate::service::{self, Profile, Service};
use crate::tools::{npm_packages, python};

/// The seeds are written for the first; the second is what pip installs today.
pub(super) const PYTHON_VERSIONS: [&str; 2] = ["1.2.0", "1.3.0"];

/// The last that speaks 2021-09-07, and what npm installs today.
const JAVASCRIPT_VERSIONS: [&str; 2] = ["1.3.2", "1.6.0"];

/// Of the package that makes users and tokens, whose samples are run too.
const IDENTITY_VERSION: &str = "1.5.0";

/// What each version of the Python SDK runs.
const PYTHON_PROGRAMS: [&str; 2] = ["quickstart.py", "acceptance.py"];

/// Where the Python environments are, `chat-<version>` each.
pub(super) fn environments(steps: &mut Steps) -> Result<PathBuf> {
    for version in PYTHON_VERSIONS {
        python::environment(
            steps,
            &format!("chat-{version}"),
            &tests().join(format!("requirements-{version}.txt")),
        )?;
    }
    Ok(paths::cache()?.join("venvs"))
}

pub(super) fn run(long: bool) -> Result<()> {
    let own = 5 + 3 * PYTHON_VERSIONS.len() + 2 * JAVASCRIPT_VERSIONS.len();
    let mut steps = Steps::new(own + in_browser::STEPS + lost_replies::STEPS + assistant::STEPS);
    let clients = Clients::install(&mut steps)?;
    steps.begin("The chat service: building");
    let program = service::build(Profile::Debug)?;
    steps.begin("The chat service: starting");
    let data = empty_folder("sdk-tests")?;
    let service = Service::start(&program, &options(&data, "127.0.0.1:0"))?;
    let resource = Resource::of(&service, &data)?;
    for Python { version, program, samples } in &clients.python {
        steps.begin(&format!("azure-communication-chat {version}"));
        for name in PYTHON_PROGRAMS {
            run_command(resource.python(program).arg(tests().join(name)))
                .with_context(|| format!("{name} with azure-communication-chat {version}"))?;
        }
        let mut both = resource.python(program);
        both.arg(tests().join("samples.py")).arg(samples).arg(&clients.identity_samples);
        run_command(&mut both).with_context(|| format!("samples of azure-communication-chat {version}"))?;
    }
    for (version, home) in &clients.javascript {
        steps.begin(&format!("@azure/communication-chat {version}"));
        run_command(resource.node(home).arg(tests().join("acceptance.mjs")))
            .with_context(|| format!("acceptance.mjs with @azure/communication-chat {version}"))?;
    }
    steps.begin("azure-eventgrid and @azure/eventgrid");
    let Python { program: python, .. } = clients.python.last().expect("there are versions");
    run_command(resource.python(python).arg(tests().join("webhooks.py")))
        .context("webhooks.py with azure-eventgrid")?;
    let (_, home) = clients.javascript.last().expect("there are versions");
    run_command(resource.node(home).arg(tests().join("webhooks.mjs")))
        .context("webhooks.mjs with @azure/eventgrid")?;
    assistant::run(&mut steps, &service)?;
    in_browser::run(&mut steps, &clients, &resource)?;
    drop(service);
    steps.begin("The proxy that loses replies: building");
    let proxy = service::build_beside(&program, "lossy")?;
    lost_replies::run(&mut steps, &clients, &program, &proxy, long)
}

fn tests() -> PathBuf {
    paths::root().join("tests/sdk")
}

/// A folder of this name among what is built, which is not there yet.
pub(super) fn empty_folder(name: &str) -> Result<PathBuf> {
    let folder = paths::target()?.join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    Ok(folder)
}

/// A service for SDKs, on an address for https.
pub(super) fn options<'a>(data: &'a Path, https: &str) -> service::Options<'a> {
    service::Options {
        listen: "127.0.0.1:0".into(),
        tls_listen: Some(https.into()),
        data,
        web_root: None,
        demo: false,
        no_rate_limits: true,
        webhooks_to_loopback: true,
        beebot_key: Some((assistant::KEY_ID, assistant::KEY_SECRET)),
    }
}

/// The SDKs in their versions.
struct Clients {
    python: Vec<Python>,
    /// The samples of the package for users and tokens.
    identity_samples: PathBuf,
    /// Each version with the folder of its packages.
    javascript: Vec<(&'static str, PathBuf)>,
}

/// A version of the Python SDK.
struct Python {
    version: &'static str,
    program: PathBuf,
    samples: PathBuf,
}

impl Clients {
    fn install(steps: &mut Steps) -> Result<Self> {
        let home = environments(steps)?;
        let mut python = Vec::new();
        for version in PYTHON_VERSIONS {
            let program = home.join(format!("chat-{version}/bin/python"));
            let samples =
                python::source(steps, &program, "azure-communication-chat", version)?.join("samples");
            python.push(Python { version, program, samples });
        }
        let identity = "azure-communication-identity";
        let identity = python::source(steps, &python[0].program, identity, IDENTITY_VERSION)?;
        let mut javascript = Vec::new();
        for version in JAVASCRIPT_VERSIONS {
            javascript.push((version, npm_packages(steps, &tests().join(format!("js-{version}")))?));
        }
        Ok(Self { python, identity_samples: identity.join("samples"), javascript })
    }
}

/// What a client needs to know of a service.
struct Resource {
    connection_string: String,
    ca: PathBuf,
}

impl Resource {
    fn of(service: &Service, data: &Path) -> Result<Self> {
        let connection_string =
            service.connection_string.clone().context("the service printed no connection string")?;
        Ok(Self { connection_string, ca: data.join("tls/ca.pem") })
    }

    /// Python with the SDK.
    fn python(&self, program: &Path) -> Command {
        let mut python = self.client(program);
        // For the blocking clients, and for the asynchronous ones.
        python.env("REQUESTS_CA_BUNDLE", &self.ca).env("SSL_CERT_FILE", &self.ca);
        python.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUNBUFFERED", "1");
        python
    }

    /// Node with the SDK.
    fn node(&self, packages: &Path) -> Command {
        let mut node = self.client(Path::new("node"));
        node.env("NATTER_PACKAGES", packages).env("NODE_EXTRA_CA_CERTS", &self.ca);
        node
    }

    fn client(&self, program: &Path) -> Command {
        let mut command = command(program);
        // The name that the SDKs' own samples read.
        command.env("COMMUNICATION_SAMPLES_CONNECTION_STRING", &self.connection_string);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packages_are_named_without_the_place_they_came_from_and_none_is_for_calls() {
        for version in JAVASCRIPT_VERSIONS {
            let lock = tests().join(format!("js-{version}/package-lock.json"));
            let lock: serde_json::Value = serde_json::from_slice(&fs::read(lock).unwrap()).unwrap();
            let packages = lock["packages"].as_object().unwrap();
            assert_eq!(packages["node_modules/@azure/communication-chat"]["version"], version);
            for (name, package) in packages {
                assert!(package.get("resolved").is_none(), "{name}");
                assert!(!name.contains("@azure/communication-calling"), "{name}");
            }
        }
    }
}
