//! What is shown when the app itself has failed: words and a way to go on, made by hand, since nothing of the app can be trusted then.

use js_sys::{Reflect, WebAssembly};
use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

use crate::i18n::words;

/// Shows the recovery screen once the app has stopped. A panic, a full stack and full memory all end as a trap, which the browser
/// reports as an error of the window, or of a promise.
pub fn watch() {
    for (event, holds) in [("error", "error"), ("unhandledrejection", "reason")] {
        let stopped = Closure::<dyn Fn(web_sys::Event)>::new(move |event: web_sys::Event| {
            if Reflect::get(&event, &holds.into())
                .is_ok_and(|error| error.has_type::<WebAssembly::RuntimeError>())
            {
                show();
            }
        });
        let _ = window().add_event_listener_with_callback(event, stopped.as_ref().unchecked_ref());
        stopped.forget();
    }
}

fn show() {
    let document = document();
    let Some(body) = document.body() else { return };
    let element = |name: &str, class: &str, text: &str| {
        let element = document.create_element(name).ok()?;
        element.set_class_name(class);
        element.set_text_content(Some(text));
        Some(element)
    };
    let parts = (|| {
        let page = element("main", "timeline__empty", "")?;
        page.append_child(&element("h1", "", words().stopped())?.into()).ok()?;
        page.append_child(&element("p", "", words().stopped_body())?.into()).ok()?;
        let button = element("button", "button button--primary", words().reload())?;
        let reload = Closure::<dyn Fn()>::new(|| drop(window().location().reload()));
        button.add_event_listener_with_callback("click", reload.as_ref().unchecked_ref()).ok()?;
        reload.forget();
        page.append_child(&button).ok()?;
        Some(page)
    })();
    if let Some(page) = parts {
        // The icons stay; everything else goes.
        for name in [".layout", "dialog", ".toast"] {
            while let Ok(Some(found)) = body.query_selector(name) {
                found.remove();
            }
        }
        let _ = body.append_child(&page);
    }
}
