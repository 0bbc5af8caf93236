//! What is wrong, what still works, what to do.

use crate::signal::Value;
use leptos::prelude::*;

use super::Icon;

/// A banner under the header. Title and words may count down in place: the button keeps the focus meanwhile. `action` is what to do: its words, and the doing.
#[component]
pub fn Banner(
    icon: &'static str,
    #[prop(into)] title: Value<String>,
    #[prop(into)] words: Value<String>,
    #[prop(optional)] danger: bool,
    #[prop(optional_no_strip)] action: Option<(&'static str, Callback<()>)>,
) -> impl IntoView {
    view! {
        <div class="banner" class:banner--danger=danger>
            <Icon name=icon />
            <p class="banner__words"><b>{move || title.get()}</b>" "{move || words.get()}</p>
            {action
                .map(|(words, run)| {
                    view! { <button type="button" class="button button--text" on:click=move |_| run.run(())>{words}</button> }.into_any()
                })}
        </div>
    }
}
