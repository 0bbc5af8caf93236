//! The app's own files: there without a network, of one version at a time, and followed by the next when somebody asks for it.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::pages::{ConversationPage, SignInPage, ThreadsPage};
use crate::support::browser::Look;
use crate::support::process::FileHost;
use crate::support::stage::{Person, Stage};
use crate::support::{SOON, until};

/// The notice of a new version.
const NOTICE: &str = ".layout__notice .banner";

#[tokio::test]
async fn a_cold_start_needs_no_network() {
    Stage::play("offline", Look::WIDE, cold_start).await;
}

async fn cold_start(stage: &Stage) -> Result<()> {
    let mei = stage.person("Mei").await?;
    let talks = SignInPage::open(&mei).await?.sign_in().await?.start_thread("On a train", &["Tomás"]).await?;
    talks.send("Said before the tunnel.").await?;
    let link = format!("#{}", mei.fragment().await?);
    mei.keeps("replies", "Said before the tunnel.").await?;
    served(&mei).await?;
    // A version that is woken again and again does not make room for the next one (sw.js).
    until("what the service is asked wakes no script", SOON, async || {
        let script = "return performance.getEntriesByType('resource')
            .filter(entry => entry.name.includes('/chat/threads?')).at(-1)?.workerFinalSourceType";
        let source = mei.browser.execute(script, Vec::new()).await?;
        Ok((source.json() == "network").then_some(()))
    })
    .await?;

    mei.allow_in_console("ERR_CONNECTION");
    mei.allow_in_console("ERR_INCOMPLETE_CHUNKED_ENCODING"); // the stream of what happens
    stage.service.kill().await?;
    let mei = stage.person_again(mei).await?;

    // By its address, from the list.
    mei.go("").await?;
    let talks = ThreadsPage::see(&mei).await?.open("On a train").await?;
    talks.sees("Said before the tunnel.").await?;
    mei.see_with(".banner", "You are offline.").await?;
    mei.inspect("cold-start").await?;

    // By a link into it.
    mei.go("#/").await?;
    mei.browser.goto("about:blank").await?;
    mei.go(&link).await?;
    let talks = ConversationPage::see(&mei, "On a train").await?;
    talks.sees("Said before the tunnel.").await?;
    talks.write("Written in the tunnel.").await?;
    mei.see_with(".message-row--waiting", "Written in the tunnel.").await?;

    stage.service.start_again().await?;
    mei.see_no(".message-row--waiting, .message-row--sending, .message-row--failed", "").await?;
    mei.see_no(".banner", "").await?;
    mei.browser.refresh().await?;
    let talks = ConversationPage::see(&mei, "On a train").await?;
    talks.sees("Written in the tunnel.").await?;
    let said = talks.messages().await?;
    ensure!(said == ["Said before the tunnel.", "Written in the tunnel."], "{said:?}");
    Ok(())
}

#[tokio::test]
async fn a_thread_begun_without_a_network_is_there_afterwards() {
    for look in [Look::WIDE, Look::PHONE_DARK] {
        Stage::play("begun-offline", look, begun_offline).await;
    }
}

async fn begun_offline(stage: &Stage) -> Result<()> {
    let mei = stage.person("Mei").await?;
    let threads = SignInPage::open(&mei).await?.sign_in().await?;
    served(&mei).await?;
    mei.allow_in_console("ERR_CONNECTION");
    mei.allow_in_console("ERR_INCOMPLETE_CHUNKED_ENCODING"); // the stream of what happens
    stage.service.kill().await?;

    let talks = threads.start_thread("On a plane", &["Tomás"]).await?;
    talks.write("Above the clouds.").await?;
    mei.see_with(".timeline__change", "Create this thread with Tomás").await?;
    mei.see_with(".message-row--waiting", "Above the clouds.").await?;
    mei.inspect("waiting").await?;
    // It can be given up, and is not.
    mei.press(".timeline__change", "Discard").await?;
    mei.see_with(".dialog", "Give up this thread?").await?;
    mei.inspect("give-up").await?;
    mei.press(".dialog__foot", "Cancel").await?;
    mei.see_no(".dialog", "").await?;
    mei.browser.refresh().await?;
    let talks = ConversationPage::see(&mei, "On a plane").await?;
    mei.see_with(".message-row--waiting", "Above the clouds.").await?;
    talks.paste("And then").await?;

    stage.service.start_again().await?;
    mei.see_no(".message-row--waiting, .message-row--sending, .timeline__change", "").await?;
    let talks = ConversationPage::see(&mei, "On a plane").await?;
    ensure!(talks.written().await? == "And then", "what was begun came along");
    let here = mei.fragment().await?;
    ensure!(!here.contains("new"), "the address is that of a thread which others can open: {here}");
    talks.press_enter().await?;
    talks.sees("And then").await?;
    let tomas = stage.person("Tomás").await?;
    let talks = SignInPage::open(&tomas).await?.sign_in().await?.open("On a plane").await?;
    talks.sees("And then").await?;
    ensure!(talks.messages().await? == ["Above the clouds.", "And then"], "everything, once, in order");
    Ok(())
}

