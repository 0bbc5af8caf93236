//! Hostile words wherever somebody else can put some: in messages, names, topics, metadata and errors. Nothing of them may run, and
//! nothing may come of them but what the app allows.
//!
//! The words are those with which DOMPurify is tested, and the big list of naughty strings. The page is the built one with its
//! policy; its requests are answered in the service's place, which would have cleaned the HTML.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::pages::SignInPage;
use crate::support::browser::Look;
use crate::support::process::given;
use crate::support::stage::{Person, Stage};

#[tokio::test]
async fn hostile_words_are_only_words() {
    Stage::play("hostile", Look::WIDE, words_everywhere).await;
}

async fn words_everywhere(stage: &Stage) -> Result<()> {
    let mei = stage.person("Mei").await?;
    let _ = SignInPage::open(&mei).await?.sign_in().await?;
    mei.browser
        .cdp()
        .send_raw("Page.addScriptToEvaluateOnNewDocument", json!({ "source": page_script()? }))
        .await?;
    mei.browser.refresh().await?;
    mei.see(".thread-row").await?;

    let all = told(&mei, "lookAtAll").await?;
    let count = |what: &str| all[what].as_u64().unwrap_or_default();
    ensure!(count("messages") > 600 && count("threads") > 30, "too little was shown: {all}");
    ensure!(all["found"] == json!([]), "strangers in the page: {}", all["found"]);
    ensure!(
        all["fired"] == json!([]) && all["violations"] == json!([]),
        "something ran, or would have: {all}"
    );
    mei.picture("thread").await?;

    // An error that repeats them, in the dialog or, when it comes later, in the conversation.
    mei.allow_in_console("400");
    mei.browser.execute("location.hash = '#/threads/19%3Ahostile0%40thread.v2'", Vec::new()).await?;
    mei.see(".message-row[data-id^='17000000000']").await?;
    mei.see(".composer__input").await?.send_keys("/topic").await?;
    mei.press_enter_in(".composer__input").await?;
    mei.fill(".dialog #topic", "another").await?;
    mei.press(".dialog", "Save").await?;
    mei.see_with(".dialog .field__hint, .timeline__change", "<").await?;
    clean(&mei, "an error").await?;

    // Names of threads and messages that try to lead elsewhere.
    mei.allow_in_console("404");
    mei.allow_in_console("403");
    for id in
        ["..", ".", "%2e%2e", "..%2f..%2fnatter%2fv1%2fhealth", "%3f%23", "%5c..%5c", "%00", "a%2F..%2Fb"]
    {
        for fragment in [format!("#/threads/{id}"), format!("#/threads/19%3Ahostile0%40thread.v2/{id}")] {
            let go = format!("location.hash = {}", json!(fragment));
            mei.browser.execute(go, Vec::new()).await?;
            mei.see(".timeline, .timeline__empty").await?;
        }
    }
    let here = clean(&mei, "an address").await?;
    let paths = here["asked"].as_array().context("paths")?.iter().filter_map(Value::as_str);
    let strange: Vec<&str> = paths.filter(|path| !is_ours(path)).collect();
    ensure!(strange.is_empty(), "requests to {strange:?}");

    // What is drawn before the app is there.
    let first = mei.browser.execute(&draw_first(), Vec::new()).await?.json().clone();
    ensure!(first["drawn"].as_u64() > Some(200), "too little was drawn first: {first}");
    ensure!(first["found"] == json!([]), "strangers are drawn first: {first}");
    clean(&mei, "what is drawn first").await?;

    // Without care, the policy stops them; without the policy, they run. So the words are hostile, and both are needed.
    mei.allow_in_console("Content Security Policy");
    mei.allow_in_console("content security policy");
    mei.allow_in_console("about:blank");
    mei.allow_in_console("Not allowed to");
    mei.allow_in_console("'javascript' URLs may not be used");
    mei.allow_in_console("ERR_");
    mei.allow_in_console("Failed to load");
    let held = told(&mei, "raw").await?;
    ensure!(held["fired"] == json!(0), "the policy let {} run", held["fired"]);
    ensure!(held["violations"].as_u64() >= Some(40), "the policy stopped only {}", held["violations"]);
    mei.browser.goto("about:blank").await?;
    let free = told(&mei, "raw").await?;
    // Most of them wait for somebody's click, or for a browser of long ago.
    ensure!(free["fired"].as_u64() >= Some(8), "of the words only {} run by themselves", free["fired"]);
    Ok(())
}

/// The script that draws before the app does, and what looks at all that it makes of the words.
fn draw_first() -> String {
    let script = include_str!("../../xtask/src/app/first.js").replace("export const draw", "const draw");
    format!("{script}\nreturn lookAtFirst(draw)")
}

/// A request stays below what it is for.
fn is_ours(path: &str) -> bool {
    let Some(rest) = path.strip_prefix("/chat/threads") else {
        let is_file =
            [".txt", ".wasm"].into_iter().any(|kind| path.ends_with(kind)) || path == "/config.json";
        return path.starts_with("/natter/v1/") || (is_file && path.matches('/').count() <= 2);
    };
    let parts: Vec<&str> = rest.split('/').skip(1).collect();
    match parts[..] {
        [] => rest.is_empty(),
        [thread] => !thread.is_empty(),
        [thread, part] => {
            !thread.is_empty() && ["messages", "participants", "readReceipts", "typing"].contains(&part)
        }
        [thread, "messages", message] => !thread.is_empty() && !message.is_empty(),
        _ => false,
    }
}

async fn clean(mei: &Person, place: &str) -> Result<Value> {
    let here = mei.browser.execute("return lookHere()", Vec::new()).await?.json().clone();
    let nothing = json!([]);
    ensure!(
        here["found"] == nothing && here["fired"] == nothing && here["violations"] == nothing,
        "{place}: {here}"
    );
    Ok(here)
}

async fn told(mei: &Person, what: &str) -> Result<Value> {
    let script =
        format!("const done = arguments[0]; {what}().then(done, error => done({{ error: String(error) }}))");
    mei.browser.set_script_timeout(std::time::Duration::from_secs(300)).await?;
    Ok(mei.browser.execute_async(script, Vec::new()).await?.json().clone())
}

fn page_script() -> Result<String> {
    let read = |name: &str| -> Result<String> {
        let path = given(name)?;
        fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))
    };
    let (html, text) = (read("NATTER_E2E_HOSTILE_HTML")?, read("NATTER_E2E_HOSTILE_TEXT")?);
    let cases = "const htmlCases = module.exports.map(({ payload }) => payload).filter(Boolean);";
    let texts = format!("const textCases = {text}.filter(words => words.trim());");
    Ok(format!(
        "(() => {{ const module = {{}}; {html}\n;{cases} {texts}\n{} }})()",
        include_str!("hostile.js")
    ))
}
