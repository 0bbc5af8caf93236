//! What the page asked for before the app was there (`xtask/src/app/start.js`): over a slow line the code and the first replies come
//! together, not one after the other.

use acs_chat::{HttpRequest, Method};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

#[wasm_bindgen]
extern "C" {
    /// Each reply once. A page that asks for nothing has no such function.
    #[wasm_bindgen(catch, js_namespace = window, js_name = natterFirst)]
    fn natter_first(url: &str, authorization: &str) -> Result<Option<Promise>, JsValue>;
}

/// The reply to exactly this request. None when it was not sent, and when it came to nothing: then it is for the app to send.
pub(super) async fn reply(request: &HttpRequest) -> Option<Response> {
    let token = request.headers.iter().find(|(name, _)| *name == "Authorization");
    let (_, authorization) = token.filter(|_| request.method == Method::Get)?;
    let promise = natter_first(&request.url, authorization).ok()??;
    JsFuture::from(promise).await.ok()?.dyn_into().ok()
}
