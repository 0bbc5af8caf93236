//! Who has read a message, and who has not.

use acs_chat::{MessageId, ThreadId};
use leptos::html;
use leptos::prelude::*;

use crate::components::{Avatar, Dialog};
use crate::i18n::words;
use crate::model::rows::Author;
use crate::store::Store;
use crate::views::screen::Screen;

/// The dialog.
#[component]
pub fn Readers(thread: ThreadId, message: MessageId) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let node = NodeRef::<html::Dialog>::new();
    let details = store.details(thread.clone());
    let lists = move || {
        if !details.with(|details| details.receipts_available) {
            let limit = store.capabilities().with(|can| can.receipts_up_to).unwrap_or_default();
            return view! { <p>{words().receipts_off().count(limit, &[])}</p> }.into_any();
        }
        let read = store.readers(&thread, &message);
        let not = details.with(|details| {
            let others = details.people.iter().filter(|row| !row.me && !read.contains(&row.person));
            others.map(|row| row.person.clone()).collect()
        });
        view! { {list(words().readers_yes(), read)} {list(words().readers_not(), not)} }.into_any()
    };
    view! {
        <Dialog node title=words().readers() close_label=words().close() on_close=move || screen.dialog.set(None)>
            <div class="dialog__body" tabindex="0">{lists}</div>
        </Dialog>
    }
}

fn list(title: &'static str, people: Vec<Author>) -> Option<AnyView> {
    let line = |person: Author| {
        view! {
            <li class="details__person">
                <Avatar initial=person.initial.clone() hue=person.hue />
                <span class="details__name" dir="auto">{person.name.clone()}</span>
            </li>
        }
        .into_any()
    };
    (!people.is_empty()).then(|| {
        view! {
            <section>
                <h3 class="dialog__label">{title} " " <span class="numeric">{people.len().to_string()}</span></h3>
                <ul>{people.into_iter().map(line).collect::<Vec<_>>()}</ul>
            </section>
        }
        .into_any()
    })
}
