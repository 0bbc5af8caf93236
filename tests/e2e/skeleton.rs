//! The page begins with the shape of what will come, and nothing jumps when the app takes over.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::pages::{ConversationPage, SignInPage};
use crate::support::browser::Look;
use crate::support::line::{Fate, Line};
use crate::support::stage::{Person, Stage};
use crate::support::{SOON, until};

/// What the layout may shift in all, from the first paint on (design, "Budgets" of the conversation).
const MOST_SHIFT: f64 = 0.02;

#[tokio::test]
async fn nothing_jumps_when_the_app_takes_over() {
    for look in [Look::WIDE, Look::TABLET, Look::PHONE] {
        Stage::play("skeleton", look, nothing_jumps).await;
    }
}

#[tokio::test]
async fn what_is_asked_first_is_asked_while_the_code_comes() {
    Stage::play("asked-first", Look::WIDE, asked_first).await;
}

async fn asked_first(stage: &Stage) -> Result<()> {
    // Of the thread's messages, and of the list: when they were asked for, before the app asked for its first file, and after. Not known
    // until that file is here, and what the app asks for with it.
    const ASKED: &str = "const asked = performance.getEntriesByType('resource').map(({ name, startTime }) => [name, startTime]);
        const app = asked.find(([name]) => name.endsWith('/config.json'))?.[1];
        if (!(performance.now() > app + 500)) return null;
        return [/\\/messages\\?maxPageSize=50&/, /\\/chat\\/threads\\?/].map(which => {
            const times = asked.filter(([name]) => which.test(name)).map(([, time]) => time);
            return [times.filter(time => time < app).length, times.filter(time => time >= app && time < app + 500).length];
        });";
    let mei = stage.person("Mei").await?;
    let talks = SignInPage::open(&mei).await?.sign_in().await?.start_thread("Line 7 map", &[]).await?;
    talks.send("A stop of the print has the name of another.").await?;
    // As for somebody whose browser has not kept the app.
    mei.browser.cdp().send_raw("Network.enable", json!({})).await?;
    mei.browser.cdp().send_raw("Network.setBypassServiceWorker", json!({ "bypass": true })).await?;
    mei.browser.refresh().await?;
    ConversationPage::see(&mei, "Line 7 map").await?.sees("A stop of the print").await?;
    let asked = until("the app has asked", SOON, async || {
        let asked = mei.browser.execute(ASKED, Vec::new()).await?.json().clone();
        Ok(Some(asked).filter(|asked| !asked.is_null()))
    })
    .await?;
    ensure!(asked == json!([[1, 0], [1, 0]]), "before the app was there, and by the app: {asked}");
    Ok(())
}

#[tokio::test]
async fn what_was_said_is_drawn_before_the_app_as_the_app_draws_it() {
    for look in [Look::WIDE, Look::TABLET, Look::PHONE] {
        Stage::play("said-first", look, said_first).await;
    }
}

