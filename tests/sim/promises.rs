//! What the app promises, and whether it keeps it: looked at with every request and after every step.
//!
//! A promise has a name and is told in words when it is broken. Here are those about single requests and about what a tab
//! shows at any moment; those about the end are in `quiet`.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use acs_chat::{HttpRequest, HttpResponse, MessageId, Method, ThreadId, TransportError, Version};
use natter::model::creation::is_to_be;
use natter::model::outbox::{Action, State};
use natter::model::rows::{Body, Item, ItemKind, TimelineView};
use natter::platform::Shelf;
use natter::sync::Core;

use crate::network::{Asked, Class};
use crate::service::PEOPLE;
use crate::simulation::{Simulation, number_of};
use crate::world::{make_whole, whole_view};

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) promise: &'static str,
    pub(crate) told: String,
}

pub(crate) const NO_PANIC: &str = "nothing panics";
pub(crate) const ONCE: &str = "a message exists once";
pub(crate) const MADE_ONCE: &str = "a thread is made once";
pub(crate) const ORDER: &str = "messages of a tab arrive in the order of sending";
pub(crate) const DISK: &str = "it is on disk before its first request";
pub(crate) const ONE_AT_A_TIME: &str = "one request at a time for a resource";
pub(crate) const RATES: &str = "no tab asks more often than the service allows one";
pub(crate) const PATIENCE: &str = "a pause that the service asks for is kept";
pub(crate) const BACKOFF: &str = "pauses double until it was well for 5 s";
pub(crate) const ONE_TAB: &str = "an entry is in one living tab at most";
pub(crate) const BUBBLE: &str = "a message is shown once";
pub(crate) const SORTED: &str = "messages are shown in the service's order";
pub(crate) const GAP: &str = "nothing is missing between two messages";
pub(crate) const STAYS: &str = "what is shown stays";
pub(crate) const REVERTS: &str = "an edit never reverts";
pub(crate) const MARKS: &str = "a read mark never moves back";
pub(crate) const UNREAD: &str = "unread numbers agree";
pub(crate) const PRIVATE: &str = "nothing of another person is in a model";
pub(crate) const ROW_BY_ROW: &str = "rows brought up to date are the rows made anew";

/// The outbox waits so long for its storage.
const WRITTEN_DOWN_MS: i64 = 2_200;

/// How much one tab may ask of one resource: in 10 s, in 60 s (reference `acs-chat.md` 4.5).
fn limits(class: Class) -> Option<(usize, usize)> {
    match class {
        Class::Threads => Some((50, usize::MAX)),
        Class::Messages => Some((50, 200)),
        Class::People => Some((10, usize::MAX)),
        Class::Receipts => Some((5, usize::MAX)),
        Class::Write | Class::TellRead => Some((10, 30)),
        Class::Type => Some((5, 15)),
        Class::Action | Class::Other => None,
    }
}

/// What is known of the requests of one tab.
#[derive(Default)]
struct Book {
    machine: usize,
    made: BTreeMap<Class, u64>,
    in_flight: BTreeMap<String, u32>,
    asked_at: BTreeMap<(Class, Option<ThreadId>), Vec<i64>>,
    /// The service said not to ask for these before.
    held: BTreeMap<String, i64>,
    /// The service is busy: since when, and until when it said.
    busy: Option<(i64, i64)>,
    backoff: Backoff,
    generation: u64,
}

/// The least that a tab must know of its service's health.
#[derive(Default)]
struct Backoff {
    failures: u32,
    failed_at: i64,
    trouble: bool,
    well_since: Option<i64>,
    not_before: i64,
    /// What departed before and failed may count, or not: something else failed, and we do not know when it was heard.
    unsure_until: i64,
}

/// What is known of what a tab showed.
#[derive(Default)]
struct Shown {
    open: Option<ThreadId>,
    generation: u64,
    revision: u64,
    view: TimelineView,
    ids: BTreeSet<MessageId>,
    versions: BTreeMap<MessageId, Version>,
    marks: BTreeMap<ThreadId, MessageId>,
}

