//! Keeps the model in step with the service: the first load, the polling, the outbox, signing in and out.
//!
//! One loop (`Core::run`) asks [`plan`] what to do, sends those requests, sleeps until a reply, the next time or a knock,
//! takes the replies into the model, and tells the store once. Clock, chance, storage, page and services are handed in, so
//! that tests run it all without a browser and without waiting. [`requests`] has what each request does with its reply,
//! [`actions`] what a person asks for, `changes` those of it that change a thread, [`session`] signing in and out, `keeping` what is written down, `heard` what other
//! tabs tell, [`assistant`] what the assistant is asked, [`translation`] what is translated, [`diagnostics`] what a person sees of it, `listen` the stream of what happens.

pub mod actions;
pub mod assistant;
pub mod backoff;
mod changes;
mod creation;
pub mod diagnostics;
mod heard;
mod keeping;
mod listen;
pub mod plan;
pub mod requests;
pub mod session;
pub mod translation;

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll as Polled, Waker};

use acs_chat::{RawId, ThreadId, Timestamp};
use futures_util::future::{LocalBoxFuture, poll_fn};
use futures_util::{FutureExt as _, future};

use self::backoff::{Health, Trouble};
use self::diagnostics::Answered;
use self::heard::{Replies, Told, Word};
use self::plan::{Ask, Facts, Poll, ThreadFacts, ThreadPolls};
use crate::backend::{Backend, Services};
use crate::model::creation::is_to_be;
use crate::model::outbox::{ClientMessageId, Step, kept};
use crate::model::rows::{Access, Capabilities, Config, Connection, Session};
use crate::model::sorted::{SortedMap, insert_once};
use crate::model::{Changes, Model};
use crate::platform::{PageEvent, Platform, Shelf, Stored};

/// A storage that does not answer, because another tab holds it or the disk is ill, is done without after so long.
const STORAGE_TIMEOUT_MS: u64 = 2_000;
/// However quiet it is, look at the clock once in a while: it may have been set, or the machine have slept.
const LONGEST_SLEEP_MS: i64 = 60_000;
/// Shown anew within this long of being hidden, what is here counts as fresh.
const FRESH_MS: i64 = 60_000;

/// Who is told of changes.
pub type OnChange = Rc<dyn Fn(&Changes)>;

/// The core of the app: the model, and what keeps it in step.
pub struct Core {
    platform: Platform,
    services: Rc<dyn Services>,
    state: RefCell<State>,
    kick: Kick,
    asking: assistant::Asking,
    on_change: RefCell<OnChange>,
    generation: Cell<u64>,
}

/// Everything that changes.
struct State {
    config: Option<Config>,
    session: Option<Session>,
    backend: Option<Rc<dyn Backend>>,
    /// The token of the sign-in, and when it ends by the service's clock.
    token: String,
    expires_on: Option<Timestamp>,
    /// The service refused it.
    token_refused: bool,
    /// Where a new one can be had without asking the person.
    token_url: Option<String>,
    model: Model,
    health: Health,
    list: Poll,
    renewal: Poll,
    listening: Poll,
    /// Until then the stream is trusted to tell what is new: it has just been heard.
    told_until_ms: i64,
    /// This tab listens for all.
    leading: bool,
    /// The event that was read last.
    last_event: Option<String>,
    polls: SortedMap<ThreadId, ThreadPolls>,
    login_lost: bool,
    /// Renewed, and no request has succeeded since: another 401 is the end.
    renewal_untested: bool,
    renewed_at_ms: i64,
    /// What has to answer before what is shown is fresh again.
    catching_up: Vec<Ask>,
    hidden_since_ms: Option<i64>,
    listed_all_at_ms: Option<i64>,
    last_limit: Option<(Ask, i64)>,
    last_now_ms: i64,
    clock: Clock,
    storage_works: bool,
    storage_read: bool,
    tab: String,
    saving: bool,
    unsaved_marks: Vec<ThreadId>,
    /// Told by other tabs, to be taken in.
    heard: Vec<(Ask, Told)>,
    /// When the list of threads was told that is known.
    list_told_ms: i64,
    /// What is kept of the service's replies, as it was written last.
    kept: SortedMap<Ask, String>,
    unsaved_replies: Vec<Ask>,
    /// What was answered lately.
    answered: Vec<Answered>,
    typed_at_ms: SortedMap<ThreadId, i64>,
}

