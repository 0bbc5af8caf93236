//! What the app tells the page that it lives in (`docs/events-in-the-page.md`).

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::pages::SignInPage;
use crate::support::browser::Look;
use crate::support::stage::Stage;

/// Keeps what is heard, as the page's own script would.
const LISTEN: &str = "window.heard = [];
    for (const name of ['message', 'edited', 'deleted', 'typing', 'read', 'thread'])
        window.addEventListener('natter:' + name, ({ type, detail }) => window.heard.push({ type, detail }));";

#[tokio::test]
async fn a_script_in_the_page_hears_what_others_do() {
    Stage::play("in-the-page", Look::WIDE, hears).await;
}

async fn hears(stage: &Stage) -> Result<()> {
    let (mei, tomas) = (stage.person("Mei").await?, stage.person("Tomás").await?);
    let mei_threads = SignInPage::open(&mei).await?.sign_in().await?;
    let tomas_threads = SignInPage::open(&tomas).await?.sign_in().await?;
    mei.browser.execute(LISTEN, Vec::new()).await?;
    let mei_talks = mei_threads.start_thread("Line 7 map", &["Tomás"]).await?;
    let tomas_talks = tomas_threads.open("Line 7 map").await?;
    tomas.fill(".composer__input", "海心沙 <b>and</b> 海心沙公园?").await?;
    mei.see_with(".timeline__typing", "Tomás is typing").await?;
    tomas_talks.press_enter().await?;
    mei_talks.sees("海心沙 <b>and</b> 海心沙公园?").await?;
    mei_talks.send("Those are two.").await?;
    tomas_talks.sees("Those are two.").await?;
    tomas_talks.write("/important So they are.").await?;
    mei_talks.sees("So they are.").await?;

    let heard = mei.browser.execute("return window.heard", Vec::new()).await?;
    let heard: Vec<Value> = heard.json().as_array().cloned().unwrap_or_default();
    let said = |kind: &str| {
        heard.iter().filter(|one| one["type"] == kind).map(|one| &one["detail"]).collect::<Vec<_>>()
    };
    let messages = said("natter:message");
    let texts: Vec<&Value> = messages.iter().map(|detail| &detail["text"]).collect();
    ensure!(texts == ["海心沙 <b>and</b> 海心沙公园?", "So they are."], "{heard:?}");
    ensure!(
        messages.iter().all(|detail| detail["senderName"] == "Tomás" && detail["type"] == "text"),
        "{heard:?}"
    );
    let important: Vec<&Value> = messages.iter().map(|detail| &detail["important"]).collect();
    ensure!(important == [false, true], "{heard:?}");
    ensure!(
        messages.iter().all(|detail| detail["at"].as_i64().is_some_and(|at| at > 1_600_000_000_000)),
        "{heard:?}"
    );
    let typing: Vec<Option<bool>> =
        said("natter:typing").iter().map(|detail| detail["typing"].as_bool()).collect();
    ensure!(typing.starts_with(&[Some(true), Some(false)]), "{heard:?}");
    ensure!(!serde_json::to_string(&heard)?.contains("eyJ"), "a token was told");
    Ok(())
}
