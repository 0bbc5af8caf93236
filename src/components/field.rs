//! Fields of a form: label, input, and one line under it that is a hint or says what is wrong.

use crate::signal::{State, Value};
use leptos::prelude::*;

/// The frame of a field: label above, hint or error below. The input inside takes `id`, and `{id}-hint` as its description.
#[component]
pub fn Field(
    id: &'static str,
    label: &'static str,
    #[prop(into)] hint: Value<String>,
    #[prop(into)] error: Value<Option<String>>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="field" class:field--invalid=move || error.with(Option::is_some)>
            <label class="field__label" for=id>{label}</label>
            {children()}
            <p class="field__hint" id=[id, "-hint"].concat() role="status">
                {move || error.get().unwrap_or_else(|| hint.get())}
            </p>
        </div>
    }
}

/// A field of one line.
#[component]
pub fn TextField(
    id: &'static str,
    label: &'static str,
    value: State<String>,
    #[prop(into)] error: Value<Option<String>>,
    #[prop(optional, into)] hint: String,
    #[prop(optional)] placeholder: &'static str,
    #[prop(optional)] autocomplete: &'static str,
    /// `text` unless told: `url`, `password`.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    view! {
        <Field id label hint error>
            <input
                class="field__input"
                id=id
                type=kind
                dir="auto"
                placeholder=placeholder
                autocomplete=if autocomplete.is_empty() { "off" } else { autocomplete }
                autofocus=autofocus
                aria-describedby=[id, "-hint"].concat()
                aria-invalid=move || error.with(Option::is_some).then(|| "true".to_owned())
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            />
        </Field>
    }
}

/// Two to four radio buttons side by side.
#[component]
pub fn Segments(
    name: &'static str,
    #[prop(into)] choices: Vec<(&'static str, Option<&'static str>)>,
    #[prop(into)] chosen: Value<usize>,
    #[prop(into)] on_choose: Callback<usize>,
) -> impl IntoView {
    let choice = move |(at, (words, lang)): (usize, (&'static str, Option<&'static str>))| {
        view! {
            <label lang=lang>
                <input
                    type="radio"
                    name=name
                    prop:checked=move || chosen.get() == at
                    on:change=move |_| on_choose.run(at)
                />
                {words}
            </label>
        }
        .into_any()
    };
    view! { <div class="field__segments">{choices.into_iter().enumerate().map(choice).collect::<Vec<_>>()}</div> }
}
