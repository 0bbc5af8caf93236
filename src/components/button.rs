//! Buttons that are an icon.

use leptos::prelude::*;

use super::Icon;
use crate::signal::Value;

/// A button of one icon, with its words as label and tip.
#[component]
pub fn IconButton(
    icon: &'static str,
    #[prop(into)] label: String,
    #[prop(into)] on_press: Callback<()>,
    #[prop(optional)] class: &'static str,
    /// For a button that is on or off.
    #[prop(optional)]
    pressed: Option<Value<bool>>,
    /// 16 px instead of 20.
    #[prop(optional)]
    small: bool,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class=["button button--icon ", class].concat()
            title=label.clone()
            aria-label=label
            aria-pressed=move || pressed.map(|pressed| pressed.get().to_string())
            on:click=move |_| on_press.run(())
        >
            <Icon name=icon small=small />
        </button>
    }
}
