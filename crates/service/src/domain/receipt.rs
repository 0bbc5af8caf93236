//! Read receipts: one for each participant, moving forward only.

use acs_chat::RawId;

/// How far somebody has read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// Who.
    pub(crate) reader: RawId,
    /// The newest message they have read.
    pub(crate) message_id: i64,
    /// When they said so.
    pub(crate) read_ms: i64,
}

/// Whether a receipt replaces the one before: only if it is for a later message. A late or repeated request
/// must not make a person unread what they have read.
#[must_use]
pub(crate) fn moves_forward(before: Option<i64>, message_id: i64) -> bool {
    before.is_none_or(|before| message_id > before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_move_forward_only() {
        assert!(moves_forward(None, 1));
        assert!(moves_forward(Some(1), 2));
        assert!(!moves_forward(Some(2), 2));
        assert!(!moves_forward(Some(2), 1));
    }
}
