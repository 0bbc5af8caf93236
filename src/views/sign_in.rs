//! Sign-in: by name to the local service, or with endpoint and token to Azure. What is wrong is said at the field.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::screen::Screen;
use crate::components::{Brand, Segments, TextField, by_touch};
use crate::i18n::{Language, say_error, words};
use crate::model::rows::{ActionError, InvalidInput};
use crate::settings::Settings;
use crate::signal::{State, Value};
use crate::store::Store;

/// The field that an error belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Name,
    Endpoint,
    Token,
}

/// The page for who is not signed in.
#[component]
pub fn SignIn() -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let by_name_offered = Value::derived(move || store.config().with(|config| config.sign_in_by_name));
    let azure_chosen = State::new(false);
    let azure = Value::derived(move || azure_chosen.get() || !by_name_offered.get());
    let before = store.session().get_untracked();
    let name = State::new(before.map(|before| before.name).unwrap_or_default());
    let endpoint = State::new(store.config().with_untracked(|config| config.endpoint.clone()));
    let token = State::new(String::new());
    let error = State::new(None::<ActionError>);
    let busy = State::new(false);
    let error_at = move |entry| {
        Value::derived(move || {
            error.with(|error| {
                error.as_ref().filter(|error| entry_of(error, azure.get()) == entry).map(say_error)
            })
        })
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        let (azure, name) = (azure.get_untracked(), name.get_untracked());
        let (endpoint, token) = (endpoint.get_untracked(), token.get_untracked());
        spawn_local(async move {
            let outcome = if azure {
                store.sign_in_with_token(endpoint, token, name).await
            } else {
                store.sign_in_by_name(name).await
            };
            busy.set(false);
            match outcome {
                Ok(()) => screen.sign_in_again.set(false),
                Err(why) => {
                    focus(entry_of(&why, azure));
                    error.set(Some(why));
                }
            }
        });
    };
    let name_field = move || {
        view! {
            <TextField
                id="name"
                label=words().your_name()
                value=name
                error=error_at(Entry::Name)
                hint=words().your_name_hint()
                autocomplete="nickname"
                autofocus=!by_touch()
            />
        }
    };
    let fields = move || {
        if !azure.get() {
            return name_field().into_any();
        }
        view! {
            <TextField
                id="endpoint"
                label=words().endpoint()
                value=endpoint
                error=error_at(Entry::Endpoint)
                hint=words().endpoint_hint()
                placeholder="https://….communication.azure.com"
                kind="url"
            />
            <TextField
                id="token"
                label=words().token()
                value=token
                error=error_at(Entry::Token)
                hint=words().token_hint()
                kind="password"
            />
            {name_field()}
        }
        .into_any()
    };
    let lead = move || {
        if azure.get() { words().sign_in_lead_azure() } else { words().sign_in_lead_local() }.to_owned()
    };
    let button = move || {
        match (busy.get(), azure.get()) {
            (true, _) => words().starting(),
            (false, true) => words().sign_in(),
            (false, false) => words().start(),
        }
        .to_owned()
    };
    let which = move || {
        by_name_offered.get().then(|| {
            view! {
                <fieldset class="field">
                    <legend class="field__label">{words().chat_service()}</legend>
                    <Segments
                        name="service"
                        choices=vec![(words().this_computer(), None), (words().azure(), None)]
                        chosen=Value::derived(move || usize::from(azure_chosen.get()))
                        on_choose=move |at: usize| {
                            error.set(None);
                            azure_chosen.set(at == 1);
                        }
                    />
                </fieldset>
            }
            .into_any()
        })
    };
    view! {
        <div class="layout">
            <header class="sign-in__desk">
                <p class="threads__head"><span class="threads__brand"><Brand /></span></p>
            </header>
            <main class="layout__conversation sign-in">
                <form class="sign-in__form" novalidate on:submit=submit>
                    <header>
                        <p class="threads__brand sign-in__mark"><Brand /></p>
                        <h1 class="sign-in__title">{words().sign_in_title()}</h1>
                        <p class="sign-in__lead">{lead}</p>
                    </header>
                    {which}
                    {fields}
                    <button class="button button--primary button--wide" aria-disabled=move || busy.get().then(|| "true".to_owned())>
                        {button}
                    </button>
                    <Languages />
                </form>
            </main>
        </div>
    }
}

/// The languages as buttons, each in itself.
#[component]
fn Languages() -> impl IntoView {
    let (settings, screen) = (Settings::expect(), Screen::expect());
    let now = untrack(|| settings.language());
    let button = move |language: Language| {
        view! {
            <button
                type="button"
                class="button button--text sign-in__language"
                lang=language.tag()
                aria-current=(language == now).then_some("true")
                on:click=move |_| {
                    spawn_local(async move {
                        if !settings.choose_language(language).await {
                            screen.toast(words().err_language());
                        }
                    });
                }
            >
                {language.name()}
            </button>
        }
        .into_any()
    };
    view! { <footer class="sign-in__foot">{Language::ALL.map(button).into_iter().collect::<Vec<_>>()}</footer> }
}

/// Where to say it: at the field that has to change, or else at the last one before the button.
fn entry_of(error: &ActionError, azure: bool) -> Entry {
    match error {
        ActionError::Invalid(
            InvalidInput::EmptyEndpoint | InvalidInput::BadEndpoint | InvalidInput::InsecureEndpoint,
        )
        | ActionError::NoConnection
        | ActionError::NotFound
        | ActionError::BrokenReply
            if azure =>
        {
            Entry::Endpoint
        }
        ActionError::Invalid(InvalidInput::EmptyName | InvalidInput::NameTooLong) => Entry::Name,
        _ if azure => Entry::Token,
        _ => Entry::Name,
    }
}

fn focus(entry: Entry) {
    let id = match entry {
        Entry::Name => "name",
        Entry::Endpoint => "endpoint",
        Entry::Token => "token",
    };
    super::keys::focus_id(id);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_said_at_the_field_that_has_to_change() {
        let invalid = ActionError::Invalid;
        assert_eq!(entry_of(&invalid(InvalidInput::EmptyName), true), Entry::Name);
        assert_eq!(entry_of(&invalid(InvalidInput::InsecureEndpoint), true), Entry::Endpoint);
        assert_eq!(entry_of(&invalid(InvalidInput::BrokenToken), true), Entry::Token);
        assert_eq!(entry_of(&ActionError::LoginLost, true), Entry::Token);
        assert_eq!(entry_of(&ActionError::NoConnection, true), Entry::Endpoint);
        assert_eq!(entry_of(&ActionError::NoConnection, false), Entry::Name);
    }
}
