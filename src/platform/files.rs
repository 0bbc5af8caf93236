//! Files that lie beside the page.

use gloo_net::http::Request;
use web_sys::{RequestCache, RequestInit};

/// The text of a file, by its path from the page's folder. None when it does not come.
///
/// The browser may keep it, and asks each time whether it is still the one: a file goes with the app of its day.
pub async fn text(path: &str) -> Option<String> {
    let options = RequestInit::new();
    options.set_cache(RequestCache::NoCache);
    let request = web_sys::Request::new_with_str_and_init(path, &options).ok()?;
    let reply = Request::from(request).send().await.ok()?;
    if !reply.ok() {
        return None;
    }
    reply.text().await.ok()
}
