//! One thread: its messages, and the field to write in.

use anyhow::{Result, ensure};
use serde_json::json;
use thirtyfour::{By, Key};

use super::{DetailsPage, ThreadsPage};
use crate::support::stage::Person;
use crate::support::{SOON, until};

const ROW: &str = ".message-row:not([aria-hidden])";
const INPUT: &str = ".composer__input";

/// An open thread.
pub(crate) struct ConversationPage<'a> {
    person: &'a Person,
}

impl<'a> ConversationPage<'a> {
    pub(crate) async fn see(person: &'a Person, topic: &str) -> Result<Self> {
        person.see_with(".thread-header__topic", topic).await?;
        Ok(Self { person })
    }

    /// Sends a message and waits until the service has it.
    pub(crate) async fn send(&self, words: &str) -> Result<()> {
        self.write(words).await?;
        self.person.see_with(".message-row--own", words).await?;
        self.person.see_no(".message-row--sending, .message-row--waiting", words).await
    }

    /// Puts a lot of text into the field at once, as pasting does.
    pub(crate) async fn paste(&self, words: &str) -> Result<()> {
        let input = self.person.see(INPUT).await?;
        let script = "arguments[0].focus(); document.execCommand('insertText', false, arguments[1])";
        self.person.browser.execute(script, vec![input.to_json()?, words.into()]).await?;
        Ok(())
    }

    /// What is in the field, not sent yet.
    pub(crate) async fn written(&self) -> Result<String> {
        Ok(self.person.see(INPUT).await?.prop("value").await?.unwrap_or_default())
    }

    /// Presses Enter in the field.
    pub(crate) async fn press_enter(&self) -> Result<()> {
        Ok(self.person.see(INPUT).await?.send_keys(Key::Enter).await?)
    }

    /// Writes into the field and presses Enter.
    pub(crate) async fn write(&self, words: &str) -> Result<()> {
        self.person.fill(INPUT, words).await?;
        self.person.see(INPUT).await?.send_keys(Key::Enter).await?;
        Ok(())
    }

    /// Writes one message after the other, as fast as the page takes them.
    pub(crate) async fn write_all(&self, words: &[String]) -> Result<()> {
        const WRITE: &str = "const [field, texts, done] = arguments;
            (async () => {
                for (const text of texts) {
                    field.focus();
                    document.execCommand('insertText', false, text);
                    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
                    await new Promise(requestAnimationFrame);
                    if (field.value) throw new Error(`it still says ${field.value}`);
                }
            })().then(() => done(null), error => done(String(error)))";
        let field = self.person.see(INPUT).await?.to_json()?;
        let wrong = self.person.browser.execute_async(WRITE, vec![field, json!(words)]).await?;
        ensure!(wrong.json().is_null(), "the field takes no more: {}", wrong.json());
        Ok(())
    }

    /// Waits for a message.
    pub(crate) async fn sees(&self, words: &str) -> Result<()> {
        self.person.see_with(ROW, words).await.map(drop)
    }

    /// Waits until nothing says this any more.
    pub(crate) async fn sees_no(&self, words: &str) -> Result<()> {
        self.person.see_no(ROW, words).await
    }

    /// Waits for a line about the thread itself.
    pub(crate) async fn sees_note(&self, words: &str) -> Result<()> {
        self.person.see_with(".timeline__system", words).await.map(drop)
    }

    /// Up in the empty field edits the last message of one's own.
    pub(crate) async fn edit_last(&self, words: &str) -> Result<()> {
        let input = self.person.see(INPUT).await?;
        input.click().await?;
        input.send_keys(Key::Up).await?;
        self.person.see(".composer__context").await?;
        self.write(words).await?;
        self.person.see_no(".composer__context", "").await?;
        self.sees(words).await
    }

    /// Deletes a message by its key, and answers the question.
    pub(crate) async fn delete(&self, words: &str) -> Result<()> {
        self.person.see_with(".message-row--own", words).await?.send_keys(Key::Delete).await?;
        self.person.click(".dialog .button--danger").await?;
        self.person.see_no(".dialog", "").await?;
        self.sees_no(words).await
    }

    /// Waits until the last message of one's own is known to be seen by somebody. The words are on the row,
    /// for screen readers where the eye gets a sign.
    pub(crate) async fn sees_receipt(&self, name: &str) -> Result<()> {
        let what = format!("{} sees that {name} has read", self.person.name);
        until(&what, SOON, async || {
            for seen in self.person.browser.find_all(By::Css(".message-row__seen")).await? {
                if seen.prop("textContent").await?.is_some_and(|words| words.contains(name)) {
                    return Ok(Some(()));
                }
            }
            Ok(None)
        })
        .await
    }

    /// The messages, from top to bottom.
    pub(crate) async fn messages(&self) -> Result<Vec<String>> {
        self.person.texts(".message-row__text").await
    }

    /// The messages that the page holds, from top to bottom, whether they are in view or not.
    pub(crate) async fn bubbles(&self) -> Result<Vec<String>> {
        let script =
            "return [...document.querySelectorAll('.message-row__text')].map(text => text.textContent)";
        let texts = self.person.browser.execute(script, Vec::new()).await?;
        Ok(texts
            .json()
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect())
    }

    /// Opens the panel beside it.
    pub(crate) async fn details(&self) -> Result<DetailsPage<'a>> {
        // On a wide screen it is there already.
        if self.person.texts(".details__person").await?.is_empty() {
            self.person.press(".thread-header", "Details").await?;
        }
        DetailsPage::see(self.person).await
    }

    /// Goes back to the list, on a screen that shows one thing at a time.
    pub(crate) async fn back(&self) -> Result<ThreadsPage<'a>> {
        if self.person.look.phone {
            self.person.click(".thread-header__back").await?;
        }
        ThreadsPage::see(self.person).await
    }
}
