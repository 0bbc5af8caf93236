//! What all replies have in common: headers, versions, routes.

use crate::harness::{Reply, START_MS, TestApp, User, identifier, request, with_version};
use axum::body::Body;
use axum::http::{Method, Request};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::json;
use sqlx::{Connection as _, Executor as _};
use std::collections::BTreeSet;

async fn plain(app: &TestApp, method: Method, target: &str) -> Reply {
    app.call(
        Request::builder()
            .method(method)
            .uri(target)
            .header("host", "localhost")
            .body(Body::empty())
            .unwrap(),
    )
    .await
}

#[tokio::test]
async fn every_reply_has_the_security_headers() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let large = Request::post("/chat/threads?api-version=2025-03-15")
        .header("authorization", format!("Bearer {}", ann.token))
        .header("content-type", "application/json")
        .body(Body::from(vec![b' '; 300 * 1024]))
        .unwrap();
    let replies = [
        (200, app.get(&ann, "/chat/threads").await),
        (400, plain(&app, Method::GET, "/chat/threads").await),
        (401, plain(&app, Method::GET, "/chat/threads?api-version=2025-03-15").await),
        (404, plain(&app, Method::GET, "/chat/nothing").await),
        (404, plain(&app, Method::GET, "/nothing").await),
        (405, plain(&app, Method::PUT, "/chat/threads?api-version=2025-03-15").await),
        (413, app.call(large).await),
        (204, plain(&app, Method::OPTIONS, "/chat/threads").await),
        (200, plain(&app, Method::GET, "/").await),
    ];
    for (status, reply) in replies {
        assert_eq!(reply.status, status);
        assert_eq!(reply.headers["x-content-type-options"], "nosniff", "{status}");
        assert_eq!(reply.headers["referrer-policy"], "no-referrer", "{status}");
        let policy = reply.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{status}"
        );
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        assert_eq!(reply.headers.get("strict-transport-security"), None, "not without TLS");
        if status >= 400 {
            assert!(reply.json()["error"]["code"].is_string(), "{status}");
        }
    }
}

#[tokio::test]
async fn the_api_may_be_called_from_any_origin_without_credentials() {
    let app = TestApp::new().await;
    for origin in ["https://app.example", "null", "http://localhost:8081", "https://localhost.evil.example"] {
        for (method, target) in [
            (Method::OPTIONS, "/chat/threads/x/messages"),
            (Method::GET, "/natter/v1/health"),
            (Method::GET, "/chat/threads"),
            (Method::OPTIONS, "/identities"),
        ] {
            let built = Request::builder()
                .method(method)
                .uri(target)
                .header("origin", origin)
                .header("access-control-request-method", "PATCH")
                .body(Body::empty())
                .unwrap();
            let reply = app.call(built).await;
            assert_eq!(reply.headers["access-control-allow-origin"], "*");
            assert_eq!(reply.headers.get("access-control-allow-credentials"), None);
            assert_eq!(reply.headers["cache-control"], "no-store");
        }
    }
    let preflight = plain(&app, Method::OPTIONS, "/chat/threads").await;
    let allowed = preflight.headers["access-control-allow-headers"].to_str().unwrap();
    for header in [
        "authorization",
        "accept",
        "content-type",
        "x-ms-useragent",
        "x-ms-client-request-id",
        "repeatability-request-id",
        "x-ms-date",
        "x-ms-content-sha256",
        "last-event-id",
    ] {
        assert!(allowed.split(", ").any(|name| name == header), "{header}");
    }
    assert_eq!(preflight.headers["access-control-allow-methods"], "GET, POST, PATCH, DELETE");
    let exposed = preflight.headers["access-control-expose-headers"].to_str().unwrap();
    for header in [
        "Location",
        "Retry-After",
        "x-ms-client-request-id",
        "Date",
        "MS-CV",
        "X-Azure-Ref",
        "X-Cache",
        "X-Processing-Time",
    ] {
        assert!(exposed.split(", ").any(|name| name == header), "{header}");
    }
}

