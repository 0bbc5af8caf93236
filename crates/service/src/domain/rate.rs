//! How often something may be asked for (reference 4.5): the vendor's table, and the book that is kept of it.
//!
//! A limit of ten in ten seconds holds for **any** ten seconds, not for those that begin when a counter is set to zero:
//! twenty within a moment around such a restart would be what the limit is there to prevent. So the book has the times
//! of the last requests, never more of them than the limit allows, and asks of the tenth last whether it is ten seconds
//! ago. A token bucket (as the `governor` crate has) forgets less memory but lets nearly twice the limit pass in its
//! first window.
//!
//! A request that is refused is not written down: who keeps knocking gets in as soon as who waits. The book is in memory
//! and forgets what is older than its longest window.

use acs_chat::{RawId, ThreadId};
use std::collections::{HashMap, VecDeque};

/// What is counted. Operations that share a line of the table share its budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    /// Operation 1.
    CreateThread,
    /// Operation 5.
    DeleteThread,
    /// Operation 4.
    UpdateThread,
    /// Operations 12 and 13.
    ChangeParticipants,
    /// Operations 2 and 3.
    ReadThreads,
    /// Operation 8.
    GetMessage,
    /// Operation 7.
    ListMessages,
    /// Operation 11.
    ListParticipants,
    /// Operations 6, 9 and 10.
    WriteMessage,
    /// Operation 16.
    ListReadReceipts,
    /// Operation 15.
    SendReadReceipt,
    /// Operation 14.
    Type,
    /// An identity without a token.
    CreateIdentity,
    /// An identity with a token.
    CreateIdentityWithToken,
    /// An identity's end.
    DeleteIdentity,
    /// A token.
    IssueToken,
    /// The end of all tokens.
    RevokeTokens,
    /// A token of a Teams user.
    ExchangeTeamsToken,
    /// A question to the assistant, which the hosted service does not have.
    AskAssistant,
    /// A translation, which the hosted service does not have.
    Translate,
}

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    /// One caller's, wherever they are made.
    User,
    /// All callers' in one thread.
    Thread,
    /// One caller's in one thread.
    UserInThread,
    /// Everybody's.
    Resource,
}

/// So many requests in any stretch of this length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// How many pass.
    pub(crate) requests: usize,
    /// The length.
    pub(crate) ms: i64,
}

/// A line of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    /// Whose requests it counts.
    pub(crate) scope: Scope,
    /// What each of them has to keep, the longest last.
    pub(crate) windows: &'static [Window],
}

/// The longest window of the table: older requests concern nobody.
const LONGEST_MS: i64 = 60_000;

/// Logs that may lie idle before they are looked through. A sweep costs as much as it finds, and comes again only when
/// there are twice as many as it left.
const SWEEP_FROM: usize = 1024;

macro_rules! limits {
    ($($scope:ident: $($requests:literal in $seconds:literal),+;)+) => {
        &[$(Limit { scope: Scope::$scope, windows: &[$(Window { requests: $requests, ms: $seconds * 1000 }),+] }),+]
    };
}

