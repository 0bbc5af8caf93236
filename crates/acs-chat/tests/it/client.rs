//! The clients: what they add to a request, and what they make of a reply.

use acs_chat::*;
use serde_json::json;

use crate::harness::*;

#[test]
fn every_request_carries_the_token_as_it_is_now() {
    let script = Script::new([empty_reply(204), empty_reply(204)]);
    let credential = TokenCredential::new("old.old.old").unwrap();
    let endpoint = Endpoint::parse("https://name.communication.azure.com/").unwrap();
    let client = ChatClient::with_api_version(endpoint, credential.clone(), script.clone(), "2021-09-07");
    let thread_client = client.get_chat_thread_client(ThreadId::new(THREAD));
    now(thread_client.update_topic("T")).unwrap();
    credential.replace("new.new.new").unwrap();
    now(thread_client.update_topic("T")).unwrap();
    let tokens: Vec<_> = script
        .requests()
        .iter()
        .map(|r| (r.header("authorization").map(str::to_owned), r.url.clone()))
        .collect();
    let url = format!("{ORIGIN}/chat/threads/19%3Aa-b_c1%40thread.v2?api-version=2021-09-07");
    assert_eq!(
        tokens,
        [(Some("Bearer old.old.old".to_owned()), url.clone()), (Some("Bearer new.new.new".to_owned()), url)]
    );
}

