//! Long threads: the app, and the lists of `xtask/bench-pages` in the same browser by the same measures.

mod page;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::keep;
use crate::support::browser::Look;
use crate::support::stage::Stage;
use page::{Measured, Place};

/// How many messages there are.
const LENGTHS: [usize; 3] = [1_000, 10_000, 100_000];
/// What is idle is measured at this length, and a slow line at the shortest.
const IDLE_AT: usize = 10_000;
/// Rows of plain DOM take minutes beyond.
const PLAIN_UP_TO: usize = 10_000;

#[tokio::test]
#[ignore = "measures for minutes: cargo xtask bench --only timeline"]
async fn long_threads() {
    Stage::play("long-threads", Look::WIDE, async |stage| {
        let mut figures = Vec::new();
        for messages in LENGTHS {
            let (thread, name) = stage.service.seed(messages).await?;
            let natter = Place::Natter { thread, name };
            let others = ["plain", "virtual", "virtuoso"].map(|name| Place::Bench { name, messages });
            for place in std::iter::once(natter).chain(others) {
                if matches!(place, Place::Bench { name: "plain", .. }) && messages > PLAIN_UP_TO {
                    continue;
                }
                let measured = measure(stage, &place, messages).await;
                figures.push(measured.with_context(|| format!("{} of {messages}", place.name()))?);
                // What there is counts if a later one fails.
                keep("timeline", &Value::Array(figures.clone()))?;
            }
        }
        Ok(())
    })
    .await;
}

/// One list of one length, in a browser of its own.
async fn measure(stage: &Stage, place: &Place, messages: usize) -> Result<Value> {
    let person = stage.person("Somebody").await?;
    let page = Measured::open(&person, place).await?;
    let mut figures = json!({ "name": place.name(), "messages": messages });
    figures["paintedMs"] = json!(page.painted().await?);
    figures["memoryMb"] = json!(page.memory_mb().await?);
    figures["rows"] = json!(page.rows().await?);
    let (p50, p95) = page.arrivals().await?;
    (figures["arrivalP50Ms"], figures["arrivalP95Ms"]) = (json!(p50), json!(p95));
    let (long_frames, blocked_ms) = page.scroll().await?;
    (figures["longFrames"], figures["blockedMs"]) = (json!(long_frames), json!(blocked_ms));
    if messages == IDLE_AT {
        figures["idleCpuMs"] = json!(page.idle_cpu_ms().await?);
    }
    if messages == LENGTHS[0] {
        let (first, painted) = page.slow().await?;
        (figures["slowFirstPaintMs"], figures["slowPaintedMs"]) = (json!(first), json!(painted));
    }
    if matches!(place, Place::Natter { .. }) {
        figures["keptPaintedMs"] = json!(page.kept().await?);
    }
    drop(page);
    stage.leave(person).await?;
    Ok(figures)
}
