//! Operations 11 to 13, and who sees which part of the history.

use crate::harness::{TestApp, field, identifier, participant, text};
use serde_json::json;

#[tokio::test]
async fn adding_tells_the_thread_and_adding_again_changes_nothing() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[]).await;
    let add = format!("{thread}/participants/:add");
    let body = json!({"participants": [{"communicationIdentifier": identifier(&bob.id), "displayName": "Bob",
                                        "shareHistoryTime": "2025-01-02T03:04:05.600Z", "metadata": {"k": "v"}}]});
    assert_eq!(app.post(&ann, &add, body).await.ok(201), json!({}));
    let listed = app.get(&bob, &format!("{thread}/participants")).await.ok(200);
    let bobs = json!({"communicationIdentifier": identifier(&bob.id), "displayName": "Bob",
                      "shareHistoryTime": "2025-01-02T03:04:05Z", "metadata": {"k": "v"}});
    assert_eq!(listed["value"][1], bobs);
    let latest = app.messages(&ann, &thread).await[0].clone();
    assert_eq!(latest["type"], "participantAdded");
    assert_eq!(latest["content"]["participants"][0]["displayName"], "Bob");
    assert_eq!(latest.get("senderDisplayName"), None);

    let again =
        json!({"participants": [{"communicationIdentifier": identifier(&bob.id), "displayName": "Robert"}]});
    assert_eq!(app.post(&ann, &add, again).await.ok(201), json!({}));
    assert_eq!(app.messages(&ann, &thread).await[0], latest);
    assert_eq!(app.get(&bob, &format!("{thread}/participants")).await.ok(200), listed);
}

#[tokio::test]
async fn those_who_cannot_be_added_are_named_and_the_others_are_added() {
    let app = TestApp::new().await;
    let (ann, bob, gone) = (app.user().await, app.user().await, app.user().await);
    app.signed("DELETE".parse().unwrap(), &format!("/identities/{}?api-version=2023-10-01", gone.id), "")
        .await
        .ok(204);
    let thread = app.thread(&ann, &[]).await;
    let unknown = format!("{}0", &bob.id[..bob.id.len() - 1]).replace(&bob.id, "8:acs:x_y");
    let foreign = "8:acs:00000000-0000-0000-0000-000000000000_0-0-0-0-0";
    let phone = json!({"communicationIdentifier": {"phoneNumber": {"value": "+15551234567"}}});
    let body =
        json!({"participants": [participant(foreign), participant(&bob.id), participant(&gone.id), phone]});
    let reply = app.post(&ann, &format!("{thread}/participants/:add"), body).await.ok(201);
    assert_eq!(
        reply["invalidParticipants"],
        json!([{"code": "403", "message": "Permissions check failed", "target": foreign},
               {"code": "404", "message": "Not found", "target": gone.id},
               {"code": "403", "message": "Permissions check failed", "target": "4:+15551234567"}])
    );
    drop(unknown);
    assert_eq!(
        app.get(&bob, &format!("{thread}/participants")).await.ok(200)["value"].as_array().unwrap().len(),
        2
    );
    let made = app
        .post(&ann, "/chat/threads", json!({"topic": "t", "participants": [participant(foreign)]}))
        .await
        .ok(201);
    assert_eq!(made["invalidParticipants"][0]["target"], foreign);
}

#[tokio::test]
async fn a_removed_person_keeps_the_thread_as_it_was_and_nothing_else() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    app.pass_ms(10_000);
    app.post(&ann, &format!("{thread}/participants/:remove"), identifier(&bob.id)).await.ok(204);
    let latest = app.messages(&ann, &thread).await[0].clone();
    assert_eq!(latest["type"], "participantRemoved");
    assert_eq!(latest["content"]["participants"][0]["communicationIdentifier"], identifier(&bob.id));
    app.pass_ms(10_000);
    app.patch(&ann, &thread, json!({"topic": "Behind their back"})).await.ok(204);

    let listed = app.get(&bob, "/chat/threads").await.ok(200);
    assert_eq!(listed["value"][0]["topic"], "Topic");
    assert_eq!(listed["value"][0]["lastMessageReceivedOn"], "2025-01-02T03:04:15Z");
    for path in ["", "/messages", "/participants", "/readReceipts"] {
        app.get(&bob, &format!("{thread}{path}")).await.refused(403, "Forbidden");
    }
    app.post(&bob, &format!("{thread}/messages"), json!({"content": "x"})).await.refused(403, "Forbidden");
    app.post(&ann, &format!("{thread}/participants/:remove"), identifier(&bob.id)).await.ok(204);

    app.post(&ann, &format!("{thread}/participants/:add"), json!({"participants": [participant(&bob.id)]}))
        .await
        .ok(201);
    assert_eq!(app.get(&bob, "/chat/threads").await.ok(200)["value"][0]["topic"], "Behind their back");
    app.say(&bob, &thread, "back").await;
}