#[test]
fn each_call_makes_its_request_and_reads_its_reply() {
    let message = json!({"id": "7", "type": "text", "sequenceId": "1", "version": "7",
                         "content": {"message": "x"}, "createdOn": "2021-06-15T23:04:09Z"});
    let script = Script::new([
        reply(200, &properties()),
        empty_reply(204),
        reply(201, &json!({"id": "7"})),
        reply(200, &message),
        empty_reply(204),
        empty_reply(204),
        empty_reply(204),
        empty_reply(200),
        empty_reply(200),
        empty_reply(204),
    ]);
    let client = thread_client(&script);
    let id = MessageId::new("7");
    assert_eq!(client.thread_id().as_str(), THREAD);
    assert_eq!(now(client.get_properties()).unwrap().topic, "T");
    now(client.update_properties(&UpdateChatThreadRequest::default())).unwrap();
    let sent = now(client.send_message(&SendChatMessageRequest::html("<b>x</b>"), Some("c-1"))).unwrap();
    assert_eq!(sent.id, id);
    assert_eq!(now(client.get_message(&id)).unwrap().id, id);
    now(client.update_message(&id, &UpdateChatMessageRequest::default())).unwrap();
    now(client.delete_message(&id)).unwrap();
    now(client.remove_participant(&CommunicationIdentifier::communication_user(USER))).unwrap();
    now(client.send_typing_notification(None)).unwrap();
    now(client.send_read_receipt(&id)).unwrap();
    now(chat_client(&script).delete_chat_thread(client.thread_id())).unwrap();

    let requests = script.requests();
    let thread = format!("{ORIGIN}/chat/threads/19%3Aa-b_c1%40thread.v2");
    let lines: Vec<_> = requests
        .iter()
        .map(|request| {
            let path = request.url.strip_prefix(&thread).unwrap().strip_suffix("?api-version=2025-03-15");
            let body = request.body.clone().unwrap_or_default();
            (request.method.as_str(), path.unwrap(), String::from_utf8(body).unwrap())
        })
        .collect();
    let line = |method, path, body: &str| (method, path, body.to_owned());
    assert_eq!(
        lines,
        [
            line("GET", "", ""),
            line("PATCH", "", "{}"),
            line("POST", "/messages", r#"{"content":"<b>x</b>","type":"html"}"#),
            line("GET", "/messages/7", ""),
            line("PATCH", "/messages/7", "{}"),
            line("DELETE", "/messages/7", ""),
            line(
                "POST",
                "/participants/:remove",
                r#"{"rawId":"8:acs:R_U","communicationUser":{"id":"8:acs:R_U"}}"#
            ),
            line("POST", "/typing", "{}"),
            line("POST", "/readReceipts", r#"{"chatMessageId":"7"}"#),
            line("DELETE", "", ""),
        ]
    );
    assert_eq!(requests[2].header("x-ms-client-request-id"), Some("c-1"));
}

#[test]
fn a_thread_is_made_and_the_refused_are_matched_to_the_request() {
    let [ann, bob] = ["8:acs:R_A", "8:acs:R_B"].map(|id| ChatParticipant {
        display_name: Some(id.to_owned()),
        ..ChatParticipant::new(CommunicationIdentifier::communication_user(id))
    });
    let phone = ChatParticipant::new(CommunicationIdentifier::from_raw_id("4:+1555"));
    let invalid = json!([
        {"target": "8:acs:R_B", "code": "403", "message": "Permissions check failed"},
        {"target": "4:+1555", "code": "404", "message": "Not found"},
        {"target": "8:acs:R_Z", "code": "404", "message": "Not found"},
        {"code": "500", "message": "?"}]);
    let script = Script::new([
        reply(201, &json!({"chatThread": properties(), "invalidParticipants": invalid})),
        reply(201, &json!({"invalidParticipants": invalid})),
        reply(201, &json!({})),
        empty_reply(201),
    ]);
    let participants = vec![ann, bob.clone(), phone.clone()];
    let request = CreateChatThreadRequest {
        topic: "T".into(),
        participants: Some(participants.clone()),
        ..Default::default()
    };
    let created = now(chat_client(&script).create_chat_thread(&request, Some("token-1"))).unwrap();
    assert_eq!(created.chat_thread.id.as_str(), THREAD);
    let told: Vec<_> = created
        .errors
        .iter()
        .map(|failed| (failed.participant.clone(), failed.error.code.as_str()))
        .collect();
    let expected = [(Some(bob), "403"), (Some(phone), "404"), (None, "404"), (None, "500")];
    assert_eq!(told, expected);
    assert_eq!(script.requests()[0].header("repeatability-request-id"), Some("token-1"));

    let client = thread_client(&script);
    assert_eq!(now(client.add_participants(participants.clone())).unwrap(), created.errors);
    assert_eq!(now(client.add_participants(participants.clone())).unwrap(), []);
    assert_eq!(
        now(client.add_participants(participants)).unwrap(),
        [],
        "an empty body says the same as {{}}"
    );
}

#[test]
fn failures_come_back_classified() {
    let forbidden = json!({"CommunicationError": {"Code": "Forbidden", "Message": "No.", "Details": []}});
    let script = Script::new([
        reply(403, &forbidden),
        empty_reply(401),
        Err(TransportError::NotSent("refused".into())),
        Err(TransportError::Unclear("reset".into())),
        reply(200, &json!({"not": "properties"})),
        Ok(HttpResponse { status: 429, headers: vec![("retry-after".into(), "3".into())], body: Vec::new() }),
    ]);
    let client = thread_client(&script);
    let ask = || now(client.get_properties()).unwrap_err();
    assert!(matches!(ask(), ApiError::Refused { status: 403, code, .. } if code == "Forbidden"));
    assert!(matches!(ask(), ApiError::LoginLost { .. }));
    assert!(matches!(ask(), ApiError::NoConnection { unclear: false, .. }));
    assert!(matches!(ask(), ApiError::NoConnection { unclear: true, .. }));
    assert!(matches!(ask(), ApiError::BrokenReply { .. }));
    assert_eq!(ask().retry_after_ms(), Some(3_000));
    let nowhere = chat_client(&script).get_chat_thread_client(ThreadId::new(".."));
    script.requests();
    assert!(matches!(now(nowhere.get_properties()), Err(ApiError::InvalidRequest { .. })));
    assert_eq!(script.requests(), [], "nothing was sent");
}

#[test]
fn neither_token_nor_text_is_printed() {
    let script = Script::new([reply(201, &json!({"id": "7"}))]);
    now(thread_client(&script).send_message(&SendChatMessageRequest::text("private"), None)).unwrap();
    let printed = format!("{:?}", script.requests());
    assert!(printed.contains("/messages") && !printed.contains("a.b.c") && !printed.contains("private"));
}

/// Over a transport whose futures are `Send`, as a native program has, so are the clients'.
#[test]
fn a_native_program_can_spawn_the_clients_futures() {
    struct Ready;
    impl Transport for Ready {
        async fn send(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
            empty_reply(204)
        }
    }
    fn sendable<F: Future + Send + 'static>(future: F) -> F {
        future
    }
    let endpoint = Endpoint::parse(ORIGIN).unwrap();
    let client = ChatClient::new(endpoint, TokenCredential::new("a.b.c").unwrap(), Ready);
    let future = sendable(async move {
        client.list_chat_threads(ListFromTime::default()).next_item().await.unwrap_err();
        client.delete_chat_thread(&ThreadId::new(THREAD)).await
    });
    assert_eq!(now(future), Ok(()));
}
