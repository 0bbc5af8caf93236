//! How much is asked: five tabs ask no more than one, and a machine that wakes up does not rush.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::pages::{ConversationPage, SignInPage};
use crate::support::browser::Look;
use crate::support::line::Line;
use crate::support::report::tell;
use crate::support::stage::{Person, Stage};
use crate::support::{SOON, until};

#[tokio::test]
async fn five_tabs_ask_as_much_as_one() {
    Stage::play("five-tabs", Look::WIDE, five_tabs).await;
}

async fn five_tabs(stage: &Stage) -> Result<()> {
    let line = Line::to(&stage.service.address).await?;
    let (mei, tomas) = (stage.person_at("Mei", &line.address).await?, stage.person("Tomás").await?);
    // Who is told what is new asks seldom.
    line.tells_nothing();
    mei.allow_in_console("404");
    // Four windows that begin at once ask for more than their part of receipts.
    mei.allow_in_console("429");
    let tomas_threads = SignInPage::open(&tomas).await?.sign_in().await?;
    let talks = SignInPage::open(&mei).await?.sign_in().await?.start_thread("Line 7 map", &["Tomás"]).await?;
    let link = format!("#{}", mei.fragment().await?);
    let tomas_talks = tomas_threads.open("Line 7 map").await?;
    tomas_talks.send("To one.").await?;
    talks.sees("To one.").await?;
    let one = lists_a_minute(&line).await?;

    // Windows, so that all of them are looked at: a tab that is not has no reason to ask.
    let mut windows = vec![mei.browser.window().await?];
    for _ in 0..4 {
        windows.push(mei.browser.new_window().await?);
        mei.browser.switch_to_window(windows.last().context("one was opened")?.clone()).await?;
        mei.go(&link).await?;
        ConversationPage::see(&mei, "Line 7 map").await?;
    }
    tomas_talks.send("To five.").await?;
    for window in &windows {
        mei.browser.switch_to_window(window.clone()).await?;
        ConversationPage::see(&mei, "Line 7 map").await?.sees("To five.").await?;
        let visible = mei.browser.execute("return document.visibilityState", Vec::new()).await?;
        ensure!(visible.json() == "visible", "a window is not looked at");
        mei.browser.execute("performance.clearResourceTimings()", Vec::new()).await?;
    }
    let five = lists_a_minute(&line).await?;
    tell(&format!("lists a minute: one tab {one:.1}, five {five:.1}"));
    ensure!(
        (0.9..=1.1).contains(&(five / one)),
        "one tab lists {one:.1} times a minute, five {five:.1} times"
    );

    // The one who asks is gone, and the next one asks.
    let mut asked = Vec::new();
    for window in &windows {
        mei.browser.switch_to_window(window.clone()).await?;
        asked.push(lists_made_here(&mei).await?);
    }
    let most = asked.iter().max().context("there are windows")?;
    let asker = asked.iter().position(|lists| lists == most).context("it is one of them")?;
    tell(&format!("lists by window: {asked:?}"));
    mei.browser.switch_to_window(windows.remove(asker)).await?;
    let before = Instant::now();
    mei.browser.close_window().await?;
    let closed = Instant::now();
    mei.browser.switch_to_window(windows[0].clone()).await?;
    let next = until("somebody asks again", SOON, async || {
        Ok(line.asked(|asked| {
            asked.iter().find(|asked| asked.lists() && asked.at > closed).map(|asked| asked.at)
        }))
    })
    .await?;
    let gap = next - before;
    tell(&format!("the next list after {gap:?}"));
    ensure!(gap <= Duration::from_secs(2), "the next list came after {gap:?}");
    tomas_talks.send("To four.").await?;
    for window in &windows {
        mei.browser.switch_to_window(window.clone()).await?;
        ConversationPage::see(&mei, "Line 7 map").await?.sees("To four.").await?;
    }
    Ok(())
}

/// Counted over the time that forty of them take, right after something happened: later they get rarer.
async fn lists_a_minute(line: &Line) -> Result<f64> {
    const COUNTED: usize = 40;
    line.take_asked();
    let all = until("forty lists", SOON * 4, async || {
        let lists = |asked: &[crate::support::line::Asked]| {
            asked.iter().filter(|asked| asked.lists()).map(|asked| asked.at).collect::<Vec<_>>()
        };
        Ok(Some(line.asked(lists)).filter(|lists| lists.len() > COUNTED))
    })
    .await?;
    let took = all[COUNTED] - all[0];
    Ok(COUNTED as f64 * 60.0 / took.as_secs_f64())
}

/// How often this window listed messages lately.
async fn lists_made_here(person: &Person) -> Result<u64> {
    let script = "return performance.getEntriesByType('resource')
        .filter(({ name }) => new URL(name).pathname.endsWith('/messages')).length";
    person.browser.execute(script, Vec::new()).await?.json().as_u64().context("the page counts")
}

#[tokio::test]
async fn a_machine_that_slept_catches_up_without_a_rush() {
    Stage::play("asleep", Look::WIDE, asleep).await;
}

/// While the page is frozen, its clock goes on by eight hours. It is in the background then, as tabs are that browsers freeze.
const SLEEP: &str = "const now = Date.now.bind(Date);
    let ahead = 0;
    Date.now = () => now() + ahead;
    document.addEventListener('freeze', () => { ahead += 8 * 3600 * 1000; window.slept = true; });";

async fn asleep(stage: &Stage) -> Result<()> {
    const RUSH: Duration = Duration::from_secs(5);
    let line = Line::to(&stage.service.address).await?;
    let (mei, tomas) = (stage.person_at("Mei", &line.address).await?, stage.person("Tomás").await?);
    let tools = mei.browser.cdp();
    tools.send_raw("Page.addScriptToEvaluateOnNewDocument", json!({ "source": SLEEP })).await?;
    let tomas_threads = SignInPage::open(&tomas).await?.sign_in().await?;
    let talks =
        SignInPage::open(&mei).await?.sign_in().await?.start_thread("Night shift", &["Tomás"]).await?;
    talks.send("Good night.").await?;
    let tomas_talks = tomas_threads.open("Night shift").await?;
    tomas_talks.sees("Good night.").await?;
    mei.see(".message-row__seen").await?;

    tools.send_raw("Page.setWebLifecycleState", json!({ "state": "frozen" })).await?;
    mei.allow_in_console("ERR_");
    line.cut();
    for words in ["One o'clock.", "Three o'clock.", "Five o'clock."] {
        tomas_talks.send(words).await?;
    }
    // What the service remembered of a listener is gone after five minutes, and after this.
    tomas.allow_in_console("ERR_");
    stage.service.kill().await?;
    stage.service.start_again().await?;
    line.mend();
    line.take_asked();

    let woken = Instant::now();
    tools.send_raw("Page.setWebLifecycleState", json!({ "state": "active" })).await?;
    let slept = mei.browser.execute("return window.slept === true", Vec::new()).await?;
    ensure!(slept.json().as_bool() == Some(true), "the page was not frozen");
    talks.sees("Five o'clock.").await?;
    until("the first five seconds are over", SOON, async || Ok((woken.elapsed() >= RUSH).then_some(())))
        .await?;
    let rush: Vec<_> = line.take_asked().into_iter().filter(|asked| asked.at - woken <= RUSH).collect();
    ensure!(rush.len() <= 3, "in the first five seconds it asked for {rush:#?}");
    let said = talks.messages().await?;
    ensure!(said == ["Good night.", "One o'clock.", "Three o'clock.", "Five o'clock."], "{said:?}");
    Ok(())
}
