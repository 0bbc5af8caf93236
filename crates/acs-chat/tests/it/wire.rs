//! The models and their JSON, both ways; and replies of services older and newer than this crate.

use acs_chat::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::harness::{THREAD, identifier, properties};

/// Reads the literal and writes it back: nothing is lost and nothing added.
#[track_caller]
fn both_ways<T: Serialize + DeserializeOwned>(literal: Value) -> T {
    let read: T = serde_json::from_value(literal.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), literal);
    read
}

#[track_caller]
fn read<T: DeserializeOwned>(literal: Value) -> T {
    serde_json::from_value(literal).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

#[test]
fn a_user_message() {
    let message: ChatMessage = both_ways(json!({
        "id": "1623798249000", "type": "text", "sequenceId": "3", "version": "1623798249000",
        "content": {"message": "hello", "attachments": []}, "senderDisplayName": "Ann",
        "createdOn": "2021-06-15T23:04:09Z", "metadata": {"k": "v"},
        "senderCommunicationIdentifier": identifier()
    }));
    assert_eq!(message.message_type, ChatMessageType::Text);
    assert_eq!(message.created_on, at("2021-06-15T23:04:09Z"));
    assert_eq!(message.sequence_id, SequenceId::new("3"));
    assert_eq!(message.metadata.unwrap()["k"], "v");
    let content = message.content.unwrap();
    assert_eq!((content.message.as_deref(), content.attachments), (Some("hello"), Some(Vec::new())));
}

#[test]
fn a_system_message_has_no_sender() {
    let message: ChatMessage = both_ways(json!({
        "id": "1623798248000", "type": "participantAdded", "sequenceId": "1", "version": "1623798248000",
        "content": {
            "participants": [{"communicationIdentifier": identifier(), "displayName": "Ann",
                              "shareHistoryTime": "1970-01-01T00:00:00Z"}],
            "initiatorCommunicationIdentifier": identifier()},
        "createdOn": "2021-06-15T23:04:08Z"
    }));
    assert!(!message.message_type.is_user_message());
    assert_eq!((message.sender_display_name, message.sender_communication_identifier), (None, None));
    let content = message.content.unwrap();
    assert_eq!(content.participants.unwrap()[0].share_history_time, Some(Timestamp::EPOCH));
    assert_eq!(content.initiator_communication_identifier.unwrap().raw_id().as_str(), "8:acs:R_U");
}

#[test]
fn a_deleted_message() {
    let message: ChatMessage = both_ways(json!({
        "id": "1623798249000", "type": "text", "sequenceId": "5", "version": "1623798255000",
        "content": {"message": ""}, "senderDisplayName": "", "createdOn": "2021-06-15T23:04:09Z",
        "deletedOn": "2021-06-15T23:04:15Z", "senderCommunicationIdentifier": identifier()
    }));
    assert_eq!(message.deleted_on, Some(at("2021-06-15T23:04:15Z")));
    assert_eq!(message.sender_display_name.as_deref(), Some(""), "empty, not absent");
}

#[test]
fn the_other_system_messages_and_an_edited_one_with_files() {
    let topic: ChatMessage = both_ways(json!({
        "id": "2", "type": "topicUpdated", "sequenceId": "2", "version": "2", "createdOn": "2021-06-15T23:04:08Z",
        "content": {"topic": "T", "initiatorCommunicationIdentifier": identifier()}}));
    assert_eq!(topic.message_type, ChatMessageType::TopicUpdated);
    let removed: ChatMessage = both_ways(json!({
        "id": "3", "type": "participantRemoved", "sequenceId": "3", "version": "3",
        "createdOn": "2021-06-15T23:04:08Z", "content": {"participants": []}}));
    assert_eq!(removed.message_type, ChatMessageType::ParticipantRemoved);
    let html: ChatMessage = both_ways(json!({
        "id": "4", "type": "html", "sequenceId": "9", "version": "5", "createdOn": "2021-06-15T23:04:08Z",
        "editedOn": "2021-06-15T23:04:10Z", "senderCommunicationIdentifier": identifier(),
        "content": {"message": "<b>x</b>", "attachments": [
            {"id": "0-eus", "attachmentType": "image", "name": "a.png", "url": "https://a", "previewUrl": "https://b"},
            {"id": "1", "attachmentType": "file"}]}}));
    assert_eq!(html.edited_on, Some(at("2021-06-15T23:04:10Z")));
    assert_eq!(html.content.unwrap().attachments.unwrap().len(), 2);
}

#[test]
fn threads() {
    let thread: ChatThreadProperties = both_ways(json!({
        "id": THREAD, "topic": "T", "createdOn": "2021-06-15T23:04:08Z",
        "createdByCommunicationIdentifier": identifier(), "deletedOn": "2021-06-16T00:00:00Z",
        "metadata": {"k": "v"},
        "retentionPolicy": {"kind": "threadCreationDate", "deleteThreadAfterDays": 60}}));
    assert_eq!(thread.id.as_str(), THREAD);
    let policy = ChatRetentionPolicy::ThreadCreationDate { delete_thread_after_days: 60 };
    assert_eq!(thread.retention_policy, Some(policy));
    assert_eq!(both_ways::<ChatRetentionPolicy>(json!({"kind": "none"})), ChatRetentionPolicy::None);
    both_ways::<ChatThreadProperties>(properties());

    let item: ChatThreadItem = both_ways(json!({
        "id": THREAD, "topic": "T", "deletedOn": "2021-06-16T00:00:00Z",
        "lastMessageReceivedOn": "2021-06-15T23:04:09Z"}));
    assert_eq!(item.last_message_received_on, Some(at("2021-06-15T23:04:09Z")));
    both_ways::<ChatThreadItem>(json!({"id": THREAD, "topic": "T"}));
}

#[test]
fn participants_and_receipts() {
    let participant: ChatParticipant = both_ways(json!({
        "communicationIdentifier": identifier(), "displayName": "Ann",
        "shareHistoryTime": "2021-06-15T23:04:09.678Z", "metadata": {"k": "v"}}));
    assert_eq!(participant.share_history_time.unwrap().as_ms() % 1000, 678);
    let least: ChatParticipant = both_ways(json!({"communicationIdentifier": identifier()}));
    assert_eq!(least, ChatParticipant::new(CommunicationIdentifier::communication_user("8:acs:R_U")));
    let receipt: ChatMessageReadReceipt = both_ways(json!({
        "senderCommunicationIdentifier": identifier(), "chatMessageId": "1623798249000",
        "readOn": "2021-06-15T23:04:10Z"}));
    assert_eq!(receipt.chat_message_id, MessageId::new("1623798249000"));
}

#[test]
fn bodies_of_requests() {
    both_ways::<CreateChatThreadRequest>(json!({"topic": "T"}));
    both_ways::<CreateChatThreadRequest>(json!({
        "topic": "T", "participants": [{"communicationIdentifier": identifier()}], "metadata": {"k": "v"},
        "retentionPolicy": {"kind": "none"}}));
    both_ways::<UpdateChatThreadRequest>(json!({}));
    both_ways::<UpdateChatThreadRequest>(json!({"topic": "T", "metadata": {"k": "v", "gone": null}}));
    both_ways::<SendChatMessageRequest>(json!({"content": "x"}));
    both_ways::<SendChatMessageRequest>(
        json!({"content": "x", "senderDisplayName": "Ann", "type": "html", "metadata": {"k": "v"}}),
    );
    both_ways::<UpdateChatMessageRequest>(json!({"content": "x", "metadata": {"k": "", "gone": null}}));
    both_ways::<AddChatParticipantsRequest>(
        json!({"participants": [{"communicationIdentifier": identifier()}]}),
    );
    both_ways::<SendReadReceiptRequest>(json!({"chatMessageId": "1"}));
    both_ways::<SendTypingNotificationRequest>(json!({}));
    both_ways::<SendTypingNotificationRequest>(json!({"senderDisplayName": "Ann"}));
}

/// What the official SDKs send to a service (reference 2.2).
#[test]
fn bodies_as_the_official_sdks_send_them() {
    let dot_net: SendChatMessageRequest =
        read(json!({"content": "x", "senderDisplayName": null, "type": null, "metadata": null}));
    assert_eq!(dot_net, SendChatMessageRequest { content: "x".into(), ..Default::default() });
    let python: CreateChatThreadRequest = read(json!({"topic": "T", "participants": []}));
    assert_eq!(python.participants, Some(Vec::new()));
    let bare: CommunicationIdentifier = read(json!({"communicationUser": {"id": "8:acs:R_U"}}));
    assert_eq!(bare.raw_id().as_str(), "8:acs:R_U");
    let old_java: CreateChatThreadRequest = read(json!({
        "topic": "T",
        "participants": [{"communicationIdentifier": identifier(), "shareHistoryTime": "2025-01-02T03:04:05.678901Z"}]}));
    assert_eq!(old_java.participants.unwrap()[0].share_history_time, Some(at("2025-01-02T03:04:05.678Z")));
}

#[test]
fn answers() {
    let created: CreateChatThreadResult = both_ways(json!({
        "chatThread": properties(),
        "invalidParticipants": [{"target": "8:acs:R_X", "code": "404", "message": "Not found"}]}));
    let invalid = &created.invalid_participants.unwrap()[0];
    assert_eq!((invalid.target.as_deref(), invalid.code.as_str()), (Some("8:acs:R_X"), "404"));
    both_ways::<CreateChatThreadResult>(json!({"chatThread": properties()}));
    both_ways::<AddChatParticipantsResult>(json!({}));
    assert_eq!(
        both_ways::<SendChatMessageResult>(json!({"id": "1623798249000"})).id,
        MessageId::new("1623798249000")
    );
    let page: Collection<ChatThreadItem> = both_ways(json!({"value": [], "nextLink": "https://a/b"}));
    assert_eq!(page.next_link.as_deref(), Some("https://a/b"));
    both_ways::<Collection<ChatThreadItem>>(json!({"value": [{"id": THREAD, "topic": "T"}]}));
    let error: CommunicationErrorResponse = both_ways(json!({"error": {
        "code": "Forbidden", "message": "No.", "target": "t",
        "details": [{"code": "a", "message": "b"}], "innererror": {"code": "c", "message": "d"}}}));
    assert_eq!(error.error.inner_error.unwrap().code, "c");
}

/// A reply of 2021-03-07: no metadata, no attachments, seven fraction digits as in the published examples.
#[test]
fn an_older_service_is_understood() {
    let message: ChatMessage = read(json!({
        "id": "1", "type": "text", "sequenceId": "1", "version": "1", "content": {"message": "hello"},
        "createdOn": "2020-10-30T10:50:50.1234567+00:00",
        "senderCommunicationIdentifier": {"rawId": "8:acs:R_U"}}));
    assert_eq!(message.created_on.as_ms() % 1000, 123);
    assert_eq!(message.metadata, None);
    assert_eq!(
        message.sender_communication_identifier,
        Some(CommunicationIdentifier::communication_user("8:acs:R_U"))
    );
    let bare: ChatMessage = read(json!({
        "id": "1", "type": "topicUpdated", "sequenceId": "1", "version": "1", "createdOn": "2020-10-30T10:50:50Z"}));
    assert_eq!(bare.content, None);
}

/// A reply of a version to come: unknown fields everywhere, unknown kinds of everything that has kinds.
#[test]
fn a_newer_service_is_understood() {
    let later = json!({"deep": [1, {"x": null}]});
    let unknown =
        json!({"kind": "robot", "rawId": "99:robot", "robot": {"id": "r", "later": 1}, "later": later});
    let page: Collection<ChatMessage> = read(json!({"later": later, "value": [
        {"id": "1", "type": "reactionAdded", "sequenceId": "1", "version": "1", "later": later,
         "createdOn": "2030-01-01T00:00:00Z", "policyViolation": {"state": "warning"},
         "content": {"later": later, "attachments": [{"id": "a", "attachmentType": "hologram", "later": 1}]},
         "senderCommunicationIdentifier": unknown}]}));
    let message = &page.value[0];
    assert_eq!(message.message_type, ChatMessageType::Other("reactionAdded".into()));
    assert_eq!(serde_json::to_value(&message.message_type).unwrap(), "reactionAdded");
    assert!(!message.message_type.is_user_message());
    assert_eq!(
        message.sender_communication_identifier,
        Some(CommunicationIdentifier::Unknown { raw_id: RawId::new("99:robot") })
    );
    let thread: ChatThreadProperties = read(json!({
        "id": "any:thing", "topic": "", "createdOn": "2030-01-01T00:00:00Z", "messagingPolicy": {"textOnlyChat": true},
        "createdByCommunicationIdentifier": unknown, "retentionPolicy": {"kind": "lunar", "phases": 2}}));
    assert_eq!(thread.retention_policy, Some(ChatRetentionPolicy::Unknown));
    let extension: CommunicationIdentifier = read(json!({
        "kind": "teamsExtensionUser", "rawId": "8:acs:R_T_U",
        "teamsExtensionUser": {"userId": "U", "tenantId": "T", "resourceId": "R", "cloud": "lunar"}}));
    assert_eq!(extension.raw_id().as_str(), "8:acs:R_T_U");
}

#[test]
fn an_oddly_told_failure_does_not_hide_the_thread_that_was_made() {
    let created: CreateChatThreadResult = read(json!({
        "chatThread": properties(),
        "invalidParticipants": [{"Target": "8:acs:R_X", "Code": 404, "message": null, "details": null}]}));
    let invalid = &created.invalid_participants.unwrap()[0];
    assert_eq!((invalid.target.as_deref(), invalid.code.as_str()), (Some("8:acs:R_X"), "404"));
}

#[test]
fn what_is_not_the_contract_is_an_error() {
    assert!(serde_json::from_value::<ChatMessage>(json!({"id": "1"})).is_err());
    assert!(serde_json::from_value::<Collection<ChatThreadItem>>(json!({"nextLink": "x"})).is_err());
    assert!(serde_json::from_value::<SendChatMessageRequest>(json!({"content": {"message": "x"}})).is_err());
}