/// Which clock a time was read from: the machine's, until it is set back, and then the one that it has since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Clock {
    set_back: u32,
    since_ms: i64,
}

/// Wakes the loop.
#[derive(Default)]
struct Kick {
    kicked: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Kick {
    fn kick(&self) {
        self.kicked.set(true);
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }

    fn poll(&self, context: &Context<'_>) -> bool {
        *self.waker.borrow_mut() = Some(context.waker().clone());
        self.kicked.take()
    }
}

impl Core {
    /// With nobody signed in. [`Core::start`] sets it going.
    #[must_use]
    pub fn new(platform: Platform, services: Rc<dyn Services>) -> Rc<Self> {
        let tab = platform.random.id();
        let now_ms = platform.clock.now_ms();
        let state = State {
            config: None,
            session: None,
            backend: None,
            token: String::new(),
            expires_on: None,
            token_refused: false,
            token_url: None,
            model: Model::new(RawId::new(""), String::new()),
            health: Health::default(),
            list: Poll::default(),
            renewal: Poll::default(),
            listening: Poll::default(),
            told_until_ms: i64::MIN,
            leading: false,
            last_event: None,
            polls: SortedMap::default(),
            login_lost: false,
            renewal_untested: false,
            renewed_at_ms: 0,
            catching_up: Vec::new(),
            hidden_since_ms: None,
            listed_all_at_ms: None,
            last_limit: None,
            last_now_ms: now_ms,
            clock: Clock { set_back: 0, since_ms: now_ms },
            storage_works: true,
            storage_read: false,
            tab,
            saving: false,
            unsaved_marks: Vec::new(),
            heard: Vec::new(),
            list_told_ms: 0,
            kept: SortedMap::default(),
            unsaved_replies: Vec::new(),
            answered: Vec::new(),
            typed_at_ms: SortedMap::default(),
        };
        Rc::new(Self {
            platform,
            services,
            state: RefCell::new(state),
            kick: Kick::default(),
            asking: assistant::Asking::default(),
            on_change: RefCell::new(Rc::new(|_| {})),
            generation: Cell::new(0),
        })
    }

    /// Restores the sign-in, reads `config.json`, listens to the page, and starts the loop.
    pub fn start(self: &Rc<Self>, on_change: OnChange) {
        *self.on_change.borrow_mut() = on_change;
        self.platform.page.announce(&self.state.borrow().tab);
        self.restore_session();
        let core = Rc::clone(self);
        self.platform.page.listen(Rc::new(move |event| core.page_event(event)));
        let core = Rc::clone(self);
        self.platform.page.hear(Rc::new(move |words| core.told(&words)));
        let core = Rc::clone(self);
        self.spawn(async move {
            core.load_config().await;
        });
        let core = Rc::clone(self);
        self.spawn(async move { core.run().await });
        let core = Rc::clone(self);
        self.spawn(core.lead());
        self.flush();
    }

    fn spawn(&self, future: impl Future<Output = ()> + 'static) {
        (self.platform.spawn)(future.boxed_local());
    }

    fn now_ms(&self) -> i64 {
        self.platform.clock.now_ms()
    }

    /// The same for whoever sets a time by it: what was set by another clock is brought in line first.
    fn steady_now_ms(&self) -> i64 {
        let now_ms = self.now_ms();
        self.state.borrow_mut().notice_clock(now_ms);
        now_ms
    }

    /// A time that was read from `clock`, by the clock of now: what was before the clock was set back comes before all that
    /// was since, however far in the future it is by now.
    fn by_this_clock(&self, clock: Clock, ms: i64) -> i64 {
        self.steady_now_ms();
        let now = self.state.borrow().clock;
        if now == clock { ms } else { ms.min(now.since_ms) }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.now_ms())
    }

