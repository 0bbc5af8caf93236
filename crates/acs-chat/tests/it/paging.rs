//! Lists in pages.

use acs_chat::*;
use futures_util::TryStreamExt;
use serde_json::{Value, json};

use crate::harness::*;

fn items(ids: &[&str], next_link: Option<&str>) -> Result<HttpResponse, TransportError> {
    let value: Vec<Value> = ids.iter().map(|id| json!({"id": id, "topic": "T"})).collect();
    let mut page = json!({ "value": value });
    if let Some(link) = next_link {
        page["nextLink"] = link.into();
    }
    reply(200, &page)
}

fn ids(page: Vec<ChatThreadItem>) -> Vec<String> {
    page.into_iter().map(|item| item.id.to_string()).collect()
}

const NEXT: &str =
    "https://name.communication.azure.com/chat/threads/19:x@thread.v2?syncState=a%2Fb&api-version=2021-03-07";

#[test]
fn a_next_link_is_followed_verbatim_and_with_the_token() {
    let script = Script::new([items(&["1", "2"], Some(NEXT)), items(&["3"], None)]);
    let mut pager = chat_client(&script).list_chat_threads(ListFromTime::default());
    assert_eq!(script.requests(), [], "nothing is asked before it is wanted");
    assert_eq!(now(pager.next_page()).unwrap().map(ids), Some(vec!["1".to_owned(), "2".to_owned()]));
    assert_eq!(now(pager.next_page()).unwrap().map(ids), Some(vec!["3".to_owned()]));
    assert_eq!(now(pager.next_page()).unwrap().map(ids), None);
    assert_eq!(now(pager.next_page()).unwrap().map(ids), None);
    let requests = script.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].url, format!("{ORIGIN}/chat/threads?api-version=2025-03-15"));
    assert_eq!(requests[1].url, NEXT);
    assert_eq!(requests[1].method, Method::Get);
    assert_eq!(requests[1].header("authorization"), Some("Bearer a.b.c"));
    assert_eq!(requests[1].header("accept"), Some("application/json"));
}

#[test]
fn an_empty_page_does_not_end_the_list() {
    let script = Script::new([items(&[], Some("/a")), items(&[], Some("/b")), items(&["1"], None)]);
    let mut pager = chat_client(&script).list_chat_threads(ListFromTime::default());
    assert_eq!(now(pager.next_item()).unwrap().unwrap().id.as_str(), "1");
    assert_eq!(now(pager.next_item()).unwrap(), None);
    assert_eq!(script.urls()[1..], [format!("{ORIGIN}/a"), format!("{ORIGIN}/b")]);
}

#[test]
fn the_token_does_not_go_to_another_origin() {
    for link in ["https://evil.example/chat", "http://name.communication.azure.com/chat", "//evil.example"] {
        let script = Script::new([items(&["1"], Some(link))]);
        let mut pager = chat_client(&script).list_chat_threads(ListFromTime::default());
        assert_eq!(now(pager.next_page()).unwrap().map(ids), Some(vec!["1".to_owned()]), "the page is good");
        for _ in 0..2 {
            assert!(matches!(now(pager.next_page()), Err(ApiError::BrokenReply { .. })), "{link}");
        }
        assert_eq!(script.requests().len(), 1, "{link}");
    }
}

#[test]
fn a_list_that_leads_back_is_an_error_and_not_an_endless_loop() {
    let first = format!("{ORIGIN}/chat/threads?api-version=2025-03-15");
    for (links, asked) in [
        (vec![first.as_str()], 1),
        (vec!["/a", "/a"], 2),
        (vec!["/a", "/b", "https://name.communication.azure.com/a"], 3),
    ] {
        let script = Script::new(links.iter().map(|link| items(&["1"], Some(link))));
        let pages = chat_client(&script).list_chat_threads(ListFromTime::default()).by_page();
        let result: Result<Vec<_>, _> = now(pages.try_collect());
        assert!(matches!(result, Err(ApiError::BrokenReply { .. })), "{links:?}");
        assert_eq!(script.requests().len(), asked, "{links:?}");
    }
}

