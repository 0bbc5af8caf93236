//! Views in a browser: mounted one at a time, pressed, and read back from the page.
//!
//! What a view works out is tested natively beside it; here is what only a browser can tell.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "clippy knows no #[wasm_bindgen_test]")]

mod composer;
mod details;
mod json;
mod message_row;
mod platform;
mod recovery;
mod render;
mod sign_in;
mod source;
mod support;
mod thread_row;
mod timeline;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