/// All that is watched.
#[derive(Default)]
pub(crate) struct Promises {
    books: RefCell<Vec<Book>>,
    shown: RefCell<Vec<Shown>>,
    broken: RefCell<Option<Broken>>,
    pub(crate) requests: Cell<u64>,
}

impl Promises {
    /// The first promise that was broken.
    pub(crate) fn broken(&self) -> Option<Broken> {
        self.broken.borrow().clone()
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken.borrow().is_some()
    }

    pub(crate) fn broke(&self, promise: &'static str, told: impl Into<String>) {
        self.broken.borrow_mut().get_or_insert_with(|| Broken { promise, told: told.into() });
    }

    /// A tab is about to open.
    pub(crate) fn tab(&self, machine: usize) -> usize {
        self.shown.borrow_mut().push(Shown::default());
        let mut books = self.books.borrow_mut();
        books.push(Book { machine, ..Book::default() });
        books.len() - 1
    }

    pub(crate) fn machine_of(&self, tab: usize) -> usize {
        self.books.borrow()[tab].machine
    }

    /// The tab begins to wait anew: somebody looks, the network is back, or a clock was set.
    pub(crate) fn woken(&self, tab: usize) {
        self.books.borrow_mut()[tab].backoff.not_before = 0;
    }

    /// By another clock, other things are due.
    pub(crate) fn clock_set(&self, machine: usize, now: i64) {
        for book in self.books.borrow_mut().iter_mut().filter(|book| book.machine == machine) {
            book.held.clear();
            book.busy = None;
            book.asked_at.clear();
            book.backoff = Backoff { unsure_until: now, ..Backoff::default() };
        }
    }

    /// A request leaves; gives how many of its class did before.
    pub(crate) fn departs(
        &self,
        simulation: &Simulation,
        tab: usize,
        asked: &Asked,
        request: &HttpRequest,
    ) -> u64 {
        self.requests.set(self.requests.get() + 1);
        let now = simulation.world.passed_ms();
        let name = simulation.tab_name(tab);
        let generation = simulation.core(tab).map_or(0, |core| core.generation());
        let mut books = self.books.borrow_mut();
        let book = &mut books[tab];
        if book.generation != generation {
            *book = Book {
                machine: book.machine,
                made: std::mem::take(&mut book.made),
                generation,
                in_flight: std::mem::take(&mut book.in_flight),
                asked_at: std::mem::take(&mut book.asked_at),
                ..Book::default()
            };
        }
        let nth = book.made.entry(asked.class).or_default();
        *nth += 1;
        let nth = *nth;
        let in_flight = book.in_flight.entry(asked.key.clone()).or_default();
        *in_flight += 1;
        let said = || format!("{name}: {}", simulation.said(asked));
        // Lists of 200 are looked through by more than one, and pages follow pages. A send whose message was seen in a list is
        // over before its reply is here; that the next one does not overtake it is another promise.
        let further = asked.further || searched_for_a_change(simulation, tab, asked);
        let single = asked.planned()
            && asked.class != Class::Write
            && !further
            && !asked.key.contains("maxPageSize=200");
        if single && *in_flight > 1 {
            self.broke(ONE_AT_A_TIME, format!("{} is asked while it is being asked", said()));
        }
        if let Some(until) = book.held.get(&asked.key).filter(|until| **until > now) {
            self.broke(PATIENCE, format!("{} {} ms too early", said(), until - now));
        }
        if asked.planned() && !further {
            // What was written down first may have set out before the reply was here.
            let slack = if asked.class == Class::Write { WRITTEN_DOWN_MS } else { 0 };
            if let Some((_, until)) = book.busy.filter(|(since, until)| *until > now && now - since > slack) {
                self.broke(
                    PATIENCE,
                    format!("{} {} ms before the busy service wants it", said(), until - now),
                );
            }
            let backoff = &book.backoff;
            if backoff.not_before > now && now - backoff.failed_at > slack {
                let (failures, early) = (backoff.failures, backoff.not_before - now);
                self.broke(BACKOFF, format!("{} {early} ms too early after {failures} failures", said()));
            }
        }
        drop(books);
        if matches!(asked.class, Class::Write | Class::Action) && asked.method == Method::Post {
            self.check_disk(simulation, tab, request);
        }
        nth
    }

