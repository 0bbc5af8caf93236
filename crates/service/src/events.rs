//! What happened, for those who wait for it: a log of events for each person who listens, and readers of it.
//!
//! An event says that something in a thread changed, never what: the lists of the API are the truth, and an event only
//! shortens the wait for them. Whoever misses some is told so ([`Next::Hello`]) and asks for everything once. That is what
//! keeps the memory bounded: a log holds the last [`LOG_EVENTS`] events, a stream has no queue but a place in its person's
//! log, and a reader that is slower than its log loses its place.
//!
//! Only people who listen, or did within the last minutes, have a log. As long as there is none, [`Events::wanted`] says
//! so and nothing is noted anywhere.

use crate::clock::Clock;
use crate::random;
use acs_chat::{RawId, ThreadId};
use serde::Serialize;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Events that a log remembers: somebody in busy threads, away for a minute, finds the place again. An event has some 200
/// bytes, at most 1,400 (typing, under a long name), and is shared by all who hear of it. So a log takes 2 KB by itself,
/// 50 KB with events that nobody else hears of, and never more than 350 KB.
const LOG_EVENTS: usize = 256;

/// Streams of one person: a browser's tabs share one, so this is as many browsers and devices.
pub(crate) const STREAMS_PER_PERSON: usize = 12;

/// How long a log outlives its last stream, at least: a connection that breaks comes back within seconds, a laptop that
/// was closed for longer asks for everything anyway.
const RESUME_MS: i64 = 5 * 60_000;

/// Logs that nobody listens to. More of them are forgotten before their time.
const IDLE_LOGS: usize = 1_000;

/// How often idle logs are looked for.
const SWEEP_MS: i64 = 60_000;

/// Something that happened.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub(crate) enum Event {
    /// A thread changed.
    Thread {
        /// Which.
        thread_id: ThreadId,
        /// What of it.
        what: What,
    },
    /// Somebody is typing.
    Typing {
        /// Where.
        thread_id: ThreadId,
        /// Who.
        sender_id: RawId,
        /// Who, as they want to be called here.
        sender_display_name: String,
    },
}

/// What of a thread changed, as seen by the one who hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum What {
    /// A message came, was edited or deleted.
    Messages,
    /// Somebody else joined or left.
    Participants,
    /// Topic, metadata or retention policy.
    Properties,
    /// Somebody read further.
    Receipts,
    /// The thread is gone.
    Deleted,
    /// The listener joined.
    Added,
    /// The listener left, or was removed.
    Removed,
}

/// What is to be told, and to whom.
#[derive(Debug)]
pub(crate) enum News {
    /// An event.
    Event(Event, Vec<RawId>),
    /// Somebody's tokens became invalid: their streams end.
    Revoked(RawId),
}

/// Why no stream is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoStream {
    /// The person has [`STREAMS_PER_PERSON`].
    TooMany,
    /// The service is about to stop.
    Stopping,
}

/// The logs of all who listen. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Events(Arc<Inner>);

struct Inner {
    clock: Clock,
    logs: Mutex<Logs>,
}

#[derive(Default)]
struct Logs {
    people: HashMap<RawId, Listened>,
    swept_ms: i64,
    stopping: bool,
}

struct Listened {
    /// The streams are its receivers: they end when it is dropped.
    log: watch::Sender<Log>,
    /// When a sweep first found nobody listening.
    idle_since_ms: Option<i64>,
}

struct Log {
    /// Tells this log from an earlier one of the same person, also of an earlier run of the service.
    name: u64,
    /// The number of the first event that is still there.
    first: u64,
    events: VecDeque<Arc<Event>>,
}

impl Log {
    fn new() -> Self {
        Self { name: u64::from_le_bytes(random::bytes()), first: 1, events: VecDeque::new() }
    }

    /// The number of the next event.
    fn end(&self) -> u64 {
        self.first + self.events.len() as u64
    }

    fn push(&mut self, event: Arc<Event>) {
        if self.events.len() == LOG_EVENTS {
            self.events.pop_front();
            self.first += 1;
        }
        self.events.push_back(event);
    }

