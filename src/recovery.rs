//! What is shown when the app itself has failed: words and a way to go on, made by hand, since nothing of the app can be trusted then.

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

use crate::i18n::words;

/// Replaces the page by the recovery screen.
pub fn show() {
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
        page.append_child(&element("h1", "", words().stopped)?.into()).ok()?;
        page.append_child(&element("p", "", words().stopped_body)?.into()).ok()?;
        let button = element("button", "button button--primary", words().reload)?;
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
