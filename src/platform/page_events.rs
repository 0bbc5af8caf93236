//! Tells the page that the app lives in what happens, as events of its window (`docs/events-in-the-page.md`).

use serde::Serialize;
use web_sys::{CustomEvent, CustomEventInit};

/// Dispatches an event. Whoever listens hears it in the same task; what they throw is theirs.
pub fn dispatch(name: &str, detail: &impl Serialize) {
    let Some(window) = web_sys::window() else { return };
    // By way of a text, so that it is a plain object of the page and nothing of ours.
    let detail = serde_json::to_string(detail).ok().and_then(|text| js_sys::JSON::parse(&text).ok());
    let init = CustomEventInit::new();
    init.set_detail(&detail.unwrap_or_default());
    if let Ok(event) = CustomEvent::new_with_event_init_dict(name, &init) {
        let _ = window.dispatch_event(&event);
    }
}
