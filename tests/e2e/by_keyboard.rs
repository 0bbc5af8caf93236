//! The main job without a mouse, and what a screen reader is told: how many stops there are, and each message once.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::pages::{ConversationPage, SignInPage};
use crate::support::browser::Look;
use crate::support::stage::{Person, Stage};
use crate::support::{SOON, until};

/// Nobody presses Tab more often than this to get somewhere.
const PATIENCE: usize = 40;

#[tokio::test]
async fn the_main_job_needs_no_mouse() {
    Stage::play("by-keyboard", Look::WIDE, main_job).await;
}

async fn main_job(stage: &Stage) -> Result<()> {
    let (mei, tomas) = (stage.person("Mei").await?, stage.person("Tomás").await?);
    for person in [&mei, &tomas] {
        SignInPage::open(person).await?;
        keys(person, person.name).await?;
        keys(person, Key::Enter).await?;
        person.see(".threads__list").await?;
    }

    // A thread.
    keys(&mei, "n").await?;
    mei.see("#topic").await?;
    keys(&mei, "By keys alone").await?;
    reach(&mei, "Who").await?;
    keys(&mei, "Tomás").await?;
    keys(&mei, Key::Enter).await?;
    mei.see_with(".dialog__chip", "Tomás").await?;
    press(&mei, "Start the thread").await?;
    let mei_talks = ConversationPage::see(&mei, "By keys alone").await?;

    // A word each way.
    reach(&mei, "Message ").await?;
    keys(&mei, "Can you reach this?").await?;
    keys(&mei, Key::Enter).await?;
    mei_talks.sees("Can you reach this?").await?;
    tomas.see_with(".thread-row", "By keys alone").await?;
    keys(&tomas, Key::Alt + Key::Down).await?;
    let tomas_talks = ConversationPage::see(&tomas, "By keys alone").await?;
    tomas_talks.sees("Can you reach this?").await?;
    reach(&tomas, "Message ").await?;
    keys(&tomas, "I can.").await?;
    keys(&tomas, Key::Enter).await?;
    mei_talks.sees("I can.").await?;
    mei_talks.sees_receipt("Tomás").await?;

    // Second thoughts: the last one by Up, an earlier one in the timeline.
    keys(&mei, "Ony a test").await?;
    keys(&mei, Key::Enter).await?;
    tomas_talks.sees("Ony a test").await?;
    keys(&mei, Key::Up).await?;
    mei.see(".composer__context").await?;
    keys(&mei, Key::Control + "a").await?;
    keys(&mei, "Only a test").await?;
    keys(&mei, Key::Enter).await?;
    tomas_talks.sees("Only a test").await?;
    back_to(&mei, "You").await?;
    keys(&mei, Key::Home).await?;
    focused_on(&mei, "Can you reach this?").await?;
    keys(&mei, Key::Down).await?;
    focused_on(&mei, "I can.").await?;
    keys(&mei, "r").await?;
    mei.see_with(".composer__context", "Tomás").await?;
    keys(&mei, "So you can").await?;
    keys(&mei, Key::Enter).await?;
    tomas.see_with(".message-row__text blockquote", "I can.").await?;
    back_to(&mei, "You").await?;
    keys(&mei, Key::Up).await?;
    focused_on(&mei, "Only a test").await?;
    keys(&mei, Key::Delete).await?;
    mei.see(".dialog").await?;
    press(&mei, "Delete").await?;
    tomas_talks.sees_no("Only a test").await?;

    // Another topic, another person, and out.
    mei.see_no(".dialog", "").await?;
    press(&mei, "Change the topic").await?;
    mei.see(".dialog .field__input").await?;
    keys(&mei, Key::Control + "a").await?;
    keys(&mei, "Keys").await?;
    keys(&mei, Key::Enter).await?;
    ConversationPage::see(&tomas, "Keys").await?;
    mei.see_no(".dialog", "").await?;
    press(&mei, "Add people").await?;
    mei.see("#who").await?;
    reach(&mei, "Who").await?;
    keys(&mei, "Aiko").await?;
    keys(&mei, Key::Enter).await?;
    mei.see_with(".dialog__chip", "Aiko").await?;
    press(&mei, "Add").await?;
    mei.see_with(".details__name", "Aiko").await?;
    mei.see_no(".dialog", "").await?;
    tomas.allow_in_console("403"); // his page may ask once more before it knows
    press(&tomas, "Leave thread").await?;
    tomas.see(".dialog").await?;
    press(&tomas, "Leave").await?;
    mei_talks.sees_note("Tomás").await?;
    keys(&mei, "?").await?;
    mei.see_with(".dialog", "Ctrl").await?;
    keys(&mei, Key::Escape).await?;
    mei.see_no(".dialog", "").await?;
    press(&mei, "Settings").await?;
    mei.see(".dialog").await?;
    press(&mei, "Sign out").await?;
    mei.see(".sign-in__form").await.map(drop)
}

