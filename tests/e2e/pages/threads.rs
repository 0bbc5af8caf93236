//! The list of threads.

use anyhow::Result;
use thirtyfour::Key;

use super::ConversationPage;
use crate::support::stage::Person;

/// The list, beside the conversation or alone on a phone.
pub(crate) struct ThreadsPage<'a> {
    person: &'a Person,
}

impl<'a> ThreadsPage<'a> {
    pub(crate) async fn see(person: &'a Person) -> Result<Self> {
        person.see(".threads__list").await?;
        Ok(Self { person })
    }

    /// Starts a thread with these people and opens it.
    pub(crate) async fn start_thread(&self, topic: &str, people: &[&str]) -> Result<ConversationPage<'a>> {
        self.person.press(".threads__head", "New thread").await?;
        self.person.fill("#topic", topic).await?;
        for name in people {
            self.person.fill("#who", name).await?;
            self.person.see("#who").await?.send_keys(Key::Enter).await?;
            self.person.see_with(".dialog__chip", name).await?;
        }
        self.person.inspect("new-thread").await?;
        self.person.click(".dialog__foot .button--primary").await?;
        self.person.see_no(".dialog", "").await?;
        ConversationPage::see(self.person, topic).await
    }

    /// Opens the thread with this topic, once it is in the list.
    pub(crate) async fn open(&self, topic: &str) -> Result<ConversationPage<'a>> {
        self.person.click_with(".thread-row", topic).await?;
        ConversationPage::see(self.person, topic).await
    }
}
