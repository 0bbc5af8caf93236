//! How far everybody has read, myself included.
//!
//! My read mark is my own receipt or what I have read here, whichever is later: above 20 people the service keeps no
//! receipts, and a receipt that could not be sent must not bring messages back as unread. The service's receipts only move
//! forward, so what I mark as unread is a mark kept here; it moves forward again as I read, and is gone at my read mark.

use acs_chat::{ChatMessageReadReceipt, MessageId, RawId};

use super::sorted::SortedMap;

/// Between what is read and what is not: just before a message, or just after it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    message: MessageId,
    after: bool,
}

impl Edge {
    /// The message and all after it are unread.
    #[must_use]
    pub fn before(message: &MessageId) -> Self {
        Self { message: message.clone(), after: false }
    }

    /// The message is read, and what comes after it is not.
    #[must_use]
    pub fn after(message: &MessageId) -> Self {
        Self { message: message.clone(), after: true }
    }

    /// The message that it stands at.
    #[must_use]
    pub fn message(&self) -> &MessageId {
        &self.message
    }

    /// A message is behind it: not read.
    #[must_use]
    pub fn is_before(&self, message: &MessageId) -> bool {
        self.message < *message || (self.message == *message && !self.after)
    }

    /// As a text.
    fn write(&self) -> String {
        [if self.after { "after " } else { "before " }, self.message.as_str()].concat()
    }

    /// Reads what [`Edge::write`] wrote.
    fn read(text: &str) -> Option<Self> {
        let (side, message) = text.split_once(' ').filter(|(_, message)| !message.is_empty())?;
        let after = match side {
            "after" => true,
            "before" => false,
            _ => return None,
        };
        Some(Self { message: MessageId::new(message), after })
    }
}

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
    /// From here on I want it unread, although I have read further.
    unread_from: Option<Edge>,
    /// I just wanted that, with the messages before my eyes: seeing them is not yet reading them again.
    resting: bool,
}

/// Between the parts of a text that is kept; in no id.
const KEPT_SEPARATOR: &str = "\n";
/// The last part, when the service knows.
const TOLD: &str = "\ntold";

