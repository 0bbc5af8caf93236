//! The unread numbers over many orders of events, held against a model that knows nothing but the set of what it was told.
//!
//! Messages come, change and go; pages of them arrive late, twice and in any order; I read, mark unread, read elsewhere, and
//! sign in anew. After every event the number of each thread has to be what the set says. An order that fails is made as
//! short as it can be, and printed with its seed.

use std::collections::{BTreeMap, BTreeSet};

use acs_chat::{
    ChatMessage, ChatMessageContent, ChatMessageReadReceipt, ChatMessageType, CommunicationIdentifier,
    MessageId, RawId, SequenceId, ThreadId, Timestamp, Version,
};

use crate::model::rows::{ItemKind, TimelineView};
use crate::model::timeline::Older;
use crate::model::{Event, Model};

const ORDERS: u64 = 10_000;
const THREADS: usize = 2;
const START_MS: u64 = 1_735_787_045_000;

/// Something that happens in one of the threads. Which message or reply it is about follows from the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    TheySay,
    ISay,
    SomebodyComes,
    TheyEdit(u64),
    TheyDelete(u64),
    AskFirst(u64),
    AskNew(u64),
    AskOlder(u64),
    Answer(u64),
    AnswerTwice(u64),
    ReadElsewhere(u64),
    AskReceipts,
    AnswerReceipts(u64),
    See(u64),
    TellRead,
    MarkUnread(u64),
    MarkNewestUnread,
    Open,
    Leave,
    ReadOn,
    Reload,
    SignInAnew,
}

/// Splitmix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

fn order(seed: u64) -> Vec<(usize, Act)> {
    let mut dice = Dice(seed);
    let count = 10 + dice.below(110);
    let mut act = || {
        let thread = dice.below(THREADS as u64) as usize;
        let (kind, number) = (dice.below(88), dice.next() >> 32);
        let act = match kind {
            0..=15 => Act::TheySay,
            16 => Act::ISay,
            17 => Act::SomebodyComes,
            18..=20 => Act::TheyEdit(number),
            21..=23 => Act::TheyDelete(number),
            24..=26 => Act::AskFirst(number),
            27..=36 => Act::AskNew(number),
            37..=42 => Act::AskOlder(number),
            43..=54 => Act::Answer(number),
            55..=56 => Act::AnswerTwice(number),
            57..=58 => Act::ReadElsewhere(number),
            59..=62 => Act::AskReceipts,
            63..=66 => Act::AnswerReceipts(number),
            67..=72 => Act::See(number),
            73..=74 => Act::TellRead,
            75..=79 => Act::MarkUnread(number),
            80..=81 => Act::MarkNewestUnread,
            82..=83 => Act::Open,
            84 => Act::Leave,
            85 => Act::ReadOn,
            86 => Act::Reload,
            _ => Act::SignInAnew,
        };
        (thread, act)
    };
    (0..count).map(|_| act()).collect()
}

/// A message as the service lists it: its id, whose it is, and its newest change.
#[derive(Clone, Debug)]
struct Listed {
    id: u64,
    own: bool,
    system: bool,
    deleted: bool,
    edited: bool,
    version: u64,
    sequence: u64,
}

fn message_id(id: u64) -> MessageId {
    MessageId::new((START_MS + id).to_string())
}

impl Listed {
    fn message(&self) -> ChatMessage {
        let at = |changed: bool| changed.then(|| Timestamp::from_ms((START_MS + self.version) as i64));
        let kind = if self.system { ChatMessageType::ParticipantAdded } else { ChatMessageType::Text };
        let sender = if self.own { me() } else { RawId::new("8:acs:ann") };
        ChatMessage {
            message_type: kind,
            sequence_id: SequenceId::new(self.sequence.to_string()),
            version: Version::new((START_MS + self.version).to_string()),
            content: Some(ChatMessageContent { message: Some("words".to_owned()), ..Default::default() }),
            sender_display_name: None,
            created_on: Timestamp::from_ms((START_MS + self.id) as i64),
            sender_communication_identifier: (!self.system)
                .then(|| CommunicationIdentifier::from_raw_id(sender.as_str())),
            deleted_on: at(self.deleted),
            edited_on: at(self.edited),
            metadata: None,
            id: message_id(self.id),
        }
    }

