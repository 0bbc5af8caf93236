//! The assistant beside a conversation: what is asked there in private, and what it answers.
//!
//! Before the first question it says who answers and what is sent where, and wants a yes. [`answer`] draws text as it comes,
//! [`turn`] is a question with its answer, [`form`] where one asks, [`posted`] an answer that will be a message of the thread.

pub mod answer;
pub mod form;
pub mod posted;
pub mod turn;

use acs_chat::ThreadId;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use self::form::AskForm;
pub use self::posted::{PostedAnswer, serve};
use self::turn::TurnView;
use super::conversation::header::ASSISTANT_BUTTON;
use super::keyed::{Rows, keyed};
use super::keys::focus_first;
use super::screen::Screen;
use crate::components::{IconButton, by_touch, effect};
use crate::i18n::{say_error, words};
use crate::model::assistant::{Facts, Known};
use crate::signal::Value;
use crate::store::{ClientMessageId, Store};

/// As far from the end one still is at it, in pixels.
const AT_END: i32 = 24;

/// The panel of a thread.
#[component]
pub fn AssistantPanel(thread: ThreadId) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    store.look_for_assistant();
    let state = Value::derived(move || {
        store.with_assistant(|assistant| (assistant.known.clone(), assistant.agreed()))
    });
    let close = move || {
        screen.asks.set(false);
        focus_first(ASSISTANT_BUTTON);
    };
    let escape = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" && !event.is_composing() {
            event.stop_propagation();
            close();
        }
    };
    let thread = StoredValue::new(thread);
    let anew = move || {
        let asked = store
            .with_assistant(|assistant| thread.with_value(|thread| assistant.turns(thread).next().is_some()));
        asked.then(|| {
            let forget = move |_| {
                thread.with_value(|thread| store.begin_assistant_anew(thread));
                focus_first(form::FIELD);
            };
            view! {
                <button type="button" class="button button--text assistant__anew" on:click=forget>
                    {words().ask_anew()}
                </button>
            }
            .into_any()
        })
    };
    let inside = move || match state.get() {
        (Known::Facts(facts), true) if facts.ready => talk(thread).into_any(),
        (Known::Facts(facts), _) if facts.ready => consent(&facts).into_any(),
        (Known::Facts(_), _) => trouble(words().assistant_not_ready().to_owned(), None).into_any(),
        (Known::Off, _) => trouble(words().assistant_off().to_owned(), None).into_any(),
        (Known::Failed(error), _) => {
            let retry = Callback::new(move |()| store.look_for_assistant());
            trouble(say_error(&error), Some(retry)).into_any()
        }
        (Known::Nothing | Known::Asking, _) => view! { <div class="assistant__scroll"></div> }.into_any(),
    };
    // The focus goes where one goes on: when the panel was asked for, and when what had it made room for something else.
    let wanted = StoredValue::new(screen.take_assistant_focus());
    effect(move || {
        state.track();
        request_animation_frame(move || {
            let lost = document().active_element().is_none_or(|focused| focused.tag_name() == "BODY");
            if !lost && wanted.try_get_value() != Some(true) {
                return;
            }
            // A field would raise a keyboard.
            let field = if by_touch() { ".assistant__head button" } else { form::FIELD };
            let there = |found: &&str| document().query_selector(found).ok().flatten().is_some();
            if let Some(to) = [".assistant__start", field].into_iter().find(there) {
                let _ = wanted.try_set_value(false);
                focus_first(to);
            }
        });
    });
    let narrow = screen.narrow;
    let way_out = move || {
        if narrow.get() {
            view! { <IconButton icon="back" label=words().close() class="assistant__back" on_press=close /> }
                .into_any()
        } else {
            ().into_any()
        }
    };
    let cross = move || {
        (!narrow.get())
            .then(|| view! { <IconButton icon="close" label=words().close() on_press=close /> }.into_any())
    };
    view! {
        <aside class="layout__details details assistant" aria-label=words().assistant() on:keydown=escape>
            <header class="details__head assistant__head">
                {way_out}
                <h2 class="details__title">{words().assistant()}</h2>
                {anew}
                {cross}
            </header>
            {inside}
        </aside>
    }
}

