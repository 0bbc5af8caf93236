//! Messages: what may be sent, who may change it, and what is left of a deleted one.

use super::metadata;
use super::refusal::Refusal;
use super::{html, limits, text};
use acs_chat::{
    ChatMessageType, Metadata, MetadataPatch, RawId, SendChatMessageRequest, UpdateChatMessageRequest,
};
use serde::{Deserialize, Serialize};

/// A message of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// Its id, which is also when it arrived: epoch milliseconds.
    pub(crate) id: i64,
    /// Its place in the thread's order of changes.
    pub(crate) sequence: i64,
    /// When it last changed: epoch milliseconds.
    pub(crate) version: i64,
    /// What it says.
    pub(crate) body: Body,
    /// When it was edited.
    pub(crate) edited_ms: Option<i64>,
    /// When it was deleted; its text is gone then.
    pub(crate) deleted_ms: Option<i64>,
    /// What the sender's application keeps with it.
    pub(crate) metadata: Metadata,
}

/// What a message says, and who says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// Written by somebody.
    User {
        /// Plain text or HTML.
        format: Format,
        /// What was written.
        content: String,
        /// By whom.
        sender: RawId,
        /// The name they gave with it.
        sender_display_name: String,
    },
    /// Written by the service.
    System {
        /// Who brought it about.
        initiator: RawId,
        /// What happened.
        event: SystemEvent,
    },
}

/// How a user's message is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Plain text, kept byte for byte.
    Text,
    /// HTML, kept as [`html::sanitise`] leaves it.
    Html,
}

/// What the service tells the participants of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SystemEvent {
    /// The thread is about something else.
    TopicUpdated(String),
    /// These joined.
    ParticipantAdded(Vec<EventParticipant>),
    /// These left, or were removed.
    ParticipantRemoved(Vec<EventParticipant>),
}

/// A participant as a system message remembers them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventParticipant {
    /// Who.
    pub(crate) id: RawId,
    /// Their name in the thread at that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) display_name: Option<String>,
    /// Where their history began.
    pub(crate) share_history_ms: i64,
}

/// A message to be sent, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MessageDraft {
    /// Plain text or HTML.
    pub(crate) format: Format,
    /// What it says; HTML is clean by now.
    pub(crate) content: String,
    /// The name to show with it; empty when none was given.
    pub(crate) sender_display_name: String,
    /// What to keep with it.
    pub(crate) metadata: Metadata,
}

impl MessageDraft {
    /// Checks a request, and cleans it if it is HTML.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for an empty or too large content, a system type, or what is over a limit.
    pub(crate) fn new(request: SendChatMessageRequest) -> Result<Self, Refusal> {
        let format = match request.message_type.unwrap_or_default() {
            ChatMessageType::Text => Format::Text,
            ChatMessageType::Html => Format::Html,
            _ => return Err(Refusal::invalid("Only messages of the types text and html can be sent.")),
        };
        let sender_display_name = request.sender_display_name.unwrap_or_default();
        text::check_display_name(&sender_display_name)?;
        let metadata = request.metadata.unwrap_or_default();
        metadata::check(&metadata)?;
        Ok(Self { format, content: content(format, request.content)?, sender_display_name, metadata })
    }
}

/// A change to a message, as asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MessagePatch {
    /// The new content.
    pub(crate) content: Option<String>,
    /// Keys to set or remove.
    pub(crate) metadata: Option<MetadataPatch>,
}

impl MessagePatch {
    /// Takes a request; it is checked against the message it is for in [`edit`].
    #[must_use]
    pub(crate) fn new(request: UpdateChatMessageRequest) -> Self {
        Self { content: request.content, metadata: request.metadata }
    }

    /// Whether it changes nothing: the SDKs send an empty patch when called without arguments.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.content.is_none() && self.metadata.is_none()
    }
}

/// Applies a patch of `caller` at the time `now_ms`.
///
/// # Errors
/// [`Refusal::NotSender`] unless the caller wrote it, [`Refusal::MessageNotFound`] if it was deleted,
/// [`Refusal::Invalid`] for what is over a limit.
pub(crate) fn edit(
    message: &mut Message,
    caller: &RawId,
    patch: MessagePatch,
    now_ms: i64,
) -> Result<(), Refusal> {
    check_sender(message, caller)?;
    if message.deleted_ms.is_some() {
        return Err(Refusal::MessageNotFound);
    }
    if let (Some(new), Body::User { format, content: old, .. }) = (patch.content, &mut message.body) {
        *old = content(*format, new)?;
    }
    if let Some(patch) = patch.metadata {
        message.metadata = metadata::merge(std::mem::take(&mut message.metadata), &patch)?;
    }
    message.edited_ms = Some(now_ms);
    Ok(())
}

