//! Mounting a view in a corner of the page, and what one does to it there.

use acs_chat::{RawId, Timestamp};
use leptos::prelude::*;
use natter::model::rows::Author;
use natter::place::CurrentPlace;
use natter::settings::Settings;
use natter::store::Store;
use natter::views::screen::Screen;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// A corner of the page with a view in it. It goes when this does.
pub(crate) struct Corner {
    pub(crate) root: web_sys::HtmlElement,
    _unmount: Box<dyn std::any::Any>,
}

impl Drop for Corner {
    fn drop(&mut self) {
        self.root.remove();
    }
}

/// Mounts a view with everything that the app puts around it. Nobody is signed in, and there is no service.
pub(crate) fn mount<V: IntoView + 'static>(view: impl FnOnce() -> V + 'static) -> Corner {
    let root: web_sys::HtmlElement = document().create_element("div").unwrap().unchecked_into();
    document().body().unwrap().append_child(&root).unwrap();
    let unmount = leptos::mount::mount_to(root.clone(), move || {
        provide_context(Settings::open());
        provide_context(Store::open());
        provide_context(Screen::open());
        provide_context(CurrentPlace::follow());
        view()
    });
    Corner { root, _unmount: Box::new(unmount) }
}

impl Corner {
    pub(crate) fn find(&self, selector: &str) -> Option<web_sys::HtmlElement> {
        self.root.query_selector(selector).unwrap().map(JsCast::unchecked_into)
    }

    pub(crate) fn get(&self, selector: &str) -> web_sys::HtmlElement {
        self.find(selector).unwrap_or_else(|| panic!("no {selector} in {}", self.root.inner_html()))
    }

    pub(crate) fn text(&self, selector: &str) -> String {
        self.get(selector).text_content().unwrap_or_default()
    }
}

/// Lets effects run, and timers of no time.
pub(crate) async fn settle() {
    for _ in 0..2 {
        let wait = js_sys::Promise::new(&mut |done, _| {
            window().set_timeout_with_callback_and_timeout_and_arguments_0(&done, 20).unwrap();
        });
        JsFuture::from(wait).await.unwrap();
    }
}

pub(crate) fn author(name: &str) -> Author {
    Author { id: RawId::new(name), name: name.to_owned(), initial: name[..1].to_owned(), hue: 3 }
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_ms(js_sys::Date::now() as i64)
}