async fn said_first(stage: &Stage) -> Result<()> {
    // Of each message that is drawn: how its row looks, where it is and how large, where its words are and how large, whose it is, when
    // and what it says.
    const ROWS: &str = "window.rows = (within) => [...document.querySelectorAll(within + ' .message-row__text')].map(text => {
            const row = text.closest('.message-row'), box = row.getBoundingClientRect(), words = text.getBoundingClientRect();
            const say = css => row.querySelector(css)?.innerText ?? '';
            const numbers = [box.left, box.top, box.width, box.height, words.left, words.width, words.height].map(Math.round);
            return [row.className, ...numbers, say('.message-row__author'), say('.message-row__time'), text.innerText];
        });";
    // The app waits for the test: what is there before it is looked at first.
    const HOLD: &str = "window.appMayStart = new Promise(start => window.startApp = start);
        const real = WebAssembly.instantiateStreaming;
        WebAssembly.instantiateStreaming = async (...code) => { await window.appMayStart; return real.call(WebAssembly, ...code); };";
    let line = Line::to(&stage.service.address).await?;
    let (mei, tomas) = (stage.person_at("Mei", &line.address).await?, stage.person("Tomás").await?);
    let mei_threads = SignInPage::open(&mei).await?.sign_in().await?;
    let tomas_threads = SignInPage::open(&tomas).await?.sign_in().await?;
    let talks = mei_threads.start_thread("Line 7 map", &["Tomás"]).await?;
    let tomas_talks = tomas_threads.open("Line 7 map").await?;
    talks.send("Before all that is looked at.").await?;
    tomas_talks.send("The print is here: 和请的的, and سنراجع وصلت.").await?;
    for words in [
        "🚆👍🏽 ❤️",
        "https://example.org/map is where it was",
        "One of my own, long enough for more than one line: the name of the stop at \
         the station is not the one on the print, and nobody has noticed it for a year.",
    ] {
        talks.send(words).await?;
    }
    for words in ["First of three.", "Second.", "Third, and <b>no</b> HTML."] {
        tomas_talks.send(words).await?;
    }
    talks.sees("Third, and").await?;
    // Midday, wherever that is: a day begins in no row.
    let hour =
        (std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs() / 3_600 % 24) as i64;
    let zone = json!({ "timezoneId": format!("Etc/GMT{:+}", hour - 12) });
    mei.browser.cdp().send_raw("Emulation.setTimezoneOverride", zone).await?;
    for source in [ROWS, HOLD] {
        mei.browser
            .cdp()
            .send_raw("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source }))
            .await?;
    }
    // As for somebody whose browser has not kept the app.
    mei.browser.cdp().send_raw("Network.enable", json!({})).await?;
    mei.browser.cdp().send_raw("Network.setBypassServiceWorker", json!({ "bypass": true })).await?;
    let here = format!("#{}", mei.fragment().await?);
    mei.browser.goto("about:blank").await?;
    let kept = json!({ "origin": mei.address, "storageTypes": "indexeddb" });
    mei.browser.cdp().send_raw("Storage.clearDataForOrigin", kept).await?;
    // What is not read begins a run, and that is known only when it is told who has read what.
    line.rule(|asked| if asked.path.ends_with("/readReceipts") { Fate::HoldReply } else { Fate::Pass });
    mei.go(&here).await?;
    mei.see_with("#skeleton .message-row__text", "Third, and").await?;
    let rows = async |within: &str| {
        let rows = mei.browser.execute("return rows(arguments[0])", vec![json!(within)]).await?;
        rows.json().as_array().cloned().context("rows")
    };
    let first = rows("#skeleton").await?;
    mei.picture("before").await?;
    mei.browser.execute("startApp()", Vec::new()).await?;
    mei.see("li[data-id] .message-row__text").await?;
    until("the app has it", SOON, async || {
        let gone = "return !document.querySelector('#skeleton, .layout--over')";
        Ok(mei.browser.execute(gone, Vec::new()).await?.json().as_bool().filter(|gone| *gone))
    })
    .await?;
    let then = rows("").await?;
    ensure!(
        first.len() >= 6,
        "of the app's {} rows only {} were there before: {first:?}",
        then.len(),
        first.len()
    );
    let same = then.iter().rev().zip(first.iter().rev());
    for (then, first) in same {
        ensure!(then == first, "before:\n{first}\nthe app:\n{then}");
    }
    Ok(())
}

#[tokio::test]
async fn what_nobody_asked_for_comes_after_what_was_opened() {
    Stage::play("comes-after", Look::WIDE, comes_after).await;
}

async fn comes_after(stage: &Stage) -> Result<()> {
    const WATCH: &str = "addEventListener('DOMContentLoaded', () => new MutationObserver(() => {
        if (document.querySelector('.message-row__text')) window.opened ??= performance.now();
    }).observe(document.body, { childList: true, subtree: true }));";
    // When the first message was there, when the file of what comes later was asked for, and when the app began.
    const TIMES: &str = r"const asked = performance.getEntriesByType('resource').map(({ name, startTime }) => [name, startTime]);
        const when = which => asked.find(([name]) => which.test(name))?.[1];
        return [window.opened, when(/\/later-[^/]*\.wasm$/), when(/\/config\.json$/)]";
    let mei = stage.person("Mei").await?;
    let talks = SignInPage::open(&mei).await?.sign_in().await?.start_thread("Line 7 map", &[]).await?;
    talks.send("A stop of the print has the name of another.").await?;
    mei.browser.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await?;
    mei.browser.refresh().await?;
    let times = until("all is there", SOON, async || {
        let times = mei.browser.execute(TIMES, Vec::new()).await?.json().clone();
        Ok(serde_json::from_value::<[f64; 3]>(times).ok())
    })
    .await?;
    let [opened, later, app] = times;
    // Who waits too long for what was opened waits for nothing else.
    ensure!(later > opened || later > app + 900.0, "opened at {opened}, later at {later}, app at {app}");
    mei.see(".details").await?;
    Ok(())
}

