//! From what the domain knows to what the contract shows: `acs_chat`'s models, whole seconds, always a raw id; and in
//! both directions nothing that the request's api-version does not have.

use crate::domain::message::{Body, EventParticipant, Format, Message, SystemEvent};
use crate::domain::participant::{Participant, Rejection, RejectionReason};
use crate::domain::receipt::Receipt;
use crate::domain::thread::{Retention, Thread, ThreadListing};
use crate::versions::ChatVersion;
use acs_chat::{
    AddChatParticipantsRequest, ChatMessage, ChatMessageContent, ChatMessageReadReceipt, ChatMessageType,
    ChatParticipant, ChatRetentionPolicy, ChatThreadItem, ChatThreadProperties, CommunicationError,
    CommunicationIdentifier, CreateChatThreadRequest, MessageId, Metadata, RawId, SendChatMessageRequest,
    SequenceId, Timestamp, UpdateChatMessageRequest, UpdateChatThreadRequest, Version,
};

fn time(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms).truncated_to_second()
}

pub(crate) fn identifier(id: &RawId) -> CommunicationIdentifier {
    CommunicationIdentifier::from_raw_id(id.as_str())
}

fn unless_empty(metadata: Metadata) -> Option<Metadata> {
    (!metadata.is_empty()).then_some(metadata)
}

/// A creation without what its version does not have.
pub(crate) fn creation(
    mut request: CreateChatThreadRequest,
    version: ChatVersion,
) -> CreateChatThreadRequest {
    if !version.has_thread_metadata_and_retention() {
        request.metadata = None;
        request.retention_policy = None;
    }
    request.participants = request.participants.map(|participants| people(participants, version));
    request
}

/// A thread's update without what its version does not have.
pub(crate) fn thread_update(
    request: UpdateChatThreadRequest,
    version: ChatVersion,
) -> UpdateChatThreadRequest {
    if version.has_thread_metadata_and_retention() {
        return request;
    }
    UpdateChatThreadRequest { topic: request.topic, ..UpdateChatThreadRequest::default() }
}

/// Participants to be added, without what the version does not have.
pub(crate) fn addition(request: AddChatParticipantsRequest, version: ChatVersion) -> Vec<ChatParticipant> {
    people(request.participants, version)
}

fn people(mut participants: Vec<ChatParticipant>, version: ChatVersion) -> Vec<ChatParticipant> {
    if !version.has_thread_metadata_and_retention() {
        participants.iter_mut().for_each(|participant| participant.metadata = None);
    }
    participants
}

/// A message to be sent, without what its version does not have.
pub(crate) fn sending(mut request: SendChatMessageRequest, version: ChatVersion) -> SendChatMessageRequest {
    request.metadata = request.metadata.filter(|_| version.has_message_metadata());
    request
}

/// A message's update without what its version does not have.
pub(crate) fn message_update(
    mut request: UpdateChatMessageRequest,
    version: ChatVersion,
) -> UpdateChatMessageRequest {
    request.metadata = request.metadata.filter(|_| version.has_message_metadata());
    request
}

pub(crate) fn thread(thread: Thread, version: ChatVersion) -> ChatThreadProperties {
    let (metadata, retention) = if version.has_thread_metadata_and_retention() {
        (thread.metadata, thread.retention)
    } else {
        Default::default()
    };
    ChatThreadProperties {
        id: thread.id,
        topic: thread.topic,
        created_on: time(thread.created_ms),
        created_by_communication_identifier: identifier(&thread.created_by),
        deleted_on: None,
        metadata: unless_empty(metadata),
        retention_policy: retention.map(|retention| match retention {
            Retention::Days(days) => {
                ChatRetentionPolicy::ThreadCreationDate { delete_thread_after_days: days }
            }
            Retention::Unlimited => ChatRetentionPolicy::None,
        }),
    }
}