/// Takes back a message of `caller`: type, sender and name stay, all else goes. Says whether anything changed;
/// deleting again changes nothing, so that a retry after a lost reply is not an error.
///
/// # Errors
/// [`Refusal::NotSender`] unless the caller wrote it.
pub(crate) fn delete(message: &mut Message, caller: &RawId, now_ms: i64) -> Result<bool, Refusal> {
    check_sender(message, caller)?;
    if message.deleted_ms.is_some() {
        return Ok(false);
    }
    if let Body::User { content, .. } = &mut message.body {
        content.clear();
    }
    message.metadata.clear();
    message.edited_ms = None;
    message.deleted_ms = Some(now_ms);
    Ok(true)
}

fn check_sender(message: &Message, caller: &RawId) -> Result<(), Refusal> {
    match &message.body {
        Body::User { sender, .. } if sender == caller => Ok(()),
        _ => Err(Refusal::NotSender),
    }
}

fn content(format: Format, content: String) -> Result<String, Refusal> {
    text::check_storable("The content", &content)?;
    if content.len() > limits::CONTENT_BYTES {
        return Err(Refusal::invalid(format!(
            "The content must not be larger than {} bytes.",
            limits::CONTENT_BYTES
        )));
    }
    let content = match format {
        Format::Text => content,
        Format::Html => html::sanitise(&content),
    };
    if content.is_empty() {
        return Err(Refusal::invalid("The content must not be empty."));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(content: &str) -> SendChatMessageRequest {
        SendChatMessageRequest { content: content.to_owned(), ..SendChatMessageRequest::default() }
    }

    fn message(content: &str) -> Message {
        Message {
            id: 1000,
            sequence: 3,
            version: 1000,
            body: Body::User {
                format: Format::Text,
                content: content.to_owned(),
                sender: RawId::new("me"),
                sender_display_name: "Me".to_owned(),
            },
            edited_ms: None,
            deleted_ms: None,
            metadata: Metadata::from([("k".to_owned(), "v".to_owned())]),
        }
    }

    #[test]
    fn content_is_neither_empty_nor_over_28_kb_to_the_byte() {
        assert!(MessageDraft::new(request("")).is_err());
        assert!(MessageDraft::new(request(&"a".repeat(limits::CONTENT_BYTES))).is_ok());
        assert!(MessageDraft::new(request(&"a".repeat(limits::CONTENT_BYTES + 1))).is_err());
        // A four-byte character across the limit.
        let wide = format!("{}😀", "a".repeat(limits::CONTENT_BYTES - 3));
        assert!(MessageDraft::new(request(&wide)).is_err());
    }

    #[test]
    fn text_is_kept_byte_for_byte_and_html_is_cleaned() {
        let odd = "  <script>\u{202e}e\u{301} \r\n";
        assert_eq!(MessageDraft::new(request(odd)).unwrap().content, odd);
        let html = |content| {
            MessageDraft::new(SendChatMessageRequest {
                message_type: Some(ChatMessageType::Html),
                ..request(content)
            })
        };
        assert_eq!(html("<b onclick=x>hi</b><script>x</script>").unwrap().content, "<b>hi</b>");
        assert!(html("<script>x</script>").is_err(), "nothing is left of it");
    }

    #[test]
    fn system_types_and_unknown_types_are_not_sent() {
        for name in ["topicUpdated", "participantAdded", "participantRemoved", "ThreadActivity/X", ""] {
            let message_type = serde_json::from_value(serde_json::json!(name)).unwrap();
            let refused = MessageDraft::new(SendChatMessageRequest { message_type, ..request("x") });
            assert!(refused.is_err(), "{name}");
        }
    }

    #[test]
    fn only_the_sender_edits_and_not_after_deletion() {
        let patch = || MessagePatch { content: Some("new".to_owned()), metadata: None };
        let mut message = message("old");
        assert_eq!(edit(&mut message, &RawId::new("you"), patch(), 5), Err(Refusal::NotSender));
        edit(&mut message, &RawId::new("me"), patch(), 5).unwrap();
        assert_eq!(message.edited_ms, Some(5));
        assert_eq!(delete(&mut message, &RawId::new("you"), 6), Err(Refusal::NotSender));
        assert_eq!(delete(&mut message, &RawId::new("me"), 6), Ok(true));
        assert_eq!(delete(&mut message, &RawId::new("me"), 7), Ok(false));
        assert_eq!(message.deleted_ms, Some(6));
        assert_eq!(edit(&mut message, &RawId::new("me"), patch(), 8), Err(Refusal::MessageNotFound));
    }

    #[test]
    fn nothing_is_left_of_a_deleted_message_but_its_frame() {
        let mut message = message("secret");
        message.edited_ms = Some(2);
        delete(&mut message, &RawId::new("me"), 6).unwrap();
        assert!(message.metadata.is_empty() && message.edited_ms.is_none());
        let Body::User { content, sender_display_name, .. } = message.body else { panic!("a user message") };
        assert_eq!((content.as_str(), sender_display_name.as_str()), ("", "Me"));
    }

    #[test]
    fn system_messages_belong_to_nobody() {
        let mut system = Message {
            body: Body::System {
                initiator: RawId::new("me"),
                event: SystemEvent::TopicUpdated("t".to_owned()),
            },
            ..message("")
        };
        assert_eq!(delete(&mut system, &RawId::new("me"), 6), Err(Refusal::NotSender));
    }
}
