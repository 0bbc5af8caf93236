//! Why there is no answer, or no more of it: the codes of `docs/assistant.md`.
//!
//! The words are ours. What another server says is not handed on: it may quote the key that it was asked with.

use crate::event::Event;

/// Why there is no answer, or no more of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A key or an address is missing in the service's environment.
    NotConfigured,
    /// The other server does not accept the service's key.
    KeyRefused,
    /// It refused the question.
    Refused,
    /// Question and context are more than it takes.
    TooLong,
    /// There is no connection.
    Unreachable,
    /// It has too much to do, or is still loading.
    Busy,
    /// Something else than a stream came.
    NotAStream,
    /// The stream is not in the form that it should have.
    BrokenReply,
    /// It ended in the middle of the answer.
    BrokenOff,
    /// The other server told of an error.
    ServerError,
    /// Nothing came for too long.
    Silent,
    /// It was not done in time.
    TookTooLong,
    /// The answer could not be written to the thread.
    NotPosted,
}

impl Failure {
    /// Every one.
    pub const ALL: [Self; 13] = [
        Self::NotConfigured,
        Self::KeyRefused,
        Self::Refused,
        Self::TooLong,
        Self::Unreachable,
        Self::Busy,
        Self::NotAStream,
        Self::BrokenReply,
        Self::BrokenOff,
        Self::ServerError,
        Self::Silent,
        Self::TookTooLong,
        Self::NotPosted,
    ];

    /// Its code on the wire, its words, and whether asking again may help.
    #[must_use]
    pub fn told(self) -> (&'static str, &'static str, bool) {
        match self {
            Self::NotConfigured => (
                "notConfigured",
                "The assistant is not set up: a key or an address is missing in the service's environment.",
                false,
            ),
            Self::KeyRefused => {
                ("keyRefused", "The assistant's server does not accept the key of this service.", false)
            }
            Self::Refused => ("refused", "The assistant's server refused the question.", false),
            Self::TooLong => {
                ("tooLong", "The question and its context are more than the assistant's server takes.", false)
            }
            Self::Unreachable => ("unreachable", "The assistant's server cannot be reached.", true),
            Self::Busy => ("busy", "The assistant's server has too much to do. Try again in a moment.", true),
            Self::NotAStream => {
                ("notAStream", "The assistant's server sent something else than an answer.", true)
            }
            Self::BrokenReply => ("brokenReply", "The answer came in a form that cannot be read.", true),
            Self::BrokenOff => ("brokenOff", "The answer broke off.", true),
            Self::ServerError => ("serverError", "The assistant's server made an error.", true),
            Self::Silent => ("silent", "The assistant's server said nothing for too long.", true),
            Self::TookTooLong => ("tookTooLong", "The answer was not done in time.", true),
            Self::NotPosted => ("notPosted", "The answer could not be written to the conversation.", true),
        }
    }

    /// The event that tells of it.
    #[must_use]
    pub fn event(self) -> Event {
        let (code, words, retry) = self.told();
        Event::Failed { code: code.to_owned(), words: words.to_owned(), retry }
    }

    /// What the status of a refusal means.
    #[must_use]
    pub fn of_status(status: u16) -> Self {
        match status {
            401 | 403 => Self::KeyRefused,
            413 => Self::TooLong,
            429 | 503 => Self::Busy,
            400..=499 => Self::Refused,
            _ => Self::ServerError,
        }
    }
}
