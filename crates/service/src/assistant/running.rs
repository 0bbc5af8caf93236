//! Which answers are under way. For each person and thread there is one, and one more that is posted: a new question
//! stops the one before it.

use acs_chat::{RawId, ThreadId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Where an answer runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// Who asked.
    pub(super) asker: RawId,
    /// About which thread; none for what is about none.
    pub(super) thread: Option<ThreadId>,
    /// Whether it is posted.
    pub(super) post: bool,
}

/// The answers under way.
#[derive(Clone, Debug, Default)]
pub(super) struct Running(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    answers: Mutex<Answers>,
    /// How many there are, those that are being stopped included.
    count: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Answers {
    stopping: bool,
    next: u64,
    /// Gone, it stops the answer.
    places: HashMap<Place, (u64, watch::Sender<()>)>,
}

/// An answer under way; dropped, it is none any more.
#[derive(Debug)]
pub(super) struct Run {
    running: Running,
    place: Place,
    number: u64,
    stop: watch::Receiver<()>,
}

impl Running {
    /// Begins an answer, and stops the one that ran in its place. None when no more are to begin.
    pub(super) fn begin(&self, place: Place) -> Option<Run> {
        let mut answers = self.answers();
        if answers.stopping {
            return None;
        }
        answers.next += 1;
        let number = answers.next;
        let (sender, stop) = watch::channel(());
        answers.places.insert(place.clone(), (number, sender));
        self.0.count.send_modify(|count| *count += 1);
        Some(Run { running: self.clone(), place, number, stop })
    }

    /// Stops all, begins no more, and returns when all have ended.
    pub(super) async fn stop(&self) {
        {
            let mut answers = self.answers();
            answers.stopping = true;
            answers.places.clear();
        }
        // It fails only when the counter is gone, and this holds it.
        drop(self.0.count.subscribe().wait_for(|count| *count == 0).await);
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        *self.0.count.borrow()
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.0.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run {
    /// Waits until it is to stop.
    pub(super) async fn stopped(&self) {
        let mut stop = self.stop.clone();
        while stop.changed().await.is_ok() {}
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let mut answers = self.running.answers();
        if answers.places.get(&self.place).is_some_and(|(number, _)| *number == self.number) {
            answers.places.remove(&self.place);
        }
        drop(answers);
        self.running.0.count.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[tokio::test]
    async fn a_new_answer_stops_the_one_before_it_and_the_end_stops_all() {
        let running = Running::default();
        let place = |thread: &str, post| Place {
            asker: RawId::new("ann"),
            thread: Some(ThreadId::new(thread)),
            post,
        };
        let first = running.begin(place("a", false)).unwrap();
        let posted = running.begin(place("a", true)).unwrap();
        let elsewhere = running.begin(place("b", false)).unwrap();
        assert!(first.stopped().now_or_never().is_none());
        let second = running.begin(place("a", false)).unwrap();
        assert!(first.stopped().now_or_never().is_some());
        drop(first);
        assert!(
            second.stopped().now_or_never().is_none(),
            "the end of the first is not the end of the second"
        );
        let mut stop = std::pin::pin!(running.stop());
        assert!(futures_util::poll!(&mut stop).is_pending());
        for run in [second, posted, elsewhere] {
            assert!(run.stopped().now_or_never().is_some());
        }
        stop.await;
        assert!(running.begin(place("c", false)).is_none());
    }
}
