//! Letters of all scripts, as the browser knows them: the standard library's tables of them would be a tenth of the page's
//! data.

/// The text in small letters.
#[cfg(target_arch = "wasm32")]
#[must_use]
pub fn lower_case(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

/// The text in small letters.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn lower_case(text: &str) -> String {
    text.to_lowercase()
}
