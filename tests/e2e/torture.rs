//! What goes wrong again and again, at moments that chance picks: nothing is lost, and nothing is there twice.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use hyper::StatusCode;
use thirtyfour::By;

use crate::offline::served;
use crate::pages::{ConversationPage, SignInPage, ThreadsPage};
use crate::support::browser::Look;
use crate::support::dice::Dice;
use crate::support::line::{Asked, Fate, Line};
use crate::support::report::tell;
use crate::support::stage::{Person, Stage};
use crate::support::{SOON, until};

/// Everybody in a thread may send 30 messages a minute, so a hundred go to four threads: in one they would take minutes.
const THREADS: usize = 4;
const IN_EACH: usize = 25;

/// A queue may have to wait for the next minute's share.
const DRAINED: Duration = Duration::from_secs(150);

fn rounds() -> usize {
    if std::env::var_os("NATTER_E2E_LONG").is_some() { 20 } else { 3 }
}

#[tokio::test]
async fn a_hundred_messages_survive_browsers_that_are_killed() {
    let mut dice = Dice::new();
    let seed = dice.seed;
    tell(&format!("NATTER_E2E_SEED={seed}"));
    let story = async |stage: &Stage| {
        killed_again_and_again(stage, &mut dice).await.with_context(|| format!("NATTER_E2E_SEED={seed}"))
    };
    Stage::play("killed", Look::WIDE, story).await;
}

/// A thread, and what has to be in it.
struct Talk {
    topic: String,
    /// As the address bar has it.
    fragment: String,
    written: Vec<String>,
}

async fn killed_again_and_again(stage: &Stage, dice: &mut Dice) -> Result<()> {
    let line = Line::to(&stage.service.address).await?;
    let (mut mei, tomas) = (stage.person_at("Mei", &line.address).await?, stage.person("Tomás").await?);
    let tomas_threads = SignInPage::open(&tomas).await?.sign_in().await?;
    SignInPage::open(&mei).await?.sign_in().await?;
    served(&mei).await?;
    mei.storage_is_as_it_was().await?;
    // A killed browser loses the last seconds of its local storage, where the sign-in is: one that is closed writes them down.
    mei = stage.person_again(mei).await?;
    mei.go("").await?;
    let mut thrown_away = 0;
    mei.allow_in_console("ERR_");
    mei.allow_in_console("429");
    mei.allow_in_console("503");

    for round in 1..=rounds() {
        // Threads of their own, which have all of a minute's share.
        let threads = ThreadsPage::see(&mei).await?;
        let mut talks = Vec::new();
        for number in 1..=THREADS {
            let topic = format!("Tunnel {round}.{number}");
            threads.start_thread(&topic, &["Tomás"]).await?;
            let written = (1..=IN_EACH).map(|number| format!("{topic}, {number}.")).collect();
            talks.push(Talk { topic, fragment: mei.fragment().await?, written });
        }
        line.cut();
        let mut kept;
        (mei, kept) = write_in_the_tunnel(stage, mei, &talks, round, dice).await?;
        line.mend();
        let mut lives = 1;
        loop {
            let (lives_to, lost) = (line.taken() + 1 + dice.below(40), dice.below(2) == 0);
            if lost {
                line.rule(lose_the_reply_of(lives_to - line.taken()));
            }
            let drained = until("everything is sent", DRAINED, async || {
                Ok(mei.shelf("outbox").await?.is_empty().then_some(()))
            });
            tokio::select! {
                biased;
                drained = drained => { drained?; break }
                taken = line.has_taken(lives_to) => taken?,
            }
            // So that it falls anywhere: before the reply is there, before it is written down, before the next one goes.
            tokio::time::sleep(Duration::from_millis(dice.below(40) as u64)).await;
            mei = end_of_life(stage, mei, dice).await?;
            line.no_rule();
            lives += 1;
        }
        line.no_rule();
        tell(&format!("round {round}: {lives} lives"));
        kept &= mei.storage_is_as_it_was().await?;
        if !kept {
            thrown_away += 1;
            tell(&format!(
                "round {round}: the browser threw everything away, of this origin and of all its databases"
            ));
        }
        for talk in &talks {
            let thread = talk.fragment.trim_start_matches("/threads/");
            let said = tomas.at_the_service(thread).await?;
            // What the browser has lost cannot arrive. What did, did once and in order all the same.
            if !kept {
                ensure!(talk.written.starts_with(&said), "round {round}, {}: {said:?}", talk.topic);
                continue;
            }
            ensure!(
                said == talk.written,
                "round {round}, {}: {} messages arrived of {}: {said:?}",
                talk.topic,
                said.len(),
                talk.written.len()
            );
            // And each once on both screens.
            mei.go(&format!("#{}", talk.fragment)).await?;
            let mei_talks = ConversationPage::see(&mei, &talk.topic).await?;
            let tomas_talks = tomas_threads.open(&talk.topic).await?;
            for talks in [mei_talks, tomas_talks] {
                talks.sees(talk.written.last().context("something was written")?).await?;
                let shown = talks.bubbles().await?;
                ensure!(talk.written.ends_with(&shown), "{}: the screen shows {shown:?}", talk.topic);
            }
        }
    }

    ensure!(thrown_away <= 1 + rounds() / 5, "{thrown_away} times the browser threw everything away");
    Ok(())
}

