//! A change of the thread that is on its way: a quiet line where it will be told, and what to do when it was refused.

use acs_chat::ThreadId;
use leptos::prelude::*;
use web_sys::MouseEvent;

use super::status::waiting;
use crate::components::Icon;
use crate::i18n::{say_change, say_fail_reason, words};
use crate::model::rows::{ItemKind, PendingChange, Status};
use crate::signal::Value;
use crate::store::Store;
use crate::views::screen::{OpenDialog, Screen};

/// The line.
#[component]
pub fn ChangeRow(kind: Value<ItemKind>, thread: StoredValue<ThreadId>) -> impl IntoView {
    view! {
        <li class="timeline__system timeline__change" dir="auto">
            {move || kind.with(|kind| inside(kind, thread))}
        </li>
    }
}

fn inside(kind: &ItemKind, thread: StoredValue<ThreadId>) -> Option<AnyView> {
    let ItemKind::Change { entry, change, status } = kind else { return None };
    let said = say_change(change);
    let (store, screen) = (Store::expect(), Screen::expect());
    let discard = {
        let (creates, entry) = (matches!(change, PendingChange::Create(_)), entry.clone());
        move |_: MouseEvent| {
            if creates {
                screen.dialog.set(Some(OpenDialog::DropThread(thread.get_value())));
            } else {
                thread.with_value(|thread| store.discard(thread, &entry));
            }
        }
    };
    let status = match status {
        Status::Accepted => None,
        Status::Sending => Some(
            view! { <p class="message-row__status message-row__status--late">{words().sending()}</p> }
                .into_any(),
        ),
        // Nobody else knows of it yet: it may go as it came.
        Status::Waiting { why } if matches!(change, PendingChange::Create(_)) => {
            let ways = view! { <p class="message-row__status">{way(words().discard(), discard)}</p> };
            Some(view! { {waiting(why.clone())} {ways} }.into_any())
        }
        Status::Waiting { why } => Some(waiting(why.clone()).into_any()),
        Status::Failed { why } => {
            let again = entry.clone();
            let why = words().not_done_why().with(&[&say_fail_reason(why)]);
            let retry = move |_: MouseEvent| thread.with_value(|thread| store.retry(thread, &again));
            let failed = view! {
                <p class="message-row__status">
                    <span class="message-row__why"><Icon name="warning" small=true /><span>{why}</span></span>
                    " "
                    <span class="message-row__ways">{way(words().retry(), retry)} {way(words().discard(), discard)}</span>
                </p>
            };
            Some(failed.into_any())
        }
    };
    Some(view! { <p>{said}</p> {status} }.into_any())
}

fn way(label: &'static str, press: impl Fn(MouseEvent) + 'static) -> impl IntoView {
    view! { <button type="button" class="button button--text" on:click=press>{label}</button> }
}
