//! Operations 1 to 5.

use crate::harness::{TestApp, field, identifier, participant, text};
use serde_json::json;
use sqlx::Connection as _;

#[tokio::test]
async fn a_new_thread_has_the_contracts_shape_and_begins_with_two_system_messages() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let reply = app
        .post(
            &ann,
            "/chat/threads",
            json!({"topic": "Plans", "participants": [participant(&bob.id)], "metadata": {"k": "v"}}),
        )
        .await;
    let made = reply.ok(201);
    let id = text(&made["chatThread"]["id"]);
    assert_eq!(
        made,
        json!({"chatThread": {"id": id, "topic": "Plans", "createdOn": "2025-01-02T03:04:05Z",
            "createdByCommunicationIdentifier": identifier(&ann.id), "metadata": {"k": "v"}}})
    );
    assert!(id.starts_with("19:") && id.ends_with("1@thread.v2"), "{id}");
    let encoded = id.replace(':', "%3A");
    assert_eq!(reply.headers["location"], format!("http://localhost:8080/chat/threads/{encoded}"));

    let shown =
        json!({"communicationIdentifier": identifier(&ann.id), "shareHistoryTime": "1970-01-01T00:00:00Z"});
    let other =
        json!({"communicationIdentifier": identifier(&bob.id), "shareHistoryTime": "1970-01-01T00:00:00Z"});
    let messages = app.messages(&bob, &format!("/chat/threads/{id}")).await;
    assert_eq!(
        json!(messages),
        json!([
            {"id": "1735787045679", "type": "topicUpdated", "sequenceId": "2", "version": "1735787045679",
             "content": {"topic": "Plans", "initiatorCommunicationIdentifier": identifier(&ann.id)},
             "createdOn": "2025-01-02T03:04:05Z"},
            {"id": "1735787045678", "type": "participantAdded", "sequenceId": "1", "version": "1735787045678",
             "content": {"participants": [shown, other], "initiatorCommunicationIdentifier": identifier(&ann.id)},
             "createdOn": "2025-01-02T03:04:05Z"},
        ])
    );
}

#[tokio::test]
async fn a_thread_is_found_by_its_id_raw_and_encoded() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let encoded = thread.replace("19:", "19%3A").replace('@', "%40");
    assert_eq!(app.get(&ann, &thread).await.ok(200), app.get(&ann, &encoded).await.ok(200));
}

#[tokio::test]
async fn naming_the_creator_does_not_double_them_and_keeps_what_was_said_of_them() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let listed = json!({"communicationIdentifier": {"communicationUser": {"id": ann.id}, "kind": "communicationUser"},
                        "displayName": "Ann"});
    let made = app.post(&ann, "/chat/threads", json!({"topic": "t", "participants": [listed]})).await.ok(201);
    let path = format!("/chat/threads/{}/participants", text(&made["chatThread"]["id"]));
    let participants = app.get(&ann, &path).await.ok(200);
    assert_eq!(participants["value"].as_array().unwrap().len(), 1);
    assert_eq!(participants["value"][0]["displayName"], "Ann");
}

#[tokio::test]
async fn patches_change_what_they_name() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    let policy = json!({"kind": "threadCreationDate", "deleteThreadAfterDays": 40});
    app.patch(&ann, &thread, json!({"metadata": {"a": "1", "b": "2"}, "retentionPolicy": policy}))
        .await
        .ok(204);
    app.patch(&bob, &thread, json!({"metadata": {"a": "", "c": "3"}})).await.ok(204);
    app.patch(&bob, &thread, json!({})).await.ok(204);
    let shown = app.get(&ann, &thread).await.ok(200);
    assert_eq!(shown["topic"], "Topic");
    assert_eq!(shown["metadata"], json!({"b": "2", "c": "3"}));
    assert_eq!(shown["retentionPolicy"], policy);
    assert_eq!(app.messages(&ann, &thread).await.len(), 2, "no system message for metadata or retention");

    app.patch(&bob, &thread, json!({"topic": "New"})).await.ok(204);
    let latest = &app.messages(&ann, &thread).await[0];
    assert_eq!((&latest["type"], &latest["content"]["topic"]), (&json!("topicUpdated"), &json!("New")));
    assert_eq!(latest["content"]["initiatorCommunicationIdentifier"], identifier(&bob.id));
    assert_eq!(app.get(&ann, &thread).await.ok(200)["topic"], "New");
    app.patch(&ann, &thread, json!({"metadata": {"b": null, "c": null}})).await.ok(204);
    assert_eq!(app.get(&ann, &thread).await.ok(200).get("metadata"), None, "an empty map is left out");
}