/// Without a network a hundred messages are written, in four threads. Somewhere on the way the browser is killed; what it had
/// written down by then is the beginning of it, and nothing that it had once is lost; unless the browser itself has thrown
/// everything away, which is said.
async fn write_in_the_tunnel(
    stage: &Stage,
    mei: Rc<Person>,
    talks: &[Talk],
    round: usize,
    dice: &mut Dice,
) -> Result<(Rc<Person>, bool)> {
    let all: Vec<&String> = talks.iter().flat_map(|talk| &talk.written).collect();
    let killed_after = 2 + dice.below(all.len() - 1);
    let looked_after = 1 + dice.below(killed_after - 1);
    write(&mei, talks, &all[..looked_after]).await?;
    let sure = mei.shelf("outbox").await?.len();
    write(&mei, talks, &all[looked_after..killed_after]).await?;
    let mei = stage.back(stage.kill(mei).await?).await?;
    mei.go("").await?;
    mei.see(".threads__list").await?;

    let kept = mei.shelf("outbox").await?;
    if kept.len() < sure && !mei.storage_is_as_it_was().await? {
        // Nor can the threads be opened that it knew.
        return Ok((mei, false));
    }
    ensure!(kept.len() >= sure && kept.len() <= killed_after, "of {sure} {} are left", kept.len());
    for words in &all[..kept.len()] {
        let quoted = format!("\"{words}\"");
        ensure!(
            kept.iter().any(|entry| entry.contains(&quoted)),
            "{words:?} is gone, and later ones are not"
        );
    }
    tell(&format!(
        "round {round}: killed after {killed_after} messages, {} of them written down",
        kept.len()
    ));
    write(&mei, talks, &all[kept.len()..]).await?;
    until("all of them are written down", SOON, async || {
        Ok((mei.shelf("outbox").await?.len() == all.len()).then_some(()))
    })
    .await?;
    let mei = stage.back(stage.kill(mei).await?).await?;
    mei.go("").await?;
    Ok((mei, true))
}

/// Writes these messages, each where it belongs.
async fn write(mei: &Person, talks: &[Talk], words: &[&String]) -> Result<()> {
    for talk in talks {
        let here: Vec<String> =
            words.iter().filter(|words| talk.written.contains(words)).map(|words| (*words).clone()).collect();
        if here.is_empty() {
            continue;
        }
        mei.go(&format!("#{}", talk.fragment)).await?;
        ConversationPage::see(mei, &talk.topic).await?.write_all(&here).await?;
    }
    Ok(())
}

/// The page is loaded again, or closed and opened anew, or the browser is killed.
async fn end_of_life(stage: &Stage, mei: Rc<Person>, dice: &mut Dice) -> Result<Rc<Person>> {
    match dice.below(4) {
        0 => mei.browser.refresh().await?,
        1 => {
            let closed = mei.browser.window().await?;
            let opened = mei.browser.new_tab().await?;
            mei.browser.switch_to_window(closed).await?;
            mei.browser.close_window().await?;
            mei.browser.switch_to_window(opened).await?;
            mei.go("").await?;
        }
        _ => {
            let mei = stage.back(stage.kill(mei).await?).await?;
            mei.go("").await?;
            return Ok(mei);
        }
    }
    Ok(mei)
}

/// The service takes the message, and nobody hears of it.
fn lose_the_reply_of(send: usize) -> impl FnMut(&Asked) -> Fate + Send + 'static {
    let mut sends = 0;
    move |asked| {
        sends += usize::from(asked.sends());
        if asked.sends() && sends == send { Fate::LoseReply } else { Fate::Pass }
    }
}

#[tokio::test]
async fn what_the_browser_throws_away_is_kept_twice() {
    Stage::play("thrown-away", Look::WIDE, thrown_away).await;
}

