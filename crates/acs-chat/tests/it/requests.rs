//! All sixteen operations as they go over HTTP.

use acs_chat::requests::*;
use acs_chat::*;
use serde_json::{Value, json};

use crate::harness::{ORIGIN, THREAD, identifier};

/// One row: what is sent.
struct Row {
    http: HttpRequest,
    method: &'static str,
    target: &'static str,
    body: Option<Value>,
}

fn http<R>(request: Result<Request<R>, ApiError>) -> HttpRequest {
    request.unwrap().to_http(&Endpoint::parse(ORIGIN).unwrap(), "2025-03-15")
}

fn row<R>(
    request: Result<Request<R>, ApiError>,
    method: &'static str,
    target: &'static str,
    body: Option<Value>,
) -> Row {
    Row { http: http(request), method, target, body }
}

#[test]
fn every_operation_has_its_method_path_query_and_body() {
    let thread = ThreadId::new(THREAD);
    let message = MessageId::new("1623798249000");
    let ann = CommunicationIdentifier::communication_user("8:acs:R_U");
    let start_time = Some(Timestamp::parse("2025-01-02T03:04:05.678Z").unwrap());
    let from_time = ListFromTime { results_per_page: Some(5), start_time };
    let from_position = ListFromPosition { results_per_page: Some(5), skip: Some(2) };
    let create = CreateChatThreadRequest { topic: "T".into(), ..Default::default() };
    let update = UpdateChatThreadRequest { topic: Some("T".into()), ..Default::default() };
    let send = SendChatMessageRequest::text("x");
    let edit = UpdateChatMessageRequest { content: Some("y".into()), ..Default::default() };
    let add = AddChatParticipantsRequest { participants: vec![ChatParticipant::new(ann.clone())] };
    let read = SendReadReceiptRequest { chat_message_id: message.clone() };
    let typing = SendTypingNotificationRequest { sender_display_name: Some("Ann".into()) };

    let rows = [
        row(
            create_chat_thread(&create, None),
            "POST",
            "/chat/threads?api-version=2025-03-15",
            Some(json!({"topic": "T"})),
        ),
        row(
            Ok(list_chat_threads(from_time)),
            "GET",
            "/chat/threads?maxPageSize=5&startTime=2025-01-02T03%3A04%3A05.678Z&api-version=2025-03-15",
            None,
        ),
        row(
            get_chat_thread_properties(&thread),
            "GET",
            "/chat/threads/19%3Aa-b_c1%40thread.v2?api-version=2025-03-15",
            None,
        ),
        row(
            update_chat_thread_properties(&thread, &update),
            "PATCH",
            "/chat/threads/19%3Aa-b_c1%40thread.v2?api-version=2025-03-15",
            Some(json!({"topic": "T"})),
        ),
        row(
            delete_chat_thread(&thread),
            "DELETE",
            "/chat/threads/19%3Aa-b_c1%40thread.v2?api-version=2025-03-15",
            None,
        ),
        row(
            send_message(&thread, &send),
            "POST",
            "/chat/threads/19%3Aa-b_c1%40thread.v2/messages?api-version=2025-03-15",
            Some(json!({"content": "x", "type": "text"})),
        ),
        row(
            list_messages(&thread, from_time),
            "GET",
            "/chat/threads/19%3Aa-b_c1%40thread.v2/messages\
             ?maxPageSize=5&startTime=2025-01-02T03%3A04%3A05.678Z&api-version=2025-03-15",
            None,
        ),
        row(
            get_message(&thread, &message),
            "GET",
            "/chat/threads/19%3Aa-b_c1%40thread.v2/messages/1623798249000?api-version=2025-03-15",
            None,
        ),
        row(
            update_message(&thread, &message, &edit),
            "PATCH",
            "/chat/threads/19%3Aa-b_c1%40thread.v2/messages/1623798249000?api-version=2025-03-15",
            Some(json!({"content": "y"})),
        ),
        row(
            delete_message(&thread, &message),
            "DELETE",
            "/chat/threads/19%3Aa-b_c1%40thread.v2/messages/1623798249000?api-version=2025-03-15",
            None,
        ),
        row(
            list_participants(&thread, from_position),
            "GET",
            "/chat/threads/19%3Aa-b_c1%40thread.v2/participants?maxPageSize=5&skip=2&api-version=2025-03-15",
            None,
        ),
        row(
            add_participants(&thread, &add),
            "POST",
            "/chat/threads/19%3Aa-b_c1%40thread.v2/participants/:add?api-version=2025-03-15",
            Some(json!({"participants": [{"communicationIdentifier": identifier()}]})),
        ),
        row(
            remove_participant(&thread, &ann),
            "POST",
            "/chat/threads/19%3Aa-b_c1%40thread.v2/participants/:remove?api-version=2025-03-15",
            Some(identifier()),
        ),
        row(
            send_typing_notification(&thread, &typing),
            "POST",
            "/chat/threads/19%3Aa-b_c1%40thread.v2/typing?api-version=2025-03-15",
            Some(json!({"senderDisplayName": "Ann"})),
        ),
        row(
            send_read_receipt(&thread, &read),
            "POST",
            "/chat/threads/19%3Aa-b_c1%40thread.v2/readReceipts?api-version=2025-03-15",
            Some(json!({"chatMessageId": "1623798249000"})),
        ),
        row(
            list_read_receipts(&thread, from_position),
            "GET",
            "/chat/threads/19%3Aa-b_c1%40thread.v2/readReceipts?maxPageSize=5&skip=2&api-version=2025-03-15",
            None,
        ),
    ];
    for Row { http, method, target, body } in rows {
        assert_eq!(http.method.as_str(), method, "{target}");
        assert_eq!(http.url.strip_prefix(ORIGIN), Some(target));
        assert_eq!(http.header("accept"), Some("application/json"), "{target}");
        let content_type = match (&body, method) {
            (None, _) => None,
            (Some(_), "PATCH") => Some("application/merge-patch+json"),
            (Some(_), _) => Some("application/json"),
        };
        assert_eq!(http.header("content-type"), content_type, "{target}");
        let sent: Option<Value> = http.body.map(|bytes| serde_json::from_slice(&bytes).unwrap());
        assert_eq!(sent, body, "{target}");
    }
}

