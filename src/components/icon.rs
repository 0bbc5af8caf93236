//! The drawings. They are symbols in `index.html`, so that they cost the wasm nothing.

use leptos::prelude::*;

/// The mark and the name of the app.
#[component]
pub fn Brand() -> impl IntoView {
    view! {
        <svg class="threads__logo" aria-hidden="true"><use href="#logo" /></svg>
        "Natter"
    }
}

/// An icon of 20 px. It says nothing to a screen reader: the words are beside it or in its button's label.
#[component]
pub fn Icon(name: &'static str, #[prop(optional)] small: bool) -> impl IntoView {
    let class = if small { "icon icon--small" } else { "icon" };
    view! { <svg class=class aria-hidden="true"><use href=["#", name].concat() /></svg> }
}
