//! The main journey: two people meet, talk, change their minds, let a third one in, and part.

use anyhow::{Result, ensure};

use crate::pages::{ConversationPage, History, SignInPage};
use crate::support::browser::Look;
use crate::support::stage::Stage;

#[tokio::test]
async fn two_people_talk_on_wide_screens() {
    Stage::play("journey", Look::WIDE, journey).await;
}

#[tokio::test]
async fn two_people_talk_in_the_dark() {
    Stage::play("journey", Look::WIDE_DARK, journey).await;
}

#[tokio::test]
async fn two_people_talk_on_phones() {
    Stage::play("journey", Look::PHONE, journey).await;
}

async fn journey(stage: &Stage) -> Result<()> {
    // Both come in by name.
    let (mei, tomas) = (stage.person("Mei").await?, stage.person("Tomás").await?);
    let sign_in = SignInPage::open(&mei).await?;
    mei.inspect("sign-in").await?;
    let mei_threads = sign_in.sign_in().await?;
    mei.inspect("empty").await?;
    let tomas_threads = SignInPage::open(&tomas).await?.sign_in().await?;

    // A thread, and a word each way.
    let mei_talks = mei_threads.start_thread("Line 7 map", &["Tomás"]).await?;
    mei_talks.send("Two stops on the print have the same name.").await?;
    let tomas_talks = tomas_threads.open("Line 7 map").await?;
    tomas_talks.sees("Two stops on the print have the same name.").await?;
    tomas_talks.send("海心沙 and 海心沙公园? Those are two 🚃").await?;
    mei_talks.sees("海心沙 and 海心沙公园? Those are two 🚃").await?;
    mei_talks.sees_receipt("Tomás").await?;
    mei.inspect("conversation").await?;

    // Second thoughts.
    mei_talks.send("I will fix it tomorow").await?;
    tomas_talks.sees("I will fix it tomorow").await?;
    mei_talks.edit_last("I will fix it tomorrow").await?;
    tomas_talks.sees("I will fix it tomorrow").await?;
    tomas_talks.sees_no("tomorow").await?;
    mei_talks.delete("I will fix it tomorrow").await?;
    tomas_talks.sees_no("I will fix it tomorrow").await?;
    tomas_talks.sees("Message deleted").await?;

    // Another topic.
    let details = mei_talks.details().await?;
    mei.inspect("details").await?;
    details.rename("Line 7 map, print run").await?;
    ConversationPage::see(&tomas, "Line 7 map, print run").await?;
    tomas_talks.sees_note("Line 7 map, print run").await?;

    // Somebody who sees nothing of the past.
    let aiko = stage.person("Aiko").await?;
    let aiko_threads = SignInPage::open(&aiko).await?.sign_in().await?;
    details.add("Aiko", History::FromNowOn).await?;
    details.close().await?;
    mei_talks.send("Welcome, Aiko.").await?;
    let aiko_talks = aiko_threads.open("Line 7 map, print run").await?;
    aiko_talks.sees("Welcome, Aiko.").await?;
    let read = aiko_talks.messages().await?;
    ensure!(read.len() == 1, "Aiko reads what was said before: {read:?}");

    // A link and a reload lead back to it, and so does the back button.
    let address = format!("#{}", tomas.fragment().await?);
    tomas.browser.refresh().await?;
    let tomas_talks = ConversationPage::see(&tomas, "Line 7 map, print run").await?;
    tomas_talks.sees("Welcome, Aiko.").await?;
    tomas_talks.back().await?;
    tomas.go("#/").await?;
    tomas.go(&address).await?;
    ConversationPage::see(&tomas, "Line 7 map, print run").await?;
    tomas.browser.back().await?;
    ensure!(tomas.fragment().await? == "/", "back leads to the list, not to {:?}", tomas.fragment().await?);
    tomas.browser.forward().await?;
    let tomas_talks = ConversationPage::see(&tomas, "Line 7 map, print run").await?;

    // She is taken out, and comes back to read everything; he leaves.
    aiko.allow_in_console("403"); // her page may ask once more before it knows
    let details = tomas_talks.details().await?;
    details.take_out("Aiko").await?;
    mei_talks.sees_note("took out Aiko").await?;
    details.add("Aiko", History::All).await?;
    aiko.see_no(".timeline__empty", "").await?;
    let aiko_talks = ConversationPage::see(&aiko, "Line 7 map, print run").await?;
    aiko_talks.sees("Two stops on the print have the same name.").await?;
    tomas.allow_in_console("403");
    details.leave().await?;
    mei_talks.sees_note("Tomás left").await?;
    mei.inspect("end").await
}