    fn unchanged(&self) -> bool {
        !self.edited && !self.deleted
    }
}

fn me() -> RawId {
    RawId::new("8:acs:me")
}

/// A page on its way.
#[derive(Clone, Debug)]
enum Page {
    First(Vec<Listed>, Option<String>),
    New(Vec<Listed>),
    Older { asked: String, page: Vec<Listed>, link: Option<String> },
}

/// What I did with my mark, and what was told of it.
#[derive(Clone, Copy, Debug)]
enum Fact {
    Saw {
        id: u64,
        resting: bool,
    },
    Receipt(u64),
    Marked(u64),
    /// What a reload puts back: what was read here, and the edge in halves.
    Kept {
        here: u64,
        edge: Option<u64>,
    },
}

/// One thread: the service's, and what was told of it here.
#[derive(Debug, Default)]
struct Facts {
    listed: Vec<Listed>,
    receipt: Option<u64>,
    pages: Vec<Page>,
    receipts: Vec<Option<u64>>,
    /// Since the timeline last began.
    told: Vec<Listed>,
    whole: bool,
    receipts_told: bool,
    marks: Vec<Fact>,
    resting: bool,
}

/// Where my mark stands: what is read up to, and from where on it is unread, in halves: `2 * id` is before a message,
/// `2 * id + 1` after it.
#[derive(Debug, Default)]
struct Mark {
    here: Option<u64>,
    read: Option<u64>,
    edge: Option<u64>,
    marked: bool,
}

impl Facts {
    fn mark(&self) -> Mark {
        let mut mark = Mark::default();
        // What was read since it was marked, up to where.
        let mut again: Option<u64> = None;
        for fact in &self.marks {
            let after_all = mark.read.map(|read| 2 * read + 1);
            match *fact {
                Fact::Kept { here, edge } => {
                    (mark.here, mark.read) = (Some(here), Some(here));
                    (again, mark.marked) = (edge, edge.is_some());
                }
                Fact::Receipt(id) => {
                    mark.marked &= Some(2 * id + 1) <= after_all;
                    mark.read = mark.read.max(Some(id));
                }
                Fact::Saw { id, resting } => {
                    if !resting {
                        mark.marked &= Some(2 * id + 1) < after_all;
                        again = again.max(Some(2 * id + 1));
                    }
                    mark.read = mark.read.max(Some(id));
                    mark.here = mark.here.max(Some(id));
                }
                Fact::Marked(id) => {
                    if Some(2 * id) < after_all {
                        (mark.marked, again, mark.here) = (true, Some(2 * id), mark.read);
                    }
                }
            }
        }
        mark.edge = if mark.marked { again } else { mark.read.map(|read| 2 * read + 1) };
        mark
    }

    fn unread(&self) -> u32 {
        let mark = self.mark();
        if !self.receipts_told && mark.here.is_none() {
            return 0;
        }
        let deleted: BTreeSet<u64> =
            self.told.iter().filter(|told| told.deleted).map(|told| told.id).collect();
        let first = self.told.iter().filter(|told| told.unchanged()).map(|told| told.id).min();
        let counts = |told: &&Listed| {
            !told.own
                && !told.system
                && !deleted.contains(&told.id)
                && mark.edge.is_none_or(|edge| 2 * told.id >= edge)
                && (self.whole || first.is_some_and(|first| first <= told.id))
        };
        let unread: BTreeSet<u64> = self.told.iter().filter(counts).map(|told| told.id).collect();
        u32::try_from(unread.len()).unwrap()
    }

    /// The service's list below a change, the newest change first, and where it goes on.
    fn list(&self, below: u64, size: usize) -> (Vec<Listed>, Option<String>) {
        let mut list: Vec<Listed> =
            self.listed.iter().filter(|listed| listed.sequence < below).cloned().collect();
        list.sort_by_key(|listed| std::cmp::Reverse(listed.sequence));
        let more = list.len() > size;
        list.truncate(size);
        let link = list.last().filter(|_| more).map(|last| last.sequence.to_string());
        (list, link)
    }
}

