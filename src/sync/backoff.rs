//! How long to leave the service alone when something went wrong.
//!
//! Full jitter: each pause is drawn evenly between nothing and a bound that doubles, so that a thousand pages that lost the
//! same service do not come back at the same moment. The bound begins anew only after the service was well for a while:
//! one good answer in the middle of an outage must not bring everybody back at full speed.

/// The first bound.
const FIRST_MS: f64 = 1_000.0;
/// The last bound: on average somebody waits half of it, and hears of it in a banner that has a button.
const MOST_MS: f64 = 75_000.0;
/// As long as this it must have been well before trouble counts as new (reliability P1).
const HEALTHY_AFTER_MS: i64 = 5_000;

/// The pause after so many failures in a row (1 for the first); `chance` is uniform in 0..1.
#[must_use]
pub fn pause_ms(failures: u32, chance: f64) -> i64 {
    let doublings = i32::try_from(failures.saturating_sub(1).min(16)).unwrap_or(16);
    let bound = (FIRST_MS * 2_f64.powi(doublings)).min(MOST_MS);
    (bound * chance) as i64
}

/// What kind of trouble the service is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It cannot be reached.
    Unreachable,
    /// It fails, in its own words.
    Failing(String),
    /// It asked for a pause.
    Limited,
}

/// How the service as a whole is doing.
#[derive(Clone, Debug, Default)]
pub struct Health {
    failures: u32,
    trouble: Option<Trouble>,
    retry_at_ms: i64,
    failed_at_ms: i64,
    well_since_ms: Option<i64>,
    /// The service said not to come before.
    until_said_ms: i64,
}

impl Health {
    /// The trouble it is in.
    #[must_use]
    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// When it may be asked again, while in trouble.
    #[must_use]
    pub fn retry_at_ms(&self) -> i64 {
        self.retry_at_ms
    }

    /// When it was last seen to fail.
    #[must_use]
    pub fn failed_at_ms(&self) -> i64 {
        self.failed_at_ms
    }

    /// How many times in a row it failed.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// It has answered at least once and is in no trouble.
    #[must_use]
    pub fn well(&self) -> bool {
        self.trouble.is_none() && self.well_since_ms.is_some()
    }

    /// A request that went out at `asked_ms` failed now.
    pub fn failed(&mut self, trouble: Trouble, asked_ms: i64, now_ms: i64, chance: f64) {
        // Requests that were under way together fail together: that is one failure, even if others were answered since.
        if asked_ms < self.failed_at_ms {
            return;
        }
        if self.well_since_ms.take().is_some_and(|since| now_ms - since >= HEALTHY_AFTER_MS) {
            self.failures = 0;
        }
        self.failures += 1;
        self.failed_at_ms = now_ms;
        self.trouble = Some(trouble);
        self.retry_at_ms = (now_ms + pause_ms(self.failures, chance)).max(self.until_said_ms);
    }

    /// The service asked everybody here to wait until then.
    pub fn limited(&mut self, until_ms: i64, now_ms: i64) {
        self.trouble = Some(Trouble::Limited);
        self.failed_at_ms = now_ms;
        self.retry_at_ms = until_ms.max(self.until_said_ms);
    }

    /// The service, which is failing, says now how long it will be: that counts, however long ago it was asked.
    pub fn busy_until(&mut self, trouble: Trouble, until_ms: i64, now_ms: i64) {
        if self.trouble.is_none() {
            self.failed_at_ms = now_ms;
            self.trouble = Some(trouble);
        }
        self.retry_at_ms = self.retry_at_ms.max(until_ms);
        self.until_said_ms = self.until_said_ms.max(until_ms);
    }

    /// An answer came now to a request that went out at `asked_ms`; says whether that ends a trouble.
    pub fn answered(&mut self, asked_ms: i64, now_ms: i64) -> bool {
        // An answer that was on its way when the trouble began says nothing about it.
        if self.trouble.is_some() && asked_ms < self.failed_at_ms {
            return false;
        }
        if self.well_since_ms.is_none() {
            self.well_since_ms = Some(now_ms);
        }
        self.trouble.take().is_some()
    }

