//! An answer as a message of the thread: written once, by the assistant, under its own identity and name.

use super::Assistant;
use super::answering::Asking;
use super::context::BY_KEY;
use super::question::Question;
use crate::domain::access::Action;
use crate::domain::limits;
use crate::domain::message::MessageDraft;
use crate::domain::participant::invitations;
use crate::domain::refusal::Refusal;
use crate::error::ApiError;
use crate::extract::Caller;
use crate::state::AppState;
use crate::store::{Store, StoreError};
use acs_chat::{
    ChatParticipant, CommunicationIdentifier, Metadata, RawId, SendChatMessageRequest, ThreadId, Timestamp,
};
use assistant::{Reason, signing};
use std::fs;

/// Keys of the message's metadata, beside [`BY_KEY`].
const STATE_KEY: &str = "natterAssistantState";
const ASKER_KEY: &str = "natterAssistantAsker";
const REQUEST_KEY: &str = "natterAssistantRequest";

/// Behind what was cut.
const CUT: &str = "…";

/// What is to be written.
pub(super) struct Posting<'a> {
    /// For whom, where, and under which request.
    pub(super) asking: &'a Asking,
    /// What.
    pub(super) text: &'a str,
    /// How the answer ended.
    pub(super) reason: Reason,
}

/// Refuses a caller who would have to add the assistant, and may not.
///
/// # Errors
/// As for adding participants.
pub(crate) async fn check_may_post(
    state: &AppState,
    assistant: &Assistant,
    caller: &Caller,
    question: &Question,
) -> Result<(), ApiError> {
    if question.post && caller.require(Action::ManageParticipants).is_err() {
        let id = assistant.identity(state.store()).await?;
        if !is_in(state.store(), &id, &question.thread).await? {
            return caller.require(Action::ManageParticipants);
        }
    }
    Ok(())
}

/// Writes an answer to its thread, at most once for a request; its id. None when there is nothing to write.
pub(super) async fn post(
    state: &AppState,
    assistant: &Assistant,
    posting: Posting<'_>,
) -> Result<Option<String>, StoreError> {
    let Posting { asking, text, reason } = posting;
    let (store, thread) = (state.store(), &asking.question.thread);
    let text = text.replace('\0', "\u{fffd}");
    if text.is_empty() {
        return Ok(None);
    }
    // Whoever was taken out meanwhile has nothing to say here any more.
    store.thread(asking.asker.clone(), thread.clone()).await?;
    let id = assistant.identity(store).await?;
    if !is_in(store, &id, thread).await? {
        join(state, assistant, asking, &id).await?;
    }
    let (text, reason) = fitting(text, reason);
    let by = assistant.about().by;
    let metadata = Metadata::from([
        (BY_KEY.to_owned(), by.to_owned()),
        (STATE_KEY.to_owned(), reason.name().to_owned()),
        (ASKER_KEY.to_owned(), asking.asker.as_str().to_owned()),
        (REQUEST_KEY.to_owned(), asking.question.request_id.clone()),
    ]);
    let draft = MessageDraft::new(SendChatMessageRequest {
        content: text,
        sender_display_name: Some(assistant.name.clone()),
        metadata: Some(metadata),
        ..SendChatMessageRequest::default()
    })?;
    let once = once(&asking.asker, &asking.question.request_id);
    let message = store.send_message(id, thread.clone(), draft, Some(once)).await?;
    Ok(Some(message.to_string()))
}

/// One asker's request is not another's.
fn once(asker: &RawId, request_id: &str) -> String {
    signing::content_hash(format!("{}\n{request_id}", asker.as_str()).as_bytes())
}

/// What fits into a message.
fn fitting(mut text: String, reason: Reason) -> (String, Reason) {
    if text.len() <= limits::CONTENT_BYTES {
        return (text, reason);
    }
    text.truncate(text.floor_char_boundary(limits::CONTENT_BYTES - CUT.len()));
    text.push_str(CUT);
    (text, if reason == Reason::Stopped { reason } else { Reason::Cut })
}

async fn is_in(store: &dyn Store, person: &RawId, thread: &ThreadId) -> Result<bool, StoreError> {
    match store.thread(person.clone(), thread.clone()).await {
        Ok(_) => Ok(true),
        Err(StoreError::Refused(Refusal::NotParticipant)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// By the asker, with a history that begins now: what goes along with a question was read with the asker's eyes.
async fn join(
    state: &AppState,
    assistant: &Assistant,
    asking: &Asking,
    id: &RawId,
) -> Result<(), StoreError> {
    let participant = ChatParticipant {
        communication_identifier: CommunicationIdentifier::communication_user(id.as_str()),
        display_name: Some(assistant.name.clone()),
        share_history_time: Some(Timestamp::from_ms(state.now_ms())),
        metadata: None,
    };
    let invitations = invitations(vec![participant])?;
    let (asker, thread) = (asking.asker.clone(), asking.question.thread.clone());
    state.store().add_participants(asker, thread, invitations).await?;
    Ok(())
}

impl Assistant {
    /// The assistant's own identity; made before its first message, and kept beside the database.
    async fn identity(&self, store: &dyn Store) -> Result<RawId, StoreError> {
        let mut known = self.identity.lock().await;
        if let Some(id) = &*known {
            return Ok(id.clone());
        }
        let kept = fs::read_to_string(&self.identity_file).ok().map(|text| RawId::new(text.trim()));
        let kept = match kept {
            // The file may be of another database.
            Some(id) => store.identity(id).await?,
            None => None,
        };
        let id = match kept {
            Some(identity) => identity.id,
            None => store.create_identity().await?.id,
        };
        fs::write(&self.identity_file, id.as_str()).map_err(|error| {
            StoreError::Unavailable(format!("the assistant's identity cannot be kept: {error}"))
        })?;
        Ok(known.insert(id).clone())
    }

    /// The assistant's identity, once it has one.
    pub(crate) async fn known_identity(&self) -> Option<RawId> {
        let known = self.identity.lock().await.clone();
        known.or_else(|| fs::read_to_string(&self.identity_file).ok().map(|text| RawId::new(text.trim())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_between_characters_and_says_so() {
        let (text, reason) = fitting("好".repeat(10_000), Reason::End);
        assert!(text.len() <= limits::CONTENT_BYTES && text.ends_with("好…"), "{}", text.len());
        assert_eq!(reason, Reason::Cut);
        assert_eq!(fitting("x".to_owned(), Reason::Stopped), ("x".to_owned(), Reason::Stopped));
    }

    #[test]
    fn a_request_is_its_askers() {
        let [ann, bob] = ["ann", "bob"].map(RawId::new);
        assert_ne!(once(&ann, "1"), once(&bob, "1"));
        assert_eq!(once(&ann, "1"), once(&ann, "1"));
    }
}
