//! The drawings. They are symbols in `index.html`, so that they cost the wasm nothing.

use leptos::prelude::*;

/// An icon of 20 px. It says nothing to a screen reader: the words are beside it or in its button's label.
#[component]
pub fn Icon(name: &'static str, #[prop(optional)] small: bool) -> impl IntoView {
    let class = if small { "icon icon--small" } else { "icon" };
    view! { <svg class=class aria-hidden="true"><use href=["#", name].concat() /></svg> }
}
