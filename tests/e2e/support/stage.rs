//! A journey's stage: one service, one driver, and the people in front of their browsers.

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::{Context, Result, anyhow};
use tempfile::TempDir;
use thirtyfour::WebDriver;

use super::browser::{Look, open};
use super::process::{Driver, Service, browser_process, kill_browser};
use super::{axe, report};

/// One service, one driver, one look.
pub(crate) struct Stage {
    journey: &'static str,
    pub(crate) look: Look,
    pub(crate) service: Service,
    driver: Driver,
    people: RefCell<Vec<Rc<Person>>>,
}

/// Somebody in front of a browser of their own.
pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) look: Look,
    pub(crate) browser: WebDriver,
    /// Where the app is served.
    pub(crate) address: String,
    journey: &'static str,
    /// Parts of console errors that belong to the journey, a refused request for example.
    allowed: RefCell<Vec<&'static str>>,
    profile: TempDir,
}

/// Somebody whose browser is closed, or was killed.
pub(crate) struct Away {
    name: &'static str,
    address: String,
    allowed: Vec<&'static str>,
    profile: TempDir,
}

impl Stage {
    /// Plays a journey to its end. Whatever happened, browsers are closed; if something did, there is a
    /// picture of each; and nobody's console may hold an error.
    pub(crate) async fn play(
        journey: &'static str,
        look: Look,
        story: impl AsyncFnOnce(&Self) -> Result<()>,
    ) {
        let stage = Self::open(journey, look).await.expect("the stage is set");
        let mut told = story(&stage).await;
        for person in stage.people.take() {
            if told.is_err() {
                // The error is what counts; a picture of it is a gift.
                let _ = person.picture("failed").await;
            }
            told = match (told, person.complaints().await) {
                (Err(error), Err(complaints)) => Err(error.context(format!("{complaints:#}"))),
                (told, complaints) => told.and(complaints),
            };
            let person = Rc::into_inner(person).expect("a journey keeps nobody");
            let closed = person.browser.quit().await;
            told = told.and(closed.context("a browser did not close"));
        }
        if let Err(error) = told {
            panic!("{journey}, {}: {error:#}", look.name);
        }
    }

    async fn open(journey: &'static str, look: Look) -> Result<Self> {
        let (service, driver) = (Service::start().await?, Driver::start().await?);
        Ok(Self { journey, look, service, driver, people: RefCell::default() })
    }

    /// Opens a browser for somebody.
    pub(crate) async fn person(&self, name: &'static str) -> Result<Rc<Person>> {
        self.person_at(name, &self.service.address).await
    }

    /// Opens a browser for somebody who has the app from elsewhere.
    pub(crate) async fn person_at(&self, name: &'static str, address: &str) -> Result<Rc<Person>> {
        self.open_browser(name, address.to_owned(), tempfile::tempdir()?, Vec::new()).await
    }

    /// Closes somebody's browser and opens it again, over what it has kept.
    pub(crate) async fn person_again(&self, person: Rc<Person>) -> Result<Rc<Person>> {
        self.back(self.close(person).await?).await
    }

    /// Closes somebody's browser and opens it again without its databases, as Chromium does when it finds one broken.
    pub(crate) async fn without_databases(&self, person: Rc<Person>) -> Result<Rc<Person>> {
        let away = self.close(person).await?;
        let databases = away.profile.path().join("Default/IndexedDB");
        std::fs::remove_dir_all(&databases).with_context(|| databases.display().to_string())?;
        self.back(away).await
    }

    async fn close(&self, person: Rc<Person>) -> Result<Away> {
        self.people.borrow_mut().retain(|other| !Rc::ptr_eq(other, &person));
        let person = Rc::into_inner(person).context("somebody else holds this person")?;
        person.complaints().await?;
        person.browser.quit().await.context("a browser did not close")?;
        let (name, address, allowed) = (person.name, person.address, person.allowed.into_inner());
        Ok(Away { name, address, allowed, profile: person.profile })
    }

    /// Kills somebody's browser in the middle of whatever it does.
    pub(crate) async fn kill(&self, person: Rc<Person>) -> Result<Away> {
        self.people.borrow_mut().retain(|other| !Rc::ptr_eq(other, &person));
        let person = Rc::into_inner(person).context("somebody else holds this person")?;
        kill_browser(person.profile.path()).await?;
        // The driver only notices.
        let _ = person.browser.quit().await;
        Ok(Away {
            name: person.name,
            address: person.address,
            allowed: person.allowed.into_inner(),
            profile: person.profile,
        })
    }

    /// Opens a browser over what the last one has kept.
    pub(crate) async fn back(&self, away: Away) -> Result<Rc<Person>> {
        self.open_browser(away.name, away.address, away.profile, away.allowed).await
    }

    /// Closes somebody's browser for good.
    pub(crate) async fn leave(&self, person: Rc<Person>) -> Result<()> {
        self.close(person).await.map(drop)
    }

    async fn open_browser(
        &self,
        name: &'static str,
        address: String,
        profile: TempDir,
        allowed: Vec<&'static str>,
    ) -> Result<Rc<Person>> {
        let browser = open(&self.driver, self.look, profile.path()).await?;
        let person = Rc::new(Person {
            name,
            look: self.look,
            browser,
            address,
            journey: self.journey,
            allowed: RefCell::new(allowed),
            profile,
        });
        self.people.borrow_mut().push(Rc::clone(&person));
        Ok(person)
    }
}

impl Person {
    /// A picture, and the accessibility check, of what is on the screen.
    pub(crate) async fn inspect(&self, place: &str) -> Result<()> {
        self.picture(place).await?;
        axe::check(&self.browser, place).await
    }

    /// A picture of what is on the screen.
    pub(crate) async fn picture(&self, place: &str) -> Result<()> {
        let name = format!("{}-{}-{}-{place}", self.journey, self.look.name, self.name);
        report::screenshot(&self.browser, &name).await
    }

    /// From here on, errors with this in them belong to the journey.
    pub(crate) fn allow_in_console(&self, part: &'static str) {
        self.allowed.borrow_mut().push(part);
    }

    /// The id of their browser's process.
    pub(crate) fn browser_process(&self) -> Result<u32> {
        browser_process(self.profile.path())
    }

    /// Whom the service takes this person for.
    pub(crate) async fn user_id(&self) -> Result<String> {
        let script = "return JSON.parse(localStorage.getItem('natter.session')).userId";
        let answer = self.browser.execute(script, Vec::new()).await?;
        answer.json().as_str().map(str::to_owned).context("nobody is signed in")
    }

    async fn complaints(&self) -> Result<()> {
        let allowed = self.allowed.borrow().clone();
        let complaints = report::complaints(&self.browser, &allowed).await?;
        if complaints.is_empty() {
            return Ok(());
        }
        Err(anyhow!("the console of {} holds\n  {}", self.name, complaints.join("\n  ")))
    }
}
