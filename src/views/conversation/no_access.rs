//! A thread that is not open to me: why, and a way out with my own words.

use acs_chat::ThreadId;
use leptos::prelude::*;

use crate::i18n::words;
use crate::model::rows::Access;
use crate::place::{CurrentPlace, Place};
use crate::store::Store;
use crate::views::screen::Screen;

/// The page in the place of the conversation.
#[component]
pub fn NoAccess(thread: ThreadId, access: Access, said: String) -> impl IntoView {
    let (store, place, screen) = (Store::expect(), CurrentPlace::expect(), Screen::expect());
    let draft = store.draft(&thread);
    let copy = (!draft.trim().is_empty()).then(|| {
        view! {
            <button type="button" class="button" on:click=move |_| screen.copy(draft.clone())>
                {words().copy_draft()}
            </button>
        }
        .into_any()
    });
    let why = if access == Access::Removed { words().no_access_removed() } else { words().no_access_gone() };
    view! {
        <div class="timeline__empty">
            <h1>{words().no_access()}</h1>
            <p>{why}</p>
            <div class="timeline__actions">
                {copy}
                <button type="button" class="button" on:click=move |_| place.go(&Place::Threads)>
                    {words().back_to_threads()}
                </button>
            </div>
            {(!said.is_empty()).then(|| view! { <p class="timeline__hint">{words().service_said().with(&[&said])}</p> }.into_any())}
        </div>
    }
}
