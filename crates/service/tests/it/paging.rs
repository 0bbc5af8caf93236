//! Pages: nothing is skipped and nothing comes twice, whatever is written in between.

use crate::harness::{TestApp, VERSION, field, identifier, next_target, participant, text, with_version};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A small generator of repeatable chance.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

#[tokio::test]
async fn a_walk_gives_every_message_once_while_others_write() {
    for seed in 0..12 {
        let mut chance = Chance(seed);
        let app = TestApp::new().await;
        let (ann, bob) = (app.user().await, app.user().await);
        let thread = app.thread(&ann, &[&bob]).await;
        let mut ids = Vec::new();
        for n in 0..30 {
            ids.push(app.say(&ann, &thread, &n.to_string()).await);
        }
        let there: BTreeSet<String> = field(&app.messages(&bob, &thread).await, "id").into_iter().collect();

        let mut seen = Vec::new();
        let mut sequences = Vec::new();
        let mut next = Some(with_version(&format!("{thread}/messages?maxPageSize={}", 1 + chance.below(7))));
        while let Some(target) = next {
            let page = app.get_verbatim(&bob, &target).await;
            for item in page["value"].as_array().unwrap() {
                seen.push(text(&item["id"]));
                sequences.push(text(&item["sequenceId"]).parse::<u64>().unwrap());
            }
            assert!(seen.len() <= there.len(), "seed {seed}: a walk that does not end");
            next = next_target(&page);
            for _ in 0..3 {
                app.pass_ms(7);
                let path = format!("{thread}/messages/{}", ids[chance.below(ids.len())]);
                match chance.below(3) {
                    // A message that was deleted already answers 404 to the edit.
                    0 => drop(app.patch(&ann, &path, json!({"content": "edited"})).await),
                    1 => drop(app.delete(&ann, &path).await.ok(204)),
                    _ => drop(app.say(&ann, &thread, "new").await),
                }
            }
        }
        assert_eq!(seen.len(), there.len(), "seed {seed}");
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), there, "seed {seed}");
        assert!(sequences.is_sorted_by(|a, b| a > b), "seed {seed}: {sequences:?}");
    }
}

#[tokio::test]
async fn what_changed_during_a_walk_is_above_its_mark() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let old = app.say(&ann, &thread, "old").await;
    app.say(&ann, &thread, "newer").await;
    let first = app.get_verbatim(&ann, &with_version(&format!("{thread}/messages?maxPageSize=1"))).await;
    let mark = text(&first["value"][0]["sequenceId"]);
    app.patch(&ann, &format!("{thread}/messages/{old}"), json!({"content": "changed"})).await.ok(204);
    let second = app.get_verbatim(&ann, &next_target(&first).unwrap()).await;
    assert_eq!(second["value"][0]["content"]["message"], "changed", "never a text that was replaced");
    assert!(text(&second["value"][0]["sequenceId"]) < mark);
    let again = app.messages(&ann, &thread).await;
    assert_eq!(text(&again[0]["id"]), old);
    assert!(text(&again[0]["sequenceId"]) > mark);
}

#[tokio::test]
async fn hidden_messages_do_not_end_or_empty_a_walk() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[]).await;
    let mut hidden = Vec::new();
    for _ in 0..9 {
        hidden.push(app.say(&ann, &thread, "hidden").await);
    }
    app.pass_ms(60_000);
    let body = json!({"participants": [{"communicationIdentifier": {"rawId": bob.id},
                                        "shareHistoryTime": "2025-01-02T03:05:05Z"}]});
    app.post(&ann, &format!("{thread}/participants/:add"), body).await.ok(201);
    let seen = app.say(&ann, &thread, "seen").await;
    for id in hidden {
        app.patch(&ann, &format!("{thread}/messages/{id}"), json!({"content": "edited"})).await.ok(204);
    }
    let pages = app.walk(&bob, &format!("{thread}/messages?maxPageSize=1")).await;
    let ids: Vec<String> = pages.iter().flat_map(|page| field(page, "id")).collect();
    assert_eq!(ids.len(), 2, "the message and bob's own addition: {ids:?}");
    assert_eq!(ids[0], seen);
}