#[tokio::test]
async fn a_conversation_is_a_few_stops_and_each_message_is_said_once() {
    Stage::play("stops", Look::WIDE, stops).await;
}

async fn stops(stage: &Stage) -> Result<()> {
    let (mei, tomas) = (stage.person("Mei").await?, stage.person("Tomás").await?);
    let mei_threads = SignInPage::open(&mei).await?.sign_in().await?;
    let tomas_threads = SignInPage::open(&tomas).await?.sign_in().await?;
    let mei_talks = mei_threads.start_thread("Stops", &["Tomás"]).await?;
    let tomas_talks = tomas_threads.open("Stops").await?;
    mei_talks.send("See https://example.org/a and https://example.org/b").await?;
    tomas_talks.sees("example.org/b").await?;

    // Whatever is said aloud from here on.
    mei.browser.execute(HEAR, Vec::new()).await?;
    let said: Vec<String> =
        (1..=12).map(|number| format!("Number {number} of twelve, https://example.org/{number}")).collect();
    tomas_talks.write_all(&said).await?;
    mei_talks.sees("Number 12 of twelve").await?;
    mei_talks.send("All twelve.").await?;
    let expected: Vec<String> = said.iter().map(|words| format!("Tomás, {words}")).collect();
    let what = "all of it is said aloud";
    until(what, SOON, async || {
        let heard = heard(&mei).await?;
        Ok(expected.iter().all(|words| heard.contains(words)).then_some(()))
    })
    .await?;
    // An edit changes a row, and is no message.
    tomas_talks.edit_last("Number 12 of 12").await?;
    mei_talks.sees("Number 12 of 12").await?;
    ensure!(heard(&mei).await? == expected, "what is said aloud: {:?}", heard(&mei).await?);

    // What may speak is known to the accessibility tree: messages, notices, and no more.
    let live: Vec<String> = nodes(&mei).await?.iter().filter(|node| speaks(node)).map(role).collect();
    ensure!(
        live.iter().all(|role| ["log", "status", "alert"].contains(&role.as_str())),
        "{live:?} may speak"
    );
    ensure!(live.iter().filter(|role| *role == "log").count() == 1, "{live:?} may speak");

    // From the field backwards: the timeline is one stop, however many rows and links there are.
    mei.see(".composer__input").await?.click().await?;
    let mut in_timeline = Vec::new();
    for _ in 0..PATIENCE {
        keys(&mei, Key::Shift + Key::Tab).await?;
        if within(&mei, ".timeline__scroller").await? {
            in_timeline.push(focused(&mei).await?);
        } else if !in_timeline.is_empty() {
            break;
        }
    }
    ensure!(in_timeline.len() == 1, "the timeline has {} stops: {in_timeline:?}", in_timeline.len());

    // The links of a row are there for whoever is in the row.
    back_to(&mei, "You").await?;
    keys(&mei, Key::Home).await?;
    focused_on(&mei, "https://example.org/a").await?;
    for link in ["https://example.org/a", "https://example.org/b"] {
        keys(&mei, Key::Tab).await?;
        ensure!(focused(&mei).await? == ("link".to_owned(), link.to_owned()), "Tab does not lead to {link}");
    }

    // And all in all, from the beginning of the page to its end.
    mei.browser.execute("document.activeElement.blur()", Vec::new()).await?;
    let mut all = Vec::new();
    for _ in 0..PATIENCE {
        keys(&mei, Key::Tab).await?;
        if within(&mei, "body *").await? {
            let stop = focused(&mei).await?;
            ensure!(!stop.1.is_empty(), "a stop without a name: {stop:?} after {all:?}");
            // Round, where the browser has nothing to go on to.
            if all.first() == Some(&stop) {
                break;
            }
            all.push(stop);
        } else if !all.is_empty() {
            break;
        }
    }
    ensure!((8..=24).contains(&all.len()), "{} stops: {all:?}", all.len());
    let threads = all.iter().filter(|(_, name)| name.contains("Stops")).count();
    ensure!(threads >= 1, "the thread is no stop: {all:?}");
    Ok(())
}

