//! What lies between the tabs and the service: it loses, delays, doubles, reorders and answers out of turn.
//!
//! What becomes of a request follows from the seed, its tab and the how-manieth of its kind it is, so that leaving out one
//! deed of a story moves the others' luck as little as possible.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use acs_chat::{HttpRequest, HttpResponse, Method, ThreadId, Transport, TransportError};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use natter::backend::events::{Opened, Streams};

use crate::dice::Dice;
use crate::simulation::Simulation;
use crate::world::{ORIGIN, WORLD};

/// What is asked for, as the service counts it (reference `acs-chat.md` 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Threads,
    Messages,
    People,
    Receipts,
    Write,
    TellRead,
    Type,
    /// What a person waits for: no polling, no outbox.
    Action,
    /// Signing in, `config.json`.
    Other,
}

/// What a request asks for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) class: Class,
    pub(crate) method: Method,
    pub(crate) thread: Option<ThreadId>,
    /// The same resource has the same key.
    pub(crate) key: String,
    /// Not the first request for a list.
    pub(crate) further: bool,
}

impl Asked {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let target = request.url.strip_prefix(ORIGIN).unwrap_or(&request.url);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let method = request.method;
        let class = match (method, parts.as_slice()) {
            (Method::Get, ["chat", "threads"] | ["chat", "threads", _]) => Class::Threads,
            (Method::Get, ["chat", "threads", _, "messages", ..]) => Class::Messages,
            (Method::Get, ["chat", "threads", _, "participants"]) => Class::People,
            (Method::Get, ["chat", "threads", _, "readReceipts"]) => Class::Receipts,
            (_, ["chat", "threads", _, "messages", ..]) => Class::Write,
            (_, ["chat", "threads", _, "readReceipts"]) => Class::TellRead,
            (_, ["chat", "threads", _, "typing"]) => Class::Type,
            // Whoever is added by name is looked up first.
            (_, ["chat", ..]) | (Method::Post, ["natter", "v1", "people"]) => Class::Action,
            _ => Class::Other,
        };
        let size = query.split('&').find(|part| part.starts_with("maxPageSize")).unwrap_or_default();
        // A large page of messages follows a small one that did not reach far enough, or is searched for an entry.
        let large = class == Class::Messages && size == "maxPageSize=200";
        let further = query.contains("syncState") || query.contains("skip=") || large;
        let key = match class {
            // One change at a time in a thread.
            Class::Write => parts[..4].join("/"),
            _ => format!("{} {path}?{size}{}", method.as_str(), if further && !large { " on" } else { "" }),
        };
        let thread = parts.get(2).filter(|_| parts[0] == "chat").map(|id| ThreadId::new(decoded(id)));
        Self { class, method, thread, key, further }
    }

    /// Asked for by the plan, and so under its backoff.
    pub(crate) fn planned(&self) -> bool {
        !matches!(self.class, Class::Action | Class::Other | Class::Type)
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// What is to become of a request.
#[derive(Clone, Debug)]
struct Fate {
    there_ms: u64,
    back_ms: u64,
    lost_there: bool,
    lost_back: bool,
    /// What is lost is never heard of again; otherwise the line is reset after so long.
    silent: bool,
    reset_ms: u64,
    error_before: Option<HttpResponse>,
    error_after: Option<HttpResponse>,
    refused: bool,
    /// Delivered once more, so much later.
    again_ms: Option<u64>,
    not_sent: bool,
}

fn error_reply(dice: &mut Dice) -> HttpResponse {
    let status = *dice.pick(&[503, 503, 503, 429, 429, 500, 502, 504]);
    let mut headers = Vec::new();
    if dice.chance(0.5) && matches!(status, 503 | 429) {
        let seconds = *dice.pick(&[1, 2, 3, 5, 8, 10]);
        headers.push(("Retry-After".to_owned(), seconds.to_string()));
    }
    HttpResponse { status, headers, body: Vec::new() }
}

/// A reply on its way to whoever waits for it.
#[derive(Default)]
struct Slot {
    reply: RefCell<Option<Result<HttpResponse, TransportError>>>,
    waker: RefCell<Option<Waker>>,
    answered: Cell<bool>,
    /// Nobody waits any more.
    abandoned: Cell<bool>,
}

impl Slot {
    fn put(&self, reply: Result<HttpResponse, TransportError>) {
        if self.answered.replace(true) {
            return;
        }
        *self.reply.borrow_mut() = Some(reply);
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }
}

/// A tab's end of the line.
#[derive(Clone)]
pub(crate) struct Wire {
    pub(crate) simulation: Weak<Simulation>,
    pub(crate) tab: usize,
}

/// Here everybody polls: what is pushed only shortens waits.
impl Streams for Wire {
    fn open(&self, _: HttpRequest) -> LocalBoxFuture<'_, Result<Opened, TransportError>> {
        std::future::ready(Err(TransportError::NotSent("no stream".to_owned()))).boxed_local()
    }
}

