//! What happened in a minute, and on a day.

use crate::metrics::{SECONDS, Tally};
use serde::{Deserialize, Serialize};

pub(crate) const MINUTE_MS: i64 = 60_000;

const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// For how long minutes are kept, and days.
pub(crate) const MINUTES_KEPT_MS: i64 = DAY_MS;
pub(crate) const DAYS_KEPT_MS: i64 = 30 * DAY_MS;

/// What happened in a minute.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Minute {
    /// Its beginning, in milliseconds since 1970.
    pub(crate) at_ms: i64,
    /// Requests answered.
    pub(crate) requests: u64,
    /// Of them, those that failed by the service's fault.
    pub(crate) errors: u64,
    /// Requests, and streams, that were one too many.
    pub(crate) limited: u64,
    /// Messages written.
    pub(crate) messages: u64,
    /// Tries to send a webhook, by what became of them.
    pub(crate) delivered: u64,
    pub(crate) failed: u64,
    pub(crate) given_up: u64,
    /// Within how many milliseconds half, 95 and 99 of a hundred requests were answered.
    pub(crate) p50_ms: f64,
    pub(crate) p95_ms: f64,
    pub(crate) p99_ms: f64,
}

/// What happened on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Day {
    /// Its beginning in UTC, in milliseconds since 1970.
    pub(crate) at_ms: i64,
    pub(crate) messages: i64,
    pub(crate) requests: i64,
    pub(crate) errors: i64,
}

/// The beginning of a moment's day.
pub(crate) fn day_of(at_ms: i64) -> i64 {
    at_ms.div_euclid(DAY_MS) * DAY_MS
}

impl Minute {
    /// What came between two states of the counters, in the minute before `now_ms`.
    pub(crate) fn between(before: &Tally, after: &Tally, now_ms: i64) -> Self {
        let answers: Vec<u64> =
            after.within.iter().zip(before.within).map(|(after, before)| after - before).collect();
        Self {
            at_ms: (now_ms - 1).div_euclid(MINUTE_MS) * MINUTE_MS,
            requests: answers.iter().sum(),
            errors: after.errors - before.errors,
            limited: after.limited - before.limited,
            messages: after.messages - before.messages,
            delivered: after.delivered - before.delivered,
            failed: after.failed - before.failed,
            given_up: after.given_up - before.given_up,
            p50_ms: quantile(&answers, 0.5),
            p95_ms: quantile(&answers, 0.95),
            p99_ms: quantile(&answers, 0.99),
        }
    }

    /// Whether nothing happened.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self { at_ms: self.at_ms, ..Self::default() }
    }
}

/// As Prometheus estimates it: evenly spread within a bucket; what is above all of them is at the last bound.
#[allow(clippy::cast_precision_loss, reason = "counts of a minute")]
fn quantile(counts: &[u64], part: f64) -> f64 {
    let wanted = counts.iter().sum::<u64>() as f64 * part;
    let mut below = 0.0;
    for (index, count) in counts.iter().enumerate() {
        let count = *count as f64;
        if count > 0.0 && below + count >= wanted {
            let from = if index == 0 { 0.0 } else { SECONDS[index - 1] };
            let to = SECONDS.get(index).copied().unwrap_or(from);
            return ((from + (to - from) * (wanted - below) / count) * 1e6).round() / 1e3;
        }
        below += count;
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_counts() {
        let mut counts = vec![0; SECONDS.len() + 1];
        assert_eq!(quantile(&counts, 0.5), 0.0);
        counts[2] = 100; // 1 to 2.5 ms
        assert_eq!(quantile(&counts, 0.5), 1.75);
        counts[SECONDS.len()] = 100;
        assert_eq!(quantile(&counts, 0.99), 10_000.0);
        assert_eq!(quantile(&counts, 0.5), 2.5);
    }

    #[test]
    fn a_minute_is_what_came_in_it() {
        let before = Tally { errors: 1, messages: 2, ..Tally::default() };
        let mut after = before.clone();
        assert!(Minute::between(&before, &after, 60_000).is_empty());
        after.messages += 3;
        after.within[0] = 4;
        let minute = Minute::between(&before, &after, 120_000);
        assert_eq!((minute.at_ms, minute.messages, minute.requests, minute.errors), (60_000, 3, 4, 0));
        assert_eq!(day_of(DAY_MS + 5), DAY_MS);
    }
}
