//! Signing in by name, and people.

use crate::harness::{Reply, TestApp, User, text};
use axum::body::Body;
use axum::http::Request;
use natter_service::{Peer, SignInByName};
use serde_json::json;

async fn sign_in(app: &TestApp, name: &str) -> Reply {
    app.call(request("localhost:8080", Some("127.0.0.1:5000"), None, name)).await
}

fn request(host: &str, peer: Option<&str>, origin: Option<&str>, name: &str) -> Request<Body> {
    let mut builder =
        Request::post("/natter/v1/sign-in").header("host", host).header("content-type", "application/json");
    if let Some(origin) = origin {
        builder = builder.header("origin", origin);
    }
    let mut request = builder.body(Body::from(json!({"name": name}).to_string())).unwrap();
    if let Some(peer) = peer {
        request.extensions_mut().insert(Peer { address: peer.parse().unwrap(), tls: false });
    }
    request
}

#[tokio::test]
async fn one_name_is_one_person() {
    let app = TestApp::new().await;
    let mei = sign_in(&app, " Mei ").await.ok(200);
    assert_eq!((&mei["displayName"], &mei["expiresOn"]), (&json!("Mei"), &json!("2025-01-03T03:04:05Z")));
    assert_eq!(sign_in(&app, "mEI").await.ok(200)["userId"], mei["userId"]);
    let tomas = sign_in(&app, "Tomás").await.ok(200);
    assert_eq!(sign_in(&app, "TOMA\u{301}S").await.ok(200)["userId"], tomas["userId"]);
    assert_ne!(mei["userId"], tomas["userId"]);
    let app = app.reopen().await;
    assert_eq!(sign_in(&app, "Mei").await.ok(200)["userId"], mei["userId"]);
    let user = User { id: text(&mei["userId"]), token: text(&mei["token"]) };
    app.get(&user, "/chat/threads").await.ok(200);
}

#[tokio::test]
async fn names_that_say_nothing_are_refused() {
    let app = TestApp::new().await;
    for name in ["", "  ", "\u{200b}", "a\nb", "a\u{202e}b", &"x".repeat(65)] {
        sign_in(&app, name).await.refused(400, "BadRequest");
    }
}

#[tokio::test]
async fn in_loopback_mode_only_this_machine_signs_in() {
    let app = TestApp::with(|settings| settings.sign_in_by_name = SignInByName::Loopback).await;
    let here = Some("127.0.0.1:5000");
    for (host, peer, origin) in [
        ("localhost:8080", here, None),
        ("127.0.0.1:8080", here, Some("http://127.0.0.1:8080")),
        ("[::1]:8080", Some("[::1]:5000"), Some("http://localhost:8081")),
        ("localhost", Some("[::ffff:127.0.0.1]:5000"), None),
    ] {
        app.call(request(host, peer, origin, "Mei")).await.ok(200);
    }
    for (why, host, peer, origin) in [
        ("from another machine", "localhost:8080", Some("192.0.2.7:5000"), None),
        ("no peer is known", "localhost:8080", None, None),
        ("DNS rebinding", "evil.example:8080", here, None),
        ("a page from elsewhere", "localhost:8080", here, Some("https://evil.example")),
        ("a page without an origin", "localhost:8080", here, Some("null")),
        ("a name that begins alike", "localhost:8080", here, Some("http://localhost.evil.example")),
    ] {
        let reply = app.call(request(host, peer, origin, "Mei")).await;
        assert_eq!(reply.status, 403, "{why}");
    }
}

#[tokio::test]
async fn it_can_be_switched_off() {
    let app = TestApp::with(|settings| settings.sign_in_by_name = SignInByName::Off).await;
    sign_in(&app, "Mei").await.refused(403, "Forbidden");
    let health = app.call(Request::get("/natter/v1/health").body(Body::empty()).unwrap()).await.ok(200);
    assert_eq!(health, json!({"status": "ok", "version": "0.1.0", "signInByName": false}));
}

#[tokio::test]
async fn people_are_found_by_the_beginning_of_their_names_and_made_by_name() {
    let app = TestApp::new().await;
    let plain = app.user().await;
    let mei = sign_in(&app, "Mei").await.ok(200);
    let lena = app.post(&plain, "/natter/v1/people", json!({"name": "Lena"})).await.ok(200);
    assert_eq!(app.post(&plain, "/natter/v1/people", json!({"name": "lena"})).await.ok(200), lena);
    assert_eq!(sign_in(&app, "LENA").await.ok(200)["userId"], lena["userId"]);
    let found = app.get(&plain, "/natter/v1/people?name=M").await.ok(200);
    assert_eq!(found, json!({"value": [{"userId": mei["userId"], "displayName": "Mei"}]}));
    assert_eq!(app.get(&plain, "/natter/v1/people").await.ok(200)["value"].as_array().unwrap().len(), 2);
    assert_eq!(app.get(&plain, "/natter/v1/people?name=%25").await.ok(200), json!({"value": []}));
    let stranger = User { id: String::new(), token: String::new() };
    app.get(&stranger, "/natter/v1/people").await.refused(401, "Unauthorized");
    for n in 0..25 {
        sign_in(&app, &format!("Z{n}")).await.ok(200);
    }
    assert_eq!(
        app.get(&plain, "/natter/v1/people?name=z").await.ok(200)["value"].as_array().unwrap().len(),
        20
    );
}