impl Operation {
    /// Its name among the metrics.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::CreateThread => "create_thread",
            Self::DeleteThread => "delete_thread",
            Self::UpdateThread => "update_thread",
            Self::ChangeParticipants => "change_participants",
            Self::ReadThreads => "read_threads",
            Self::GetMessage => "get_message",
            Self::ListMessages => "list_messages",
            Self::ListParticipants => "list_participants",
            Self::WriteMessage => "write_message",
            Self::ListReadReceipts => "list_read_receipts",
            Self::SendReadReceipt => "send_read_receipt",
            Self::Type => "type",
            Self::CreateIdentity => "create_identity",
            Self::CreateIdentityWithToken => "create_identity_with_token",
            Self::DeleteIdentity => "delete_identity",
            Self::IssueToken => "issue_token",
            Self::RevokeTokens => "revoke_tokens",
            Self::ExchangeTeamsToken => "exchange_teams_token",
            Self::AskAssistant => "ask_assistant",
            Self::Translate => "translate",
        }
    }

    /// The lines of the table for this operation (reference 4.5): requests in seconds.
    #[must_use]
    pub(crate) const fn limits(self) -> &'static [Limit] {
        match self {
            Self::CreateThread | Self::DeleteThread => limits! { User: 10 in 10; },
            Self::UpdateThread => limits! { Thread: 5 in 10; },
            Self::ChangeParticipants | Self::WriteMessage => limits! { Thread: 10 in 10, 30 in 60; },
            Self::ReadThreads => limits! { User: 50 in 10; },
            Self::GetMessage => limits! { UserInThread: 50 in 10; Thread: 250 in 10; },
            Self::ListMessages => {
                limits! { UserInThread: 50 in 10, 200 in 60; Thread: 250 in 10, 400 in 60; }
            }
            Self::ListParticipants => limits! { UserInThread: 10 in 10; Thread: 250 in 10; },
            Self::ListReadReceipts => limits! { UserInThread: 5 in 10; Thread: 100 in 10; },
            Self::SendReadReceipt => limits! { UserInThread: 10 in 10, 30 in 60; },
            Self::Type => limits! { UserInThread: 5 in 10, 15 in 60; Thread: 10 in 10, 30 in 60; },
            Self::AskAssistant => limits! { User: 10 in 10, 30 in 60; },
            // A screenful at once, where somebody wants all of a thread.
            Self::Translate => limits! { User: 30 in 10, 60 in 60; },
            Self::CreateIdentity | Self::CreateIdentityWithToken | Self::IssueToken => {
                limits! { Resource: 1000 in 30; }
            }
            Self::DeleteIdentity | Self::RevokeTokens | Self::ExchangeTeamsToken => {
                limits! { Resource: 500 in 30; }
            }
        }
    }
}

/// Who asks, and where.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asking<'a> {
    /// The caller, for what is counted by users.
    pub(crate) user: Option<&'a RawId>,
    /// The thread, for what is counted by threads.
    pub(crate) thread: Option<&'a ThreadId>,
}

/// It was asked too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany {
    /// So long until the same request passes, if nobody else's comes before it.
    pub(crate) retry_after_ms: i64,
}

/// What was written down for a request, so that it can be crossed out.
#[derive(Debug)]
pub(crate) struct Entry {
    keys: Vec<Key>,
    at_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    operation: Operation,
    user: Option<RawId>,
    thread: Option<ThreadId>,
}

impl Key {
    fn new(operation: Operation, scope: Scope, asking: Asking<'_>) -> Self {
        let (by_user, by_thread) = match scope {
            Scope::User => (true, false),
            Scope::Thread => (false, true),
            Scope::UserInThread => (true, true),
            Scope::Resource => (false, false),
        };
        Self {
            operation,
            user: asking.user.filter(|_| by_user).cloned(),
            thread: asking.thread.filter(|_| by_thread).cloned(),
        }
    }
}

/// The times of the last requests, by what counts them.
#[derive(Debug)]
pub(crate) struct RateBook {
    logs: HashMap<Key, VecDeque<i64>>,
    sweep_at: usize,
}

impl Default for RateBook {
    fn default() -> Self {
        Self { logs: HashMap::new(), sweep_at: SWEEP_FROM }
    }
}

