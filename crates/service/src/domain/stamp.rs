//! Ids from the clock: message ids and versions are milliseconds of the epoch, and yet never twice the same.

/// The next stamp of a thread whose last one was `last_ms`: now, or one millisecond after the last when the clock
/// has not moved on or was set back. So ids, versions and times of one thread only ever grow.
#[must_use]
pub(crate) fn next_stamp(now_ms: i64, last_ms: i64) -> i64 {
    now_ms.max(last_ms + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_follow_the_clock_and_never_repeat() {
        assert_eq!(next_stamp(1000, 0), 1000);
        assert_eq!(next_stamp(1000, 1000), 1001);
        assert_eq!(next_stamp(400, 1000), 1001, "a clock set back");
    }
}
