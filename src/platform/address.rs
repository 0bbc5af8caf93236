//! The page's address: its fragment, and links that others can open.

use leptos::prelude::*;

/// The fragment, with its `#`; empty when there is none.
#[must_use]
pub fn fragment() -> String {
    window().location().hash().unwrap_or_default()
}

/// Goes to a fragment; the one before stays in the history.
pub fn go(fragment: &str) {
    // Fails only for what is no fragment.
    let _ = window().location().set_hash(fragment);
}

/// Replaces the fragment without an entry in the history. No event follows.
pub fn replace(fragment: &str) {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(fragment));
    }
}

/// The whole address with another fragment.
#[must_use]
pub fn whole(fragment: &str) -> String {
    let href = window().location().href().unwrap_or_default();
    let page = href.split('#').next().unwrap_or_default();
    [page, fragment].concat()
}

/// The fragment of an address within this app; none of any other.
#[must_use]
pub fn within(address: &str) -> Option<&str> {
    let fragment = address.strip_prefix(&whole(""))?;
    fragment.starts_with("#/").then_some(fragment)
}

/// Calls back whenever the fragment changes, for as long as the page lives.
pub fn on_change(changed: impl Fn() + 'static) {
    let handle = window_event_listener(leptos::ev::hashchange, move |_| changed());
    std::mem::forget(handle);
}