impl RateBook {
    /// Writes a request down, if every limit lets it pass; otherwise nothing.
    ///
    /// # Errors
    /// [`TooMany`] with the longest wait that any of the limits asks for.
    pub(crate) fn enter(
        &mut self,
        operation: Operation,
        asking: Asking<'_>,
        now_ms: i64,
    ) -> Result<Entry, TooMany> {
        let limits = operation.limits();
        let keys: Vec<Key> = limits.iter().map(|limit| Key::new(operation, limit.scope, asking)).collect();
        let passes_at = limits
            .iter()
            .zip(&keys)
            .filter_map(|(limit, key)| passes_at(self.logs.get(key)?, limit, now_ms))
            .max();
        if let Some(at_ms) = passes_at {
            return Err(TooMany { retry_after_ms: at_ms - now_ms });
        }
        self.sweep(now_ms);
        // One time for all, so that crossing out finds it; a log is in order even when two clocks read were not.
        let mut at_ms = now_ms;
        for key in &keys {
            let log = self.logs.entry(key.clone()).or_default();
            if log.back().is_some_and(|last| is_of_a_clock_set_back(*last, now_ms)) {
                log.clear();
            }
            at_ms = at_ms.max(log.back().copied().unwrap_or(at_ms));
        }
        for (limit, key) in limits.iter().zip(&keys) {
            let log = self.logs.entry(key.clone()).or_default();
            let most = limit.windows.iter().map(|window| window.requests).max().unwrap_or(0);
            log.push_back(at_ms);
            if log.len() > most {
                log.pop_front();
            }
        }
        Ok(Entry { keys, at_ms })
    }

    /// Crosses out what was counted for a thread: its caller had no business there. Otherwise a stranger who knows a
    /// thread's id could use up what its participants may do, and every made-up id would fill the book.
    pub(crate) fn cross_out_of_thread(&mut self, entry: Entry) {
        for key in entry.keys.into_iter().filter(|key| key.thread.is_some()) {
            let Some(log) = self.logs.get_mut(&key) else { continue };
            if let Some(index) = log.iter().rposition(|at_ms| *at_ms == entry.at_ms) {
                log.remove(index);
            }
            if log.is_empty() {
                self.logs.remove(&key);
            }
        }
    }

    fn sweep(&mut self, now_ms: i64) {
        if self.logs.len() < self.sweep_at {
            return;
        }
        self.logs.retain(|_, log| {
            log.back()
                .is_some_and(|last| last + LONGEST_MS > now_ms && !is_of_a_clock_set_back(*last, now_ms))
        });
        self.logs.shrink_to(self.logs.len() * 2);
        self.sweep_at = SWEEP_FROM.max(self.logs.len() * 2);
    }
}

/// When the log lets a request pass under this limit, if not now.
fn passes_at(log: &VecDeque<i64>, limit: &Limit, now_ms: i64) -> Option<i64> {
    if log.back().is_some_and(|last| is_of_a_clock_set_back(*last, now_ms)) {
        return None;
    }
    let free_at = limit.windows.iter().filter_map(|window| {
        let first_of_a_full_window = log.len().checked_sub(window.requests)?;
        Some(log.get(first_of_a_full_window)? + window.ms)
    });
    free_at.filter(|at_ms| *at_ms > now_ms).max()
}

