//! A question and its answer, with what can be done about it.

use assistant::{Reason, Source};
use leptos::prelude::*;

use super::answer::AnswerText;
use crate::components::Icon;
use crate::i18n::{say_error, words};
use crate::model::assistant::{Assistant, Failure, Stage, Turn};
use crate::place::Place;
use crate::signal::Value;
use crate::store::{ClientMessageId, Store};
use crate::text::sanitise::safe_href;
use crate::views::conversation::composer;
use crate::views::screen::Screen;

/// What is shown of a question besides its text.
#[derive(Clone, PartialEq)]
struct Around {
    stage: Stage,
    says: bool,
    sources: Vec<Source>,
    choice_of: String,
    choices: Vec<String>,
    handed_over: bool,
    wanted_tool: bool,
}

impl Around {
    fn of(turn: &Turn) -> Self {
        Self {
            stage: turn.stage.clone(),
            says: !turn.answer.text().is_empty(),
            sources: turn.sources.clone(),
            choice_of: turn.choice_of.clone(),
            choices: turn.choices.clone(),
            handed_over: turn.handed_over,
            wanted_tool: turn.wanted_tool,
        }
    }

    fn running(&self) -> bool {
        matches!(self.stage, Stage::Asking | Stage::Answering)
    }
}

/// A question and its answer, in the panel.
#[component]
pub fn TurnView(asked: ClientMessageId, last: Value<Option<String>>) -> impl IntoView {
    let store = Store::expect();
    let question = store
        .with_assistant_untracked(|assistant| assistant.turn(&asked).map(|turn| turn.question.clone()))
        .unwrap_or_default();
    let id = StoredValue::new(asked.clone());
    let around = Value::derived(move || {
        store.with_assistant(|assistant| id.with_value(|id| assistant.turn(id).map(Around::of)))
    });
    // It only grows; of every word that is said anywhere this is asked.
    let length = Value::derived(move || {
        store.with_assistant(|all| id.with_value(|id| all.turn(id).map_or(0, |turn| turn.thought.len())))
    });
    let thinks = Value::derived(move || length.get() > 0);
    let thought = move || {
        length.track();
        let thought = |all: &Assistant| id.with_value(|id| all.turn(id).map(|turn| turn.thought.clone()));
        store.with_assistant_untracked(thought).unwrap_or_default()
    };
    let thoughts = move || {
        thinks.get().then(|| {
            view! {
                <details class="assistant__thought">
                    <summary>{words().thoughts()}</summary>
                    <p dir="auto">{thought}</p>
                </details>
            }
            .into_any()
        })
    };
    let is_last =
        Value::derived(move || last.with(|last| id.with_value(|id| last.as_deref() == Some(id.as_str()))));
    let below = move || around.get().map(|around| below(&around, id, is_last.get()).into_any());
    let busy = move || {
        let running = around.with(|around| around.as_ref().is_some_and(Around::running));
        if running { "true" } else { "false" }
    };
    view! {
        <div class="assistant__turn">
            <p class="assistant__question" dir="auto"><span class="unseen">{words().you()}{words().colon()}</span>{question}</p>
            <div class="assistant__answer" aria-busy=busy>
                {thoughts}
                <AnswerText asked heads=true />
                {below}
            </div>
        </div>
    }
}

fn below(around: &Around, id: StoredValue<ClientMessageId>, last: bool) -> impl IntoView + use<> {
    let (store, screen) = (Store::expect(), Screen::expect());
    let note = |said: bool, words: &'static str| {
        said.then(|| view! { <p class="assistant__note">{words}</p> }.into_any())
    };
    let text = move || {
        let text = |turn: &Turn| turn.answer.text().to_owned();
        store.with_assistant_untracked(|all| id.with_value(|id| all.turn(id).map(text))).unwrap_or_default()
    };
    let way = |words: &'static str, run: Callback<()>| {
        view! { <button type="button" class="button button--text" on:click=move |_| run.run(())>{words}</button> }.into_any()
    };
    let mut ways = Vec::new();
    if around.says && !around.running() {
        ways.push(way(words().copy_text(), Callback::new(move |()| screen.copy(text()))));
        let insert = move |()| {
            // Over the conversation the panel is in the way.
            if !screen.wide.get_untracked() {
                screen.asks.set(false);
            }
            composer::insert(text());
        };
        ways.push(way(words().into_composer(), Callback::new(insert)));
    }
    if !around.running() {
        ways.push(way(words().ask_again(), Callback::new(move |()| id.with_value(|id| store.ask_again(id)))));
    }
    if matches!(around.stage, Stage::Failed(_)) && around.says && goes_on(store, id) {
        let go_on = move |()| {
            let thread = store.with_assistant_untracked(|all| id.with_value(|id| all.thread_of(id)));
            if let Some(thread) = thread {
                store.ask(&thread, words().go_on_question().to_owned());
            }
        };
        ways.push(way(words().go_on(), Callback::new(go_on)));
    }
    let choices = (last && !around.running()).then(|| choices(around, id).into_any());
    view! {
        {note(around.handed_over, words().hands_over())}
        {note(around.wanted_tool, words().wanted_tool())}
        {sources(&around.sources, id)}
        {choices}
        {ending(&around.stage, around.says || !around.choices.is_empty())}
        <p class="assistant__actions">{ways}</p>
    }
}

