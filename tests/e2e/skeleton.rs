//! The page begins with the shape of what will come, and nothing jumps when the app takes over.

use anyhow::{Context, Result, ensure};

use crate::pages::{ConversationPage, SignInPage};
use crate::support::browser::Look;
use crate::support::stage::{Person, Stage};

/// What the layout may shift in all, from the first paint on (design, "Budgets" of the conversation).
const MOST_SHIFT: f64 = 0.02;

#[tokio::test]
async fn nothing_jumps_when_the_app_takes_over() {
    for look in [Look::WIDE, Look::TABLET, Look::PHONE] {
        Stage::play("skeleton", look, nothing_jumps).await;
    }
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
