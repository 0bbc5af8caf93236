//! What time it is. The one place that asks the system, so that a test can say it instead.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

/// A clock, cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<watch::Sender<i64>>);

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands still until [`Clock::set_ms`] moves it.
    #[must_use]
    pub fn fixed(ms: i64) -> Self {
        Self(Some(watch::Sender::new(ms)))
    }

    /// Sets a fixed clock, and all its clones. The system's clock is left alone.
    pub fn set_ms(&self, ms: i64) {
        if let Some(fixed) = &self.0 {
            fixed.send_replace(ms);
        }
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Some(fixed) => *fixed.borrow(),
            // A clock before 1970 is a broken one; ids then count up from zero.
            None => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX)),
        }
    }

    /// Waits until so many milliseconds have passed; a fixed clock has to be set for that.
    pub(crate) async fn pass_ms(&self, ms: i64) {
        match &self.0 {
            Some(fixed) => {
                let at_ms = self.now_ms() + ms;
                // It fails only when the clock is gone, and this is one of its clones.
                drop(fixed.subscribe().wait_for(|now_ms| *now_ms >= at_ms).await);
            }
            None => tokio::time::sleep(Duration::from_millis(u64::try_from(ms).unwrap_or(0))).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[tokio::test]
    async fn a_fixed_clock_wakes_who_waits_when_it_is_set() {
        let clock = Clock::fixed(1000);
        let waiting = clock.clone();
        let mut wait = std::pin::pin!(waiting.pass_ms(500));
        for (set_ms, over) in [(1000, false), (1499, false), (100, false), (1500, true)] {
            clock.set_ms(set_ms);
            assert_eq!(futures_util::poll!(&mut wait).is_ready(), over, "{set_ms}");
        }
    }
}
