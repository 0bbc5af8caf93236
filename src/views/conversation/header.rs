//! What the thread is about, who is in it, and the way back on a phone.

use acs_chat::ThreadId;
use leptos::prelude::*;

use crate::components::IconButton;
use crate::i18n::{say_names, words};
use crate::model::creation::is_to_be;
use crate::model::rows::ThreadDetails;
use crate::place::{CurrentPlace, Place};
use crate::signal::Value;
use crate::store::Store;
use crate::text::script_lang;
use crate::views::screen::Screen;

/// The button that opens and closes the panel at the right.
pub const PANEL_BUTTON: &str = ".thread-header__panel";

/// The button that opens and closes the assistant.
pub const ASSISTANT_BUTTON: &str = ".thread-header__assistant";

/// The header of the conversation.
#[component]
pub fn Header(thread: ThreadId) -> impl IntoView {
    let (store, place, screen) = (Store::expect(), CurrentPlace::expect(), Screen::expect());
    // Nothing is known of it, and nobody can be asked about it.
    let to_be = is_to_be(&thread);
    let details = store.details(thread);
    let topic = Value::derived(move || details.with(|details| details.topic.clone()));
    view! {
        <header class="thread-header">
            <IconButton
                icon="back"
                class="thread-header__back"
                label=words().threads()
                on_press=move || place.go(&Place::Threads)
            />
            <div class="thread-header__words">
                <h1 class="thread-header__topic" dir="auto" lang=move || topic.with(|topic| script_lang(topic).map(str::to_owned))>
                    {move || topic.get()}
                </h1>
                <p class="thread-header__people" dir="auto">{move || details.with(people_line)}</p>
            </div>
            {move || (!to_be && store.capabilities().with(|can| can.assistant)).then(|| assistant_button(screen).into_any())}
            {(!to_be).then(|| panel_button(screen).into_any())}
        </header>
    }
}

fn panel_button(screen: Screen) -> impl IntoView {
    view! {
        <IconButton
            icon="details"
            class="thread-header__panel"
            label=words().details()
            pressed=Value::derived(move || screen.panel_shown())
            on_press=move || screen.toggle_panel()
        />
    }
}

fn assistant_button(screen: Screen) -> impl IntoView {
    view! {
        <IconButton
            icon="assistant"
            class="thread-header__assistant"
            label=words().assistant()
            pressed=screen.asks.value()
            on_press=move || screen.toggle_assistant()
        />
    }
}

/// `12 people: Mei, Tomás, Aiko, Lena and 8 more`; I know that I am in it, so I come last.
fn people_line(details: &ThreadDetails) -> Option<String> {
    if !details.people_loaded {
        return None;
    }
    let (me, others): (Vec<_>, Vec<_>) = details.people.iter().partition(|row| row.me);
    let names: Vec<&str> = others
        .iter()
        .map(|row| row.person.name.as_str())
        .chain(me.iter().map(|_| words().you_among_others()))
        .collect();
    Some(words().people_line().count(u32::try_from(names.len()).unwrap_or(u32::MAX), &[&say_names(&names)]))
}