    /// Somebody looks at the page, the network is back, or a button was pressed: no more waiting, unless the service itself
    /// asked for it.
    pub fn wake(&mut self, now_ms: i64) {
        if self.trouble.is_some() && self.trouble != Some(Trouble::Limited) {
            self.retry_at_ms = self.retry_at_ms.min(now_ms.max(self.until_said_ms));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_are_evenly_drawn() {
        let most: Vec<i64> = (1..=9).map(|failures| pause_ms(failures, 1.0)).collect();
        assert_eq!(most, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 75_000, 75_000]);
        assert_eq!(pause_ms(5, 0.0), 0);
        assert_eq!(pause_ms(5, 0.25), 4_000);
        assert_eq!(pause_ms(u32::MAX, 1.0), 75_000);
    }

    #[test]
    fn one_good_answer_in_an_outage_does_not_begin_anew() {
        let mut health = Health::default();
        for failure in 1..=4 {
            health.failed(Trouble::Unreachable, failure, failure, 1.0);
        }
        assert_eq!(health.retry_at_ms(), 4 + 8_000);
        assert!(health.answered(9_000, 9_000));
        assert!(health.well());
        health.failed(Trouble::Unreachable, 10_000, 10_000, 1.0);
        assert_eq!(health.retry_at_ms(), 10_000 + 16_000, "a second of health is none");
        assert!(health.answered(30_000, 30_000));
        health.failed(Trouble::Unreachable, 35_000, 35_000, 1.0);
        assert_eq!(health.retry_at_ms(), 35_000 + 1_000);
    }

    #[test]
    fn what_was_under_way_together_counts_once() {
        let mut health = Health::default();
        health.failed(Trouble::Unreachable, 100, 200, 1.0);
        health.failed(Trouble::Unreachable, 150, 201, 1.0);
        assert_eq!(health.failures(), 1);
        assert!(!health.answered(150, 202), "it had left before the trouble");
        assert!(health.trouble().is_some());
        assert!(health.answered(250, 260));
        health.failed(Trouble::Unreachable, 150, 270, 1.0);
        assert!(health.well(), "what comes late from a trouble that is over");
    }

    #[test]
    fn what_fails_after_the_service_asked_for_time_does_not_shorten_it() {
        let mut health = Health::default();
        health.failed(Trouble::Failing("503".into()), 0, 10, 0.5);
        health.busy_until(Trouble::Failing("503".into()), 10_000, 10);
        health.failed(Trouble::Failing("503".into()), 10, 20, 0.5);
        assert_eq!(health.retry_at_ms(), 10_000);
        health.limited(2_000, 30);
        assert_eq!(health.retry_at_ms(), 10_000);
    }

    #[test]
    fn a_pause_that_is_asked_for_late_is_kept() {
        let mut health = Health::default();
        health.failed(Trouble::Unreachable, 0, 100, 1.0);
        assert!(health.answered(200, 210));
        // Asked before all that, and told only now.
        health.failed(Trouble::Failing("503".into()), 50, 300, 1.0);
        assert!(health.well());
        health.busy_until(Trouble::Failing("503".into()), 5_300, 300);
        assert!(health.trouble().is_some());
        assert!(!health.answered(250, 310), "asked before the service said so");
        assert_eq!(health.retry_at_ms(), 5_300);
    }

    #[test]
    fn waking_ends_our_own_pause_but_not_the_service_s() {
        let mut health = Health::default();
        health.failed(Trouble::Unreachable, 0, 0, 1.0);
        health.wake(10);
        assert_eq!(health.retry_at_ms(), 10);
        health.limited(30_000, 20);
        health.wake(40);
        assert_eq!(health.retry_at_ms(), 30_000);
    }
}
