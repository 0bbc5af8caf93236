//! What every page object does: find, click, type, read, each after waiting for what it needs.

use anyhow::{Context, Result};
use serde_json::json;
use thirtyfour::prelude::*;

use super::stage::Person;
use super::{SOON, until};

impl Person {
    /// Goes to an address within the app, `#/threads/…` for example.
    pub(crate) async fn go(&self, fragment: &str) -> Result<()> {
        Ok(self.browser.goto(format!("{}/{fragment}", self.address)).await?)
    }

    /// The first such element that can be seen.
    pub(crate) async fn see(&self, css: &str) -> Result<WebElement> {
        self.see_with(css, "").await
    }

    /// The first such element that can be seen and holds these words.
    pub(crate) async fn see_with(&self, css: &str, words: &str) -> Result<WebElement> {
        let what = format!("{} sees {css} with {words:?}", self.name);
        until(&what, SOON, async || {
            for element in self.browser.find_all(By::Css(css)).await? {
                if element.is_displayed().await? && element.text().await?.contains(words) {
                    return Ok(Some(element));
                }
            }
            Ok(None)
        })
        .await
    }

    /// Waits until nothing like it can be seen with these words.
    pub(crate) async fn see_no(&self, css: &str, words: &str) -> Result<()> {
        let what = format!("{} sees no {css} with {words:?}", self.name);
        until(&what, SOON, async || {
            for element in self.browser.find_all(By::Css(css)).await? {
                if element.is_displayed().await? && element.text().await?.contains(words) {
                    return Ok(None);
                }
            }
            Ok(Some(()))
        })
        .await
    }

    /// Clicks what can be seen, again if it moved away just then.
    pub(crate) async fn click(&self, css: &str) -> Result<()> {
        self.click_with(css, "").await
    }

    /// Clicks what holds these words.
    pub(crate) async fn click_with(&self, css: &str, words: &str) -> Result<()> {
        let what = format!("{} clicks {css} with {words:?}", self.name);
        until(&what, SOON, async || {
            self.see_with(css, words).await?.click().await?;
            Ok(Some(()))
        })
        .await
    }

    /// Clicks the button that a screen reader calls so: by its label, or else by its words.
    pub(crate) async fn press(&self, within: &str, name: &str) -> Result<()> {
        const FIND: &str = "const [within, name] = arguments;
            return [...document.querySelectorAll(`${within} button, ${within} [role=menuitem], ${within} a`)].find(
                button => button.checkVisibility() && !button.disabled
                    && (button.ariaLabel ?? button.innerText).trim().startsWith(name)) ?? null";
        let what = format!("{} presses {name:?} in {within}", self.name);
        until(&what, SOON, async || {
            let found = self.browser.execute(FIND, vec![json!(within), json!(name)]).await?;
            if found.json().is_null() {
                return Ok(None);
            }
            found.element()?.click().await?;
            Ok(Some(()))
        })
        .await
    }

    /// Puts words into a field in place of what was there, key by key.
    pub(crate) async fn fill(&self, css: &str, words: &str) -> Result<()> {
        let field = self.see(css).await?;
        field.click().await?;
        field.send_keys(Key::Control + "a").await?;
        field.send_keys(words).await.with_context(|| format!("{} types into {css}", self.name))
    }

    /// Presses Enter in a field.
    pub(crate) async fn press_enter_in(&self, css: &str) -> Result<()> {
        Ok(self.see(css).await?.send_keys(Key::Enter).await?)
    }

    /// The words of all that can be seen, from top to bottom.
    pub(crate) async fn texts(&self, css: &str) -> Result<Vec<String>> {
        let mut texts = Vec::new();
        for element in self.browser.find_all(By::Css(css)).await? {
            texts.push(element.text().await?);
        }
        Ok(texts)
    }

    /// Waits until the browser's database holds these words on a shelf.
    pub(crate) async fn keeps(&self, shelf: &str, words: &str) -> Result<()> {
        const WRITTEN_DOWN: &str = "const [shelf, words, done] = arguments;
            const opening = indexedDB.open('natter');
            opening.onerror = () => done(false);
            opening.onsuccess = () => {
                const database = opening.result;
                const all = database.transaction(shelf).objectStore(shelf).getAll();
                const say = () => { database.close(); done((all.result ?? []).some(kept => kept.includes(words))); };
                all.onsuccess = all.onerror = say;
            };";
        let what = format!("the browser of {} keeps {words:?} on {shelf}", self.name);
        until(&what, SOON, async || {
            let kept = self.browser.execute_async(WRITTEN_DOWN, vec![json!(shelf), json!(words)]).await?;
            Ok((kept.json().as_bool() == Some(true)).then_some(()))
        })
        .await
    }

    /// What the browser's database holds on a shelf.
    pub(crate) async fn shelf(&self, shelf: &str) -> Result<Vec<String>> {
        const READ: &str = "const [shelf, done] = arguments;
            const opening = indexedDB.open('natter');
            opening.onerror = () => done(null);
            opening.onsuccess = () => {
                const database = opening.result;
                const all = database.transaction(shelf).objectStore(shelf).getAll();
                const say = () => { database.close(); done(all.result?.map(String) ?? null); };
                all.onsuccess = all.onerror = say;
            };";
        let kept = self.browser.execute_async(READ, vec![json!(shelf)]).await?;
        let kept = kept.json().as_array().context("the browser's database does not open")?;
        Ok(kept.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect())
    }

    /// Whether the browser still has what it kept for this origin. Asked for the first time, it begins to keep something.
    ///
    /// Chromium throws all databases of an origin away when it finds one broken after a kill, which happens about once in
    /// fifty kills on a busy machine, and as well with transactions of strict durability.
    pub(crate) async fn storage_is_as_it_was(&self) -> Result<bool> {
        const OPEN: &str = "const [done] = arguments;
            const opening = indexedDB.open('of the test');
            let there = true;
            opening.onupgradeneeded = () => { there = false; };
            opening.onerror = () => done(null);
            opening.onsuccess = () => { opening.result.close(); done(there); };";
        let there = self.browser.execute_async(OPEN, Vec::new()).await?;
        there.json().as_bool().context("the browser's storage does not open")
    }

    /// The messages of a thread, named as in its address, as the service lists them, from the first to the last.
    pub(crate) async fn at_the_service(&self, thread: &str) -> Result<Vec<String>> {
        const LIST: &str = "const [thread, done] = arguments;
            (async () => {
                const { token } = JSON.parse(localStorage.getItem('natter.session'));
                const said = [];
                let next = `/chat/threads/${thread}/messages?maxPageSize=200&api-version=2025-03-15`;
                while (next) {
                    const reply = await fetch(next, { headers: { authorization: `Bearer ${token}` } });
                    const { value, nextLink } = await reply.json();
                    said.unshift(...value.filter(({ type }) => type === 'text' || type === 'html')
                        .map(({ content }) => content.message).reverse());
                    next = nextLink;
                }
                return said;
            })().then(done, error => done(String(error)))";
        let said = self.browser.execute_async(LIST, vec![json!(thread)]).await?;
        let said = said.json().as_array().with_context(|| format!("the service says {}", said.json()))?;
        Ok(said.iter().filter_map(|words| words.as_str().map(str::to_owned)).collect())
    }

    /// What follows `#` in the address bar.
    pub(crate) async fn fragment(&self) -> Result<String> {
        Ok(self.browser.current_url().await?.fragment().unwrap_or_default().to_owned())
    }
}
