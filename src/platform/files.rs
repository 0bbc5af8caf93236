//! Files that lie beside the page.

use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestCache, RequestInit, Response};

/// The text of a file, by its path from the page's folder. None when it does not come.
///
/// The browser may keep it, and asks each time whether it is still the one: a file goes with the app of its day.
pub async fn text(path: &str) -> Option<String> {
    let options = RequestInit::new();
    options.set_cache(RequestCache::NoCache);
    let reply = JsFuture::from(window().fetch_with_str_and_init(path, &options)).await.ok()?;
    let reply: Response = reply.dyn_into().ok()?;
    if !reply.ok() {
        return None;
    }
    JsFuture::from(reply.text().ok()?).await.ok()?.as_string()
}
