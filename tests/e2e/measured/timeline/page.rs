//! A page with a list, and what can be measured of it. For Linux, which tells of processes under `/proc`.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::super::quantile;
use crate::support::stage::Person;
use crate::support::{SOON, until};

/// Each time is the median of so many.
const RUNS: usize = 5;
const ARRIVALS: usize = 30;
/// As developer tools have "slow 4G", and a phone of the lower middle.
const SLOW_LATENCY_MS: f64 = 562.5;
const SLOW_BYTES_A_SECOND: f64 = 180_000.0;
const SLOW_CPU: u32 = 4;
const IDLE: Duration = Duration::from_secs(30);
/// The kernel counts processor time in hundredths of a second.
const TICK_MS: f64 = 10.0;

/// Finds out when the newest message is painted, and what takes long.
const WATCH: &str = "window.measured = { painted: null, blocked: 0, longFrames: 0 };
    new PerformanceObserver(list => {
        for (const { duration } of list.getEntries()) measured.blocked += duration - 50;
    }).observe({ type: 'longtask' });
    window.afterPaint = then => requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = then;
        port2.postMessage(null);
    });
    window.newest = () => [...document.querySelectorAll('.message-row__text, .row')].at(-1);
    const look = () => {
        const row = window.newest();
        const box = row?.getBoundingClientRect();
        if (box && row.textContent && box.bottom > 0 && box.top < innerHeight) {
            window.afterPaint(() => measured.painted = performance.now());
        } else {
            requestAnimationFrame(look);
        }
    };
    requestAnimationFrame(look);";

/// A message comes, and is looked at. Of what comes over the line only the time from the reply on counts.
const ARRIVE: &str = "const [words, token, path, done] = arguments;
    const began = performance.now();
    const seen = new MutationObserver(() => {
        const there = [...document.querySelectorAll('.message-row__text, .row')].some(row => row.textContent.includes(words));
        if (!there) return;
        seen.disconnect();
        window.afterPaint(() => {
            const replies = performance.getEntriesByType('resource')
                .filter(({ name, responseEnd }) => responseEnd > began && new URL(name).pathname.endsWith('/messages'));
            done(performance.now() - (path ? replies.at(-1)?.responseEnd ?? began : began));
        });
    });
    seen.observe(document.body, { childList: true, subtree: true, characterData: true });
    performance.clearResourceTimings();
    if (path) {
        fetch(path, {
            method: 'POST',
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
            body: JSON.stringify({ content: words, senderDisplayName: 'Noor' }),
        });
    } else {
        window.arrive(words);
    }";

/// Counts frames that come late, until it is asked.
const COUNT_FRAMES: &str = "measured.blocked = measured.longFrames = 0;
    let last = performance.now();
    const frame = now => {
        if (now - last > 50) measured.longFrames++;
        last = now;
        if (!measured.enough) requestAnimationFrame(frame);
    };
    measured.enough = false;
    requestAnimationFrame(frame);";

const SIGN_IN: &str = "const [name, done] = arguments;
    fetch('/natter/v1/sign-in', {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name }),
    }).then(reply => reply.json()).then(done, error => done(String(error)))";

/// Which list.
pub(super) enum Place {
    /// The app, as somebody sees a thread.
    Natter { thread: String, name: String },
    /// A page of `xtask/bench-pages`.
    Bench { name: &'static str, messages: usize },
}

impl Place {
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Natter { .. } => "natter",
            Self::Bench { name, .. } => name,
        }
    }

    fn address(&self) -> String {
        match self {
            Self::Natter { thread, .. } => {
                format!("#/threads/{}", thread.replace(':', "%3A").replace('@', "%40"))
            }
            Self::Bench { name, messages } => format!("bench/{name}.html?messages={messages}"),
        }
    }
}

/// A page in somebody's browser.
pub(super) struct Measured<'a> {
    person: &'a Person,
    place: &'a Place,
    /// Of somebody else in the thread.
    token: String,
}

