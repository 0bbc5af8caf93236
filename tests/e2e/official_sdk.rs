//! The official Python SDK and a page in one thread: each sees what the other sends.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::pages::SignInPage;
use crate::support::browser::Look;
use crate::support::process::given;
use crate::support::stage::Stage;

/// How long a message of the SDK may take to the page.
const SEEN_WITHIN: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_page_and_sdk_1_2_0_talk() {
    Stage::play("sdk-1.2.0", Look::WIDE, async |stage| talk(stage, "1.2.0").await).await;
}

#[tokio::test]
async fn a_page_and_sdk_1_3_0_talk() {
    Stage::play("sdk-1.3.0", Look::WIDE, async |stage| talk(stage, "1.3.0").await).await;
}

async fn talk(stage: &Stage, version: &str) -> Result<()> {
    let mei = stage.person("Mei").await?;
    let threads = SignInPage::open(&mei).await?.sign_in().await?;

    let mut sdk = Sdk::start(stage, version, &mei.user_id().await?).await?;
    sdk.says("thread ").await?;
    let page = threads.open("test topic").await?;
    sdk.go_on().await?;
    sdk.says("sent").await?;
    let sent = Instant::now();
    for words in ["hello world", "by enum", "html by enum", "hello from the SDK"] {
        page.sees(words).await?;
    }
    ensure!(sent.elapsed() <= SEEN_WITHIN, "the page was {:?} behind the SDK", sent.elapsed());
    mei.inspect("sdk").await?;

    page.send("hello from the page").await?;
    sdk.says("heard").await?;

    // The thread goes while it is open in the page, which says so in words.
    mei.allow_in_console("404");
    sdk.go_on().await?;
    sdk.says("done").await?;
    mei.see(".timeline__empty h1").await?;
    mei.inspect("gone").await
}

/// The program in tests/sdk, step by step.
struct Sdk {
    _process: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Sdk {
    async fn start(stage: &Stage, version: &str, spectator: &str) -> Result<Self> {
        let python = given("NATTER_E2E_PYTHONS")?.join(format!("chat-{version}/bin/python"));
        let mut command = Command::new(&python);
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sdk/beside_a_page.py"));
        command.env("COMMUNICATION_SAMPLES_CONNECTION_STRING", &stage.service.connection_string);
        command.env("REQUESTS_CA_BUNDLE", stage.service.ca()).env("NATTER_SPECTATOR", spectator);
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().with_context(|| format!("{} does not start", python.display()))?;
        let stdin = process.stdin.take().context("its input is piped")?;
        let lines = BufReader::new(process.stdout.take().context("its output is piped")?).lines();
        Ok(Self { _process: process, stdin, lines })
    }

    async fn says(&mut self, words: &str) -> Result<()> {
        match self.lines.next_line().await? {
            Some(line) if line.starts_with(words) => Ok(()),
            other => bail!("the SDK's program should say {words:?}, and says {other:?}"),
        }
    }

    async fn go_on(&mut self) -> Result<()> {
        Ok(self.stdin.write_all(b"\n").await?)
    }
}