    /// A request of then reaches the service. What is lost before, nobody counts; and how late it comes is not the tab's fault.
    pub(crate) fn arrives(&self, simulation: &Simulation, tab: usize, asked: &Asked, departed: i64) {
        let Some((most_10, most_60)) = limits(asked.class) else { return };
        let thread = asked.thread.clone().filter(|_| asked.class != Class::Threads);
        let name = simulation.tab_name(tab);
        let mut books = self.books.borrow_mut();
        let times = books[tab].asked_at.entry((asked.class, thread)).or_default();
        times.push(departed);
        times.sort_unstable();
        let most = |within: i64| {
            let count = |from: &i64| times.iter().filter(|at| (*from..*from + within).contains(*at)).count();
            times.iter().map(count).max().unwrap_or(0)
        };
        let (in_10, in_60) = (most(10_000), most(60_000));
        if in_10 > most_10 || in_60 > most_60 {
            self.broke(
                RATES,
                format!("{name}: {}: {in_10} in 10 s, {in_60} in 60 s", simulation.said(asked)),
            );
        }
        let before = times.last().copied().unwrap_or(0) - 120_000;
        times.retain(|at| *at > before);
    }

    fn check_disk(&self, simulation: &Simulation, tab: usize, request: &HttpRequest) {
        // Of actions only a creation is known by an id.
        let ids = ["repeatability-request-id", "x-ms-client-request-id"];
        let Some(entry) = ids.into_iter().find_map(|id| request.header(id)) else { return };
        let machine = simulation.machine(self.machine_of(tab));
        let signed_in = machine.session.borrow().is_some();
        if signed_in && !machine.shelf(Shelf::Outbox).iter().any(|(key, _)| key == entry) {
            self.broke(DISK, format!("{} sends {entry}, which is not", simulation.tab_name(tab)));
        }
    }

    /// Nobody waits for this request any more.
    pub(crate) fn ended(&self, tab: usize, key: &str) {
        let mut books = self.books.borrow_mut();
        if let Some(in_flight) = books[tab].in_flight.get_mut(key) {
            *in_flight = in_flight.saturating_sub(1);
        }
    }

    /// A tab gave a request up before there was a reply: by its own time, for which it may count as a failure.
    pub(crate) fn given_up(&self, tab: usize, now: i64) {
        let backoff = &mut self.books.borrow_mut()[tab].backoff;
        (backoff.unsure_until, backoff.not_before) = (now, 0);
    }

