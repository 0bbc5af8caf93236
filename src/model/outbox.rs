//! What is on its way to the service: sends, edits, deletions and changes of threads, in the order they were made.
//!
//! An entry is written down before its first request and leaves when the message is seen in a list or confirmed by a
//! reply, whichever comes first. One at a time goes out of each thread. A send that the service refuses stays, and so do
//! the sends behind it, in order, until the person retries or discards it; anything else that is refused holds up nobody.
//! Who asks the service, and when, is the sync's business; here are the states. [`kept`] is how an entry is written down.

pub mod changes;
pub mod kept;

use acs_chat::{MessageId, RawId, SequenceId, ThreadId, Timestamp};

use self::changes::Change;
use super::priority::Priority;
use super::rows::{FailReason, SendKind, Status, WaitReason};
use super::sorted::{SortedMap, insert_once, insert_sorted};

/// The id of an entry, made here before the first request; it is also the key that makes a repeated send harmless.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientMessageId(String);

impl ClientMessageId {
    /// Takes the text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an entry wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A new message.
    Send {
        /// What it says.
        text: String,
        /// How that is meant.
        kind: SendKind,
        /// How pressing it is.
        priority: Priority,
    },
    /// Another text for a message of mine.
    Edit {
        /// Which.
        message: MessageId,
        /// What it says now.
        text: String,
    },
    /// A message of mine goes.
    Delete {
        /// Which.
        message: MessageId,
    },
    /// The thread itself is to be different.
    Change(Change),
}

impl Action {
    /// The message that is changed; none for a send, and for a change of the thread.
    #[must_use]
    pub fn target(&self) -> Option<&MessageId> {
        match self {
            Self::Send { .. } | Self::Change(_) => None,
            Self::Edit { message, .. } | Self::Delete { message } => Some(message),
        }
    }

    /// A new message.
    #[must_use]
    pub fn is_send(&self) -> bool {
        matches!(self, Self::Send { .. })
    }

    /// A new thread.
    #[must_use]
    pub fn is_creation(&self) -> bool {
        matches!(self, Self::Change(Change::Create { .. }))
    }

    /// Of an unclear failure it has to be known whether it was carried out. An edit or a deletion done twice is done once, and the
    /// service knows a creation again.
    #[must_use]
    pub fn is_looked_for(&self) -> bool {
        self.target().is_none() && !self.is_creation()
    }

    /// This makes that one pointless.
    fn replaces(&self, before: &Self) -> bool {
        match self {
            Self::Send { .. } => false,
            Self::Edit { message, .. } | Self::Delete { message } => before.target() == Some(message),
            Self::Change(change) => change.replaces(before),
        }
    }
}

/// What a waiting entry waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// A service that answers.
    Trouble,
    /// The end of a pause that the service asked for.
    RateLimit,
}

/// Where an entry stands.
///
/// ```text
///   push                          start                    arrived, or seen in a list
///  ──────► Queued ◄──────┐ ┌───────────────► Sending ─────────────────────────────────► gone
///             │          │ │                  │  │  │
///             └──────────┼─┤           later  │  │  │ refused
///                        │ │      ┌───────────┘  │  └──────────► Failed ──┐ retry
///                 wake   │ └── Waiting           │ lost            ▲      │
///                        └────────┘              ▼                 │      ▼
///        absent, or retry of what is known ┌─ Unclear ◄──┐         │    Queued
///        not to have arrived               │     │ look  │ lost    │
///                       Queued ◄───────────┤     ▼       │         │
///                                          └─ Looking ───┴─────────┘ refused
///                                                └── found ──► gone
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Its turn has not come.
    Queued,
    /// It surely did not arrive, and is tried again by itself.
    Waiting {
        /// Not before this time, in milliseconds of this machine's clock.
        until_ms: i64,
        /// What for.
        hold: Hold,
    },
    /// A request is under way.
    Sending,
    /// It may have arrived: look before sending again.
    Unclear {
        /// Not before this time, in milliseconds of this machine's clock.
        until_ms: i64,
    },
    /// The list is being searched for it.
    Looking,
    /// The service, or a check before it, said no.
    Failed {
        /// Why.
        why: FailReason,
    },
}

