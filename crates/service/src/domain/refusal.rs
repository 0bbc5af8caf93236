//! What is said when a rule is broken. The HTTP status of each is in `error.rs`.

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The request is not well formed, or goes over a limit.
    #[error("{0}")]
    Invalid(String),
    /// Nobody has a thread of this id, or it was deleted.
    #[error("The specified thread id was not found.")]
    ThreadNotFound,
    /// The thread has no message of this id, or the caller's history does not reach it.
    #[error("The specified message was not found.")]
    MessageNotFound,
    /// The caller is not, or no longer, in the thread.
    #[error("The initiator doesn't have the permission to perform the requested operation.")]
    NotParticipant,
    /// Only the sender of a message may change it.
    #[error("The initiator doesn't have the permission to perform the requested operation.")]
    NotSender,
    /// No identity of this id.
    #[error("The specified identity was not found.")]
    IdentityNotFound,
}

impl Refusal {
    /// A request that is not well formed.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }
}
