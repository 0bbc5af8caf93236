//! Another topic for a thread.

use acs_chat::ThreadId;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::{Dialog, TextField, by_touch, close_dialog};
use crate::i18n::{say_error, words};
use crate::model::rows::ActionError;
use crate::signal::{State, Value};
use crate::store::Store;
use crate::views::screen::Screen;

/// The dialog.
#[component]
pub fn Rename(thread: ThreadId) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let node = NodeRef::<html::Dialog>::new();
    let topic = State::new(store.details(thread.clone()).with_untracked(|details| details.topic.clone()));
    let error = State::new(None::<ActionError>);
    let busy = State::new(false);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let thread = thread.clone();
        spawn_local(async move {
            let outcome = store.rename(thread, topic.get_untracked()).await;
            busy.set(false);
            match outcome {
                Ok(()) => close_dialog(node),
                Err(why) => error.set(Some(why)),
            }
        });
    };
    view! {
        <Dialog node title=words().rename() close_label=words().close() on_close=move || screen.dialog.set(None)>
            <form novalidate on:submit=submit>
                <div class="dialog__body">
                    <TextField
                        id="topic"
                        label=words().topic()
                        value=topic
                        error=Value::derived(move || error.with(|error| error.as_ref().map(say_error)))
                        autofocus=!by_touch()
                    />
                </div>
                <footer class="dialog__foot">
                    <button type="button" class="button" on:click=move |_| close_dialog(node)>{words().cancel()}</button>
                    <button class="button button--primary">{words().save()}</button>
                </footer>
            </form>
        </Dialog>
    }
}