struct Run {
    model: Model,
    threads: Vec<(ThreadId, Facts)>,
    /// The service's clock, which ids, versions and changes are taken from.
    ticks: u64,
    open: Option<usize>,
    /// It just came on screen.
    opened: bool,
}

impl Run {
    fn new() -> Self {
        let threads =
            (0..THREADS).map(|at| (ThreadId::new(format!("19:{at}@thread.v2")), Facts::default())).collect();
        Self { model: Model::new(me(), "Me".to_owned()), threads, ticks: 0, open: None, opened: false }
    }

    fn say(&mut self, at: usize, own: bool, system: bool) {
        self.ticks += 1;
        let (id, version, sequence) = (self.ticks, self.ticks, self.ticks);
        self.threads[at].1.listed.push(Listed {
            id,
            own,
            system,
            deleted: false,
            edited: false,
            version,
            sequence,
        });
    }

    fn change(&mut self, at: usize, number: u64, deletes: bool) {
        let listed = &mut self.threads[at].1.listed;
        let alive: Vec<usize> =
            (0..listed.len()).filter(|place| !listed[*place].deleted && !listed[*place].system).collect();
        if alive.is_empty() {
            return;
        }
        self.ticks += 1;
        let changed = &mut listed[alive[number as usize % alive.len()]];
        (changed.version, changed.sequence) = (self.ticks, self.ticks);
        if deletes {
            changed.deleted = true;
        } else {
            changed.edited = true;
        }
    }

    fn take(&mut self, at: usize, page: Page) {
        let (thread, facts) = &mut self.threads[at];
        let thread = thread.clone();
        let messages = |page: &[Listed]| page.iter().map(Listed::message).collect();
        match page {
            Page::First(page, next_link) => {
                // Answers to what was asked of the timeline before do not come after this.
                facts.pages.clear();
                (facts.told, facts.whole) = (page.clone(), next_link.is_none());
                self.model.apply(Event::FirstPage { thread, page: messages(&page), next_link });
            }
            Page::New(page) => {
                facts.told.extend(page.iter().cloned());
                self.model.apply(Event::NewMessages { thread, messages: messages(&page) });
            }
            Page::Older { asked, page, link } => {
                let older = self.model.thread(&thread).map(|known| known.timeline.older().clone());
                if older != Some(Older::At(asked)) {
                    return;
                }
                facts.told.extend(page.iter().cloned());
                facts.whole = link.is_none();
                self.model.apply(Event::OlderPage { thread, page: messages(&page), next_link: link });
            }
        }
    }

    /// A message that is here, as one sees it.
    fn shown(&self, at: usize, number: u64) -> Option<u64> {
        let (thread, facts) = &self.threads[at];
        let known = self.model.thread(thread)?;
        let here =
            facts.listed.iter().filter(|listed| known.timeline.message(&message_id(listed.id)).is_some());
        let here: Vec<u64> = here.map(|listed| listed.id).collect();
        (!here.is_empty()).then(|| here[number as usize % here.len()])
    }

