//! Plain texts that people give: topics, names, contents. They are kept byte for byte or refused.

use super::limits;
use super::refusal::Refusal;

/// A text that every database can keep: PostgreSQL has no U+0000 in text, so no store takes it.
///
/// # Errors
/// [`Refusal::Invalid`] naming `what`.
pub(crate) fn check_storable(what: &str, text: &str) -> Result<(), Refusal> {
    if text.contains('\0') {
        return Err(Refusal::invalid(format!("{what} must not contain the character U+0000.")));
    }
    Ok(())
}

/// A topic: neither empty nor over its limit.
///
/// # Errors
/// [`Refusal::Invalid`] saying which.
pub(crate) fn check_topic(topic: &str) -> Result<(), Refusal> {
    check_storable("The topic", topic)?;
    if topic.is_empty() {
        return Err(Refusal::invalid("The topic must not be empty."));
    }
    if topic.chars().count() > limits::TOPIC_CHARS {
        return Err(Refusal::invalid(format!(
            "The topic must not be longer than {} characters.",
            limits::TOPIC_CHARS
        )));
    }
    Ok(())
}

/// A display name of a participant or of a sender; it may be empty.
///
/// # Errors
/// [`Refusal::Invalid`] when it is too long.
pub(crate) fn check_display_name(name: &str) -> Result<(), Refusal> {
    check_storable("The display name", name)?;
    if name.chars().count() > limits::DISPLAY_NAME_CHARS {
        return Err(Refusal::invalid(format!(
            "A display name must not be longer than {} characters.",
            limits::DISPLAY_NAME_CHARS
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_measured_in_characters_and_at_its_limit() {
        assert!(check_topic("").is_err());
        assert!(check_topic(&"茶".repeat(limits::TOPIC_CHARS)).is_ok());
        assert!(check_topic(&"茶".repeat(limits::TOPIC_CHARS + 1)).is_err());
        assert!(check_topic("a\0b").is_err());
    }
}
