//! The panel with the topic, the people, and the ways out.

use anyhow::Result;
use thirtyfour::Key;

use crate::support::stage::Person;

/// How much of the past somebody may read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum History {
    All,
    FromNowOn,
}

/// The panel, or the sheet that it is on a phone.
pub(crate) struct DetailsPage<'a> {
    person: &'a Person,
}

impl<'a> DetailsPage<'a> {
    pub(crate) async fn see(person: &'a Person) -> Result<Self> {
        person.see(".details .details__person").await?;
        Ok(Self { person })
    }

    pub(crate) async fn rename(&self, topic: &str) -> Result<()> {
        self.person.press(".details", "Change the topic").await?;
        self.person.fill(".dialog .field__input", topic).await?;
        self.answer(".button--primary").await
    }

    pub(crate) async fn add(&self, name: &str, history: History) -> Result<()> {
        self.person.press(".details", "Add people").await?;
        self.person.fill("#who", name).await?;
        self.person.see("#who").await?.send_keys(Key::Enter).await?;
        self.person.see_with(".dialog__chip", name).await?;
        let choice = match history {
            History::All => "All messages",
            History::FromNowOn => "Only messages from now on",
        };
        self.person.click_with(".field__choice", choice).await?;
        self.person.inspect("add-people").await?;
        self.answer(".button--primary").await?;
        self.person.see_with(".details__name", name).await.map(drop)
    }

    pub(crate) async fn take_out(&self, name: &str) -> Result<()> {
        self.person.press(".details", &format!("Take out {name}")).await?;
        self.answer(".button--danger").await?;
        self.person.see_no(".details__name", name).await
    }

    pub(crate) async fn leave(self) -> Result<()> {
        self.person.press(".details", "Leave thread").await?;
        self.answer(".button--danger").await
    }

    pub(crate) async fn close(self) -> Result<()> {
        self.person.press(".details", "Close").await?;
        self.person.see_no(".details", "").await
    }

    async fn answer(&self, button: &str) -> Result<()> {
        self.person.click(&format!(".dialog {button}")).await?;
        self.person.see_no(".dialog", "").await
    }
}
