//! Operations 11 to 13, and who sees which part of the history.

use crate::harness::{START_MS, TestApp, field, identifier, participant, text};
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

#[tokio::test]
async fn history_is_shared_from_the_second_asked_for() {
    let app = TestApp::new().await;
    let (ann, bob, eve) = (app.user().await, app.user().await, app.user().await);
    let thread = app.thread(&ann, &[]).await;
    let early = app.say(&ann, &thread, "early").await;
    app.pass_ms(60_000);
    let same_second = app.say(&ann, &thread, "same second").await;
    // The client's now, with microseconds, a little later than that message but in its second.
    let now = "2025-01-02T03:05:05.912345Z";
    app.clock.set_ms(START_MS + 60_300);
    let body = json!({"participants": [
        {"communicationIdentifier": identifier(&bob.id), "shareHistoryTime": now}, participant(&eve.id)]});
    app.post(&ann, &format!("{thread}/participants/:add"), body).await.ok(201);
    let late = app.say(&ann, &thread, "late").await;

    let seen = field(&app.messages(&bob, &thread).await, "id");
    assert!(seen.contains(&same_second) && seen.contains(&late) && !seen.contains(&early), "{seen:?}");
    app.get(&bob, &format!("{thread}/messages/{early}")).await.refused(404, "NotFound");
    app.post(&bob, &format!("{thread}/readReceipts"), json!({"chatMessageId": early}))
        .await
        .refused(404, "NotFound");
    assert!(field(&app.messages(&eve, &thread).await, "id").contains(&early), "none given means everything");
    // An edit of what is hidden does not bring it to light.
    app.patch(&ann, &format!("{thread}/messages/{early}"), json!({"content": "edited"})).await.ok(204);
    assert!(!field(&app.messages(&bob, &thread).await, "id").contains(&early));
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
