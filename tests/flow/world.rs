//! A world for the app's core: a clock that moves when everybody waits, a storage, a page, and the real service behind a
//! line that can be cut. The simulation in `tests/sim` runs in it too, behind a network of its own.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use acs_chat::{HttpRequest, HttpResponse, ThreadId, Transport, TransportError};
use axum::body::{Body, to_bytes};
use futures_util::FutureExt as _;
use futures_util::future::{self, Either, LocalBoxFuture, poll_fn};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use natter::backend::events::{Opened, Pieces, Streams};
use natter::backend::natter::HttpServices;
use natter::model::Model;
use natter::model::creation::is_to_be;
use natter::model::priority::Priority;
use natter::model::rows::{
    Item, ItemKind, MessageRow, NewPerson, NewPersonId, PendingChange, SendKind, Status, TimelineView,
};
use natter::platform::{
    Clock, Page, PageEvent, Platform, Random, SessionStore, Shelf, Storage, StorageError, Stored, Turn,
};
use natter::sync::{Core, OnChange};
use natter_service::{AppState, Settings, SignInByName};
use tower::ServiceExt as _;

/// When every test begins.
pub(crate) const START_MS: i64 = 1_735_787_045_678;

/// The address of the service, and of the page.
pub(crate) const ORIGIN: &str = "http://localhost:8080";

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Another tab hears so much later that the sign-in changed.
const SESSION_EVENT_MS: u64 = 3;
/// A stream is looked at so often by the service's clock, for what it says when nothing happens.
const SERVICE_LOOKS_MS: u64 = 1_000;

type Task = LocalBoxFuture<'static, ()>;

/// Tasks that end together: a tab's, or the world's own.
pub(crate) type Group = u64;

/// The world's own tasks.
pub(crate) const WORLD: Group = 0;

/// Runs everything of a test, and its time.
#[derive(Default)]
pub(crate) struct World {
    /// Since the beginning. Timers go by it, whatever clocks are set to.
    passed_ms: Cell<i64>,
    /// What the clock shows beyond that.
    shown_ms: Cell<i64>,
    /// When somebody wants to be woken.
    timers: RefCell<BTreeMap<(i64, u64), Waker>>,
    timers_made: Cell<u64>,
    spawned: RefCell<Vec<(Group, Task)>>,
    tasks: RefCell<BTreeMap<Group, FuturesUnordered<Task>>>,
    groups_made: Cell<Group>,
    chance: Cell<u64>,
    /// At least this is drawn when chance is asked.
    pub(crate) least_chance: Cell<f64>,
}

impl World {
    pub(crate) fn new() -> Rc<Self> {
        Self::with_chance(0x9e37_79b9_7f4a_7c15)
    }

    /// With this number, not 0, everything that is left to chance follows.
    pub(crate) fn with_chance(chance: u64) -> Rc<Self> {
        let world = Self::default();
        world.shown_ms.set(START_MS);
        world.chance.set(chance);
        Rc::new(world)
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.passed_ms.get() + self.shown_ms.get()
    }

    /// Somebody sets the clock. Timers go on as they were.
    pub(crate) fn set_clock(&self, ms: i64) {
        self.shown_ms.set(ms - self.passed_ms.get());
    }

    pub(crate) fn spawn_in(&self, group: Group, task: Task) {
        self.spawned.borrow_mut().push((group, task));
    }

    /// A new group of tasks.
    pub(crate) fn group(&self) -> Group {
        self.groups_made.set(self.groups_made.get() + 1);
        self.groups_made.get()
    }

    /// Nothing of these tasks goes on.
    pub(crate) fn end(&self, group: Group) {
        self.spawned.borrow_mut().retain(|(of, _)| *of != group);
        let ended = self.tasks.borrow_mut().remove(&group);
        drop(ended);
    }