/// A banner would move what is below it, for a moment that nobody needs to hear of.
#[tokio::test]
async fn catching_up_is_worth_a_banner_only_when_it_lasts() {
    Stage::play("catching-up", Look::WIDE, catching_up).await;
}

async fn catching_up(stage: &Stage) -> Result<()> {
    // When the page first said at its foot that it catches up, and when above the conversation.
    const WATCH: &str = "addEventListener('DOMContentLoaded', () => new MutationObserver(() => {
        const said = (css) => document.querySelector(css)?.textContent.includes('Catching up');
        if (said('.threads__state')) window.foot ??= performance.now();
        if (said('.banner')) window.banner ??= performance.now();
    }).observe(document.body, { childList: true, subtree: true, characterData: true }));";
    let line = Line::to(&stage.service.address).await?;
    let mei = stage.person_at("Mei", &line.address).await?;
    let talks = SignInPage::open(&mei).await?.sign_in().await?.start_thread("Line 7 map", &[]).await?;
    talks.send("A stop of the print has the name of another.").await?;
    mei.keeps("replies", "A stop of the print").await?;
    mei.browser.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await?;
    line.rule(|asked| if asked.lists() { Fate::HoldReply } else { Fate::Pass });
    mei.browser.refresh().await?;
    ConversationPage::see(&mei, "Line 7 map").await?.sees("A stop of the print").await?;
    mei.see_with(".banner", "Catching up").await?;
    line.no_rule();
    mei.see_with(".threads__state", "Up to date").await?;
    mei.see_no(".banner", "Catching up").await?;
    let waited = mei.browser.execute("return window.banner - window.foot", Vec::new()).await?;
    let waited_ms = waited.json().as_f64().context("both were said")?;
    ensure!(waited_ms >= 900.0, "it was worth a banner after {waited_ms} ms");
    Ok(())
}

async fn nothing_jumps(stage: &Stage) -> Result<()> {
    let (mei, tomas) = (stage.person("Mei").await?, stage.person("Tomás").await?);
    let mei_threads = SignInPage::open(&mei).await?.sign_in().await?;
    SignInPage::open(&tomas).await?.sign_in().await?;
    let talks = mei_threads.start_thread("Line 7 map", &["Tomás"]).await?;
    for number in 1..=12 {
        talks.send(&format!("Stop {number} of the print has the name of another.")).await?;
    }
    // To a conversation, by its address.
    mei.browser.refresh().await?;
    ConversationPage::see(&mei, "Line 7 map").await?.sees("Stop 12 of the print").await?;
    no_shift(&mei, "a conversation").await?;
    // To the list.
    mei.go("#/").await?;
    mei.browser.refresh().await?;
    mei.see_with(".thread-row", "Line 7 map").await?;
    no_shift(&mei, "the list").await
}

/// Adds up what shifted since the page was loaded, but for what somebody did.
async fn no_shift(person: &Person, place: &str) -> Result<()> {
    const SHIFTS: &str = "const [done] = arguments;
        const shifts = [];
        const take = entries => shifts.push(...entries.filter(entry => !entry.hadRecentInput).map(entry =>
            ({ value: entry.value, what: entry.sources.map(source => source.node?.className ?? '?').join(', ') })));
        const observer = new PerformanceObserver(list => take(list.getEntries()));
        observer.observe({ type: 'layout-shift', buffered: true });
        // What is buffered comes in a task of its own, before the next frame is over.
        requestAnimationFrame(() => requestAnimationFrame(() => { take(observer.takeRecords()); done(shifts); }))";
    let answer = person.browser.execute_async(SHIFTS, Vec::new()).await?;
    let shifts = answer.json().as_array().context("a list of shifts")?.clone();
    let sum: f64 = shifts.iter().filter_map(|shift| shift["value"].as_f64()).sum();
    ensure!(sum <= MOST_SHIFT, "{place}: the layout shifted by {sum}: {shifts:?}");
    Ok(())
}
