//! A change of the thread that is on its way: a quiet line where it will be told, and what to do when it was refused.

use acs_chat::ThreadId;
use leptos::prelude::*;

use super::status::waiting;
use crate::components::Icon;
use crate::i18n::{say_change, say_fail_reason, words};
use crate::model::rows::{ItemKind, Status};
use crate::signal::Value;
use crate::store::Store;

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
    let status = match status {
        Status::Accepted => None,
        Status::Sending => Some(
            view! { <p class="message-row__status message-row__status--late">{words().sending()}</p> }
                .into_any(),
        ),
        Status::Waiting { why } => Some(waiting(why.clone()).into_any()),
        Status::Failed { why } => {
            let store = Store::expect();
            let (again, away) = (entry.clone(), entry.clone());
            let why = words().not_done_why().with(&[&say_fail_reason(why)]);
            let retry = move |_| thread.with_value(|thread| store.retry(thread, &again));
            let discard = move |_| thread.with_value(|thread| store.discard(thread, &away));
            let failed = view! {
                <p class="message-row__status">
                    <span class="message-row__why"><Icon name="warning" small=true /><span>{why}</span></span>
                    " "
                    <span class="message-row__ways">
                        <button type="button" class="button button--text" on:click=retry>{words().retry()}</button>
                        <button type="button" class="button button--text" on:click=discard>{words().discard()}</button>
                    </span>
                </p>
            };
            Some(failed.into_any())
        }
    };
    Some(view! { <p>{said}</p> {status} }.into_any())
}