    /// Runs until everybody waits.
    pub(crate) fn settle(&self) {
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&flag));
        let mut rounds = 0;
        while flag.0.swap(false, Ordering::Relaxed) || !self.spawned.borrow().is_empty() {
            rounds += 1;
            assert!(rounds < 100_000, "something runs in circles");
            let spawned = std::mem::take(&mut *self.spawned.borrow_mut());
            let mut tasks = self.tasks.borrow_mut();
            for (group, task) in spawned {
                tasks.entry(group).or_default().push(task);
            }
            let mut context = Context::from_waker(&waker);
            for tasks in tasks.values_mut() {
                while let Poll::Ready(Some(())) = tasks.poll_next_unpin(&mut context) {}
            }
        }
    }

    /// Goes on to the next thing that happens, up to this many milliseconds from the beginning; says whether there was one.
    pub(crate) fn step(&self, end: i64) -> bool {
        self.settle();
        let next = self.timers.borrow().keys().next().copied();
        let Some((at, number)) = next.filter(|(at, _)| *at <= end) else { return false };
        let waker = self.timers.borrow_mut().remove(&(at, number));
        self.passed_ms.set(self.passed_ms.get().max(at));
        if let Some(waker) = waker {
            waker.wake();
        }
        self.settle();
        true
    }

    /// Milliseconds since the beginning.
    pub(crate) fn passed_ms(&self) -> i64 {
        self.passed_ms.get()
    }

    /// Nothing more happens up to here.
    pub(crate) fn skip_to(&self, passed_ms: i64) {
        self.passed_ms.set(self.passed_ms.get().max(passed_ms));
    }

    /// Lets time pass, with everything that happens in it.
    pub(crate) fn pass(&self, ms: i64) {
        let end = self.passed_ms.get() + ms;
        while self.step(end) {}
        self.skip_to(end);
        self.settle();
    }

    /// Waits for something that somebody asked for; time passes as it has to.
    pub(crate) fn wait<T: 'static>(&self, future: impl Future<Output = T> + 'static) -> T {
        let result = Rc::new(RefCell::new(None));
        let put = Rc::clone(&result);
        self.spawn_in(WORLD, async move { *put.borrow_mut() = Some(future.await) }.boxed_local());
        for _ in 0..10_000 {
            self.settle();
            if let Some(result) = result.borrow_mut().take() {
                return result;
            }
            self.pass(10);
        }
        panic!("nothing came of it");
    }

    fn unit(&self) -> f64 {
        let mut chance = self.chance.get();
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        self.chance.set(chance);
        (chance >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn sleep_ms(self: &Rc<Self>, ms: u64) -> Sleep {
        let until_ms = self.passed_ms.get() + i64::try_from(ms).unwrap_or(i64::MAX / 2);
        let number = self.timers_made.get();
        self.timers_made.set(number + 1);
        Sleep { world: Rc::clone(self), until_ms, number }
    }
}

pub(crate) struct Sleep {
    world: Rc<World>,
    until_ms: i64,
    number: u64,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let key = (self.until_ms, self.number);
        let mut timers = self.world.timers.borrow_mut();
        if self.until_ms <= self.world.passed_ms.get() {
            timers.remove(&key);
            return Poll::Ready(());
        }
        timers.insert(key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.world.timers.borrow_mut().remove(&(self.until_ms, self.number));
    }
}

struct WorldClock(Rc<World>, Rc<Machine>);

impl Clock for WorldClock {
    fn now_ms(&self) -> i64 {
        self.0.now_ms() + self.1.clock_off_ms.get()
    }

    fn sleep_ms(&self, ms: u64) -> LocalBoxFuture<'static, ()> {
        self.0.sleep_ms(ms).boxed_local()
    }

    fn zone_offset_minutes(&self, _at_ms: i64) -> i32 {
        60
    }
}

struct WorldRandom(Rc<World>);

impl Random for WorldRandom {
    fn unit(&self) -> f64 {
        self.0.unit().max(self.0.least_chance.get())
    }

    fn id(&self) -> String {
        let part = |most: f64| (self.0.unit() * most) as u64;
        format!("{:08x}-0000-4000-8000-{:012x}", part(4e9), part(2e14))
    }
}

/// What a machine keeps: storage and sign-in, for all tabs of it.
#[derive(Default)]
pub(crate) struct Machine {
    shelves: RefCell<BTreeMap<(Shelf, String), String>>,
    /// What a second copy has of shelves that were thrown away.
    copies: RefCell<BTreeMap<(Shelf, String), String>>,
    pub(crate) session: RefCell<Option<String>>,
    pub(crate) denied: Cell<bool>,
    pub(crate) hanging: Cell<bool>,
    /// How long the storage takes for each request, at the most.
    pub(crate) storage_ms: Cell<u64>,
    /// When the storage is done with what it was asked so far.
    storage_done_ms: Cell<i64>,
    /// How far its clock is off.
    pub(crate) clock_off_ms: Cell<i64>,
    locks: RefCell<Vec<String>>,
    tabs: RefCell<Vec<Weak<Tab>>>,
    leader: RefCell<Weak<Tab>>,
    waiting_to_lead: RefCell<Vec<Waker>>,
    turn_taken: Cell<bool>,
    waiting_for_turn: RefCell<Vec<Waker>>,
}

impl Machine {
    pub(crate) fn shelf(&self, shelf: Shelf) -> Vec<(String, String)> {
        let shelves = self.shelves.borrow();
        let kept = shelves.iter().filter(|((known, _), _)| *known == shelf);
        kept.map(|((_, key), value)| (key.clone(), value.clone())).collect()
    }