#[tokio::test]
async fn a_new_version_waits_to_be_asked_for() {
    for look in [Look::WIDE, Look::WIDE_DARK, Look::PHONE, Look::PHONE_DARK, Look::CHINESE] {
        Stage::play("update", look, update).await;
    }
}

async fn update(stage: &Stage) -> Result<()> {
    const HALF: &str = "half a senten";
    let host = FileHost::start("team/chat", &stage.service.address).await?;
    let mei = stage.person_at("Mei", &host.address).await?;
    SignInPage::open(&mei).await?.sign_in().await?;
    // In words that every language shows alike.
    mei.click(".threads__head button").await?;
    mei.fill("#topic", "Print run").await?;
    mei.click(".dialog__foot .button--primary").await?;
    mei.see_no(".dialog", "").await?;
    let talks = ConversationPage::see(&mei, "Print run").await?;
    served(&mei).await?;
    ensure!(of_version(&mei).await? == "first", "nothing was put up yet but the first version");

    // Half of a version is none.
    host.put("NATTER_E2E_NEXT_DIST")?;
    host.remove("languages/zh-Hant.txt")?;
    ensure!(look_for_update(&mei).await? == "redundant", "a version that lacks a file is not installed");
    ensure!(versions(&mei).await? == 1, "nothing of it stays");
    mei.see_no(NOTICE, "").await?;

    // A whole one is announced, and nothing else.
    host.put("NATTER_E2E_NEXT_DIST")?;
    mei.browser.execute("window.untouched = true", Vec::new()).await?;
    ensure!(look_for_update(&mei).await? == "installed", "a whole version waits");
    mei.see(NOTICE).await?;
    let untouched = mei.browser.execute("return window.untouched === true", Vec::new()).await?;
    ensure!(untouched.json().as_bool() == Some(true), "the page was loaded again without being asked to");
    mei.inspect("ready").await?;
    let other = mei.browser.new_tab().await?;
    let first = mei.browser.window().await?;
    mei.browser.switch_to_window(other.clone()).await?;
    mei.go("").await?;
    ThreadsPage::see(&mei).await?;
    ensure!(of_version(&mei).await? == "first", "all pages are of one version");
    mei.see(NOTICE).await?;
    mei.browser.switch_to_window(first.clone()).await?;

    // Asked for, it is there in both, with what was being written.
    talks.paste(HALF).await?;
    mei.click(".layout__notice button").await?;
    for tab in [other, first] {
        mei.browser.switch_to_window(tab).await?;
        until("the page is of the next version", SOON, async || {
            Ok((of_version(&mei).await? == "next").then_some(()))
        })
        .await?;
        mei.see(".layout").await?;
        mei.see_no(NOTICE, "").await?;
    }
    ensure!(versions(&mei).await? == 1, "the files of the first version are gone");
    ConversationPage::see(&mei, "Print run").await?;
    until("the draft is back", SOON, async || {
        let value = mei.see(".composer__input").await?.prop("value").await?;
        Ok((value.as_deref() == Some(HALF)).then_some(()))
    })
    .await
}

#[tokio::test]
async fn a_page_that_was_the_last_makes_room_for_the_new_version() {
    Stage::play("next-start", Look::WIDE, next_start).await;
}

async fn next_start(stage: &Stage) -> Result<()> {
    let host = FileHost::start("chat", &stage.service.address).await?;
    let mei = stage.person_at("Mei", &host.address).await?;
    SignInPage::open(&mei).await?.sign_in().await?;
    served(&mei).await?;
    host.put("NATTER_E2E_NEXT_DIST")?;
    ensure!(look_for_update(&mei).await? == "installed", "a whole version waits");
    mei.browser.refresh().await?;
    mei.see(NOTICE).await?;
    ensure!(of_version(&mei).await? == "first", "a page that is loaded again is still there");
    let mei = stage.person_again(mei).await?;
    mei.go("").await?;
    ThreadsPage::see(&mei).await?;
    ensure!(of_version(&mei).await? == "next", "nothing of the first version was open any more");
    mei.see_no(NOTICE, "").await
}

#[tokio::test]
async fn a_host_without_https_is_served_as_ever() {
    Stage::play("insecure", Look::WIDE, insecure).await;
}

