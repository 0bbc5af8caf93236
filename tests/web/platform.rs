//! What the app asks of the browser itself: storage and requests.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acs_chat::{HttpRequest, Method, Transport, TransportError};
use natter::backend::fetch::Fetch;
use natter::platform::Shelf;
use natter::platform::browser::platform;
use natter::platform::letters::lower_case;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn what_is_stored_is_there_until_it_is_taken_away() {
    let storage = platform().storage;
    storage.clear().await.unwrap();
    let put = |key: &str, value: &str| storage.put(Shelf::Drafts, key.to_owned(), value.to_owned());
    put("a", "1").await.unwrap();
    put("b", "2").await.unwrap();
    put("a", "3").await.unwrap();
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(storage.all(Shelf::Drafts).await.unwrap(), [pair("a", "3"), pair("b", "2")]);
    assert_eq!(platform().storage.all(Shelf::Drafts).await.unwrap().len(), 2, "opened anew");
    storage.remove(Shelf::Drafts, "a".to_owned()).await.unwrap();
    assert_eq!(storage.all(Shelf::Drafts).await.unwrap(), [pair("b", "2")]);
    assert_eq!(storage.all(Shelf::Outbox).await.unwrap(), []);
    storage.clear().await.unwrap();
    assert_eq!(storage.all(Shelf::Drafts).await.unwrap(), []);
}

fn request(method: Method, url: &str) -> HttpRequest {
    let body = (method == Method::Post).then(|| b"{\"a\": \"\xe7\x8e\x8b\"}".to_vec());
    let headers = vec![("Accept", "text/html".to_owned()), ("Content-Type", "application/json".to_owned())];
    HttpRequest { method, url: url.to_owned(), headers, body }
}

#[wasm_bindgen_test]
async fn a_reply_has_status_headers_and_body() {
    let page = web_sys::window().unwrap().location().origin().unwrap();
    let reply = Fetch.send(request(Method::Get, &page)).await.unwrap();
    assert_eq!(reply.status, 200);
    assert!(reply.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{reply:?}");
    assert!(String::from_utf8(reply.body).unwrap().contains("<html"));
    let refused = Fetch.send(request(Method::Post, &format!("{page}/nothing-here"))).await.unwrap();
    assert!(refused.status >= 400, "{refused:?}");
}

#[wasm_bindgen_test]
async fn a_request_that_gets_no_reply_says_whether_it_left() {
    // Nobody listens on port 9, and browsers do not even try.
    let lost = Fetch.send(request(Method::Get, "http://127.0.0.1:9/")).await;
    assert!(matches!(&lost, Err(TransportError::Unclear(words)) if !words.is_empty()), "{lost:?}");
    let wrong = Fetch.send(request(Method::Get, "http://[")).await;
    assert!(matches!(&wrong, Err(TransportError::NotSent(words)) if !words.is_empty()), "{wrong:?}");
}

#[wasm_bindgen_test]
fn letters_of_all_scripts_are_made_small() {
    assert_eq!(lower_case("ÀÉ Ω Ж 王 ABC"), "àé ω ж 王 abc");
}

#[wasm_bindgen_test]
async fn it_is_one_tab_s_turn_at_a_time_and_nobody_s_who_stopped_waiting() {
    let page = platform().page;
    let first = page.turn().await;
    let mut given_up = page.turn();
    let mut second = page.turn();
    assert!(futures_util::poll!(&mut given_up).is_pending());
    assert!(futures_util::poll!(&mut second).is_pending());
    drop(given_up);
    assert!(futures_util::poll!(&mut second).is_pending(), "still the first one's");
    drop(first);
    drop(second.await);
    drop(page.turn().await);
}

#[wasm_bindgen_test]
async fn what_one_tab_tells_the_others_hear() {
    let (one, other) = (platform().page, platform().page);
    let heard: Rc<RefCell<Vec<Vec<String>>>> = Rc::default();
    let (put, own) = (Rc::clone(&heard), Rc::clone(&heard));
    let told = Rc::new(Cell::new(None));
    let promise = js_sys::Promise::new(&mut |resolve, _| told.set(Some(resolve)));
    other.hear(Rc::new(move |words| {
        put.borrow_mut().push(words);
        if let Some(resolve) = told.take() {
            resolve.call0(&wasm_bindgen::JsValue::NULL).unwrap();
        }
    }));
    one.hear(Rc::new(move |words| own.borrow_mut().push(words)));
    let words = ["me".to_owned(), "王\n\"".to_owned(), String::new()];
    one.tell(&words);
    wasm_bindgen_futures::JsFuture::from(promise).await.unwrap();
    assert_eq!(*heard.borrow(), [words.to_vec()], "once, and not by the one who tells");
}