    /// The model, to read.
    pub fn model(&self) -> Ref<'_, Model> {
        Ref::map(self.state.borrow(), |state| &state.model)
    }

    /// Who is signed in.
    #[must_use]
    pub fn session(&self) -> Option<Session> {
        self.state.borrow().session.clone()
    }

    /// Counts sign-ins and sign-outs: another number means another model.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.get()
    }

    /// What `config.json` says, or its defaults until it is here.
    #[must_use]
    pub fn config(&self) -> Config {
        self.state.borrow().config.clone().unwrap_or_default()
    }

    /// What the back end can do; the local service's table while nobody is signed in.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        let state = self.state.borrow();
        state.backend.as_ref().map_or(crate::backend::natter::CAPABILITIES, |backend| backend.capabilities())
    }

    /// What is written here survives a reload. If not, the screen says so.
    #[must_use]
    pub fn storage_works(&self) -> bool {
        self.state.borrow().storage_works
    }

    /// Drafts and outbox have been read back, or cannot be.
    #[must_use]
    pub fn storage_read(&self) -> bool {
        let state = self.state.borrow();
        state.storage_read || state.session.is_none()
    }

    /// Minutes that local time is ahead of UTC at a time in epoch milliseconds.
    #[must_use]
    pub fn zone_offset_minutes(&self, at_ms: i64) -> i32 {
        self.platform.clock.zone_offset_minutes(at_ms)
    }

    /// How we stand with the service.
    #[must_use]
    pub fn connection(&self) -> Connection {
        let state = self.state.borrow();
        state.connection(self.now_ms(), self.platform.page.online())
    }

    /// Tells the store what changed, and removes from storage what is done with.
    fn flush(&self) {
        let connection = self.connection();
        let (changes, finished) = {
            let mut state = self.state.borrow_mut();
            state.model.set_offline(matches!(connection, Connection::Offline { .. }));
            (state.model.take_changes(), state.model.take_finished())
        };
        for entry in finished {
            let removal = self.platform.storage.remove(Shelf::Outbox, entry.as_str().to_owned());
            // What could not be removed is found to have arrived when it is read back.
            self.spawn(async move { drop(removal.await) });
        }
        let on_change = Rc::clone(&self.on_change.borrow());
        on_change(&changes);
        self.asking.kick();
    }

    /// Thinks again at once.
    fn kick(&self) {
        self.kick.kick();
    }

    /// The loop. It ends with the page.
    async fn run(self: Rc<Self>) {
        let mut generation = self.generation();
        let mut in_flight: Vec<LocalBoxFuture<'static, ()>> = Vec::new();
        loop {
            if generation != self.generation() {
                // Replies for somebody else are of no use; dropping them cancels their requests.
                generation = self.generation();
                in_flight.clear();
            }
            let (asks, wake_at_ms) = self.next();
            for (ask, heard) in asks {
                let core = Rc::clone(&self);
                in_flight.push(async move { core.perform(ask, heard).await }.boxed_local());
            }
            self.flush();
            let sleep_ms =
                wake_at_ms.map_or(LONGEST_SLEEP_MS, |at| (at - self.now_ms()).min(LONGEST_SLEEP_MS));
            let mut sleep = self.platform.clock.sleep_ms(u64::try_from(sleep_ms).unwrap_or(0));
            poll_fn(|context| {
                let mut ready = self.kick.poll(context) || generation != self.generation();
                let count = in_flight.len();
                // They are a few at most. Once somebody else is signed in, nothing of theirs goes on.
                in_flight.retain_mut(|request| {
                    generation != self.generation() || request.poll_unpin(context).is_pending()
                });
                ready |= in_flight.len() < count || generation != self.generation();
                ready |= sleep.poll_unpin(context).is_ready();
                if ready { Polled::Ready(()) } else { Polled::Pending }
            })
            .await;
        }
    }

    /// What to ask now, and where the answer is here already, that; it counts as asked from here on.
    fn next(&self) -> (Vec<(Ask, Option<Told>)>, Option<i64>) {
        let now_ms = self.steady_now_ms();
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        if state.session.is_none() || state.login_lost {
            return (Vec::new(), None);
        }
        state.notice_expiry(now_ms);
        let plan =
            plan::plan(&state.facts(now_ms, self.platform.page.visible(), self.platform.page.online()));
        let asks = plan.asks.into_iter().map(|ask| (ask, None));
        let heard = std::mem::take(&mut state.heard).into_iter().map(|(ask, told)| (ask, Some(told)));
        let asks: Vec<(Ask, Option<Told>)> = heard.chain(asks).collect();
        for (ask, told) in &asks {
            let chance = self.platform.random.unit();
            let last_received = ask.thread().and_then(|thread| state.model.thread(thread)?.last_received);
            if let Some(poll) = state.poll_mut(ask) {
                (poll.asked_ms, poll.in_flight, poll.wanted, poll.chance) =
                    (Some(now_ms), true, false, chance);
                poll.heard = told.is_some();
                (poll.hinted, poll.again_at_ms) = (false, None);
            }
            // What was asked before the list of threads was told says nothing of what the list tells.
            let in_time = told.as_ref().is_none_or(|told| told.asked_ms >= state.list_told_ms);
            if let (Ask::Messages(thread), true) = (ask, in_time) {
                // What is older than two seconds on the service's own clock cannot get company any more.
                let newest = state.model.threads().filter_map(|(_, thread)| thread.last_received).max();
                let recent = last_received
                    .zip(newest)
                    .is_some_and(|(last, newest)| newest.as_ms() - last.as_ms() <= 2_000);
                let polls = state.polls_mut(thread);
                polls.settle = false;
                polls.unsettled |= recent && polls.asked_for < last_received;
                polls.asked_for = last_received;
            }
            state.begin_entry(ask, now_ms);
        }
        let typing_ends_ms = state.model.typing_expires(now_ms);
        (asks, plan.wake_at_ms.into_iter().chain(typing_ends_ms).min())
    }

    /// Another tab tells something.
    fn told(self: &Rc<Self>, words: &[String]) {
        {
            let mut state = self.state.borrow_mut();
            if state.session.is_none() || state.login_lost {
                return;
            }
            match Word::read(words, &state.model.me) {
                None => return,
                Some(Word::Read(thread, kept)) => state.model.read_elsewhere(&thread, &kept),
                Some(Word::Typing(thread, who)) => {
                    drop(state);
                    self.typing(&thread, &who);
                    return;
                }
                Some(Word::Told(ask, told)) => {
                    // A reply of our own is on its way, or two are told at once.
                    let Some(poll) = state.poll_mut(&ask).filter(|poll| !poll.in_flight) else { return };
                    poll.in_flight = true;
                    state.heard.push((ask, told));
                }
            }
        }
        self.kick();
        self.flush();
    }

    /// What the service said goes to the other tabs, and is kept.
    fn pass_on(self: &Rc<Self>, ask: &Ask, said: Replies, asked_ms: i64) {
        let words = {
            let mut state = self.state.borrow_mut();
            state.keep_reply(ask, &said);
            let told = Told { replies: said, asked_ms, told_ms: self.now_ms() };
            Word::Told(ask.clone(), told).write(&state.model.me)
        };
        self.platform.page.tell(&words);
    }

    fn page_event(self: &Rc<Self>, event: PageEvent) {
        let now_ms = self.now_ms();
        match event {
            PageEvent::Woken | PageEvent::Online => {
                let mut state = self.state.borrow_mut();
                let hidden_since = state.hidden_since_ms.take();
                if hidden_since.is_some_and(|since| now_ms - since > FRESH_MS) {
                    state.catch_up();
                }
                state.wake(now_ms);
            }
            PageEvent::Hidden => {
                let mut state = self.state.borrow_mut();
                state.hidden_since_ms.get_or_insert(now_ms);
                drop(state);
                self.save();
            }
            PageEvent::Offline => {}
            PageEvent::SessionChanged => self.session_changed(),
        }
        self.kick();
        self.flush();
    }

    /// "Try now".
    pub fn retry_now(&self) {
        let now_ms = self.now_ms();
        self.state.borrow_mut().wake(now_ms);
        self.kick();
    }

    /// Writes an entry of the outbox down as it is now. Says whether that is done, or not needed any more.
    async fn store_entry(&self, id: &ClientMessageId) -> bool {
        let text = {
            let state = self.state.borrow();
            state.model.outbox.entry(id).map(kept::write)
        };
        let Some(text) = text else { return true };
        let key = || id.as_str().to_owned();
        let written = self.stored(self.platform.storage.put(Shelf::Outbox, key(), text)).await.is_some();
        // It may have arrived while it was being written down.
        if self.state.borrow().model.outbox.entry(id).is_none() {
            self.stored(self.platform.storage.remove(Shelf::Outbox, key())).await;
        }
        written
    }

    /// Waits for the storage, but not for ever: what cannot be written down is sent all the same.
    async fn stored<T>(&self, request: Stored<T>) -> Option<T> {
        let sleep = self.platform.clock.sleep_ms(STORAGE_TIMEOUT_MS);
        let result = match future::select(request, sleep).await {
            future::Either::Left((result, _)) => result.ok(),
            future::Either::Right(_) => None,
        };
        self.note_storage(result.is_some());
        result
    }

    fn note_storage(&self, works: bool) {
        self.state.borrow_mut().storage_works = works;
    }
}