    /// The number after the event of this id, if it is of this log. That it may be forgotten already is found by reading.
    fn after(&self, id: &str) -> Option<u64> {
        let (name, number) = id.split_once('-')?;
        let next = number.parse::<u64>().ok()?.checked_add(1)?;
        let known = u64::from_str_radix(name, 16).ok()? == self.name;
        (known && next <= self.end()).then_some(next)
    }
}

impl Events {
    pub(crate) fn new(clock: Clock) -> Self {
        Self(Arc::new(Inner { clock, logs: Mutex::default() }))
    }

    /// Whether anybody listens, or did lately. Asked before every group of writes, so it must cost nothing.
    pub(crate) fn wanted(&self) -> bool {
        let mut logs = self.logs();
        logs.sweep(self.0.clock.now_ms());
        !logs.people.is_empty()
    }

    /// Tells what happened. It must have been committed: who hears of it asks for it at once.
    pub(crate) fn publish(&self, news: Vec<News>) {
        let mut logs = self.logs();
        for news in news {
            match news {
                News::Event(event, audience) => {
                    let event = Arc::new(event);
                    for person in audience {
                        if let Some(listened) = logs.people.get(&person) {
                            listened.log.send_modify(|log| log.push(Arc::clone(&event)));
                        }
                    }
                }
                News::Revoked(person) => drop(logs.people.remove(&person)),
            }
        }
    }

    /// Something happened and nobody noted what: everybody is to ask for everything.
    pub(crate) fn missed(&self) {
        for listened in self.logs().people.values() {
            listened.log.send_modify(|log| *log = Log::new());
        }
    }

    /// Begins to listen, after the event of this id if that is remembered.
    pub(crate) fn listen(&self, person: &RawId, last: Option<&str>) -> Result<Reader, NoStream> {
        let mut logs = self.logs();
        if logs.stopping {
            return Err(NoStream::Stopping);
        }
        let listened = logs
            .people
            .entry(person.clone())
            .or_insert_with(|| Listened { log: watch::Sender::new(Log::new()), idle_since_ms: None });
        if listened.log.receiver_count() >= STREAMS_PER_PERSON {
            return Err(NoStream::TooMany);
        }
        listened.idle_since_ms = None;
        let log = listened.log.subscribe();
        let (name, end, resumed) = {
            let log = log.borrow();
            (log.name, log.end(), last.and_then(|id| log.after(id)))
        };
        let hello = Some(resumed.is_some());
        Ok(Reader { log, name, next: resumed.unwrap_or(end), hello })
    }

    /// How many streams are open.
    pub(crate) fn streams(&self) -> usize {
        self.logs().people.values().map(|listened| listened.log.receiver_count()).sum()
    }

    /// Ends all streams and opens no more.
    pub(crate) fn stop(&self) {
        let mut logs = self.logs();
        logs.stopping = true;
        logs.people.clear();
    }

