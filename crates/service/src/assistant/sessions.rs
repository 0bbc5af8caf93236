//! What belongs together: a person's questions about a thread, one after the other.
//!
//! The id that a client gets is the service's own, and counts for its owner and thread only. Behind it is the other
//! server's id, or what was said so far for a server that remembers nothing. All of it is in memory, and forgotten after an
//! hour.

use crate::random;
use acs_chat::{RawId, ThreadId};
use assistant::openai::Role;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So long a session is remembered after its last question.
const LIFE_MS: i64 = 60 * 60 * 1000;

/// More sessions than this are not remembered: the one that was idle for longest goes first.
const MOST: usize = 1_000;

/// So many questions and answers go along with the next question.
const MOST_TURNS: usize = 20;

/// And so many characters of them.
const MOST_CHARS: usize = 24_000;

/// What was said in a session, oldest first.
pub(super) type Turns = VecDeque<(Role, String)>;

/// A session as a question finds it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    /// The service's id of it.
    pub(crate) id: String,
    /// The other server's id of it.
    pub(super) upstream: Option<String>,
    /// What was said so far.
    pub(super) turns: Turns,
}

#[derive(Debug)]
struct Kept {
    owner: RawId,
    thread: ThreadId,
    used_ms: i64,
    session: Session,
}

/// All that are remembered.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<String, Kept>>);

impl Sessions {
    /// The session of this id, if it is this person's and about this thread; otherwise a new one.
    pub(super) fn begin(&self, id: Option<&str>, owner: &RawId, thread: &ThreadId, now_ms: i64) -> Session {
        let mut kept = self.kept();
        kept.retain(|_, kept| (kept.used_ms..kept.used_ms + LIFE_MS).contains(&now_ms));
        let known =
            id.and_then(|id| kept.get_mut(id)).filter(|kept| kept.owner == *owner && kept.thread == *thread);
        if let Some(known) = known {
            known.used_ms = now_ms;
            return known.session.clone();
        }
        let session = Session { id: random::guid(), ..Session::default() };
        if kept.len() >= MOST {
            let oldest = kept.iter().min_by_key(|(_, kept)| kept.used_ms).map(|(id, _)| id.clone());
            oldest.and_then(|id| kept.remove(&id));
        }
        let new =
            Kept { owner: owner.clone(), thread: thread.clone(), used_ms: now_ms, session: session.clone() };
        kept.insert(session.id.clone(), new);
        session
    }

    /// Notes what the other server calls it, and what was said.
    pub(super) fn note(&self, id: &str, upstream: Option<String>, question: &str, answer: &str) {
        let mut kept = self.kept();
        let Some(Kept { session, .. }) = kept.get_mut(id) else { return };
        if upstream.is_some() {
            session.upstream = upstream;
        }
        if answer.is_empty() {
            return;
        }
        session.turns.push_back((Role::User, question.to_owned()));
        session.turns.push_back((Role::Assistant, answer.to_owned()));
        let characters = |turns: &Turns| turns.iter().map(|(_, text)| text.chars().count()).sum::<usize>();
        // Question and answer go together.
        while session.turns.len() > MOST_TURNS || characters(&session.turns) > MOST_CHARS {
            session.turns.drain(..2);
        }
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_its_owners_in_its_thread_and_for_an_hour() {
        let sessions = Sessions::default();
        let [ann, bob] = ["ann", "bob"].map(RawId::new);
        let [here, there] = ["here", "there"].map(ThreadId::new);
        let id = sessions.begin(None, &ann, &here, 0).id;
        sessions.note(&id, Some("s".to_owned()), "q", "a");
        let found = sessions.begin(Some(&id), &ann, &here, LIFE_MS - 1);
        assert_eq!(
            (found.id.as_str(), found.upstream.as_deref(), found.turns.len()),
            (id.as_str(), Some("s"), 2)
        );
        for (who, thread, at_ms) in
            [(&bob, &here, LIFE_MS), (&ann, &there, LIFE_MS), (&ann, &here, 2 * LIFE_MS)]
        {
            let other = sessions.begin(Some(&id), who, thread, at_ms);
            assert!(other.id != id && other.upstream.is_none() && other.turns.is_empty());
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let sessions = Sessions::default();
        let (ann, here) = (RawId::new("ann"), ThreadId::new("here"));
        let id = sessions.begin(None, &ann, &here, 0).id;
        for number in 0..30 {
            sessions.note(&id, None, &number.to_string(), "a");
        }
        let turns = sessions.begin(Some(&id), &ann, &here, 1).turns;
        assert_eq!((turns.len(), turns[0].1.as_str()), (20, "20"));
        sessions.note(&id, None, "long", &"好".repeat(MOST_CHARS));
        assert!(sessions.begin(Some(&id), &ann, &here, 1).turns.is_empty());
        for _ in 0..MOST {
            sessions.begin(None, &ann, &here, 2);
        }
        assert_ne!(sessions.begin(Some(&id), &ann, &here, 2).id, id, "the oldest went");
    }
}