async fn insecure(stage: &Stage) -> Result<()> {
    let host = FileHost::start("chat", &stage.service.address).await?;
    let mei = stage.person_at("Mei", &host.address).await?;
    let talks = SignInPage::open(&mei).await?.sign_in().await?.start_thread("Plain", &["Tomás"]).await?;
    talks.send("In the open.").await?;
    let kept = mei.browser.execute("return localStorage.getItem('natter.session')", Vec::new()).await?;
    // By name nobody signs in from there.
    mei.browser.goto(host.address.replace("127.0.0.1", "natter.test")).await?;
    mei.see(".sign-in__form").await?;
    let keep = "localStorage.setItem('natter.session', arguments[0])";
    mei.browser.execute(keep, vec![kept.json().clone()]).await?;
    let workers = mei.browser.execute("return 'serviceWorker' in navigator", Vec::new()).await?;
    ensure!(workers.json().as_bool() == Some(false), "this host is not one without");
    mei.browser.refresh().await?;
    let talks = ThreadsPage::see(&mei).await?.open("Plain").await?;
    talks.send("In the open still.").await?;
    // What registers the script has come with this panel.
    talks.details().await.map(drop)
}

#[tokio::test]
async fn the_configuration_is_asked_for_each_time_and_a_lost_cache_is_no_loss() {
    Stage::play("configuration", Look::WIDE, configuration).await;
}

async fn configuration(stage: &Stage) -> Result<()> {
    let host = FileHost::start("chat", &stage.service.address).await?;
    let mei = stage.person_at("Mei", &host.address).await?;
    SignInPage::open(&mei).await?.sign_in().await?;
    served(&mei).await?;

    let newer =
        format!(r#"{{"endpoint": "{}", "signInByName": true, "note": "newer"}}"#, stage.service.address);
    host.configure(&newer)?;
    ensure!(configured(&mei).await? == newer, "a change is not seen");
    host.configure("not what it should be")?;
    ensure!(configured(&mei).await? == newer, "what is broken counts");

    // The browser has thrown everything away that it may.
    let throw_away = "const done = arguments[0];
        caches.keys().then(names => Promise.all(names.map(name => caches.delete(name)))).then(() => done(true))";
    host.configure(&newer)?;
    mei.browser.execute_async(throw_away, Vec::new()).await?;
    mei.browser.refresh().await?;
    ThreadsPage::see(&mei).await?;

    drop(host);
    ensure!(configured(&mei).await? == newer, "without an answer the last good one counts");
    Ok(())
}

/// Waits until the page has its files from where they are kept.
pub(crate) async fn served(person: &Person) -> Result<()> {
    until("the page is served without a network", SOON, async || {
        let there =
            person.browser.execute("return navigator.serviceWorker.controller?.state", Vec::new()).await?;
        Ok((there.json() == "activated").then_some(()))
    })
    .await
}

/// Looks for a newer version as the page does every hour, and waits for what becomes of it.
async fn look_for_update(person: &Person) -> Result<String> {
    const LOOK: &str = "const done = arguments[0];
        (async () => {
            const registration = await navigator.serviceWorker.ready;
            await registration.update();
            const newest = registration.installing ?? registration.waiting;
            if (newest.state !== 'installing') return newest.state;
            return new Promise(say => newest.addEventListener('statechange', () => say(newest.state)));
        })().then(done, error => done(String(error)))";
    let state = person.browser.execute_async(LOOK, Vec::new()).await?;
    state.json().as_str().map(str::to_owned).context("the browser does not say")
}

/// Which build a page is of.
async fn of_version(person: &Person) -> Result<String> {
    let script = "return document.querySelector('meta[name=next]') ? 'next' : 'first'";
    let version = person.browser.execute(script, Vec::new()).await?;
    version.json().as_str().map(str::to_owned).context("the page does not say")
}

/// How many versions the browser keeps.
async fn versions(person: &Person) -> Result<u64> {
    let script = "const done = arguments[0];
        caches.keys().then(names => done(names.filter(name => !name.endsWith(' config')).length))";
    person
        .browser
        .execute_async(script, Vec::new())
        .await?
        .json()
        .as_u64()
        .context("the browser does not say")
}

/// What the app gets for its configuration.
async fn configured(person: &Person) -> Result<String> {
    let script = "const done = arguments[0];
        fetch('config.json', { cache: 'no-store' }).then(reply => reply.text()).then(done, error => done(String(error)))";
    match person.browser.execute_async(script, Vec::new()).await?.json() {
        Value::String(text) => Ok(text.clone()),
        other => anyhow::bail!("the browser says {other}"),
    }
}