    fn logs(&self) -> MutexGuard<'_, Logs> {
        self.0.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Logs {
    fn sweep(&mut self, now_ms: i64) {
        // A clock that was set back must not put it off.
        if (self.swept_ms..self.swept_ms + SWEEP_MS).contains(&now_ms) {
            return;
        }
        self.swept_ms = now_ms;
        let mut idle = 0;
        self.people.retain(|_, listened| {
            if listened.log.receiver_count() > 0 {
                listened.idle_since_ms = None;
                return true;
            }
            let since_ms = *listened.idle_since_ms.get_or_insert(now_ms);
            idle += 1;
            (since_ms..since_ms + RESUME_MS).contains(&now_ms) && idle <= IDLE_LOGS
        });
    }
}

/// A place in somebody's log.
pub(crate) struct Reader {
    log: watch::Receiver<Log>,
    name: u64,
    /// The number of the next event to read.
    next: u64,
    /// A greeting that is due, and what it says.
    hello: Option<bool>,
}

/// What a reader finds.
#[derive(Debug)]
pub(crate) enum Next {
    /// The beginning, or a new one: whether nothing was missed, and the id to come back with.
    Hello(bool, String),
    /// An event and its id.
    Event(Arc<Event>, String),
    /// Nothing new.
    Nothing,
    /// There will be nothing more.
    End,
}

impl Reader {
    /// The next one, if there is one already.
    pub(crate) fn read(&mut self) -> Next {
        let ended = self.log.has_changed().is_err();
        let log = self.log.borrow_and_update();
        if ended {
            return Next::End;
        }
        if log.name != self.name || self.next < log.first {
            (self.name, self.next, self.hello) = (log.name, log.end(), Some(false));
        }
        if let Some(resumed) = self.hello.take() {
            return Next::Hello(resumed, id(self.name, self.next - 1));
        }
        let Ok(index) = usize::try_from(self.next - log.first) else { return Next::End };
        let Some(event) = log.events.get(index) else { return Next::Nothing };
        self.next += 1;
        Next::Event(Arc::clone(event), id(self.name, self.next - 1))
    }

    /// Waits for the log to change or to end.
    pub(crate) async fn changed(&mut self) {
        // An error is its end, which the next reading finds.
        drop(self.log.changed().await);
    }
}

fn id(name: u64, number: u64) -> String {
    format!("{name:016x}-{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: usize) -> News {
        let thread_id = ThreadId::new(number.to_string());
        News::Event(Event::Thread { thread_id, what: What::Messages }, vec![RawId::new("ann")])
    }

    #[test]
    fn nothing_is_wanted_until_somebody_listens_and_five_minutes_after() {
        let clock = Clock::fixed(1_000_000);
        let events = Events::new(clock.clone());
        assert!(!events.wanted());
        let reader = events.listen(&RawId::new("ann"), None);
        assert!(events.wanted());
        clock.set_ms(2_000_000);
        assert!(events.wanted(), "as long as somebody listens");
        drop(reader);
        for (minute, wanted) in [(1, true), (5, true), (6, false)] {
            clock.set_ms(2_000_000 + minute * 60_000);
            assert_eq!(events.wanted(), wanted, "{minute}");
        }
        assert_eq!(events.logs().people.len(), 0);
    }

    #[test]
    fn a_log_holds_so_many_events_and_is_shared_by_all_streams() {
        let events = Events::new(Clock::fixed(0));
        let ann = RawId::new("ann");
        let _readers: Vec<_> = (0..STREAMS_PER_PERSON).map(|_| events.listen(&ann, None)).collect();
        for round in 0..100 {
            events.publish((0..100).map(|number| event(round * 100 + number)).collect());
        }
        let logs = events.logs();
        let log = logs.people[&ann].log.borrow();
        assert_eq!((log.events.len(), log.end()), (LOG_EVENTS, 10_001));
        assert_eq!(Arc::strong_count(&log.events[0]), 1, "no stream has a copy");
    }

    #[test]
    fn idle_logs_do_not_pile_up() {
        let clock = Clock::fixed(0);
        let events = Events::new(clock.clone());
        for number in 0..2 * IDLE_LOGS {
            drop(events.listen(&RawId::new(number.to_string()), None));
        }
        clock.set_ms(SWEEP_MS);
        assert!(events.wanted());
        assert_eq!(events.logs().people.len(), IDLE_LOGS);
    }

    #[test]
    fn what_was_not_noted_makes_everybody_ask_for_everything() {
        let events = Events::new(Clock::fixed(0));
        let mut reader = events.listen(&RawId::new("ann"), None).ok().unwrap();
        let Next::Hello(false, begin) = reader.read() else { panic!("no hello") };
        events.missed();
        assert!(matches!(reader.read(), Next::Hello(false, id) if id != begin));
        assert!(matches!(reader.read(), Next::Nothing));
        let mut late = events.listen(&RawId::new("ann"), Some(&begin)).ok().unwrap();
        assert!(matches!(late.read(), Next::Hello(false, _)), "its place is gone");
    }
}
