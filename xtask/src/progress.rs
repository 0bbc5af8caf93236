//! What the commands say. Everything printed goes through here.
//!
//! Progress goes to stderr, where the tools we run also write; results go to stdout, to be piped or read by CI.
#![allow(clippy::print_stdout, reason = "the one place that prints")]

use std::time::{Duration, Instant};

/// Counts the steps of a command: `[2/7  0:12] Trunk 0.21.14: installing`.
pub(crate) struct Steps {
    total: usize,
    begun: usize,
    started: Instant,
}

impl Steps {
    pub(crate) fn new(total: usize) -> Self {
        Self { total, begun: 0, started: Instant::now() }
    }

    /// Begins the next step.
    pub(crate) fn begin(&mut self, what: &str) {
        self.begun += 1;
        self.say(what);
    }

    /// Says more about the step that has begun.
    pub(crate) fn say(&self, what: &str) {
        eprintln!("[{}/{} {:>5}] {what}", self.begun, self.total, clock(self.started.elapsed()));
    }
}

/// A line about what happens, for a person.
pub(crate) fn note(line: &str) {
    eprintln!("{line}");
}

/// A line of the result.
pub(crate) fn result(line: &str) {
    println!("{line}");
}

/// Why a command ended: the sentence for the reader first, its causes below.
pub(crate) fn failure(error: &anyhow::Error) {
    eprintln!("\nerror: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
}

/// Minutes and seconds, `0:07`.
pub(crate) fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// A number with its thousands apart: `84,857`.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_written_for_people() {
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(840), "840");
        assert_eq!(thousands(84_857), "84,857");
        assert_eq!(thousands(1_000_000), "1,000,000");
        assert_eq!(clock(Duration::from_secs(67)), "1:07");
    }
}
