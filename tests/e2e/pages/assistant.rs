//! The assistant beside a thread.

use anyhow::Result;
use thirtyfour::Key;

use crate::support::stage::Person;

const FIELD: &str = "#ask-assistant";
const ANSWER: &str = ".assistant__turn:last-child .assistant__answer";

/// The panel.
pub(crate) struct AssistantPage<'a> {
    person: &'a Person,
}

impl<'a> AssistantPage<'a> {
    /// Opens it by its key. The first time it asks for a yes.
    pub(crate) async fn open(person: &'a Person) -> Result<Self> {
        person.see(".composer__input").await?.send_keys(Key::Control + "j").await?;
        person.see(".assistant").await?;
        Ok(Self { person })
    }

    /// Says yes.
    pub(crate) async fn agree(&self) -> Result<()> {
        self.person.click(".assistant__start").await?;
        self.person.see(FIELD).await.map(drop)
    }

    /// Asks.
    pub(crate) async fn ask(&self, question: &str) -> Result<()> {
        self.person.fill(FIELD, question).await?;
        self.person.press_enter_in(FIELD).await?;
        self.person.see_with(".assistant__question", question).await.map(drop)
    }

    /// Waits for the answer to the last question to hold these words.
    pub(crate) async fn says(&self, words: &str) -> Result<()> {
        self.person.see_with(ANSWER, words).await.map(drop)
    }

    /// Waits until the last answer is over.
    pub(crate) async fn ends(&self) -> Result<()> {
        self.person.see(".assistant__turn:last-child .assistant__answer[aria-busy=false]").await.map(drop)
    }

    /// Presses what is under the last answer.
    pub(crate) async fn press(&self, name: &str) -> Result<()> {
        self.person.press(ANSWER, name).await
    }

    /// Closes it.
    pub(crate) async fn close(&self) -> Result<()> {
        self.person.press(".assistant__head", "Close").await?;
        self.person.see_no(".assistant", "").await
    }
}
