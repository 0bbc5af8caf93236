//! What a person can see of all this: what is asked next and why, what was answered, what waits, how the token and the clocks
//! stand. Read only when somebody looks; nothing is asked for it.

use acs_chat::ThreadId;

use super::plan::{Ask, Due, explain};
use super::{Core, State};
use crate::model::outbox::State as Entered;
use crate::model::rows::Connection;

/// So far back requests are remembered: limits are by the minute.
const REMEMBERED_MS: i64 = 60_000;
/// And so many of them at the most.
const REMEMBERED: usize = 500;

/// A request that was made by this tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// What was asked.
    pub ask: Ask,
    /// When the answer came, in milliseconds of this machine's clock.
    pub at_ms: i64,
    /// How long it took.
    pub took_ms: i64,
    /// The answer was the one that was hoped for.
    pub well: bool,
}

/// Everything that is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostics {
    /// Now, on this machine's clock.
    pub now_ms: i64,
    /// Where the service is.
    pub endpoint: String,
    /// How we stand with it.
    pub connection: Connection,
    /// It tells what happens as it happens, this tab.
    pub listening: bool,
    /// What was answered within the last minute, the newest last.
    pub answered: Vec<Answered>,
    /// What is due, soonest first.
    pub plan: Vec<Due>,
    /// The thread on screen.
    pub open: Option<ThreadId>,
    /// How often its messages were listed within the last minute, by this tab.
    pub reads: usize,
    /// How often something was sent there within the last minute, by this tab.
    pub sends: usize,
    /// How many entries of the outbox wait,
    pub waiting: usize,
    /// how many need the person,
    pub refused: usize,
    /// and how long the oldest has been there.
    pub oldest_ms: Option<i64>,
    /// How long the token is good for.
    pub token_ms: Option<i64>,
    /// How far the service's clock is ahead of this machine's.
    pub ahead_ms: i64,
    /// What is written here survives a reload.
    pub storage_works: bool,
}

impl Core {
    /// What there is to see now; none while nobody is signed in.
    #[must_use]
    pub fn diagnostics(&self) -> Option<Diagnostics> {
        let now_ms = self.now_ms();
        let (visible, online) = (self.platform.page.visible(), self.platform.page.online());
        let state = self.state.borrow();
        let session = state.session.as_ref()?;
        let facts = state.facts(now_ms, visible, online);
        let recent = |answered: &&Answered| now_ms - answered.at_ms < REMEMBERED_MS;
        let answered: Vec<Answered> = state.answered.iter().filter(recent).cloned().collect();
        let open = state.model.open().cloned();
        let lists = |answered: &&Answered| matches!(&answered.ask, Ask::Messages(thread) | Ask::Older(thread) if Some(thread) == open.as_ref());
        let outbox = &state.model.outbox;
        let refused = outbox.iter().filter(|entry| matches!(entry.state, Entered::Failed { .. })).count();
        Some(Diagnostics {
            now_ms,
            endpoint: session.endpoint.clone(),
            connection: state.connection(now_ms, online),
            listening: state.listening.in_flight,
            plan: explain(&facts),
            reads: answered.iter().filter(lists).count(),
            sends: open.as_ref().map_or(0, |open| outbox.started_since(open, now_ms - REMEMBERED_MS)),
            answered,
            open,
            waiting: outbox.iter().count() - refused,
            refused,
            oldest_ms: outbox.iter().next().map(|entry| (now_ms - entry.written_at.as_ms()).max(0)),
            token_ms: state.token_ends_ms().map(|ends_ms| ends_ms - now_ms),
            ahead_ms: state.backend.as_ref().map_or(0, |backend| backend.ahead_ms()),
            storage_works: state.storage_works,
        })
    }
}

impl State {
    /// Remembers a request for whoever looks.
    pub(super) fn note_answer(&mut self, ask: &Ask, asked_ms: i64, now_ms: i64, well: bool) {
        if *ask == Ask::Listen {
            // Streams end; that is no answer.
            return;
        }
        self.answered.retain(|answered| now_ms - answered.at_ms < REMEMBERED_MS);
        if self.answered.len() == REMEMBERED {
            self.answered.remove(0);
        }
        self.answered.push(Answered { ask: ask.clone(), at_ms: now_ms, took_ms: now_ms - asked_ms, well });
    }
}
