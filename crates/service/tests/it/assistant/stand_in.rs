//! The stand-in for Beebot by itself: what it refuses, and how, and the shape of what it says.

use super::servers::{KEY_ID, KEY_SECRET, stand_in};
use crate::harness::START_MS;
use assistant::signing::{Authorization, Call, content_hash, encode_query, rpc_signature, stream_signature};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use natter_service::Clock;
use serde_json::{Value, json};
use tower::ServiceExt as _;

struct Reply {
    status: u16,
    kind: String,
    text: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// The events of a stream: the outer JSON, and the inner.
    fn events(&self) -> Vec<(Value, Value)> {
        let frames = self.text.split("\n\n").filter(|frame| !frame.is_empty());
        let read = |frame: &str| {
            let outer: Value =
                serde_json::from_str(frame.strip_prefix("data:{").map(|_| &frame[5..]).unwrap()).unwrap();
            let inner = outer["data"][0]["value"].as_str().map(|text| serde_json::from_str(text).unwrap());
            (outer, inner.unwrap_or_default())
        };
        frames.map(read).collect()
    }
}

async fn send(router: &Router, request: Request<Body>) -> Reply {
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
    let kind = parts.headers.get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
    Reply { status: parts.status.as_u16(), kind: kind.unwrap_or_default(), text }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn stage() -> (Router, Clock) {
    let clock = Clock::fixed(START_MS);
    (stand_in(clock.clone()), clock)
}

const DATE: &str = "2025-01-02T03:04:05Z";

/// A call signed in headers, with some of them changed before they are signed.
fn acs3(id: &str, secret: &str, change: &[(&str, &str)]) -> Request<Body> {
    let query = pairs(&[("AgentKey", "a b_p_beebot_public")]);
    let mut headers = pairs(&[
        // What the SDK makes of an endpoint with a scheme.
        ("host", "http://127.0.0.1:8080"),
        ("accept", "application/json"),
        ("x-acs-action", "ApplyForStreamAccessToken"),
        ("x-acs-content-sha256", &content_hash(b"")),
        ("x-acs-date", DATE),
        ("x-acs-signature-nonce", "1"),
        ("x-acs-version", "2022-04-08"),
    ]);
    for (name, value) in change {
        headers.iter_mut().find(|(header, _)| header == name).unwrap().1 = (*value).to_owned();
    }
    headers.retain(|(_, value)| !value.is_empty());
    let call = Call { method: "POST", path: "/", query: &query, headers: &headers, body: b"" };
    let authorization = Authorization::sign(&call, id, secret).header();
    let mut request = Request::post(format!("/?{}", encode_query(query.iter())));
    for (name, value) in &headers {
        request = request.header(name, value);
    }
    request.header("authorization", authorization).body(Body::empty()).unwrap()
}

fn rpc(secret: &str, change: &[(&str, &str)]) -> Request<Body> {
    let mut query = pairs(&[
        ("Action", "ApplyForStreamAccessToken"),
        ("Version", "2022-04-08"),
        ("Format", "json"),
        ("Timestamp", DATE),
        ("SignatureNonce", "1"),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
        ("AccessKeyId", KEY_ID),
    ]);
    for (name, value) in change {
        query.iter_mut().find(|(parameter, _)| parameter == name).unwrap().1 = (*value).to_owned();
    }
    query.retain(|(_, value)| !value.is_empty());
    let signature = rpc_signature("POST", &query, secret);
    query.push(("Signature".to_owned(), signature));
    Request::post(format!("/?{}", encode_query(query.iter()))).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn a_signed_call_gets_a_token() {
    for request in [acs3(KEY_ID, KEY_SECRET, &[]), rpc(KEY_SECRET, &[])] {
        let reply = send(&stage().0, request).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let applied = reply.json();
        let length = |name: &str| applied[name].as_str().unwrap().len();
        assert_eq!(["AccessToken", "StreamSecret", "ChannelId", "RequestId"].map(length), [32, 36, 36, 36]);
        assert_eq!(applied["RequestId"].as_str().unwrap().to_uppercase(), applied["RequestId"]);
    }
}

#[tokio::test]
async fn calls_are_refused_as_the_original_does() {
    for (request, status, code) in [
        (acs3(KEY_ID, "wrong", &[]), 400, "SignatureDoesNotMatch"),
        (acs3("nobody", KEY_SECRET, &[]), 404, "InvalidAccessKeyId.NotFound"),
        (acs3(KEY_ID, KEY_SECRET, &[("x-acs-action", "Chat")]), 404, "InvalidApi.NotFound"),
        (acs3(KEY_ID, KEY_SECRET, &[("x-acs-date", "yesterday")]), 400, "InvalidTimeStamp.Format"),
        (
            acs3(KEY_ID, KEY_SECRET, &[("x-acs-date", "2025-01-02T02:49:04Z")]),
            400,
            "InvalidTimeStamp.Expired",
        ),
        (
            acs3(KEY_ID, KEY_SECRET, &[("x-acs-date", "2025-01-02T03:19:06Z")]),
            400,
            "InvalidTimeStamp.Expired",
        ),
        (acs3(KEY_ID, KEY_SECRET, &[("x-acs-content-sha256", "0")]), 400, "SignatureDoesNotMatch"),
        (acs3(KEY_ID, KEY_SECRET, &[("x-acs-signature-nonce", "")]), 400, "SignatureDoesNotMatch"),
        (acs3(KEY_ID, KEY_SECRET, &[("host", "")]), 400, "SignatureDoesNotMatch"),
        (rpc("wrong", &[]), 400, "SignatureDoesNotMatch"),
        (rpc(KEY_SECRET, &[("AccessKeyId", "")]), 400, "MissingAccessKeyId"),
        (rpc(KEY_SECRET, &[("AccessKeyId", "nobody")]), 404, "InvalidAccessKeyId.NotFound"),
        (rpc(KEY_SECRET, &[("SignatureMethod", "HMAC-MD5")]), 400, "InvalidParameter"),
        (rpc(KEY_SECRET, &[("Timestamp", "2025-01-02T02:00:00Z")]), 400, "InvalidTimeStamp.Expired"),
        (rpc(KEY_SECRET, &[("Timestamp", "")]), 400, "MissingTimestamp"),
        (rpc(KEY_SECRET, &[("SignatureNonce", "")]), 400, "MissingSignatureNonce"),
        (Request::post("/").body(Body::empty()).unwrap(), 404, "InvalidApi.NotFound"),
    ] {
        let reply = send(&stage().0, request).await;
        let refusal = reply.json();
        assert_eq!((reply.status, &refusal["Code"]), (status, &json!(code)));
        for name in ["RequestId", "HostId", "Message", "Recommend"] {
            assert!(refusal[name].is_string(), "{name}");
        }
    }
}

#[tokio::test]
async fn a_nonce_counts_once_and_a_wrong_signature_uses_up_none() {
    let (router, clock) = stage();
    assert_eq!(send(&router, acs3(KEY_ID, "wrong", &[])).await.status, 400);
    assert_eq!(send(&router, acs3(KEY_ID, KEY_SECRET, &[])).await.status, 200);
    assert_eq!(send(&router, acs3(KEY_ID, KEY_SECRET, &[])).await.json()["Code"], "SignatureNonceUsed");
    assert_eq!(send(&router, rpc(KEY_SECRET, &[])).await.json()["Code"], "SignatureNonceUsed");
    // Fifteen minutes later the call is too old, and before that it is not.
    clock.set_ms(START_MS + 15 * 60 * 1000 - 678);
    let other = acs3(KEY_ID, KEY_SECRET, &[("x-acs-signature-nonce", "2")]);
    assert_eq!(send(&router, other).await.status, 200);
}

/// A token, and the address that is signed with it at this time.
async fn token(router: &Router) -> Value {
    send(router, acs3(KEY_ID, KEY_SECRET, &[])).await.json()
}

fn address(token: &Value, timestamp: &str) -> String {
    let part = |name: &str| token[name].as_str().unwrap().to_owned();
    let sign = stream_signature(&part("StreamSecret"), timestamp);
    format!("/sse/paas4Json/{}/{}/{sign}/{timestamp}", part("AccessToken"), part("ChannelId"))
}

fn question(inner: Value) -> Value {
    json!({"messageId": "my-message", "action": "TongyiBeebotChat", "version": "2022-04-08",
        "data": [{"type": "JSON_TEXT", "value": inner.to_string()}]})
}

async fn open(router: &Router, address: &str, body: &Value) -> Reply {
    send(router, Request::post(address).body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn the_stream_has_the_shape_of_the_transcript() {
    let (router, _) = stage();
    let token = token(&router).await;
    let body = question(json!({"InstanceId": "chatbot-cn-x", "Utterance": "你有什么技能?"}));
    let reply = open(&router, &address(&token, &START_MS.to_string()), &body).await;
    assert_eq!((reply.status, reply.kind.as_str()), (200, "text/event-stream;charset=UTF-8"));
    let events = reply.events();
    let (outer, first) = &events[0];
    assert_eq!((&outer["messageId"], &outer["success"]), (&json!("my-message"), &json!(true)));
    assert_eq!(
        (&first["IsAIGC"], first.get("MessageBody"), &first["StreamEnd"]),
        (&json!(false), None, &json!(false))
    );
    assert_eq!(outer["requestId"], first["MessageId"]);
    let text = |inner: &Value| {
        inner["MessageBody"]["DirectMessageBody"]["SentenceList"][0]["Content"].as_str().map(str::to_owned)
    };
    let texts: Vec<String> = events[1..].iter().map(|(_, inner)| text(inner).unwrap()).collect();
    assert_eq!(texts[0], "");
    assert!(texts.windows(2).all(|pair| pair[1].starts_with(&pair[0])), "cumulative: {texts:?}");
    assert_eq!(texts[texts.len() - 1], texts[texts.len() - 2], "a repeat");
    for name in ["SequenceId", "requestId"] {
        let of = |(outer, inner): &(Value, Value)| {
            if name == "requestId" { outer[name].clone() } else { inner[name].clone() }
        };
        let mut ids: Vec<String> =
            events.iter().map(|event| of(event).as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), events.len(), "{name} is new in each");
    }
    let ends: Vec<bool> = events.iter().map(|(_, inner)| inner["StreamEnd"] == true).collect();
    assert!(*ends.last().unwrap() && ends.iter().filter(|end| **end).count() == 1);
    assert!(events.iter().all(|(_, inner)| inner["SessionId"] == first["SessionId"]));
    assert_eq!(first["SessionId"].as_str().unwrap().len(), 32);
    // Names in the order of the alphabet, on one line, without a space behind the colon.
    let frame = reply.text.split("\n\n").nth(1).unwrap();
    assert!(
        frame.starts_with(
            "data:{\"data\":[{\"type\":\"JSON_TEXT\",\"value\":\"{\\\"IsAIGC\\\":true,\\\"MessageBody\\\":"
        ),
        "{frame}"
    );

    let body = question(json!({"InstanceId": "x", "Utterance": "x", "SessionId": "mine"}));
    let reply = open(&router, &address(&token, &START_MS.to_string()), &body).await;
    assert_eq!(reply.events()[0].1["SessionId"], "mine");
}

#[tokio::test]
async fn a_stream_is_refused_with_a_page() {
    let (router, clock) = stage();
    let token = token(&router).await;
    let body = question(json!({"InstanceId": "x", "Utterance": "x"}));
    let now = START_MS.to_string();
    let good = address(&token, &now);
    let sign = good.split('/').nth(5).unwrap();
    for bad in [
        good.replace(sign, &sign.to_uppercase()),
        good.replace(sign, "0"),
        good.replace(token["ChannelId"].as_str().unwrap(), "other"),
        good.replace(token["AccessToken"].as_str().unwrap(), "other"),
        // Another time than the one that was signed; seconds; two hours ago; no time.
        good.replace(&now, &(START_MS + 1).to_string()),
        address(&token, &(START_MS / 1000).to_string()),
        address(&token, &(START_MS - 2 * 60 * 60 * 1000 - 1).to_string()),
        address(&token, "now"),
        "/sse/paas4Json".to_owned(),
    ] {
        let reply = open(&router, &bad, &body).await;
        assert_eq!((reply.status, reply.kind.as_str()), (403, "text/html;charset=UTF-8"), "{bad}");
    }
    assert_eq!(open(&router, &good, &body).await.status, 200);
    clock.set_ms(START_MS + 2 * 60 * 60 * 1000);
    let late = address(&token, &(START_MS + 2 * 60 * 60 * 1000).to_string());
    assert_eq!(open(&router, &late, &body).await.status, 403, "the token is too old");
}

#[tokio::test]
async fn a_wrong_question_is_one_event_that_says_so() {
    let (router, _) = stage();
    let token = token(&router).await;
    let good = json!({"InstanceId": "x", "Utterance": "x"});
    let with = |name: &str, value: Value| {
        let mut body = question(good.clone());
        body[name] = value;
        body
    };
    for (body, code) in [
        (json!("text"), "InvalidParameter"),
        (with("messageId", json!(null)), "MissingMessageId"),
        (with("action", json!("Chat")), "InvalidAction"),
        (with("version", json!("2017-10-11")), "InvalidAction"),
        (with("data", json!([])), "InvalidData"),
        (with("data", json!([{"type": "JSON_TEXT", "value": good}])), "InvalidData"),
        (with("data", json!([{"type": "JSON_TEXT", "value": "{"}])), "InvalidData"),
        (question(json!({"Utterance": "x"})), "MissingInstanceId"),
        (question(json!({"InstanceId": "x"})), "MissingUtterance"),
        (question(json!({"InstanceId": "x", "Utterance": "好".repeat(513)})), "InvalidParameter"),
        (
            question(json!({"InstanceId": "x", "Utterance": "x", "SessionId": "x".repeat(65)})),
            "InvalidParameter",
        ),
    ] {
        let reply = open(&router, &address(&token, &START_MS.to_string()), &body).await;
        let events = reply.events();
        assert_eq!((reply.status, events.len()), (200, 1), "{body}");
        let (outer, _) = &events[0];
        assert_eq!((&outer["success"], &outer["code"]), (&json!(false), &json!(code)), "{body}");
        assert!(outer["message"].is_string() && outer["requestId"].is_string());
    }
}
