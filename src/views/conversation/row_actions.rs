//! What can be done with a message: as a toolbar on the row, as a menu under a finger, by keys.

use acs_chat::{MessageId, ThreadId};
use leptos::prelude::*;

use super::composer::{Writing, written};
use crate::components::{Icon, MenuItem};
use crate::i18n::words;
use crate::model::reply::Quote;
use crate::model::rows::{Body, MessageRow, Status};
use crate::model::words::{one_line, words_of_html};
use crate::place::Place;
use crate::platform::{address, locale};
use crate::store::Store;
use crate::text::answer;
use crate::text::markdown::literal;
use crate::text::source::markdown_of;
use crate::views::screen::OpenDialog;

/// Something to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Answer it, with its first words before mine.
    Reply,
    /// Put its words on the clipboard.
    CopyText,
    /// Put its address on the clipboard.
    CopyLink,
    /// Have it unread, with all that came after it.
    MarkUnread,
    /// Say it in another thread too.
    Forward,
    /// Have it in the language of the screen, or as it was again.
    Translate,
    /// Have it read aloud, or no more.
    ReadAloud,
    /// Tell who has read it.
    Readers,
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
            Self::Reply => ("reply", || words().reply()),
            Self::Forward => ("forward", || words().forward()),
            Self::Readers => ("people", || words().readers()),
            Self::Translate => ("translate", || words().translate()),
            Self::ReadAloud => ("speaker", || words().read_aloud()),
            Self::CopyText => ("copy", || words().copy_text()),
            Self::CopyLink => ("link", || words().copy_link()),
            Self::MarkUnread => ("unread", || words().mark_unread_from()),
            Self::Edit | Self::EditUnsent => ("edit", || words().edit()),
            Self::Delete => ("delete", || words().delete()),
            Self::Retry => ("retry", || words().retry()),
            Self::Discard => ("delete", || words().discard()),
        }
    }

    /// The action of a key on a row that has the focus.
    pub(crate) fn of_key(key: &str) -> Option<Self> {
        match key {
            "r" | "R" => Some(Self::Reply),
            "f" | "F" => Some(Self::Forward),
            "w" | "W" => Some(Self::Readers),
            "c" | "C" => Some(Self::CopyText),
            "l" | "L" => Some(Self::CopyLink),
            "u" | "U" => Some(Self::MarkUnread),
            "t" | "T" => Some(Self::Translate),
            "s" | "S" => Some(Self::ReadAloud),
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
    let (there, says) = (row.id.is_some(), row.body != Body::Deleted);
    let offered = [
        (Action::Reply, there && says),
        (Action::CopyText, says),
        (Action::CopyLink, there),
        (Action::Forward, there && says),
        (Action::Readers, there && says && row.own),
        (Action::MarkUnread, there && says && !row.own),
        (Action::Translate, there && says && !row.own),
        (Action::ReadAloud, there && says && !row.own),
        (Action::Edit, there && row.source.is_some()),
        (Action::Delete, there && row.source.is_some()),
    ];
    offered.into_iter().filter(|(_, offered)| *offered).map(|(action, _)| action).collect()
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
        (Action::Reply, Some(id), _) => writing.reply(quote(thread, id, row)),
        (Action::Forward, Some(_), _) => screen.dialog.set(Some(OpenDialog::Forward(forwarded(row)))),
        (Action::Readers, Some(id), _) => {
            screen.dialog.set(Some(OpenDialog::Readers(thread.clone(), id.clone())));
        }
        (Action::Translate, Some(id), _) => screen.translations.toggle(thread, id),
        (Action::ReadAloud, ..) => screen.read_aloud(said()),
        (Action::CopyText, ..) => screen.copy(said()),
        (Action::CopyLink, Some(id), _) => {
            screen.copy(address_of(thread, id));
        }
        (Action::MarkUnread, Some(id), _) => {
            store.mark_unread(thread, Some(id));
            screen.announce(words().marked_unread().to_owned());
        }
        (Action::Edit, Some(_), _) => writing.edit(row),
        (Action::Delete, Some(id), _) => {
            screen.dialog.set(Some(OpenDialog::DeleteMessage(thread.clone(), id.clone())));
        }
        (Action::Retry, _, Some(entry)) => store.retry(thread, entry),
        (Action::Discard, _, Some(entry)) => discard(store, thread, entry),
        (Action::EditUnsent, _, Some(entry)) => {
            writing.take_back(&written(row).unwrap_or_else(said));
            if row.priority.is_high() {
                writing.set_important(true);
            }
            discard(store, thread, entry);
        }
        _ => {}
    }
}

/// The address of a message, for anybody who may read it.
fn address_of(thread: &ThreadId, id: &MessageId) -> String {
    let place = Place::Thread { thread: thread.clone(), message: Some(id.clone()) };
    address::whole(&place.fragment())
}

/// Whose it is, and when, in Markdown.
fn author_and_time(row: &MessageRow, name: &str) -> String {
    let said = [name, ", ", &locale::day_and_time(row.sent_at)].concat();
    // Brackets of a name would end the link.
    literal(&said).replace("](", "] (")
}

fn quote(thread: &ThreadId, id: &MessageId, row: &MessageRow) -> Quote {
    let said = match &row.body {
        Body::Text(text) => one_line(text),
        Body::Html(html) => words_of_html(html),
        Body::Markdown(text) => words_of_html(&answer::html(text)),
        Body::Deleted | Body::Answering(_) => String::new(),
    };
    let said = if said.is_empty() { "…".to_owned() } else { literal(&said) };
    Quote::new(&author_and_time(row, &row.author.name), &address_of(thread, id), &said)
}

/// A message as it is said again elsewhere: whose it was, and all of it as a quote.
fn forwarded(row: &MessageRow) -> String {
    let said = match &row.body {
        Body::Text(text) => literal(text),
        Body::Html(html) => markdown_of(html),
        Body::Markdown(text) => text.clone(),
        Body::Deleted | Body::Answering(_) => String::new(),
    };
    let head = ["**", &author_and_time(row, &row.author.name), "**\n\n", &said].concat();
    head.lines().map(|line| ["> ", line].concat().trim_end().to_owned()).collect::<Vec<_>>().join("\n")
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
pub(crate) fn roving(event: web_sys::KeyboardEvent) {
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
