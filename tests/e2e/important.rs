//! A message that is marked as important: by keys alone, seen and heard as that by the other, through a reload and an edit.

use anyhow::{Result, ensure};
use thirtyfour::Key;

use crate::by_keyboard::{HEAR, back_to, back_to_own_row, focused_on, heard, keys, press, reach};
use crate::pages::{ConversationPage, SignInPage};
use crate::support::browser::Look;
use crate::support::stage::Stage;
use crate::support::{SOON, until};

/// The mark of a row.
const MARK: &str = ".message-row__mark";
/// What is said over the field.
const CONTEXT: &str = ".composer__context";

#[tokio::test]
async fn a_message_is_marked_as_important_by_keys_alone() {
    Stage::play("important", Look::WIDE, by_keys).await;
}

#[tokio::test]
async fn what_is_important_is_seen_in_every_look() {
    for look in [Look::WIDE, Look::WIDE_DARK, Look::PHONE_DARK, Look::CHINESE] {
        Stage::play("important", look, looks).await;
    }
}

async fn by_keys(stage: &Stage) -> Result<()> {
    let (mei, tomas) = (stage.person("Mei").await?, stage.person("Tomás").await?);
    let mei_threads = SignInPage::open(&mei).await?.sign_in().await?;
    let tomas_threads = SignInPage::open(&tomas).await?.sign_in().await?;
    mei_threads.start_thread("Line 7", &["Tomás"]).await?;
    let tomas_talks = tomas_threads.open("Line 7").await?;
    tomas.browser.execute(HEAR, Vec::new()).await?;

    // The toggle, kept with the draft over a reload.
    reach(&mei, "Message ").await?;
    keys(&mei, "Line 7 is").await?;
    press(&mei, "Mark as important").await?;
    mei.see_with(CONTEXT, "next message is").await?;
    focused_on(&mei, "Message ").await?;
    mei.inspect("toggled").await?;
    mei.keeps("drafts", "high").await?;
    mei.browser.refresh().await?;
    let mei_talks = ConversationPage::see(&mei, "Line 7").await?;
    mei.see_with(CONTEXT, "next message is").await?;
    reach(&mei, "Message ").await?;
    keys(&mei, Key::End).await?;
    keys(&mei, " closed").await?;
    keys(&mei, Key::Enter).await?;

    // Seen, heard, and over with that one message.
    tomas_talks.sees("Line 7 is closed").await?;
    tomas.see_with(MARK, "Important").await?;
    tomas.inspect("seen").await?;
    tomas.see(".thread-row [aria-label=Important]").await?;
    until("Tomás hears that it is important", SOON, async || {
        let heard = heard(&tomas).await?;
        Ok(heard.iter().any(|said| said == "Important: Mei, Line 7 is closed").then_some(()))
    })
    .await?;
    mei.see_no(CONTEXT, "").await?;
    keys(&mei, "Take the 4").await?;
    keys(&mei, Key::Enter).await?;
    tomas_talks.sees("Take the 4").await?;
    ensure!(tomas.browser.find_all(thirtyfour::By::Css(MARK)).await?.len() == 1, "both are important");
    tomas.see_no(".thread-row [aria-label=Important]", "").await?;

    // An edit says nothing of it, and keeps it. A row says it first when it is landed on.
    back_to(&mei, "You").await?;
    keys(&mei, Key::Up).await?;
    focused_on(&mei, "Important: You").await?;
    keys(&mei, "e").await?;
    mei.see_with(CONTEXT, "Editing").await?;
    mei.see_no(".composer__mark", "").await?;
    keys(&mei, " today").await?;
    keys(&mei, Key::Enter).await?;
    tomas_talks.sees("Line 7 is closed today").await?;
    tomas.see_with(MARK, "Important").await?;

    // The command: with words it sends them, alone it is the toggle, which is taken off over the field.
    keys(&mei, "/important Now the 4 too").await?;
    keys(&mei, Key::Enter).await?;
    tomas_talks.sees("Now the 4 too").await?;
    ensure!(tomas.browser.find_all(thirtyfour::By::Css(MARK)).await?.len() == 2, "the command marks nothing");
    back_to_own_row(&mei).await?;
    keys(&mei, "r").await?;
    mei.see_with(CONTEXT, "Reply to").await?;
    keys(&mei, "/important").await?;
    keys(&mei, Key::Enter).await?;
    mei.see_with(CONTEXT, "next message is").await?;
    mei.see_with(CONTEXT, "Reply to").await?;
    back_to(&mei, "Do not mark as important").await?;
    keys(&mei, Key::Enter).await?;
    mei.see_no(CONTEXT, "next message is").await?;
    focused_on(&mei, "Message ").await?;
    keys(&mei, "So we walk").await?;
    keys(&mei, Key::Enter).await?;
    tomas_talks.sees("So we walk").await?;
    ensure!(tomas.browser.find_all(thirtyfour::By::Css(MARK)).await?.len() == 2, "what is not marked is");
    ensure!(!mei_talks.messages().await?.iter().any(|said| said.contains('/')), "a command was said");
    Ok(())
}

/// Marks beside what they stand beside, and the toggle: by hand, without a word of the language.
async fn looks(stage: &Stage) -> Result<()> {
    let (mei, tomas) = (stage.person("Mei").await?, stage.person("Tomás").await?);
    SignInPage::open(&mei).await?.sign_in().await?;
    SignInPage::open(&tomas).await?.sign_in().await?;
    mei.go("#/new").await?;
    mei.fill("#topic", "7 号线 Line 7").await?;
    mei.fill("#who", "Tomás").await?;
    mei.press_enter_in("#who").await?;
    mei.see_with(".dialog__chip", "Tomás").await?;
    mei.click(".dialog__foot .button--primary").await?;
    mei.see_no(".dialog", "").await?;
    let mei_talks = ConversationPage::see(&mei, "Line 7").await?;
    tomas.click_with(".thread-row", "Line 7").await?;
    let tomas_talks = ConversationPage::see(&tomas, "Line 7").await?;
    tomas_talks.write("Which way tonight? 今晚怎么走？").await?;
    tomas_talks.write("/important Line 7 is closed from eight. 七号线八点起停运。").await?;
    tomas_talks.sees("Line 7 is closed").await?;
    mei_talks.sees("Line 7 is closed").await?;
    mei_talks.write("/important Then we leave at *half past seven*, all of us, with the bags.").await?;
    mei_talks.write("I tell the others.").await?;
    mei_talks.write("/important And bring the tickets. 带上票。").await?;
    tomas_talks.sees("bring the tickets").await?;
    mei.see_no(".message-row--sending, .message-row--waiting", "").await?;
    if stage.look.phone {
        mei.click(".composer__tools button:nth-of-type(2)").await?;
        mei.click(".composer__mark--format").await?;
    } else {
        mei.click(".composer__mark").await?;
    }
    mei.see(CONTEXT).await?;
    mei.fill(".composer__input", "The 4 runs. 四路车照开。").await?;
    mei.inspect("looks").await?;
    tomas.inspect("looks").await
}
