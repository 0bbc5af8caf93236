//! Where everybody begins.

use anyhow::Result;

use super::ThreadsPage;
use crate::support::stage::Person;

/// The form that asks for a name.
pub(crate) struct SignInPage<'a> {
    person: &'a Person,
}

impl<'a> SignInPage<'a> {
    pub(crate) async fn open(person: &'a Person) -> Result<Self> {
        person.go("").await?;
        person.see(".sign-in__form").await?;
        Ok(Self { person })
    }

    /// Takes the person's name for the local service.
    pub(crate) async fn sign_in(self) -> Result<ThreadsPage<'a>> {
        self.person.fill("#name", self.person.name).await?;
        self.person.click(".sign-in__form .button--primary").await?;
        self.person.see_no(".sign-in__form", "").await?;
        ThreadsPage::see(self.person).await
    }
}
