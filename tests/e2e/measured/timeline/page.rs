//! A page with a list, and what can be measured of it.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::renderer::Renderer;
use crate::support::stage::{Person, Stage};
use crate::support::{SOON, until};

/// Written once for every page; it says what each figure is.
const WATCH: &str = include_str!("watch.js");

/// The longest that a page is waited for: a hundred thousand rows at once are no small thing.
const LONGEST: Duration = Duration::from_secs(120);
/// The longest that the app may take for all of a long thread's past.
const LONGEST_PAST: Duration = Duration::from_secs(600);

/// As somebody types who types fast.
const BETWEEN_KEYS: Duration = Duration::from_millis(90);

/// As developer tools have "slow 4G", and a phone of the lower middle.
const SLOW_LATENCY_MS: f64 = 562.5;
const SLOW_BYTES_A_SECOND: f64 = 180_000.0;
const SLOW_CPU: u32 = 4;

const SIGN_IN: &str = "const [name, done] = arguments;
    fetch('/natter/v1/sign-in', {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name }),
    }).then(reply => reply.json()).then(done, error => done(String(error)))";

/// Ten a second, until it is stopped.
const SEND_ON: &str = "const [path, token] = arguments;
    let number = 0;
    window.sendingOn = setInterval(() => fetch(path, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ content: `And another one, number ${++number}.`, senderDisplayName: 'Noor' }),
    }), 100)";

const SEND: &str = "const [path, token, words] = arguments;
    fetch(path, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ content: words, senderDisplayName: 'Noor' }),
    })";

/// Which list.
#[derive(Clone)]
pub(super) enum Place {
    /// The app, as somebody sees a thread.
    Natter { thread: String, name: String },
    /// A page of `xtask/bench-pages`.
    Bench(&'static str),
}

/// Somebody in the thread who writes, in a browser of their own: what sending costs is not the reader's.
pub(super) struct Writer {
    person: Rc<Person>,
    token: String,
}

impl Writer {
    pub(super) async fn come(stage: &Stage) -> Result<Self> {
        let person = stage.person("Noor").await?;
        person.go("bench/plain.html").await?;
        let signed_in = person.browser.execute_async(SIGN_IN, vec![json!("Noor")]).await?;
        let token = signed_in.json()["token"].as_str().context("Noor is not signed in")?.to_owned();
        Ok(Self { person, token })
    }

    /// Sends a message, and waits for nothing.
    pub(super) async fn send(&self, thread: &str, words: &str) -> Result<()> {
        self.person.browser.execute(SEND, vec![json!(path(thread)), json!(self.token), json!(words)]).await?;
        Ok(())
    }

    /// Sends ten messages a second from now on.
    pub(super) async fn send_on(&self, thread: &str) -> Result<()> {
        self.person.browser.execute(SEND_ON, vec![json!(path(thread)), json!(self.token)]).await?;
        Ok(())
    }

    pub(super) async fn stop(&self) -> Result<()> {
        self.person.browser.execute("clearInterval(window.sendingOn)", Vec::new()).await?;
        Ok(())
    }

    pub(super) async fn leave(self, stage: &Stage) -> Result<()> {
        stage.leave(self.person).await
    }
}

/// How a page is loaded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// As fast as this machine is.
    Plain,
    /// A slow line and a slow machine.
    Slow,
}

/// A page in somebody's browser.
pub(super) struct Page {
    pub(super) person: Rc<Person>,
    place: Place,
}

impl Page {
    /// In a browser of its own; the app with somebody who has signed in.
    pub(super) async fn come(stage: &Stage, place: Place) -> Result<Self> {
        let person = stage.person("Somebody").await?;
        let page = Self { person, place };
        page.person.browser.set_script_timeout(LONGEST).await?;
        // The window is as large anyway; with a size that is emulated the browser tells of paints half a second late.
        page.tool("Emulation.clearDeviceMetricsOverride", json!({})).await?;
        page.tool("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await?;
        page.tool("Network.enable", json!({})).await?;
        if let Place::Natter { name, .. } = &page.place {
            page.person.go("").await?;
            page.person.fill("#name", name).await?;
            page.person.click(".sign-in__form .button--primary").await?;
            page.person.see(".threads__list .thread-row").await?;
            // Unread, it would open where that begins.
            page.person.go(&page.link().unwrap_or_default()).await?;
            page.read_all().await?;
            let told = "return performance.getEntriesByType('resource').some(({ name }) => /\\/readReceipts\\?api-version/.test(name))";
            page.until_so("it is told what was read", SOON, told).await?;
        }
        Ok(page)
    }

    pub(super) async fn leave(self, stage: &Stage) -> Result<()> {
        stage.leave(self.person).await
    }

    pub(super) const fn name(&self) -> &'static str {
        match &self.place {
            Place::Natter { .. } => "natter",
            Place::Bench(name) => name,
        }
    }

