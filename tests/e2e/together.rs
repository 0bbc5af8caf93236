//! What is seen at once: who is typing, and what happens in another tab of the same person.

use anyhow::{Result, ensure};

use crate::pages::{ConversationPage, SignInPage};
use crate::support::browser::Look;
use crate::support::stage::Stage;

#[tokio::test]
async fn typing_is_seen_while_it_lasts() {
    Stage::play("typing", Look::WIDE, typing).await;
}

async fn typing(stage: &Stage) -> Result<()> {
    let (mei, tomas) = (stage.person("Mei").await?, stage.person("Tomás").await?);
    let mei_threads = SignInPage::open(&mei).await?.sign_in().await?;
    let tomas_threads = SignInPage::open(&tomas).await?.sign_in().await?;
    let mei_talks = mei_threads.start_thread("Line 7 map", &["Tomás"]).await?;
    let tomas_talks = tomas_threads.open("Line 7 map").await?;
    tomas_talks.send("海心沙 and 海心沙公园?").await?;
    mei_talks.sees("海心沙 and 海心沙公园?").await?;
    mei.fill(".composer__input", "Those are two").await?;
    tomas.see_with(".timeline__typing", "Mei is typing").await?;
    tomas.inspect("typing").await?;
    mei_talks.press_enter().await?;
    tomas_talks.sees("Those are two").await?;
    tomas.see_no(".timeline__typing", "Mei").await
}

#[tokio::test]
async fn two_tabs_are_one_person() {
    Stage::play("tabs", Look::WIDE, tabs).await;
}

async fn tabs(stage: &Stage) -> Result<()> {
    let (mei, tomas) = (stage.person("Mei").await?, stage.person("Tomás").await?);
    let mei_threads = SignInPage::open(&mei).await?.sign_in().await?;
    let tomas_threads = SignInPage::open(&tomas).await?.sign_in().await?;
    let mei_talks = mei_threads.start_thread("Line 7 map", &["Tomás"]).await?;
    let tomas_talks = tomas_threads.open("Line 7 map").await?;
    let address = format!("#{}", mei.fragment().await?);

    let first = mei.browser.window().await?;
    let second = mei.browser.new_tab().await?;
    mei.browser.switch_to_window(second.clone()).await?;
    mei.go(&address).await?;
    let mei_too = ConversationPage::see(&mei, "Line 7 map").await?;
    tomas_talks.send("Both of you see it.").await?;
    mei_too.sees("Both of you see it.").await?;
    mei_too.send("So we do.").await?;
    mei.browser.switch_to_window(first.clone()).await?;
    mei_talks.sees("So we do.").await?;
    let said = mei_talks.messages().await?;
    ensure!(said == ["Both of you see it.", "So we do."], "{said:?}");

    // Out in one is out in all.
    mei.press(".threads", "Settings").await?;
    mei.press("dialog", "Sign out").await?;
    mei.see(".sign-in__form").await?;
    mei.browser.switch_to_window(second).await?;
    mei.see(".sign-in__form").await?;
    mei.browser.switch_to_window(first).await?;
    Ok(())
}