fn read_kept(kept: &str) -> (MessageId, Option<Edge>) {
    let mut parts = kept.split(KEPT_SEPARATOR);
    (MessageId::new(parts.next().unwrap_or_default()), parts.next().and_then(Edge::read))
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
            if id == me && self.mine(me).is_none_or(|mine| mine < message) {
                // I went on reading on another machine.
                self.unread_from = None;
            }
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

    /// I have read up to this message here; says whether that is news.
    pub fn read_here(&mut self, message: &MessageId, me: &RawId) -> bool {
        let further = self.mine(me).is_none_or(|mine| mine < message);
        let moved = self.here.as_ref().is_none_or(|here| here < message);
        if moved {
            self.here = Some(message.clone());
        }
        let again = self.unread_from.clone().filter(|_| !self.resting).is_some_and(|from| {
            let read = Edge::after(message).max(from);
            let all = further || self.mine(me).is_none_or(|mine| Edge::after(mine) <= read);
            self.take_unread(Some(read).filter(|_| !all))
        });
        moved || again
    }

    /// From this message on I want it unread; says whether that is news. `resting`: I look at it just now, and have not read
    /// it again before I come back to it.
    pub fn mark_unread(&mut self, from: &MessageId, resting: bool, me: &RawId) -> bool {
        let edge = Edge::before(from);
        let Some(mine) = self.mine(me).filter(|mine| edge < Edge::after(mine)).cloned() else { return false };
        // Only what is read after this is news, wherever it is read.
        self.here = Some(mine);
        self.resting = resting;
        self.take_unread(Some(edge))
    }

    fn take_unread(&mut self, from: Option<Edge>) -> bool {
        let news = self.unread_from != from;
        self.unread_from = from;
        news
    }

    /// I come back to it: from here on, what I see is read.
    pub fn rested(&mut self) {
        self.resting = false;
    }

    /// What I have read here, what I want unread, and whether the service was told, as a text to keep and to tell.
    #[must_use]
    pub fn kept(&self) -> Option<String> {
        let here = self.here.as_ref()?.as_str();
        let from = self.unread_from.as_ref().map(Edge::write).unwrap_or_default();
        let told = if self.to_tell().is_none() { TOLD } else { "" };
        Some([here, KEPT_SEPARATOR, &from, told].concat())
    }

    /// Puts back what was kept. What was read here meanwhile is read.
    pub fn restore(&mut self, kept: &str) {
        let from = self.unread_from.clone();
        let read_meanwhile = self.here.is_some();
        let here = self.hear(kept);
        if read_meanwhile {
            self.unread_from = from;
        }
        if kept.ends_with(TOLD) {
            self.told(&here);
        }
    }

    /// What I have read and want unread in another tab, which is what I did last. Gives what I have read there.
    pub fn hear(&mut self, kept: &str) -> MessageId {
        let (here, from) = read_kept(kept);
        self.here = self.here.take().max(Some(here.clone()));
        self.take_unread(from);
        here
    }

    /// What I want unread although I have read it.
    #[must_use]
    pub fn unread_from(&self) -> Option<&Edge> {
        self.unread_from.as_ref()
    }

    /// What I have read here, for keeping.
    #[must_use]
    pub fn here(&self) -> Option<&MessageId> {
        self.here.as_ref()
    }

    /// Everything behind this is unread; none: everything is.
    #[must_use]
    pub fn edge(&self, me: &RawId) -> Option<Edge> {
        self.unread_from.clone().or_else(|| self.mine(me).map(Edge::after))
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
        self.loaded || self.here.is_some() || self.unread_from.is_some()
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
mod orders;

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
        assert!(marks.read_here(&MessageId::new("9"), &me));
        assert!(marks.known());
        marks.set_receipts(&[receipt("me", "10"), receipt("ann", "8")], &me);
        assert_eq!(marks.mine(&me), Some(&MessageId::new("10")));
        assert_eq!(marks.to_tell(), None, "the service knows more than was read here");
        assert!(!marks.read_here(&MessageId::new("8"), &me), "never backwards");
        assert!(marks.read_here(&MessageId::new("11"), &me));
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

    #[test]
    fn what_is_marked_unread_is_so_until_it_is_read_again() {
        let me = RawId::new("me");
        let id = |text: &str| MessageId::new(text);
        let mut marks = ReadMarks::default();
        assert!(!marks.mark_unread(&id("4"), false, &me), "nothing has been read");
        marks.set_receipts(&[receipt("me", "7")], &me);
        assert!(marks.mark_unread(&id("4"), false, &me));
        assert_eq!(marks.edge(&me), Some(Edge::before(&id("4"))));
        assert_eq!(marks.to_tell(), None, "the service hears nothing of it");
        assert!(!marks.read_here(&id("3"), &me));
        assert!(marks.read_here(&id("5"), &me));
        assert_eq!(marks.edge(&me), Some(Edge::after(&id("5"))));
        assert!(!marks.mark_unread(&id("8"), false, &me), "it is unread as it is");
        assert!(marks.read_here(&id("7"), &me));
        assert_eq!((marks.edge(&me), marks.unread_from()), (Some(Edge::after(&id("7"))), None));
    }

    #[test]
    fn what_is_marked_unread_on_screen_rests_until_one_comes_back() {
        let me = RawId::new("me");
        let id = |text: &str| MessageId::new(text);
        let mut marks = ReadMarks::default();
        marks.read_here(&id("7"), &me);
        marks.mark_unread(&id("7"), true, &me);
        assert!(!marks.read_here(&id("7"), &me));
        assert!(marks.read_here(&id("8"), &me), "the service hears of what came in");
        assert_eq!((marks.edge(&me), marks.to_tell()), (Some(Edge::before(&id("7"))), Some(&id("8"))));
        marks.rested();
        assert!(marks.read_here(&id("8"), &me));
        assert_eq!(marks.unread_from(), None);
    }

    #[test]
    fn reading_on_elsewhere_ends_what_is_marked_unread_and_late_receipts_do_not() {
        let me = RawId::new("me");
        let id = |text: &str| MessageId::new(text);
        let mut marks = ReadMarks::default();
        marks.read_here(&id("7"), &me);
        marks.mark_unread(&id("5"), false, &me);
        marks.set_receipts(&[receipt("me", "7")], &me);
        assert_eq!(marks.unread_from(), Some(&Edge::before(&id("5"))), "told from here");
        marks.set_receipts(&[receipt("me", "8")], &me);
        assert_eq!(marks.unread_from(), None);
    }

    #[test]
    fn marks_are_kept_and_put_back() {
        let me = RawId::new("me");
        let id = |text: &str| MessageId::new(text);
        let mut marks = ReadMarks::default();
        assert_eq!(marks.kept(), None);
        marks.read_here(&id("17"), &me);
        assert_eq!(marks.kept().as_deref(), Some("17\n"));
        marks.told(&id("17"));
        assert_eq!(marks.kept().as_deref(), Some("17\n\ntold"));
        let mut again = ReadMarks::default();
        again.restore("17\n\ntold");
        assert_eq!((again.here(), again.to_tell()), (Some(&id("17")), None));
        again.restore("18\n");
        assert_eq!(again.to_tell(), Some(&id("18")), "of this the service was not told");
        marks.mark_unread(&id("9"), false, &me);
        for edge in [Edge::before(&id("9")), Edge::after(&id("11"))] {
            assert_eq!(marks.unread_from(), Some(&edge));
            let mut again = ReadMarks::default();
            again.restore(&marks.kept().unwrap());
            assert_eq!((again.here(), again.unread_from()), (Some(&id("17")), Some(&edge)));
            marks.read_here(&id("11"), &me);
        }
        let mut reading = ReadMarks::default();
        reading.read_here(&id("18"), &me);
        reading.restore(&marks.kept().unwrap());
        assert_eq!(reading.edge(&me), Some(Edge::after(&id("18"))), "read before the storage answered");
        marks.restore("18\nsideways 3");
        assert_eq!(marks.here(), Some(&id("18")));
    }
}
