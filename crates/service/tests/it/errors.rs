//! Refusals in both shapes (reference 6.1, trap 1).

use crate::harness::{Reply, TestApp, User};
use axum::http::Method;
use serde_json::{Value, json};

/// One refusal of each kind that chat knows: status, code, message.
async fn refusals(app: &TestApp) -> Vec<(u16, &'static str, &'static str, Reply)> {
    let (ann, eve) = (app.user().await, app.user().await);
    let nobody = User { id: String::new(), token: String::new() };
    let thread = app.thread(&ann, &[]).await;
    let unversioned =
        app.call(crate::harness::request(&ann.token, Method::GET, "/chat/threads?api-version=1", None));
    vec![
        (
            400,
            "BadRequest",
            "The topic must not be empty.",
            app.post(&ann, "/chat/threads", json!({"topic": ""})).await,
        ),
        (
            400,
            "UnsupportedApiVersion",
            "The HTTP resource that matches the request URI does not support the API version '1'.",
            unversioned.await,
        ),
        (401, "Unauthorized", "Request is not authorized.", app.get(&nobody, &thread).await),
        (
            403,
            "Forbidden",
            "The initiator doesn't have the permission to perform the requested operation.",
            app.get(&eve, &thread).await,
        ),
        (
            404,
            "NotFound",
            "The specified thread id was not found.",
            app.get(&ann, "/chat/threads/19:none@thread.v2").await,
        ),
        (404, "NotFound", "There is no resource at this address.", app.get(&ann, "/chat/nothing").await),
        (
            405,
            "MethodNotAllowed",
            "The resource does not support this method.",
            app.send(&ann, Method::PUT, &thread, None).await,
        ),
    ]
}

#[tokio::test]
async fn refusals_have_the_published_shape() {
    for (status, code, message, reply) in refusals(&TestApp::new().await).await {
        assert_eq!(reply.status, status);
        assert_eq!(reply.json(), json!({"error": {"code": code, "message": message}}));
    }
}

#[tokio::test]
async fn refusals_have_the_hosted_services_shape_when_asked_for() {
    let app = TestApp::with(|settings| settings.azure_errors = true).await;
    for (status, code, message, reply) in refusals(&app).await {
        assert_eq!(reply.status, status);
        let expected = json!({"CommunicationError": {"Code": code, "Message": message, "Details": []}});
        assert_eq!(reply.json(), expected);
        assert_eq!(reply.headers["content-type"], "application/json; charset=utf-8");
        if let Some(length) = reply.headers.get("content-length") {
            assert_eq!(length.to_str().unwrap(), reply.bytes.len().to_string());
        }
        // Whoever reads both shapes reads the same.
        let read = acs_chat::CommunicationError::from_body(&reply.bytes);
        assert_eq!((read.code.as_str(), read.message.as_str()), (code, message));
    }
    let ann = app.user().await;
    let body: Value = app.get(&ann, "/chat/threads").await.ok(200);
    assert_eq!(body, json!({"value": []}), "what succeeds stays as it is");
    // Identity and our own paths write the published shape, as identity does there.
    app.signed(Method::DELETE, "/identities/8:acs:x?api-version=2023-10-01", "")
        .await
        .refused(404, "NotFound");
    app.get(&User { id: String::new(), token: String::new() }, "/natter/v1/people")
        .await
        .refused(401, "Unauthorized");
}

#[tokio::test]
async fn a_429_in_the_hosted_services_shape_still_says_when_to_come_again() {
    let app = TestApp::with(|settings| {
        settings.azure_errors = true;
        settings.no_rate_limits = false;
    })
    .await;
    let ann = app.user().await;
    while app.get(&ann, "/chat/threads").await.status == 200 {}
    let reply = app.get(&ann, "/chat/threads").await;
    assert_eq!((reply.status.as_u16(), &reply.headers["retry-after"]), (429, &"10".parse().unwrap()));
    assert_eq!(reply.json()["CommunicationError"]["Code"], "TooManyRequests");
}