    /// The shelf is empty from now on.
    pub(crate) fn forget(&self, shelf: Shelf) {
        self.shelves.borrow_mut().retain(|(known, _), _| *known != shelf);
    }

    /// The browser throws all shelves away, and has a copy of what was on them at some time.
    pub(crate) fn throw_away(&self, copies: impl IntoIterator<Item = (Shelf, String, String)>) {
        self.shelves.borrow_mut().clear();
        let copies = copies.into_iter().map(|(shelf, key, value)| ((shelf, key), value));
        *self.copies.borrow_mut() = copies.collect();
    }

    pub(crate) fn put(&self, shelf: Shelf, key: &str, value: &str) {
        self.shelves.borrow_mut().insert((shelf, key.to_owned()), value.to_owned());
    }
}

/// What a tab sees of its machine's storage.
#[derive(Clone)]
struct MachineStorage(Rc<Machine>, Rc<World>, Group);

impl MachineStorage {
    /// Carried out in the order of asking, once the storage gets to it. What it has not got to when the tab dies is not done.
    fn request<T: 'static>(&self, act: impl FnOnce(&Machine) -> T + 'static) -> Stored<T> {
        let (machine, world) = (Rc::clone(&self.0), Rc::clone(&self.1));
        async move {
            if machine.hanging.get() {
                std::future::pending::<()>().await;
            }
            if machine.storage_ms.get() > 0 {
                let takes_ms = (world.unit() * machine.storage_ms.get() as f64) as i64;
                let done_ms = machine.storage_done_ms.get().max(world.passed_ms() + takes_ms);
                machine.storage_done_ms.set(done_ms);
                world.sleep_ms(u64::try_from(done_ms - world.passed_ms()).unwrap_or(0)).await;
            }
            if machine.denied.get() {
                return Err(StorageError("denied".to_owned()));
            }
            Ok(act(&machine))
        }
        .boxed_local()
    }
}

impl Storage for MachineStorage {
    fn put(&self, shelf: Shelf, key: String, value: String) -> Stored<()> {
        self.request(move |machine| machine.put(shelf, &key, &value))
    }

    fn remove(&self, shelf: Shelf, key: String) -> Stored<()> {
        self.request(move |machine| drop(machine.shelves.borrow_mut().remove(&(shelf, key))))
    }

    fn all(&self, shelf: Shelf) -> Stored<Vec<(String, String)>> {
        self.request(move |machine| machine.shelf(shelf))
    }

    fn rescued(&self, shelf: Shelf) -> Stored<Vec<(String, String)>> {
        self.request(move |machine| {
            let copies = machine.copies.borrow();
            let of_shelf = copies.iter().filter(|((known, _), _)| *known == shelf);
            of_shelf.map(|((_, key), value)| (key.clone(), value.clone())).collect()
        })
    }

    fn clear(&self) -> Stored<()> {
        self.request(|machine| machine.shelves.borrow_mut().clear())
    }
}

impl MachineStorage {
    /// Tells the other tabs, as browsers do, a moment later.
    fn session_changed(&self) {
        for tab in self.0.tabs.borrow().iter().filter_map(Weak::upgrade).filter(|tab| tab.group != self.2) {
            let world = Rc::clone(&self.1);
            self.1.spawn_in(
                tab.group,
                async move {
                    world.sleep_ms(SESSION_EVENT_MS).await;
                    tab.tell(PageEvent::SessionChanged);
                }
                .boxed_local(),
            );
        }
    }
}

impl SessionStore for MachineStorage {
    fn get(&self) -> Option<String> {
        self.0.session.borrow().clone()
    }

    fn set(&self, value: &str) -> bool {
        if self.0.session.borrow_mut().replace(value.to_owned()).as_deref() != Some(value) {
            self.session_changed();
        }
        true
    }

    fn remove(&self) {
        if self.0.session.borrow_mut().take().is_some() {
            self.session_changed();
        }
    }
}

type Listener = Rc<dyn Fn(PageEvent)>;
type Hearer = Rc<dyn Fn(Vec<String>)>;

/// A tab, to be shown, hidden and cut off.
pub(crate) struct Tab {
    machine: Rc<Machine>,
    pub(crate) group: Group,
    pub(crate) visible: Cell<bool>,
    pub(crate) online: Cell<bool>,
    listener: RefCell<Option<Listener>>,
    hearer: RefCell<Option<Hearer>>,
    world: Rc<World>,
    /// What it holds for as long as it lives.
    locks: RefCell<Vec<String>>,
}