    /// A reply reaches a tab.
    pub(crate) fn answered(
        &self,
        simulation: &Simulation,
        tab: usize,
        asked: &Asked,
        departed: i64,
        reply: &Result<HttpResponse, TransportError>,
    ) {
        let now = simulation.world.passed_ms();
        let long_pauses = simulation.weather.borrow().long_pauses;
        let mut books = self.books.borrow_mut();
        let book = &mut books[tab];
        let status = reply.as_ref().map_or(0, |reply| reply.status);
        let wait = reply.as_ref().ok().and_then(|reply| reply.header("Retry-After")?.parse::<i64>().ok());
        // A change of a thread is the outbox's, and may be known as an action only.
        let action = asked.class == Class::Action;
        if !asked.planned() && !action {
            return;
        }
        // The outbox writes down what became of an entry before anybody else hears of it.
        let searches = asked.class == Class::Messages && asked.key.contains("maxPageSize=200");
        let write = action
            || asked.class == Class::Write
            || searches
            || searched_for_a_change(simulation, tab, asked);
        let heard = if write { now + WRITTEN_DOWN_MS } else { now };
        if let Some(seconds) = wait.filter(|_| !asked.further && !action) {
            let until = now + seconds * 1_000;
            if status == 429 {
                book.held.insert(asked.key.clone(), until);
            } else if departed >= book.backoff.failed_at {
                book.busy = Some((heard, until));
            }
        }
        // What is expected is the least that follows: where the tab may know more than we do, nothing is.
        let backoff = &mut book.backoff;
        let transient = matches!(status, 0 | 408 | 500 | 502 | 503 | 504);
        let unsure = status == 429 || asked.further || write;
        if unsure && !transient {
            backoff.not_before = 0;
            book.busy = book.busy.filter(|_| status == 429);
            backoff.well_since.get_or_insert(now);
            if status == 429 {
                // Two of them are a trouble of their own, and what left before it says nothing new.
                backoff.unsure_until = now;
            }
        } else if unsure || (transient && departed < backoff.unsure_until) {
            (backoff.unsure_until, backoff.not_before) = (heard, 0);
        } else if departed < backoff.failed_at && (transient || backoff.trouble) {
            // It says nothing new.
        } else if transient {
            if backoff.well_since.take().is_some_and(|since| now - since >= 5_000 - 50) {
                backoff.failures = 0;
            }
            backoff.failures += 1;
            (backoff.failed_at, backoff.trouble) = (now, true);
            let bound = 1_000.0 * 2_f64.powi(backoff.failures.min(17) as i32 - 1);
            backoff.not_before = if long_pauses { now + (bound.min(75_000.0) * 0.9) as i64 } else { 0 };
        } else {
            backoff.well_since.get_or_insert(now);
            (backoff.not_before, backoff.trouble, book.busy) = (0, false, None);
        }
    }

    /// Looks at what a tab shows now.
    pub(crate) fn look(&self, simulation: &Simulation, tab: usize, core: &Rc<Core>) {
        let mut all = self.shown.borrow_mut();
        let shown = &mut all[tab];
        let name = simulation.tab_name(tab);
        if shown.generation != core.generation() {
            *shown = Shown { generation: core.generation(), ..Shown::default() };
        }
        let model = core.model();
        let session = core.session();
        let Some(session) = session else {
            let known = model.threads().any(|(_, thread)| thread.timeline.loaded() || thread.listed);
            if known || model.outbox.iter().count() > 0 {
                self.broke(PRIVATE, format!("{name} is signed out and still knows something"));
            }
            return;
        };
        if model.me != session.me || model.outbox.iter().any(|entry| entry.owner != session.me) {
            self.broke(PRIVATE, format!("{name} has entries of somebody else"));
        }
        for (id, thread) in model.threads() {
            if thread.timeline.loaded() && !is_to_be(id) && !simulation.ever_in(id, &session.me) {
                self.broke(
                    PRIVATE,
                    format!("{name} knows {}, which is none of theirs", simulation.topic_of(id)),
                );
            }
            let draft = model.drafts.text(id);
            let of_another = PEOPLE.iter().any(|person| *person != session.name && draft.contains(person));
            if of_another {
                self.broke(PRIVATE, format!("{name}, who is {}, has {draft:?}", session.name));
            }
            if let Some(mark) = thread.marks.mine(&session.me) {
                let before = shown.marks.insert(id.clone(), mark.clone());
                if let Some(before) = before.filter(|before| before > mark) {
                    let topic = simulation.topic_of(id);
                    self.broke(MARKS, format!("{name}: from {before} to {mark} in {topic}"));
                }
            }
        }
        let rows: u32 = model.rows().iter().map(|row| row.unread).sum();
        if rows != model.unread_total() {
            self.broke(UNREAD, format!("{name}: {rows} in the list, {} in the title", model.unread_total()));
        }
        let open = model.open().cloned();
        if shown.open != open {
            shown.open.clone_from(&open);
            (shown.revision, shown.view) = (0, TimelineView::default());
            shown.ids.clear();
            shown.versions.clear();
        }
        let Some(open) = open else { return };
        shown.revision = model.refresh(&open, &mut shown.view, shown.revision, false, &|_| 60).revision;
        let Some(thread) = model.thread(&open) else { return };
        let (mut keys, mut numbers) = (BTreeSet::new(), BTreeSet::new());
        let (mut ids, mut listed) = (Vec::new(), Vec::new());
        for item in &shown.view.items {
            if !keys.insert(item.key.as_str()) {
                self.broke(BUBBLE, format!("{name} has two rows {}", item.key));
            }
            if let Some(number) = text_of(item).and_then(number_of)
                && !numbers.insert(number)
            {
                self.broke(BUBBLE, format!("{name} shows #{number} twice"));
            }
            let Some(id) = id_of(item) else { continue };
            if let Some(message) = thread.timeline.message(&id) {
                // What only a reply told of is in no list yet.
                if message.sequence_id.as_str() != "0" {
                    listed.push(id.clone());
                }
                let version = &message.version;
                let before = shown.versions.insert(id.clone(), version.clone());
                if let Some(before) = before.filter(|before| before > version) {
                    self.broke(REVERTS, format!("{name}: {id} from {before} to {version}"));
                }
            }
            ids.push(id);
        }
        if !ids.is_sorted() {
            self.broke(SORTED, format!("{name}: {ids:?}"));
        }
        if let (Some(first), Some(last)) = (ids.first(), listed.last()) {
            let there = simulation.ids_between(&open, first, last);
            if let Some(missing) = there.iter().find(|id| !ids.contains(id)) {
                let said = simulation.words_of(&open, missing);
                self.broke(GAP, format!("{name} shows {first} to {last} without {missing} ({said})"));
            }
        }
        let ids: BTreeSet<MessageId> = ids.into_iter().collect();
        if let Some(first) = ids.first()
            && let Some(gone) = shown.ids.range(first.clone()..).find(|id| !ids.contains(id))
        {
            self.broke(STAYS, format!("{name}: {gone} ({}) is gone", simulation.words_of(&open, gone)));
        }
        shown.ids = ids;
    }

