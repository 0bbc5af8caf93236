//! Names that people sign in with. Two spellings that look the same to everybody are one person.

use super::refusal::Refusal;
use unicode_normalization::UnicodeNormalization;

/// The longest name, in characters: more than any name in a list can show.
const NAME_CHARS: usize = 64;

/// A name that somebody can be told by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PersonName {
    shown: String,
    key: String,
}

impl PersonName {
    /// Trims and checks a name.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for an empty, an invisible or a too long name, and for control characters.
    pub(crate) fn new(text: &str) -> Result<Self, Refusal> {
        let shown: String = text.trim().nfc().collect();
        if shown.chars().any(|c| c.is_control() || reorders_text(c)) {
            return Err(Refusal::invalid("A name must not contain control characters."));
        }
        if shown.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
            return Err(Refusal::invalid("A name needs a letter or sign that can be seen."));
        }
        if shown.chars().count() > NAME_CHARS {
            return Err(Refusal::invalid(format!("A name must not be longer than {NAME_CHARS} characters.")));
        }
        Ok(Self { key: name_key(&shown), shown })
    }

    /// As it is shown.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.shown
    }

    /// What two spellings of the same name have in common.
    #[must_use]
    pub(crate) fn key(&self) -> &str {
        &self.key
    }
}

/// What a name, or the beginning of one, is compared by.
#[must_use]
pub(crate) fn name_key(text: &str) -> String {
    text.trim().nfc().collect::<String>().to_lowercase().nfc().collect()
}

/// Marks that change the order of the text around them: in a name they could make a line say something else.
fn reorders_text(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// Characters that leave no mark: Unicode's Default_Ignorable_Code_Point, and the blank Braille pattern.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_have_one_key() {
        let key = |text| PersonName::new(text).unwrap().key().to_owned();
        assert_eq!(key(" Tomás "), key("TOMA\u{301}S"));
        assert_ne!(key("Mei"), key("Mai"));
        assert_eq!(PersonName::new("  小林 ").unwrap().as_str(), "小林");
    }

    #[test]
    fn nobody_is_called_nothing() {
        for text in ["", "   ", "\u{200B}", "\u{3164}", "\u{2800} \u{FEFF}", "\u{E0020}"] {
            assert!(PersonName::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn control_characters_are_refused_and_joiners_are_not() {
        for text in ["a\u{0}b", "a\nb", "a\u{85}b", "a\u{202E}b", "a\u{2066}b"] {
            assert!(PersonName::new(text).is_err(), "{text:?}");
        }
        assert!(PersonName::new("👩\u{200D}🔬 Mei").is_ok());
    }

    #[test]
    fn sixty_four_characters_and_no_more() {
        assert!(PersonName::new(&"名".repeat(64)).is_ok());
        assert!(PersonName::new(&"名".repeat(65)).is_err());
    }
}