#[tokio::test]
async fn leaving_is_removing_oneself() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    app.post(&bob, &format!("{thread}/participants/:remove"), identifier(&bob.id)).await.ok(204);
    app.get(&bob, &thread).await.refused(403, "Forbidden");
    let latest = app.messages(&ann, &thread).await[0].clone();
    assert_eq!(latest["content"]["initiatorCommunicationIdentifier"], identifier(&bob.id));
}

/// Who was added with which history sees which messages: in lists, by themselves, in receipts, and after an edit.
#[tokio::test]
async fn history_is_shared_from_the_millisecond_asked_for() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    // Sent at 03:04:05.900, .901, .902 and 03:04:06.000.
    let mut sent = Vec::new();
    for ms in [222, 1, 1, 98] {
        app.pass_ms(ms);
        sent.push(app.say(&ann, &thread, "x").await);
    }
    app.pass_ms(500);
    for (history, hidden) in [
        (json!(null), 0),
        (json!("1970-01-01T00:00:00Z"), 0),
        (json!("2025-01-02T03:04:05Z"), 0),
        (json!("2025-01-02T03:04:05.900Z"), 0),
        (json!("2025-01-02T03:04:05.9010000Z"), 1),
        (json!("2025-01-02T04:04:05.902999+01:00"), 2),
        (json!("2025-01-02T03:04:05.903Z"), 3),
        (json!("2025-01-02T03:04:06Z"), 3),
        (json!("2025-01-02T03:04:06.001Z"), 4),
        (json!("2025-01-02T03:04:06.500Z"), 4),
        (json!("2035-01-01T00:00:00Z"), 4),
    ] {
        let bob = app.user().await;
        let mut body = json!({"participants": [{"communicationIdentifier": identifier(&bob.id)}]});
        if !history.is_null() {
            body["participants"][0]["shareHistoryTime"] = history.clone();
        }
        app.post(&ann, &format!("{thread}/participants/:add"), body).await.ok(201);
        let late = app.say(&ann, &thread, "late").await;
        let listed = field(&app.messages(&bob, &thread).await, "id");
        assert!(listed.contains(&late), "{history}");
        for (index, id) in sent.iter().enumerate() {
            let visible = index >= hidden;
            assert_eq!(listed.contains(id), visible, "{history}: number {index}");
            let message = app.get(&bob, &format!("{thread}/messages/{id}")).await;
            let receipt =
                app.post(&bob, &format!("{thread}/readReceipts"), json!({"chatMessageId": id})).await;
            if visible {
                message.ok(200);
                receipt.ok(200);
            } else {
                message.refused(404, "NotFound");
                receipt.refused(404, "NotFound");
            }
        }
        // An edit or a deletion of what is hidden does not bring it to light.
        app.patch(&ann, &format!("{thread}/messages/{}", sent[0]), json!({"content": "edited"}))
            .await
            .ok(204);
        assert_eq!(
            field(&app.messages(&bob, &thread).await, "id").contains(&sent[0]),
            hidden == 0,
            "{history}"
        );
        app.post(&ann, &format!("{thread}/participants/:remove"), identifier(&bob.id)).await.ok(204);
    }
}