    /// What was brought up to date row by row is what would be made anew.
    pub(crate) fn compare_rows(&self, simulation: &Simulation, tab: usize, core: &Rc<Core>) {
        let all = self.shown.borrow();
        let Some(open) = all[tab].open.clone().filter(|_| all[tab].generation == core.generation()) else {
            return;
        };
        let (anew, mut kept) = (whole_view(&core.model(), &open), all[tab].view.clone());
        make_whole(&core.model(), &open, &mut kept, all[tab].revision);
        if anew != kept {
            let differs = anew.items.iter().zip(&kept.items).find(|(anew, kept)| anew != kept);
            self.broke(ROW_BY_ROW, format!("{}: {differs:?}", simulation.tab_name(tab)));
        }
    }
}

/// A change of a thread is looked for in its properties and its people, one after the other.
fn searched_for_a_change(simulation: &Simulation, tab: usize, asked: &Asked) -> bool {
    let looking = |core: Rc<Core>| {
        core.model().outbox.iter().any(|entry| {
            entry.state == State::Looking
                && matches!(entry.action, Action::Change(_))
                && Some(&entry.thread) == asked.thread.as_ref()
        })
    };
    matches!(asked.class, Class::People | Class::Threads) && simulation.core(tab).is_some_and(looking)
}

pub(crate) fn id_of(item: &Item) -> Option<MessageId> {
    match &item.kind {
        ItemKind::Message(row) => row.id.clone(),
        ItemKind::System { .. } => Some(MessageId::new(item.key.as_str())),
        ItemKind::Day(_) | ItemKind::Unread { .. } | ItemKind::Change { .. } => None,
    }
}

pub(crate) fn text_of(item: &Item) -> Option<&str> {
    match &item.kind {
        ItemKind::Message(row) => match &row.body {
            Body::Text(text) | Body::Html(text) | Body::Markdown(text) => Some(text),
            Body::Deleted | Body::Answering(_) => None,
        },
        _ => None,
    }
}