/// What happens to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Its request goes out.
    Start,
    /// The list is searched for it.
    Look,
    /// It surely did not arrive; again at this time.
    Later {
        /// In milliseconds of this machine's clock.
        until_ms: i64,
        /// What for.
        hold: Hold,
    },
    /// It may have arrived, or looking for it failed; look at this time.
    Lost {
        /// In milliseconds of this machine's clock.
        until_ms: i64,
    },
    /// It is not in the list.
    Absent,
    /// The service, or a check before it, said no.
    Refused(FailReason),
    /// The person wants it tried again.
    Retry,
    /// The service answers again, or the sign-in is back: no more waiting.
    Wake,
    /// It was read back from storage; whoever worked on it is gone.
    ReadBack,
}

impl State {
    /// Every transition there is. A signal that has no meaning in a state, such as a reply that comes late, changes nothing.
    #[must_use]
    pub fn next(self, signal: Signal) -> Self {
        match (self, signal) {
            (Self::Queued | Self::Waiting { .. }, Signal::Start) => Self::Sending,
            (Self::Unclear { .. }, Signal::Look) => Self::Looking,
            (Self::Sending, Signal::Later { until_ms, hold }) => Self::Waiting { until_ms, hold },
            (Self::Sending | Self::Looking, Signal::Lost { until_ms }) => Self::Unclear { until_ms },
            (Self::Looking, Signal::Absent) => Self::Queued,
            (Self::Queued | Self::Sending | Self::Looking, Signal::Refused(why)) => Self::Failed { why },
            (Self::Failed { .. } | Self::Waiting { .. }, Signal::Retry) => Self::Queued,
            (Self::Waiting { hold: Hold::Trouble, .. }, Signal::Wake) => Self::Queued,
            (Self::Unclear { .. }, Signal::Wake | Signal::Retry) => Self::Unclear { until_ms: 0 },
            (Self::Sending | Self::Looking | Self::Unclear { .. }, Signal::ReadBack) => {
                Self::Unclear { until_ms: 0 }
            }
            (Self::Waiting { .. }, Signal::ReadBack) => Self::Queued,
            (state, _) => state,
        }
    }

    /// A request for it is under way.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        matches!(self, Self::Sending | Self::Looking)
    }
}

/// One thing on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: ClientMessageId,
    /// Who made it: another person who signs in here must not send it.
    pub owner: RawId,
    /// The tab that made it, so that no two tabs send it.
    pub tab: String,
    /// Where it goes.
    pub thread: ThreadId,
    /// What it wants.
    pub action: Action,
    /// When it was made, by this machine's clock. Only shown.
    pub written_at: Timestamp,
    /// Its place in the order of making, which a clock that is set back does not change: [`Outbox::push`] gives it.
    pub place: i64,
    /// The newest change known of the thread when its first request went out: what is older cannot be it.
    pub after: Option<SequenceId>,
    /// How often it was tried.
    pub tries: u32,
    /// Where it stands.
    pub state: State,
}

impl Entry {
    /// Whoever worked on it is gone.
    fn read_back(&mut self) {
        self.state = match self.state.clone().next(Signal::ReadBack) {
            State::Unclear { .. } if !self.action.is_looked_for() => State::Queued,
            state => state,
        };
    }
}

/// The next thing to do with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Send it.
    Start(ClientMessageId),
    /// Search the list for it.
    Look(ClientMessageId),
    /// Nothing before this time, in milliseconds of this machine's clock.
    NotBefore(i64),
}

/// The service takes 10 changes in 10 s and 30 in a minute from everybody in a thread; we stay a little under both.
const PACE: [(i64, usize); 2] = [(10_000, 9), (60_000, 28)];

/// Everything on its way, oldest first.
#[derive(Debug, Default)]
pub struct Outbox {
    entries: Vec<Entry>,
    /// When requests went out, in each thread, for as long as the pace looks back.
    started: SortedMap<ThreadId, Vec<i64>>,
    /// Until when the service asked for a pause, in each thread.
    held: SortedMap<ThreadId, i64>,
}