impl Transport for Wire {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let Some(simulation) = self.simulation.upgrade() else { return std::future::pending().await };
        simulation.departs(self.tab, request).await
    }
}

/// Waits for a reply.
struct Waiting {
    simulation: Weak<Simulation>,
    tab: usize,
    key: String,
    slot: Rc<Slot>,
    answered: bool,
}

impl Future for Waiting {
    type Output = Result<HttpResponse, TransportError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let reply = self.slot.reply.borrow_mut().take();
        match reply {
            Some(reply) => {
                self.answered = true;
                Poll::Ready(reply)
            }
            None => {
                *self.slot.waker.borrow_mut() = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.slot.abandoned.set(true);
        if let Some(simulation) = self.simulation.upgrade() {
            simulation.promises.ended(self.tab, &self.key);
            if !self.answered {
                simulation.promises.given_up(self.tab, simulation.world.passed_ms());
            }
        }
    }
}

/// What is cut off, and until when.
#[derive(Default)]
pub(crate) struct Cuts {
    /// Machines, by their number.
    pub(crate) machines: RefCell<BTreeMap<usize, i64>>,
    /// The service.
    pub(crate) service: Cell<i64>,
    /// Who waits for replies.
    waiting: RefCell<Vec<Weak<Slot>>>,
}

impl Simulation {
    /// A request leaves a tab.
    fn departs(
        self: &Rc<Self>,
        tab: usize,
        request: HttpRequest,
    ) -> impl Future<Output = Result<HttpResponse, TransportError>> + use<> {
        let asked = Asked::of(&request);
        let nth = self.promises.departs(self, tab, &asked, &request);
        if self.telling && std::env::var_os("NATTER_SIM_REQUESTS").is_some() {
            self.tell(format!("          {} asks {}", self.tab_name(tab), asked.key));
        }
        let fate = self.fate(tab, &asked, nth);
        let slot = Rc::new(Slot::default());
        let waiting = Waiting {
            simulation: Rc::downgrade(self),
            tab,
            key: asked.key.clone(),
            slot: Rc::clone(&slot),
            answered: false,
        };
        let mut all = self.cuts.waiting.borrow_mut();
        all.retain(|slot| slot.strong_count() > 0);
        all.push(Rc::downgrade(&slot));
        drop(all);
        let simulation = Rc::clone(self);
        let departed_ms = self.world.passed_ms();
        self.world.spawn_in(
            WORLD,
            async move {
                let reply = simulation.carry(tab, &asked, request, fate, &slot, departed_ms).await;
                if let Some(reply) = reply.filter(|_| !slot.abandoned.get() && !slot.answered.get()) {
                    simulation.promises.answered(&simulation, tab, &asked, departed_ms, &reply);
                    slot.put(reply);
                }
            }
            .boxed_local(),
        );
        waiting
    }

    /// Every line is reset: whoever waits, waits no more.
    pub(crate) fn reset_lines(&self) {
        for slot in self.cuts.waiting.take().iter().filter_map(Weak::upgrade) {
            slot.put(Err(TransportError::Unclear("reset".to_owned())));
        }
    }

    fn fate(&self, tab: usize, asked: &Asked, nth: u64) -> Fate {
        let weather = self.weather.borrow();
        let mut dice = Dice::of(self.script.seed, &[2, tab as u64, asked.class as u64, nth]);
        let (least, most) = weather.delay_ms;
        let slow_there = dice.chance(weather.slow);
        let slow_back = dice.chance(weather.slow);
        let long = |dice: &mut Dice| *dice.pick(&[900, 3_000, 8_000, 20_000, 29_000, 40_000]);
        let (there, back) = (dice.between(least, most), dice.between(least, most));
        let (long_there, long_back) = (long(&mut dice), long(&mut dice));
        // Where the service knows no send again, a request that comes after it was given up makes two of it, and nobody can
        // help it.
        let once = asked.class == Class::Write && (weather.azure || asked.method != Method::Post);
        let again_ms = if asked.class == Class::Write && asked.method == Method::Post {
            *dice.pick(&[0, 0, 500, 4_000, 20_000])
        } else {
            0
        };
        let error_before = dice.chance(weather.error_before).then(|| error_reply(&mut dice));
        let error_after = dice.chance(weather.error_after).then(|| error_reply(&mut dice));
        Fate {
            // A read mark that arrives minutes late is news when all is over.
            there_ms: if slow_there && !once && asked.class != Class::TellRead {
                there + long_there
            } else {
                there
            },
            back_ms: if slow_back { back + long_back } else { back },
            lost_there: dice.chance(weather.lose_request),
            lost_back: dice.chance(weather.lose_reply),
            silent: dice.chance(0.2),
            reset_ms: dice.between(10, 2_500),
            error_before,
            // 429 says that nothing was done.
            error_after: error_after.filter(|reply| reply.status != 429),
            refused: asked.class == Class::Write && dice.chance(weather.refuse),
            again_ms: (dice.chance(weather.twice) && !(once && weather.azure)).then_some(again_ms),
            not_sent: dice.chance(0.2),
        }
    }

