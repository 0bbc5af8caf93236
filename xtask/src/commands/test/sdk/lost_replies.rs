//! Replies that are lost after the service has done what was asked, and the official SDKs on the other side
//! (reliability C1, C2): no message twice, none missing, also across kills of the service.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::{Clients, JAVASCRIPT_VERSIONS, PYTHON_VERSIONS, Python, Resource, empty_folder, options, tests};
use crate::process::{Interrupted, Running, command, interrupted};
use crate::progress::Steps;
use crate::service::{Service, read_lines};

/// One way to lose replies. The SDKs repeat a send by themselves after some of them; after the others it is
/// up to the application, which must then take an id of its own.
struct Round {
    /// As the proxy knows it; any way when there is none.
    loss: Option<&'static str>,
    python_repeats: &'static str,
    javascript_repeats: &'static str,
    /// Whether the service is killed in the middle, and started again.
    kills: bool,
}

const ROUNDS: [Round; 5] = [
    round(Some("unavailable"), "sdk", "sdk"),
    round(Some("throttled"), "sdk", "sdk"),
    round(Some("reset"), "application", "sdk"),
    round(Some("silence"), "application", "application"),
    Round { kills: true, ..round(None, "application", "application") },
];

const fn round(
    loss: Option<&'static str>,
    python_repeats: &'static str,
    javascript_repeats: &'static str,
) -> Round {
    Round { loss, python_repeats, javascript_repeats, kills: false }
}

/// Messages of each client in each round; the asynchronous client of Python sends as many again.
const MESSAGES: usize = 200;

/// The same for those who have the time (C1).
const MANY_MESSAGES: usize = 1000;

/// With so many lost replies between two kills. Each message loses one reply in the middle.
const LOST_BETWEEN_KILLS: usize = 100;

/// Any other is as good; this one is written down so that a failure comes again.
const SEED: &str = "3";

/// The number of steps that [`run`] reports.
pub(super) const STEPS: usize = ROUNDS.len();

pub(super) fn run(
    steps: &mut Steps,
    clients: &Clients,
    service: &Path,
    proxy: &Path,
    long: bool,
) -> Result<()> {
    let messages = if long { MANY_MESSAGES } else { MESSAGES };
    let stage = Stage { clients, service, proxy, messages };
    for round in &ROUNDS {
        let how = round.loss.unwrap_or("any way, and the service killed");
        steps.begin(&format!("Lost replies: {how}"));
        stage.play(round).with_context(|| format!("replies lost ({how}, seed {SEED})"))?;
    }
    Ok(())
}

/// What every round has.
struct Stage<'a> {
    clients: &'a Clients,
    service: &'a Path,
    proxy: &'a Path,
    messages: usize,
}

impl Stage<'_> {
    fn play(&self, round: &Round) -> Result<()> {
        let data = empty_folder("sdk-lost-replies")?;
        let mut service = Service::start(self.service, &options(&data, "127.0.0.1:0"))?;
        // Where it is to be again after a kill.
        let address = service.https.clone().context("the service listens for https")?;
        let address = address.trim_start_matches("https://").trim_end_matches('/').to_owned();
        let proxy = Proxy::start(self.proxy, round, &address, &data)?;
        let mut resource = Resource::of(&service, &data)?;
        resource.connection_string = moved(&resource.connection_string, &proxy.port)?;
        let mut running = self.start_clients(round, &resource)?;

        let (mut lost, mut kills) = (0, 0);
        while !running.is_empty() {
            if interrupted() {
                return Err(Interrupted.into());
            }
            let line = proxy.lines.recv_timeout(Duration::from_millis(20));
            if line.is_ok_and(|line| line.starts_with("lost ")) {
                lost += 1;
                if round.kills && lost % LOST_BETWEEN_KILLS == 0 {
                    service.kill()?;
                    service = Service::start(self.service, &options(&data, &address))?;
                    kills += 1;
                }
            }
            let mut left = Vec::new();
            for (name, mut client) in running {
                match client.ended()? {
                    None => left.push((name, client)),
                    Some(status) => ensure!(status.success(), "{name}: {status}"),
                }
            }
            running = left;
        }
        lost += proxy.lines.try_iter().filter(|line| line.starts_with("lost ")).count();
        // A network that loses nothing would prove nothing.
        let least = self.messages / 2 * (PYTHON_VERSIONS.len() + JAVASCRIPT_VERSIONS.len());
        ensure!(lost > least, "the proxy lost only {lost} replies");
        ensure!(!round.kills || kills >= 3, "the service was killed only {kills} times");
        Ok(())
    }

    /// Every client at once, each by its name.
    fn start_clients(&self, round: &Round, resource: &Resource) -> Result<Vec<(String, Running)>> {
        let mut running = Vec::new();
        let mut start = |name: String, client: &mut Command, repeats: &str| -> Result<()> {
            client.env("NATTER_REPEATS", repeats).env("NATTER_MESSAGES", self.messages.to_string());
            running.push((name, Running::start(client)?));
            Ok(())
        };
        for Python { version, program, .. } in &self.clients.python {
            let mut python = resource.python(program);
            python.arg(tests().join("lost_replies.py"));
            start(format!("azure-communication-chat {version}"), &mut python, round.python_repeats)?;
        }
        for (version, home) in &self.clients.javascript {
            let mut node = resource.node(home);
            node.arg(tests().join("lost_replies.mjs"));
            start(format!("@azure/communication-chat {version}"), &mut node, round.javascript_repeats)?;
        }
        Ok(running)
    }
}

/// The bad network, for as long as this value lives.
struct Proxy {
    _running: Running,
    port: String,
    lines: Receiver<String>,
}

impl Proxy {
    fn start(program: &Path, round: &Round, service: &str, data: &Path) -> Result<Self> {
        let mut proxy: Command = command(program);
        proxy.args(["--service", service, "--seed", SEED]).arg("--data").arg(data);
        if let Some(loss) = round.loss {
            proxy.args(["--loss", loss]);
        }
        let mut running = Running::start(proxy.stdout(Stdio::piped()))?;
        let lines = read_lines(running.child.stdout.take().expect("its output is piped"));
        let Ok(line) = lines.recv_timeout(Duration::from_secs(30)) else {
            bail!("the proxy did not say that it listens");
        };
        let port = line.rsplit(':').next().context("the proxy says where it listens")?.to_owned();
        Ok(Self { _running: running, port, lines })
    }
}

/// The connection string with the proxy's port in place of the service's.
fn moved(connection_string: &str, port: &str) -> Result<String> {
    let (endpoint, key) = connection_string.split_once("/;").context("an endpoint that ends with a slash")?;
    let (host, _) = endpoint.rsplit_once(':').context("an endpoint with a port")?;
    Ok(format!("{host}:{port}/;{key}"))
}
