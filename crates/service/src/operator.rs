//! What an operator sees and is told of: what happened in each minute of a day and on each of thirty days, kept over restarts,
//! and alerts when a minute was bad. `docs/monitoring.md` says more.
//!
//! Once a minute the counters are read ([`crate::metrics`]), and what came since the last time is a row ([`figures`]), unless
//! nothing did. Then every alert is looked at ([`alerts`]). Whoever has the access key opens a session, so that a browser need
//! not keep the key ([`sessions`]).

pub(crate) mod alerts;
pub(crate) mod figures;
pub(crate) mod sessions;

use crate::clock::Clock;
use crate::metrics::{Metrics, Tally};
use crate::store::Store;
use crate::webhooks::outgoing::Outgoing;
use alerts::Told;
use figures::{MINUTE_MS, Minute};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::AbortHandle;

/// The task. It ends when this is dropped.
pub(crate) struct Watch {
    task: AbortHandle,
    noted: Arc<Mutex<Noted>>,
    metrics: Metrics,
    clock: Clock,
}

/// What was noted last: the counters then, and when that was.
struct Noted {
    tally: Tally,
    at_ms: i64,
}

impl Watch {
    /// Watches from now on.
    pub(crate) fn start(
        store: Arc<dyn Store>,
        outgoing: Arc<Outgoing>,
        clock: Clock,
        metrics: Metrics,
    ) -> Self {
        let noted = Arc::new(Mutex::new(Noted { tally: metrics.tally(), at_ms: clock.now_ms() }));
        let (noting, counting, ticking) = (Arc::clone(&noted), metrics.clone(), clock.clone());
        let task = tokio::spawn(async move {
            let mut told = Told::default();
            loop {
                ticking.pass_ms(MINUTE_MS).await;
                let minute = next(&noting, &counting, ticking.now_ms());
                if !minute.is_empty()
                    && let Err(error) = store.note_minute(minute.clone()).await
                {
                    tracing::warn!(%error, "a minute could not be noted");
                }
                told.tell(store.as_ref(), &outgoing, &minute, ticking.now_ms()).await;
            }
        });
        Self { task: task.abort_handle(), noted, metrics, clock }
    }

    /// What has happened since the last minute was noted.
    pub(crate) fn current(&self) -> Minute {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let now_ms = self.clock.now_ms();
        Minute::between(&noted.tally, &self.metrics.tally(), now_ms.max(noted.at_ms))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn next(noted: &Mutex<Noted>, metrics: &Metrics, now_ms: i64) -> Minute {
    let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
    let tally = metrics.tally();
    let minute = Minute::between(&noted.tally, &tally, now_ms);
    *noted = Noted { tally, at_ms: now_ms };
    minute
}
