//! What to ask the service next, and when: one pure function of what is known.
//!
//! Polling is a budget shared by everybody in a thread, so how often follows from how many they are, how lively it is,
//! whether anybody looks, and what the service asked for. There is one request under way for each resource, and while the
//! service is in trouble one request in all.

use acs_chat::{ThreadId, Timestamp};

use super::backoff::{Health, Trouble};
use crate::model::outbox::{ClientMessageId, Step};
use crate::model::sorted::insert_sorted;

/// Something to ask.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ask {
    /// A new token.
    Renew,
    /// What happens, as it happens.
    Listen,
    /// The messages of a thread: what is new, or the first page.
    Messages(ThreadId),
    /// The list of threads.
    Threads,
    /// Send an entry of the outbox.
    Send(ClientMessageId),
    /// Search the list for an entry of the outbox.
    Look(ClientMessageId),
    /// Older messages.
    Older(ThreadId),
    /// Who is in a thread.
    People(ThreadId),
    /// A thread's properties.
    Properties(ThreadId),
    /// How far everybody has read.
    Receipts(ThreadId),
    /// Tell how far I have read.
    TellRead(ThreadId),
}

/// The state of one resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Poll {
    /// When it was last asked for.
    pub asked_ms: Option<i64>,
    /// A request is under way.
    pub in_flight: bool,
    /// It is wanted at once.
    pub wanted: bool,
    /// Then at the latest it is asked for once more, however seldom it is otherwise.
    pub again_at_ms: Option<i64>,
    /// The service does not want to be asked before.
    pub not_before_ms: i64,
    /// It was refused, which may not be for ever.
    pub refused_until_ms: i64,
    /// Refusals in a row.
    pub failures: u32,
    /// It changed, as the service said by itself.
    pub hinted: bool,
    /// The last reply was not asked for here: another tab asked, and told.
    pub heard: bool,
    /// Drawn anew with each request, so that pages do not fall into step; uniform in 0..1.
    pub chance: f64,
}

impl Poll {
    /// When it is due, given how often it should be asked for; none: only when it is wanted.
    fn due_ms(&self, every_ms: Option<i64>) -> Option<i64> {
        if self.in_flight {
            return None;
        }
        let regular = || {
            let every = every_ms?;
            // The tab that asked asks again before that.
            let every = if self.heard { every + every / 2 } else { every };
            // A fifth up: never sooner than everybody's share allows.
            let jittered = every as f64 * (1.0 + 0.2 * self.chance);
            Some(self.asked_ms.map_or(i64::MIN, |asked| asked.saturating_add(jittered as i64)))
        };
        let due =
            if self.wanted { Some(i64::MIN) } else { regular().into_iter().chain(self.again_at_ms).min() };
        due.map(|due| due.max(self.not_before_ms).max(self.refused_until_ms))
    }

    /// Why it is due, when it is: `regularly` at its turn.
    fn why(&self, now_ms: i64, regularly: Why) -> Why {
        match self {
            _ if self.not_before_ms.max(self.refused_until_ms) > now_ms => Why::Paused,
            _ if self.wanted => Why::Wanted,
            _ => regularly,
        }
    }

    /// Until when what follows from the last reply is left to the tab that asked for it.
    fn left_to_others_until_ms(&self) -> i64 {
        self.asked_ms.filter(|_| self.heard).map_or(i64::MIN, |asked| asked.saturating_add(HEARD_MS))
    }
}

/// The resources of one thread.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ThreadPolls {
    /// What is new.
    pub messages: Poll,
    /// Older messages.
    pub older: Poll,
    /// How far everybody has read.
    pub receipts: Poll,
    /// Telling how far I have read.
    pub tell: Poll,
    /// Who is in it.
    pub people: Poll,
    /// Its properties.
    pub properties: Poll,
    /// The time of the newest message, by the list of threads, for which the messages were last asked.
    pub asked_for: Option<Timestamp>,
    /// The list tells times in whole seconds: another message of that second may have come right after. Asked once more.
    pub settle: bool,
    /// To be settled once the list of threads has been here again.
    pub unsettled: bool,
    /// When something last happened in it, on this machine's clock.
    pub active_ms: i64,
    /// When it was last heard that I was let in again, on this machine's clock.
    pub let_in_ms: i64,
}

/// What the plan looks at in a thread.
#[derive(Clone, Debug)]
pub struct ThreadFacts<'a> {
    /// Which thread.
    pub id: &'a ThreadId,
    /// Its resources.
    pub polls: &'a ThreadPolls,
    /// On screen.
    pub open: bool,
    /// Closed to me: asked again only when something moves, or somebody looks.
    pub closed: bool,
    /// Its messages are here.
    pub loaded: bool,
    /// The time of its newest message, by the list of threads.
    pub last_received: Option<Timestamp>,
    /// How many people are in it, once known.
    pub people: Option<usize>,
    /// The list of people is missing or out of date.
    pub people_stale: bool,
    /// Its properties are missing.
    pub properties_missing: bool,
    /// My read mark is not known.
    pub mark_unknown: bool,
    /// I have read further than the service knows.
    pub read_to_tell: bool,
}