/// What is sent where, and whether that is wanted.
fn consent(facts: &Facts) -> impl IntoView + use<> {
    let (store, screen) = (Store::expect(), Screen::expect());
    let who = match &facts.sent_to {
        Some(host) => words().answers_elsewhere().with(&[host]),
        None if facts.is_built_in() => words().answers_built_in().to_owned(),
        None => words().answers_here().to_owned(),
    };
    let model = facts.model.as_ref().map(|model| words().answers_model().with(&[model]));
    let no = move |_| {
        store.decline_assistant();
        screen.asks.set(false);
        focus_first(ASSISTANT_BUTTON);
    };
    view! {
        <div class="assistant__scroll assistant__consent">
            <h3>{words().before_asking()}</h3>
            <p>{who} " " {model}</p>
            <p>{words().ask_private()}</p>
            <p>{words().answers_may_err()}</p>
            <p class="assistant__ways">
                <button
                    type="button"
                    class="button button--primary assistant__start"
                    on:click=move |_| store.agree_to_assistant()
                >
                    {words().use_assistant()}
                </button>
                <button type="button" class="button" on:click=no>{words().not_now()}</button>
            </p>
        </div>
    }
}

fn trouble(said: String, retry: Option<Callback<()>>) -> impl IntoView {
    view! {
        <div class="assistant__scroll assistant__consent">
            <p role="alert">{said}</p>
            {retry
                .map(|retry| {
                    view! {
                        <button type="button" class="button assistant__start" on:click=move |_| retry.run(())>
                            {words().retry()}
                        </button>
                    }
                        .into_any()
                })}
        </div>
    }
}

/// Questions and answers, and where one asks.
fn talk(thread: StoredValue<ThreadId>) -> impl IntoView {
    let store = Store::expect();
    let asked = move || {
        store.with_assistant(|assistant| {
            thread.with_value(|thread| {
                assistant.turns(thread).map(|turn| turn.id.as_str().to_owned()).collect::<Vec<_>>()
            })
        })
    };
    let last = Value::derived(move || asked().pop());
    let rows = keyed(
        asked,
        |id| id.as_str(),
        move |id| {
            let id = ClientMessageId::new(id.get_untracked());
            view! { <TurnView asked=id last /> }.into_any()
        },
    );
    let (scroller, inner) = (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new());
    let following = follow_end(scroller, inner);
    effect(move || {
        // Whoever asks wants to see what comes of it.
        last.track();
        following.set_value(true);
    });
    let nothing = move || {
        last.with(Option::is_none).then(|| {
            let propose = |question: &'static str| {
                let ask = move |_| thread.with_value(|thread| store.ask(thread, question.to_owned()));
                view! { <button type="button" class="button assistant__proposal" on:click=ask>{question}</button> }
                    .into_any()
            };
            let questions = [words().ask_missed(), words().ask_summary(), words().ask_dates()];
            view! {
                <div class="assistant__empty">
                    <p>{words().ask_private()}</p>
                    {questions.map(propose).into_iter().collect::<Vec<_>>()}
                </div>
            }
            .into_any()
        })
    };
    let before = StoredValue::new(0);
    let scrolled = move |_| {
        if let Some(scroller) = scroller.get_untracked() {
            let top = scroller.scroll_top();
            let at_end = scroller.scroll_height() - scroller.client_height() - top <= AT_END;
            // More may have come below since the end was gone to: only who goes up leaves it.
            let up = before.try_update_value(|before| top < std::mem::replace(before, top)) == Some(true);
            if at_end || up {
                following.set_value(at_end);
            }
        }
    };
    view! {
        <div
            class="assistant__scroll"
            node_ref=scroller
            role="region"
            aria-label=words().assistant()
            tabindex="0"
            on:scroll=scrolled
        >
            <div class="assistant__talk" node_ref=inner>
                {nothing}
                <Rows rows />
            </div>
        </div>
        <AskForm thread />
    }
}

/// Stays at the end while what is inside grows, for as long as the value says so.
fn follow_end(scroller: NodeRef<html::Div>, inner: NodeRef<html::Div>) -> StoredValue<bool> {
    let following = StoredValue::new(true);
    let observer = StoredValue::new_local(None::<(web_sys::ResizeObserver, Closure<dyn FnMut()>)>);
    effect(move || {
        let Some(inner) = inner.get() else { return };
        let grown = Closure::<dyn FnMut()>::new(move || {
            if let Some(scroller) = scroller.try_get_untracked().flatten()
                && following.try_get_value() == Some(true)
            {
                scroller.set_scroll_top(scroller.scroll_height());
            }
        });
        if let Ok(watching) = web_sys::ResizeObserver::new(grown.as_ref().unchecked_ref()) {
            watching.observe(&inner);
            observer.set_value(Some((watching, grown)));
        }
    });
    on_cleanup(move || {
        if let Some((watching, _)) = observer.try_update_value(Option::take).flatten() {
            watching.disconnect();
        }
    });
    following
}