/// It remembers what was said before, and so can go on.
fn goes_on(store: Store, id: StoredValue<ClientMessageId>) -> bool {
    store.with_assistant_untracked(|all| {
        let remembers = all.facts().is_some_and(|facts| !facts.is_built_in());
        let thread = id.with_value(|id| all.thread_of(id));
        remembers && thread.is_some_and(|thread| all.session(&thread, false).is_some())
    })
}

/// What the assistant wants to know, or proposes to ask.
fn choices(around: &Around, id: StoredValue<ClientMessageId>) -> impl IntoView + use<> {
    let store = Store::expect();
    let title = Some(around.choice_of.clone()).filter(|title| !title.is_empty());
    let choice = move |words: String| {
        let asked = words.clone();
        let ask = move |_| {
            let thread = store.with_assistant_untracked(|all| id.with_value(|id| all.thread_of(id)));
            if let Some(thread) = thread {
                store.ask(&thread, asked.clone());
            }
        };
        view! { <button type="button" class="button assistant__proposal" dir="auto" on:click=ask>{words}</button> }.into_any()
    };
    view! {
        {title.map(|title| view! { <p dir="auto">{title}</p> }.into_any())}
        {around.choices.iter().cloned().map(choice).collect::<Vec<_>>()}
    }
}

/// What an answer rests on: messages here, and pages elsewhere.
fn sources(sources: &[Source], id: StoredValue<ClientMessageId>) -> Option<AnyView> {
    let (store, screen) = (Store::expect(), Screen::expect());
    let thread = store.with_assistant_untracked(|all| id.with_value(|id| all.thread_of(id)))?;
    let line = |source: &Source| {
        let title = if source.title.is_empty() {
            source.url.clone().unwrap_or_default()
        } else {
            source.title.clone()
        };
        let title = match (&source.message_id, source.url.as_deref().and_then(safe_href)) {
            (Some(message), _) => {
                let place = Place::Thread {
                    thread: thread.clone(),
                    message: Some(acs_chat::MessageId::new(message.as_str())),
                };
                let leave = move |_| {
                    if !screen.wide.get_untracked() {
                        screen.asks.set(false);
                    }
                };
                view! { <a href=place.fragment() dir="auto" on:click=leave>{title}</a> }.into_any()
            }
            (None, Some(href)) => {
                view! { <a href=href dir="auto" target="_blank" rel="noopener noreferrer">{title}</a> }
                    .into_any()
            }
            (None, None) => view! { <span dir="auto">{title}</span> }.into_any(),
        };
        view! { <li><span class="assistant__number">{source.number.clone()}</span> {title}</li> }.into_any()
    };
    (!sources.is_empty()).then(|| {
        view! {
            <div class="assistant__sources">
                <h3>{words().sources()}</h3>
                <ul>{sources.iter().map(line).collect::<Vec<_>>()}</ul>
            </div>
        }
        .into_any()
    })
}

/// How it stands, or how it ended, unless it ended well.
pub(super) fn ending(stage: &Stage, says: bool) -> Option<AnyView> {
    let said = match stage {
        Stage::Asking => words().being_asked(),
        Stage::Answering => words().answering(),
        Stage::Done(Reason::Stopped) => words().answer_stopped(),
        Stage::Done(Reason::Length) => words().answer_length(),
        Stage::Done(Reason::Filtered) => words().answer_filtered(),
        Stage::Done(Reason::Cut) => words().answer_cut(),
        Stage::Done(Reason::End) if says => return None,
        Stage::Done(Reason::End) => words().answer_none(),
        Stage::Failed(why) => return Some(failed(why).into_any()),
    };
    Some(view! { <p class="assistant__note">{said}</p> }.into_any())
}

fn failed(why: &Failure) -> impl IntoView + use<> {
    view! {
        <p class="assistant__note assistant__note--failed" role="alert">
            <Icon name="warning" small=true />
            <span>{say_failure(why)}</span>
        </p>
    }
}

/// Why there is no answer, or no more of it (`docs/assistant.md`).
fn say_failure(why: &Failure) -> String {
    let (code, told) = match why {
        Failure::Refused(error) => return say_error(error),
        Failure::Told { code, words } => (code.as_str(), words),
    };
    let words = words();
    let said = match code {
        "notConfigured" => words.assistant_not_ready(),
        "keyRefused" => words.fail_key(),
        "refused" => words.fail_refused(),
        "tooLong" => words.fail_long(),
        "unreachable" => words.fail_unreachable(),
        "busy" => words.fail_busy(),
        "notAStream" => words.fail_no_stream(),
        "brokenReply" => words.fail_broken(),
        "brokenOff" => words.fail_broken_off(),
        "serverError" => words.fail_server(),
        "silent" => words.fail_silent(),
        "tookTooLong" => words.fail_time(),
        "notPosted" => words.fail_not_posted(),
        // A later service has more to say, in English.
        _ if !told.is_empty() => return told.clone(),
        _ => words.fail_broken(),
    };
    said.to_owned()
}
