//! What a place in a thread allows: there is no owner, every participant has the same rights (reference 4.3).

use super::refusal::Refusal;

/// How somebody stands to a thread that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Never in it.
    Outsider,
    /// In it.
    Member {
        /// The history time they were added with, in milliseconds.
        share_history_ms: i64,
    },
    /// Was in it. They keep the thread in their list and nothing else.
    Removed,
}

impl Standing {
    /// The oldest message id a member may see.
    ///
    /// Message ids carry milliseconds, times on the wire whole seconds: a history that begins at 12:00:00.9 must
    /// show the message that was sent at 12:00:00.95 and is dated 12:00:00, and must not show the one of 12:00:00.85.
    /// So ids are compared, and never the times that are shown (trap 17).
    ///
    /// # Errors
    /// [`Refusal::NotParticipant`] for anybody but a member.
    pub(crate) fn visible_from_ms(self) -> Result<i64, Refusal> {
        match self {
            Self::Member { share_history_ms } => Ok(share_history_ms),
            Self::Outsider | Self::Removed => Err(Refusal::NotParticipant),
        }
    }
}

/// The history time that somebody is added with. None given means everything; a time to come means from now on, since
/// a client whose clock runs ahead would otherwise hide the first messages from the new participant for ever. `now_ms`
/// is the stamp of the message that says so: whatever the clock did before, earlier messages have smaller ones.
#[must_use]
pub(crate) fn share_history_ms(asked_ms: Option<i64>, now_ms: i64) -> i64 {
    asked_ms.unwrap_or(0).clamp(0, now_ms.max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_begins_at_its_millisecond() {
        assert_eq!(Standing::Member { share_history_ms: 12_900 }.visible_from_ms(), Ok(12_900));
        assert_eq!(Standing::Member { share_history_ms: 0 }.visible_from_ms(), Ok(0));
    }

    #[test]
    fn only_members_see_anything() {
        assert_eq!(Standing::Outsider.visible_from_ms(), Err(Refusal::NotParticipant));
        assert_eq!(Standing::Removed.visible_from_ms(), Err(Refusal::NotParticipant));
    }

    #[test]
    fn history_begins_at_the_latest_now() {
        assert_eq!(share_history_ms(None, 5000), 0);
        assert_eq!(share_history_ms(Some(3000), 5000), 3000);
        assert_eq!(share_history_ms(Some(9000), 5000), 5000);
        assert_eq!(share_history_ms(Some(-1), 5000), 0);
    }
}