/// What the plan looks at.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Now, on this machine's clock.
    pub now_ms: i64,
    /// The page can be seen.
    pub visible: bool,
    /// The browser believes in a network.
    pub online: bool,
    /// How the service is doing.
    pub health: &'a Health,
    /// The list of threads.
    pub list: &'a Poll,
    /// A new token, when one can be had: wanted or not.
    pub renewal: &'a Poll,
    /// The stream of what happens; none where there is no such thing, or another tab listens.
    pub listening: Option<&'a Poll>,
    /// The stream is there: what is new is told, and asked for besides only to be sure.
    pub told: bool,
    /// Without a new token nothing else can be asked.
    pub token_ended: bool,
    /// Every thread.
    pub threads: Vec<ThreadFacts<'a>>,
    /// What the outbox would do next.
    pub outbox: Vec<Step>,
    /// The most people in a thread with receipts; none: there are no receipts.
    pub receipts_up_to: Option<u32>,
}

/// What to do now, and when to think again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// These requests go out now.
    pub asks: Vec<Ask>,
    /// Think again then, if nothing happens before.
    pub wake_at_ms: Option<i64>,
}

/// Why something is asked, and why just then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Somebody wants to see it now, or a failed try is made again.
    Wanted,
    /// It is not here yet, or is out of date.
    Missing,
    /// It is on screen, and asked for at its regular turn.
    Regular,
    /// The same, less often: after a while without anything new, or while the service tells by itself.
    Quiet,
    /// The same, and nobody sees the page.
    Hidden,
    /// The list of threads tells of something new.
    Moved,
    /// The service said by itself that something is new.
    Told,
    /// I have read further than the service knows.
    Read,
    /// Something waits in the outbox.
    Outbox,
    /// The token has to be replaced.
    Token,
    /// The service asked for a pause.
    Paused,
    /// The service does not answer as it should: everything waits for the next try.
    Trouble,
}

/// Something that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// When, in milliseconds of this machine's clock; the past is now.
    pub at_ms: i64,
    /// What.
    pub ask: Ask,
    /// Why.
    pub why: Why,
}

/// So many lists a minute the service allows everybody in a thread together (reference `acs-chat.md` 4.5).
const LISTS_A_MINUTE: i64 = 400;
/// The open thread of two people: what is sent is seen in half of it on average, and the budget is one of 1.2 s.
const FASTEST_MS: i64 = 1_000;
/// Nobody sees the page: once a minute, and a little more than that.
const HIDDEN_MS: i64 = 67_000;
/// The list of threads, while somebody is at work.
const LIST_MS: i64 = 4_000;
/// The list of threads, after five minutes without anything.
const LIST_IDLE_MS: i64 = 10_000;
/// Receipts may be listed 5 times in 10 s; nobody needs them so fast.
const RECEIPTS_MS: i64 = 4_000;
/// Where the service tells that there are new ones, they are there sooner.
const TOLD_RECEIPTS_MS: i64 = 3_000;
/// And however the last request ended, so long after it began.
const RECEIPTS_APART_MS: i64 = 2_100;
/// At most one receipt of mine in two seconds: 30 a minute are allowed.
const TELL_MS: i64 = 2_000;
/// What follows from a reply that another tab told of, that tab asks for at once; if not, it is gone.
const HEARD_MS: i64 = 2_000;
/// The slowest that an open thread is asked for while the page can be seen.
const SLOWEST_MS: i64 = 30_000;
/// What the service would tell by itself: a stream that carries nothing any more, or a service that forgot something, is noticed by then.
const SURE_MS: i64 = 30_000;
/// Offline, as the browser says: it is often wrong, so it is tried all the same.
const OFFLINE_MS: i64 = 15_000;
/// So many requests for threads that are not on screen at a time.
const BACKGROUND: usize = 3;
/// The threads beyond these are loaded when they move, or are opened.
const FIRST_LOADS: usize = 60;

/// How long after a list the next one of the same thread may follow, so that in no minute all of its people make more than are
/// allowed: each makes a whole number of them.
fn share_ms(people: Option<usize>) -> i64 {
    // Until the list of people is here, a small group.
    let people = i64::try_from(people.unwrap_or(8)).unwrap_or(i64::MAX).min(250);
    60_000 / (LISTS_A_MINUTE / people.max(1))
}

/// How often the open thread's messages are asked for.
fn messages_every_ms(people: Option<usize>, idle_ms: i64) -> i64 {
    let share = FASTEST_MS.max(share_ms(people));
    (share * idle_factor(idle_ms)).clamp(share, SLOWEST_MS.max(share))
}

/// How much slower, after so long without anything new.
fn idle_factor(idle_ms: i64) -> i64 {
    const MINUTE_MS: i64 = 60_000;
    match idle_ms {
        idle if idle < MINUTE_MS => 1,
        idle if idle < 5 * MINUTE_MS => 2,
        idle if idle < 30 * MINUTE_MS => 5,
        _ => 10,
    }
}