impl<'a> Measured<'a> {
    pub(super) async fn open(person: &'a Person, place: &'a Place) -> Result<Self> {
        let mut page = Self { person, place, token: String::new() };
        if let Place::Natter { name, .. } = place {
            person.go("").await?;
            person.fill("#name", name).await?;
            person.click(".sign-in__form .button--primary").await?;
            person.see(".threads__list").await?;
            let other = person.browser.execute_async(SIGN_IN, vec![json!("Noor")]).await?;
            page.token = other.json()["token"].as_str().context("Noor is not signed in")?.to_owned();
        }
        page.tool("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await?;
        page.tool("Network.enable", json!({})).await?;
        Ok(page)
    }

    async fn tool(&self, name: &str, parameters: Value) -> Result<Value> {
        Ok(self.person.browser.cdp().send_raw(name, parameters).await?)
    }

    async fn number(&self, script: &str) -> Result<f64> {
        let found = self.person.browser.execute(script, Vec::new()).await?;
        found.json().as_f64().with_context(|| format!("{script}: {}", found.json()))
    }

    /// Loads the page; gives when its newest message was painted, in milliseconds from the beginning.
    async fn load(&self) -> Result<f64> {
        self.person.browser.goto("about:blank").await?;
        self.person.go(&self.place.address()).await?;
        until("a message is painted", SOON * 6, async || {
            let painted = self.person.browser.execute("return window.measured.painted", Vec::new()).await?;
            Ok(painted.json().as_f64())
        })
        .await
    }

    /// As on a first visit: nothing is kept but who is signed in.
    async fn load_anew(&self) -> Result<f64> {
        self.person.browser.goto("about:blank").await?;
        let kept = json!({
            "origin": self.person.address, "storageTypes": "indexeddb,service_workers,cache_storage"
        });
        self.tool("Storage.clearDataForOrigin", kept).await?;
        self.tool("Network.clearBrowserCache", json!({})).await?;
        self.load().await
    }

    pub(super) async fn painted(&self) -> Result<f64> {
        let mut times = Vec::new();
        for _ in 0..RUNS {
            times.push(self.load_anew().await?);
        }
        Ok(quantile(&times, 0.5))
    }

    /// On a later visit.
    pub(super) async fn kept(&self) -> Result<f64> {
        let mut times = Vec::new();
        for _ in 0..RUNS {
            times.push(self.load().await?);
        }
        Ok(quantile(&times, 0.5))
    }

    /// First paint and newest message, over a slow line by a slow machine.
    pub(super) async fn slow(&self) -> Result<(f64, f64)> {
        let line = |latency: f64, bytes: f64| json!({ "offline": false, "latency": latency, "downloadThroughput": bytes, "uploadThroughput": bytes });
        self.tool("Network.setBypassServiceWorker", json!({ "bypass": true })).await?;
        self.tool("Network.emulateNetworkConditions", line(SLOW_LATENCY_MS, SLOW_BYTES_A_SECOND)).await?;
        self.tool("Emulation.setCPUThrottlingRate", json!({ "rate": SLOW_CPU })).await?;
        let (mut first, mut painted) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            painted.push(self.load_anew().await?);
            let script =
                "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null";
            // It is told a moment after it was.
            first.push(
                until("something is painted", SOON, async || Ok(self.number(script).await.ok())).await?,
            );
        }
        self.tool("Emulation.setCPUThrottlingRate", json!({ "rate": 1 })).await?;
        self.tool("Network.emulateNetworkConditions", line(0.0, -1.0)).await?;
        self.tool("Network.setBypassServiceWorker", json!({ "bypass": false })).await?;
        Ok((quantile(&first, 0.5), quantile(&painted, 0.5)))
    }

    pub(super) async fn rows(&self) -> Result<f64> {
        self.number("return document.querySelectorAll('.message-row__text, .row').length").await
    }

