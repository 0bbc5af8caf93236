//! The right column: topic, people, and what can be done with the thread.

use acs_chat::{Metadata, ThreadId};
use leptos::prelude::*;

use super::conversation::header::PANEL_BUTTON;
use super::keyed::{Rows, keyed};
use super::keys::focus_first;
use super::later::{Later, Part};
use super::screen::{OpenDialog, Panel, Screen};
use crate::components::{Avatar, Icon, IconButton, effect};
use crate::i18n::{said_by, words};
use crate::model::rows::{PersonRow, ThreadDetails};
use crate::place::Place;
use crate::platform::{address, locale};
use crate::signal::Value;
use crate::store::Store;

/// The panel of an open thread.
#[component]
pub fn Details(thread: ThreadId) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let details = store.details(thread.clone());
    let id = StoredValue::new(thread);
    let ask = move |dialog: fn(ThreadId) -> OpenDialog| screen.dialog.set(Some(dialog(id.get_value())));
    let copy = move || screen.copy(address::whole(&Place::thread(id.get_value()).fragment()));
    let close = move || {
        screen.panel.set(Panel::Closed);
        focus_first(PANEL_BUTTON);
    };
    // Over the conversation it takes the focus, since it takes the place.
    effect(move || {
        if screen.panel.get() == Panel::Open && !screen.wide.get_untracked() {
            focus_first(".details__head button");
        }
    });
    view! {
        <aside class="layout__details details" aria-label=words().details()>
            <header class="details__head">
                <h2 class="details__title">{words().details()}</h2>
                <IconButton icon="close" label=words().close() on_press=close />
            </header>
            <div class="details__scroll">
                <section class="details__section">
                    <h3 class="details__label">{words().topic()}</h3>
                    <div class="details__row">
                        <span>
                            <span dir="auto">{move || details.with(|details| details.topic.clone())}</span>
                            <span class="details__note details__under">{move || details.with(created)}</span>
                            <span class="details__note details__under">{move || details.with(deleted_after)}</span>
                        </span>
                        <IconButton icon="edit" label=words().rename() on_press=move || ask(OpenDialog::Rename) />
                    </div>
                </section>
                <People details thread=id />
                {move || details.with(|details| metadata(&details.metadata))}
                <Later part=Part::TranslateThread(id.get_value()) />
                <section class="details__section">
                    {action("link", words().copy_address(), copy)}
                    {action("leave", words().leave_thread(), move || ask(OpenDialog::Leave))}
                    {action("delete", words().delete_thread(), move || ask(OpenDialog::DeleteThread))}
                </section>
            </div>
        </aside>
    }
}

fn action(icon: &'static str, words: &'static str, run: impl Fn() + 'static) -> impl IntoView {
    view! {
        <button type="button" class="details__action" on:click=move |_| run()>
            <Icon name=icon />
            {words}
        </button>
    }
}

fn created(details: &ThreadDetails) -> Option<String> {
    let day = locale::day(details.created_on?);
    Some(said_by(words().created_on(), details.created_by.as_ref(), &day))
}

fn deleted_after(details: &ThreadDetails) -> Option<String> {
    Some(words().deleted_after().count(details.deleted_after_days?, &[]))
}

/// What applications keep with the thread, to read only: those who wrote it know what it means. Whoever wrote it chose its
/// letters too, so each text keeps its direction to itself.
#[must_use]
pub fn metadata(metadata: &Metadata) -> Option<impl IntoView + use<>> {
    let pairs: Vec<_> = metadata
        .iter()
        .map(|(key, value)| {
            let (key, value) = (key.to_owned(), value.clone());
            view! {
                <dt class="details__note" dir="auto">{key}</dt>
                <dd class="details__value" dir="auto">{value}</dd>
            }
        })
        .collect();
    (!pairs.is_empty()).then(|| {
        view! {
            <section class="details__section">
                <h3 class="details__label">{words().metadata()}</h3>
                <dl>{pairs}</dl>
            </section>
        }
    })
}

/// Who is in the thread, and adding somebody.
#[component]
fn People(details: Value<ThreadDetails>, thread: StoredValue<ThreadId>) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let people = keyed(
        move || details.with(|details| details.people.clone()),
        |row| row.person.id.as_str(),
        move |row| {
            view! { <li class="details__person">{move || row.with(|row| person(row, thread))}</li> }
                .into_any()
        },
    );
    let count = move || people.with(|people| people.len().to_string());
    let receipts = move || {
        let limit = store.capabilities().with(|can| can.receipts_up_to).unwrap_or_default();
        details.with(|details| details.people_loaded && !details.receipts_available).then(
            || view! { <p class="details__note details__after">{words().receipts_off().count(limit, &[])}</p> },
        )
    };
    view! {
        <section class="details__section">
            <h3 class="details__label">{words().people()} " " <span class="numeric">{count}</span></h3>
            <ul>
                <Rows rows=people />
            </ul>
            {action(
                "add-person",
                words().add_people(),
                move || screen.dialog.set(Some(OpenDialog::AddPeople(thread.get_value()))),
            )}
            {receipts}
        </section>
    }
}

fn person(row: &PersonRow, thread: StoredValue<ThreadId>) -> impl IntoView + use<> {
    let screen = Screen::expect();
    let who = row.person.clone();
    let take_out = (!row.me).then(|| {
        let label = words().take_out().with(&[&who.name]);
        let who = who.clone();
        let ask = move || screen.dialog.set(Some(OpenDialog::TakeOut(thread.get_value(), who.clone())));
        view! { <IconButton icon="close" label on_press=ask /> }
    });
    view! {
        <Avatar initial=who.initial.clone() hue=who.hue />
        <span>
            <span class="details__name" dir="auto">{who.name.clone()}</span>
            <span class="details__note">{facts(row)}</span>
        </span>
        {take_out}
    }
}

/// `You · since 12 October · reads from 16 November`.
fn facts(row: &PersonRow) -> String {
    let me = row.me.then(|| words().you().to_owned());
    let since = row.since.map(|at| words().since().with(&[&locale::day(at)]));
    let reads = row.history_from.map(|at| words().reads_from().with(&[&locale::day(at)]));
    [me, since, reads].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