/// What to ask now and when to think again.
#[must_use]
pub fn plan(facts: &Facts<'_>) -> Plan {
    let now = facts.now_ms;
    if let Some(at) = facts.renewal.due_ms(None).filter(|_| facts.token_ended) {
        let at = at.max(facts.health.trouble().map_or(i64::MIN, |_| facts.health.retry_at_ms()));
        return if at <= now {
            Plan { asks: vec![Ask::Renew], wake_at_ms: None }
        } else {
            Plan { asks: Vec::new(), wake_at_ms: Some(at) }
        };
    }
    if facts.renewal.in_flight && facts.token_ended {
        return Plan::default();
    }

    let (due, waits) = foreground(facts);
    choose(facts, due, background(facts), waits)
}

/// Everything that is due by itself, soonest first, with the reasons. What is under way is not in it.
#[must_use]
pub fn explain(facts: &Facts<'_>) -> Vec<Due> {
    let trouble = facts.health.trouble().filter(|_| facts.health.retry_at_ms() > facts.now_ms);
    let mut all = Vec::new();
    for mut due in foreground(facts).0.into_iter().chain(background(facts)) {
        if let Some(trouble) = trouble.filter(|_| due.at_ms < facts.health.retry_at_ms()) {
            due.at_ms = facts.health.retry_at_ms();
            due.why = if *trouble == Trouble::Limited { Why::Paused } else { Why::Trouble };
        }
        insert_sorted(&mut all, due, |left: &Due, right| left.at_ms < right.at_ms);
    }
    all
}

/// What a person waits for, the most urgent first, and until when the outbox waits.
fn foreground(facts: &Facts<'_>) -> (Vec<Due>, Vec<i64>) {
    let now = facts.now_ms;
    let mut due: Vec<Due> = Vec::new();
    let mut add = |at: Option<i64>, ask: Ask, why: Why| due.extend(at.map(|at_ms| Due { at_ms, ask, why }));

    let last_active = facts.threads.iter().map(|thread| thread.polls.active_ms).max().unwrap_or(i64::MIN);
    for thread in facts.threads.iter().filter(|thread| thread.open) {
        open_thread(facts, thread, &mut add);
    }
    let idle = now.saturating_sub(last_active) > 5 * 60_000;
    let (list_every, list_why) = match (facts.visible, idle) {
        (false, _) => (HIDDEN_MS, Why::Hidden),
        (true, false) => (LIST_MS, Why::Regular),
        (true, true) => (LIST_IDLE_MS, Why::Quiet),
    };
    add(facts.list.due_ms(Some(list_every)), Ask::Threads, facts.list.why(now, list_why));
    add(facts.renewal.due_ms(None), Ask::Renew, Why::Token);
    if facts.health.trouble().is_none() {
        add(facts.listening.and_then(|poll| poll.due_ms(Some(0))), Ask::Listen, Why::Missing);
    }
    let mut waits = Vec::new();
    for step in &facts.outbox {
        match step {
            Step::Start(id) => add(Some(i64::MIN), Ask::Send(id.clone()), Why::Outbox),
            Step::Look(id) => add(Some(i64::MIN), Ask::Look(id.clone()), Why::Outbox),
            Step::NotBefore(at) => waits.push(*at),
        }
    }
    (due, waits)
}

fn open_thread(facts: &Facts<'_>, thread: &ThreadFacts<'_>, add: &mut impl FnMut(Option<i64>, Ask, Why)) {
    let (polls, id, now) = (thread.polls, thread.id, facts.now_ms);
    let idle = facts.now_ms.saturating_sub(polls.active_ms);
    let least_ms = if facts.told { SURE_MS } else { 0 };
    let every = match (facts.visible, thread.closed) {
        // Nobody looks, and a first page is wanted only once: the list tells when there is more.
        (false, _) | (_, true) => {
            (!thread.loaded && !thread.closed && polls.messages.asked_ms.is_none()).then_some(0)
        }
        (true, false) if !thread.loaded => Some(FASTEST_MS),
        (true, false) => Some(messages_every_ms(thread.people, idle).max(least_ms)),
    };
    // Somebody just said something: at once, as far as everybody's share allows.
    let every = if polls.messages.hinted && !thread.closed { Some(share_ms(thread.people)) } else { every };
    let left = facts.list.left_to_others_until_ms();
    let messages = if moved(thread) || reopened(thread) {
        let at = polls.messages.due_ms(Some(share_ms(thread.people)));
        at.map(|at| if polls.messages.wanted { at } else { at.max(left) })
    } else {
        polls.messages.due_ms(every)
    };
    let quiet = if facts.told || idle_factor(idle) > 1 { Why::Quiet } else { Why::Regular };
    let why = match () {
        () if !thread.loaded => Why::Missing,
        () if moved(thread) || reopened(thread) => Why::Moved,
        () if polls.messages.hinted => Why::Told,
        () => quiet,
    };
    add(messages, Ask::Messages(id.clone()), polls.messages.why(now, why));
    add(polls.older.due_ms(None), Ask::Older(id.clone()), polls.older.why(now, Why::Wanted));
    if thread.closed || !facts.visible {
        return;
    }
    let left = polls.messages.left_to_others_until_ms();
    // After the first page: whoever comes or goes from there on is told in the messages.
    if thread.loaded && (thread.people_stale || polls.people.wanted) {
        // Ten in 10 s are allowed; people come and go in bursts.
        let at = polls.people.due_ms(Some(FASTEST_MS)).map(|at| at.max(left));
        add(at, Ask::People(id.clone()), polls.people.why(now, Why::Missing));
    }
    if thread.properties_missing {
        let at = polls.properties.due_ms(Some(FASTEST_MS)).map(|at| at.max(left));
        add(at, Ask::Properties(id.clone()), polls.properties.why(now, Why::Missing));
    }
    if receipts_kept(facts, thread) {
        let every = if polls.receipts.hinted {
            TOLD_RECEIPTS_MS
        } else {
            (RECEIPTS_MS * idle_factor(idle)).min(SLOWEST_MS).max(least_ms)
        };
        let why = if polls.receipts.hinted { Why::Told } else { quiet };
        add(receipts_due_ms(polls, every), Ask::Receipts(id.clone()), polls.receipts.why(now, why));
        if thread.read_to_tell && thread.people.is_some() {
            let at = polls.tell.due_ms(Some(TELL_MS));
            add(at, Ask::TellRead(id.clone()), polls.tell.why(now, Why::Read));
        }
    }
}