    fn act(&mut self, at: usize, act: Act) {
        let thread = self.threads[at].0.clone();
        self.opened = false;
        match act {
            Act::TheySay => self.say(at, false, false),
            Act::ISay => self.say(at, true, false),
            Act::SomebodyComes => self.say(at, false, true),
            Act::TheyEdit(number) => self.change(at, number, false),
            Act::TheyDelete(number) => self.change(at, number, true),
            Act::AskFirst(number) => {
                let facts = &mut self.threads[at].1;
                let (page, link) = facts.list(u64::MAX, 1 + number as usize % 6);
                facts.pages.push(Page::First(page, link));
            }
            Act::AskNew(number) => {
                let known = self.model.thread(&thread).filter(|known| known.timeline.loaded());
                let Some(known) = known else { return };
                let cursor = known.timeline.cursor().map_or(0, |cursor| cursor.as_str().parse().unwrap());
                let facts = &mut self.threads[at].1;
                let (mut page, _) = facts.list(u64::MAX, usize::MAX);
                // Down to the cursor, and a little further.
                let new = page.iter().filter(|listed| listed.sequence >= cursor).count();
                page.truncate(new + number as usize % 3);
                facts.pages.push(Page::New(page));
            }
            Act::AskOlder(number) => {
                let older = self.model.thread(&thread).map(|known| known.timeline.older().clone());
                let Some(Older::At(asked)) = older else { return };
                let facts = &mut self.threads[at].1;
                let (page, link) = facts.list(asked.parse().unwrap(), 1 + number as usize % 5);
                facts.pages.push(Page::Older { asked, page, link });
            }
            Act::Answer(number) | Act::AnswerTwice(number) => {
                let pages = &mut self.threads[at].1.pages;
                if pages.is_empty() {
                    return;
                }
                let place = number as usize % pages.len();
                let page =
                    if act == Act::Answer(number) { pages.remove(place) } else { pages[place].clone() };
                self.take(at, page);
            }
            Act::ReadElsewhere(number) => {
                let facts = &mut self.threads[at].1;
                if !facts.listed.is_empty() {
                    let id = facts.listed[number as usize % facts.listed.len()].id;
                    facts.receipt = facts.receipt.max(Some(id));
                }
            }
            Act::AskReceipts => {
                let facts = &mut self.threads[at].1;
                facts.receipts.push(facts.receipt);
            }
            Act::AnswerReceipts(number) => {
                let facts = &mut self.threads[at].1;
                if facts.receipts.is_empty() {
                    return;
                }
                let place = number as usize % facts.receipts.len();
                // Some come twice.
                let receipt =
                    if number % 5 == 0 { facts.receipts[place] } else { facts.receipts.remove(place) };
                facts.receipts_told = true;
                facts.marks.extend(receipt.map(Fact::Receipt));
                let receipts = receipt.map(|id| ChatMessageReadReceipt {
                    sender_communication_identifier: CommunicationIdentifier::from_raw_id(me().as_str()),
                    chat_message_id: message_id(id),
                    read_on: Timestamp::EPOCH,
                });
                self.model.apply(Event::Receipts { thread, receipts: receipts.into_iter().collect() });
            }
            Act::See(number) => {
                let Some(id) = self.shown(at, number) else { return };
                let facts = &mut self.threads[at].1;
                facts.marks.push(Fact::Saw { id, resting: facts.resting });
                self.model.seen(&thread, &message_id(id));
            }
            Act::TellRead => {
                let Some(known) = self.model.known_mut(&thread) else { return };
                let Some(told) = known.marks.to_tell().cloned() else { return };
                known.marks.told(&told);
                let facts = &mut self.threads[at].1;
                facts.receipt = facts.receipt.max(Some(told.as_str().parse::<u64>().unwrap() - START_MS));
            }
            Act::MarkUnread(number) => {
                let Some(id) = self.shown(at, number) else { return };
                self.mark(at, id, Some(message_id(id)));
            }
            Act::MarkNewestUnread => {
                let facts = &self.threads[at].1;
                let first = facts.told.iter().filter(|told| told.unchanged()).map(|told| told.id).min();
                let gone: BTreeSet<u64> =
                    facts.told.iter().filter(|told| told.deleted).map(|told| told.id).collect();
                let can = |told: &&Listed| {
                    !told.own
                        && !told.system
                        && !gone.contains(&told.id)
                        && (facts.whole || first.is_some_and(|first| first <= told.id))
                };
                if let Some(newest) = facts.told.iter().filter(can).map(|told| told.id).max() {
                    self.mark(at, newest, None);
                }
            }
            Act::Open => self.show(Some(at)),
            Act::Leave => self.show(None),
            Act::ReadOn => {
                if let Some(known) = self.model.known_mut(&thread) {
                    known.marks.rested();
                }
                self.threads[at].1.resting = false;
            }
            Act::Reload => self.begin_anew(true),
            Act::SignInAnew => self.begin_anew(false),
        }
    }

    fn mark(&mut self, at: usize, id: u64, from: Option<MessageId>) {
        let facts = &mut self.threads[at].1;
        if facts.mark().read.is_some_and(|read| id <= read) {
            facts.resting = self.open == Some(at);
        }
        facts.marks.push(Fact::Marked(id));
        let thread = self.threads[at].0.clone();
        self.model.mark_unread(&thread, from.as_ref());
    }