#[test]
fn what_is_not_asked_for_is_not_in_the_query() {
    let url = http(Ok(list_chat_threads(ListFromTime::default()))).url;
    assert_eq!(url, format!("{ORIGIN}/chat/threads?api-version=2025-03-15"));
    let second = Some(Timestamp::parse("2025-01-02T03:04:05Z").unwrap());
    let url = http(Ok(list_chat_threads(ListFromTime { results_per_page: None, start_time: second }))).url;
    assert_eq!(
        url,
        format!("{ORIGIN}/chat/threads?startTime=2025-01-02T03%3A04%3A05Z&api-version=2025-03-15")
    );
}

#[test]
fn ids_travel_in_their_headers_alone() {
    let create = CreateChatThreadRequest { topic: "T".into(), ..Default::default() };
    let sent = http(create_chat_thread(&create, Some("b66d6031-fdcc")));
    assert_eq!(sent.header("repeatability-request-id"), Some("b66d6031-fdcc"));
    assert_eq!(http(create_chat_thread(&create, None)).header("repeatability-request-id"), None);
    let request = send_message(&ThreadId::new(THREAD), &SendChatMessageRequest::text("x")).unwrap();
    let sent = http(request.with_client_request_id("c-1"));
    assert_eq!(sent.header("x-ms-client-request-id"), Some("c-1"));
    assert!(create_chat_thread(&create, Some("a\r\nb: c")).is_err());
}

#[test]
fn an_id_cannot_lead_to_another_operation() {
    let message = |thread: &str, message: &str| {
        get_message(&ThreadId::new(thread), &MessageId::new(message)).map(|request| request.path)
    };
    assert_eq!(message("a/b", "1?x#y").as_deref(), Ok("/chat/threads/a%2Fb/messages/1%3Fx%23y"));
    for (thread_id, message_id) in [("..", "1"), ("a", ".."), (".", "1"), ("a", "."), ("", "1"), ("a", "")] {
        let result = message(thread_id, message_id);
        assert!(matches!(result, Err(ApiError::InvalidRequest { .. })), "{thread_id:?} {message_id:?}");
    }
}

#[test]
fn a_reply_can_be_read_without_a_client() {
    let request = send_message(&ThreadId::new(THREAD), &SendChatMessageRequest::text("x")).unwrap();
    let reply = |status, body: &str| HttpResponse { status, headers: Vec::new(), body: body.into() };
    // The contract says 201; the statuses are irregular enough that any success counts.
    for status in [200, 201] {
        assert_eq!(request.read_response(&reply(status, r#"{"id":"7"}"#)).unwrap().id, MessageId::new("7"));
    }
    assert!(matches!(request.read_response(&reply(201, "{}")), Err(ApiError::BrokenReply { .. })));
    assert!(matches!(request.read_response(&reply(201, "<html>")), Err(ApiError::BrokenReply { .. })));
    assert!(matches!(request.read_response(&reply(302, "")), Err(ApiError::Refused { status: 302, .. })));
}

#[test]
fn what_is_wrong_with_a_reply_is_said_without_quoting_it() {
    let request = get_message(&ThreadId::new(THREAD), &MessageId::new("1")).unwrap();
    let reason = |body: &str| {
        let reply = HttpResponse { status: 200, headers: Vec::new(), body: body.into() };
        request.read_response(&reply).unwrap_err().to_string()
    };
    let is = |text: &str| format!("the reply cannot be used: {text}");
    assert_eq!(reason(r#"{"id":"1"}"#), is("missing field `type`"));
    let wrong = |field: &str| {
        let known = r#""id":"1","type":"text","sequenceId":"1","version":"1""#;
        reason(&format!(r#"{{{known},"{field}":"private"}}"#))
    };
    assert_eq!(wrong("content"), is("field `content` is not what the contract says"));
    assert_eq!(wrong("createdOn"), is("field `createdOn` is not what the contract says"));
    assert_eq!(reason(r#"["private"]"#), is("it is not an object"));
    assert_eq!(reason(r#"{"id":"#), is("it is cut off at line 1 column 6"));
    assert_eq!(reason("<html>private"), is("it is not JSON at line 1 column 1"));
}