#[tokio::test]
async fn the_request_id_comes_back_and_json_says_its_character_set() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let mut built = request(&ann.token, Method::GET, "/chat/threads", None);
    built.headers_mut().insert("x-ms-client-request-id", "abc".parse().unwrap());
    let reply = app.call(built).await;
    assert_eq!(reply.headers["x-ms-client-request-id"], "abc");
    assert_eq!(reply.headers["content-type"], "application/json; charset=utf-8");
}

/// In the forms that were recorded: `KhFpHnBKi0Ofu1WwRgVKMQ.0`, `0F3cyYQAAAADr…`, `114ms`.
#[tokio::test]
async fn replies_of_the_vendors_paths_tell_of_themselves() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let mut seen = BTreeSet::new();
    let replies = [
        app.get(&ann, "/chat/threads").await,
        app.get(&ann, "/chat/threads").await,
        plain(&app, Method::GET, "/chat/threads").await,
        plain(&app, Method::OPTIONS, "/chat/threads").await,
        app.signed(Method::POST, "/identities?api-version=2023-10-01", "").await,
        app.signed(Method::POST, "/teamsUser/:exchangeAccessToken?api-version=2023-10-01", "{}").await,
    ];
    for reply in &replies {
        let header = |name: &str| reply.headers[name].to_str().unwrap();
        let (random, call) = header("ms-cv").split_once('.').unwrap();
        assert_eq!((STANDARD_NO_PAD.decode(random).unwrap().len(), call), (16, "0"));
        let reference = STANDARD.decode(header("x-azure-ref").strip_prefix('0').unwrap()).unwrap();
        assert_eq!(reference[..4], u32::try_from(START_MS / 1000).unwrap().to_le_bytes());
        assert_eq!(header("x-cache"), "CONFIG_NOCACHE");
        assert_eq!(header("x-processing-time"), "0ms", "the clock stands still");
        seen.extend([header("ms-cv").to_owned(), header("x-azure-ref").to_owned()]);
    }
    assert_eq!(seen.len(), 2 * replies.len(), "each has its own");
    let own = plain(&app, Method::GET, "/natter/v1/health").await;
    assert!(!own.headers.contains_key("ms-cv") && !own.headers.contains_key("x-azure-ref"));
}

#[tokio::test]
async fn known_versions_are_spoken_and_others_are_not() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let with = async |query: &str| {
        let built = Request::get(format!("/chat/threads{query}"))
            .header("host", "localhost")
            .header("authorization", format!("Bearer {}", ann.token));
        app.call(built.body(Body::empty()).unwrap()).await
    };
    for version in [
        "2021-03-07",
        "2021-09-07",
        "2023-11-07",
        "2024-03-07",
        "2025-03-15",
        "2021-10-01-preview7",
        "2024-06-05-preview",
        "2023-07-01-preview",
        "2023-11-15-preview",
    ] {
        let reply = with(&format!("?maxPageSize=1&api-version={version}")).await;
        reply.ok(200);
        assert!(reply.headers["api-supported-versions"].to_str().unwrap().contains(version));
    }
    for version in ["2020-01-01", "latest", "2025-03-15x", "2025-03-15-preview", "2021-04-05-preview6"] {
        let reply = with(&format!("?api-version={version}")).await;
        reply.refused(400, "UnsupportedApiVersion");
        assert!(reply.headers.contains_key("api-supported-versions"));
    }
    for query in ["", "?", "?api-version=", "?Api-Version=2025-03-15"] {
        with(query).await.refused(400, "BadRequest");
    }
}

#[tokio::test]
async fn unknown_routes_and_methods_answer_in_shape() {
    let app = TestApp::new().await;
    let v = "?api-version=2025-03-15";
    for path in [
        "/chat",
        "/chat/threads/x/participants/add",
        "/chat/threads/x/unknown",
        "/natter/v1/x",
        "/identities/a/:other",
        "/favicon.ico",
        "/chat/config/realTimeNotifications",
    ] {
        plain(&app, Method::GET, &format!("{path}{v}")).await.refused(404, "NotFound");
    }
    for (method, path) in [
        (Method::GET, "/chat/threads/x/participants/:add"),
        (Method::DELETE, "/chat/threads"),
        (Method::POST, "/natter/v1/health"),
        (Method::PUT, "/identities/x"),
        (Method::POST, "/"),
    ] {
        plain(&app, method, &format!("{path}{v}")).await.refused(405, "MethodNotAllowed");
    }
}

