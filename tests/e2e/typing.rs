//! Input methods: what is composed is written once, and nothing is sent or taken by the keys that belong to it.

use anyhow::{Result, ensure};
use serde_json::json;
use thirtyfour::Key;

use crate::pages::SignInPage;
use crate::support::browser::Look;
use crate::support::stage::{Person, Stage};
use crate::support::{SOON, until};

/// What an input method shows while it composes, and what it leaves at its end.
struct Script {
    steps: &'static [(&'static [&'static str], &'static str)],
    written: &'static str,
}

/// Japanese: letters, syllables, then characters chosen with Enter. Korean: each syllable grows by itself. Pinyin: letters until
/// the candidate is chosen.
const SCRIPTS: [Script; 3] = [
    Script {
        steps: &[(&["n", "に", "にh", "にほ", "にほn", "にほん", "日本"], "日本")], written: "日本"
    },
    Script { steps: &[(&["ㅎ", "하", "한"], "한"), (&["ㄱ", "구", "국"], "국")], written: "한국" },
    Script { steps: &[(&["n", "ni", "ni'h", "ni'ha", "ni'hao"], "你好")], written: "你好" },
];

#[tokio::test]
async fn input_methods_write_once_and_send_nothing() {
    Stage::play("typing", Look::WIDE, everywhere).await;
}

async fn everywhere(stage: &Stage) -> Result<()> {
    let mei = stage.person("Mei").await?;
    let sign_in = SignInPage::open(&mei).await?;
    compose_all(&mei, "#name").await?;
    mei.see(".sign-in__form").await?;

    let threads = sign_in.sign_in().await?;
    mei.press(".threads__head", "New thread").await?;
    compose_all(&mei, "#topic").await?;
    compose_all(&mei, "#who").await?;
    ensure!(mei.texts(".dialog__chip").await?.is_empty(), "a composed name was taken by its Enter");
    mei.press(".dialog__head", "Close").await?;
    mei.see_no(".dialog", "").await?;

    let talks = threads.start_thread("Input", &["Tomás"]).await?;
    compose_all(&mei, ".composer__input").await?;
    ensure!(talks.messages().await?.is_empty(), "an Enter of the input method sent something");
    // The names of people and of emoji are looked up with the same keys.
    compose(&mei, ".composer__input", &SCRIPTS[1], "@").await?;
    mei.see_no("[role=option]", "").await?;
    ensure!(talks.messages().await?.is_empty(), "an Enter in the list sent something");
    clear(&mei, ".composer__input").await?;

    compose_all(&mei, "#filter").await?;
    mei.press(".composer__tools", "Emoji").await?;
    compose_all(&mei, ".emoji-picker input").await?;
    mei.see(".emoji-picker input").await?.send_keys(Key::Escape).await?;
    mei.see_no(".emoji-picker", "").await?;

    mei.see(".composer__input").await?.send_keys("/topic").await?;
    mei.see(".composer__input").await?.send_keys(Key::Enter).await?;
    mei.see(".dialog").await?;
    compose_all(&mei, "#topic").await?;
    mei.press(".dialog__head", "Close").await?;
    mei.see_no(".dialog", "").await?;

    // And after all of it Enter sends, once.
    talks.send("日本 한국 你好 مرحبا 🎉").await?;
    let said = talks.messages().await?;
    ensure!(said == ["日本 한국 你好 مرحبا 🎉"], "{said:?}");
    Ok(())
}

async fn compose_all(person: &Person, css: &str) -> Result<()> {
    for script in &SCRIPTS {
        compose(person, css, script, "").await?;
        clear(person, css).await?;
    }
    Ok(())
}

/// Plays a script in a field that holds something already.
async fn compose(person: &Person, css: &str, script: &Script, before: &str) -> Result<()> {
    let field = person.see(css).await?;
    field.click().await?;
    clear(person, css).await?;
    if !before.is_empty() {
        field.send_keys(before).await?;
    }
    let tools = person.browser.cdp();
    for (shown, left) in script.steps {
        for text in *shown {
            let at = text.encode_utf16().count();
            // The key goes to the input method; the page only hears that it did.
            key(person, "rawKeyDown").await?;
            let composed = json!({ "text": text, "selectionStart": at, "selectionEnd": at });
            tools.send_raw("Input.imeSetComposition", composed).await?;
            key(person, "keyUp").await?;
        }
        // Enter, or Space, which chooses and is not the page's either.
        key(person, "rawKeyDown").await?;
        tools.send_raw("Input.insertText", json!({ "text": left })).await?;
        key(person, "keyUp").await?;
    }
    let wanted = [before, script.written].concat();
    let what = format!("{css} holds {wanted:?} once");
    until(&what, SOON, async || Ok((value(person, css).await? == wanted).then_some(()))).await
}

async fn key(person: &Person, kind: &str) -> Result<()> {
    let key = json!({ "type": kind, "key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229 });
    person.browser.cdp().send_raw("Input.dispatchKeyEvent", key).await?;
    Ok(())
}

async fn value(person: &Person, css: &str) -> Result<String> {
    Ok(person.see(css).await?.prop("value").await?.unwrap_or_default())
}

async fn clear(person: &Person, css: &str) -> Result<()> {
    let field = person.see(css).await?;
    field.send_keys(Key::Control + "a").await?;
    field.send_keys(Key::Backspace).await?;
    Ok(())
}
