//! A real Prometheus scrapes the service; the alert rules and the dashboard are held against what it then knows.
//!
//! `cargo xtask test --only monitoring` says by `NATTER_PROMETHEUS` and `NATTER_PROMTOOL` where the programs are.

#![allow(clippy::unwrap_used, reason = "a test that fails should say where, in its helpers too")]

use natter_service::secret::Secret;
use natter_service::server::Server;
use natter_service::{Settings, SignInByName};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::sync::oneshot;

const TOKEN: &str = "a-token-for-prometheus";

/// Longer than anything takes: a test that waits for what does not come is to fail.
const PATIENCE: Duration = Duration::from_secs(120);

fn program(variable: &str) -> PathBuf {
    std::env::var_os(variable).unwrap_or_else(|| panic!("{variable} is not set")).into()
}

fn documents() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/monitoring")
}

fn promtool(arguments: &[&str], stdin: Stdio) {
    let output = Command::new(program("NATTER_PROMTOOL"))
        .args(arguments)
        .current_dir(documents())
        .stdin(stdin)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "promtool {arguments:?}: {}", String::from_utf8_lossy(&said));
}

#[test]
#[ignore = "needs Prometheus: cargo xtask test --only monitoring"]
fn the_alert_rules_load_and_fire_when_they_should() {
    promtool(&["check", "rules", "alerts.yml"], Stdio::null());
    promtool(&["test", "rules", "alerts.test.yml"], Stdio::null());
    let tests = fs::read_to_string(documents().join("alerts.test.yml")).unwrap();
    assert!(tests.matches("exp_alerts").count() >= 2);
}

/// The service with its address.
struct Running {
    address: String,
    client: reqwest::Client,
    _stop: oneshot::Sender<()>,
}

impl Running {
    async fn start(data: &Path) -> Self {
        let settings = Settings {
            listen: ([127, 0, 0, 1], 0).into(),
            data: data.to_owned(),
            sign_in_by_name: SignInByName::Anyone,
            metrics_token: Some(Secret::new(TOKEN)),
            ..Settings::default()
        };
        let server = Server::bind(&settings).await.unwrap();
        let lines = server.ready_lines().unwrap();
        let address = lines[0].strip_prefix("natter-service listening on http://").unwrap().to_owned();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(server.run(async { drop(stopped.await) }));
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { address, client, _stop: stop }
    }

    async fn post(&self, token: &str, path: &str, body: Value) -> (u16, Value) {
        let request = self
            .client
            .post(format!("http://{}{path}?api-version=2025-03-15", self.address))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(body.to_string());
        let reply = request.send().await.unwrap();
        let status = reply.status().as_u16();
        (status, serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap_or_default())
    }

    /// Somebody makes a thread, writes seven messages, and comes back too often.
    async fn live(&self) {
        let (_, ann) = self.post("", "/natter/v1/sign-in", json!({"name": "Ann"})).await;
        let token = ann["token"].as_str().unwrap();
        let (_, made) = self.post(token, "/chat/threads", json!({"topic": "Topic"})).await;
        let path = format!("/chat/threads/{}/messages", made["chatThread"]["id"].as_str().unwrap());
        for number in 0..7 {
            assert_eq!(self.post(token, &path, json!({"content": number.to_string()})).await.0, 201);
        }
        let mut limited = 0;
        while limited < 2 {
            limited += u32::from(self.post(token, "/chat/threads", json!({"topic": "x"})).await.0 == 429);
        }
    }
}

/// Prometheus, for as long as this lives.
struct Prometheus {
    address: String,
    client: reqwest::Client,
    _child: tokio::process::Child,
}

impl Prometheus {
    /// With the files of the documentation; only targets and intervals are the test's.
    async fn start(folder: &Path, target: &str) -> Self {
        let config = fs::read_to_string(documents().join("prometheus.yml")).unwrap();
        let config = config.replace("15s", "1s").replace("localhost:8080", target);
        assert!(config.contains(target) && config.contains("1s"));
        fs::write(folder.join("prometheus.yml"), config).unwrap();
        fs::write(folder.join("metrics-token"), TOKEN).unwrap();
        fs::copy(documents().join("alerts.yml"), folder.join("alerts.yml")).unwrap();
        let mut child = tokio::process::Command::new(program("NATTER_PROMETHEUS"))
            .arg("--config.file=prometheus.yml")
            .arg("--storage.tsdb.path=data")
            .arg("--web.listen-address=127.0.0.1:0")
            .current_dir(folder)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = String::new();
        let address = loop {
            let line =
                tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("no word of Prometheus");
            let line = line.unwrap().unwrap_or_else(|| panic!("Prometheus ended: {said}"));
            if let Some((_, address)) = line.split_once("msg=\"Listening on\" address=") {
                break address.trim().to_owned();
            }
            said += &line;
        };
        // It goes on talking, and would stop if nobody listened.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { address, client, _child: child }
    }

