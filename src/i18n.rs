//! What the screen says, in English, 简体中文 and 繁體中文.
//!
//! `words()` gives the words of the language that is set; views hold no text of their own. The language is set before a view
//! is built, and `app.rs` builds the views anew when it changes, so that no label has to listen for a change.
//!
//! English is compiled in. The others are files in `languages/`, fetched when somebody wants them (`settings.rs`).

mod english;
mod file;
mod say;
#[cfg(test)]
mod tests;
mod words;

use std::cell::Cell;

use english::ENGLISH;
pub(crate) use say::*;
use words::Words;

/// A language of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// 简体中文.
    Simplified,
    /// 繁體中文.
    Traditional,
}

thread_local! {
    static CURRENT: Cell<Language> = const { Cell::new(Language::English) };
    /// The words that are here, in the order of `Language::ALL`.
    static KNOWN: Cell<[Option<Words>; 3]> = const { Cell::new([Some(Words(&ENGLISH)), None, None]) };
}

impl Language {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::English, Self::Simplified, Self::Traditional];

    /// The tag for `lang` and for local storage.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Simplified => "zh-Hans",
            Self::Traditional => "zh-Hant",
        }
    }

    /// Where its words are, beside the page.
    #[must_use]
    pub fn file(self) -> String {
        ["languages/", self.tag(), ".txt"].concat()
    }

    /// Its name in itself.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Simplified => "简体中文",
            Self::Traditional => "繁體中文",
        }
    }

    /// The language that a tag of the browser's, such as `zh-TW`, asks for.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let tag = tag.to_ascii_lowercase();
        let mut parts = tag.split(['-', '_']);
        match parts.next()? {
            "en" => Some(Self::English),
            "zh" if parts.any(|part| matches!(part, "hant" | "tw" | "hk" | "mo")) => Some(Self::Traditional),
            "zh" => Some(Self::Simplified),
            _ => None,
        }
    }
}

/// Sets the language for what is built from now on. Without its words it is said in English: see [`knows`].
pub fn set_language(language: Language) {
    CURRENT.set(language);
}

/// The language that is set.
#[must_use]
pub fn language() -> Language {
    CURRENT.get()
}

/// The words of a language are here.
#[must_use]
pub fn knows(language: Language) -> bool {
    KNOWN.get()[language as usize].is_some()
}

/// Takes the words of a language from its file, and keeps them for as long as the page lives. Says whether there were any.
pub fn learn(language: Language, file: String) -> bool {
    // Another request for the same file may have been faster.
    if !knows(language) {
        let Some(list) = file::read(file.leak()) else { return false };
        let mut known = KNOWN.get();
        known[language as usize] = Some(Words(Box::leak(Box::new(list))));
        KNOWN.set(known);
    }
    true
}

/// The words of the language that is set.
pub(crate) fn words() -> Words {
    KNOWN.get()[language() as usize].unwrap_or(Words(&ENGLISH))
}