impl Tab {
    pub(crate) fn tell(&self, event: PageEvent) {
        match event {
            PageEvent::Woken => self.visible.set(true),
            PageEvent::Hidden => self.visible.set(false),
            PageEvent::Online => self.online.set(true),
            PageEvent::Offline => self.online.set(false),
            PageEvent::SessionChanged => {}
        }
        let listener = self.listener.borrow().clone();
        if let Some(listener) = listener {
            listener(event);
        }
    }
}

struct TabPage(Rc<Tab>);

impl Page for TabPage {
    fn visible(&self) -> bool {
        self.0.visible.get()
    }

    fn online(&self) -> bool {
        self.0.online.get()
    }

    fn listen(&self, on_event: Rc<dyn Fn(PageEvent)>) {
        *self.0.listener.borrow_mut() = Some(on_event);
    }

    fn announce(&self, tab: &str) {
        self.0.machine.locks.borrow_mut().push(tab.to_owned());
        self.0.locks.borrow_mut().push(tab.to_owned());
    }

    fn take_over(&self, tab: String) -> LocalBoxFuture<'static, bool> {
        let mut locks = self.0.machine.locks.borrow_mut();
        let free = !locks.contains(&tab);
        if free {
            self.0.locks.borrow_mut().push(tab.clone());
            locks.push(tab);
        }
        std::future::ready(free).boxed_local()
    }

    fn tell(&self, words: &[String]) {
        let tabs: Vec<Rc<Tab>> = self.0.machine.tabs.borrow().iter().filter_map(Weak::upgrade).collect();
        for tab in tabs.into_iter().filter(|tab| !Rc::ptr_eq(tab, &self.0)) {
            let hearer = tab.hearer.borrow().clone();
            let (words, world) = (words.to_vec(), Rc::clone(&tab.world));
            let wait = world.sleep_ms(1);
            world.spawn_in(
                tab.group,
                async move {
                    wait.await;
                    if let Some(hearer) = hearer {
                        hearer(words);
                    }
                }
                .boxed_local(),
            );
        }
    }

    fn hear(&self, on_words: Hearer) {
        *self.0.hearer.borrow_mut() = Some(on_words);
    }

    fn lead(&self) -> LocalBoxFuture<'static, ()> {
        let tab = Rc::clone(&self.0);
        poll_fn(move |context| {
            let mut leader = tab.machine.leader.borrow_mut();
            if leader.upgrade().is_some() {
                tab.machine.waiting_to_lead.borrow_mut().push(context.waker().clone());
                return Poll::Pending;
            }
            *leader = Rc::downgrade(&tab);
            Poll::Ready(())
        })
        .boxed_local()
    }

    fn turn(&self) -> LocalBoxFuture<'static, Turn> {
        let machine = Rc::clone(&self.0.machine);
        poll_fn(move |context| {
            if machine.turn_taken.replace(true) {
                machine.waiting_for_turn.borrow_mut().push(context.waker().clone());
                return Poll::Pending;
            }
            let machine = Rc::clone(&machine);
            Poll::Ready(Turn::new(Box::new(move || {
                machine.turn_taken.set(false);
                machine.waiting_for_turn.take().into_iter().for_each(Waker::wake);
            })))
        })
        .boxed_local()
    }
}

/// What becomes of a request instead of what should.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// It does not leave.
    NotSent,
    /// It is carried out, and the reply is lost.
    LostReply,
    /// Nothing happens, for ever.
    Hangs,
    /// It is carried out, and the reply comes late.
    Late(u64),
    /// This answer comes without the service having seen it.
    Answer(u16, Vec<(&'static str, &'static str)>),
    /// This is answered, with 200, by somebody else than the service.
    Says(String),
    /// It is carried out, and this status comes back all the same.
    DoneBut(u16),
    /// It is carried out; after so long comes this answer, as if to a copy of it that somebody in between made.
    Twice(u64, u16, Vec<(&'static str, &'static str)>),
}

struct Rule {
    method: Option<&'static str>,
    path: String,
    times: Cell<usize>,
    fault: Fault,
}

/// A request that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) at_ms: i64,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    /// 0 when there was no reply.
    pub(crate) status: u16,
}

/// The service, and the line to it.
pub(crate) struct Line {
    world: Rc<World>,
    runtime: tokio::runtime::Runtime,
    router: axum::Router,
    clock: natter_service::Clock,
    rules: RefCell<Vec<Rule>>,
    made: RefCell<Vec<Made>>,
    /// How long a reply takes.
    pub(crate) delay_ms: Cell<u64>,
    /// How far the service's clock is ahead of everybody else's.
    pub(crate) ahead_ms: Cell<i64>,
    /// The service tells of what happens; otherwise everybody polls.
    pub(crate) streaming: Cell<bool>,
    /// Of a stream it knows nothing when that is over, as after a restart.
    pub(crate) forgets_streams: Cell<bool>,
    /// Streams stay, and nothing comes through them, as after a sleep in which the other end went.
    pub(crate) streams_are_dead: Cell<bool>,
    /// Streams stay, and nothing that happens comes through them.
    pub(crate) forgets_events: Cell<bool>,
    streams: RefCell<Vec<Waker>>,
    /// Counts the times that streams broke.
    broken: Cell<usize>,
    opened: Cell<usize>,
}

