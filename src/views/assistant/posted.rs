//! An answer that will be a message of the thread: it comes in the row in which the message will stand. And what is done for all
//! questions wherever one is on the screen.

use leptos::prelude::*;

use super::answer::AnswerText;
use super::turn::ending;
use crate::components::effect;
use crate::i18n::{Language, language, words};
use crate::model::assistant::{Known, Said, Stage, question};
use crate::signal::Value;
use crate::store::{ClientMessageId, Store};
use crate::text::{answer, render};
use crate::views::conversation::composer::completion::assistant_names;
use crate::views::screen::Screen;

/// The answer, as it comes.
#[component]
pub fn PostedAnswer(asked: ClientMessageId) -> impl IntoView {
    let store = Store::expect();
    let id = StoredValue::new(asked.clone());
    let state = Value::derived(move || {
        store.with_assistant(|all| {
            id.with_value(|id| all.turn(id).map(|turn| (turn.stage.clone(), !turn.answer.text().is_empty())))
        })
    });
    let way = move |words: &'static str, run: fn(Store, &ClientMessageId)| {
        let press = move |_| id.with_value(|id| run(store, id));
        view! { <button type="button" class="button button--text" on:click=press>{words}</button> }.into_any()
    };
    // One line high before there is text, as it is with its first words.
    let waits = move || {
        let waits = state.with(|state| matches!(state, Some((Stage::Asking | Stage::Answering, false))));
        waits.then(|| view! { <p class="assistant__waits">{words().being_asked()}</p> }.into_any())
    };
    // Beside the room of the row, so that it moves nothing when it goes.
    let under = move || {
        let running = state.with(|state| matches!(state, Some((Stage::Asking | Stage::Answering, _))));
        running.then(|| {
            view! {
                <p class="message-row__status assistant__under">
                    <span>{words().answering()}</span>
                    {way(words().stop(), Store::stop_answer)}
                </p>
            }
            .into_any()
        })
    };
    let failed = move || {
        state.get().filter(|(stage, _)| matches!(stage, Stage::Failed(_))).map(|(stage, says)| {
            view! {
                <div class="message-row__status">
                    {ending(&stage, says)}
                    <span class="message-row__ways">
                        {way(words().ask_again(), Store::ask_again)}
                        {way(words().discard(), Store::remove_question)}
                    </span>
                </div>
            }
            .into_any()
        })
    };
    view! {
        {waits}
        <AnswerText asked heads=false />
        {under}
        {failed}
    }
}

/// Asks what messages ask, wants a yes first, and tells screen readers what is answered: as long as whoever calls this is there.
pub fn serve() {
    let (store, screen) = (Store::expect(), Screen::expect());
    if !store.capabilities().with_untracked(|can| can.assistant) {
        return;
    }
    store.serve_assistant(asked_of, |words| question(words, &assistant_names()).map(str::to_owned));
    let stuck = Value::derived(move || {
        store.with_assistant(|all| match &all.known {
            _ if all.waiting().is_empty() || all.agreed() => None,
            Known::Nothing | Known::Asking => None,
            known => Some(known.clone()),
        })
    });
    effect(move || match stuck.get() {
        Some(Known::Off) => {
            store.decline_assistant();
            screen.toast(words().assistant_off());
        }
        // There it says what is sent where, or what is wrong.
        Some(_) if !screen.asks.get_untracked() => screen.toggle_assistant(),
        Some(_) => {}
        None => {}
    });
    effect(move || {
        store.with_assistant(|_| ());
        for said in store.take_assistant_said() {
            screen.announce(match said {
                Said::Answering => words().answering().to_owned(),
                Said::Answered(text) => render::text_of(&answer::html(&text)),
            });
        }
    });
}

/// The language of the screen, as the service calls it.
fn asked_of() -> &'static str {
    match language() {
        Language::English => "en",
        Language::Simplified => "zh-CN",
        Language::Traditional => "zh-TW",
    }
}
