//! A new thread: what it is about, and who is in it.

use acs_chat::ThreadId;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::people_field::{People, PeopleField};
use super::{error_line, failures};
use crate::components::{Dialog, TextField, by_touch, close_dialog, effect};
use crate::i18n::{say_error, words};
use crate::model::rows::{ActionError, AddOutcome, InvalidInput};
use crate::place::{CurrentPlace, Place};
use crate::signal::{State, Value};
use crate::store::Store;

/// The dialog. It is a place of its own; on leaving it, what was `behind` it is shown again.
#[component]
pub fn NewThread(behind: Option<ThreadId>) -> impl IntoView {
    let (store, place) = (Store::expect(), CurrentPlace::expect());
    let node = NodeRef::<html::Dialog>::new();
    let topic = State::new(String::new());
    let people = People::new();
    let by_name = store.capabilities().with_untracked(|can| can.people_by_name);
    let error = State::new(None::<ActionError>);
    let busy = State::new(false);
    let made = State::new(None::<(ThreadId, AddOutcome)>);
    let leave = move || {
        let to = made.get_untracked().map(|(thread, _)| thread).or_else(|| behind.clone());
        place.replace(to.map_or(Place::Threads, Place::thread));
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() || !people.complete(by_name) {
            return;
        }
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let who = people.chosen.get_untracked();
            let outcome = store.create_thread(topic.get_untracked(), who).await;
            busy.set(false);
            match outcome {
                Ok((thread, outcome)) => {
                    let all = outcome.failed.is_empty();
                    made.set(Some((thread, outcome)));
                    if all {
                        close_dialog(node);
                    }
                }
                Err(why) => error.set(Some(why)),
            }
        });
    };
    let at_topic = |error: &ActionError| {
        matches!(error, ActionError::Invalid(InvalidInput::EmptyTopic | InvalidInput::TopicTooLong { .. }))
    };
    let topic_error =
        Value::derived(move || error.with(|error| error.as_ref().filter(|why| at_topic(why)).map(say_error)));
    let other_error = State::new(None);
    effect(move || other_error.set(error.get().filter(|why| !at_topic(why))));
    let hint = if by_name { words().who_hint_name() } else { words().who_hint_id() };
    let form = move || {
        match made.get() {
        Some((_, outcome)) => view! {
            <div class="dialog__body">{failures(&outcome)}</div>
            <footer class="dialog__foot">
                <button type="button" class="button button--primary" on:click=move |_| close_dialog(node)>
                    {words().open_thread()}
                </button>
            </footer>
        }
        .into_any(),
        None => view! {
            <form novalidate on:submit=submit>
                <div class="dialog__body">
                    <TextField
                        id="topic"
                        label=words().topic()
                        value=topic
                        error=topic_error
                        placeholder=words().topic_example()
                        autofocus=!by_touch()
                    />
                    <PeopleField people hint=hint.to_owned() autofocus=false />
                    {error_line(other_error)}
                </div>
                <footer class="dialog__foot">
                    <button type="button" class="button" on:click=move |_| close_dialog(node)>{words().cancel()}</button>
                    <button class="button button--primary">{words().create()}</button>
                </footer>
            </form>
        }
        .into_any(),
    }
    };
    view! { <Dialog node title=words().new_thread() close_label=words().close() on_close=leave>{form}</Dialog> }
}