thread_local! {
    /// Where the services of a test keep their data. Gone with the test's thread: its apps and its world hold each other, and stay.
    static FOLDERS: RefCell<Vec<tempfile::TempDir>> = const { RefCell::new(Vec::new()) };
}

impl Line {
    pub(crate) fn new(world: &Rc<World>) -> Rc<Self> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings {
            data: dir.path().to_owned(),
            sign_in_by_name: SignInByName::Anyone,
            ..Settings::default()
        };
        let clock = natter_service::Clock::fixed(START_MS);
        let state = runtime.block_on(AppState::open_at(&settings, clock.clone())).unwrap();
        FOLDERS.with_borrow_mut(|folders| folders.push(dir));
        Rc::new(Self {
            world: Rc::clone(world),
            runtime,
            router: natter_service::app(state),
            clock,
            rules: RefCell::default(),
            made: RefCell::default(),
            delay_ms: Cell::new(20),
            ahead_ms: Cell::new(0),
            streaming: Cell::new(false),
            forgets_streams: Cell::new(false),
            streams_are_dead: Cell::new(false),
            forgets_events: Cell::new(false),
            streams: RefCell::default(),
            broken: Cell::new(0),
            opened: Cell::new(0),
        })
    }

    /// The next so many requests like this one go wrong.
    pub(crate) fn fault(&self, method: &'static str, path: &str, times: usize, fault: Fault) {
        let method = Some(method).filter(|method| !method.is_empty());
        let rule = Rule { method, path: path.to_owned(), times: Cell::new(times), fault };
        self.rules.borrow_mut().push(rule);
    }

    /// Everything goes wrong from now on.
    pub(crate) fn cut(&self, fault: Fault) {
        self.fault("", "", usize::MAX, fault);
    }

    pub(crate) fn mend(&self) {
        self.rules.borrow_mut().clear();
    }

    /// What was asked since this was last called.
    pub(crate) fn take_made(&self) -> Vec<Made> {
        std::mem::take(&mut self.made.borrow_mut())
    }

    fn fault_for(&self, request: &HttpRequest) -> Option<Fault> {
        let rules = self.rules.borrow();
        let rule = rules.iter().find(|rule| {
            rule.times.get() > 0
                && rule.method.is_none_or(|method| method == request.method.as_str())
                && request.url.contains(&rule.path)
        })?;
        rule.times.set(rule.times.get() - 1);
        Some(rule.fault.clone())
    }

    /// Whoever has this token asks the service something, without an app.
    pub(crate) fn ask<R>(&self, token: &str, request: &acs_chat::Request<R>) -> HttpResponse {
        let endpoint = acs_chat::Endpoint::parse(ORIGIN).unwrap();
        let mut http = request.to_http(&endpoint, acs_chat::requests::API_VERSION);
        http.headers.push(("Authorization", format!("Bearer {token}")));
        let response = self.serve(http);
        assert!((200..300).contains(&response.status), "{response:?}");
        response
    }

    /// Whoever has this token says something, without an app.
    pub(crate) fn say(&self, token: &str, thread: &ThreadId, text: &str) {
        let message = acs_chat::SendChatMessageRequest::text(text);
        self.ask(token, &acs_chat::requests::send_message(thread, &message).unwrap());
    }

    /// How many streams were asked for since this was last called.
    pub(crate) fn take_opened(&self) -> usize {
        self.opened.take()
    }

    /// All streams end.
    pub(crate) fn break_streams(&self) {
        self.broken.set(self.broken.get() + 1);
        self.streams.take().into_iter().for_each(Waker::wake);
    }

    /// The service itself, without the line.
    pub(crate) fn serve(&self, request: HttpRequest) -> HttpResponse {
        let response = self.respond(request);
        let now_ms = self.world.now_ms() + self.ahead_ms.get();
        let response = self.runtime.block_on(async {
            let (parts, body) = response.into_parts();
            let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
            let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
            let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), text(value)));
            // What the server adds to what the router says.
            let since_1970 = std::time::Duration::from_millis(now_ms.unsigned_abs());
            let date = httpdate::fmt_http_date(std::time::SystemTime::UNIX_EPOCH + since_1970);
            let headers = headers.chain([("date".to_owned(), date)]);
            HttpResponse { status: parts.status.as_u16(), headers: headers.collect(), body }
        });
        self.streams.take().into_iter().for_each(Waker::wake);
        response
    }

    fn tell_the_time(&self) {
        self.clock.set_ms(self.world.now_ms() + self.ahead_ms.get());
    }

    fn respond(&self, request: HttpRequest) -> axum::response::Response {
        self.tell_the_time();
        let mut http = axum::http::Request::builder()
            .method(request.method.as_str())
            .uri(request.url.strip_prefix(ORIGIN).unwrap())
            .header("host", "localhost:8080");
        // The service would remember a send by this id; Azure does not, and exactly once must not hang on it.
        let forgotten = if self.forgets_streams.get() { "Last-Event-ID" } else { "" };
        let kept =
            request.headers.iter().filter(|(name, _)| ![forgotten, "x-ms-client-request-id"].contains(name));
        for (name, value) in kept {
            http = http.header(*name, value);
        }
        let http = http.body(Body::from(request.body.unwrap_or_default())).unwrap();
        self.runtime.block_on(self.router.clone().oneshot(http)).unwrap()
    }
}