#[tokio::test]
async fn an_odd_host_does_not_get_into_links() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    for host in ["a\"b", "a b", "a/b", "a?b", "<x>", ""] {
        let mut built = request(&ann.token, Method::GET, "/chat/threads", None);
        built.headers_mut().insert("host", host.parse().unwrap());
        app.call(built).await.refused(400, "BadRequest");
    }
}

#[tokio::test]
async fn only_429_and_503_say_when_to_come_again() {
    let app = TestApp::with(|settings| settings.no_rate_limits = false).await;
    let (ann, eve) = (app.user().await, app.user().await);
    let nobody = User { id: String::new(), token: String::new() };
    let thread = app.thread(&ann, &[]).await;
    let typed = |kind: &str| {
        let mut built = request(&ann.token, Method::POST, "/chat/threads", Some(json!({"topic": "t"})));
        built.headers_mut().insert("content-type", kind.parse().unwrap());
        built
    };
    for (status, reply) in [
        (400, app.post(&ann, "/chat/threads", json!({})).await),
        (401, app.get(&nobody, "/chat/threads").await),
        (403, app.get(&eve, &thread).await),
        (404, app.get(&ann, "/chat/threads/19:none@thread.v2").await),
        (405, app.send(&ann, Method::PUT, "/chat/threads", None).await),
        (415, app.call(typed("text/plain")).await),
        (501, app.signed(Method::POST, "/teamsUser/:exchangeAccessToken?api-version=2023-10-01", "{}").await),
    ] {
        assert_eq!(reply.status, status);
        assert_eq!(reply.headers.get("retry-after"), None, "the SDKs would try a {status} again");
    }
    while app.get(&ann, &thread).await.status == 200 {}
    let refused = app.get(&ann, &thread).await;
    refused.refused(429, "TooManyRequests");
    assert_eq!(refused.headers["retry-after"], "10");
}

#[tokio::test]
async fn a_write_that_the_database_refuses_is_503_and_did_nothing() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    let before = app.messages(&ann, &thread).await;
    let file = format!("sqlite://{}", app.settings.data.join("natter.sqlite3").display());
    let mut database = sqlx::SqliteConnection::connect(&file).await.unwrap();
    let fault = "CREATE TRIGGER fault BEFORE INSERT ON place BEGIN SELECT RAISE(ABORT, 'a fault'); END";
    database.execute(fault).await.unwrap();
    let refused = app.post(&ann, &format!("{thread}/messages"), json!({"content": "x"})).await;
    refused.refused(503, "ServiceUnavailable");
    assert_eq!(refused.headers["retry-after"], "1");
    assert!(!String::from_utf8_lossy(&refused.bytes).contains("fault"), "causes are not told");
    assert_eq!(app.messages(&ann, &thread).await, before);
    database.execute("DROP TRIGGER fault").await.unwrap();
    app.say(&ann, &thread, "x").await;
}

#[tokio::test]
async fn a_204_has_neither_a_body_nor_a_type() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let thread = app.thread(&ann, &[&bob]).await;
    let message = format!("{thread}/messages/{}", app.say(&ann, &thread, "x").await);
    for reply in [
        app.patch(&ann, &thread, json!({"topic": "t"})).await,
        app.patch(&ann, &message, json!({"content": "c"})).await,
        app.delete(&ann, &message).await,
        app.post(&ann, &format!("{thread}/participants/:remove"), identifier(&bob.id)).await,
        app.delete(&ann, &thread).await,
    ] {
        assert_eq!(reply.status, 204);
        assert!(reply.bytes.is_empty());
        assert_eq!(reply.headers.get("content-type"), None);
    }
}

