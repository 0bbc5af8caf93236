//! What goes wrong, and what it looks like: nothing is lost, and everything is said.

use anyhow::{Result, ensure};

use crate::pages::{ConversationPage, SignInPage};
use crate::support::browser::Look;
use crate::support::stage::{Person, Stage};
use crate::support::{SOON, until};

#[tokio::test]
async fn a_service_that_goes_away_loses_nothing() {
    Stage::play("trouble", Look::WIDE, service_goes_away).await;
}

async fn service_goes_away(stage: &Stage) -> Result<()> {
    let mei = stage.person("Mei").await?;
    let talks = SignInPage::open(&mei).await?.sign_in().await?.start_thread("On and off", &["Tomás"]).await?;
    talks.send("Before.").await?;

    mei.allow_in_console("ERR_CONNECTION");
    mei.allow_in_console("ERR_INCOMPLETE_CHUNKED_ENCODING"); // the stream of what happens
    stage.service.kill().await?;
    mei.see(".banner").await?;
    talks.write("While it was away.").await?;
    mei.see_with(".message-row--waiting", "While it was away.").await?;
    mei.inspect("away").await?;

    stage.service.start_again().await?;
    mei.see_no(".message-row--waiting, .message-row--sending, .message-row--failed", "").await?;
    mei.see_no(".banner", "").await?;
    talks.sees("While it was away.").await?;

    // Killed and back, it still has everything once, in order.
    mei.browser.refresh().await?;
    let talks = ConversationPage::see(&mei, "On and off").await?;
    talks.sees("While it was away.").await?;
    let said = talks.messages().await?;
    ensure!(said == ["Before.", "While it was away."], "{said:?}");
    Ok(())
}

#[tokio::test]
async fn bad_input_is_answered_in_words() {
    Stage::play("bad-input", Look::WIDE, bad_input).await;
}

async fn bad_input(stage: &Stage) -> Result<()> {
    let mei = stage.person("Mei").await?;
    let sign_in = SignInPage::open(&mei).await?;

    // A token that is none, at an endpoint that is none.
    mei.click_with(".field__segments label", "Azure").await?;
    mei.click(".sign-in__form .button--primary").await?;
    mei.see(".field--invalid .field__hint").await?;
    mei.inspect("azure").await?;
    mei.click_with(".field__segments label", "This computer").await?;

    let talks = sign_in.sign_in().await?.start_thread("Too much", &["Tomás"]).await?;
    // One byte more than the limit: it is said, and the words stay where they are.
    let long = "x".repeat(28 * 1024 + 1);
    talks.paste(&long).await?;
    mei.see(".composer__room--short").await?;
    talks.press_enter().await?;
    mei.inspect("too-long").await?;
    let kept = mei.see(".composer__input").await?.prop("value").await?.unwrap_or_default();
    ensure!(kept.len() == long.len(), "{} of {} bytes are still there", kept.len(), long.len());

    // A thread that is not there, and one of other people.
    mei.allow_in_console("404");
    mei.go("#/threads/19%3Anobody%40thread.v2").await?;
    mei.see(".timeline__empty h1").await?;
    mei.inspect("no-thread").await
}

#[tokio::test]
async fn a_draft_survives_a_reload() {
    Stage::play("draft", Look::WIDE, draft).await;
}

async fn draft(stage: &Stage) -> Result<()> {
    const HALF: &str = "half a senten";
    let mei = stage.person("Mei").await?;
    let talks = SignInPage::open(&mei).await?.sign_in().await?.start_thread("Kept", &["Tomás"]).await?;
    talks.paste(HALF).await?;
    let select = "document.querySelector('.composer__input').setSelectionRange(5, 7)";
    mei.browser.execute(select, Vec::new()).await?;
    mei.keeps("drafts", &format!("{HALF}\u{1e}5 7")).await?;
    mei.browser.refresh().await?;
    ConversationPage::see(&mei, "Kept").await?;
    field_holds(&mei, HALF, (5, 7)).await?;

    // What was typed in the very moment in which the page ends.
    let script = "window.before = true; document.execCommand('insertText', false, 'the '); location.reload()";
    mei.see(".composer__input").await?.focus().await?;
    mei.browser.execute(script, Vec::new()).await?;
    ConversationPage::see(&mei, "Kept").await?;
    field_holds(&mei, "half the senten", (9, 9)).await
}

/// Waits until the field of a page that was loaded again holds these words, of which these are selected.
async fn field_holds(person: &Person, words: &str, selected: (u64, u64)) -> Result<()> {
    let script = "const field = document.querySelector('.composer__input');
        return !window.before && field && [field.value, field.selectionStart, field.selectionEnd]";
    let wanted = serde_json::json!([words, selected.0, selected.1]);
    until("the field holds the draft", SOON, async || {
        let held = person.browser.execute(script, Vec::new()).await?;
        Ok((*held.json() == wanted).then_some(()))
    })
    .await
}