impl Ask {
    /// The thread that is asked about.
    #[must_use]
    pub fn thread(&self) -> Option<&ThreadId> {
        match self {
            Self::Messages(thread)
            | Self::Older(thread)
            | Self::People(thread)
            | Self::Properties(thread)
            | Self::Receipts(thread)
            | Self::TellRead(thread) => Some(thread),
            Self::Renew | Self::Listen | Self::Threads | Self::Send(_) | Self::Look(_) => None,
        }
    }
}

impl State {
    fn polls_mut(&mut self, thread: &ThreadId) -> &mut ThreadPolls {
        self.polls.get_or_default(thread)
    }

    fn poll_mut(&mut self, ask: &Ask) -> Option<&mut Poll> {
        Some(match ask {
            Ask::Renew => &mut self.renewal,
            Ask::Listen => &mut self.listening,
            Ask::Threads => &mut self.list,
            Ask::Messages(thread) => &mut self.polls_mut(thread).messages,
            Ask::Older(thread) => &mut self.polls_mut(thread).older,
            Ask::People(thread) => &mut self.polls_mut(thread).people,
            Ask::Properties(thread) => &mut self.polls_mut(thread).properties,
            Ask::Receipts(thread) => &mut self.polls_mut(thread).receipts,
            Ask::TellRead(thread) => &mut self.polls_mut(thread).tell,
            // Entries keep their own state.
            Ask::Send(_) | Ask::Look(_) => return None,
        })
    }