impl Outbox {
    /// Takes a new entry. It replaces earlier ones that it makes pointless and that are not under way. Gives what it
    /// replaced, to be removed from storage.
    pub fn push(&mut self, mut entry: Entry) -> Vec<ClientMessageId> {
        let pointless = |known: &&Entry| {
            known.thread == entry.thread
                && entry.action.replaces(&known.action)
                && !known.state.is_under_way()
        };
        let replaced: Vec<ClientMessageId> =
            self.entries.iter().filter(pointless).map(|known| known.id.clone()).collect();
        self.entries.retain(|known| !replaced.contains(&known.id));
        entry.place = place_after(&self.entries, &entry);
        self.entries.push(entry);
        replaced
    }

    /// Puts back what storage kept, in front of what was written meanwhile.
    pub fn restore(&mut self, mut entries: Vec<Entry>) {
        entries.retain(|entry| self.entry(&entry.id).is_none());
        let mut restored = Vec::new();
        for mut entry in entries {
            entry.read_back();
            insert_sorted(&mut restored, entry, |left, right| left.place < right.place);
        }
        for mut entry in std::mem::take(&mut self.entries) {
            entry.place = place_after(&restored, &entry);
            restored.push(entry);
        }
        self.entries = restored;
    }

    /// The entry with this id.
    #[must_use]
    pub fn entry(&self, id: &ClientMessageId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == *id)
    }

    /// Of what an entry wants, this is left.
    pub fn set_action(&mut self, id: &ClientMessageId, action: Action) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == *id) {
            entry.action = action;
        }
    }

    /// Hands a signal to an entry; gives the entry as it is afterwards.
    pub fn signal(&mut self, id: &ClientMessageId, signal: Signal) -> Option<&Entry> {
        let entry = self.entries.iter_mut().find(|entry| entry.id == *id)?;
        entry.state = entry.state.clone().next(signal);
        Some(entry)
    }

    /// Its request goes out now. `after` is the thread's cursor, which counts on the first try only.
    pub fn start(&mut self, id: &ClientMessageId, now_ms: i64, after: Option<&SequenceId>) -> Option<&Entry> {
        let entry = self.entries.iter_mut().find(|entry| entry.id == *id)?;
        entry.state = entry.state.clone().next(Signal::Start);
        if entry.tries == 0 {
            entry.after = after.cloned();
        }
        entry.tries += 1;
        let started = self.started.get_or_default(&entry.thread);
        started.retain(|at| *at > now_ms - PACE[1].0);
        started.push(now_ms);
        Some(entry)
    }

    /// All entries that wait for a better time have it now. Gives whether there were any.
    pub fn wake(&mut self) -> bool {
        let mut woken = false;
        for entry in &mut self.entries {
            let state = entry.state.clone().next(Signal::Wake);
            woken |= state != entry.state;
            entry.state = state;
        }
        woken
    }

    /// The service asked for a pause in this thread: of everything, and not only of the entry that it refused.
    pub fn hold(&mut self, thread: &ThreadId, until_ms: i64) {
        self.held.insert(thread.clone(), until_ms);
    }

    /// The clock of this machine was set back by so much: what is to wait until then waits as long as it was to.
    pub fn clock_set_back(&mut self, by_ms: i64) {
        for entry in &mut self.entries {
            if let State::Waiting { until_ms, .. } | State::Unclear { until_ms } = &mut entry.state {
                *until_ms -= by_ms;
            }
        }
        for at in self.started.iter_mut().flat_map(|(_, started)| started) {
            *at -= by_ms;
        }
        for (_, until_ms) in self.held.iter_mut() {
            *until_ms -= by_ms;
        }
    }

    /// Whoever worked on entries is gone: what was under way is unclear.
    pub fn interrupted(&mut self) {
        for entry in self.entries.iter_mut().filter(|entry| entry.state.is_under_way()) {
            entry.read_back();
        }
    }

    /// What was to go to one thread goes to another. Gives which entries.
    pub fn move_to(&mut self, from: &ThreadId, to: &ThreadId) -> Vec<ClientMessageId> {
        let moved = self.entries.iter_mut().filter(|entry| entry.thread == *from).map(|entry| {
            entry.thread = to.clone();
            entry.id.clone()
        });
        moved.collect()
    }

    /// It has arrived, was discarded, or was seen in a list: it leaves.
    pub fn remove(&mut self, id: &ClientMessageId) -> Option<Entry> {
        let place = self.entries.iter().position(|entry| entry.id == *id)?;
        Some(self.entries.remove(place))
    }

    /// What to do next in each thread, in the order of the oldest entry.
    #[must_use]
    pub fn steps(&self, now_ms: i64) -> Vec<Step> {
        self.threads().iter().filter_map(|thread| self.step(thread, now_ms)).collect()
    }

    /// The threads that something is on its way to, in the order of the oldest entry.
    #[must_use]
    pub fn threads(&self) -> Vec<ThreadId> {
        let mut threads = Vec::new();
        for entry in &self.entries {
            insert_once(&mut threads, &entry.thread);
        }
        threads
    }

    fn step(&self, thread: &ThreadId, now_ms: i64) -> Option<Step> {
        let mut sends_blocked = false;
        for entry in self.of_thread(thread) {
            let is_send = entry.action.is_send();
            match &entry.state {
                State::Sending | State::Looking => return None,
                // There is nothing for what comes behind it to go to.
                State::Failed { .. } if entry.action.is_creation() => return None,
                State::Failed { .. } => sends_blocked |= is_send,
                _ if is_send && sends_blocked => {}
                State::Unclear { until_ms } if *until_ms > now_ms => return Some(Step::NotBefore(*until_ms)),
                State::Unclear { .. } => return Some(Step::Look(entry.id.clone())),
                State::Waiting { until_ms, .. } if *until_ms > now_ms => {
                    return Some(Step::NotBefore(*until_ms));
                }
                State::Queued | State::Waiting { .. } => {
                    let at = self.paced(thread, now_ms);
                    let step = if at > now_ms { Step::NotBefore(at) } else { Step::Start(entry.id.clone()) };
                    return Some(step);
                }
            }
        }
        None
    }

    /// The first time at which the pace allows another request in this thread.
    fn paced(&self, thread: &ThreadId, now_ms: i64) -> i64 {
        let now_ms = self.held.get(thread).map_or(now_ms, |until_ms| now_ms.max(*until_ms));
        let Some(started) = self.started.get(thread) else { return now_ms };
        let after = |(window_ms, most): (i64, usize)| {
            // The clock of this machine may have been set back: what lies in the future counts as now.
            let back = started.len().checked_sub(most)?;
            Some(started.get(back)?.min(&now_ms) + window_ms)
        };
        PACE.into_iter().filter_map(after).fold(now_ms, i64::max)
    }

    /// How many requests went out in a thread since a time.
    #[must_use]
    pub fn started_since(&self, thread: &ThreadId, since_ms: i64) -> usize {
        let started = self.started.get(thread).map(Vec::as_slice).unwrap_or_default();
        started.iter().filter(|at| **at > since_ms).count()
    }

    /// The entries of a thread, oldest first.
    pub fn of_thread(&self, thread: &ThreadId) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.thread == *thread)
    }

    /// A newer entry makes it pointless: once refused, it is of no use to anybody.
    #[must_use]
    pub fn is_outdated(&self, id: &ClientMessageId) -> bool {
        self.entry(id).is_some_and(|entry| {
            let mut newer = self.of_thread(&entry.thread).skip_while(|known| known.id != *id).skip(1);
            newer.any(|newer| newer.action.replaces(&entry.action))
        })
    }

    /// The newest change of a message that is on its way.
    #[must_use]
    pub fn change_of(&self, thread: &ThreadId, message: &MessageId) -> Option<&Entry> {
        self.of_thread(thread).filter(|entry| entry.action.target() == Some(message)).last()
    }

    /// Why the oldest failed entry of a thread failed.
    #[must_use]
    pub fn failure(&self, thread: &ThreadId) -> Option<&FailReason> {
        self.of_thread(thread).find_map(|entry| match &entry.state {
            State::Failed { why } => Some(why),
            _ => None,
        })
    }

    /// Everything, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// How an entry is shown. `offline`: the service cannot be reached just now.
    #[must_use]
    pub fn status(&self, entry: &Entry, offline: bool) -> Status {
        let waiting = |why| Status::Waiting { why };
        match &entry.state {
            State::Failed { why } => Status::Failed { why: why.clone() },
            State::Sending | State::Looking => Status::Sending,
            State::Waiting { until_ms, hold: Hold::RateLimit } => {
                waiting(WaitReason::RateLimited { until: Timestamp::from_ms(*until_ms) })
            }
            State::Waiting { .. } | State::Unclear { .. } => waiting(WaitReason::Offline),
            State::Queued if offline => waiting(WaitReason::Offline),
            // The first in line goes out within this very moment: saying that it waits would only flicker.
            State::Queued
                if self.of_thread(&entry.thread).next().is_some_and(|first| first.id == entry.id) =>
            {
                Status::Sending
            }
            State::Queued => waiting(WaitReason::Queued),
        }
    }
}