/// A browser's end of the line.
#[derive(Clone)]
pub(crate) struct Wire(pub(crate) Rc<Line>);

impl Transport for Wire {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let line = &self.0;
        let world = Rc::clone(&line.world);
        let place = line.made.borrow().len();
        line.made.borrow_mut().push(Made {
            at_ms: world.now_ms(),
            method: request.method.as_str(),
            path: request.url.trim_start_matches(ORIGIN).split('?').next().unwrap_or_default().to_owned(),
            status: 0,
        });
        let fault = line.fault_for(&request);
        world.sleep_ms(line.delay_ms.get() / 2).await;
        let response = match fault {
            Some(Fault::NotSent) => return Err(TransportError::NotSent("refused".to_owned())),
            Some(Fault::Hangs) => std::future::pending().await,
            Some(Fault::LostReply) => {
                line.serve(request);
                return Err(TransportError::Unclear("reset".to_owned()));
            }
            Some(Fault::Answer(status, headers)) => {
                let headers =
                    headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                HttpResponse { status, headers, body: Vec::new() }
            }
            Some(Fault::Says(body)) => {
                HttpResponse { status: 200, body: body.into_bytes(), ..HttpResponse::default() }
            }
            Some(Fault::DoneBut(status)) => {
                line.serve(request);
                HttpResponse { status, ..HttpResponse::default() }
            }
            Some(Fault::Twice(ms, status, headers)) => {
                line.serve(request);
                world.sleep_ms(ms).await;
                let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
                HttpResponse { status, headers: headers.collect(), ..HttpResponse::default() }
            }
            Some(Fault::Late(ms)) => {
                let response = line.serve(request);
                world.sleep_ms(ms).await;
                response
            }
            None => line.serve(request),
        };
        world.sleep_ms(line.delay_ms.get() / 2).await;
        if let Some(made) = line.made.borrow_mut().get_mut(place) {
            made.status = response.status;
        }
        Ok(response)
    }
}

/// The body of a reply as it comes.
struct StreamBody {
    line: Rc<Line>,
    broken: usize,
    body: axum::body::BodyDataStream,
    begun: bool,
}

impl StreamBody {
    fn look(&mut self, context: &mut Context<'_>) -> Poll<Option<Vec<u8>>> {
        if self.line.broken.get() > self.broken {
            return Poll::Ready(None);
        }
        // The service publishes before the reply: whoever waits looks after each.
        self.line.streams.borrow_mut().push(context.waker().clone());
        if self.line.streams_are_dead.get() {
            return Poll::Pending;
        }
        // The first piece comes by itself, as soon as the service has looked up who listens.
        let first = !std::mem::replace(&mut self.begun, true);
        let polled = self.line.runtime.block_on(async {
            let next = self.body.next();
            if first { Poll::Ready(next.await) } else { futures_util::poll!(next) }
        });
        let polled = polled.map(|piece| Some(piece?.unwrap().to_vec()));
        match polled {
            Poll::Ready(Some(piece)) if self.line.forgets_events.get() && !piece.starts_with(b":") => {
                Poll::Ready(Some(Vec::new()))
            }
            polled => polled,
        }
    }
}

impl Pieces for StreamBody {
    fn next(&mut self) -> LocalBoxFuture<'_, Option<Vec<u8>>> {
        let line = Rc::clone(&self.line);
        async move {
            loop {
                let looked_again = poll_fn(|context| self.look(context));
                match future::select(looked_again, line.world.sleep_ms(SERVICE_LOOKS_MS)).await {
                    Either::Left((piece, _)) => return piece,
                    Either::Right(_) => line.tell_the_time(),
                }
            }
        }
        .boxed_local()
    }
}

