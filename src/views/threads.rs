//! The list of threads: new, filter, rows, and who I am.

pub mod thread_row;

use acs_chat::ThreadId;
use leptos::prelude::*;

use self::thread_row::ThreadRowView;
use super::keyed::{Rows, keyed};
use super::nothing::start_thread;
use super::screen::{OpenDialog, Screen};
use crate::components::{Avatar, Brand, Icon, IconButton};
use crate::i18n::words;
use crate::model::names::Names;
use crate::model::rows::{Connection, PreviewWords, ThreadRow};
use crate::place::{CurrentPlace, Place};
use crate::platform::letters::lower_case;
use crate::signal::{State, Value};
use crate::store::Store;

/// The field that filters; the shortcuts look for it.
pub const FILTER_ID: &str = "filter";

/// The left column. On a phone it is the whole screen, and then its head is the heading of the page.
#[component]
pub fn Threads(open: Value<Option<ThreadId>>, #[prop(into)] is_main: Value<bool>) -> impl IntoView {
    let (store, place, screen) = (Store::expect(), CurrentPlace::expect(), Screen::expect());
    let filter = State::new(String::new());
    let rows = store.thread_rows();
    let shown = keyed(
        move || {
            let needle = lower_case(filter.get().trim());
            rows.with(|rows| rows.iter().filter(|row| matches(row, &needle)).cloned().collect())
        },
        |row| row.id.as_str(),
        move |row| view! { <ThreadRowView row open /> }.into_any(),
    );
    let note = move || match (shown.with(Vec::is_empty), rows.with(Vec::is_empty)) {
        (true, true) => Some(words().no_threads().to_owned()),
        (true, false) => Some(words().no_match().with(&[&filter.get()])),
        _ => None,
    };
    let brand = move || {
        if is_main.get() {
            view! { <h1 class="threads__brand">{Brand()}</h1> }.into_any()
        } else {
            view! { <span class="threads__brand">{Brand()}</span> }.into_any()
        }
    };
    // Beside it a wide screen says what to do (`nothing.rs`).
    let start = move || {
        (is_main.get() && rows.with(Vec::is_empty))
            .then(|| view! { <p class="threads__note">{start_thread(place)}</p> }.into_any())
    };
    let list = move || {
        if !store.threads_loaded().get() {
            return bones().into_any();
        }
        view! {
            <ul>
                <Rows rows=shown />
            </ul>
            {move || note().map(|note| view! { <p class="threads__note">{note}</p> }.into_any())}
            {start}
        }
        .into_any()
    };
    view! {
        <div
            class="layout__threads threads"
            role=move || if is_main.get() { "main" } else { "navigation" }.to_owned()
            aria-label=words().threads()
        >
            <div class="threads__head">
                {brand}
                <IconButton icon="new" label=words().new_thread() on_press=move || place.go(&Place::New) />
            </div>
            <label class="threads__search">
                <Icon name="search" small=true />
                <input
                    id=FILTER_ID
                    type="search"
                    placeholder=words().filter_threads()
                    aria-label=words().filter_threads()
                    autocomplete="off"
                    on:input=move |event| filter.set(event_target_value(&event))
                />
                <kbd class="key" aria-hidden="true">"/"</kbd>
            </label>
            <div class="threads__list">
                {list}
            </div>
            <div class="threads__foot">
                <Me />
                <IconButton
                    icon="settings"
                    label=words().settings()
                    on_press=move || screen.dialog.set(Some(OpenDialog::Settings))
                />
            </div>
        </div>
    }
}

/// My name, and how we stand with the service.
#[component]
fn Me() -> impl IntoView {
    let store = Store::expect();
    let session = store.session();
    let late = move || !matches!(store.connection().get(), Connection::Opening | Connection::UpToDate);
    let face = move || {
        session.with(|me| {
            let me = me.as_ref()?;
            let mut names = Names::default();
            names.give(&me.me, &me.name);
            let face = names.author(&me.me);
            Some(view! { <Avatar initial=face.initial hue=face.hue /> }.into_any())
        })
    };
    view! {
        {face}
        <p class="threads__me">
            <span dir="auto">{move || session.with(|me| me.as_ref().map(|me| me.name.clone()).unwrap_or_default())}</span>
            <span class="threads__state" class:threads__state--waiting=late role="status">
                {move || say_connection(&store.connection().get()).to_owned()}
            </span>
        </p>
    }
}

pub(crate) fn say_connection(connection: &Connection) -> &'static str {
    match connection {
        Connection::Opening => words().opening(),
        Connection::UpToDate => words().up_to_date(),
        Connection::CatchingUp => words().catching_up(),
        Connection::Offline { .. } => words().offline(),
        Connection::RateLimited { .. } => words().waiting(),
        Connection::ServiceError { .. } => words().trouble(),
        Connection::LoginLost => words().signed_out(),
    }
}

/// The topic or the last words hold what was typed, which is in small letters.
fn matches(row: &ThreadRow, needle: &str) -> bool {
    let said = match row.preview.as_ref().map(|preview| &preview.words) {
        Some(PreviewWords::Said(said)) => said.as_str(),
        _ => "",
    };
    needle.is_empty() || lower_case(&row.topic).contains(needle) || lower_case(said).contains(needle)
}

/// The shape of a list that is not here yet; the same as in `index.html`.
fn bones() -> impl IntoView {
    const SHAPES: [(&str, &str); 7] =
        [("s", "l"), ("m", "m"), ("s", "l"), ("m", "l"), ("s", "m"), ("m", "l"), ("s", "m")];
    let bone =
        |shape: &str| view! { <span class=["timeline__bone timeline__bone--", shape].concat()></span> };
    let row = move |(title, said): (&str, &str)| {
        view! { <li class="thread-row"><span class="thread-row__state"></span>{bone(title)}{bone(said)}</li> }
            .into_any()
    };
    view! { <ul aria-hidden="true">{SHAPES.map(row).into_iter().collect::<Vec<_>>()}</ul> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::priority::Priority;
    use crate::model::rows::{Access, Preview, PreviewAuthor};

    #[test]
    fn the_filter_looks_at_topic_and_last_words() {
        let row = ThreadRow {
            id: ThreadId::new("19:a@thread.v2"),
            topic: "Line 7 Map".to_owned(),
            last_activity: None,
            preview: Some(Preview {
                priority: Priority::Normal,
                author: PreviewAuthor::You,
                words: PreviewWords::Said("海心沙 is open".to_owned()),
            }),
            draft: None,
            failed: None,
            unread: 0,
            can_mark_unread: false,
            access: Access::Open,
        };
        for found in ["", "map", "心沙", "open"] {
            assert!(matches(&row, found), "{found}");
        }
        assert!(!matches(&row, "tram"));
    }
}