/// Five in 10 s are allowed (reference 4.5), failed ones count, and nobody waits for receipts: however they are wanted, so many do
/// not go out.
fn receipts_due_ms(polls: &ThreadPolls, every_ms: i64) -> Option<i64> {
    let least = polls.receipts.asked_ms.map_or(i64::MIN, |asked| asked.saturating_add(RECEIPTS_APART_MS));
    polls.receipts.due_ms(Some(every_ms)).map(|due| due.max(least))
}

fn receipts_kept(facts: &Facts<'_>, thread: &ThreadFacts<'_>) -> bool {
    let most = facts.receipts_up_to.map_or(0, |most| usize::try_from(most).unwrap_or(usize::MAX));
    most > 0 && thread.people.is_none_or(|people| people <= most)
}

/// The list of threads tells of a message that was not asked for yet.
fn moved(thread: &ThreadFacts<'_>) -> bool {
    thread.loaded && !thread.closed && (thread.polls.asked_for < thread.last_received || thread.polls.settle)
}

/// A thread that was closed to me moved: I may have been added anew.
fn reopened(thread: &ThreadFacts<'_>) -> bool {
    thread.closed && (thread.polls.asked_for < thread.last_received || thread.polls.settle)
}

/// What the threads that are not on screen need, the most urgent first.
fn background(facts: &Facts<'_>) -> Vec<Due> {
    let now = facts.now_ms;
    let mut threads = Vec::new();
    for thread in facts.threads.iter().filter(|thread| !thread.open) {
        insert_sorted(&mut threads, thread, |left, right| left.last_received > right.last_received);
    }
    let mut background: Vec<Due> = Vec::new();
    let mut add =
        |at: Option<i64>, ask: Ask, why: Why| background.extend(at.map(|at_ms| Due { at_ms, ask, why }));
    for (place, thread) in threads.into_iter().enumerate() {
        let polls = thread.polls;
        let left = facts.list.left_to_others_until_ms();
        let first = !thread.loaded && !thread.closed && place < FIRST_LOADS;
        let hinted = polls.messages.hinted && thread.loaded && !thread.closed;
        // Once asked for, it does not count as moved any more: a request that failed is made again because it is wanted.
        let again = polls.messages.wanted;
        if first || again || moved(thread) || reopened(thread) || hinted {
            let share = share_ms(thread.people);
            let at = polls.messages.due_ms(Some(if hinted { share } else { share.max(FASTEST_MS) }));
            let why = match () {
                () if first => Why::Missing,
                () if hinted => Why::Told,
                () => Why::Moved,
            };
            let ask = Ask::Messages(thread.id.clone());
            add(at.map(|at| at.max(left)), ask, polls.messages.why(now, why));
            // How many share it has to be known before it is asked for often.
            if !first && !thread.closed && thread.people.is_none() {
                let at = polls.people.due_ms(Some(SLOWEST_MS));
                let ask = Ask::People(thread.id.clone());
                add(at.map(|at| at.max(left)), ask, polls.people.why(now, Why::Missing));
            }
        } else if thread.loaded && !thread.closed && thread.mark_unknown && receipts_kept(facts, thread) {
            let at = receipts_due_ms(polls, SLOWEST_MS);
            let left = polls.messages.left_to_others_until_ms();
            let ask = Ask::Receipts(thread.id.clone());
            add(at.map(|at| at.max(left)), ask, polls.receipts.why(now, Why::Missing));
        }
        // Read a moment before the thread left the screen, or without the service. Who is in it decides whether it is told.
        if thread.read_to_tell && !thread.closed && receipts_kept(facts, thread) {
            let (poll, every, ask): (_, _, fn(ThreadId) -> Ask) = match thread.people {
                Some(_) => (&polls.tell, TELL_MS, Ask::TellRead),
                None => (&polls.people, SLOWEST_MS, Ask::People),
            };
            add(poll.due_ms(Some(every)), ask(thread.id.clone()), poll.why(now, Why::Read));
        }
    }
    background
}

