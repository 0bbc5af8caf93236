//! Long threads: the app, and the lists of `xtask/bench-pages` in the same browser by the same measures.
//!
//! Each has a browser of its own, all at the same time, and they take turns in each round, so that what else the machine does
//! strikes all of them alike. What is kept is the median of the rounds.

mod page;
mod renderer;

use std::collections::BTreeMap;
use std::env;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{keep, quantile};
use crate::support::browser::Look;
use crate::support::report::tell;
use crate::support::stage::Stage;
use page::{Line, Page, Place, Writer};

/// How many messages there are.
const LENGTHS: [usize; 3] = [1_000, 10_000, 100_000];
/// What does not depend on it is measured at this length: visits, and what is idle.
const ALL_AT: usize = 10_000;
const IDLE: Duration = Duration::from_secs(30);
/// Rows of plain DOM take minutes beyond.
const PLAIN_UP_TO: usize = 10_000;
/// The lists beside the app.
const OTHERS: [&str; 3] = ["plain", "virtual", "virtuoso"];
const ROUNDS: usize = 5;
/// In each round.
const ARRIVALS: usize = 6;
/// The lists are measured in each round, visits over a slow line in so many of them.
const SLOW_ROUNDS: usize = 3;

/// Keys that are typed while messages arrive.
const KEYS: usize = 200;
/// Minutes of scrolling.
const MINUTES: usize = 10;

/// What was measured, by the field that it becomes.
type Figures = BTreeMap<&'static str, Vec<f64>>;

/// To see whether it works: one round, of one length.
fn quick() -> bool {
    env::var_os("NATTER_MEASURE_QUICKLY").is_some()
}

#[tokio::test]
#[ignore = "measures for minutes: cargo xtask bench --only timeline"]
async fn long_threads() {
    Stage::play("long-threads", Look::WIDE, async |stage| {
        let mut figures = Vec::new();
        for messages in LENGTHS.into_iter().filter(|messages| !quick() || *messages == ALL_AT) {
            tell(&format!("{messages} messages"));
            figures.extend(measure(stage, messages).await.with_context(|| format!("{messages} messages"))?);
            // What there is counts if a later one fails.
            keep("timeline", &Value::Array(figures.clone()))?;
        }
        Ok(())
    })
    .await;
}

/// All lists at one length.
async fn measure(stage: &Stage, messages: usize) -> Result<Vec<Value>> {
    let (thread, name) = stage.service.seed(messages).await?;
    let writer = Writer::come(stage).await?;
    let mut lists = vec![(Page::come(stage, Place::Natter { thread, name }).await?, Figures::new())];
    for other in OTHERS.into_iter().filter(|other| *other != "plain" || messages <= PLAIN_UP_TO) {
        lists.push((Page::come(stage, Place::Bench(other)).await?, Figures::new()));
    }
    let rounds = if quick() { 1 } else { ROUNDS };
    if messages == ALL_AT {
        visits(&mut lists, rounds).await?;
    }
    for (page, _) in &lists {
        page.hold(messages).await?;
    }
    tell("held");
    for round in 0..rounds {
        for (page, figures) in &mut lists {
            one_round(page, figures, &writer, round).await?;
        }
        tell(&format!("round {}", round + 1));
    }
    if messages == ALL_AT {
        idle(&mut lists).await?;
    }
    if messages == *LENGTHS.last().expect("there are lengths") || quick() {
        for (page, figures) in lists.iter_mut().filter(|(page, _)| page.is_natter()) {
            page.open().await?;
            figures.insert("keyMs", page.keys(&writer, KEYS).await?);
            page.close().await?;
        }
        tell("keys");
    }
    let mut told = Vec::new();
    for (page, figures) in lists {
        told.push(summary(page.name(), messages, &figures));
        page.leave(stage).await?;
    }
    writer.leave(stage).await?;
    Ok(told)
}