    fn is_cut(&self, tab: usize) -> bool {
        let now_ms = self.world.passed_ms();
        let machine = self.promises.machine_of(tab);
        self.cuts.machines.borrow().get(&machine).is_some_and(|until| *until > now_ms)
            || self.cuts.service.get() > now_ms
    }

    /// What comes back of a request; nothing when it is never heard of again.
    async fn carry(
        self: &Rc<Self>,
        tab: usize,
        asked: &Asked,
        request: HttpRequest,
        fate: Fate,
        slot: &Rc<Slot>,
        departed_ms: i64,
    ) -> Option<Result<HttpResponse, TransportError>> {
        let pause = |ms| self.world.sleep_ms(ms);
        let lost = async |what: &str| {
            self.tells(|| format!("        {} {}: {what}", self.tab_name(tab), self.said(asked)));
            if fate.silent {
                return None;
            }
            pause(fate.reset_ms).await;
            Some(Err(TransportError::Unclear("reset".to_owned())))
        };
        if self.is_cut(tab) && !fate.silent {
            pause(fate.reset_ms.min(40)).await;
            let error = if fate.not_sent { TransportError::NotSent } else { TransportError::Unclear };
            return Some(Err(error("no network".to_owned())));
        }
        pause(fate.there_ms).await;
        if self.is_cut(tab) || fate.lost_there {
            return lost("lost on its way").await;
        }
        let forgettable = asked.class == Class::Write
            && (self.weather.borrow().azure || asked.method != Method::Post)
            || asked.class == Class::Action;
        if forgettable && slot.abandoned.get() {
            return None;
        }
        if let Some(reply) = fate.error_before {
            self.tells(|| {
                let after = reply.header("Retry-After").unwrap_or("no time");
                format!("        {} {}: {} ({after})", self.tab_name(tab), self.said(asked), reply.status)
            });
            pause(fate.back_ms).await;
            return Some(Ok(reply));
        }
        if fate.refused {
            self.tells(|| format!("        {} {}: refused", self.tab_name(tab), self.said(asked)));
            pause(fate.back_ms).await;
            return Some(Ok(HttpResponse { status: 400, ..HttpResponse::default() }));
        }
        if let Some(ms) = fate.again_ms {
            let (simulation, request, asked) = (Rc::clone(self), request.clone(), asked.clone());
            if ms == 0 {
                simulation.serve(&asked, request);
            } else {
                let second = async move {
                    simulation.world.sleep_ms(ms).await;
                    simulation.tells(|| format!("        {}: arrives once more", simulation.said(&asked)));
                    simulation.serve(&asked, request);
                };
                self.world.spawn_in(WORLD, second.boxed_local());
            }
        }
        self.promises.arrives(self, tab, asked, departed_ms);
        let reply = self.serve(asked, request);
        if reply.status == 429 {
            self.tells(|| format!("        {} {}: too many", self.tab_name(tab), self.said(asked)));
        }
        if let Some(instead) = fate.error_after {
            self.tells(|| {
                let after = instead.header("Retry-After").unwrap_or("no time");
                let (name, said) = (self.tab_name(tab), self.said(asked));
                format!("        {name} {said}: done, but {} ({after})", instead.status)
            });
            pause(fate.back_ms).await;
            return Some(Ok(instead));
        }
        if fate.lost_back {
            return lost("done, and the reply is lost").await;
        }
        pause(fate.back_ms).await;
        if self.is_cut(tab) {
            return lost("done, and the reply is cut off").await;
        }
        Some(Ok(reply))
    }

    /// A request in words.
    pub(crate) fn said(&self, asked: &Asked) -> String {
        let topic = asked.thread.as_ref().map(|thread| self.topic_of(thread)).unwrap_or_default();
        format!("{} {:?} {topic}", asked.method.as_str(), asked.class)
    }
}
