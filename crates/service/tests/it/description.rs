//! The description of the service, against the service.

use crate::harness::{TestApp, identifier};
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn description() -> Value {
    let app = TestApp::new().await;
    let reply = app.call(Request::get("/natter/v1/openapi.json").body(Body::empty()).unwrap()).await;
    assert_eq!(reply.headers["content-type"], "application/json; charset=utf-8");
    reply.ok(200)
}

/// Method and path of everything that is described.
fn described(description: &Value) -> BTreeSet<(String, String)> {
    let paths = description["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(move |method| (method.clone(), path.clone()))
        })
        .collect()
}

/// Method and path of everything that is routed, out of the text of the one file that routes.
fn routed() -> BTreeSet<(String, String)> {
    let source = include_str!("../../src/routes.rs");
    let mut routes = BTreeSet::new();
    for call in source.split(".route(").skip(1) {
        let (_, rest) = call.split_once('"').unwrap();
        let (path, rest) = rest.split_once('"').unwrap();
        let methods = rest.split(".route_layer").next().unwrap();
        for method in ["get", "post", "put", "patch", "delete"] {
            if methods.contains(&format!("{method}(")) {
                routes.insert((method.to_owned(), path.to_owned()));
            }
        }
    }
    routes
}

/// The names in a path are the handlers' own business.
fn without_names(routes: BTreeSet<(String, String)>) -> BTreeSet<(String, String)> {
    let plain = |path: String| {
        let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
        segments.collect::<Vec<_>>().join("/")
    };
    routes.into_iter().map(|(method, path)| (method, plain(path))).collect()
}

#[tokio::test]
async fn every_route_is_described_and_nothing_else_is() {
    let (described, routed) = (without_names(described(&description().await)), without_names(routed()));
    assert_eq!(routed.difference(&described).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
    assert_eq!(described.difference(&routed).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
    assert!(described.len() >= 26);
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own_and_says_what_it_asks_for() {
    let app = TestApp::new().await;
    let description = description().await;
    let mut names = BTreeSet::new();
    for (method, path) in described(&description) {
        let operation = &description["paths"][&path][&method];
        assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()), "{path}");
        let version = if path.starts_with("/identities") || path.starts_with("/teamsUser") {
            "2023-10-01"
        } else {
            "2025-03-15"
        };
        let target = format!("{}?api-version={version}", path.replace(['{', '}'], ""));
        let request = Request::builder().method(method.to_uppercase().as_str()).uri(target);
        let reply = app.call(request.header("host", "localhost").body(Body::empty()).unwrap()).await;
        let open = operation["security"].as_array().unwrap().is_empty();
        assert_eq!(reply.status != 401, open, "{method} {path} answers {} to a stranger", reply.status);
        let status = reply.status.as_u16().to_string();
        assert!(!operation["responses"][&status].is_null(), "{method} {path} answers {status}, undescribed");
    }
}

#[tokio::test]
async fn the_described_versions_are_those_that_are_spoken() {
    let app = TestApp::new().await;
    let description = description().await;
    for (path, parameter) in [("/chat/threads", "ChatVersion"), ("/identities", "IdentityVersion")] {
        let reply = app.call(Request::post(path).body(Body::empty()).unwrap()).await;
        let spoken = reply.headers["api-supported-versions"].to_str().unwrap();
        let described = &description["components"]["parameters"][parameter]["schema"]["enum"];
        assert_eq!(described, &json!(spoken.split(", ").collect::<Vec<_>>()));
    }
}

/// What schemathesis found when it first read the description.
#[tokio::test]
async fn what_cannot_be_kept_cannot_be_taken_away_either() {
    let app = TestApp::new().await;
    let ann = app.user().await;
    let thread = app.thread(&ann, &[]).await;
    app.patch(&ann, &thread, json!({"metadata": {"a\0": null}})).await.refused(400, "BadRequest");
    let remove = format!("{thread}/participants/:remove");
    app.post(&ann, &remove, identifier("8:acs:a\0")).await.refused(400, "BadRequest");
    let signed = app.signed(Method::POST, "/identities?api-version=2023-10-01", "[null, null]").await;
    signed.refused(400, "BadRequest");
}
