//! The formatting buttons over the field, shown on demand: one toolbar, one Tab stop.

use leptos::prelude::*;

use super::marks::Format;
use super::{Writing, toggle_important};
use crate::components::Icon;
use crate::i18n::words;
use crate::views::conversation::row_actions::roving;

impl Format {
    /// Its drawing, its words, and its key.
    fn face(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Bold => ("bold", words().format_bold(), "Ctrl B"),
            Self::Italic => ("italic", words().format_italic(), "Ctrl I"),
            Self::Strike => ("strike", words().format_strike(), "Ctrl Shift X"),
            Self::Code => ("code", words().format_code(), "Ctrl E"),
            Self::Link => ("link", words().format_link(), "Ctrl Shift L"),
            Self::Bullets => ("bullets", words().format_bullets(), "Ctrl Shift 8"),
            Self::Numbers => ("numbers", words().format_numbers(), "Ctrl Shift 7"),
            Self::Quote => ("quote", words().format_quote(), "Ctrl Shift 9"),
        }
    }

    /// For the list of keys.
    #[must_use]
    pub fn key(self) -> (&'static str, &'static str) {
        let (_, said, key) = self.face();
        (said, key)
    }
}

/// The toolbar.
pub(super) fn toolbar(writing: Writing) -> impl IntoView {
    let button = move |(at, format): (usize, Format)| {
        let (icon, said, key) = format.face();
        view! {
            <button
                type="button"
                class="button button--icon"
                title=[said, " (", key, ")"].concat()
                aria-label=said
                tabindex=if at == 0 { "0" } else { "-1" }
                // The field keeps the focus, and a phone its keyboard.
                on:pointerdown=|event| event.prevent_default()
                on:click=move |_| writing.format(format)
            >
                <Icon name=icon />
            </button>
        }
        .into_any()
    };
    view! {
        <div class="composer__formats" role="toolbar" aria-label=words().formatting() on:keydown=roving>
            {Format::ALL.into_iter().enumerate().map(button).collect::<Vec<_>>()}
            {toggle_important(writing, "composer__mark--format")}
        </div>
    }
}