    pub(super) const fn is_natter(&self) -> bool {
        matches!(self.place, Place::Natter { .. })
    }

    /// Of the thread in the app; none beside it.
    fn link(&self) -> Option<String> {
        match &self.place {
            Place::Natter { thread, .. } => Some(format!("#/threads/{}", encoded(thread))),
            Place::Bench(_) => None,
        }
    }

    pub(super) async fn tool(&self, name: &str, parameters: Value) -> Result<Value> {
        Ok(self.person.browser.cdp().send_raw(name, parameters).await?)
    }

    async fn run(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.person.browser.execute(script, arguments).await?.json().clone())
    }

    /// Waits until a script says yes.
    async fn until_so(&self, what: &str, within: Duration, script: &str) -> Result<()> {
        until(&format!("{}: {what}", self.name()), within, async || {
            Ok(self.run(script, Vec::new()).await?.as_bool().filter(|so| *so).map(drop))
        })
        .await
    }

    /// To the end of the thread, and until that is read.
    async fn read_all(&self) -> Result<()> {
        const AT_END: &str = "if (!measured.newest()) return false;
            document.querySelector('.timeline__jump--more button')?.click();
            return document.querySelector('.thread-row--unread') === null";
        self.until_so("all is read", SOON, AT_END).await
    }

    pub(super) async fn number(&self, script: &str) -> Result<f64> {
        let found = self.run(script, Vec::new()).await?;
        found.as_f64().with_context(|| format!("{script}: {found}"))
    }

    /// Calls something that tells its figure by and by.
    async fn figure(&self, what: &str, script: &str, arguments: Vec<Value>) -> Result<f64> {
        let told = self.person.browser.execute_async(script, arguments).await;
        let told = told.with_context(|| format!("{}: not within {LONGEST:?}: {what}", self.name()))?;
        told.json().as_f64().with_context(|| format!("{}: {what}: {}", self.name(), told.json()))
    }

    /// Loads a page as on a visit, with the thread or a list of fifty messages. Gives when its newest message was painted and when
    /// anything was, in milliseconds from the beginning.
    async fn visit(&self) -> Result<(f64, f64)> {
        self.person.browser.goto("about:blank").await?;
        match &self.place {
            Place::Natter { .. } => self.person.go(&self.link().unwrap_or_default()).await?,
            Place::Bench(name) => self.person.go(&format!("bench/{name}.html?start")).await?,
        }
        let what = format!("{}: a message is painted", self.name());
        let painted = until(&what, SOON * 2, async || {
            Ok(self.run("return measured.painted", Vec::new()).await?.as_f64())
        });
        let painted = painted.await?;
        // It is told a moment after it was.
        let script = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime";
        let what = format!("{}: the first paint is told of", self.name());
        let first = until(&what, SOON, async || Ok(self.run(script, Vec::new()).await?.as_f64())).await?;
        Ok((painted, first))
    }

    /// The first visit: nothing is kept but who is signed in.
    pub(super) async fn first_visit(&self, line: Line) -> Result<(f64, f64)> {
        self.person.browser.goto("about:blank").await?;
        let kept = json!({
            "origin": self.person.address, "storageTypes": "indexeddb,service_workers,cache_storage"
        });
        self.tool("Storage.clearDataForOrigin", kept).await?;
        self.tool("Network.clearBrowserCache", json!({})).await?;
        self.over(line).await?;
        // Else what comes later in this visit would be in the way of it.
        self.tool("Network.setBypassServiceWorker", json!({ "bypass": true })).await?;
        let visit = self.visit().await;
        self.tool("Network.setBypassServiceWorker", json!({ "bypass": false })).await?;
        self.over(Line::Plain).await?;
        visit
    }

    /// A later visit, when the browser has kept the app and what was read. Whoever measures it has been there before.
    pub(super) async fn later_visit(&self, line: Line) -> Result<(f64, f64)> {
        self.person.browser.goto("about:blank").await?;
        self.over(line).await?;
        let visit = self.visit().await;
        self.over(Line::Plain).await?;
        visit
    }

    /// Visits until the browser has kept everything.
    pub(super) async fn be_kept(&self) -> Result<()> {
        self.visit().await?;
        let kept = "return navigator.serviceWorker.controller !== null";
        until("the app is kept", SOON, async || {
            self.visit().await?;
            Ok(self.run(kept, Vec::new()).await?.as_bool().filter(|kept| *kept))
        })
        .await?;
        Ok(())
    }

    async fn over(&self, line: Line) -> Result<()> {
        let (latency, bytes, rate) = match line {
            Line::Plain => (0.0, -1.0, 1),
            Line::Slow => (SLOW_LATENCY_MS, SLOW_BYTES_A_SECOND, SLOW_CPU),
        };
        let conditions = json!({
            "offline": false, "latency": latency, "downloadThroughput": bytes, "uploadThroughput": bytes
        });
        self.tool("Network.emulateNetworkConditions", conditions).await?;
        self.tool("Emulation.setCPUThrottlingRate", json!({ "rate": rate })).await?;
        Ok(())
    }

    /// Has all of so many messages in the page, and shows none of them. The app asks for all of its thread's past, as for somebody who
    /// follows a link to a message further back than all.
    pub(super) async fn hold(&self, messages: usize) -> Result<()> {
        // In the page's process the tools keep every reply: memory that the page does not have.
        self.tool("Network.disable", json!({})).await?;
        match &self.place {
            Place::Natter { .. } => {
                let link = self.link().unwrap_or_default();
                self.person.browser.goto("about:blank").await?;
                self.person.go(&format!("{link}/1")).await?;
                // It says that there is no such message when there is no more to ask for.
                let what = format!("{messages} messages are here");
                let said = "return document.querySelector('.toast:not([hidden])') !== null";
                self.until_so(&what, LONGEST_PAST, said).await?;
            }
            Place::Bench(name) => {
                self.person.go(&format!("bench/{name}.html")).await?;
                self.run("window.hold(arguments[0])", vec![json!(messages)]).await?;
            }
        }
        self.close().await
    }

    /// From the click on the thread, or the handing over of the messages, to the frame with the newest of them.
    pub(super) async fn open(&self) -> Result<f64> {
        let script = "const [link, done] = arguments; measured.open(link, done)";
        self.figure("a list is opened", script, vec![json!(self.link())]).await
    }

    /// Nothing is shown but, in the app, the list of threads. It will open at its end.
    pub(super) async fn close(&self) -> Result<()> {
        match self.place {
            Place::Natter { .. } => {
                self.read_all().await?;
                self.run("location.hash = '#/'", Vec::new()).await?;
            }
            Place::Bench(_) => drop(self.run("window.closeList()", Vec::new()).await?),
        }
        self.until_so("the list is gone", SOON, "return measured.newest() === undefined").await
    }

    pub(super) async fn rows(&self) -> Result<f64> {
        self.number("return document.querySelectorAll('.message-row__text, .row').length").await
    }

    pub(super) async fn collect_garbage(&self) -> Result<()> {
        self.tool("HeapProfiler.collectGarbage", json!({})).await?;
        Ok(())
    }

    /// What the page's process has for itself, after a collection of garbage.
    pub(super) async fn memory_mb(&self) -> Result<f64> {
        self.collect_garbage().await?;
        self.renderer().await?.private_mb()
    }

    /// The page's process: the one that has to do when the page has.
    pub(super) async fn renderer(&self) -> Result<Renderer> {
        const BE_BUSY: &str = "const end = performance.now() + 300; while (performance.now() < end);";
        let mut before = Vec::new();
        for renderer in Renderer::all_of(self.person.browser_process()?)? {
            before.push((renderer, renderer.cpu_ms()?));
        }
        self.run(BE_BUSY, Vec::new()).await?;
        let mut busiest = None;
        for (renderer, before) in before {
            let took = renderer.cpu_ms().unwrap_or_default() - before;
            if busiest.is_none_or(|(_, most)| took > most) {
                busiest = Some((renderer, took));
            }
        }
        busiest.map(|(renderer, _)| renderer).context("the browser has no page")
    }

    /// From the reply that brings a message, or the call that does, to the frame with it.
    pub(super) async fn arrival(&self, writer: &Writer, words: &str) -> Result<f64> {
        let expect = "measured.expect(arguments[0], arguments[1])";
        self.run(expect, vec![json!(words), json!(self.is_natter())]).await?;
        if let Place::Natter { thread, .. } = &self.place {
            writer.send(thread, words).await?;
        }
        let script = "const [done] = arguments; measured.arrival.then(done)";
        self.figure("a message arrives", script, Vec::new()).await
    }

    /// Scrolls up by many screens, as with a wheel; late frames, and how long the page was deaf.
    pub(super) async fn scroll(&self) -> Result<(f64, f64)> {
        self.run("measured.countFrames()", Vec::new()).await?;
        for _ in 0..2 {
            self.scroll_by(4_000).await?;
        }
        let late = self.number("measured.enough = true; return measured.longFrames").await?;
        Ok((late, self.number("return measured.blocked").await?))
    }

    /// Types into the composer while ten messages a second arrive. Gives from each key to the next frame; what the browser does not tell
    /// of, for it took less than 16 ms, as 8.
    pub(super) async fn keys(&self, writer: &Writer, count: usize) -> Result<Vec<f64>> {
        let Place::Natter { thread, .. } = &self.place else { bail!("there is nothing to type into") };
        self.person.click(".composer__input").await?;
        writer.send_on(thread).await?;
        let shown = "return [...document.querySelectorAll('.message-row__text')].some(row => row.textContent.includes('And another one'))";
        self.until_so("the first of many arrives", SOON, shown).await?;
        self.run("measured.keys = {}", Vec::new()).await?;
        for number in 0..count {
            let letter = if number % 6 == 5 { " " } else { "n" };
            let key = |kind: &str| json!({ "type": kind, "key": letter, "text": if kind == "keyDown" { letter } else { "" } });
            self.tool("Input.dispatchKeyEvent", key("keyDown")).await?;
            self.tool("Input.dispatchKeyEvent", key("keyUp")).await?;
            tokio::time::sleep(BETWEEN_KEYS).await;
        }
        writer.stop().await?;
        let typed = self.number("return document.querySelector('.composer__input').value.length").await?;
        ensure!(typed == count as f64, "of {count} keys {typed} were typed");
        let told = self.run("return Object.values(measured.keys)", Vec::new()).await?;
        let mut took: Vec<f64> = told.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        ensure!(took.len() <= count, "the browser tells of {} keys, {count} were typed", took.len());
        took.resize(count, 8.0);
        self.run("document.execCommand('selectAll'); document.execCommand('delete')", Vec::new()).await?;
        Ok(took)
    }

    /// Processor time in so long a while in a tab that nobody sees.
    pub(super) async fn hidden_cpu_ms(&self, so_long: Duration) -> Result<f64> {
        let renderer = self.renderer().await?;
        let here = self.person.browser.window().await?.to_string();
        let other = self.person.browser.new_tab().await?.to_string();
        self.tool("Target.activateTarget", json!({ "targetId": other })).await?;
        self.until_so("the tab is hidden", SOON, "return document.hidden").await?;
        let before = renderer.cpu_ms()?;
        tokio::time::sleep(so_long).await;
        let took = renderer.cpu_ms()? - before;
        self.tool("Target.activateTarget", json!({ "targetId": here })).await?;
        self.tool("Target.closeTarget", json!({ "targetId": other })).await?;
        self.until_so("the tab is seen again", SOON, "return !document.hidden").await?;
        Ok(took)
    }

    /// What scripts keep in the page after a collection of garbage, that of the wasm among it, in megabytes; and how many nodes.
    pub(super) async fn heap(&self) -> Result<(f64, f64)> {
        self.collect_garbage().await?;
        let heap = self.tool("Runtime.getHeapUsage", json!({})).await?;
        let bytes = |name: &str| heap[name].as_f64().with_context(|| format!("no {name}: {heap}"));
        let kept = bytes("usedSize")? + bytes("backingStorageSize")?;
        let counters = self.tool("Memory.getDOMCounters", json!({})).await?;
        Ok((kept / (1_024.0 * 1_024.0), counters["nodes"].as_f64().context("no count of nodes")?))
    }

    /// Up by so many pixels; down when negative.
    pub(super) async fn scroll_by(&self, pixels: i32) -> Result<()> {
        let gesture = json!({
            "x": 800, "y": 450, "yDistance": pixels, "speed": 4_000, "gestureSourceType": "mouse"
        });
        let scrolled =
            tokio::time::timeout(LONGEST, self.tool("Input.synthesizeScrollGesture", gesture)).await;
        match scrolled {
            Ok(scrolled) => scrolled.map(drop),
            Err(_) => bail!("{}: not within {LONGEST:?}: {pixels} pixels are scrolled", self.name()),
        }
    }
}

fn path(thread: &str) -> String {
    format!("/chat/threads/{}/messages?api-version=2025-03-15", encoded(thread))
}

/// As in an address.
fn encoded(thread: &str) -> String {
    thread.replace(':', "%3A").replace('@', "%40")
}