async fn thrown_away(stage: &Stage) -> Result<()> {
    let line = Line::to(&stage.service.address).await?;
    let (mut mei, tomas) = (stage.person_at("Mei", &line.address).await?, stage.person("Tomás").await?);
    let tomas_threads = SignInPage::open(&tomas).await?.sign_in().await?;
    let talks = SignInPage::open(&mei).await?.sign_in().await?.start_thread("Attic", &["Tomás"]).await?;
    let thread = mei.fragment().await?;
    talks.send("0.").await?;
    served(&mei).await?;
    mei.allow_in_console("ERR_");

    line.cut();
    let written: Vec<String> = (1..=6).map(|number| format!("{number}.")).collect();
    talks.write_all(&written).await?;
    talks.paste("Half a").await?;
    until("all is written down", SOON, async || {
        let (outbox, drafts) = (mei.shelf("outbox").await?, mei.shelf("drafts").await?);
        Ok((outbox.len() == written.len() && !drafts.is_empty()).then_some(()))
    })
    .await?;
    mei = stage.without_databases(mei).await?;
    line.mend();
    mei.go(&format!("#{thread}")).await?;
    let tomas_talks = tomas_threads.open("Attic").await?;
    tomas_talks.sees("6.").await?;
    let said = tomas.at_the_service(thread.trim_start_matches("/threads/")).await?;
    ensure!(said == ["0.", "1.", "2.", "3.", "4.", "5.", "6."], "{said:?}");
    let talks = ConversationPage::see(&mei, "Attic").await?;
    ensure!(talks.written().await? == "Half a", "the draft is gone");
    Ok(())
}

#[tokio::test]
async fn retry_pressed_ten_times_sends_once() {
    Stage::play("ten-retries", Look::WIDE, ten_retries).await;
}

async fn ten_retries(stage: &Stage) -> Result<()> {
    const WORDS: &str = "Did that arrive?";
    let line = Line::to(&stage.service.address).await?;
    let (mei, tomas) = (stage.person_at("Mei", &line.address).await?, stage.person("Tomás").await?);
    let tomas_threads = SignInPage::open(&tomas).await?.sign_in().await?;
    let talks = SignInPage::open(&mei).await?.sign_in().await?.start_thread("Echo", &["Tomás"]).await?;
    let thread = mei.fragment().await?.trim_start_matches("/threads/").to_owned();
    talks.send("Before.").await?;
    let tomas_talks = tomas_threads.open("Echo").await?;
    tomas_talks.sees("Before.").await?;

    // The service takes it, the reply is lost; the search for it, on a large page, is refused; and what is new comes from a
    // replica that is late. (Chromium itself sends again what is reset on a line that was good before; that is no retry here.)
    mei.allow_in_console("ERR_");
    mei.allow_in_console("400");
    line.take_asked();
    line.rule(|asked| match asked {
        asked if asked.sends() => Fate::LoseReply,
        asked if !asked.lists() || asked.path == "/chat/threads" => Fate::Pass,
        asked if asked.query.contains("maxPageSize=200") => Fate::Answer(StatusCode::BAD_REQUEST, "{}"),
        _ => Fate::Answer(StatusCode::OK, r#"{"value": []}"#),
    });
    talks.write(WORDS).await?;
    tomas_talks.sees(WORDS).await?;
    for retry in 1..10 {
        comes_back_failed(&mei, WORDS).await?;
        let sends = line.asked(|asked| asked.iter().filter(|asked| asked.sends()).count());
        ensure!(sends >= retry, "it was sent {sends} times before retry {retry}");
        mei.press(".message-row--failed", "Retry").await?;
        line.sees("sends", sends + 1, Asked::sends).await?;
    }
    // The tenth time in a flurry, and the line is well again.
    comes_back_failed(&mei, WORDS).await?;
    line.no_rule();
    let flurry = "const button = [...document.querySelectorAll('.message-row--failed button')]
            .find(button => button.innerText.trim() === 'Retry');
        for (let click = 0; click < 10; click++) button.click();";
    mei.browser.execute(flurry, Vec::new()).await?;
    mei.see_no(".message-row--failed, .message-row--waiting, .message-row--sending", "").await?;

    let said = tomas.at_the_service(&thread).await?;
    ensure!(said == ["Before.", WORDS], "the service has {said:?}");
    talks.send("After.").await?;
    tomas_talks.sees("After.").await?;
    for talks in [talks, tomas_talks] {
        let shown = talks.messages().await?;
        ensure!(shown == ["Before.", WORDS, "After."], "the screen shows {shown:?}");
    }
    Ok(())
}

/// Waits until a message is said not to be sent, without the patience for pauses.
async fn comes_back_failed(person: &Person, words: &str) -> Result<()> {
    until("it is not sent", SOON, async || {
        for button in person.browser.find_all(By::Css(".banner button")).await? {
            button.click().await?;
        }
        let failed = person.texts(".message-row--failed").await?;
        Ok(failed.iter().any(|row| row.contains(words)).then_some(()))
    })
    .await
}