#[tokio::test]
async fn no_history_is_none_even_when_the_clock_was_set_back() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[]).await;
    let early = app.say(&ann, &thread, "early").await;
    app.pass_ms(-60_000);
    let ann = app.token(&ann.id, &["chat"]).await;
    let body = json!({"participants": [{"communicationIdentifier": identifier(&bob.id),
                                        "shareHistoryTime": "2025-01-02T03:04:06Z"}]});
    app.post(&ann, &format!("{thread}/participants/:add"), body).await.ok(201);
    let late = app.say(&ann, &thread, "late").await;
    let bob = app.token(&bob.id, &["chat"]).await;
    let seen = field(&app.messages(&bob, &thread).await, "id");
    assert!(seen.contains(&late) && !seen.contains(&early), "{seen:?}");
    assert_eq!(seen.len(), 2, "and bob's own addition");
}

#[tokio::test]
async fn the_creators_own_history_time_hides_nothing_sent_at_once() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let own = json!({"communicationIdentifier": identifier(&ann.id), "shareHistoryTime": "2025-01-02T03:04:05.999999Z"});
    let made = app.post(&ann, "/chat/threads", json!({"topic": "t", "participants": [own]})).await.ok(201);
    let thread = format!("/chat/threads/{}", text(&made["chatThread"]["id"]));
    let id = app.say(&ann, &thread, "at once").await;
    assert!(field(&app.messages(&ann, &thread).await, "id").contains(&id));
}

#[tokio::test]
async fn every_kind_of_identifier_is_understood_and_named_by_its_raw_id() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    for (identifier, target) in [
        (json!({"communicationUser": {"id": "8:acs:R_U"}}), "8:acs:R_U"),
        (json!({"kind": "phoneNumber", "phoneNumber": {"value": "+15551234567"}}), "4:+15551234567"),
        (
            json!({"rawId": "4:anonymous", "phoneNumber": {"value": "anonymous", "isAnonymous": true}}),
            "4:anonymous",
        ),
        (json!({"rawId": "4:+1555_x", "phoneNumber": {"value": "+1555", "assertedId": "x"}}), "4:+1555_x"),
        (json!({"microsoftTeamsUser": {"userId": "O", "cloud": "PUBLIC"}}), "8:orgid:O"),
        (
            json!({"microsoftTeamsUser": {"userId": "O", "isAnonymous": true, "cloud": "public"}}),
            "8:teamsvisitor:O",
        ),
        (json!({"microsoftTeamsUser": {"userId": "O", "cloud": "gcch"}}), "8:gcch:O"),
        (
            json!({"kind": "microsoftTeamsApp", "microsoftTeamsApp": {"appId": "A", "cloud": "dod"}}),
            "28:dod:A",
        ),
        (json!({"teamsExtensionUser": {"userId": "U", "tenantId": "T", "resourceId": "R"}}), "8:acs:R_T_U"),
        (json!({"rawId": "48:bot"}), "48:bot"),
    ] {
        let body = json!({"participants": [{"communicationIdentifier": identifier}]});
        let reply = app.post(&ann, &format!("{thread}/participants/:add"), body).await.ok(201);
        let expected = json!([{"code": "403", "message": "Permissions check failed", "target": target}]);
        assert_eq!(reply["invalidParticipants"], expected, "{identifier}");
        app.post(&ann, &format!("{thread}/participants/:remove"), identifier).await.ok(204);
    }
    let nobody = json!({"participants": [{"communicationIdentifier": {}}]});
    app.post(&ann, &format!("{thread}/participants/:add"), nobody).await.refused(400, "BadRequest");
}

#[tokio::test]
async fn nobody_owns_a_thread() {
    let app = TestApp::new().await;
    let (ann, bob, eve) = (app.user().await, app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    app.patch(&bob, &thread, json!({"topic": "Bob's"})).await.ok(204);
    app.post(&bob, &format!("{thread}/participants/:add"), json!({"participants": [participant(&eve.id)]}))
        .await
        .ok(201);
    app.post(&bob, &format!("{thread}/participants/:remove"), identifier(&ann.id)).await.ok(204);
    app.get(&ann, &thread).await.refused(403, "Forbidden");
    app.delete(&eve, &thread).await.ok(204);
    app.get(&bob, &thread).await.refused(404, "NotFound");
}
