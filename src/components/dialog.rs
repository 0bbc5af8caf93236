//! A dialog of the browser's own: `showModal()` makes the rest inert, traps the focus and gives it back on closing.

use leptos::html;
use leptos::prelude::*;

use super::effect::effect;

use super::IconButton;

/// A modal dialog, open as long as it is mounted. To leave it, call [`close_dialog`]: then the browser gives the focus back, and
/// `on_close` takes it out of the page. Escape does the same.
#[component]
pub fn Dialog(
    node: NodeRef<html::Dialog>,
    #[prop(into)] title: String,
    #[prop(into)] close_label: String,
    #[prop(into)] on_close: Callback<()>,
    children: Children,
) -> impl IntoView {
    // After mounting: a dialog outside the page cannot be shown.
    effect(move || {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
    view! {
        <dialog class="dialog" node_ref=node aria-labelledby="dialog-title" autofocus=by_touch() on:close=move |_| {
                // The event comes after the dialog may have gone.
                let _ = on_close.try_run(());
            }>
            <header class="dialog__head">
                <h2 class="dialog__title" id="dialog-title">{title}</h2>
                <IconButton icon="close" label=close_label on_press=move || close_dialog(node) />
            </header>
            {children()}
        </dialog>
    }
}

/// Closes a dialog.
pub fn close_dialog(node: NodeRef<html::Dialog>) {
    if let Some(dialog) = node.try_get_untracked().flatten() {
        dialog.close();
    }
}

/// A finger, not a mouse: no field takes the focus by itself, since that would raise the keyboard.
#[must_use]
pub fn by_touch() -> bool {
    window().match_media("(pointer: coarse)").ok().flatten().is_some_and(|list| list.matches())
}
