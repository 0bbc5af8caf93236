//! What is wrong, what still works, what to do.

use leptos::prelude::*;

use super::Icon;

/// A banner under the header. `action` is what to do: its words, and the doing.
#[component]
pub fn Banner(
    icon: &'static str,
    title: String,
    words: String,
    #[prop(optional)] danger: bool,
    #[prop(optional_no_strip)] action: Option<(&'static str, Callback<()>)>,
) -> impl IntoView {
    view! {
        <div class="banner" class:banner--danger=danger>
            <Icon name=icon />
            <p class="banner__words"><b>{title}</b>" "{words}</p>
            {action
                .map(|(words, run)| {
                    view! { <button type="button" class="button button--text" on:click=move |_| run.run(())>{words}</button> }
                })}
        </div>
    }
}
