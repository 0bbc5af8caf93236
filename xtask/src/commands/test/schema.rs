//! The service by its own description: schemathesis reads `/natter/v1/openapi.json` and calls every operation in
//! every way it can think of, right, wrong and one after another, and compares the answers with what is described.

use std::fs;

use anyhow::{Context, Result, ensure};

use super::sdk::{empty_folder, options};
use crate::paths;
use crate::process::{command, run as run_command};
use crate::progress::{Steps, thousands};
use crate::service::{self, Profile, Service};
use crate::tools::python;

/// How much is tried.
struct Effort {
    /// Calls of an operation, and walks from one to another.
    examples: &'static str,
    /// Requests in all, at least.
    cases: u64,
    /// Where chance begins.
    seed: &'static str,
}

const SHORT: Effort = Effort { examples: "20", cases: 500, seed: "1" };
const LONG: Effort = Effort { examples: "150", cases: 5_000, seed: "2" };

pub(super) fn run(long: bool) -> Result<()> {
    let effort = if long { LONG } else { SHORT };
    let mut steps = Steps::new(4);
    let tests = paths::root().join("tests/schema");
    let python = python::environment(&mut steps, "schemathesis", &tests.join("requirements.txt"))?;
    steps.begin("The chat service: building");
    let program = service::build(Profile::Debug)?;
    steps.begin("The chat service: starting");
    let data = empty_folder("schema-tests")?;
    let service = Service::start(&program, &options(&data, "127.0.0.1:0"))?;
    let address = service.http.as_deref().context("the service listens for http")?.trim_end_matches('/');

    steps.begin("schemathesis");
    let report = data.join("report.json");
    let mut schemathesis = command(&python);
    // Beside the data, where it leaves what it found out.
    schemathesis.current_dir(&data).env("PYTHONPATH", &tests).env("PYTHONDONTWRITEBYTECODE", "1");
    schemathesis.env("NATTER_SERVICE", address);
    let connection =
        service.connection_string.as_deref().context("the service printed no connection string")?;
    schemathesis.env("COMMUNICATION_SAMPLES_CONNECTION_STRING", connection);
    schemathesis.args(["-m", "schemathesis.cli", "--config-file"]).arg(tests.join("schemathesis.toml"));
    schemathesis.arg("run").arg(format!("{address}/natter/v1/openapi.json")).arg("--no-color");
    schemathesis.args(["--max-examples", effort.examples, "--seed", effort.seed]);
    schemathesis.args(["--report", "json", "--report-json-path"]).arg(&report);
    run_command(&mut schemathesis).context("the service does not do what its description says")?;

    let report: serde_json::Value = serde_json::from_slice(&fs::read(&report)?)?;
    let cases = report["test_cases"]["generated"].as_u64().context("the report counts the cases")?;
    ensure!(cases >= effort.cases, "schemathesis tried only {cases} cases");
    for phase in ["examples", "coverage", "fuzzing", "stateful"] {
        ensure!(report["phases"][phase]["status"] == "success", "the phase {phase} did not take place");
    }
    let cases = usize::try_from(cases).context("the number of cases")?;
    steps.say(&format!("{} cases, and every answer as described", thousands(cases)));
    Ok(())
}
