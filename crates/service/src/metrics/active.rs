//! Who did something lately: a time for each person and each thread, by a hash of their ids.
//!
//! In memory and bounded; it begins anew with the service. Two that share a hash of 64 bits are counted as one.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

/// How long ago, in milliseconds, and what it is called.
const WINDOWS: [(&str, i64); 3] = [("5m", 5 * 60_000), ("1h", 60 * 60_000), ("24h", DAY_MS)];

const DAY_MS: i64 = 24 * 60 * 60_000;

/// Of people, and of threads: 16 bytes each, so some megabytes at most. Who comes then is not counted.
const MOST: usize = 200_000;

/// People and threads.
#[derive(Default)]
pub(super) struct Active {
    hasher: RandomState,
    seen: Mutex<[HashMap<u64, i64>; 2]>,
}

impl Active {
    /// Somebody did something, perhaps wrote in a thread.
    pub(super) fn note(&self, person: &str, thread: Option<&str>, now_ms: i64) {
        let hashes = [Some(person), thread].map(|id| id.map(|id| self.hasher.hash_one(id)));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for (seen, hash) in seen.iter_mut().zip(hashes) {
            let Some(hash) = hash else { continue };
            if seen.len() < MOST || seen.contains_key(&hash) {
                seen.insert(hash, now_ms);
            }
        }
    }

    /// People and threads for each window. Forgets those of the day before.
    pub(super) fn counts(&self, now_ms: i64) -> [(&'static str, [usize; 2]); 3] {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for seen in seen.iter_mut() {
            seen.retain(|_, at_ms| now_ms - *at_ms <= DAY_MS);
        }
        WINDOWS.map(|(name, ms)| {
            (name, [0, 1].map(|kind| seen[kind].values().filter(|at_ms| now_ms - **at_ms <= ms).count()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_counted_once_for_as_long_as_the_window() {
        let active = Active::default();
        active.note("ann", Some("t"), 0);
        active.note("ann", None, 10_000);
        active.note("bob", None, 4 * 60_000);
        let counts = |now_ms| active.counts(now_ms).map(|(_, counts)| counts);
        assert_eq!(counts(4 * 60_000), [[2, 1]; 3]);
        assert_eq!(counts(8 * 60_000), [[1, 0], [2, 1], [2, 1]]);
        assert_eq!(counts(DAY_MS + 60_000), [[0, 0], [0, 0], [1, 0]]);
        assert_eq!(counts(2 * DAY_MS), [[0, 0]; 3]);
    }

    #[test]
    fn it_has_an_end() {
        let active = Active::default();
        for number in 0..MOST + 10 {
            active.note(&number.to_string(), None, 0);
        }
        active.note("0", None, 1);
        assert_eq!(active.counts(0)[0].1, [MOST, 0]);
    }
}