impl Streams for Wire {
    fn open(&self, request: HttpRequest) -> LocalBoxFuture<'_, Result<Opened, TransportError>> {
        let line = Rc::clone(&self.0);
        async move {
            line.opened.set(line.opened.get() + 1);
            line.world.sleep_ms(line.delay_ms.get()).await;
            if let Some(Fault::Answer(status, _)) = line.fault_for(&request) {
                return Ok(Opened::Refused(HttpResponse { status, ..HttpResponse::default() }));
            }
            if !line.streaming.get() {
                return Err(TransportError::NotSent("refused".to_owned()));
            }
            let response = line.respond(request);
            let body = response.into_body().into_data_stream();
            let broken = line.broken.get();
            Ok(Opened::Stream(Box::new(StreamBody { line, broken, body, begun: false })))
        }
        .boxed_local()
    }
}

/// Somebody with the app open in a tab.
pub(crate) struct App {
    pub(crate) core: Rc<Core>,
    pub(crate) tab: Rc<Tab>,
    pub(crate) machine: Rc<Machine>,
    world: Rc<World>,
}

impl App {
    /// Opens the app in a new tab of a machine.
    pub(crate) fn open(world: &Rc<World>, line: &Rc<Line>, machine: &Rc<Machine>) -> Self {
        Self::open_over(world, Wire(Rc::clone(line)), machine, world.group(), Rc::new(|_| {}))
    }

    /// Opens the app in a new tab of a machine, over a network of the caller's. `group`: the tab's tasks.
    pub(crate) fn open_over<T: Transport + Streams + Clone + 'static>(
        world: &Rc<World>,
        wire: T,
        machine: &Rc<Machine>,
        group: Group,
        on_change: OnChange,
    ) -> Self {
        let tab = Rc::new(Tab {
            machine: Rc::clone(machine),
            group,
            visible: Cell::new(true),
            online: Cell::new(true),
            listener: RefCell::default(),
            hearer: RefCell::default(),
            world: Rc::clone(world),
            locks: RefCell::default(),
        });
        machine.tabs.borrow_mut().push(Rc::downgrade(&tab));
        let storage = MachineStorage(Rc::clone(machine), Rc::clone(world), group);
        let spawner = Rc::clone(world);
        let platform = Platform {
            clock: Rc::new(WorldClock(Rc::clone(world), Rc::clone(machine))),
            random: Rc::new(WorldRandom(Rc::clone(world))),
            storage: Rc::new(storage.clone()),
            session: Rc::new(storage),
            page: Rc::new(TabPage(Rc::clone(&tab))),
            spawn: Rc::new(move |task| spawner.spawn_in(group, task)),
        };
        let services = HttpServices::new(
            wire,
            Rc::clone(&platform.clock),
            ORIGIN.to_owned(),
            format!("{ORIGIN}/config.json"),
        );
        let core = Core::new(platform, Rc::new(services));
        core.start(on_change);
        world.settle();
        Self { core, tab, machine: Rc::clone(machine), world: Rc::clone(world) }
    }

    /// Somebody signs in, without waiting for it.
    pub(crate) fn begin_sign_in(&self, name: &str) {
        let (core, name) = (Rc::clone(&self.core), name.to_owned());
        let task = async move { core.sign_in_by_name(&name).await.unwrap() };
        self.world.spawn_in(self.tab.group, task.boxed_local());
    }

    /// A new machine, and somebody signed in on it.
    pub(crate) fn of(world: &Rc<World>, line: &Rc<Line>, name: &str) -> Self {
        let app = Self::open(world, line, &Rc::default());
        let core = Rc::clone(&app.core);
        let name = name.to_owned();
        world.wait(async move { core.sign_in_by_name(&name).await }).unwrap();
        world.pass(500);
        app
    }

    /// The tab crashes: it does nothing more, and its locks are free.
    pub(crate) fn crash(self) -> Rc<Machine> {
        let held = self.tab.locks.take();
        self.machine.locks.borrow_mut().retain(|lock| !held.contains(lock));
        // Its requests and timers go with its tasks.
        self.world.end(self.tab.group);
        // It listens with a handle on all that it is.
        self.tab.listener.borrow_mut().take();
        self.tab.hearer.take();
        self.machine
            .tabs
            .borrow_mut()
            .retain(|tab| tab.upgrade().is_some_and(|tab| tab.group != self.tab.group));
        if self.machine.leader.borrow().ptr_eq(&Rc::downgrade(&self.tab)) {
            self.machine.leader.take();
        }
        self.machine.waiting_to_lead.take().into_iter().for_each(Waker::wake);
        Rc::clone(&self.machine)
    }

    pub(crate) fn create(&self, topic: &str, people: &[&str]) -> ThreadId {
        let people = people.iter().map(|name| named(name)).collect();
        let (core, topic) = (Rc::clone(&self.core), topic.to_owned());
        let created = self.world.wait(async move { core.create_thread(&topic, people).await });
        let (thread, outcome) = created.unwrap();
        assert_eq!(outcome.failed, []);
        assert!(!is_to_be(&thread), "the service was there");
        thread
    }

    /// The token of the sign-in.
    pub(crate) fn token(&self) -> String {
        let kept = self.machine.session.borrow().clone().unwrap();
        serde_json::from_str::<serde_json::Value>(&kept).unwrap()["token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn timeline(&self, thread: &ThreadId) -> TimelineView {
        whole_view(&self.core.model(), thread)
    }

    /// What a conversation shows of changes that are not made.
    pub(crate) fn pending(&self, thread: &ThreadId) -> Vec<(PendingChange, Status)> {
        let change = |item: Item| match item.kind {
            ItemKind::Change { change, status, .. } => Some((change, status)),
            _ => None,
        };
        self.timeline(thread).items.into_iter().filter_map(change).collect()
    }

    pub(crate) fn messages(&self, thread: &ThreadId) -> Vec<MessageRow> {
        let message = |item: Item| match item.kind {
            ItemKind::Message(row) => Some(row),
            _ => None,
        };
        self.timeline(thread).items.into_iter().filter_map(message).collect()
    }

    /// What everybody said, as this person sees it.
    pub(crate) fn texts(&self, thread: &ThreadId) -> Vec<String> {
        use natter::model::rows::Body;
        let text = |row: MessageRow| match row.body {
            Body::Text(text) | Body::Html(text) | Body::Markdown(text) => text,
            Body::Answering(_) => "(answering)".to_owned(),
            Body::Deleted => "(deleted)".to_owned(),
        };
        self.messages(thread).into_iter().map(text).collect()
    }

    pub(crate) fn send(&self, thread: &ThreadId, text: &str) {
        self.core.send(thread, text.to_owned(), SendKind::Text, Priority::Normal);
    }

    pub(crate) fn send_important(&self, thread: &ThreadId, text: &str) {
        self.core.send(thread, text.to_owned(), SendKind::Text, Priority::High);
    }
}