#[tokio::test]
async fn parameters_come_in_any_order_and_in_one_spelling() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    for query in [
        "maxPageSize=1&startTime=2020-01-01T00%3A00%3A00Z&api-version=2025-03-15",
        "api-version=2025-03-15&startTime=2020-01-01T00%3A00%3A00Z&maxPageSize=1",
        "startTime=2020-01-01T00:00:00.000Z&api-version=2025-03-15&unheard=of&maxPageSize=1",
    ] {
        let page = app.get_verbatim(&ann, &format!("{thread}/messages?{query}")).await;
        assert_eq!(page["value"].as_array().unwrap().len(), 1, "{query}");
    }
    let other = app.get(&ann, &format!("{thread}/messages?maxpagesize=1&starttime=soon")).await.ok(200);
    assert_eq!(other["value"].as_array().unwrap().len(), 2);
}

/// Reference 2.2, "request quirks".
#[tokio::test]
async fn requests_are_understood_as_each_sdk_writes_them() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user().await, app.user().await);
    let raw = async |method: Method, path: &str, kind: &str, body: &str| {
        let built = Request::builder()
            .method(method)
            .uri(with_version(path))
            .header("host", "localhost:8080")
            .header("authorization", format!("Bearer {}", ann.token))
            .header("accept", "*/*")
            .header("user-agent", "azsdk-python-communication-chat/1.3.0 Python/3.11.2")
            .header("x-ms-useragent", "azsdk-js-communication-chat/1.6.0 core-rest-pipeline/1.19.0")
            .header("x-ms-return-client-request-id", "true")
            .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            .header("content-length", body.len())
            .header("content-type", kind);
        app.call(built.body(Body::from(body.to_owned())).unwrap()).await
    };
    let json = "application/json";
    let made =
        raw(Method::POST, "/chat/threads", json, r#"{"topic": "T", "participants": []}"#).await.ok(201);
    let thread = format!("/chat/threads/{}", made["chatThread"]["id"].as_str().unwrap().replace(':', "%3A"));
    let messages = format!("{thread}/messages");
    // Python writes ASCII, JavaScript UTF-8.
    for body in [r#"{"content": "\ud83d\ude00 \u8336", "type": "text"}"#, r#"{"content":"😀 茶"}"#] {
        let id = raw(Method::POST, &messages, json, body).await.ok(201)["id"].as_str().unwrap().to_owned();
        let message = format!("{messages}/{id}");
        assert_eq!(app.get(&ann, &message).await.ok(200)["content"]["message"], "😀 茶");
        raw(Method::PATCH, &message, "application/merge-patch+json", "{}").await.ok(204);
        raw(Method::PATCH, &message, json, r#"{"content":"x"}"#).await.ok(204);
        // With `Content-Length: 0`.
        raw(Method::DELETE, &message, json, "").await.ok(204);
    }
    // With a kind, and with or without a raw id.
    for identifier in [
        json!({"communicationUser": {"id": bob.id}}),
        json!({"kind": "communicationUser", "rawId": bob.id, "communicationUser": {"id": bob.id}}),
        json!({"rawId": bob.id}),
    ] {
        let add = json!({"participants": [{"communicationIdentifier": identifier}]}).to_string();
        assert_eq!(
            raw(Method::POST, &format!("{thread}/participants/:add"), json, &add).await.ok(201),
            json!({})
        );
        let people = app.get(&bob, &format!("{thread}/participants")).await.ok(200);
        assert_eq!(people["value"].as_array().unwrap().len(), 2);
        let remove = identifier.to_string();
        raw(Method::POST, &format!("{thread}/participants/:remove"), json, &remove).await.ok(204);
    }
    raw(Method::POST, &format!("{thread}/typing"), json, "").await.ok(200);
    raw(Method::DELETE, &thread, json, "").await.ok(204);
}

#[tokio::test]
async fn images_are_not_done_and_say_so() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let images = format!("{}/images", app.thread(&ann, &[]).await);
    for (method, path) in [
        (Method::POST, images.clone()),
        (Method::GET, format!("{images}/x/view/original")),
        (Method::GET, format!("{images}/x/views/small")),
        (Method::DELETE, format!("{images}/x")),
    ] {
        app.send(&ann, method, &path, None).await.refused(501, "NotImplemented");
    }
}
