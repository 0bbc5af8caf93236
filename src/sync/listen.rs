//! Listening to what happens, where the service tells: waits get shorter, and it is seen who is typing.
//!
//! One tab listens for all. What it hears of, it asks for, and what it is told then, it tells the others.

use std::rc::Rc;

use acs_chat::{ApiError, RawId, ThreadId};
use futures_util::future;

use super::heard::Word;
use super::plan::Poll;
use super::{Core, State};
use crate::backend::events::{Happening, What};
use crate::backend::{Backend, REQUEST_TIMEOUT_MS};

/// A stream that stood this long was well.
const STOOD_MS: i64 = 5_000;
/// What was asked for within this is not asked for at once because a stream began.
const ASKED_LATELY_MS: i64 = 5_000;
/// After a refusal that will not change soon: a service of an older version has no stream.
const REFUSED_PAUSE_MS: i64 = 30 * 60_000;

impl Core {
    /// Waits to be the tab that listens, which it is to its end.
    pub(super) async fn lead(self: Rc<Self>) {
        self.platform.page.lead().await;
        self.state.borrow_mut().leading = true;
        self.kick();
    }

    /// Listens until the stream ends.
    pub(super) async fn listen(self: &Rc<Self>, backend: &dyn Backend) -> Result<(), ApiError> {
        let last_id = self.state.borrow().last_event.clone();
        let sleep = self.platform.clock.sleep_ms(REQUEST_TIMEOUT_MS);
        let mut events = match future::select(std::pin::pin!(backend.events(last_id)), sleep).await {
            future::Either::Left((events, _)) => events?,
            future::Either::Right(_) => return Ok(()),
        };
        let mut silence_ms = REQUEST_TIMEOUT_MS;
        loop {
            let sleep = self.platform.clock.sleep_ms(silence_ms);
            let happened = match future::select(std::pin::pin!(events.next()), sleep).await {
                future::Either::Left((Some(happened), _)) => happened,
                // Over, or nothing for twice as long as something should have come.
                _ => return Ok(()),
            };
            self.state.borrow_mut().last_event = events.last_id().map(str::to_owned);
            for happening in happened {
                match happening {
                    Happening::Hello { resumed, heartbeat_ms } => {
                        silence_ms = heartbeat_ms.saturating_mul(2);
                        if !resumed {
                            let now_ms = self.now_ms();
                            self.state.borrow_mut().listens_anew(now_ms);
                        }
                    }
                    Happening::Typing { thread, who } => {
                        let word = Word::Typing(thread.clone(), who.clone());
                        self.platform.page.tell(&word.write(&self.model().me));
                        self.typing(&thread, &who);
                    }
                    Happening::Thread { thread, what } => self.state.borrow_mut().changed(&thread, what),
                }
            }
            // By the clock, which goes on while the machine sleeps: a stream that died in its sleep is not trusted when it wakes.
            let silence_ms = i64::try_from(silence_ms).unwrap_or(i64::MAX);
            self.state.borrow_mut().told_until_ms = self.now_ms().saturating_add(silence_ms);
            self.kick();
        }
    }

    /// Somebody is typing.
    pub(super) fn typing(&self, thread: &ThreadId, who: &RawId) {
        let now_ms = self.now_ms();
        self.state.borrow_mut().model.typing_began(thread, who, now_ms);
        // The loop sleeps no longer than to the end of it.
        self.kick();
        self.flush();
    }
}

impl State {
    /// For a while nobody listened: what may have been told meanwhile is asked for. A machine that wakes up has just asked, and after
    /// an outage everybody's streams come back together, so what was asked lately has time (`reliability.md` P3).
    fn listens_anew(&mut self, now_ms: i64) {
        let again = |poll: &mut Poll| {
            let again_at_ms = poll.asked_ms.map(|asked| asked.saturating_add(ASKED_LATELY_MS));
            poll.again_at_ms = again_at_ms.filter(|at| *at > now_ms);
            poll.wanted |= poll.again_at_ms.is_none();
        };
        again(&mut self.list);
        if let Some(thread) = self.model.open().cloned() {
            again(&mut self.polls_mut(&thread).messages);
        }
    }

    /// A stream came to its end.
    pub(super) fn stopped_listening(
        &mut self,
        result: &Result<(), ApiError>,
        asked_ms: i64,
        now_ms: i64,
        chance: f64,
    ) {
        self.told_until_ms = i64::MIN;
        let poll = &mut self.listening;
        poll.failures = if now_ms - asked_ms >= STOOD_MS { 1 } else { poll.failures.saturating_add(1) };
        let pause_ms = match result {
            // With the next token.
            Err(ApiError::LoginLost { .. }) => 0,
            Err(error) if !error.is_transient() => REFUSED_PAUSE_MS,
            Err(error) => error.retry_after_ms().and_then(|ms| i64::try_from(ms).ok()).unwrap_or(0),
            Ok(()) => 0,
        };
        // With jitter on top: everybody's stream ends at once when a service stops.
        poll.not_before_ms = now_ms + pause_ms + super::backoff::pause_ms(poll.failures, chance);
    }

    /// Something happened in a thread: it is asked for as soon as everybody's share allows.
    fn changed(&mut self, thread: &ThreadId, what: What) {
        let polls = self.polls_mut(thread);
        match what {
            What::Messages => polls.messages.hinted = true,
            What::Receipts => polls.receipts.hinted = true,
            What::Properties => polls.properties.wanted = true,
            What::Participants => {
                if let Some(known) = self.model.known_mut(thread) {
                    known.people_stale = true;
                }
            }
            What::Added | What::Removed => {
                // Its messages say whether it is open to me.
                polls.messages.wanted = true;
                self.list.wanted = true;
            }
        }
        if what == What::Messages && self.model.thread(thread).is_none() {
            self.list.wanted = true;
        }
    }
}