/// A view of a thread with everything in it, as it is once all of it has come into view.
pub(crate) fn whole_view(model: &Model, thread: &ThreadId) -> TimelineView {
    let mut view = TimelineView::default();
    make_whole(model, thread, &mut view, 0);
    view
}

/// Brings a view up to date that was so at revision `since`, and all of a long thread into it.
pub(crate) fn make_whole(model: &Model, thread: &ThreadId, view: &mut TimelineView, since: u64) {
    let mut revision = model.refresh(thread, view, since, false, &|_| 60).revision;
    while view.lacks {
        revision = model.refresh(thread, view, revision, true, &|_| 60).revision;
    }
}

pub(crate) fn named(name: &str) -> NewPerson {
    NewPerson { who: NewPersonId::Name(name.to_owned()), name: None }
}

/// Ann and Bob, with a thread of theirs open in front of both.
pub(crate) struct Pair {
    pub(crate) world: Rc<World>,
    pub(crate) line: Rc<Line>,
    pub(crate) ann: App,
    pub(crate) bob: App,
    pub(crate) thread: ThreadId,
}

impl Pair {
    pub(crate) fn new() -> Self {
        let world = World::new();
        let line = Line::new(&world);
        let (ann, bob) = (App::of(&world, &line, "Ann"), App::of(&world, &line, "Bob"));
        let thread = ann.create("Lunch", &["Bob"]);
        ann.core.show(Some(thread.clone()));
        bob.core.show(Some(thread.clone()));
        world.pass(6_000);
        line.take_made();
        Self { world, line, ann, bob, thread }
    }
}

/// Ann alone with a thread open, so that the line carries her requests only.
pub(crate) struct Alone {
    pub(crate) world: Rc<World>,
    pub(crate) line: Rc<Line>,
    pub(crate) ann: App,
    pub(crate) thread: ThreadId,
}

impl Alone {
    pub(crate) fn new() -> Self {
        let world = World::new();
        let line = Line::new(&world);
        let ann = App::of(&world, &line, "Ann");
        let thread = ann.create("Lunch", &["Bob"]);
        ann.core.show(Some(thread.clone()));
        world.pass(6_000);
        line.take_made();
        Self { world, line, ann, thread }
    }
}
