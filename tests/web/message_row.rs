use std::sync::Arc;

use acs_chat::{MessageId, ThreadId};
use leptos::prelude::*;
use natter::model::priority::Priority;
use natter::model::rows::{Body, FailReason, MessageRow, Status, WaitReason};
use natter::signal::State;
use natter::store::ClientMessageId;
use natter::views::conversation::composer::Writing;
use natter::views::conversation::message_row::{MessageRowView, RowContext};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Corner, author, mount, now, settle};

fn message(own: bool, body: Body) -> MessageRow {
    MessageRow {
        id: Some(MessageId::new("7")),
        client_id: None,
        author: Arc::new(author("Mei")),
        own,
        first: true,
        sent_at: now(),
        body,
        edited: false,
        status: Status::Accepted,
        priority: Priority::Normal,
        seen_by: Vec::new(),
        source: own.then(|| "source".to_owned()),
    }
}

fn mounted(row: State<MessageRow>) -> Corner {
    mount(move || {
        let thread = ThreadId::new("19:a@thread.v2");
        let rows = RowContext {
            thread: StoredValue::new(thread.clone()),
            writing: Writing::new(thread),
            found: State::new(None),
            menu: State::new(None),
        };
        view! { <ol><MessageRowView row=row.into() rows /></ol> }
    })
}

#[wasm_bindgen_test]
async fn a_message_of_others_says_who_and_when() {
    let row = State::new(message(false, Body::Text("See https://a.example/x.\n  two".to_owned())));
    let corner = mounted(row);
    assert_eq!(corner.text(".message-row__author"), "Mei");
    assert_eq!(corner.text(".message-row__text"), "See https://a.example/x.\n  two");
    let link = corner.get("a");
    assert_eq!(link.get_attribute("href").unwrap(), "https://a.example/x");
    assert_eq!(link.get_attribute("rel").unwrap(), "noopener noreferrer");
    assert_eq!(corner.get(".message-row__text").get_attribute("dir").unwrap(), "auto");
    assert!(corner.find(".message-row__status").is_none());

    row.update(|row| row.edited = true);
    settle().await;
    assert!(corner.text(".message-row__text").ends_with(" (edited)"));
    row.update(|row| (row.body, row.edited) = (Body::Deleted, false));
    settle().await;
    assert_eq!(corner.text(".message-row__text"), "Message deleted");
}

#[wasm_bindgen_test]
async fn what_is_important_says_so_wherever_it_stands_in_a_run() {
    for (own, first) in [(false, true), (false, false), (true, true), (true, false)] {
        let body = Body::Text("See you at eight".to_owned());
        let row = State::new(MessageRow { first, priority: Priority::High, ..message(own, body) });
        let corner = mounted(row);
        assert_eq!(corner.text(".message-row__mark"), "Important", "{own} {first}");
        corner.get("li").focus().unwrap();
        settle().await;
        let label = corner.get("li").get_attribute("aria-label").unwrap();
        let author = if own { "You" } else { "Mei" };
        assert!(label.starts_with(&format!("Important: {author}, ")), "{label}");
        row.update(|row| row.priority = Priority::Normal);
        settle().await;
        assert!(corner.find(".message-row__mark").is_none());
    }
}

#[wasm_bindgen_test]
async fn nothing_but_emoji_is_larger() {
    let row = State::new(message(false, Body::Text("🎉 👍🏽".to_owned())));
    let corner = mounted(row);
    assert!(corner.find(".message-row__plain--emoji").is_some());
    row.update(|row| row.body = Body::Text("🎉!".to_owned()));
    settle().await;
    assert!(corner.find(".message-row__plain--emoji").is_none());
}

#[wasm_bindgen_test]
async fn a_message_of_mine_says_where_it_is_and_keeps_its_words_in_place() {
    let mut first = message(true, Body::Text("On it".to_owned()));
    (first.id, first.client_id) = (None, Some(ClientMessageId::new("c1")));
    first.status = Status::Waiting { why: WaitReason::Offline };
    let row = State::new(first);
    let corner = mounted(row);
    assert!(corner.find(".message-row--waiting").is_some());
    assert_eq!(corner.text(".message-row__status"), "Waits for a connection");
    let words = corner.get(".message-row__plain");

    row.update(|row| {
        row.status = Status::Failed { why: FailReason::TooLong { bytes: 31 * 1024, limit: 28 * 1024 } }
    });
    settle().await;
    assert_eq!(corner.text(".message-row__why"), "Not sent: 31 KB, and the limit is 28 KB");
    assert_eq!(corner.text(".message-row__ways"), "RetryEditDiscard");

    row.update(|row| {
        (row.id, row.client_id, row.status) = (Some(MessageId::new("8")), None, Status::Accepted);
        row.seen_by = vec![author("Mei"), author("Aiko")];
    });
    settle().await;
    assert!(corner.find(".message-row--failed").is_none());
    assert_eq!(corner.get(".message-row__seen").get_attribute("title").unwrap(), "Seen by Mei and Aiko");
    assert!(corner.get(".message-row__plain").is_same_node(Some(&words)), "the words were not built anew");
}

#[wasm_bindgen_test]
async fn the_toolbar_is_there_with_the_focus_and_has_one_tab_stop() {
    let corner = mounted(State::new(message(true, Body::Text("On it".to_owned()))));
    assert!(corner.find("[role=toolbar]").is_none());
    corner.get("li").focus().unwrap();
    settle().await;
    assert_eq!(corner.root.query_selector_all("[role=toolbar] button").unwrap().length(), 7);
    assert_eq!(corner.root.query_selector_all("[role=toolbar] [tabindex='0']").unwrap().length(), 1);
    let label = corner.get("li").get_attribute("aria-label").unwrap();
    assert!(label.starts_with("You, ") && label.ends_with(": On it"), "{label}");
}

#[wasm_bindgen_test]
async fn an_answer_that_came_gives_way_to_its_message_in_the_same_row() {
    let asked = ClientMessageId::new("asked");
    let row = State::new(MessageRow { id: None, ..message(false, Body::Answering(asked)) });
    let corner = mounted(row);
    settle().await;
    let element = corner.get(".message-row");
    assert_eq!(corner.text(".message-row__text"), "", "nobody asked that here");
    let said = "**Two** <b>stops</b>\n\n```rust\nlet a;\n```\n- [x](javascript:alert(1))";
    row.update(|row| {
        (row.id, row.body) = (Some(MessageId::new("7")), Body::Markdown(said.to_owned()));
    });
    settle().await;
    assert!(element.is_same_node(Some(&corner.get(".message-row"))), "the row is the one that was there");
    let html = corner.get(".message-row__text").inner_html().replace("<!---->", "");
    assert_eq!(
        html,
        "<p><strong>Two</strong> &lt;b&gt;stops&lt;/b&gt;</p><pre><code>let a;</code></pre>\
         <ul><li>[x](javascript:alert(1))</li></ul>"
    );
}