/// Of what is due, what may go out.
fn choose(facts: &Facts<'_>, mut due: Vec<Due>, mut background: Vec<Due>, mut waits: Vec<i64>) -> Plan {
    let now = facts.now_ms;
    let under_way = |thread: &ThreadFacts<'_>| {
        let polls = thread.polls;
        [&polls.messages, &polls.receipts].into_iter().filter(|poll| poll.in_flight).count()
    };
    let busy: usize = facts.threads.iter().filter(|thread| !thread.open).map(under_way).sum();
    if facts.health.trouble().is_some() {
        let mut retry_at = facts.health.retry_at_ms();
        if !facts.online {
            let last = facts.threads.iter().map(|thread| thread.polls.messages.asked_ms).max().flatten();
            let last = last.max(facts.list.asked_ms).unwrap_or(i64::MIN);
            retry_at = retry_at.max(last.saturating_add(OFFLINE_MS).min(now + OFFLINE_MS));
        }
        if retry_at > now {
            return Plan { asks: Vec::new(), wake_at_ms: Some(retry_at) };
        }
        // One request shows whether the trouble is over; what a person waits for goes first. What has been under way since before
        // says nothing of it, however long it hangs.
        let shows = |poll: &Poll| {
            poll.in_flight && poll.asked_ms.is_some_and(|asked| asked >= facts.health.failed_at_ms())
        };
        let of_thread = |thread: &ThreadFacts<'_>| {
            [&thread.polls.messages, &thread.polls.receipts].into_iter().any(shows)
        };
        let in_flight = shows(facts.list) || facts.threads.iter().any(of_thread);
        let held = facts.list.not_before_ms;
        let next = due.iter().map(|due| due.at_ms).filter(|at| *at > now).min();
        // How far I have read nobody waits for, and something between here and there may let no such request through.
        let tells = |ask: &Ask| matches!(ask, Ask::TellRead(_));
        let probe = due.into_iter().find(|due| due.at_ms <= now && !tells(&due.ask)).map(|due| due.ask);
        return match probe {
            _ if in_flight => Plan::default(),
            Some(ask) => Plan { asks: vec![ask], wake_at_ms: None },
            None if facts.list.in_flight => Plan { asks: Vec::new(), wake_at_ms: next },
            None if held > now => Plan { asks: Vec::new(), wake_at_ms: Some(held) },
            None => Plan { asks: vec![Ask::Threads], wake_at_ms: None },
        };
    }
    let free = BACKGROUND.saturating_sub(busy);
    let mut taken = 0;
    background.retain(|due| {
        let now_due = due.at_ms <= now;
        taken += usize::from(now_due);
        // What finds no place is looked at again when a reply frees one.
        !now_due || taken <= free
    });
    due.append(&mut background);
    let mut asks = Vec::new();
    for Due { at_ms, ask, .. } in due {
        if at_ms > now {
            waits.push(at_ms);
        } else if !asks.contains(&ask) {
            asks.push(ask);
        }
    }
    Plan { asks, wake_at_ms: waits.into_iter().filter(|at| *at > now).min() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const NOW: i64 = 1_735_787_045_678;

    /// A thread where everything was asked for a moment ago and nothing is missing.
    fn polls() -> ThreadPolls {
        let asked = Poll { asked_ms: Some(NOW - 10), chance: 0.5, ..Poll::default() };
        ThreadPolls {
            messages: asked.clone(),
            older: asked.clone(),
            receipts: asked.clone(),
            tell: asked.clone(),
            people: asked.clone(),
            properties: asked,
            asked_for: Some(Timestamp::from_ms(NOW - 60_000)),
            active_ms: NOW - 1_000,
            ..ThreadPolls::default()
        }
    }

    /// What a test changes, and one thread that is open.
    struct Scene {
        id: ThreadId,
        other: ThreadId,
        polls: ThreadPolls,
        health: Health,
        list: Poll,
        renewal: Poll,
        visible: bool,
        online: bool,
        outbox: Vec<Step>,
        people: Option<usize>,
        open: bool,
    }

    impl Scene {
        fn new() -> Self {
            let mut health = Health::default();
            health.answered(NOW - 60_000, NOW - 60_000);
            Self {
                id: ThreadId::new("t"),
                other: ThreadId::new("u"),
                polls: polls(),
                health,
                list: Poll { asked_ms: Some(NOW - 10), chance: 0.5, ..Poll::default() },
                renewal: Poll::default(),
                visible: true,
                online: true,
                outbox: Vec::new(),
                people: Some(2),
                open: true,
            }
        }

        fn thread<'a>(&'a self, id: &'a ThreadId) -> ThreadFacts<'a> {
            ThreadFacts {
                id,
                polls: &self.polls,
                open: self.open && *id == self.id,
                closed: false,
                loaded: true,
                last_received: self.polls.asked_for,
                people: self.people,
                people_stale: false,
                properties_missing: false,
                mark_unknown: false,
                read_to_tell: false,
            }
        }

        fn plan<'a>(&'a self, change: impl FnOnce(&mut Facts<'a>)) -> Plan {
            let mut facts = Facts {
                now_ms: NOW,
                visible: self.visible,
                online: self.online,
                health: &self.health,
                list: &self.list,
                listening: None,
                told: false,
                token_ended: false,
                renewal: &self.renewal,
                threads: vec![self.thread(&self.id)],
                outbox: self.outbox.clone(),
                receipts_up_to: Some(20),
            };
            change(&mut facts);
            plan(&facts)
        }
    }

    fn messages() -> Ask {
        Ask::Messages(ThreadId::new("t"))
    }

    #[test]
    fn the_plan_gives_its_reasons() {
        let reasons = |scene: &Scene, change: &dyn Fn(&mut Facts<'_>)| {
            let said = std::cell::RefCell::new(Vec::new());
            scene.plan(|facts| {
                change(facts);
                *said.borrow_mut() = explain(facts);
            });
            said.into_inner()
        };
        let of = |all: &[Due], ask: &Ask| all.iter().find(|due| due.ask == *ask).map(|due| due.why);
        let mut scene = Scene::new();
        let all = reasons(&scene, &|_| {});
        assert_eq!(of(&all, &messages()), Some(Why::Regular));
        assert!(all.is_sorted_by_key(|due| due.at_ms), "{all:?}");
        let soonest = all.iter().map(|due| due.at_ms).find(|at| *at > NOW);
        assert_eq!(scene.plan(|_| {}).wake_at_ms, soonest, "it is the plan that is explained");
        let moved = reasons(&scene, &|facts| {
            facts.threads[0].last_received = Some(Timestamp::from_ms(NOW));
            facts.outbox = vec![Step::Start(ClientMessageId::new("a"))];
        });
        assert_eq!(of(&moved, &messages()), Some(Why::Moved));
        assert_eq!(of(&moved, &Ask::Send(ClientMessageId::new("a"))), Some(Why::Outbox));
        scene.polls.active_ms = NOW - 120_000;
        assert_eq!(of(&reasons(&scene, &|_| {}), &messages()), Some(Why::Quiet));
        scene.polls.messages.hinted = true;
        assert_eq!(of(&reasons(&scene, &|_| {}), &messages()), Some(Why::Told));
        scene.polls.messages.wanted = true;
        assert_eq!(of(&reasons(&scene, &|_| {}), &messages()), Some(Why::Wanted));
        scene.polls.messages.not_before_ms = NOW + 5_000;
        assert_eq!(of(&reasons(&scene, &|_| {}), &messages()), Some(Why::Paused));
        scene.visible = false;
        assert_eq!(of(&reasons(&scene, &|_| {}), &Ask::Threads), Some(Why::Hidden));
        scene.polls.messages.not_before_ms = 0;
        scene.health.failed(Trouble::Unreachable, NOW, NOW, 1.0);
        let all = reasons(&scene, &|_| {});
        let held = |due: &Due| due.at_ms >= scene.health.retry_at_ms();
        assert!(of(&all, &messages()) == Some(Why::Trouble) && all.iter().all(held), "{all:?}");
    }

    #[test]
    fn with_nothing_to_do_it_sleeps_until_the_next_poll() {
        let plan = Scene::new().plan(|_| {});
        assert_eq!(plan, Plan { asks: vec![], wake_at_ms: Some(NOW - 10 + FASTEST_MS * 11 / 10) });
    }

    #[test]
    fn how_often_a_thread_is_asked_follows_from_people_and_life() {
        // People, milliseconds since something happened, milliseconds between polls.
        let table = [
            (Some(2), 0, 1_000),
            (Some(7), 0, 1_052),
            (Some(20), 0, 3_000),
            (Some(100), 0, 15_000),
            (Some(250), 0, 60_000),
            (Some(9_999), 0, 60_000),
            (None, 0, 1_200),
            (Some(2), 2 * 60_000, 2_000),
            (Some(2), 10 * 60_000, 5_000),
            (Some(2), 600 * 60_000, 10_000),
            (Some(20), 600 * 60_000, 30_000),
            (Some(250), 600 * 60_000, 60_000),
        ];
        for (people, idle, every) in table {
            assert_eq!(messages_every_ms(people, idle), every, "{people:?} people, {idle} ms");
        }
    }

    #[test]
    fn who_is_told_what_is_new_asks_seldom_and_at_once_when_told() {
        let told = |scene: &Scene| {
            let mut lists = BTreeMap::new();
            scene.plan(|facts| {
                facts.told = true;
                let all = explain(facts).into_iter();
                lists = all.map(|due| (due.ask, (due.at_ms - (NOW - 10), due.why))).collect();
            });
            lists
        };
        let mut scene = Scene::new();
        let every = (SURE_MS * 11 / 10, Why::Quiet);
        let receipts = Ask::Receipts(scene.id.clone());
        // The list is what a start without the service begins with: it is not let grow old.
        let list = (LIST_MS * 11 / 10, Why::Regular);
        assert_eq!(told(&scene), [(messages(), every), (Ask::Threads, list), (receipts, every)].into());
        scene.people = Some(250);
        assert_eq!(told(&scene)[&messages()].0, 66_000, "never more than one's share");
        (scene.people, scene.polls.messages.hinted) = (Some(2), true);
        assert_eq!(told(&scene)[&messages()], (share_ms(Some(2)) * 11 / 10, Why::Told));
    }

    #[test]
    fn nobody_in_a_thread_takes_more_than_their_share() {
        for people in 1..=250_usize {
            let lists_a_minute = 60_000 / messages_every_ms(Some(people), 0) * i64::try_from(people).unwrap();
            assert!(lists_a_minute <= 400, "{people} people");
        }
    }

    #[test]
    fn a_hidden_page_lists_threads_once_a_minute_and_nothing_else() {
        let mut scene = Scene::new();
        scene.visible = false;
        for chance in [0.0, 0.5, 1.0] {
            scene.list.chance = chance;
            let plan = scene.plan(|facts| {
                facts.threads[0].read_to_tell = true;
                facts.threads[0].people_stale = true;
            });
            assert_eq!(plan.asks, []);
            assert!(plan.wake_at_ms.unwrap() >= NOW - 10 + 60_000, "{chance}");
        }
    }

    #[test]
    fn a_thread_that_moved_is_asked_on_screen_or_not_seen_or_not() {
        for (visible, open) in [(true, true), (true, false), (false, true), (false, false)] {
            let mut scene = Scene::new();
            (scene.visible, scene.open) = (visible, open);
            scene.polls.messages.asked_ms = Some(NOW - 2_000);
            let plan = scene.plan(|facts| facts.threads[0].last_received = Some(Timestamp::from_ms(NOW)));
            assert!(plan.asks.contains(&messages()), "{visible} {open}");
        }
    }

    #[test]
    fn a_closed_thread_is_left_alone_until_it_moves() {
        let mut scene = Scene::new();
        scene.polls.messages.asked_ms = None;
        assert_eq!(scene.plan(|facts| facts.threads[0].closed = true).asks, []);
        let plan = scene.plan(|facts| {
            facts.threads[0].closed = true;
            facts.threads[0].last_received = Some(Timestamp::from_ms(NOW));
        });
        assert_eq!(plan.asks, [messages()]);
    }

    #[test]
    fn what_is_under_way_is_not_asked_again_and_a_pause_is_kept() {
        let mut scene = Scene::new();
        scene.polls.messages.wanted = true;
        assert_eq!(scene.plan(|_| {}).asks, [messages()]);
        scene.polls.messages.in_flight = true;
        assert_eq!(scene.plan(|_| {}).asks, []);
        scene.polls.messages.in_flight = false;
        scene.polls.messages.not_before_ms = NOW + 500;
        assert_eq!(scene.plan(|_| {}), Plan { asks: vec![], wake_at_ms: Some(NOW + 500) });
    }

    #[test]
    fn receipts_are_for_small_threads() {
        let mut scene = Scene::new();
        scene.polls.receipts.asked_ms = None;
        scene.polls.tell.asked_ms = None;
        for (people, asked) in [(Some(20), 2), (Some(21), 0), (None, 1)] {
            scene.people = people;
            let plan = scene.plan(|facts| facts.threads[0].read_to_tell = true);
            assert_eq!(plan.asks.len(), asked, "{people:?}: {:?}", plan.asks);
        }
    }

    #[test]
    fn receipts_are_never_asked_for_more_than_five_times_in_ten_seconds() {
        let mut scene = Scene::new();
        scene.polls.receipts.wanted = true;
        scene.polls.receipts.asked_ms = Some(NOW - 400);
        assert_eq!(scene.plan(|_| {}).asks, []);
        const { assert!(5 * RECEIPTS_APART_MS > 10_000) };
        scene.polls.receipts.asked_ms = Some(NOW - RECEIPTS_APART_MS);
        assert_eq!(scene.plan(|_| {}).asks, [Ask::Receipts(ThreadId::new("t"))]);
    }

    #[test]
    fn in_trouble_one_request_goes_out_at_its_time() {
        let mut scene = Scene::new();
        scene.health.failed(Trouble::Unreachable, NOW, NOW, 1.0);
        scene.polls.messages.wanted = true;
        scene.list.wanted = true;
        let a = ClientMessageId::new("a");
        scene.outbox = vec![Step::Start(a)];
        assert_eq!(scene.plan(|_| {}), Plan { asks: vec![], wake_at_ms: Some(NOW + 1_000) });
        let later = |facts: &mut Facts<'_>| facts.now_ms = NOW + 1_000;
        assert_eq!(scene.plan(later), Plan { asks: vec![messages()], wake_at_ms: None });
        scene.polls.messages.in_flight = true;
        scene.polls.messages.asked_ms = Some(NOW + 1_000);
        assert_eq!(scene.plan(later), Plan::default(), "its answer decides");
        // Unless it has hung since before.
        scene.polls.messages.asked_ms = Some(NOW - 5_000);
        assert_eq!(scene.plan(later), Plan { asks: vec![Ask::Threads], wake_at_ms: None });
    }

    #[test]
    fn telling_what_was_read_is_no_try_whether_the_trouble_is_over() {
        let mut scene = Scene::new();
        scene.health.failed(Trouble::Unreachable, NOW, NOW, 1.0);
        scene.polls.tell.wanted = true;
        let plan = scene.plan(|facts| {
            (facts.now_ms, facts.told) = (NOW + 1_000, true);
            facts.threads[0].read_to_tell = true;
        });
        assert_eq!(plan.asks, [Ask::Threads]);
    }

    #[test]
    fn without_a_network_it_is_tried_now_and_then_all_the_same() {
        let mut scene = Scene::new();
        scene.online = false;
        scene.health.failed(Trouble::Unreachable, NOW, NOW, 0.0);
        assert_eq!(scene.plan(|_| {}), Plan { asks: vec![], wake_at_ms: Some(NOW - 10 + OFFLINE_MS) });
        assert_eq!(scene.plan(|facts| facts.now_ms = NOW + OFFLINE_MS).asks.len(), 1);
    }

    #[test]
    fn a_new_token_comes_first_when_the_old_one_has_ended() {
        let mut scene = Scene::new();
        scene.renewal.wanted = true;
        scene.polls.messages.wanted = true;
        assert_eq!(scene.plan(|_| {}).asks, [messages(), Ask::Renew]);
        assert_eq!(scene.plan(|facts| facts.token_ended = true).asks, [Ask::Renew]);
        (scene.renewal.wanted, scene.renewal.in_flight) = (false, true);
        assert_eq!(scene.plan(|_| {}).asks, [messages()]);
        assert_eq!(scene.plan(|facts| facts.token_ended = true), Plan::default());
    }

    #[test]
    fn a_thread_in_the_background_is_asked_again_after_a_failure() {
        let mut scene = Scene::new();
        scene.open = false;
        // It was asked for, and nothing came: by the list of threads there is nothing new.
        scene.polls.messages.wanted = true;
        assert_eq!(scene.plan(|_| {}).asks, [messages()]);
        scene.polls.messages.not_before_ms = NOW + 3_000;
        assert_eq!(scene.plan(|_| {}).wake_at_ms, Some(NOW + 3_000));
    }

    #[test]
    fn threads_in_the_background_are_loaded_a_few_at_a_time_the_newest_first() {
        let scene = Scene::new();
        let ids: Vec<ThreadId> = (0..100).map(|number| ThreadId::new(format!("b{number}"))).collect();
        let none = ThreadPolls::default();
        let busy = ThreadPolls {
            messages: Poll { in_flight: true, asked_ms: Some(NOW), ..Poll::default() },
            ..ThreadPolls::default()
        };
        let background = |in_flight: usize| {
            scene.plan(|facts| {
                for (number, id) in ids.iter().enumerate() {
                    facts.threads.push(ThreadFacts {
                        polls: if number < in_flight { &busy } else { &none },
                        loaded: false,
                        last_received: Some(Timestamp::from_ms(i64::try_from(number).unwrap())),
                        ..scene.thread(id)
                    });
                }
            })
        };
        let newest = |number: usize| Ask::Messages(ids[number].clone());
        assert_eq!(background(0).asks, [newest(99), newest(98), newest(97)]);
        assert_eq!(background(2).asks, [newest(99)]);
        assert_eq!(background(3).asks, []);
    }

    #[test]
    fn the_outbox_wakes_the_plan() {
        let mut scene = Scene::new();
        scene.outbox = vec![Step::NotBefore(NOW + 50), Step::Look(ClientMessageId::new("a"))];
        let plan = scene.plan(|_| {});
        assert_eq!(
            plan,
            Plan { asks: vec![Ask::Look(ClientMessageId::new("a"))], wake_at_ms: Some(NOW + 50) }
        );
    }

    #[test]
    fn a_mark_that_is_unknown_is_asked_for_once_the_messages_are_here() {
        let mut scene = Scene::new();
        scene.polls.receipts.asked_ms = None;
        let plan = scene.plan(|facts| {
            facts.threads[0] = ThreadFacts { mark_unknown: true, ..scene.thread(&scene.other) };
        });
        assert_eq!(plan.asks, [Ask::Receipts(scene.other.clone())]);
    }
}