/// First visits, and of the app later ones.
async fn visits(lists: &mut [(Page, Figures)], rounds: usize) -> Result<()> {
    for _ in 0..rounds {
        for (page, figures) in &mut *lists {
            let (painted, first) = page.first_visit(Line::Plain).await?;
            figures.entry("visitPaintedMs").or_default().push(painted);
            figures.entry("visitFirstPaintMs").or_default().push(first);
        }
    }
    for _ in 0..rounds.min(SLOW_ROUNDS) {
        for (page, figures) in &mut *lists {
            let (painted, first) = page.first_visit(Line::Slow).await?;
            figures.entry("slowPaintedMs").or_default().push(painted);
            figures.entry("slowFirstPaintMs").or_default().push(first);
        }
    }
    for (page, figures) in lists.iter_mut().filter(|(page, _)| page.is_natter()) {
        page.be_kept().await?;
        for _ in 0..rounds {
            figures.entry("keptPaintedMs").or_default().push(page.later_visit(Line::Plain).await?.0);
            figures.entry("slowKeptPaintedMs").or_default().push(page.later_visit(Line::Slow).await?.0);
        }
    }
    tell("visits");
    Ok(())
}

async fn one_round(page: &Page, figures: &mut Figures, writer: &Writer, round: usize) -> Result<()> {
    let mut add = |field, figure| figures.entry(field).or_default().push(figure);
    add("openedMs", page.open().await?);
    if round == 0 {
        add("memoryMb", page.memory_mb().await?);
    }
    add("rows", page.rows().await?);
    for number in 0..ARRIVALS {
        let words = format!("And here is arrival number {}.", round * ARRIVALS + number);
        add("arrivalMs", page.arrival(writer, &words).await?);
    }
    let (long_frames, blocked_ms) = page.scroll().await?;
    add("longFrames", long_frames);
    add("blockedMs", blocked_ms);
    page.close().await
}

/// Processor time of the pages while nothing happens, all at once.
async fn idle(lists: &mut [(Page, Figures)]) -> Result<()> {
    let mut before = Vec::new();
    for (page, _) in &*lists {
        page.open().await?;
        let renderer = page.renderer().await?;
        before.push((renderer, renderer.cpu_ms()?));
    }
    tokio::time::sleep(IDLE).await;
    for ((_, figures), (renderer, before)) in lists.iter_mut().zip(before) {
        figures.entry("idleCpuMs").or_default().push(renderer.cpu_ms()? - before);
    }
    for (page, figures) in lists.iter_mut().filter(|(page, _)| page.is_natter()) {
        figures.entry("hiddenCpuMs").or_default().push(page.hidden_cpu_ms(IDLE).await?);
    }
    tell("idle");
    Ok(())
}

#[tokio::test]
#[ignore = "scrolls for ten minutes: cargo xtask bench --only timeline --long"]
async fn ten_minutes_of_scrolling() {
    Stage::play("ten-minutes", Look::WIDE, async |stage| {
        let messages = if quick() { ALL_AT } else { LENGTHS[2] };
        let (thread, name) = stage.service.seed(messages).await?;
        let page = Page::come(stage, Place::Natter { thread, name }).await?;
        page.hold(messages).await?;
        page.open().await?;
        let mut minutes = Vec::new();
        for minute in 0..=MINUTES {
            let begun = Instant::now();
            // Up, and a little less down: each minute has rows of its own, and rows that were there before.
            while minute > 0 && begun.elapsed() < Duration::from_secs(60) {
                page.scroll_by(12_000).await?;
                page.scroll_by(-8_000).await?;
            }
            let (heap_mb, nodes) = page.heap().await?;
            let (private_mb, rows) = (page.renderer().await?.private_mb()?, page.rows().await?);
            tell(&format!("minute {minute}: heap {heap_mb:.1} MB, process {private_mb:.1} MB, {nodes} nodes, {rows} rows"));
            minutes.push(json!({ "heapMb": heap_mb, "privateMb": private_mb, "nodes": nodes, "rows": rows }));
            keep("scrolling", &json!({ "messages": messages, "minutes": minutes }))?;
        }
        page.leave(stage).await
    })
    .await;
}

fn summary(name: &str, messages: usize, figures: &Figures) -> Value {
    let mut told = json!({ "name": name, "messages": messages });
    for (field, figures) in figures {
        if *field == "arrivalMs" {
            told["arrivalP50Ms"] = json!(quantile(figures, 0.5));
            told["arrivalP95Ms"] = json!(quantile(figures, 0.95));
        } else if *field == "keyMs" {
            told["keyP50Ms"] = json!(quantile(figures, 0.5));
            told["keyP95Ms"] = json!(quantile(figures, 0.95));
        } else {
            told[*field] = json!(quantile(figures, 0.5));
        }
    }
    told
}