pub(crate) fn thread_item(listing: ThreadListing) -> ChatThreadItem {
    ChatThreadItem {
        id: listing.id,
        topic: listing.topic,
        deleted_on: None,
        last_message_received_on: Some(time(listing.last_message_ms)),
    }
}

pub(crate) fn participant(participant: Participant, version: ChatVersion) -> ChatParticipant {
    ChatParticipant {
        communication_identifier: identifier(&participant.id),
        display_name: participant.display_name,
        share_history_time: Some(time(participant.share_history_ms)),
        metadata: unless_empty(participant.metadata).filter(|_| version.has_thread_metadata_and_retention()),
    }
}

/// `None` when everybody could be added: an empty list is left out.
pub(crate) fn rejections(rejections: Vec<Rejection>) -> Option<Vec<CommunicationError>> {
    let errors = rejections.into_iter().map(|rejection| {
        let (code, message) = match rejection.reason {
            RejectionReason::NotFound => ("404", "Not found"),
            RejectionReason::Forbidden => ("403", "Permissions check failed"),
        };
        CommunicationError {
            code: code.to_owned(),
            message: message.to_owned(),
            target: Some(rejection.target.as_str().to_owned()),
            ..CommunicationError::default()
        }
    });
    let errors: Vec<_> = errors.collect();
    (!errors.is_empty()).then_some(errors)
}

pub(crate) fn receipt(receipt: Receipt) -> ChatMessageReadReceipt {
    ChatMessageReadReceipt {
        sender_communication_identifier: identifier(&receipt.reader),
        chat_message_id: MessageId::new(receipt.message_id.to_string()),
        read_on: time(receipt.read_ms),
    }
}

pub(crate) fn message(message: Message, version: ChatVersion) -> ChatMessage {
    let deleted = message.deleted_ms.is_some();
    let (message_type, content, sender, sender_display_name) = match message.body {
        Body::User { format, content, sender, sender_display_name } => {
            let message_type = match format {
                Format::Text => ChatMessageType::Text,
                Format::Html => ChatMessageType::Html,
            };
            let content = ChatMessageContent {
                message: Some(content),
                attachments: (!deleted && version.has_attachments()).then(Vec::new),
                ..ChatMessageContent::default()
            };
            (message_type, content, Some(identifier(&sender)), Some(sender_display_name))
        }
        Body::System { initiator, event } => {
            let (message_type, content) = system(event);
            let initiator_communication_identifier = Some(identifier(&initiator));
            (message_type, ChatMessageContent { initiator_communication_identifier, ..content }, None, None)
        }
    };
    ChatMessage {
        id: MessageId::new(message.id.to_string()),
        message_type,
        sequence_id: SequenceId::new(message.sequence.to_string()),
        version: Version::new(message.version.to_string()),
        content: Some(content),
        sender_display_name,
        created_on: time(message.id),
        sender_communication_identifier: sender,
        deleted_on: message.deleted_ms.map(time),
        edited_on: message.edited_ms.map(time),
        metadata: unless_empty(message.metadata).filter(|_| version.has_message_metadata()),
    }
}

fn system(event: SystemEvent) -> (ChatMessageType, ChatMessageContent) {
    let people = |participants: Vec<EventParticipant>| ChatMessageContent {
        participants: Some(participants.into_iter().map(event_participant).collect()),
        ..ChatMessageContent::default()
    };
    match event {
        SystemEvent::TopicUpdated(topic) => {
            (ChatMessageType::TopicUpdated, ChatMessageContent { topic: Some(topic), ..Default::default() })
        }
        SystemEvent::ParticipantAdded(participants) => {
            (ChatMessageType::ParticipantAdded, people(participants))
        }
        SystemEvent::ParticipantRemoved(participants) => {
            (ChatMessageType::ParticipantRemoved, people(participants))
        }
    }
}

fn event_participant(participant: EventParticipant) -> ChatParticipant {
    ChatParticipant {
        communication_identifier: identifier(&participant.id),
        display_name: participant.display_name,
        share_history_time: Some(time(participant.share_history_ms)),
        metadata: None,
    }
}
