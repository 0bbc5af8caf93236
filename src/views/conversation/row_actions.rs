//! What can be done with a message: as a toolbar on the row, as a menu under a finger, by keys.

use acs_chat::ThreadId;
use leptos::prelude::*;

use super::composer::{Writing, written};
use crate::components::{Icon, MenuItem};
use crate::i18n::words;
use crate::model::rows::{Body, MessageRow, Status};
use crate::place::Place;
use crate::platform::address;
use crate::store::Store;
use crate::views::screen::OpenDialog;

/// Something to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Put its words on the clipboard.
    CopyText,
    /// Put its address on the clipboard.
    CopyLink,
    /// Change it, in the composer.
    Edit,
    /// Delete it, after a question.
    Delete,
    /// Try to send it again.
    Retry,
    /// Take it back into the composer: it was not sent.
    EditUnsent,
    /// Throw it away: it was not sent.
    Discard,
}

impl Action {
    const fn face(self) -> (&'static str, fn() -> &'static str) {
        match self {
            Self::CopyText => ("copy", || words().copy_text()),
            Self::CopyLink => ("link", || words().copy_link()),
            Self::Edit | Self::EditUnsent => ("edit", || words().edit()),
            Self::Delete => ("delete", || words().delete()),
            Self::Retry => ("retry", || words().retry()),
            Self::Discard => ("delete", || words().discard()),
        }
    }

    /// The action of a key on a row that has the focus.
    pub(crate) fn of_key(key: &str) -> Option<Self> {
        match key {
            "c" | "C" => Some(Self::CopyText),
            "l" | "L" => Some(Self::CopyLink),
            "e" | "E" => Some(Self::Edit),
            "Delete" => Some(Self::Delete),
            _ => None,
        }
    }
}

/// What can be done with this message now.
#[must_use]
pub fn actions_of(row: &MessageRow) -> Vec<Action> {
    if matches!(row.status, Status::Failed { .. }) && row.id.is_none() {
        return vec![Action::CopyText, Action::Retry, Action::EditUnsent, Action::Discard];
    }
    let mut actions = Vec::new();
    if row.body != Body::Deleted {
        actions.push(Action::CopyText);
    }
    if row.id.is_some() {
        actions.push(Action::CopyLink);
        if row.source.is_some() {
            actions.extend([Action::Edit, Action::Delete]);
        }
    }
    actions
}

/// Does it. `said` is the message's words as the page shows them.
pub(crate) fn perform(
    thread: &ThreadId,
    row: &MessageRow,
    action: Action,
    writing: Writing,
    said: impl Fn() -> String,
) {
    let (store, screen) = (writing.store, writing.screen);
    if !actions_of(row).contains(&action)
        && !matches!(action, Action::Retry | Action::EditUnsent | Action::Discard)
    {
        return;
    }
    match (action, &row.id, &row.client_id) {
        (Action::CopyText, ..) => screen.copy(said()),
        (Action::CopyLink, Some(id), _) => {
            let place = Place::Thread { thread: thread.clone(), message: Some(id.clone()) };
            screen.copy(address::whole(&place.fragment()));
        }
        (Action::Edit, Some(_), _) => writing.edit(row),
        (Action::Delete, Some(id), _) => {
            screen.dialog.set(Some(OpenDialog::DeleteMessage(thread.clone(), id.clone())));
        }
        (Action::Retry, _, Some(entry)) => store.retry(thread, entry),
        (Action::Discard, _, Some(entry)) => discard(store, thread, entry),
        (Action::EditUnsent, _, Some(entry)) => {
            writing.take_back(&written(row).unwrap_or_else(said));
            discard(store, thread, entry);
        }
        _ => {}
    }
}

fn discard(store: Store, thread: &ThreadId, entry: &crate::store::ClientMessageId) {
    store.discard(thread, entry);
}

/// The toolbar: one Tab stop, arrows inside.
#[component]
pub(crate) fn Toolbar(actions: Vec<Action>, act: Callback<Action>) -> impl IntoView {
    let button = move |(at, action): (usize, Action)| {
        let (icon, label) = action.face();
        view! {
            <button
                type="button"
                class="button button--icon"
                title=label()
                aria-label=label()
                tabindex=if at == 0 { "0" } else { "-1" }
                on:click=move |_| act.run(action)
            >
                <Icon name=icon />
            </button>
        }
        .into_any()
    };
    view! {
        <div class="message-row__toolbar" role="toolbar" aria-label=words().message_actions() on:keydown=roving>
            {actions.into_iter().enumerate().map(button).collect::<Vec<_>>()}
        </div>
    }
}

/// Left and right move the focus among the buttons.
fn roving(event: web_sys::KeyboardEvent) {
    use wasm_bindgen::JsCast;
    let forward = match event.key().as_str() {
        "ArrowRight" => true,
        "ArrowLeft" => false,
        _ => return,
    };
    event.prevent_default();
    event.stop_propagation();
    let focused = document().active_element();
    let next = focused.and_then(|focused| {
        if forward { focused.next_element_sibling() } else { focused.previous_element_sibling() }
    });
    if let Some(next) = next.and_then(|next| next.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = next.focus();
    }
}

/// The same as lines of a menu.
pub(crate) fn menu_items(actions: Vec<Action>, act: Callback<Action>) -> Vec<MenuItem> {
    let item = |action: Action| {
        let (icon, label) = action.face();
        let danger = matches!(action, Action::Delete | Action::Discard);
        MenuItem { icon, label: label(), danger, run: Callback::new(move |()| act.run(action)) }
    };
    actions.into_iter().map(item).collect()
}