#[tokio::test]
async fn start_time_keeps_what_came_at_or_after_it() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    app.say(&ann, &thread, "before").await;
    app.clock.set_ms(1_735_787_100_000);
    let at = app.say(&ann, &thread, "at").await;
    app.pass_ms(1000);
    let after = app.say(&ann, &thread, "after").await;
    for start in [
        "2025-01-02T03%3A05%3A00Z",
        "2025-01-02T03:05:00.000000Z",
        "1%2F2%2F2025%203%3A05%3A00%20AM%20%2B00%3A00",
    ] {
        let pages = app.walk(&ann, &format!("{thread}/messages?maxPageSize=1&startTime={start}")).await;
        let ids: Vec<String> = pages.iter().flat_map(|page| field(page, "id")).collect();
        assert_eq!(ids, [after.clone(), at.clone()], "{start}");
    }
}

#[tokio::test]
async fn a_walk_over_threads_gives_each_once_while_they_are_written_to() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let mut threads = Vec::new();
    for _ in 0..11 {
        app.pass_ms(1000);
        threads.push(app.thread(&ann, &[]).await);
    }
    let mut chance = Chance(5);
    let mut seen: Vec<String> = Vec::new();
    let mut next = Some(with_version("/chat/threads?maxPageSize=2"));
    while let Some(target) = next {
        let page = app.get_verbatim(&ann, &target).await;
        assert!(page["value"].as_array().unwrap().len() <= 2);
        seen.extend(field(page["value"].as_array().unwrap(), "id"));
        assert!(seen.len() <= threads.len(), "a walk that does not end");
        next = next_target(&page);
        for _ in 0..4 {
            app.pass_ms(500);
            app.say(&ann, &threads[chance.below(threads.len())], "x").await;
        }
        app.thread(&ann, &[]).await;
    }
    let all: BTreeSet<_> = threads.iter().map(|path| path.rsplit('/').next().unwrap().to_owned()).collect();
    assert_eq!(seen.len(), all.len());
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), all);
}

#[tokio::test]
async fn participants_page_from_a_skip() {
    let app = TestApp::new().await;
    let (ann, bob, eve) = (app.user().await, app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    let walk = async |query: &str| {
        let pages = app.walk(&ann, &format!("{thread}/participants?{query}")).await;
        assert!(pages.iter().all(|page| page.len() <= 1));
        pages.concat().len()
    };
    assert_eq!(walk("maxPageSize=1&skip=1").await, 1);
    app.post(&ann, &format!("{thread}/participants/:add"), json!({"participants": [participant(&eve.id)]}))
        .await
        .ok(201);
    assert_eq!(walk("maxPageSize=1&skip=1").await, 2);
    assert_eq!(walk("maxPageSize=1").await, 3);
    assert_eq!(walk("maxPageSize=1&skip=9").await, 0);
}

#[tokio::test]
async fn links_are_absolute_raw_and_carry_the_version() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let page = app
        .get(&ann, &format!("{}/messages?maxPageSize=1", thread.replace("19:", "19%3A").replace('@', "%40")))
        .await
        .ok(200);
    let link = text(&page["nextLink"]);
    assert!(
        link.starts_with(&format!(
            "http://localhost:8080{thread}/messages?{VERSION}&maxPageSize=1&syncState="
        )),
        "{link}"
    );
}

#[tokio::test]
async fn odd_page_parameters_are_refused() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    for query in [
        "maxPageSize=0",
        "maxPageSize=-1",
        "maxPageSize=x",
        "maxPageSize=",
        "maxPageSize=1e2",
        "maxPageSize=99999999999",
        "startTime=soon",
        "syncState=x",
        "syncState=%00",
    ] {
        app.get(&ann, &format!("{thread}/messages?{query}")).await.refused(400, "BadRequest");
        app.get(&ann, &format!("/chat/threads?{query}")).await.refused(400, "BadRequest");
    }
    for query in ["skip=-1", "skip=x", "syncState=x"] {
        app.get(&ann, &format!("{thread}/participants?{query}")).await.refused(400, "BadRequest");
        app.get(&ann, &format!("{thread}/readReceipts?{query}")).await.refused(400, "BadRequest");
    }
    app.get(&ann, &format!("{thread}/participants?skip=2147483647&maxPageSize=2147483647")).await.ok(200);
    let all: Value = app.get(&ann, &format!("{thread}/messages?maxPageSize=5000")).await.ok(200);
    assert_eq!(all["value"].as_array().unwrap().len(), 2, "more than the greatest page is the greatest page");
}

#[tokio::test]
async fn a_page_has_at_most_two_hundred_and_twenty_unless_asked() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    for _ in 0..199 {
        app.say(&ann, &thread, "x").await;
    }
    for (query, expected) in [("maxPageSize=201", [200, 1].as_slice()), ("maxPageSize=200", &[200, 1])] {
        let pages = app.walk(&ann, &format!("{thread}/messages?{query}")).await;
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), expected, "{query}");
    }
    let page = app.get(&ann, &format!("{thread}/messages")).await.ok(200);
    assert_eq!(page["value"].as_array().unwrap().len(), 20);
    assert!(page.get("nextLink").is_some());
}

