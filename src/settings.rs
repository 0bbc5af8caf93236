//! How the app looks and in which language: kept in this browser, the same in all its tabs.
//!
//! Only English is there from the start. Another language is shown as soon as its words are here, and the one before until then.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::i18n::{self, Language};
use crate::platform::files;
use crate::signal::State;

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    const fn tag(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.tag() == tag)
    }
}

const THEME_KEY: &str = "natter.theme";
const LANGUAGE_KEY: &str = "natter.language";
const MOODS_KEY: &str = "natter.moods";
/// What is kept under [`MOODS_KEY`] by whoever wants them marked.
const MARKED: &str = "marked";

/// The settings, as signals.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    theme: State<Theme>,
    language: State<Language>,
    moods: State<bool>,
    /// The language that was asked for last. Its words may be on their way.
    asked: StoredValue<Language>,
}

impl Settings {
    /// Reads them and puts them to work: on `<html>`, and in the words of what is built from now on. These are English until
    /// [`Settings::show_kept_language`] is through.
    #[must_use]
    pub fn open() -> Self {
        let settings = Self {
            theme: State::new(kept_theme()),
            language: State::new(Language::English),
            moods: State::new(keeps_moods()),
            asked: StoredValue::new(Language::English),
        };
        settings.apply();
        // Another tab changed them.
        let handle = window_event_listener(leptos::ev::storage, move |_| {
            settings.theme.set(kept_theme());
            settings.moods.set_if_new(keeps_moods());
            settings.apply();
            spawn_local(settings.show_kept_language());
        });
        std::mem::forget(handle);
        settings
    }

    /// The ones from the context.
    #[must_use]
    pub fn expect() -> Self {
        expect_context()
    }

    /// The theme; tracked.
    #[must_use]
    pub fn theme(self) -> Theme {
        self.theme.get()
    }

    /// The language that is shown; tracked.
    #[must_use]
    pub fn language(self) -> Language {
        self.language.get()
    }

    /// Messages that sound pleased or displeased are marked; tracked.
    #[must_use]
    pub fn marks_moods(self) -> bool {
        self.moods.get()
    }

    /// Has them marked, or not.
    pub fn mark_moods(self, marked: bool) {
        keep(MOODS_KEY, if marked { MARKED } else { "" });
        self.moods.set(marked);
    }

    /// Chooses a theme.
    pub fn set_theme(self, theme: Theme) {
        keep(THEME_KEY, theme.tag());
        self.theme.set(theme);
        self.apply();
    }

    /// Chooses a language. The views are built anew when its words are here. False when they did not come: then all stays as it
    /// was.
    pub async fn choose_language(self, language: Language) -> bool {
        let known = self.show_language(language).await;
        // Who chose another one meanwhile is not asked to come back to this one.
        if known && self.asked.get_value() == language {
            keep(LANGUAGE_KEY, language.tag());
        }
        known
    }

    /// Shows the language that is kept or, where none is, the one that the browser asks for.
    pub async fn show_kept_language(self) {
        // Without its words the app stays as it is, and is used like that.
        let _ = self.show_language(kept_language()).await;
    }

    async fn show_language(self, language: Language) -> bool {
        self.asked.set_value(language);
        let known = i18n::knows(language)
            || files::text(&language.file()).await.is_some_and(|file| i18n::learn(language, file));
        if self.asked.get_value() != language {
            return known;
        }
        if !known {
            self.asked.set_value(self.language.get_untracked());
        } else if self.language.get_untracked() != language {
            i18n::set_language(language);
            self.language.set(language);
            self.apply();
        }
        known
    }

    fn apply(self) {
        let language = self.language.get_untracked();
        i18n::set_language(language);
        let Some(root) = document().document_element() else { return };
        let _ = root.set_attribute("lang", language.tag());
        let _ = match self.theme.get_untracked() {
            Theme::System => root.remove_attribute("data-theme"),
            theme => root.set_attribute("data-theme", theme.tag()),
        };
    }
}

fn keeps_moods() -> bool {
    kept(MOODS_KEY).as_deref() == Some(MARKED)
}

fn kept_theme() -> Theme {
    kept(THEME_KEY).and_then(|tag| Theme::from_tag(&tag)).unwrap_or_default()
}

/// The language that is kept, or else the first that the browser asks for and we have.
#[must_use]
pub fn kept_language() -> Language {
    kept(LANGUAGE_KEY).and_then(|tag| Language::from_tag(&tag)).unwrap_or_else(|| {
        let wished = window().navigator().languages();
        wished.iter().filter_map(|tag| Language::from_tag(&tag.as_string()?)).next().unwrap_or_default()
    })
}

// A browser may refuse storage altogether; then the settings last as long as the page.

pub(crate) fn kept(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

pub(crate) fn keep(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(key, value);
    }
}
