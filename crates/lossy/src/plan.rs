//! Which replies are lost, and how.

use clap::ValueEnum;
use hyper::header::HeaderValue;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Mutex;

/// What a client gets in place of the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Loss {
    /// 503.
    Unavailable,
    /// 429 with `Retry-After`.
    Throttled,
    /// The connection is reset.
    Reset,
    /// Nothing, until it gives up.
    Silence,
}

/// Both SDKs try four times at most, so that a message that loses no more than this many replies gets through.
const LOSSES_OF_A_MESSAGE: u8 = 2;

/// The plan of a run.
pub(crate) struct Plan {
    seed: u64,
    loss: Option<Loss>,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    replies: u64,
    losses: HashMap<HeaderValue, u8>,
}

impl Plan {
    pub(crate) fn new(seed: u64, loss: Option<Loss>) -> Self {
        Self { seed, loss, progress: Mutex::default() }
    }

    /// What becomes of the next reply; it acknowledges the request of that id.
    pub(crate) fn next(&self, id: &HeaderValue) -> Option<Loss> {
        let mut progress = self.progress.lock().expect("nobody panics with the lock");
        progress.replies += 1;
        let chance = hash(self.seed, progress.replies);
        let losses = progress.losses.entry(id.clone()).or_default();
        if chance & 1 == 0 || *losses == LOSSES_OF_A_MESSAGE {
            return None;
        }
        *losses += 1;
        let all = Loss::value_variants();
        Some(self.loss.unwrap_or(all[usize::from((chance >> 8) as u8) % all.len()]))
    }
}

/// The same on every machine and at every time.
fn hash(seed: u64, number: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (seed, number).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(plan: &Plan, id: &'static str, replies: usize) -> Vec<Loss> {
        (0..replies).filter_map(|_| plan.next(&HeaderValue::from_static(id))).collect()
    }

    #[test]
    fn a_seed_says_which_replies_are_lost_and_no_message_loses_more_than_two() {
        let kinds = |seed| {
            let plan = Plan::new(seed, None);
            ["a", "b", "c", "d", "e"].map(|id| lost(&plan, id, 20))
        };
        assert_eq!(kinds(1), kinds(1));
        assert_ne!(kinds(1), kinds(2));
        assert!(kinds(1).iter().all(|losses| losses.len() == 2));
        assert_eq!(lost(&Plan::new(1, Some(Loss::Reset)), "a", 20), [Loss::Reset, Loss::Reset]);
    }
}
