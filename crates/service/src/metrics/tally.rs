//! The few counters that the operator's figures are made of, beside those of Prometheus, which are counted by labels.

use super::{SECONDS, Sent};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Requests answered within each of [`SECONDS`] and not within the one before, and all slower ones.
    pub(crate) within: [u64; SECONDS.len() + 1],
    /// Requests that failed by the service's fault.
    pub(crate) errors: u64,
    /// What was one too many.
    pub(crate) limited: u64,
    /// Messages written.
    pub(crate) messages: u64,
    /// Webhooks that receivers have.
    pub(crate) delivered: u64,
    /// Tries in vain.
    pub(crate) failed: u64,
    /// Dead letters.
    pub(crate) given_up: u64,
}

#[derive(Default)]
pub(super) struct Counters {
    within: [AtomicU64; SECONDS.len() + 1],
    errors: AtomicU64,
    limited: AtomicU64,
    messages: AtomicU64,
    delivered: AtomicU64,
    failed: AtomicU64,
    given_up: AtomicU64,
}

impl Counters {
    pub(super) fn answered(&self, failed: bool, took: Duration) {
        let took_s = took.as_secs_f64();
        let place = SECONDS.iter().position(|bound| took_s <= *bound).unwrap_or(SECONDS.len());
        add(&self.within[place]);
        if failed {
            add(&self.errors);
        }
    }

    pub(super) fn limited(&self) {
        add(&self.limited);
    }

    pub(super) fn message(&self) {
        add(&self.messages);
    }

    pub(super) fn webhook(&self, outcome: Sent) {
        add(match outcome {
            Sent::Delivered => &self.delivered,
            Sent::Failed => &self.failed,
            Sent::GivenUp => &self.given_up,
        });
    }

    pub(super) fn tally(&self) -> Tally {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Tally {
            within: std::array::from_fn(|place| read(&self.within[place])),
            errors: read(&self.errors),
            limited: read(&self.limited),
            messages: read(&self.messages),
            delivered: read(&self.delivered),
            failed: read(&self.failed),
            given_up: read(&self.given_up),
        }
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
