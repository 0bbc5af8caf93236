//! The SDKs that the assistant is tried with: the vendor's sample for Beebot, and the packages for OpenAI-compatible servers.

use anyhow::{Context, Result};

use super::tests;
use crate::process::{command, output, run as run_command};
use crate::progress::Steps;
use crate::service::Service;
use crate::tools::{npm_packages, python};

/// The number of steps that [`run`] reports.
pub(super) const STEPS: usize = 5;

/// The key pair that the stand-in for Beebot knows.
pub(super) const KEY_ID: &str = "LTAItestsdk";
pub(super) const KEY_SECRET: &str = "a-secret-for-the-sdks";

pub(super) fn run(steps: &mut Steps, service: &Service) -> Result<()> {
    let python = python::environment(steps, "assistant", &tests().join("requirements-assistant.txt"))?;
    let packages = npm_packages(steps, &tests().join("js-openai"))?;
    let http = service.http.as_deref().context("the service did not say where it listens")?;

    steps.begin("alibabacloud-tea-openapi");
    let beebot = service.beebot.as_deref().context("the service did not say where the stand-in listens")?;
    let mut sample = command(&python);
    sample.arg(tests().join("beebot_sample.py")).env("NATTER_BEEBOT", beebot);
    sample.env("NATTER_BEEBOT_KEY_ID", KEY_ID).env("NATTER_BEEBOT_KEY_SECRET", KEY_SECRET);
    sample.env("PYTHONDONTWRITEBYTECODE", "1");
    run_command(&mut sample).context("beebot_sample.py with alibabacloud-tea-openapi")?;

    let sign_in = "import json, os, requests; \
        reply = requests.post(os.environ['NATTER_HTTP'] + '/natter/v1/sign-in', json={'name': 'SDK'}, timeout=60); \
        reply.raise_for_status(); print(reply.json()['token'])";
    let token = output(command(&python).args(["-c", sign_in]).env("NATTER_HTTP", http));
    let token = token.context("nobody could sign in")?.trim().to_owned();
    steps.begin("openai for Python");
    let mut openai = command(&python);
    openai.arg(tests().join("openai_sdk.py")).env("NATTER_HTTP", http).env("NATTER_TOKEN", &token);
    run_command(openai.env("PYTHONDONTWRITEBYTECODE", "1")).context("openai_sdk.py with openai")?;

    steps.begin("openai for Node");
    let mut openai = command("node");
    openai.arg(tests().join("openai_sdk.mjs")).env("NATTER_PACKAGES", packages);
    openai.env("NATTER_HTTP", http).env("NATTER_TOKEN", &token);
    run_command(&mut openai).context("openai_sdk.mjs with openai")
}
