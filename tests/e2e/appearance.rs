//! Every way in which people have screens drawn: six appearances, four times as large, without motion; and targets for fingers.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::pages::SignInPage;
use crate::support::browser::Look;
use crate::support::stage::{Person, Stage};
use crate::support::{SOON, until};

/// Name, scheme, contrast, forced colours.
const APPEARANCES: [(&str, &str, &str, &str); 6] = [
    ("light", "light", "no-preference", "none"),
    ("dark", "dark", "no-preference", "none"),
    ("contrast-light", "light", "more", "none"),
    ("contrast-dark", "dark", "more", "none"),
    ("forced-light", "light", "no-preference", "active"),
    ("forced-dark", "dark", "no-preference", "active"),
];

/// What can be seen and is wider than the page, or cut off by its edge. Code scrolls by itself.
const TOO_WIDE: &str = "const room = document.documentElement.clientWidth;
    const found = [...document.querySelectorAll('body *')].filter(element => {
        if (!element.checkVisibility() || element.closest('pre, .visually-hidden, svg, [popover]')) return false;
        const { left, right, width } = element.getBoundingClientRect();
        return width > 1 && (right > room + 1 || left < -1);
    }).map(element => `${element.tagName}.${element.className}`);
    if (document.scrollingElement.scrollWidth > room) found.push(`page: ${document.scrollingElement.scrollWidth}`);
    return found";

/// Controls that are too small to hit (WCAG 2.5.8): 24 px, but for links within a sentence.
const TOO_SMALL: &str = "return [...document.querySelectorAll('button, a, input, textarea, select, [role=menuitem]')]
    .filter(control => control.checkVisibility({ opacityProperty: true }) && !control.closest('.message-row__text, p'))
    .map(control => [control, control.getBoundingClientRect()])
    .filter(([, { width, height }]) => width > 0 && (width < 23.5 || height < 23.5))
    .map(([control, { width, height }]) => `${control.tagName}.${control.className} ${width}x${height}`)";

/// What moves, or is about to, for longer than nobody notices.
const MOVING: &str = "return document.getAnimations()
    .filter(animation => animation.effect.getComputedTiming().endTime > 1)
    .map(({ effect }) => effect.target.className)";

#[tokio::test]
async fn all_is_legible_in_every_appearance() {
    Stage::play("appearance", Look::WIDE, async |stage| {
        let mei = a_conversation(stage).await?;
        for (name, scheme, contrast, forced) in APPEARANCES {
            appear(&mei, scheme, contrast, forced).await?;
            mei.inspect(&format!("conversation-{name}")).await?;
            mei.press("", "Settings").await?;
            mei.see("dialog[open]").await?;
            mei.inspect(&format!("settings-{name}")).await?;
            mei.browser.active_element().await?.send_keys(Key::Escape).await?;
            mei.see_no("dialog[open]", "").await?;
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn nothing_is_cut_off_at_four_times_the_size() {
    Stage::play("reflow", Look::WIDE, async |stage| {
        // 1280 by 1024 at 400 % is 320 by 256.
        let mei = stage.person("Mei").await?;
        let small = json!({ "width": 320, "height": 256, "deviceScaleFactor": 4, "mobile": false });
        mei.browser.cdp().send_raw("Emulation.setDeviceMetricsOverride", small).await?;
        let sign_in = SignInPage::open(&mei).await?;
        fits(&mei, "sign-in").await?;
        let threads = sign_in.sign_in().await?;
        fits(&mei, "empty").await?;
        let talk = threads.start_thread("A topic that is longer than such a screen is wide", &[]).await?;
        talk.send("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft").await?;
        talk.send(
            "https://example.com/a/link/that/does/not/end/anywhere/near/the/edge/of/this/screen?at=all",
        )
        .await?;
        talk.send("海心沙公园的旧路线图上有两个同名的车站，我们下周一再讨论一次。").await?;
        talk.write("/important Donaudampfschifffahrtselektrizitätenhauptbetriebswerk").await?;
        talk.write("/important").await?;
        mei.see(".composer__context").await?;
        fits(&mei, "conversation").await?;
        let details = talk.details().await?;
        fits(&mei, "details").await?;
        details.close().await
    })
    .await;
}

#[tokio::test]
async fn nothing_moves_for_those_who_do_not_want_it() {
    Stage::play("motion", Look::WIDE, async |stage| {
        let mei = a_conversation(stage).await?;
        let still = json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] });
        mei.browser.cdp().send_raw("Emulation.setEmulatedMedia", still).await?;
        mei.press("", "Settings").await?;
        mei.see("dialog[open]").await?;
        let moving = list(&mei, MOVING).await?;
        ensure!(moving.is_empty(), "these move: {moving:?}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn every_control_is_large_enough() {
    for look in [Look::WIDE, Look::PHONE] {
        Stage::play("targets", look, async |stage| {
            let mei = a_conversation(stage).await?;
            let small = list(&mei, TOO_SMALL).await?;
            ensure!(small.is_empty(), "too small: {small:#?}");
            Ok(())
        })
        .await;
    }
}

async fn a_conversation(stage: &Stage) -> Result<std::rc::Rc<Person>> {
    let mei = stage.person("Mei").await?;
    let threads = SignInPage::open(&mei).await?.sign_in().await?;
    let talk = threads.start_thread("Line 7 map", &[]).await?;
    for (written, seen) in [
        ("Two stops have **the same** name.", "the same"),
        ("See https://example.com/map and `map.svg`", "map.svg"),
        ("> Who prints it?", "Who prints it?"),
        ("/important Before Friday", "Before Friday"),
        ("هل يمكننا اللقاء؟", "اللقاء"),
    ] {
        talk.write(written).await?;
        talk.sees(seen).await?;
    }
    talk.edit_last("هل يمكننا اللقاء غدا؟").await?;
    talk.write("/important").await?;
    mei.see(".composer__context").await?;
    // The button takes its colour within a moment.
    until("nothing moves any more", SOON, async || Ok(list(&mei, MOVING).await?.is_empty().then_some(())))
        .await?;
    Ok(mei)
}

async fn appear(person: &Person, scheme: &str, contrast: &str, forced: &str) -> Result<()> {
    let feature = |name: &str, value: &str| json!({ "name": name, "value": value });
    let features = json!({ "features": [
        feature("prefers-color-scheme", scheme),
        feature("prefers-contrast", contrast),
        feature("forced-colors", forced),
    ] });
    person.browser.cdp().send_raw("Emulation.setEmulatedMedia", features).await?;
    // Colours change within a moment.
    until("nothing moves any more", SOON, async || Ok(list(person, MOVING).await?.is_empty().then_some(())))
        .await
}

async fn fits(person: &Person, place: &str) -> Result<()> {
    person.inspect(place).await?;
    let wide = list(person, TOO_WIDE).await?;
    ensure!(wide.is_empty(), "{place}: {wide:#?}");
    Ok(())
}

async fn list(person: &Person, script: &str) -> Result<Vec<Value>> {
    Ok(person.browser.execute(script, Vec::new()).await?.json().as_array().cloned().unwrap_or_default())
}
