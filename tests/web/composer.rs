use acs_chat::ThreadId;
use leptos::prelude::*;
use natter::views::conversation::composer::{Composer, Writing};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Corner, mount, settle};

fn mounted() -> Corner {
    mount(|| {
        let thread = ThreadId::new("19:a@thread.v2");
        let writing = Writing::new(thread.clone());
        view! { <Composer thread writing /> }
    })
}

fn field(corner: &Corner) -> web_sys::HtmlTextAreaElement {
    corner.get("textarea").unchecked_into()
}

fn write(corner: &Corner, text: &str) {
    field(corner).set_value(text);
    let input = web_sys::EventInit::new();
    input.set_bubbles(true);
    field(corner)
        .dispatch_event(&web_sys::Event::new_with_event_init_dict("input", &input).unwrap())
        .unwrap();
}

/// Presses a key; true when the composer took it.
fn press(corner: &Corner, key: &str, set: impl Fn(&web_sys::KeyboardEventInit)) -> bool {
    let init = web_sys::KeyboardEventInit::new();
    init.set_key(key);
    init.set_bubbles(true);
    init.set_cancelable(true);
    set(&init);
    let event = web_sys::KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
    !field(corner).dispatch_event(&event).unwrap()
}

#[wasm_bindgen_test]
async fn enter_sends_and_shift_enter_does_not() {
    let corner = mounted();
    settle().await;
    write(&corner, "hello");
    assert!(!press(&corner, "Enter", |key| key.set_shift_key(true)));
    assert_eq!(field(&corner).value(), "hello");
    assert!(press(&corner, "Enter", |_| ()));
    assert_eq!(field(&corner).value(), "");
}

#[wasm_bindgen_test]
async fn an_input_method_keeps_its_enter() {
    let corner = mounted();
    settle().await;
    write(&corner, "にほん");
    assert!(!press(&corner, "Enter", |key| key.set_is_composing(true)));
    assert!(!press(&corner, "Enter", |key| key.set_key_code(229)), "Safari says it so");
    assert_eq!(field(&corner).value(), "にほん");
    assert!(press(&corner, "Enter", |_| ()));
    assert_eq!(field(&corner).value(), "");
}

/// Puts the caret, or a selection, into the text.
fn select(corner: &Corner, from: u32, to: u32) {
    field(corner).focus().unwrap();
    field(corner).set_selection_range(from, to).unwrap();
}

fn options(corner: &Corner) -> Vec<String> {
    let options = corner.root.query_selector_all("[role=option]").unwrap();
    (0..options.length()).map(|at| options.item(at).unwrap().text_content().unwrap()).collect()
}

#[wasm_bindgen_test]
async fn formatting_goes_around_the_selection_and_can_be_undone() {
    let corner = mounted();
    settle().await;
    write(&corner, "a 好🚃 c");
    select(&corner, 2, 5);
    assert!(press(&corner, "b", |key| key.set_ctrl_key(true)));
    assert_eq!(field(&corner).value(), "a **好🚃** c");
    assert_eq!(field(&corner).selection_start().unwrap(), Some(4));
    assert!(press(&corner, "b", |key| key.set_ctrl_key(true)));
    assert_eq!(field(&corner).value(), "a 好🚃 c");
    let page: web_sys::HtmlDocument = document().unchecked_into();
    assert!(page.exec_command("undo").unwrap());
    assert_eq!(field(&corner).value(), "a **好🚃** c");
}

#[wasm_bindgen_test]
async fn commands_are_offered_marked_taken_and_put_away() {
    let corner = mounted();
    settle().await;
    write(&corner, "/");
    select(&corner, 1, 1);
    write(&corner, "/");
    settle().await;
    assert_eq!(options(&corner).len(), 6);
    assert!(press(&corner, "ArrowDown", |_| ()) && press(&corner, "ArrowUp", |_| ()));
    settle().await;
    let active = field(&corner).get_attribute("aria-activedescendant").unwrap();
    assert!(corner.text(&format!("#{active}")).starts_with("/topic"));
    assert!(press(&corner, "Tab", |_| ()));
    settle().await;
    assert_eq!(field(&corner).value(), "/topic ");
    assert!(options(&corner).is_empty());

    write(&corner, "/le");
    settle().await;
    assert_eq!(options(&corner).len(), 1);
    assert!(press(&corner, "Escape", |_| ()));
    write(&corner, "/lea");
    settle().await;
    assert!(options(&corner).is_empty(), "Escape holds for this word");
}

#[wasm_bindgen_test]
async fn what_is_important_is_said_over_the_field_until_it_is_sent_or_taken_off() {
    let corner = mounted();
    settle().await;
    let pressed = || corner.get(".composer__mark").get_attribute("aria-pressed").unwrap();
    assert_eq!((pressed().as_str(), corner.find(".composer__context").is_some()), ("false", false));
    corner.get(".composer__mark").click();
    settle().await;
    assert_eq!(pressed(), "true");
    assert_eq!(corner.text(".composer__context"), "The next message is important.");
    write(&corner, "hello");
    press(&corner, "Enter", |_| ());
    settle().await;
    assert_eq!((pressed().as_str(), corner.find(".composer__context").is_some()), ("false", false), "sent");

    for _ in 0..2 {
        write(&corner, "/important");
        press(&corner, "Enter", |_| ());
    }
    settle().await;
    assert_eq!((pressed().as_str(), field(&corner).value().as_str()), ("false", ""), "on, and off again");
    write(&corner, "/important");
    press(&corner, "Enter", |_| ());
    settle().await;
    assert_eq!(pressed(), "true");
    corner.get(".composer__context button").click();
    settle().await;
    assert_eq!(
        (pressed().as_str(), corner.find(".composer__context").is_some()),
        ("false", false),
        "taken off"
    );
}

#[wasm_bindgen_test]
async fn while_an_input_method_composes_nothing_is_offered_or_taken() {
    let corner = mounted();
    settle().await;
    write(&corner, "/");
    select(&corner, 1, 1);
    let init = web_sys::InputEventInit::new();
    init.set_bubbles(true);
    init.set_is_composing(true);
    let input = web_sys::InputEvent::new_with_event_init_dict("input", &init).unwrap();
    field(&corner).dispatch_event(&input).unwrap();
    settle().await;
    assert!(options(&corner).is_empty());
    assert!(!press(&corner, "b", |key| {
        key.set_ctrl_key(true);
        key.set_is_composing(true);
    }));
}

#[wasm_bindgen_test]
async fn a_field_may_go_with_the_focus_in_it() {
    let corner = mounted();
    settle().await;
    field(&corner).focus().unwrap();
    let gone = field(&corner);
    // The page tells of the lost focus when all that listened is gone.
    drop(corner);
    gone.dispatch_event(&web_sys::Event::new("blur").unwrap()).unwrap();
    settle().await;
}

#[wasm_bindgen_test]
async fn what_is_too_long_is_said_and_not_sent() {
    let corner = mounted();
    settle().await;
    assert_eq!(corner.text(".composer__room"), "");
    write(&corner, &"x".repeat(25 * 1024));
    settle().await;
    assert_eq!(corner.text(".composer__room"), "3 KB left");
    write(&corner, &"文".repeat(10 * 1024));
    settle().await;
    assert_eq!(corner.text(".composer__room"), "2 KB too long to send", "bytes count, not letters");
    press(&corner, "Enter", |_| ());
    assert_eq!(field(&corner).value().chars().count(), 10 * 1024, "nothing is lost");
}
