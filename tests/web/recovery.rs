use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::mount;

/// An error of the window, as a browser reports one that nobody caught.
fn happens(error: &wasm_bindgen::JsValue) {
    let init = web_sys::ErrorEventInit::new();
    init.set_error(error);
    let event = web_sys::ErrorEvent::new_with_event_init_dict("error", &init).unwrap();
    window().dispatch_event(&event).unwrap();
}

#[wasm_bindgen_test]
fn an_app_that_stopped_says_so_and_offers_to_load_again() {
    let corner = mount(|| view! { <div class="layout">"The app"</div> });
    let said = || document().query_selector("main.timeline__empty").unwrap();
    natter::recovery::watch();

    happens(&js_sys::Error::new("of an extension, or some such").into());
    assert!(said().is_none() && corner.find(".layout").is_some(), "other errors are no end");

    happens(&js_sys::WebAssembly::RuntimeError::new("unreachable").into());
    let page: web_sys::HtmlElement = said().unwrap().unchecked_into();
    assert!(corner.find(".layout").is_none(), "what is there no longer works");
    assert!(page.inner_text().contains("Natter has stopped."), "{}", page.inner_text());
    assert_eq!(page.query_selector("button").unwrap().unwrap().text_content().unwrap(), "Load again");
    page.remove();
}