    /// What the page's process has for itself, after a collection of garbage.
    pub(super) async fn memory_mb(&self) -> Result<f64> {
        self.tool("HeapProfiler.collectGarbage", json!({})).await?;
        let status = fs::read_to_string(format!("/proc/{}/status", self.renderer()?))?;
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).context("no RssAnon")?;
        let kb: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kb / 1_024.0)
    }

    /// The process of the page: of the browser's renderers, the one that has done most.
    fn renderer(&self) -> Result<u32> {
        let browser = self.person.browser_process()?;
        let mut found = None;
        for process in fs::read_dir("/proc")? {
            let Ok(pid) = process?.file_name().to_string_lossy().parse::<u32>() else { continue };
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            if !String::from_utf8_lossy(&line).contains("--type=renderer") || !descends(pid, browser) {
                continue;
            }
            let ticks = ticks(pid).unwrap_or_default();
            if found.is_none_or(|(_, most)| ticks > most) {
                found = Some((pid, ticks));
            }
        }
        found.map(|(pid, _)| pid).context("the browser has no page")
    }

    /// From the reply that brings a message, or the call that does, until it is painted.
    pub(super) async fn arrivals(&self) -> Result<(f64, f64)> {
        let mut times = Vec::new();
        for number in 1..=ARRIVALS {
            let words = format!("And here is arrival number {number}.");
            let path = match self.place {
                Place::Natter { .. } => {
                    let thread = self.person.fragment().await?.trim_start_matches("/threads/").to_owned();
                    json!(format!("/chat/threads/{thread}/messages?api-version=2025-03-15"))
                }
                Place::Bench { .. } => Value::Null,
            };
            let arguments = vec![json!(words), json!(self.token), path];
            let took = self.person.browser.execute_async(ARRIVE, arguments).await?;
            times.push(took.json().as_f64().with_context(|| format!("{words}: {}", took.json()))?);
        }
        Ok((quantile(&times, 0.5), quantile(&times, 0.95)))
    }

    /// Scrolls up by many screens, as with a wheel; late frames, and how long the page was deaf.
    pub(super) async fn scroll(&self) -> Result<(f64, f64)> {
        self.person.browser.execute(COUNT_FRAMES, Vec::new()).await?;
        for _ in 0..4 {
            let gesture = json!({ "x": 800, "y": 450, "yDistance": 4_000, "speed": 4_000, "gestureSourceType": "mouse" });
            self.tool("Input.synthesizeScrollGesture", gesture).await?;
        }
        let late = self.number("measured.enough = true; return measured.longFrames").await?;
        Ok((late, self.number("return measured.blocked").await?))
    }

    /// Processor time of the page while nothing happens.
    pub(super) async fn idle_cpu_ms(&self) -> Result<f64> {
        let pid = self.renderer()?;
        let before = ticks(pid)?;
        tokio::time::sleep(IDLE).await;
        let after = ticks(pid)?;
        ensure!(after >= before, "the page has another process now");
        Ok((after - before) as f64 * TICK_MS)
    }
}

/// The fields of `/proc/PID/stat` after the name, which may hold anything.
fn stat(pid: u32) -> Result<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let rest = stat.rsplit_once(')').context("no name in it")?.1;
    Ok(rest.split_whitespace().map(str::to_owned).collect())
}

/// Processor time, of user and kernel.
fn ticks(pid: u32) -> Result<u64> {
    let fields = stat(pid)?;
    let field = |at: usize| -> Result<u64> { Ok(fields.get(at).context("too few fields")?.parse()?) };
    Ok(field(11)? + field(12)?)
}

/// Whether a process was started by another, or by one that it started.
fn descends(pid: u32, ancestor: u32) -> bool {
    let mut pid = pid;
    while pid > 1 {
        if pid == ancestor {
            return true;
        }
        let parent = stat(pid).ok().and_then(|fields| fields.get(1)?.parse().ok());
        let Some(parent) = parent else { return false };
        pid = parent;
    }
    false
}