/// A clock that jumps back must not lock people out until it is where it was. Small steps only make them wait longer.
fn is_of_a_clock_set_back(last_ms: i64, now_ms: i64) -> bool {
    last_ms > now_ms.saturating_add(LONGEST_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_000_000;

    fn ask(
        book: &mut RateBook,
        operation: Operation,
        user: &str,
        thread: &str,
        now: i64,
    ) -> Result<Entry, i64> {
        let (user, thread) = (RawId::new(user), ThreadId::new(thread));
        let asking = Asking { user: Some(&user), thread: Some(&thread) };
        book.enter(operation, asking, now).map_err(|too_many| too_many.retry_after_ms)
    }

    #[test]
    fn a_limit_holds_for_any_stretch_of_its_length() {
        let mut book = RateBook::default();
        let mut send = |now| ask(&mut book, Operation::WriteMessage, "a", "t", now).map(drop);
        for n in 0..10 {
            assert_eq!(send(START + n * 900), Ok(()), "{n}");
        }
        // The tenth second, the eleventh: the first ones leave one by one.
        assert_eq!(send(START + 9_999), Err(1));
        assert_eq!(send(START + 10_000), Ok(()));
        assert_eq!(send(START + 10_000), Err(900));
        assert_eq!(send(START + 10_900), Ok(()));
    }

    #[test]
    fn the_longer_window_counts_too_and_the_longer_wait_is_told() {
        let mut book = RateBook::default();
        let mut send = |now| ask(&mut book, Operation::WriteMessage, "a", "t", now).map(drop);
        for round in 0..3 {
            for _ in 0..10 {
                assert_eq!(send(START + round * 10_000), Ok(()));
            }
        }
        assert_eq!(
            send(START + 20_000),
            Err(40_000),
            "thirty in the last minute, ten in the last ten seconds"
        );
        assert_eq!(send(START + 59_999), Err(1));
        assert_eq!(send(START + 60_000), Ok(()));
    }

    #[test]
    fn what_is_refused_is_not_counted() {
        let mut book = RateBook::default();
        let mut update = |now| ask(&mut book, Operation::UpdateThread, "a", "t", now).map(drop);
        for _ in 0..5 {
            assert_eq!(update(START), Ok(()));
        }
        for ms in 1..10_000 {
            assert!(update(START + ms).is_err());
        }
        assert_eq!(update(START + 10_000), Ok(()));
    }

    #[test]
    fn users_threads_and_operations_are_counted_apart() {
        let mut book = RateBook::default();
        for n in 0..5 {
            ask(&mut book, Operation::Type, "a", "t", START + n).unwrap();
        }
        assert!(ask(&mut book, Operation::Type, "a", "t", START + 5).is_err(), "five by one user");
        for n in 0..5 {
            ask(&mut book, Operation::Type, "b", "t", START + n).unwrap();
        }
        assert!(ask(&mut book, Operation::Type, "c", "t", START + 5).is_err(), "ten in the thread");
        ask(&mut book, Operation::Type, "a", "u", START + 5).unwrap();
        ask(&mut book, Operation::WriteMessage, "a", "t", START + 5).unwrap();
    }

    #[test]
    fn a_strangers_requests_do_not_use_up_the_threads_budget_and_leave_nothing_behind() {
        let mut book = RateBook::default();
        for n in 0..1000 {
            let entry = ask(&mut book, Operation::WriteMessage, "stranger", "t", START + n).unwrap();
            book.cross_out_of_thread(entry);
        }
        assert!(book.logs.is_empty());
        let own = ask(&mut book, Operation::ReadThreads, "stranger", "t", START).unwrap();
        book.cross_out_of_thread(own);
        assert_eq!(book.logs.len(), 1, "what is counted by user alone stays");
    }

    #[test]
    fn the_book_forgets_what_is_over_and_never_holds_more_than_the_limits() {
        let mut book = RateBook::default();
        for n in 0..100_000_i64 {
            ask(&mut book, Operation::WriteMessage, "a", &format!("t{n}"), START + n * 10).unwrap();
        }
        // A minute of it is 6000 threads; idle ones are let lie until there are twice as many as were found in use.
        assert!(book.logs.len() < 12_100, "{}", book.logs.len());
        for n in 0..10_000 {
            drop(ask(&mut book, Operation::ListMessages, "a", "long", START * 10 + n * 300));
        }
        assert!(book.logs.values().all(|log| log.len() <= 400));
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let mut book = RateBook::default();
        for _ in 0..5 {
            ask(&mut book, Operation::UpdateThread, "a", "t", START + 3_600_000).unwrap();
        }
        for _ in 0..5 {
            ask(&mut book, Operation::UpdateThread, "a", "t", START).unwrap();
        }
        assert_eq!(ask(&mut book, Operation::UpdateThread, "a", "t", START).unwrap_err(), 10_000);
        // A step of a second, as time servers make them, only waits a second longer.
        assert_eq!(ask(&mut book, Operation::UpdateThread, "a", "t", START - 1000).unwrap_err(), 11_000);
    }
}
