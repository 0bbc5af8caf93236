//! More people for a thread, and how much of the past they may read.

use acs_chat::ThreadId;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::people_field::{People, PeopleField, shown_name};
use super::{error_line, failures};
use crate::components::{Dialog, by_touch, close_dialog};
use crate::i18n::words;
use crate::model::rows::{ActionError, AddOutcome, History, NewPerson};
use crate::platform::locale;
use crate::signal::{State, Value};
use crate::store::Store;
use crate::views::screen::Screen;

/// The dialog.
#[component]
pub fn AddPeople(thread: ThreadId) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let node = NodeRef::<html::Dialog>::new();
    let people = People::new();
    let details = store.details(thread.clone());
    let (by_name, limit) = store.capabilities().with_untracked(|can| (can.people_by_name, can.participants));
    let history = State::new(0_usize);
    let since = State::new(String::new());
    let error = State::new(None::<ActionError>);
    let outcome = State::new(None::<AddOutcome>);
    let busy = State::new(false);
    let hint = Value::derived(move || {
        let taken = details.with(|details| details.people.len());
        let places = words().places().with(&[&taken.to_string(), &limit.to_string()]);
        if by_name { places } else { [&places, " ", words().who_hint_id()].concat() }
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let who =
            people.complete(by_name).then(|| people.chosen.get_untracked()).filter(|who| !who.is_empty());
        let wanted = history_of(history.get_untracked(), &since.get_untracked());
        let (Some(who), Some(wanted), false) = (who, wanted, busy.get_untracked()) else { return };
        busy.set(true);
        error.set(None);
        let thread = thread.clone();
        spawn_local(async move {
            let result = store.add_people(thread, who, wanted).await;
            busy.set(false);
            match result {
                Ok(result) if result.failed.is_empty() => close_dialog(node),
                Ok(result) => {
                    // A retry is for those who were not added.
                    people.chosen.update(|chosen| chosen.retain(|person| is_failed(&result, person)));
                    outcome.set(Some(result));
                }
                Err(why) => error.set(Some(why)),
            }
        });
    };
    let button = move || {
        let count = u32::try_from(people.chosen.with(Vec::len)).unwrap_or(u32::MAX);
        match (outcome.with(Option::is_some), count) {
            (true, _) => words().retry().to_owned(),
            (false, 0) => words().add_people().to_owned(),
            (false, count) => words().add_n().count(count, &[]),
        }
    };
    view! {
        <Dialog node title=words().add_people() close_label=words().close() on_close=move || screen.dialog.set(None)>
            <form novalidate on:submit=submit>
                <div class="dialog__body">
                    <PeopleField people hint autofocus=!by_touch() />
                    <HistoryChoice history since />
                    {move || outcome.with(|outcome| outcome.as_ref().map(failures))}
                    {error_line(error)}
                </div>
                <footer class="dialog__foot">
                    <button type="button" class="button" on:click=move |_| close_dialog(node)>
                        {move || if outcome.with(Option::is_some) { words().done() } else { words().cancel() }}
                    </button>
                    <button class="button button--primary">{button}</button>
                </footer>
            </form>
        </Dialog>
    }
}

/// What they may read: all, nothing of the past, or from a time on.
#[component]
fn HistoryChoice(history: State<usize>, since: State<String>) -> impl IntoView {
    let choice = move |at: usize, words: &'static str| {
        view! {
            <label class="field__choice">
                <input type="radio" name="history" prop:checked=move || history.get() == at on:change=move |_| history.set(at) />
                <span>{words}</span>
            </label>
        }
    };
    let from = move || {
        (history.get() == 2).then(|| {
            view! {
                <div class="dialog__sub">
                    <input
                        class="field__input"
                        type="datetime-local"
                        required
                        aria-label=words().history_time()
                        aria-describedby="history-hint"
                        prop:value=move || since.get()
                        on:input=move |event| since.set(event_target_value(&event))
                    />
                    <p class="field__hint" id="history-hint">{words().history_hint()}</p>
                </div>
            }
        })
    };
    view! {
        <fieldset class="dialog__group">
            <legend>{words().history()}</legend>
            {choice(0, words().history_all())} {choice(1, words().history_none())} {choice(2, words().history_from())} {from}
        </fieldset>
    }
}

fn history_of(choice: usize, since: &str) -> Option<History> {
    match choice {
        0 => Some(History::All),
        1 => Some(History::None),
        _ => locale::from_field(since).map(History::From),
    }
}

fn is_failed(outcome: &AddOutcome, person: &NewPerson) -> bool {
    let name = shown_name(person);
    outcome.failed.iter().any(|(who, _)| *who == name)
}
