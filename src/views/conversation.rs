//! A thread: its header, what is wrong, its messages, who is typing, and the composer.
//!
//! The whole is built anew for each thread, so nothing typed or scrolled in one can turn up in another.

pub mod change_row;
pub mod composer;
mod copying;
pub mod guess;
pub mod header;
pub mod list;
pub mod message_row;
pub mod no_access;
pub mod reading;
pub mod row_actions;
pub mod status;
pub mod timeline;
pub mod trouble;

use acs_chat::ThreadId;
use leptos::prelude::*;

use self::composer::{Composer, Writing};
use self::header::Header;
use self::no_access::NoAccess;
use self::timeline::Timeline;
use self::trouble::Trouble;
use crate::i18n::say_typing;
use crate::model::rows::TimelineState;
use crate::signal::Value;
use crate::store::Store;

/// The middle column of an open thread.
#[component]
pub fn Conversation(thread: ThreadId) -> impl IntoView {
    let store = Store::expect();
    let state = store.timeline_state(thread.clone());
    let refused = Value::derived(move || {
        state.with(|state| match state {
            TimelineState::NoAccess { access, said } => Some((*access, said.clone())),
            _ => None,
        })
    });
    move || match refused.get() {
        Some((access, said)) => view! { <NoAccess thread=thread.clone() access said /> }.into_any(),
        None => open_thread(thread.clone()).into_any(),
    }
}

fn open_thread(thread: ThreadId) -> impl IntoView {
    let store = Store::expect();
    let writing = Writing::new(thread.clone());
    let typing = store.typing(thread.clone());
    let who_types = move || {
        typing.with(|people| {
            let names: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
            if names.is_empty() { String::new() } else { say_typing(&names) }
        })
    };
    view! {
        <Header thread=thread.clone() />
        <Trouble />
        <Timeline thread=thread.clone() writing />
        <p class="timeline__typing" dir="auto">{who_types}</p>
        <Composer thread writing />
    }
}