    async fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let mut url = reqwest::Url::parse(&format!("http://{}/api/v1/{path}", self.address)).unwrap();
        url.query_pairs_mut().extend_pairs(parameters);
        // Until it is ready it answers 503, in words.
        let reply = self.client.get(url).send().await.unwrap();
        serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap_or_default()
    }

    /// The value of a query with one result.
    async fn value(&self, query: &str) -> Option<f64> {
        let answer = self.get("query", &[("query", query)]).await;
        answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()
    }

    /// Waits until a query has a value.
    async fn until(&self, query: &str, expected: f64) {
        let waiting = async {
            while self.value(query).await != Some(expected) {
                tokio::task::yield_now().await;
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            panic!("{query} is {:?}, not {expected}", self.value(query).await);
        }
    }

    async fn names(&self) -> BTreeSet<String> {
        let answer = self.get("label/__name__/values", &[]).await;
        answer["data"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    }
}

/// Every expression of the dashboard, with what Grafana puts in the places of its variables.
fn expressions() -> Vec<String> {
    let dashboard = fs::read(documents().join("grafana.json")).unwrap();
    let dashboard: Value = serde_json::from_slice(&dashboard).unwrap();
    let mut expressions = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let text = target["expr"].as_str().unwrap();
            expressions.push(text.replace("$__rate_interval", "1m").replace("$instance", ".*"));
        }
    }
    expressions
}

/// Names of metrics in an expression: each word that begins as ours do.
fn metrics(expression: &str) -> BTreeSet<String> {
    let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("natter_")).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Prometheus: cargo xtask test --only monitoring"]
async fn a_real_prometheus_scrapes_what_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let service = Running::start(&folder.path().join("natter")).await;
    service.live().await;

    let text = service.client.get(format!("http://{}/natter/v1/metrics", service.address));
    let text = text.header("authorization", format!("Bearer {TOKEN}")).send().await.unwrap();
    assert_eq!(text.status(), 200);
    let file = folder.path().join("metrics");
    fs::write(&file, text.bytes().await.unwrap()).unwrap();
    promtool(&["check", "metrics"], fs::File::open(&file).unwrap().into());

    let prometheus = Prometheus::start(folder.path(), &service.address).await;
    prometheus.until("up{job=\"natter\"}", 1.0).await;
    prometheus.until("natter_messages_sent_total", 7.0).await;
    prometheus.until("natter_requests_total{operation=\"sendChatMessage\",status=\"201\"}", 7.0).await;
    prometheus.until("natter_request_duration_seconds_count{operation=\"sendChatMessage\"}", 7.0).await;
    prometheus.until("natter_limited_requests_total{rule=\"create_thread\"}", 2.0).await;
    prometheus.until("natter_active_people{within=\"5m\"}", 1.0).await;
    // Rates want two scrapes.
    prometheus.until("count_over_time(up{job=\"natter\"}[1h]) >= bool 2", 1.0).await;

    let rules = prometheus.get("rules", &[]).await;
    let rules = rules["data"]["groups"][0]["rules"].as_array().unwrap();
    assert!(rules.len() >= 9);
    let known = prometheus.names().await;
    let mut expressions = expressions();
    assert!(expressions.len() > 30);
    expressions.extend(rules.iter().map(|rule| rule["query"].as_str().unwrap().to_owned()));
    for expression in expressions {
        let answer = prometheus.get("query", &[("query", &expression)]).await;
        assert_eq!(answer["status"], "success", "{expression}: {answer}");
        for name in metrics(&expression) {
            assert!(known.contains(&name), "{name} of {expression} is no metric");
        }
    }
    // And the other way round: what is measured is shown.
    let shown: BTreeSet<String> =
        self::expressions().iter().flat_map(|expression| metrics(expression)).collect();
    for name in known.iter().filter(|name| name.starts_with("natter_")) {
        let family = name.trim_end_matches("_bucket").trim_end_matches("_sum").trim_end_matches("_count");
        let told = ["natter_build_info", "natter_start_time_seconds"].contains(&family)
            || shown.iter().any(|shown| shown.starts_with(family));
        assert!(told, "{name} is in no panel");
    }
}