    /// A clock that was set back would make everything due in the far future.
    fn notice_clock(&mut self, now_ms: i64) {
        if now_ms < self.last_now_ms - 1_000 {
            let polls = self.polls.iter_mut().flat_map(|(_, polls)| {
                polls.active_ms = polls.active_ms.min(now_ms);
                polls.let_in_ms = polls.let_in_ms.min(now_ms);
                [
                    &mut polls.messages,
                    &mut polls.older,
                    &mut polls.receipts,
                    &mut polls.tell,
                    &mut polls.people,
                    &mut polls.properties,
                ]
            });
            for poll in polls.chain([&mut self.list, &mut self.renewal, &mut self.listening]) {
                poll.asked_ms = poll.asked_ms.map(|asked| asked.min(now_ms));
                poll.again_at_ms = poll.again_at_ms.map(|at| at.min(now_ms));
                poll.not_before_ms = poll.not_before_ms.min(now_ms);
                poll.refused_until_ms = poll.refused_until_ms.min(now_ms);
            }
            self.health = Health::default();
            self.renewed_at_ms = self.renewed_at_ms.min(now_ms);
            self.list_told_ms = self.list_told_ms.min(now_ms);
            self.model.outbox.clock_set_back(self.last_now_ms - now_ms);
            self.model.outbox.wake();
            self.clock = Clock { set_back: self.clock.set_back + 1, since_ms: now_ms };
        }
        self.last_now_ms = now_ms;
    }

