use leptos::prelude::*;
use natter::views::sign_in::SignIn;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Corner, mount, settle};

fn mounted() -> Corner {
    mount(|| view! { <SignIn /> })
}

async fn submit(corner: &Corner) {
    corner.get(".button--primary").click();
    settle().await;
}

#[wasm_bindgen_test]
async fn a_missing_name_is_said_at_the_field() {
    let corner = mounted();
    submit(&corner).await;
    assert_eq!(corner.text("#name-hint"), "Type a name.");
    let name = corner.get("#name");
    assert_eq!(name.get_attribute("aria-invalid").unwrap(), "true");
    assert_eq!(name.get_attribute("aria-describedby").unwrap(), "name-hint");
    assert_eq!(
        document().active_element().unwrap().id(),
        "name",
        "the focus goes where something is to be done"
    );
}

#[wasm_bindgen_test]
async fn azure_says_what_is_wrong_with_each_entry() {
    let corner = mounted();
    let azure: web_sys::HtmlInputElement =
        corner.root.query_selector_all("input[type=radio]").unwrap().get(1).unwrap().unchecked_into();
    azure.click();
    settle().await;
    let enter = |id: &str, value: &str| {
        let field: web_sys::HtmlInputElement = corner.get(id).unchecked_into();
        field.set_value(value);
        let init = web_sys::EventInit::new();
        init.set_bubbles(true);
        field.dispatch_event(&web_sys::Event::new_with_event_init_dict("input", &init).unwrap()).unwrap();
    };
    enter("#endpoint", "http://acs.example.com");
    enter("#token", "x");
    submit(&corner).await;
    assert!(corner.text("#endpoint-hint").starts_with("Over http"), "{}", corner.text("#endpoint-hint"));
    enter("#endpoint", "https://acs.example.com");
    submit(&corner).await;
    assert!(corner.text("#token-hint").starts_with("This is only a part"), "{}", corner.text("#token-hint"));
    assert!(!corner.text("#token-hint").contains("x\""), "a token is not repeated");
}
