//! What the page asked for before the app was there (`xtask/src/app/start.js`): over a slow line the code and the first replies come
//! together, not one after the other.

use std::cell::Cell;

use acs_chat::{HttpRequest, Method};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

#[wasm_bindgen]
extern "C" {
    /// Each reply once. Once all are taken, or nobody came for them, there is no such function any more.
    #[wasm_bindgen(catch, js_namespace = window, js_name = natterFirst)]
    fn natter_first(url: &str, authorization: &str) -> Result<Option<Promise>, JsValue>;
}

thread_local! {
    /// There may be replies that were not taken yet.
    static WAITING: Cell<bool> = const { Cell::new(true) };
}

/// The reply to exactly this request. None when it was not sent, and when it came to nothing: then it is for the app to send.
pub(super) async fn reply(request: &HttpRequest) -> Option<Response> {
    if !WAITING.get() {
        return None;
    }
    let token = request.headers.iter().find(|(name, _)| *name == "Authorization");
    let (_, authorization) = token.filter(|_| request.method == Method::Get)?;
    let reply = natter_first(&request.url, authorization);
    WAITING.set(reply.is_ok());
    let promise = reply.ok()??;
    JsFuture::from(promise).await.ok()?.dyn_into().ok()
}
