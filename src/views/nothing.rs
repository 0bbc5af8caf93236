//! The conversation's place while no thread is open: what to do next.

use leptos::prelude::*;

use crate::components::Icon;
use crate::i18n::words;
use crate::place::{CurrentPlace, Place};
use crate::signal::Value;
use crate::store::Store;

/// What to do: start a thread, or choose one.
#[component]
pub fn Nothing() -> impl IntoView {
    let (store, place) = (Store::expect(), CurrentPlace::expect());
    let empty = Value::derived(move || store.thread_rows().with(Vec::is_empty));
    let page = move || {
        let (title, body) = if empty.get() {
            (words().nothing_title(), words().nothing_body())
        } else {
            (words().pick_title(), words().pick_body())
        };
        if !store.threads_loaded().get() {
            // Until the list is here nobody knows which of the two it is.
            return view! { <h1 class="unseen">"Natter"</h1> }.into_any();
        }
        view! {
            <div class="timeline__empty">
                <h1>{title}</h1>
                <p>{body}</p>
                <div class="timeline__actions">{start_thread(place)}</div>
                <p class="timeline__hint">
                    {words().keys_before()} " " <kbd class="key">"?"</kbd> " " {words().keys_after()}
                </p>
            </div>
        }
        .into_any()
    };
    view! { {page} }
}

/// The button that begins a thread, where there is none to show.
pub fn start_thread(place: CurrentPlace) -> AnyView {
    view! {
        <button type="button" class="button button--primary" on:click=move |_| place.go(&Place::New)>
            <Icon name="new" small=true />
            {words().new_thread()}
        </button>
    }
    .into_any()
}