#[tokio::test]
async fn a_deleted_thread_is_gone_for_all() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    app.say(&bob, &thread, "x").await;
    app.delete(&bob, &thread).await.ok(204);
    app.get(&ann, &thread).await.refused(404, "NotFound");
    app.get(&ann, &format!("{thread}/messages")).await.refused(404, "NotFound");
    app.delete(&ann, &thread).await.refused(404, "NotFound");
    assert_eq!(app.get(&ann, "/chat/threads").await.ok(200), json!({"value": []}));
}

#[tokio::test]
async fn the_list_shows_the_newest_activity_first_and_begins_where_asked() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let first = app.thread(&ann, &[]).await;
    app.pass_ms(10_000);
    let second = app.thread(&ann, &[]).await;
    let ids = async |path: &str| field(app.get(&ann, path).await.ok(200)["value"].as_array().unwrap(), "id");
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    assert_eq!(ids("/chat/threads").await, [id(&second), id(&first)]);
    app.pass_ms(10_000);
    app.say(&ann, &first, "up").await;
    assert_eq!(ids("/chat/threads").await, [id(&first), id(&second)]);
    let listed = app.get(&ann, "/chat/threads?startTime=2025-01-02T03:04:20Z").await.ok(200);
    assert_eq!(
        listed,
        json!({"value": [{"id": id(&first), "topic": "Topic", "lastMessageReceivedOn": "2025-01-02T03:04:25Z"}]})
    );
}

#[tokio::test]
async fn a_thread_goes_with_all_that_is_in_it_when_its_policy_says_so() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let policy = |days: u32| json!({"kind": "threadCreationDate", "deleteThreadAfterDays": days});
    let mut threads = Vec::new();
    for retention in [policy(30), policy(31), json!({"kind": "none"}), json!(null), policy(30)] {
        let body = json!({"topic": retention.to_string(), "retentionPolicy": retention});
        let made = app.post(&ann, "/chat/threads", body).await.ok(201);
        let thread = format!("/chat/threads/{}", text(&made["chatThread"]["id"]));
        app.say(&ann, &thread, "x").await;
        threads.push(thread);
    }
    let there = async |app: &TestApp| {
        let ann = app.token(&ann.id, &["chat"]).await;
        let mut there = Vec::new();
        for thread in &threads {
            there.push(app.get(&ann, thread).await.status == 200);
        }
        (there, app.get(&ann, "/chat/threads").await.ok(200)["value"].as_array().unwrap().len())
    };
    let becomes = async |app: &TestApp, expected: [bool; 5]| {
        for _ in 0..1000 {
            let (seen, listed) = there(app).await;
            if seen == expected && listed == expected.into_iter().filter(|there| *there).count() {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("{:?} and not {expected:?}", there(app).await);
    };
    let day_ms = 24 * 60 * 60 * 1000;
    app.pass_ms(30 * day_ms - 1);
    assert_eq!(there(&app).await.0, [true; 5]);
    app.pass_ms(60_000);
    becomes(&app, [false, true, true, true, false]).await;
    // A policy is counted from the thread's creation, whenever it is given; and the service may be down when it ends.
    let later = app.token(&ann.id, &["chat"]).await;
    app.patch(&later, &threads[3], json!({"retentionPolicy": policy(31)})).await.ok(204);
    app.patch(&later, &threads[1], json!({"retentionPolicy": {"kind": "none"}})).await.ok(204);
    let app = app.reopen_after_ms(day_ms).await;
    becomes(&app, [false, true, true, false, false]).await;
    let file = format!("sqlite://{}", app.settings.data.join("natter.sqlite3").display());
    let mut database = sqlx::SqliteConnection::connect(&file).await.unwrap();
    for table in ["thread", "participant", "message", "place"] {
        let column = if table == "thread" { "id" } else { "thread_id" };
        let count: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(DISTINCT {column}) FROM {table}")))
                .fetch_one(&mut database)
                .await
                .unwrap();
        assert_eq!(count, 2, "{table}");
    }
}
