//! The field that takes people: by name where the service knows names, by user id everywhere. Who is taken becomes a chip.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use acs_chat::RawId;

use crate::components::{Field, Icon, effect, pixels};
use crate::i18n::{say_error, words};
use crate::model::rows::{ActionError, InvalidInput, NewPerson, NewPersonId, Person};
use crate::signal::{State, Value};
use crate::store::Store;

const FIELD_ID: &str = "who";
const LIST_ID: &str = "who-list";

/// Who is on the list, and what is still being typed.
#[derive(Clone, Copy, Debug)]
pub struct People {
    /// Those who were taken.
    pub chosen: State<Vec<NewPerson>>,
    typed: State<String>,
    error: State<Option<InvalidInput>>,
}

impl People {
    /// Nobody yet.
    #[must_use]
    pub fn new() -> Self {
        Self { chosen: State::new(Vec::new()), typed: State::new(String::new()), error: State::new(None) }
    }

    /// Takes what is typed onto the list too, as the button is pressed. False when that is no person.
    #[must_use]
    pub fn complete(self, by_name: bool) -> bool {
        let typed = self.typed.get_untracked();
        if typed.trim().is_empty() {
            return true;
        }
        match person_of(&typed, by_name) {
            Ok(person) => {
                self.take(person);
                true
            }
            Err(why) => {
                self.error.set(Some(why));
                false
            }
        }
    }

    fn take(self, person: NewPerson) {
        self.chosen.update(|chosen| {
            if !chosen.iter().any(|other| other.who == person.who) {
                chosen.push(person);
            }
        });
        self.typed.set(String::new());
        self.error.set(None);
    }
}

impl Default for People {
    fn default() -> Self {
        Self::new()
    }
}

/// The name that a chip shows.
#[must_use]
pub fn shown_name(person: &NewPerson) -> String {
    match (&person.name, &person.who) {
        (Some(name), _) | (None, NewPersonId::Name(name)) => name.clone(),
        (None, NewPersonId::Id(id)) => id.as_str().to_owned(),
    }
}

