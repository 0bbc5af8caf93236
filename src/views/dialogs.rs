//! The dialogs: one at a time, over everything.

pub mod add_people;
pub mod ask;
pub mod diagnostics;
pub mod forward;
pub mod key_list;
pub mod new_thread;
pub mod people_field;
pub mod readers;
pub mod rename;
pub mod settings;
pub mod to_date;

use acs_chat::ThreadId;
use leptos::prelude::*;

use self::add_people::AddPeople;
use self::ask::Ask;
use self::diagnostics::DiagnosticsDialog;
use self::forward::Forward;
use self::key_list::KeyList;
use self::readers::Readers;
use self::rename::Rename;
use self::settings::SettingsDialog;
use self::to_date::ToDate;
use super::later::{Later, Part};
use super::screen::{OpenDialog, Screen};
use crate::i18n::{say_error, words};
use crate::model::rows::{ActionError, AddOutcome};
use crate::place::{CurrentPlace, Place};
use crate::signal::{State, Value};

/// The dialog that is open, if one is. That of a new thread has an address of its own.
#[component]
pub fn Dialogs(open: Value<Option<ThreadId>>) -> impl IntoView {
    let (screen, place) = (Screen::expect(), CurrentPlace::expect());
    let new = Value::derived(move || place.get() == Place::New);
    move || {
        let part = if new.get() {
            Some(Part::NewThread(open.get_untracked()))
        } else {
            screen.dialog.get().map(Part::Dialog)
        };
        part.map(|part| view! { <Later part /> }.into_any())
    }
}

/// One of them.
pub(crate) fn dialog(open: OpenDialog) -> AnyView {
    match open {
        OpenDialog::AddPeople(thread) => view! { <AddPeople thread /> }.into_any(),
        OpenDialog::Rename(thread) => view! { <Rename thread /> }.into_any(),
        OpenDialog::Forward(said) => view! { <Forward said /> }.into_any(),
        OpenDialog::Readers(thread, message) => view! { <Readers thread message /> }.into_any(),
        OpenDialog::ToDate(thread, at) => view! { <ToDate thread at /> }.into_any(),
        OpenDialog::Settings => view! { <SettingsDialog /> }.into_any(),
        OpenDialog::Diagnostics => view! { <DiagnosticsDialog /> }.into_any(),
        OpenDialog::Keys => view! { <KeyList /> }.into_any(),
        question => view! { <Ask question /> }.into_any(),
    }
}

/// What went wrong, said where one looks: above the buttons.
pub(crate) fn error_line(error: State<Option<ActionError>>) -> impl IntoView {
    view! {
        <div role="alert">
            {move || error.get().map(|error| view! { <p class="dialog__error">{say_error(&error)}</p> })}
        </div>
    }
}

/// Who was not added, and what the service said of each.
pub(crate) fn failures(outcome: &AddOutcome) -> impl IntoView + use<> {
    let line = |(who, said): &(String, String)| {
        view! { <li><b dir="auto">{who.clone()}</b> {words().colon()} {said.clone()}</li> }
    };
    view! {
        <div class="dialog__failures" role="alert">
            <p>{words().added_some().form(usize::from(outcome.added > 0), &[&outcome.added.to_string()])}</p>
            <ul>{outcome.failed.iter().map(line).collect::<Vec<_>>()}</ul>
        </div>
    }
}