/// Notes every word that a live region is given.
pub(super) const HEAR: &str = "window.heard = [];
    const live = '[aria-live=polite], [aria-live=assertive], [role=alert], [role=log]:not([aria-live=off])';
    new MutationObserver(changes => {
        const regions = new Set(changes.map(({ target }) =>
            (target.closest ? target : target.parentElement)?.closest(live)).filter(Boolean));
        for (const region of regions) window.heard.push(...region.textContent.trim().split('\\n').filter(Boolean));
    }).observe(document.body, { childList: true, characterData: true, subtree: true });";

pub(super) async fn heard(person: &Person) -> Result<Vec<String>> {
    let heard = person.browser.execute("return window.heard", Vec::new()).await?;
    let heard = heard.json().as_array().context("nobody listens")?;
    Ok(heard.iter().filter_map(|words| words.as_str().map(str::to_owned)).collect())
}

/// Presses keys, wherever the focus is.
pub(super) async fn keys(person: &Person, keys: impl Into<thirtyfour::TypingData>) -> Result<()> {
    Ok(person.browser.active_element().await?.send_keys(keys).await?)
}

/// Presses Tab until the focus is on what a screen reader calls so.
pub(super) async fn reach(person: &Person, name: &str) -> Result<()> {
    tab_to(person, name, |there| there.starts_with(name), || Key::Tab.into()).await
}

pub(super) async fn back_to(person: &Person, name: &str) -> Result<()> {
    tab_to(person, name, |there| there.starts_with(name), || Key::Shift + Key::Tab).await
}

/// To a row of one's own, whichever of them is the timeline's stop, and however important it is.
pub(super) async fn back_to_own_row(person: &Person) -> Result<()> {
    tab_to(person, "row", |there| there.contains("You, "), || Key::Shift + Key::Tab).await
}

async fn tab_to(
    person: &Person,
    name: &str,
    is_there: impl Fn(&str) -> bool,
    key: fn() -> thirtyfour::TypingData,
) -> Result<()> {
    let mut passed = Vec::new();
    for _ in 0..PATIENCE {
        let (_, there) = focused(person).await?;
        if is_there(&there) {
            return Ok(());
        }
        passed.push(there);
        keys(person, key()).await?;
    }
    anyhow::bail!("{} finds no {name:?} by Tab: {passed:?}", person.name)
}

/// Reaches a button and presses it.
pub(super) async fn press(person: &Person, name: &str) -> Result<()> {
    reach(person, name).await?;
    keys(person, Key::Enter).await
}

/// Waits until the focus is on something that is called so.
pub(super) async fn focused_on(person: &Person, words: &str) -> Result<()> {
    let what = format!("{}'s focus is on {words:?}", person.name);
    until(&what, SOON, async || Ok(focused(person).await?.1.contains(words).then_some(()))).await
}

async fn within(person: &Person, css: &str) -> Result<bool> {
    let within = "return document.activeElement.matches(`${arguments[0]}, ${arguments[0]} *`)";
    let answer = person.browser.execute(within, vec![json!(css)]).await?;
    Ok(answer.json().as_bool() == Some(true))
}

/// Role and name of what has the focus, as the accessibility tree has it.
async fn focused(person: &Person) -> Result<(String, String)> {
    let nodes = nodes(person).await?;
    let is_focused =
        |node: &&Value| property(node, "focused") == Some(&json!(true)) && role(node) != "RootWebArea";
    let node = nodes.iter().rev().find(is_focused);
    Ok(node
        .map(|node| (role(node), node["name"]["value"].as_str().unwrap_or_default().to_owned()))
        .unwrap_or_default())
}

/// Everything in the accessibility tree.
async fn nodes(person: &Person) -> Result<Vec<Value>> {
    let tree = person.browser.cdp().send_raw("Accessibility.getFullAXTree", json!({})).await?;
    Ok(tree["nodes"].as_array().context("there is no accessibility tree")?.clone())
}

fn role(node: &Value) -> String {
    node["role"]["value"].as_str().unwrap_or_default().to_owned()
}

fn property<'a>(node: &'a Value, name: &str) -> Option<&'a Value> {
    let properties = node["properties"].as_array()?;
    properties.iter().find(|property| property["name"] == name).map(|property| &property["value"]["value"])
}

/// Changes of it are said aloud; what is inside of it says so as well.
fn speaks(node: &Value) -> bool {
    let live = property(node, "live").and_then(Value::as_str);
    ["log", "status", "alert", "region", "group", "list"].contains(&role(node).as_str())
        && live.is_some_and(|live| live != "off")
}
