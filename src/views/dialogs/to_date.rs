//! Which day of a thread to go to.

use acs_chat::{ThreadId, Timestamp};
use leptos::html;
use leptos::prelude::*;

use crate::components::{Dialog, TextField, close_dialog};
use crate::i18n::words;
use crate::platform::locale;
use crate::signal::{State, Value};
use crate::views::screen::Screen;

/// The dialog. It only says what is wanted; the timeline goes there.
#[component]
pub fn ToDate(thread: ThreadId, at: Timestamp) -> impl IntoView {
    let screen = Screen::expect();
    let node = NodeRef::<html::Dialog>::new();
    let day = State::new(locale::date_field(at));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if let Some(at) = locale::day_of_field(&day.get_untracked()) {
            close_dialog(node);
            screen.wanted.set(Some((thread.clone(), at)));
        }
    };
    view! {
        <Dialog node title=words().to_date() close_label=words().close() on_close=move || screen.dialog.set(None)>
            <form novalidate on:submit=submit>
                <div class="dialog__body">
                    <TextField
                        id="date"
                        label=words().date()
                        kind="date"
                        value=day
                        error=Value::fixed(None)
                        autofocus=true
                    />
                </div>
                <footer class="dialog__foot">
                    <button type="button" class="button" on:click=move |_| close_dialog(node)>{words().cancel()}</button>
                    <button class="button button--primary">{words().go()}</button>
                </footer>
            </form>
        </Dialog>
    }
}