#[test]
fn after_an_error_the_same_page_is_asked_for_again() {
    let script = Script::new([
        Err(TransportError::Unclear("reset".into())),
        items(&["1"], Some("/a")),
        empty_reply(503),
        items(&["2"], None),
    ]);
    let mut pager = chat_client(&script).list_chat_threads(ListFromTime::default());
    assert!(now(pager.next_item()).is_err());
    assert_eq!(now(pager.next_item()).unwrap().unwrap().id.as_str(), "1");
    assert_eq!(now(pager.next_item()).unwrap_err().status(), Some(503));
    assert_eq!(now(pager.next_item()).unwrap().unwrap().id.as_str(), "2");
    let urls = script.urls();
    assert_eq!((&urls[0], &urls[2]), (&urls[1], &urls[3]));
}

#[test]
fn as_streams_items_and_pages_are_the_same_list() {
    let replies = || [items(&["1", "2"], Some("/a")), items(&[], Some("/b")), items(&["3"], None)];
    let list = || chat_client(&Script::new(replies())).list_chat_threads(ListFromTime::default());
    let pages: Vec<_> = now(list().by_page().try_collect()).unwrap();
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 0, 1]);
    let all: Vec<_> = now(list().items().try_collect()).unwrap();
    assert_eq!(ids(all), ["1", "2", "3"]);
}

#[test]
fn pages_after_items_begin_with_the_rest_of_the_page() {
    let script = Script::new([items(&["1", "2", "3"], Some("/a")), items(&["4"], None)]);
    let mut pager = chat_client(&script).list_chat_threads(ListFromTime::default());
    assert_eq!(now(pager.next_item()).unwrap().unwrap().id.as_str(), "1");
    assert_eq!(now(pager.next_page()).unwrap().map(ids), Some(vec!["2".to_owned(), "3".to_owned()]));
    assert_eq!(now(pager.next_item()).unwrap().unwrap().id.as_str(), "4");
}

#[test]
fn every_list_of_a_thread_is_paged() {
    let participant = json!({"communicationIdentifier": identifier()});
    let receipt = json!({"senderCommunicationIdentifier": identifier(), "chatMessageId": "1",
                         "readOn": "2021-06-15T23:04:10Z"});
    let message = json!({"id": "1", "type": "text", "sequenceId": "1", "version": "1",
                         "createdOn": "2021-06-15T23:04:09Z"});
    let script = Script::new([
        reply(200, &json!({"value": [participant], "nextLink": "/p"})),
        reply(200, &json!({"value": [participant]})),
        reply(200, &json!({"value": [receipt], "nextLink": "/r"})),
        reply(200, &json!({"value": [receipt]})),
        reply(200, &json!({"value": [message], "nextLink": "/m"})),
        reply(200, &json!({"value": [message]})),
    ]);
    let client = thread_client(&script);
    let one = ListFromPosition { results_per_page: Some(1), skip: Some(1) };
    let participants: Vec<_> = now(client.list_participants(one).items().try_collect()).unwrap();
    let receipts: Vec<_> = now(client.list_read_receipts(one).items().try_collect()).unwrap();
    let messages: Vec<_> = now(client.list_messages(ListFromTime::default()).items().try_collect()).unwrap();
    assert_eq!((participants.len(), receipts.len(), messages.len()), (2, 2, 2));
    let thread = format!("{ORIGIN}/chat/threads/19%3Aa-b_c1%40thread.v2");
    assert_eq!(
        script.urls(),
        [
            format!("{thread}/participants?maxPageSize=1&skip=1&api-version=2025-03-15"),
            format!("{ORIGIN}/p"),
            format!("{thread}/readReceipts?maxPageSize=1&skip=1&api-version=2025-03-15"),
            format!("{ORIGIN}/r"),
            format!("{thread}/messages?api-version=2025-03-15"),
            format!("{ORIGIN}/m"),
        ]
    );
}

#[test]
fn a_list_of_an_impossible_thread_fails_when_it_is_asked() {
    let script = Script::new([]);
    let client = chat_client(&script).get_chat_thread_client(ThreadId::new(".."));
    let mut pager = client.list_messages(ListFromTime::default());
    assert!(matches!(now(pager.next_page()), Err(ApiError::InvalidRequest { .. })));
}
