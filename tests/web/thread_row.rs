use acs_chat::ThreadId;
use leptos::prelude::*;
use natter::model::priority::Priority;
use natter::model::rows::{Access, FailReason, Preview, PreviewAuthor, PreviewWords, ThreadRow};
use natter::signal::State;
use natter::views::threads::thread_row::ThreadRowView;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Corner, mount, now, settle};

fn row() -> ThreadRow {
    ThreadRow {
        id: ThreadId::new("19:a b@thread.v2"),
        topic: "<img src=x onerror=alert(1)> Line 7".to_owned(),
        last_activity: Some(now()),
        preview: Some(Preview {
            priority: Priority::Normal,
            author: PreviewAuthor::Other("Mei".to_owned()),
            words: PreviewWords::Said("海心沙 is open".to_owned()),
        }),
        draft: None,
        failed: None,
        unread: 0,
        can_mark_unread: false,
        access: Access::Open,
    }
}

fn mounted(row: &ArcRwSignal<ThreadRow>, open: State<Option<ThreadId>>) -> Corner {
    let row = row.clone();
    mount(move || view! { <ThreadRowView row open=open.into() /> })
}

#[wasm_bindgen_test]
async fn a_row_follows_its_thread() {
    let row = ArcRwSignal::new(row());
    let open = State::new(None);
    let corner = mounted(&row, open);
    assert_eq!(corner.text(".thread-row__title"), "<img src=x onerror=alert(1)> Line 7", "names are words");
    assert!(corner.find("img").is_none());
    assert_eq!(corner.text(".thread-row__words"), "Mei: 海心沙 is open");
    assert_eq!(corner.get("a").get_attribute("href").unwrap(), "#/threads/19%3Aa%20b%40thread.v2");
    assert!(corner.find(".thread-row__count").is_none());

    row.update(|row| row.unread = 12);
    settle().await;
    assert_eq!(corner.text(".thread-row__count"), "12 unread");
    assert!(corner.find(".thread-row--unread").is_some());

    row.update(|row| {
        row.preview = row.preview.take().map(|preview| Preview { priority: Priority::High, ..preview });
    });
    settle().await;
    assert_eq!(corner.get(".thread-row__line svg").get_attribute("aria-label").unwrap(), "Important");

    row.update(|row| row.draft = Some("I think".to_owned()));
    settle().await;
    assert_eq!(corner.text(".thread-row__words"), "Draft: I think");
    assert!(corner.find(".thread-row__line svg").is_none(), "a draft is not what is important");

    row.update(|row| row.failed = Some(FailReason::NotMember));
    settle().await;
    assert_eq!(corner.text(".thread-row__words"), "Not sent: you are no longer in this thread");
    assert_eq!(corner.get("svg").get_attribute("aria-label").unwrap(), "Not sent");
}

#[wasm_bindgen_test]
async fn a_row_that_is_read_can_be_marked_unread() {
    let row = ArcRwSignal::new(row());
    let corner = mounted(&row, State::new(None));
    assert!(corner.find("button").is_none(), "nothing in it can be unread");
    row.update(|row| row.can_mark_unread = true);
    settle().await;
    let button = corner.get("li > .thread-row__action");
    assert_eq!(button.get_attribute("aria-label").unwrap(), "Mark unread");
    assert_eq!(button.get_attribute("tabindex").unwrap(), "-1");
    assert!(corner.find("a button").is_none(), "no button in a link");
}

#[wasm_bindgen_test]
async fn the_open_thread_is_the_current_page() {
    let row = ArcRwSignal::new(row());
    let open = State::new(None);
    let corner = mounted(&row, open);
    assert!(!corner.get("a").has_attribute("aria-current"));
    open.set(Some(ThreadId::new("19:a b@thread.v2")));
    settle().await;
    assert_eq!(corner.get("a").get_attribute("aria-current").unwrap(), "page");
}
