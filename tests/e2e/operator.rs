//! The operator's page: figures for whoever has the access key, and nothing for anybody else.

use anyhow::{Result, ensure};
use thirtyfour::prelude::*;

use crate::support::browser::Look;
use crate::support::stage::Stage;
use crate::support::{SOON, until};

/// Everything that the browser keeps or shows as text.
const KEPT: &str = "return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.body.innerText, location.href])";

#[tokio::test]
async fn an_operator_sees_figures_with_the_key_and_nothing_without() {
    for look in [Look::WIDE, Look::WIDE_DARK, Look::PHONE, Look::CHINESE] {
        Stage::play("operator", look, operates).await;
    }
}

async fn operates(stage: &Stage) -> Result<()> {
    let ann = stage.person("Ann").await?;
    ann.allow_in_console("operator/sessions");
    ann.allow_in_console("operator/alerts");
    ann.go("#/operator").await?;
    ann.see("#operator-key").await?;
    ensure!(ann.texts(".operator__card").await?.is_empty(), "figures without a key");
    ann.inspect("key").await?;

    // With the keyboard alone: the field has the focus.
    ann.browser.active_element().await?.send_keys("d3Jvbmc=" + Key::Enter).await?;
    ann.see(".field--invalid").await?;
    ensure!(ann.texts(".operator__card").await?.is_empty(), "figures with a wrong key");
    ann.inspect("wrong-key").await?;

    let key = stage.service.access_key()?;
    ann.fill("#operator-key", &key).await?;
    ann.press_enter_in("#operator-key").await?;
    ann.see(".operator__card svg").await?;
    ann.inspect("figures").await?;
    // Each chart has its figures in words.
    ann.click(".operator__card summary").await?;
    ann.see(".operator__table td").await?;
    ann.inspect("table").await?;
    let kept = ann.browser.execute(KEPT, Vec::new()).await?;
    ensure!(!kept.json().to_string().contains(&key), "the key is kept or shown");

    // An alert has to have somewhere to go.
    ann.fill("#alert-url", "no address").await?;
    ann.press_enter_in("#alert-url").await?;
    ann.see(".field--invalid").await?;

    ann.browser.refresh().await?;
    until("the key is asked for again", SOON, async || {
        let fields = ann.browser.find_all(By::Css("#operator-key")).await?;
        Ok((!fields.is_empty() && ann.texts(".operator__card").await?.is_empty()).then_some(()))
    })
    .await
}
