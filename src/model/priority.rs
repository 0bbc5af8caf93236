//! How pressing a message is: normal, or important.
//!
//! The hosted service had a field `priority` for it and took it out of its API, so it travels in the metadata of the message, under
//! `natterPriority`. An edit sends no metadata, and the service keeps what is not sent (reference `acs-chat.md` 4.2), so it stays.

use acs_chat::{ChatMessage, Metadata};

/// Under this key the priority of a message travels in its metadata: [`HIGH`], or it is absent.
pub const PRIORITY_KEY: &str = "natterPriority";

/// What stands there, and wherever else a priority is written down.
pub const HIGH: &str = "high";

/// How pressing a message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// As any other.
    #[default]
    Normal,
    /// Important.
    High,
}

impl Priority {
    /// High, or normal.
    #[must_use]
    pub const fn important(important: bool) -> Self {
        if important { Self::High } else { Self::Normal }
    }

    /// The message is important.
    #[must_use]
    pub const fn is_high(self) -> bool {
        matches!(self, Self::High)
    }

    /// How it is written down; nothing for what is normal.
    #[must_use]
    pub const fn word(self) -> &'static str {
        if self.is_high() { HIGH } else { "" }
    }

    /// What was written down. Only exactly [`HIGH`] is high: others may write anything there.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        Self::important(word == HIGH)
    }

    /// Puts it among what travels with a message.
    pub fn write(self, metadata: &mut Metadata) {
        if self.is_high() {
            metadata.insert(PRIORITY_KEY.to_owned(), HIGH.to_owned());
        }
    }

    /// The priority of a message that is there. What is no message of a person, or was deleted, has none.
    #[must_use]
    pub fn of(message: &ChatMessage) -> Self {
        let says = message.message_type.is_user_message() && message.deleted_on.is_none();
        let word = message.metadata.as_ref().filter(|_| says).and_then(|metadata| metadata.get(PRIORITY_KEY));
        word.map_or(Self::Normal, |word| Self::of_word(word))
    }
}

#[cfg(test)]
mod tests {
    use acs_chat::{ChatMessageType, MessageId, SequenceId, Timestamp, Version};

    use super::*;

    fn message(message_type: ChatMessageType, pairs: &[(&str, &str)]) -> ChatMessage {
        let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        ChatMessage {
            id: MessageId::new("1"),
            message_type,
            sequence_id: SequenceId::new("3"),
            version: Version::new("1"),
            content: None,
            sender_display_name: None,
            created_on: Timestamp::EPOCH,
            sender_communication_identifier: None,
            deleted_on: None,
            edited_on: None,
            metadata: Some(pairs.collect()),
        }
    }

    #[test]
    fn a_priority_comes_back_as_it_was_sent() {
        for priority in [Priority::Normal, Priority::High] {
            let mut sent = message(ChatMessageType::Html, &[("natterId", "c")]);
            priority.write(sent.metadata.as_mut().unwrap());
            assert_eq!(Priority::of(&sent), priority);
            assert_eq!(sent.metadata.unwrap().get("natterPriority").is_some(), priority.is_high());
            assert_eq!(Priority::of_word(priority.word()), priority);
        }
    }

    #[test]
    fn only_exactly_high_of_a_person_counts() {
        let of =
            |kind: ChatMessageType, key: &str, value: &str| Priority::of(&message(kind, &[(key, value)]));
        assert_eq!(of(ChatMessageType::Text, "natterPriority", "high"), Priority::High);
        for value in
            ["", "High", "HIGH", " high", "high ", "high\0", "urgent", "1", "true", "ｈｉｇｈ", "<b>high</b>"]
        {
            assert_eq!(of(ChatMessageType::Text, "natterPriority", value), Priority::Normal, "{value:?}");
        }
        for key in ["priority", "natterpriority", "natterPriority "] {
            assert_eq!(of(ChatMessageType::Text, key, "high"), Priority::Normal, "{key:?}");
        }
        for kind in [
            ChatMessageType::TopicUpdated,
            ChatMessageType::ParticipantAdded,
            ChatMessageType::ParticipantRemoved,
            ChatMessageType::Other("event".to_owned()),
        ] {
            assert_eq!(of(kind, "natterPriority", "high"), Priority::Normal);
        }
        let mut deleted = message(ChatMessageType::Text, &[("natterPriority", "high")]);
        deleted.deleted_on = Some(Timestamp::EPOCH);
        assert_eq!(Priority::of(&deleted), Priority::Normal);
    }
}