/// The place of an entry behind these: the time it was made, or later where that is no place behind them.
fn place_after(entries: &[Entry], entry: &Entry) -> i64 {
    let made = entry.written_at.as_ms();
    entries.iter().map(|known| known.place + 1).fold(made, i64::max)
}

/// What is wrong with a text before anybody is asked.
#[must_use]
pub fn check(text: &str, limit: usize) -> Option<FailReason> {
    if text.trim().is_empty() {
        return Some(FailReason::Empty);
    }
    (text.len() > limit).then_some(FailReason::TooLong { bytes: text.len(), limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, action: Action) -> Entry {
        Entry {
            id: ClientMessageId::new(id),
            owner: RawId::new("me"),
            tab: "tab".into(),
            thread: ThreadId::new("t"),
            action,
            written_at: Timestamp::from_ms(1_000),
            place: 0,
            after: None,
            tries: 0,
            state: State::Queued,
        }
    }

    fn send(id: &str) -> Entry {
        let (kind, priority) = (SendKind::Text, Priority::Normal);
        entry(id, Action::Send { text: id.to_owned(), kind, priority })
    }

    fn edit(id: &str, message: &str) -> Entry {
        entry(id, Action::Edit { message: MessageId::new(message), text: id.to_owned() })
    }

    fn id(text: &str) -> ClientMessageId {
        ClientMessageId::new(text)
    }

    fn outbox(entries: impl IntoIterator<Item = Entry>) -> Outbox {
        let mut outbox = Outbox::default();
        for entry in entries {
            outbox.push(entry);
        }
        outbox
    }

    #[test]
    fn every_transition_of_the_diagram_and_no_other() {
        let (waiting, limited) = (
            State::Waiting { until_ms: 5, hold: Hold::Trouble },
            State::Waiting { until_ms: 5, hold: Hold::RateLimit },
        );
        let failed = State::Failed { why: FailReason::Empty };
        let unclear = State::Unclear { until_ms: 5 };
        let states = [
            State::Queued,
            waiting.clone(),
            limited.clone(),
            State::Sending,
            unclear.clone(),
            State::Looking,
            failed.clone(),
        ];
        let now = || State::Unclear { until_ms: 0 };
        let table: [(Signal, [Option<State>; 7]); 9] = [
            (
                Signal::Start,
                [Some(State::Sending), Some(State::Sending), Some(State::Sending), None, None, None, None],
            ),
            (Signal::Look, [None, None, None, None, Some(State::Looking), None, None]),
            (
                Signal::Later { until_ms: 5, hold: Hold::Trouble },
                [None, None, None, Some(waiting.clone()), None, None, None],
            ),
            (
                Signal::Lost { until_ms: 5 },
                [None, None, None, Some(unclear.clone()), None, Some(unclear.clone()), None],
            ),
            (Signal::Absent, [None, None, None, None, None, Some(State::Queued), None]),
            (
                Signal::Refused(FailReason::Empty),
                [Some(failed.clone()), None, None, Some(failed.clone()), None, Some(failed.clone()), None],
            ),
            (
                Signal::Retry,
                [
                    None,
                    Some(State::Queued),
                    Some(State::Queued),
                    None,
                    Some(now()),
                    None,
                    Some(State::Queued),
                ],
            ),
            (Signal::Wake, [None, Some(State::Queued), None, None, Some(now()), None, None]),
            (
                Signal::ReadBack,
                [None, Some(State::Queued), Some(State::Queued), Some(now()), Some(now()), Some(now()), None],
            ),
        ];
        for (signal, expected) in table {
            for (state, expected) in states.iter().zip(expected) {
                let expected = expected.unwrap_or_else(|| state.clone());
                assert_eq!(state.clone().next(signal.clone()), expected, "{state:?} on {signal:?}");
            }
        }
    }

    #[test]
    fn one_at_a_time_in_order() {
        let mut outbox = outbox([send("a"), send("b")]);
        assert_eq!(outbox.steps(0), vec![Step::Start(id("a"))]);
        outbox.start(&id("a"), 0, None);
        assert_eq!(outbox.steps(0), vec![], "b waits for a");
        outbox.remove(&id("a"));
        assert_eq!(outbox.steps(0), vec![Step::Start(id("b"))]);
    }

    #[test]
    fn a_failed_send_keeps_those_behind_it_but_no_edit() {
        let mut outbox = outbox([send("a"), send("b"), edit("c", "1")]);
        outbox.signal(&id("a"), Signal::Refused(FailReason::Unknown));
        assert_eq!(outbox.steps(0), vec![Step::Start(id("c"))]);
        outbox.signal(&id("c"), Signal::Refused(FailReason::Unknown));
        assert_eq!(outbox.steps(0), vec![]);
        outbox.signal(&id("a"), Signal::Retry);
        assert_eq!(outbox.steps(0), vec![Step::Start(id("a"))], "in its old place");
        outbox.remove(&id("a"));
        assert_eq!(outbox.steps(0), vec![Step::Start(id("b"))]);
    }

    #[test]
    fn other_threads_do_not_wait() {
        let mut other = send("b");
        other.thread = ThreadId::new("u");
        let outbox = outbox([send("a"), other]);
        assert_eq!(outbox.steps(0), vec![Step::Start(id("a")), Step::Start(id("b"))]);
    }

    #[test]
    fn what_is_unclear_is_looked_for_before_it_is_sent_again() {
        let mut outbox = outbox([send("a")]);
        outbox.start(&id("a"), 0, Some(&SequenceId::new("7")));
        outbox.signal(&id("a"), Signal::Lost { until_ms: 900 });
        assert_eq!(outbox.steps(0), vec![Step::NotBefore(900)]);
        assert_eq!(outbox.steps(900), vec![Step::Look(id("a"))]);
        outbox.signal(&id("a"), Signal::Look);
        outbox.signal(&id("a"), Signal::Absent);
        assert_eq!(outbox.steps(900), vec![Step::Start(id("a"))]);
        outbox.start(&id("a"), 900, Some(&SequenceId::new("9")));
        let entry = outbox.entry(&id("a")).unwrap();
        assert_eq!(entry.after, Some(SequenceId::new("7")), "what the first try knew");
        assert_eq!(entry.tries, 2);
    }

    #[test]
    fn the_pace_stays_under_the_service_s_limits() {
        let mut outbox = outbox((0..100).map(|number| send(&number.to_string())));
        let (mut now, mut at) = (0, Vec::new());
        while at.len() < 100 {
            match outbox.steps(now).first().cloned() {
                Some(Step::Start(id)) => {
                    outbox.start(&id, now, None);
                    outbox.remove(&id);
                    at.push(now);
                }
                Some(Step::NotBefore(time)) => {
                    assert!(time > now);
                    now = time;
                }
                other => panic!("{other:?}"),
            }
        }
        for (window, most) in [(10_000, 10), (60_000, 30)] {
            for start in &at {
                let within = at.iter().filter(|time| (*start..*start + window).contains(*time)).count();
                assert!(within < most, "{within} within {window} ms");
            }
        }
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nothing_wait_longer() {
        const HOUR_MS: i64 = 3_600_000;
        let mut outbox = outbox((0..12).map(|number| send(&number.to_string())));
        for number in 0..9 {
            outbox.start(&id(&number.to_string()), HOUR_MS, None);
            outbox.remove(&id(&number.to_string()));
        }
        assert_eq!(outbox.steps(HOUR_MS), vec![Step::NotBefore(HOUR_MS + 10_000)]);
        outbox.clock_set_back(HOUR_MS);
        assert_eq!(outbox.steps(0), vec![Step::NotBefore(10_000)]);
        outbox.start(&id("9"), 10_000, None);
        let hold = Hold::RateLimit;
        outbox.signal(&id("9"), Signal::Later { until_ms: 15_000, hold });
        outbox.clock_set_back(9_000);
        assert_eq!(outbox.steps(1_000), vec![Step::NotBefore(6_000)]);
    }

    #[test]
    fn a_pause_holds_for_whatever_comes_next() {
        let mut outbox = outbox([edit("a", "1")]);
        outbox.start(&id("a"), 0, None);
        outbox.signal(&id("a"), Signal::Later { until_ms: 7_000, hold: Hold::RateLimit });
        outbox.hold(&ThreadId::new("t"), 7_000);
        outbox.push(edit("b", "1"));
        assert_eq!(outbox.steps(1_000), vec![Step::NotBefore(7_000)]);
        assert_eq!(outbox.steps(7_000), vec![Step::Start(id("b"))]);
    }

    #[test]
    fn a_newer_change_replaces_one_that_is_not_under_way() {
        let mut outbox = outbox([edit("a", "1"), edit("b", "2")]);
        assert_eq!(outbox.push(edit("c", "1")), vec![id("a")]);
        outbox.start(&id("b"), 0, None);
        assert_eq!(outbox.push(edit("d", "2")), vec![]);
        let newest = outbox.change_of(&ThreadId::new("t"), &MessageId::new("2")).unwrap();
        assert_eq!(newest.id, id("d"));
    }

    #[test]
    fn read_back_in_order_before_what_is_new_and_sending_is_unclear() {
        let mut first = send("first");
        first.state = State::Sending;
        let mut second = send("second");
        second.place = 1;
        let mut outbox = outbox([send("new"), send("known")]);
        outbox.restore(vec![second, first, send("known")]);
        let ids: Vec<&str> = outbox.iter().map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids, ["first", "second", "new", "known"]);
        assert_eq!(outbox.entry(&id("first")).unwrap().state, State::Unclear { until_ms: 0 });
    }

    #[test]
    fn texts_are_checked_before_anybody_is_asked() {
        assert_eq!(check(" \n", 10), Some(FailReason::Empty));
        assert_eq!(check("好好", 5), Some(FailReason::TooLong { bytes: 6, limit: 5 }));
        assert_eq!(check("hello", 5), None);
    }

    #[test]
    fn statuses_say_what_an_entry_waits_for() {
        let mut outbox = outbox([send("a"), send("b")]);
        let status =
            |outbox: &Outbox, name: &str, offline| outbox.status(outbox.entry(&id(name)).unwrap(), offline);
        assert_eq!(status(&outbox, "a", false), Status::Sending);
        assert_eq!(status(&outbox, "b", false), Status::Waiting { why: WaitReason::Queued });
        assert_eq!(status(&outbox, "b", true), Status::Waiting { why: WaitReason::Offline });
        outbox.start(&id("a"), 0, None);
        outbox.signal(&id("a"), Signal::Later { until_ms: 9, hold: Hold::RateLimit });
        assert_eq!(
            status(&outbox, "a", false),
            Status::Waiting { why: WaitReason::RateLimited { until: Timestamp::from_ms(9) } }
        );
    }
}
