//! What all replies have in common: headers, versions, routes.

use crate::harness::{Reply, TestApp, request};
use axum::body::Body;
use axum::http::{Method, Request};

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
        "content-type",
        "x-ms-useragent",
        "x-ms-client-request-id",
        "repeatability-request-id",
        "x-ms-date",
        "x-ms-content-sha256",
    ] {
        assert!(allowed.split(", ").any(|name| name == header), "{header}");
    }
    assert_eq!(preflight.headers["access-control-allow-methods"], "GET, POST, PATCH, DELETE");
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
        "2024-06-05-preview",
        "2023-07-01-preview",
        "2023-11-15-preview",
    ] {
        let reply = with(&format!("?maxPageSize=1&api-version={version}")).await;
        reply.ok(200);
        assert!(reply.headers["api-supported-versions"].to_str().unwrap().contains(version));
    }
    for version in ["2020-01-01", "latest", "2025-03-15x"] {
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
