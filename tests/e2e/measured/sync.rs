//! How soon a message is seen by the other person: two browsers, one service, a thread in which both write.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

use super::{keep, quantile};
use crate::pages::SignInPage;
use crate::support::browser::Look;
use crate::support::dice::Dice;
use crate::support::line::Line;
use crate::support::stage::{Person, Stage};
use crate::support::{SOON, until};

/// So many messages for each figure.
const MESSAGES: usize = 40;

/// Notes when words of another are painted, by the clock of the machine.
const WATCH: &str = "const seen = window.seen = {};
    const look = () => {
        for (const text of document.querySelectorAll('.message-row__text')) {
            const words = text.textContent;
            if (!(words in seen)) {
                seen[words] = null;
                requestAnimationFrame(() => {
                    const { port1, port2 } = new MessageChannel();
                    port1.onmessage = () => seen[words] = Date.now();
                    port2.postMessage(null);
                });
            }
        }
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });";

/// Writes and presses Enter; gives when.
const SEND: &str = "const [words] = arguments;
    const field = document.querySelector('.composer__input');
    field.focus();
    document.execCommand('insertText', false, words);
    const at = Date.now();
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
    return at";

#[tokio::test]
#[ignore = "measures for minutes: cargo xtask bench --only sync"]
async fn from_send_to_visible() {
    Stage::play("send-to-visible", Look::WIDE, async |stage| {
        keep("polling", &measure(stage, false).await?)?;
        keep("push", &measure(stage, true).await?)
    })
    .await;
}

async fn measure(stage: &Stage, push: bool) -> Result<serde_json::Value> {
    let line = Line::to(&stage.service.address).await?;
    if !push {
        line.tells_nothing();
    }
    let topic = if push { "With push" } else { "By polling" };
    let (mei, tomas) =
        (stage.person_at("Mei", &line.address).await?, stage.person_at("Tomás", &line.address).await?);
    mei.allow_in_console("404");
    tomas.allow_in_console("404");
    let tomas_threads = SignInPage::open(&tomas).await?.sign_in().await?;
    SignInPage::open(&mei).await?.sign_in().await?.start_thread(topic, &["Tomás"]).await?;
    tomas_threads.open(topic).await?;
    for person in [&mei, &tomas] {
        person.browser.execute(WATCH, Vec::new()).await?;
    }
    let (mut dice, mut took) = (Dice::new(), Vec::new());
    for number in 1..=MESSAGES {
        let (from, to) = if number % 2 == 0 { (&mei, &tomas) } else { (&tomas, &mei) };
        took.push(seen_after(from, to, &format!("{topic}, {number}.")).await?);
        // At no fixed moment of the other's round, and within the 30 a minute of a thread.
        tokio::time::sleep(Duration::from_millis(1_600 + dice.below(1_400) as u64)).await;
    }
    Ok(json!({ "messages": MESSAGES, "medianMs": quantile(&took, 0.5), "p95Ms": quantile(&took, 0.95) }))
}

/// Milliseconds from Enter at one person to paint at the other.
async fn seen_after(from: &Person, to: &Person, words: &str) -> Result<f64> {
    let sent = from.browser.execute(SEND, vec![json!(words)]).await?;
    let sent = sent.json().as_f64().context("the page tells the time")?;
    let seen = until(&format!("{words:?} is seen"), SOON, async || {
        let seen = to.browser.execute("return window.seen[arguments[0]]", vec![json!(words)]).await?;
        Ok(seen.json().as_f64())
    })
    .await?;
    Ok(seen - sent)
}