    fn facts(&self, now_ms: i64, visible: bool, online: bool) -> Facts<'_> {
        static NONE: std::sync::LazyLock<ThreadPolls> = std::sync::LazyLock::new(ThreadPolls::default);
        let open = self.model.open();
        let there = self.model.threads().filter(|(id, _)| !is_to_be(id));
        let threads = there.map(|(id, thread)| ThreadFacts {
            id,
            polls: self.polls.get(id).unwrap_or(&NONE),
            open: open == Some(id),
            closed: thread.access != Access::Open,
            loaded: thread.timeline.loaded(),
            last_received: thread.last_received,
            people: thread.roster.count(),
            people_stale: thread.people_stale || !thread.roster.people_loaded(),
            properties_missing: !thread.roster.properties_loaded(),
            mark_unknown: !thread.marks.known(),
            read_to_tell: thread.marks.to_tell().is_some(),
        });
        let capabilities = self.backend.as_ref().map(|backend| backend.capabilities());
        let receipts_up_to = capabilities.as_ref().and_then(|can| can.receipts_up_to);
        Facts {
            now_ms,
            visible,
            online,
            health: &self.health,
            list: &self.list,
            renewal: &self.renewal,
            listening: Some(&self.listening)
                .filter(|_| self.leading && capabilities.is_some_and(|can| can.events)),
            told: now_ms < self.told_until_ms,
            token_ended: self.token_ended(now_ms),
            threads: threads.collect(),
            // Nothing goes out before it is known what waits in front of it.
            outbox: if self.storage_read { self.outbox_steps(now_ms) } else { Vec::new() },
            receipts_up_to,
        }
    }

    /// What the outbox would do next. To look for an entry is to list its thread, which may have to wait.
    fn outbox_steps(&self, now_ms: i64) -> Vec<Step> {
        let held = |id: &ClientMessageId| {
            let entry = self.model.outbox.entry(id)?;
            let polls = self.polls.get(&entry.thread)?;
            let until_ms = match changes::list_of(entry) {
                Ask::People(_) => &polls.people,
                Ask::Properties(_) => &polls.properties,
                _ => &polls.messages,
            }
            .not_before_ms;
            (until_ms > now_ms).then_some(Step::NotBefore(until_ms))
        };
        let steps = self.model.outbox.steps(now_ms).into_iter();
        let in_turn = |step| match &step {
            Step::Look(id) => held(id).unwrap_or(step),
            _ => step,
        };
        steps.map(in_turn).collect()
    }

    /// An entry of the outbox is about to be worked on.
    fn begin_entry(&mut self, ask: &Ask, now_ms: i64) {
        let (Ask::Send(id) | Ask::Look(id)) = ask else { return };
        let Some(entry) = self.model.outbox.entry(id) else { return };
        let (thread, target) = (entry.thread.clone(), entry.action.target().cloned());
        let cursor = self.model.thread(&thread).and_then(|thread| thread.timeline.cursor().cloned());
        match ask {
            Ask::Send(_) => drop(self.model.outbox.start(id, now_ms, cursor.as_ref()).map(|_| ())),
            _ => drop(self.model.outbox.signal(id, crate::model::outbox::Signal::Look).map(|_| ())),
        }
        self.model.outbox_changed(&thread, target.as_ref());
        self.polls_mut(&thread).active_ms = now_ms;
    }

    /// Somebody wants to see what is new.
    fn wake(&mut self, now_ms: i64) {
        self.health.wake(now_ms);
        // Focus, visibility and network tend to come together.
        let fresh = |poll: &Poll| poll.asked_ms.is_some_and(|asked| (0..1_000).contains(&(now_ms - asked)));
        self.list.wanted |= !fresh(&self.list);
        if let Some(thread) = self.model.open().cloned() {
            let polls = self.polls_mut(&thread);
            polls.messages.wanted |= !fresh(&polls.messages);
            polls.active_ms = now_ms;
        }
        // What was answered a moment ago is not asked again, and so not waited for.
        let mut catching_up = std::mem::take(&mut self.catching_up);
        catching_up.retain(|ask| self.poll_mut(ask).is_some_and(|poll| poll.wanted || poll.in_flight));
        self.catching_up = catching_up;
        if self.model.outbox.wake() {
            for thread in self.model.outbox.threads() {
                self.model.outbox_changed(&thread, None);
            }
        }
    }

    /// What is shown is old until these have answered.
    fn catch_up(&mut self) {
        insert_once(&mut self.catching_up, &Ask::Threads);
        if let Some(thread) = self.model.open().filter(|thread| !is_to_be(thread)) {
            insert_once(&mut self.catching_up, &Ask::Messages(thread.clone()));
        }
    }

    fn connection(&self, now_ms: i64, online: bool) -> Connection {
        if self.login_lost {
            return Connection::LoginLost;
        }
        let retry_at_ms = self.health.retry_at_ms();
        let retry_at = (retry_at_ms > now_ms).then(|| Timestamp::from_ms(retry_at_ms));
        // One failed request is not worth a word; at the very beginning it is, because there is nothing else to see.
        let worth_a_word = self.health.failures() > 1
            || !online
            || self.list.asked_ms.is_none()
            || !self.model.threads_loaded;
        match self.health.trouble() {
            Some(Trouble::Unreachable) if worth_a_word => return Connection::Offline { retry_at },
            Some(Trouble::Failing(said)) if worth_a_word => {
                return Connection::ServiceError { said: said.clone(), retry_at };
            }
            Some(Trouble::Limited) => {
                return Connection::RateLimited { until: Timestamp::from_ms(retry_at_ms) };
            }
            _ => {}
        }
        if let Some((_, until_ms)) = self.last_limit.as_ref().filter(|(_, until_ms)| *until_ms > now_ms) {
            return Connection::RateLimited { until: Timestamp::from_ms(*until_ms) };
        }
        match (self.model.threads_loaded, self.catching_up.is_empty()) {
            (false, _) => Connection::Opening,
            (true, false) => Connection::CatchingUp,
            (true, true) => Connection::UpToDate,
        }
    }
}