/// The field: a combobox with the suggestions under it.
#[component]
pub fn PeopleField(people: People, #[prop(into)] hint: Value<String>, autofocus: bool) -> impl IntoView {
    let store = Store::expect();
    let by_name = store.capabilities().with_untracked(|can| can.people_by_name);
    let suggested = State::new(Vec::<Person>::new());
    let active = State::new(None::<usize>);
    let (frame, list) = (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new());
    // Asked for with every change; an answer that comes late to an older question is not shown.
    effect(move || {
        let prefix = people.typed.get().trim().to_owned();
        active.set(None);
        if prefix.is_empty() {
            suggested.set(Vec::new());
            return;
        }
        spawn_local(async move {
            let found = store.people_like(prefix.clone()).await;
            if people.typed.try_get_untracked().is_some_and(|typed| typed.trim() == prefix) {
                let chosen = people.chosen.get_untracked();
                suggested.set(found.into_iter().filter(|found| !is_chosen(&chosen, found)).take(6).collect());
            }
        });
    });
    effect(move || {
        let open = suggested.with(|suggested| !suggested.is_empty());
        if let (Some(frame), Some(list)) = (frame.get(), list.get()) {
            show_under(&frame, &list, open);
        }
    });
    let pick = move |person: Person| {
        people.take(NewPerson { who: NewPersonId::Id(person.id), name: Some(person.name) });
    };
    let key = move |event: web_sys::KeyboardEvent| {
        if event.is_composing() || event.key_code() == 229 {
            return;
        }
        let count = suggested.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if count > 0 => active.update(|at| *at = Some(at.map_or(0, |at| (at + 1) % count))),
            "ArrowUp" if count > 0 => {
                active.update(|at| *at = Some(at.map_or(count, |at| at + count - 1) % count))
            }
            "Escape" if count > 0 => suggested.set(Vec::new()),
            "Enter" | "," if !people.typed.with_untracked(|typed| typed.trim().is_empty()) => {
                let at = active.get_untracked();
                match at.and_then(|at| suggested.with_untracked(|suggested| suggested.get(at).cloned())) {
                    Some(person) => pick(person),
                    None => {
                        let _ = people.complete(by_name);
                    }
                }
            }
            "Backspace" if people.typed.with_untracked(String::is_empty) => {
                people.chosen.update(|chosen| drop(chosen.pop()));
                return;
            }
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let error = Value::derived(move || people.error.get().map(|why| say_error(&ActionError::Invalid(why))));
    let option = move |(at, person): (usize, Person)| {
        let name = person.name.clone();
        view! {
            // On pressing, before the field loses the focus.
            <div
                class="menu__item"
                role="option"
                id=["who-", &at.to_string()].concat()
                aria-selected=move || if active.get() == Some(at) { "true" } else { "false" }
                dir="auto"
                on:pointerdown=move |event| {
                    event.prevent_default();
                    pick(person.clone());
                }
            >
                {name}
            </div>
        }
    };
    view! {
        <Field id=FIELD_ID label=words().who() hint error>
            <div class="dialog__people" node_ref=frame>
                {move || people.chosen.get().into_iter().map(|person| chip(person, people)).collect::<Vec<_>>()}
                <input
                    id=FIELD_ID
                    role="combobox"
                    dir="auto"
                    autocomplete="off"
                    autofocus=autofocus
                    aria-autocomplete="list"
                    aria-controls=LIST_ID
                    aria-expanded=move || suggested.with(|list| if list.is_empty() { "false" } else { "true" })
                    aria-activedescendant=move || active.get().map(|at| ["who-", &at.to_string()].concat())
                    aria-describedby="who-hint"
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    placeholder=if by_name { words().who_by_name() } else { words().who_by_id() }
                    prop:value=move || people.typed.get()
                    on:input=move |event| {
                        people.error.set(None);
                        people.typed.set(event_target_value(&event));
                    }
                    on:keydown=key
                    on:blur=move |_| suggested.set(Vec::new())
                />
            </div>
        </Field>
        <div class="menu menu--floating" id=LIST_ID role="listbox" popover="manual" aria-label=words().suggestions() node_ref=list>
            {move || suggested.get().into_iter().enumerate().map(option).collect::<Vec<_>>()}
        </div>
    }
}

fn chip(person: NewPerson, people: People) -> impl IntoView {
    let name = shown_name(&person);
    let label = words().take_off().with(&[&name]);
    let remove = move |_| {
        people.chosen.update(|chosen| chosen.retain(|other| other != &person));
        crate::views::keys::focus_id(FIELD_ID);
    };
    view! {
        <span class="dialog__chip">
            <span class="dialog__chip-name" dir="auto">{name}</span>
            <button type="button" aria-label=label on:click=remove><Icon name="close" small=true /></button>
        </span>
    }
}

fn is_chosen(chosen: &[NewPerson], found: &Person) -> bool {
    chosen.iter().any(|person| match &person.who {
        NewPersonId::Id(id) => *id == found.id,
        NewPersonId::Name(name) => *name == found.name,
    })
}

/// The list goes over everything, under the field and as wide. By properties: the policy forbids `style` attributes.
fn show_under(frame: &web_sys::Element, list: &web_sys::HtmlElement, open: bool) {
    if !open {
        let _ = list.hide_popover();
        return;
    }
    let under = frame.get_bounding_client_rect();
    let style = list.style();
    for (name, value) in [("left", under.left()), ("top", under.bottom() + 4.0), ("width", under.width())] {
        let _ = style.set_property(name, &pixels(value));
    }
    let shown = list.unchecked_ref::<web_sys::Element>().matches(":popover-open").unwrap_or_default();
    if !shown {
        let _ = list.show_popover();
    }
}

/// Reads what was typed: a name, a user id, or a user id with a name before it (`Mei 8:acs:…`).
fn person_of(typed: &str, by_name: bool) -> Result<NewPerson, InvalidInput> {
    let typed = typed.trim().trim_end_matches(',').trim_end();
    let (name, last) =
        typed.rsplit_once(char::is_whitespace).map_or(("", typed), |(name, last)| (name.trim_end(), last));
    if looks_like_id(last) {
        // `8:acs:` alone is the beginning of one.
        if last.ends_with(':') {
            return Err(InvalidInput::BadUserId);
        }
        let name = Some(name.to_owned()).filter(|name| !name.is_empty());
        return Ok(NewPerson { who: NewPersonId::Id(RawId::new(last)), name });
    }
    match (by_name, typed.chars().count()) {
        (false, _) => Err(InvalidInput::BadUserId),
        (true, 0) => Err(InvalidInput::EmptyName),
        (true, 65..) => Err(InvalidInput::NameTooLong),
        (true, _) => Ok(NewPerson { who: NewPersonId::Name(typed.to_owned()), name: None }),
    }
}

/// Raw ids of the service begin with a number and a colon: `8:acs:…`, `4:+49…`, `28:…`.
fn looks_like_id(text: &str) -> bool {
    text.split_once(':')
        .is_some_and(|(kind, _)| !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str, name: Option<&str>) -> Result<NewPerson, InvalidInput> {
        Ok(NewPerson { who: NewPersonId::Id(RawId::new(text)), name: name.map(str::to_owned) })
    }

    #[test]
    fn names_ids_and_both_are_understood() {
        let mei = Ok(NewPerson { who: NewPersonId::Name("Mei Lin".to_owned()), name: None });
        assert_eq!(person_of(" Mei Lin, ", true), mei);
        assert_eq!(person_of("8:acs:a_b", true), id("8:acs:a_b", None));
        assert_eq!(person_of("小林 8:acs:a_b", false), id("8:acs:a_b", Some("小林")));
        assert_eq!(person_of("4:+491234", false), id("4:+491234", None));
    }

    #[test]
    fn what_is_no_person_is_said() {
        assert_eq!(person_of("8:acs:", true), Err(InvalidInput::BadUserId));
        assert_eq!(person_of("Mei", false), Err(InvalidInput::BadUserId));
        assert_eq!(person_of(&"x".repeat(65), true), Err(InvalidInput::NameTooLong));
    }
}
