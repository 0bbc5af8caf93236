//! What the screen says, in English, 简体中文 and 繁體中文.
//!
//! `words()` gives the words of the language that is set; views hold no text of their own. The language is set before a view
//! is built, and `app.rs` builds the views anew when it changes, so that no label has to listen for a change.

mod english;
mod say;
mod simplified;
mod traditional;
mod words;

use std::cell::Cell;

pub(crate) use say::*;
pub(crate) use words::Words;

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

/// Sets the language for what is built from now on.
pub fn set_language(language: Language) {
    CURRENT.set(language);
}

/// The language that is set.
#[must_use]
pub fn language() -> Language {
    CURRENT.get()
}

/// The words of the language that is set.
pub(crate) fn words() -> &'static Words {
    match language() {
        Language::English => &english::ENGLISH,
        Language::Simplified => &simplified::SIMPLIFIED,
        Language::Traditional => &traditional::TRADITIONAL,
    }
}

// What the languages are written with. Joining is by `concat`: the formatting machinery costs more bytes than it saves.

fn cat(parts: &[&str]) -> String {
    parts.concat()
}

fn counted(n: u32, one: &str, many: &str) -> String {
    cat(&[&n.to_string(), " ", if n == 1 { one } else { many }])
}

fn english_list(names: &[&str], more: usize) -> String {
    let rest = (more > 0).then(|| cat(&[&more.to_string(), " more"]));
    let mut names = names.to_vec();
    names.extend(rest.as_deref());
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => cat(&[&others.join(", "), " and ", last]),
    }
}

fn chinese_list(names: &[&str], more: usize, before: &str, after: &str) -> String {
    let listed = names.join("、");
    if more == 0 { listed } else { cat(&[&listed, before, &(names.len() + more).to_string(), after]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browser_tags_find_their_language() {
        assert_eq!(Language::from_tag("en-GB"), Some(Language::English));
        assert_eq!(Language::from_tag("zh"), Some(Language::Simplified));
        assert_eq!(Language::from_tag("zh-CN"), Some(Language::Simplified));
        assert_eq!(Language::from_tag("zh-Hant-HK"), Some(Language::Traditional));
        assert_eq!(Language::from_tag("zh_TW"), Some(Language::Traditional));
        assert_eq!(Language::from_tag("de"), None);
        for language in Language::ALL {
            assert_eq!(Language::from_tag(language.tag()), Some(language));
        }
    }

    #[test]
    fn lists_read_as_a_person_would_say_them() {
        assert_eq!(english_list(&[], 0), "");
        assert_eq!(english_list(&["Mei"], 0), "Mei");
        assert_eq!(english_list(&["Mei", "Tomás", "Aiko"], 0), "Mei, Tomás and Aiko");
        assert_eq!(english_list(&["Mei", "Tomás"], 8), "Mei, Tomás and 8 more");
        assert_eq!(chinese_list(&["小林", "阿伟"], 3, "等 ", " 人"), "小林、阿伟等 5 人");
        assert_eq!(counted(1, "person", "people"), "1 person");
    }
}
