//! How far everybody has read, myself included.
//!
//! My read mark is my own receipt or what I have read here, whichever is later: above 20 people the service keeps no
//! receipts, and a receipt that could not be sent must not bring messages back as unread.

use acs_chat::{ChatMessageReadReceipt, MessageId, RawId};

use super::sorted::SortedMap;

/// The read marks of one thread.
#[derive(Debug, Default)]
pub struct ReadMarks {
    receipts: SortedMap<RawId, MessageId>,
    /// The service has told, so that no receipt of mine means that I have read nothing.
    loaded: bool,
    /// The newest message that was visible here.
    here: Option<MessageId>,
    /// The newest that the service knows, or was told, of me.
    told: Option<MessageId>,
}

/// A mark that moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Whose.
    pub who: RawId,
    /// Where it was, if they had read anything.
    pub from: Option<MessageId>,
    /// Where it is.
    pub to: MessageId,
}

impl ReadMarks {
    /// Takes in the list of receipts; a mark never goes back. Gives the marks that moved.
    pub fn set_receipts(&mut self, receipts: &[ChatMessageReadReceipt], me: &RawId) -> Vec<Moved> {
        self.loaded = true;
        let mut moved = Vec::new();
        for receipt in receipts {
            let (id, message) = (receipt.sender_communication_identifier.raw_id(), &receipt.chat_message_id);
            if self.receipts.get(id).is_none_or(|known| known < message) {
                let from = self.receipts.insert(id.clone(), message.clone());
                moved.push(Moved { who: id.clone(), from, to: message.clone() });
            }
            if id == me && self.told.as_ref().is_none_or(|told| told < message) {
                self.told = Some(message.clone());
            }
        }
        moved
    }

    /// I have read up to this message here; says whether my mark moved.
    pub fn read_here(&mut self, message: &MessageId) -> bool {
        let moved = self.here.as_ref().is_none_or(|here| here < message);
        if moved {
            self.here = Some(message.clone());
        }
        moved
    }

    /// What I have read here, for keeping.
    #[must_use]
    pub fn here(&self) -> Option<&MessageId> {
        self.here.as_ref()
    }

    /// My read mark.
    #[must_use]
    pub fn mine(&self, me: &RawId) -> Option<&MessageId> {
        self.here.as_ref().max(self.receipts.get(me))
    }

    /// The receipt of somebody.
    #[must_use]
    pub fn receipt_of(&self, id: &RawId) -> Option<&MessageId> {
        self.receipts.get(id)
    }

    /// My read mark is known, be it that I have read nothing. Until then nothing counts as unread.
    #[must_use]
    pub fn known(&self) -> bool {
        self.loaded || self.here.is_some()
    }

    /// The message to send a receipt for: what I have read here, when the service does not know it yet.
    #[must_use]
    pub fn to_tell(&self) -> Option<&MessageId> {
        self.here.as_ref().filter(|here| self.told.as_ref().is_none_or(|told| told < here))
    }

    /// The service knows of it, or refuses to.
    pub fn told(&mut self, message: &MessageId) {
        if self.told.as_ref().is_none_or(|told| told < message) {
            self.told = Some(message.clone());
        }
    }

    /// The marks of the others.
    pub fn others<'a>(&'a self, me: &'a RawId) -> impl Iterator<Item = (&'a RawId, &'a MessageId)> {
        self.receipts.iter().filter(move |(id, _)| *id != me)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use acs_chat::{CommunicationIdentifier, Timestamp};

    fn receipt(who: &str, message: &str) -> ChatMessageReadReceipt {
        ChatMessageReadReceipt {
            sender_communication_identifier: CommunicationIdentifier::communication_user(who),
            chat_message_id: MessageId::new(message),
            read_on: Timestamp::EPOCH,
        }
    }

    #[test]
    fn my_mark_is_the_later_of_receipt_and_what_i_read_here() {
        let me = RawId::new("me");
        let mut marks = ReadMarks::default();
        assert!(!marks.known());
        assert!(marks.read_here(&MessageId::new("9")));
        assert!(marks.known());
        marks.set_receipts(&[receipt("me", "10"), receipt("ann", "8")], &me);
        assert_eq!(marks.mine(&me), Some(&MessageId::new("10")));
        assert_eq!(marks.to_tell(), None, "the service knows more than was read here");
        assert!(!marks.read_here(&MessageId::new("8")), "never backwards");
        assert!(marks.read_here(&MessageId::new("11")));
        assert_eq!(marks.to_tell(), Some(&MessageId::new("11")));
        marks.told(&MessageId::new("11"));
        assert_eq!(marks.to_tell(), None);
        assert_eq!(marks.others(&me).count(), 1);
    }

    #[test]
    fn a_late_reply_does_not_move_a_mark_back() {
        let me = RawId::new("me");
        let mut marks = ReadMarks::default();
        let moved = Moved { who: RawId::new("ann"), from: None, to: MessageId::new("8") };
        assert_eq!(marks.set_receipts(&[receipt("ann", "8")], &me), vec![moved]);
        assert_eq!(marks.set_receipts(&[receipt("ann", "7")], &me), vec![]);
        assert_eq!(marks.others(&me).next(), Some((&RawId::new("ann"), &MessageId::new("8"))));
    }
}