    fn show(&mut self, at: Option<usize>) {
        if self.open == at {
            return;
        }
        if let Some(left) = std::mem::replace(&mut self.open, at) {
            self.threads[left].1.resting = false;
        }
        self.opened = at.is_some();
        self.model.show(at.map(|at| self.threads[at].0.clone()));
    }

    /// The page is loaded again, with what was kept here or without.
    fn begin_anew(&mut self, kept: bool) {
        let marks: BTreeMap<ThreadId, String> = self
            .model
            .threads()
            .filter_map(|(id, known)| Some((id.clone(), known.marks.kept().filter(|_| kept)?)))
            .collect();
        self.model = Model::new(me(), "Me".to_owned());
        self.open = None;
        for (thread, facts) in &mut self.threads {
            let mark = facts.mark();
            let edge = mark.edge.filter(|_| mark.marked);
            let fact = mark.here.filter(|_| kept).map(|here| Fact::Kept { here, edge });
            facts.marks = fact.into_iter().collect();
            facts.pages.clear();
            facts.receipts.clear();
            facts.told.clear();
            (facts.whole, facts.receipts_told, facts.resting) = (false, false, false);
            if let Some(kept) = marks.get(thread) {
                self.model.restore_read_mark(thread, kept);
            }
        }
    }

    fn check(&self) -> Result<(), String> {
        let rows = self.model.rows();
        let mut total = 0;
        for (at, (thread, facts)) in self.threads.iter().enumerate() {
            let right = facts.unread();
            total += right;
            let shown = rows.iter().find(|row| row.id == *thread).map_or(0, |row| row.unread);
            if shown != right {
                return Err(format!("{shown} unread in the row of thread {at}, not {right}"));
            }
            if self.opened && self.open == Some(at) {
                let mut view = TimelineView::default();
                self.model.refresh(thread, &mut view, 0, false, &|_| 0);
                let line = view.items.iter().find_map(|item| match item.kind {
                    ItemKind::Unread { count } => Some(count),
                    _ => None,
                });
                if line.unwrap_or(0) != right {
                    return Err(format!("the line in thread {at} says {line:?}, not {right}"));
                }
            }
        }
        let badge = self.model.unread_total();
        if badge == total { Ok(()) } else { Err(format!("{badge} in the badge, not {total}")) }
    }
}

/// The first event after which a number is wrong, and how.
fn fails(acts: &[(usize, Act)]) -> Option<(usize, String)> {
    let mut run = Run::new();
    for (place, (at, act)) in acts.iter().enumerate() {
        run.act(*at, *act);
        if let Err(what) = run.check() {
            return Some((place, what));
        }
    }
    None
}

/// Without all that it fails without.
fn shrunk(mut acts: Vec<(usize, Act)>) -> Vec<(usize, Act)> {
    let mut place = acts.len();
    while place > 0 {
        place -= 1;
        let mut fewer = acts.clone();
        fewer.remove(place);
        if let Some((last, _)) = fails(&fewer) {
            fewer.truncate(last + 1);
            acts = fewer;
            place = acts.len();
        }
    }
    acts
}

#[test]
fn the_numbers_are_right_over_ten_thousand_orders_of_events() {
    let (mut most, mut marked) = (0, 0);
    for seed in 0..ORDERS {
        let acts = order(seed);
        if let Some((last, _)) = fails(&acts) {
            let acts = shrunk(acts[..=last].to_vec());
            let what = fails(&acts).map(|(_, what)| what).unwrap_or_default();
            let story: Vec<String> =
                acts.iter().map(|(thread, act)| format!("  thread {thread}: {act:?}")).collect();
            panic!("seed {seed}: {what}\n{}", story.join("\n"));
        }
        let mut run = Run::new();
        acts.iter().for_each(|(at, act)| run.act(*at, *act));
        most = most.max(run.model.unread_total());
        marked += usize::from(run.threads.iter().any(|(_, facts)| facts.mark().marked));
    }
    assert!(most > 10 && marked > 500, "little was unread: {most} at most, {marked} marked so");
}
