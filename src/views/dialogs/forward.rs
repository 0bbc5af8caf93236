//! A message said again in another thread.

use leptos::html;
use leptos::prelude::*;

use crate::components::{Dialog, by_touch, close_dialog};
use crate::i18n::words;
use crate::model::priority::Priority;
use crate::model::rows::{Access, SendKind, ThreadRow};
use crate::platform::letters::lower_case;
use crate::signal::State;
use crate::store::Store;
use crate::text::markdown;
use crate::views::screen::Screen;

/// The dialog: the threads, of which one is pressed.
#[component]
pub fn Forward(said: String) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let node = NodeRef::<html::Dialog>::new();
    let typed = State::new(String::new());
    let rows = store.thread_rows();
    let said = StoredValue::new(said);
    let choose = move |row: &ThreadRow| {
        let said = said.with_value(|said| markdown::as_html(said));
        store.send(&row.id, said, SendKind::Html, Priority::Normal);
        screen.toast(words().forwarded());
        close_dialog(node);
    };
    let line = move |row: ThreadRow| {
        let topic = row.topic.clone();
        view! {
            <li>
                <button type="button" class="menu__item" dir="auto" on:click=move |_| choose(&row)>{topic}</button>
            </li>
        }
        .into_any()
    };
    let shown = move || {
        let typed = lower_case(typed.get().trim());
        let open = |row: &&ThreadRow| row.access == Access::Open && lower_case(&row.topic).contains(&typed);
        rows.with(|rows| rows.iter().filter(open).cloned().map(line).collect::<Vec<_>>())
    };
    view! {
        <Dialog node title=words().forward() close_label=words().close() on_close=move || screen.dialog.set(None)>
            <div class="dialog__body dialog__body--list">
                <input
                    class="field__input"
                    type="search"
                    id="forward-filter"
                    dir="auto"
                    autocomplete="off"
                    autofocus=!by_touch()
                    placeholder=words().filter_by_topic()
                    aria-label=words().filter_by_topic()
                    on:input=move |event| typed.set(event_target_value(&event))
                />
                <ul>{shown}</ul>
            </div>
        </Dialog>
    }
}