/// Python encodes the thread's id and writes the query anew under its own version; JavaScript sends the link back as
/// it is (reference 3.5, trap 15).
#[tokio::test]
async fn a_link_comes_back_raw_or_encoded_and_under_either_version() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let start = "1%2F1%2F1970%2012%3A00%3A00%20AM%20%2B00%3A00";
    let first = app.get(&ann, &format!("{thread}/messages?maxPageSize=1&startTime={start}")).await.ok(200);
    let verbatim = next_target(&first).unwrap();
    assert!(verbatim.contains(&format!("startTime={start}")), "{verbatim}");
    let (path, query) = verbatim.split_once('?').unwrap();
    let encoded = path.replace(':', "%3A").replace('@', "%40");
    let plus = query.replace("%20", "+");
    let other = query.replace(VERSION, "api-version=2021-03-07");
    for target in [
        verbatim.clone(),
        format!("{encoded}?{query}"),
        format!("{path}?{plus}"),
        format!("{encoded}?{other}"),
        format!("{path}?{}", query.split('&').rev().collect::<Vec<_>>().join("&")),
    ] {
        let page = app.get_verbatim(&ann, &target).await;
        assert_eq!(field(page["value"].as_array().unwrap(), "sequenceId"), ["1"], "{target}");
        assert_eq!(page.get("nextLink"), None, "{target}");
    }
}

/// People leave, come and come back, and read on, between the pages of a walk.
#[tokio::test]
async fn walks_over_people_and_receipts_skip_and_repeat_nobody() {
    for (list, page_size) in
        [("participants", 1), ("participants", 3), ("readReceipts", 1), ("readReceipts", 2)]
    {
        let app = TestApp::new().await;
        let ann = app.user().await;
        let mut people = Vec::new();
        for _ in 0..15 {
            people.push(app.user().await);
        }
        let thread = app.thread(&ann, &people.iter().collect::<Vec<_>>()).await;
        let (add, remove) = (format!("{thread}/participants/:add"), format!("{thread}/participants/:remove"));
        let first = app.say(&ann, &thread, "1").await;
        let second = app.say(&ann, &thread, "2").await;
        for user in people.iter().chain([&ann]) {
            app.post(user, &format!("{thread}/readReceipts"), json!({"chatMessageId": first})).await.ok(200);
        }
        let who = |page: &Value| -> Vec<String> {
            let name = if list == "participants" {
                "communicationIdentifier"
            } else {
                "senderCommunicationIdentifier"
            };
            page["value"].as_array().unwrap().iter().map(|item| text(&item[name]["rawId"])).collect()
        };
        let mut seen: Vec<String> = Vec::new();
        let mut left: Vec<String> = Vec::new();
        let mut next = Some(with_version(&format!("{thread}/{list}?maxPageSize={page_size}")));
        let mut step = 0;
        while let Some(target) = next {
            assert!(target.contains("skip=") == (step > 0), "{target}");
            let page = app.get_verbatim(&ann, &target).await;
            seen.extend(who(&page));
            assert!(seen.len() <= 16, "{list}: a walk that does not end: {seen:?}");
            next = next_target(&page);
            // Somebody who was given leaves for good; another who was given leaves and comes back; a new one comes.
            if step < 3 {
                let given: Vec<&String> =
                    seen.iter().filter(|id| **id != ann.id && !left.contains(id)).collect();
                if let Some(id) = given.first() {
                    app.post(&ann, &remove, identifier(id)).await.ok(204);
                    left.push((*id).clone());
                }
                if let Some(id) = given.get(1) {
                    app.post(&ann, &remove, identifier(id)).await.ok(204);
                    app.post(&ann, &add, json!({"participants": [participant(id)]})).await.ok(201);
                }
                let new = app.user().await;
                app.post(&ann, &add, json!({"participants": [participant(&new.id)]})).await.ok(201);
                app.post(&people[14], &format!("{thread}/readReceipts"), json!({"chatMessageId": second}))
                    .await
                    .ok(200);
            }
            step += 1;
        }
        let expected: BTreeSet<String> = people.iter().chain([&ann]).map(|user| user.id.clone()).collect();
        assert_eq!(seen.len(), expected.len(), "{list} by {page_size}");
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), expected, "{list} by {page_size}");
    }
}
