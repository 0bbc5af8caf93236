//! What can be done with words: format them, answer, complete, change, pass on.

use anyhow::{Result, ensure};
use thirtyfour::Key;

use crate::pages::{ConversationPage, SignInPage};
use crate::support::browser::Look;
use crate::support::stage::{Person, Stage};

const INPUT: &str = ".composer__input";

#[tokio::test]
async fn words_are_formatted_and_answered_on_wide_screens() {
    Stage::play("writing", Look::WIDE, writing).await;
}

#[tokio::test]
async fn words_are_formatted_and_answered_in_the_dark() {
    Stage::play("writing", Look::WIDE_DARK, looks).await;
}

#[tokio::test]
async fn words_are_formatted_and_answered_on_phones() {
    Stage::play("writing", Look::PHONE, looks).await;
}

#[tokio::test]
async fn words_are_formatted_and_answered_in_chinese() {
    Stage::play("writing", Look::CHINESE, looks).await;
}

async fn writing(stage: &Stage) -> Result<()> {
    let (mei, tomas) = (stage.person("Mei").await?, stage.person("Tomás").await?);
    let mei_threads = SignInPage::open(&mei).await?.sign_in().await?;
    let tomas_threads = SignInPage::open(&tomas).await?.sign_in().await?;
    let mei_talks = mei_threads.start_thread("Words", &["Tomás"]).await?;
    let tomas_talks = tomas_threads.open("Words").await?;

    // Formatted by key, taken back by undo, sent, and still formatted when it is edited.
    let input = mei.see(INPUT).await?;
    input.send_keys("Two stops").await?;
    input.send_keys(Key::Shift + Key::Home).await?;
    input.send_keys(Key::Control + "b").await?;
    holds(&mei, "**Two stops**").await?;
    input.send_keys(Key::Control + "z").await?;
    holds(&mei, "Two stops").await?;
    input.send_keys(Key::Control + Key::Shift + "z").await?;
    holds(&mei, "**Two stops**").await?;
    input.send_keys(Key::End).await?;
    input.send_keys(" are one").await?;
    mei_talks.press_enter().await?;
    tomas.see_with(".message-row__text strong", "Two stops").await?;
    input.send_keys(Key::Up).await?;
    holds(&mei, "**Two stops** are one").await?;
    input.send_keys(" :tram:").await?;
    holds(&mei, "**Two stops** are one 🚊").await?;
    mei_talks.press_enter().await?;
    tomas_talks.sees("(edited)").await?;
    tomas.see_with(".message-row__text strong", "Two stops").await?;

    // A reply, which lasts as long as the draft does.
    let row = tomas.see_with(".message-row", "Two stops").await?;
    row.send_keys("r").await?;
    tomas.see_with(".composer__context", "Mei").await?;
    tomas.see(INPUT).await?.send_keys("Not at all").await?;
    tomas.keeps("drafts", "Not at all").await?;
    tomas.inspect("reply").await?;
    tomas.browser.refresh().await?;
    let tomas_talks = ConversationPage::see(&tomas, "Words").await?;
    tomas.see_with(".composer__context", "Two stops are one").await?;
    holds(&tomas, "Not at all").await?;
    tomas_talks.press_enter().await?;
    tomas.see_no(".composer__context", "").await?;
    mei.see_with(".message-row__text blockquote", "Two stops are one").await?;
    mei_talks.sees("Not at all").await?;
    mei.click(".message-row__text blockquote a").await?;
    mei.see_with(".message-row--found", "Two stops").await?;
    ensure!(mei.browser.windows().await?.len() == 1, "a link to a message opened another window");

    // A person, an emoji and a command, by their first letters.
    let input = mei.see(INPUT).await?;
    input.send_keys("ask @to").await?;
    mei.see_with(".composer__completion [role=option]", "Tomás").await?;
    mei.inspect("mention").await?;
    input.send_keys(Key::Enter).await?;
    holds(&mei, "ask @Tomás ").await?;
    input.send_keys(":tad").await?;
    mei.see_with(".composer__completion [role=option]", ":tada:").await?;
    mei.inspect("emoji-name").await?;
    input.send_keys(Key::Tab).await?;
    holds(&mei, "ask @Tomás 🎉 ").await?;
    mei_talks.press_enter().await?;
    tomas_talks.sees("ask @Tomás 🎉").await?;
    mei_talks.write("/me waves").await?;
    tomas.see_with(".message-row__text em", "Mei waves").await?;
    mei_talks.write("/topic Other words").await?;
    ConversationPage::see(&tomas, "Other words").await?;
    ensure!(!mei_talks.messages().await?.iter().any(|said| said.contains('/')), "a command was said");

    // From the list of all emoji, by search and by keys.
    mei.press(".composer__tools", "Emoji").await?;
    let search = mei.see(".emoji-picker input").await?;
    search.send_keys("party popper").await?;
    mei.see(".emoji-picker__grid button").await?;
    search.send_keys(Key::Enter).await?;
    holds(&mei, "🎉").await?;
    mei_talks.press_enter().await?;
    tomas.see_with(".message-row__plain--emoji", "🎉").await?;

    // Who has read it, and said again elsewhere.
    mei_talks.sees_receipt("Tomás").await?;
    mei.see_with(".message-row--own", "waves").await?.send_keys("w").await?;
    mei.see_with(".dialog", "Tomás").await?;
    mei.inspect("readers").await?;
    mei.press(".dialog__head", "Close").await?;
    mei.see_no(".dialog", "").await?;
    mei_threads.start_thread("Elsewhere", &["Tomás"]).await?;
    mei_threads.open("Other words").await?;
    mei.see_with(".message-row", "Not at all").await?.send_keys("f").await?;
    mei.see_with(".dialog .menu__item", "Elsewhere").await?;
    mei.inspect("forward").await?;
    mei.click_with(".dialog .menu__item", "Elsewhere").await?;
    tomas_threads.open("Elsewhere").await?;
    tomas.see_with(".message-row__text blockquote", "Not at all").await?;
    Ok(())
}

