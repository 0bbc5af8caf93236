//! Identities: signatures, tokens, revocation.

use crate::harness::{TestApp, User, identifier, participant, text};
use axum::http::Method;
use serde_json::json;

const V: &str = "api-version=2023-10-01";

#[tokio::test]
async fn an_identity_is_made_with_and_without_a_body() {
    let app = TestApp::new().await;
    for body in ["", "{}", r#"{"createTokenWithScopes":[]}"#] {
        let made = app.signed(Method::POST, &format!("/identities?{V}"), body).await.ok(201);
        assert!(made["identity"]["id"].as_str().unwrap().starts_with("8:acs:"));
        assert_eq!(made.get("accessToken"), None);
    }
    let made = app
        .signed(
            Method::POST,
            &format!("/identities?{V}"),
            r#"{"createTokenWithScopes":["chat","voip"],"expiresInMinutes":60}"#,
        )
        .await
        .ok(201);
    assert_eq!(made["accessToken"]["expiresOn"], "2025-01-02T04:04:05.0000000+00:00");
}

#[tokio::test]
async fn the_raw_target_is_what_is_signed_in_either_form() {
    let app = TestApp::new().await;
    let user = app.user().await;
    let encoded = user.id.replace(':', "%3A");
    for id in [&user.id, &encoded] {
        let target = format!("/identities/{id}/:issueAccessToken?{V}");
        app.signed(Method::POST, &target, r#"{"scopes":["chat"]}"#).await.ok(200);
        // Signed in one form and sent in the other is another request.
        let other = if id == &encoded { &user.id } else { &encoded };
        let mut request =
            app.signed_request(Method::POST, &target, r#"{"scopes":["chat"]}"#, app.clock.now_ms());
        *request.uri_mut() = format!("/identities/{other}/:issueAccessToken?{V}").parse().unwrap();
        app.call(request).await.refused(401, "Unauthorized");
    }
}

#[tokio::test]
async fn only_a_fresh_and_whole_signature_counts() {
    let app = TestApp::new().await;
    let target = format!("/identities?{V}");
    let signed = |at_ms| app.signed_request(Method::POST, &target, "{}", at_ms);
    let now = app.clock.now_ms();
    app.call(signed(now - 301_000)).await.refused(401, "Unauthorized");
    app.call(signed(now + 302_000)).await.refused(401, "Unauthorized");
    for header in ["authorization", "x-ms-date", "x-ms-content-sha256", "host"] {
        let mut request = signed(now);
        request.headers_mut().remove(header);
        app.call(request).await.refused(401, "Unauthorized");
    }
    let bearer = app.user().await;
    app.post(&bearer, "/identities", json!({})).await.refused(400, "UnsupportedApiVersion");
    let mut request = signed(now);
    request.headers_mut().insert("authorization", format!("Bearer {}", bearer.token).parse().unwrap());
    app.call(request).await.refused(401, "Unauthorized");
}

#[tokio::test]
async fn revoking_and_deleting_work_at_once() {
    let app = TestApp::new().await;
    let user = app.user().await;
    app.get(&user, "/chat/threads").await.ok(200);
    app.signed(Method::POST, &format!("/identities/{}/:revokeAccessTokens?{V}", user.id), "").await.ok(204);
    app.get(&user, "/chat/threads").await.refused(401, "Unauthorized");
    let again = app.token(&user.id, &["chat"]).await;
    app.get(&again, "/chat/threads").await.ok(200);
    app.signed(Method::DELETE, &format!("/identities/{}?{V}", user.id), "").await.ok(204);
    app.get(&again, "/chat/threads").await.refused(401, "Unauthorized");
    let target = format!("/identities/{}/:issueAccessToken?{V}", user.id);
    app.signed(Method::POST, &target, r#"{"scopes":["chat"]}"#).await.refused(404, "NotFound");
    app.signed(Method::DELETE, &format!("/identities/{}?{V}", user.id), "").await.refused(404, "NotFound");
}

#[tokio::test]
async fn odd_tokens_are_not_issued() {
    let app = TestApp::new().await;
    let target = format!("/identities/{}/:issueAccessToken?{V}", app.user().await.id);
    for body in [
        r#"{"scopes":[]}"#,
        r#"{"scopes":["everything"]}"#,
        r#"{"scopes":["chat"],"expiresInMinutes":59}"#,
        r#"{"scopes":["chat"],"expiresInMinutes":1441}"#,
        r#"{"scopes":["chat"],"expiresInMinutes":-1}"#,
        "{}",
        "",
    ] {
        assert_eq!(app.signed(Method::POST, &target, body).await.status, 400, "{body}");
    }
    app.signed(Method::POST, &format!("/teamsUser/:exchangeAccessToken?{V}"), "{}")
        .await
        .refused(501, "NotImplemented");
}

#[tokio::test]
async fn a_token_lives_a_day_unless_asked_and_ids_have_the_vendors_form() {
    let app = TestApp::new().await;
    let user = app.user().await;
    let parts: Vec<&str> = user.id.strip_prefix("8:acs:").unwrap().split('_').collect();
    for part in &parts {
        assert_eq!(part.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{}", user.id);
    }
    assert_eq!(parts.len(), 2);
    assert_eq!(user.token.split('.').count(), 3);
    assert!(user.token.is_ascii());
    app.pass_ms(1440 * 60_000 - 679);
    app.get(&user, "/chat/threads").await.ok(200);
    app.pass_ms(1);
    app.get(&user, "/chat/threads").await.refused(401, "Unauthorized");

    let target = format!("/identities/{}/:issueAccessToken?{V}", user.id);
    let issued = app
        .signed(Method::POST, &target, r#"{"scopes":["chat","chat"],"expiresInMinutes":60}"#)
        .await
        .ok(200);
    let short = User { token: text(&issued["token"]), ..user };
    app.pass_ms(60 * 60_000 - 1000);
    app.get(&short, "/chat/threads").await.ok(200);
    app.pass_ms(1000);
    app.get(&short, "/chat/threads").await.refused(401, "Unauthorized");
}

#[tokio::test]
async fn identity_echoes_the_request_id_and_tells_its_versions() {
    let app = TestApp::new().await;
    for version in ["2021-03-07", "2022-06-01", "2022-10-01", "2023-08-01", "2023-10-01", "2025-06-30"] {
        let target = format!("/identities?api-version={version}");
        let mut built = app.signed_request(Method::POST, &target, "", app.clock.now_ms());
        built.headers_mut().insert("x-ms-client-request-id", "abc".parse().unwrap());
        let reply = app.call(built).await;
        reply.ok(201);
        assert_eq!(reply.headers["x-ms-client-request-id"], "abc");
        assert!(reply.headers["api-supported-versions"].to_str().unwrap().contains(version));
    }
    app.signed(Method::POST, "/identities?api-version=2021-03-08", "")
        .await
        .refused(400, "UnsupportedApiVersion");
}

#[tokio::test]
async fn tokens_of_entra_id_open_nothing_and_are_told_so() {
    let app = TestApp::new().await;
    let entra = "/access/entra/:exchangeAccessToken?api-version=2025-03-02-preview".to_owned();
    for target in [format!("/identities?{V}"), format!("/teamsUser/:exchangeAccessToken?{V}"), entra] {
        for scheme in ["Bearer", "bearer"] {
            let mut request = app.signed_request(Method::POST, &target, "{}", app.clock.now_ms());
            let header =
                format!("{scheme} eyJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL3N0cy53aW5kb3dzLm5ldC8ifQ.c2ln");
            request.headers_mut().insert("authorization", header.parse().unwrap());
            let reply = app.call(request).await;
            reply.refused(401, "Unauthorized");
            assert!(text(&reply.json()["error"]["message"]).contains("Entra ID"), "{target}");
        }
    }
}

#[tokio::test]
async fn what_is_for_teams_and_entra_id_is_not_done_and_says_so() {
    let app = TestApp::new().await;
    for (method, target, word) in [
        (Method::PUT, "/access/teamsExtension/tenants/t/assignments/o?api-version=2025-06-30", "Teams"),
        (Method::GET, "/access/teamsExtension/tenants/t/assignments/o?api-version=2025-06-30", "Teams"),
        (Method::DELETE, "/access/teamsExtension/tenants/t/assignments/o?api-version=2025-06-30", "Teams"),
        (Method::POST, "/access/entra/:exchangeAccessToken?api-version=2025-03-02-preview", "Entra ID"),
    ] {
        let reply = app.signed(method, target, "{}").await;
        reply.refused(501, "NotImplemented");
        assert!(text(&reply.json()["error"]["message"]).contains(word), "{target}");
    }
}

#[tokio::test]
async fn what_a_deleted_identity_wrote_stays() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    let id = app.say(&bob, &thread, "still here").await;
    app.signed(Method::DELETE, &format!("/identities/{}?{V}", bob.id), "").await.ok(204);
    let message = app.get(&ann, &format!("{thread}/messages/{id}")).await.ok(200);
    assert_eq!(message["content"]["message"], "still here");
    assert_eq!(message["senderCommunicationIdentifier"], identifier(&bob.id));
    // They are a participant until somebody removes them, and cannot be added again.
    app.post(&ann, &format!("{thread}/participants/:remove"), identifier(&bob.id)).await.ok(204);
    let body = json!({"participants": [participant(&bob.id)]});
    let reply = app.post(&ann, &format!("{thread}/participants/:add"), body).await.ok(201);
    assert_eq!(reply["invalidParticipants"][0]["code"], "404");
}
