//! The identity client: operations, signatures, and the models both ways.

use std::rc::Rc;

use acs_chat::identity::*;
use acs_chat::*;
use serde_json::{Value, json};

use crate::harness::*;

/// The resource and the moment of the test vector in reference 5.2.
const CONNECTION_STRING: &str =
    "endpoint=https://localhost:9443/;accesskey=bG9jYWwtdGVzdC1rZXktMDEyMzQ1Njc4OWFiY2RlZiE=";

fn vector_time() -> Timestamp {
    Timestamp::parse("2025-01-02T03:04:05.999Z").unwrap()
}

fn client(script: &Rc<Script>) -> IdentityClient<Rc<Script>> {
    IdentityClient::new(ConnectionString::parse(CONNECTION_STRING).unwrap(), Rc::clone(script), vector_time)
}

fn token() -> Value {
    json!({"token": "a.b.c", "expiresOn": "2021-06-16T23:04:04.2528414+00:00"})
}

#[test]
fn the_request_of_the_test_vector_is_signed_as_it_should() {
    let script = Script::new([reply(201, &json!({"identity": {"id": USER}, "accessToken": token()}))]);
    let (user, token) = now(client(&script).create_user_and_token(&[TokenScope::Chat], None)).unwrap();
    assert_eq!(user, CommunicationIdentifier::communication_user(USER));
    assert_eq!((token.token.as_str(), token.expires_on.as_ms() % 100_000), ("a.b.c", 44_252));
    let request = &script.requests()[0];
    assert_eq!(request.url, "https://localhost:9443/identities?api-version=2023-10-01");
    assert_eq!(request.body.as_deref(), Some(&br#"{"createTokenWithScopes":["chat"]}"#[..]));
    assert_eq!(request.header("x-ms-date"), Some("Thu, 02 Jan 2025 03:04:05 GMT"));
    assert_eq!(request.header("x-ms-content-sha256"), Some("WTRvgEjjVd+bvyKw3WgXgDkU81aV8FWq+4/BE+he0+A="));
    assert_eq!(
        request.header("authorization"),
        Some(
            "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&\
             Signature=K7khmTDwtvb6VfspjIeSS0B4VTGj3/XoXW3ct/gSu68="
        )
    );
}

#[test]
fn every_operation_is_sent_and_a_service_can_verify_it() {
    let script = Script::new([
        reply(201, &json!({"identity": {"id": USER}})),
        reply(200, &token()),
        empty_reply(204),
        empty_reply(204),
        reply(200, &token()),
    ]);
    let client = client(&script);
    let user = RawId::new(USER);
    assert_eq!(now(client.create_user()).unwrap().raw_id(), &user);
    now(client.get_token(&user, &[TokenScope::Chat, TokenScope::Voip], Some(60))).unwrap();
    now(client.revoke_tokens(&user)).unwrap();
    now(client.delete_user(&user)).unwrap();
    let exchange =
        ExchangeTeamsUserTokenRequest { token: "entra".into(), app_id: "app".into(), user_id: "user".into() };
    now(client.get_token_for_teams_user(&exchange)).unwrap();

    let requests = script.requests();
    let lines: Vec<_> = requests
        .iter()
        .map(|request| {
            let target = request.url.strip_prefix("https://localhost:9443").unwrap();
            let body = String::from_utf8(request.body.clone().unwrap_or_default()).unwrap();
            (request.method.as_str(), target.strip_suffix("?api-version=2023-10-01").unwrap(), body)
        })
        .collect();
    let line = |method, path, body: &str| (method, path, body.to_owned());
    assert_eq!(
        lines,
        [
            line("POST", "/identities", "{}"),
            line(
                "POST",
                "/identities/8%3Aacs%3AR_U/:issueAccessToken",
                r#"{"scopes":["chat","voip"],"expiresInMinutes":60}"#
            ),
            line("POST", "/identities/8%3Aacs%3AR_U/:revokeAccessTokens", ""),
            line("DELETE", "/identities/8%3Aacs%3AR_U", ""),
            line(
                "POST",
                "/teamsUser/:exchangeAccessToken",
                r#"{"token":"entra","appId":"app","userId":"user"}"#
            ),
        ]
    );
    let key = ConnectionString::parse(CONNECTION_STRING).unwrap().access_key;
    for request in &requests {
        let content_hash = hmac::content_hash(request.body.as_deref().unwrap_or_default());
        assert_eq!(request.header("x-ms-content-sha256"), Some(content_hash.as_str()));
        let target = request.url.strip_prefix("https://localhost:9443").unwrap();
        let date = request.header("x-ms-date").unwrap();
        let text =
            hmac::string_to_sign(request.method.as_str(), target, date, "localhost:9443", &content_hash);
        let signature = hmac::signature_in(request.header("authorization").unwrap()).unwrap();
        assert!(hmac::verify(key.as_bytes(), &text, signature), "{target}");
    }
}

#[test]
fn a_key_that_is_not_accepted_is_a_lost_login() {
    let denied = json!({"error": {"code": "Denied", "message": "Denied by the resource provider."}});
    let script = Script::new([reply(401, &denied), reply(201, &json!({"identity": {"id": USER}}))]);
    let error = now(client(&script).create_user()).unwrap_err();
    assert_eq!(error, ApiError::LoginLost { message: "Denied by the resource provider.".into() });
    let error = now(client(&script).create_user_and_token(&[TokenScope::Chat], None)).unwrap_err();
    assert!(matches!(error, ApiError::BrokenReply { .. }), "there is no token in the reply");
}

#[test]
fn models_both_ways() {
    let same = |literal: Value, written: Result<Value, serde_json::Error>| {
        assert_eq!(written.unwrap(), literal);
    };
    let literal = json!({"createTokenWithScopes": ["chat", "later"], "expiresInMinutes": 60});
    let body: CreateIdentityRequest = serde_json::from_value(literal.clone()).unwrap();
    let scopes = [TokenScope::Chat, TokenScope::Other("later".into())];
    assert_eq!(body.create_token_with_scopes.as_deref(), Some(&scopes[..]));
    same(literal, serde_json::to_value(&body));

    let literal = json!({"scopes": ["chat.join"]});
    let body: IssueAccessTokenRequest = serde_json::from_value(literal.clone()).unwrap();
    assert_eq!(body.scopes, [TokenScope::ChatJoin]);
    same(literal, serde_json::to_value(&body));

    let literal = json!({"identity": {"id": USER},
                         "accessToken": {"token": "a.b.c", "expiresOn": "2021-06-16T23:04:04.252Z"}});
    let body: CreateIdentityResult = serde_json::from_value(literal.clone()).unwrap();
    assert_eq!(body.identity.id, RawId::new(USER));
    same(literal, serde_json::to_value(&body));
    let plain = json!({"identity": {"id": USER, "later": 1}});
    assert_eq!(serde_json::from_value::<CreateIdentityResult>(plain).unwrap().access_token, None);
}

#[test]
fn tokens_are_not_printed() {
    let token: AccessToken = serde_json::from_value(token()).unwrap();
    assert!(!format!("{token:?}").contains("a.b.c"));
    let exchange = ExchangeTeamsUserTokenRequest {
        token: "secret".into(),
        app_id: "app".into(),
        user_id: "user".into(),
    };
    assert!(!format!("{exchange:?}").contains("secret"));
}