/// The same things as they look, each with its check.
async fn looks(stage: &Stage) -> Result<()> {
    let mei = stage.person("Mei").await?;
    SignInPage::open(&mei).await?.sign_in().await?;
    mei.go("#/new").await?;
    mei.fill("#topic", "海心沙 Words").await?;
    mei.fill("#who", "Tomás").await?;
    mei.press_enter_in("#who").await?;
    mei.see_with(".dialog__chip", "Tomás").await?;
    mei.click(".dialog__foot .button--primary").await?;
    mei.see_no(".dialog", "").await?;
    let talks = ConversationPage::see(&mei, "海心沙 Words").await?;
    talks.send("🎉 👍🏽").await?;
    talks.paste("**海心沙** and *海心沙公园*, ~~one~~ two `stops`:\n- 东 https://a.example/map\n- 西\n\n> merged\n\n```\nfn main() {}\n```").await?;
    talks.press_enter().await?;
    mei.see(".message-row__text pre").await?;
    mei.see_no(".message-row--sending, .message-row--waiting", "").await?;

    let tools = ".composer__tools button";
    mei.click(&[tools, ":nth-of-type(2)"].concat()).await?;
    mei.see(".composer__formats").await?;
    mei.see(INPUT).await?.send_keys("@to").await?;
    mei.see_with(".composer__completion [role=option]", "Tomás").await?;
    mei.inspect("formats").await?;
    mei.see(INPUT).await?.send_keys(Key::Control + "a").await?;
    mei.see(INPUT).await?.send_keys(":smi").await?;
    mei.see(".composer__emoji").await?;
    mei.inspect("emoji-name").await?;
    mei.see(INPUT).await?.send_keys(Key::Enter).await?;
    mei.click(&[tools, ":nth-of-type(2)"].concat()).await?;
    mei.see_no(".composer__formats", "").await?;
    mei.click(&[tools, ":nth-of-type(1)"].concat()).await?;
    mei.see(".emoji-picker__grid button").await?;
    mei.click(".emoji-picker__kinds button:nth-of-type(3)").await?;
    mei.click(".emoji-picker__tones button:nth-of-type(4)").await?;
    mei.see_with(".emoji-picker__grid button", "👋🏽").await?;
    mei.inspect("picker").await
}

async fn holds(person: &Person, words: &str) -> Result<()> {
    let what = format!("{} has {words:?} in the field", person.name);
    crate::support::until(&what, crate::support::SOON, async || {
        let there = person.see(INPUT).await?.prop("value").await?.unwrap_or_default();
        Ok((there == words).then_some(()))
    })
    .await
}
