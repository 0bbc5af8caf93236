//! Where one asks: nothing is asked while an input method composes, and what was begun is kept.

use acs_chat::ThreadId;
use leptos::html;
use leptos::prelude::*;

use crate::components::{Icon, effect};
use crate::i18n::words;
use crate::model::assistant::{Context, Turn};
use crate::signal::Value;
use crate::store::Store;

/// The field.
pub(super) const FIELD: &str = "#ask-assistant";

/// The field, what goes along, and the button, which stops what is running.
#[component]
pub fn AskForm(thread: StoredValue<ThreadId>) -> impl IntoView {
    let store = Store::expect();
    let node = NodeRef::<html::Textarea>::new();
    let running = Value::derived(move || {
        store.with_assistant(|all| {
            let last = thread.with_value(|thread| all.turns(thread).next_back().cloned());
            last.filter(Turn::is_running).map(|turn| turn.id)
        })
    });
    let longest =
        store.with_assistant_untracked(|all| all.facts().map_or(4_000, |facts| facts.question_chars));
    effect(move || {
        if let Some(field) = node.get() {
            let draft = store
                .with_assistant_untracked(|all| thread.with_value(|thread| all.draft(thread).to_owned()));
            if field.value().is_empty() && !draft.is_empty() {
                field.set_value(&draft);
            }
        }
    });
    let keep = move || {
        if let Some(field) = node.get_untracked() {
            thread.with_value(|thread| store.set_question_draft(thread, field.value()));
        }
    };
    let ask = move || {
        let Some(field) = node.get_untracked() else { return };
        let question = field.value().trim().to_owned();
        if question.is_empty() {
            return;
        }
        field.set_value("");
        keep();
        thread.with_value(|thread| store.ask(thread, question));
    };
    let stop = move || {
        if let Some(running) = running.get_untracked() {
            store.stop_answer(&running);
        }
        if let Some(field) = node.get_untracked() {
            let _ = field.focus();
        }
    };
    let key = move |event: web_sys::KeyboardEvent| {
        // 229 is how Safari says it for the Enter that ends a composition.
        let plain = !event.is_composing() && event.key_code() != 229;
        if plain && event.key() == "Enter" && !event.shift_key() && !event.alt_key() {
            event.prevent_default();
            ask();
        }
    };
    let chosen = move || store.with_assistant(|all| thread.with_value(|thread| all.context(thread))).name();
    let choose = move |event| {
        let name = event_target_value(&event);
        if let Some(context) = Context::ALL.into_iter().find(|context| context.name() == name) {
            thread.with_value(|thread| store.set_assistant_context(thread, context));
        }
    };
    let option = move |context: Context| {
        let selected = move || chosen() == context.name();
        view! { <option value=context.name() prop:selected=selected>{said(context)}</option> }.into_any()
    };
    let button = move || {
        if running.with(Option::is_some) {
            view! {
                <button
                    type="button"
                    class="button button--icon button--primary assistant__stop"
                    title=words().stop()
                    aria-label=words().stop()
                    on:click=move |_| stop()
                >
                    <Icon name="stop" />
                </button>
            }
            .into_any()
        } else {
            view! {
                <button class="button button--icon button--primary composer__send" title=words().ask() aria-label=words().ask()>
                    <Icon name="send" />
                </button>
            }
            .into_any()
        }
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        ask();
    };
    view! {
        <form class="assistant__foot" aria-label=words().ask_assistant() on:submit=submit>
            <div class="composer__box">
                <textarea
                    class="composer__input"
                    id="ask-assistant"
                    node_ref=node
                    rows="1"
                    dir="auto"
                    enterkeyhint="send"
                    maxlength=longest.to_string()
                    placeholder=words().ask_assistant()
                    aria-label=words().ask_assistant()
                    on:input=move |_| keep()
                    on:keydown=key
                ></textarea>
                {button}
            </div>
            <label class="assistant__along">
                <span>{words().goes_along()}</span>
                <select on:change=choose>{Context::ALL.map(option).into_iter().collect::<Vec<_>>()}</select>
            </label>
        </form>
    }
}

fn said(context: Context) -> &'static str {
    match context {
        Context::None => words().along_none(),
        Context::Unread => words().along_unread(),
        Context::Recent => words().along_recent(),
        Context::Thread => words().along_thread(),
    }
}
