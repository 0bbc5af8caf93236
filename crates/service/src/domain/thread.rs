//! Threads: what one is made of and how it may change.

use super::metadata;
use super::participant::{self, Invitation};
use super::refusal::Refusal;
use super::{limits, text};
use acs_chat::{
    ChatRetentionPolicy, CreateChatThreadRequest, Metadata, MetadataPatch, RawId, ThreadId,
    UpdateChatThreadRequest,
};
use serde::{Deserialize, Serialize};

/// A thread as its participants may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Thread {
    /// Its id.
    pub(crate) id: ThreadId,
    /// What it is about.
    pub(crate) topic: String,
    /// When it was made.
    pub(crate) created_ms: i64,
    /// Who made it.
    pub(crate) created_by: RawId,
    /// What applications keep with it.
    pub(crate) metadata: Metadata,
    /// How long it is to be kept, if somebody said so.
    pub(crate) retention: Option<Retention>,
}

/// How long a thread is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Retention {
    /// So many days from its creation.
    Days(u32),
    /// Until somebody deletes it.
    Unlimited,
}

/// A thread in somebody's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ThreadListing {
    /// Its id.
    pub(crate) id: ThreadId,
    /// What it is about; for somebody who was removed, what it was about then.
    pub(crate) topic: String,
    /// When its newest message arrived; for somebody who was removed, the newest they could know of.
    pub(crate) last_message_ms: i64,
}

/// A thread to be made, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ThreadDraft {
    /// What it is about.
    pub(crate) topic: String,
    /// Who shall be in it.
    pub(crate) invitations: Vec<Invitation>,
    /// What to keep with it.
    pub(crate) metadata: Metadata,
    /// How long to keep it.
    pub(crate) retention: Option<Retention>,
}

impl ThreadDraft {
    /// Checks a request.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for what is missing or over a limit.
    pub(crate) fn new(request: CreateChatThreadRequest) -> Result<Self, Refusal> {
        text::check_topic(&request.topic)?;
        let metadata = request.metadata.unwrap_or_default();
        metadata::check(&metadata)?;
        Ok(Self {
            topic: request.topic,
            invitations: participant::invitations(request.participants.unwrap_or_default())?,
            metadata,
            retention: request.retention_policy.as_ref().map(retention).transpose()?,
        })
    }
}

/// A change to a thread, checked as far as it can be without the thread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ThreadPatch {
    /// The new topic.
    pub(crate) topic: Option<String>,
    /// Keys to set or remove.
    pub(crate) metadata: Option<MetadataPatch>,
    /// The new policy.
    pub(crate) retention: Option<Retention>,
}

impl ThreadPatch {
    /// Checks a request.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for what is over a limit.
    pub(crate) fn new(request: UpdateChatThreadRequest) -> Result<Self, Refusal> {
        if let Some(topic) = &request.topic {
            text::check_topic(topic)?;
        }
        Ok(Self {
            topic: request.topic,
            metadata: request.metadata,
            retention: request.retention_policy.as_ref().map(retention).transpose()?,
        })
    }
}

fn retention(policy: &ChatRetentionPolicy) -> Result<Retention, Refusal> {
    match policy {
        ChatRetentionPolicy::None => Ok(Retention::Unlimited),
        ChatRetentionPolicy::ThreadCreationDate { delete_thread_after_days: days } => {
            if limits::RETENTION_DAYS.contains(days) {
                Ok(Retention::Days(*days))
            } else {
                Err(Refusal::invalid("deleteThreadAfterDays must be between 30 and 90."))
            }
        }
        ChatRetentionPolicy::Unknown => {
            Err(Refusal::invalid("The kind of a retention policy is none or threadCreationDate."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(request: serde_json::Value) -> Result<ThreadDraft, Refusal> {
        ThreadDraft::new(serde_json::from_value(request).unwrap())
    }

    #[test]
    fn a_topic_is_enough() {
        let draft = draft(serde_json::json!({"topic": "t"})).unwrap();
        assert!(draft.invitations.is_empty() && draft.metadata.is_empty() && draft.retention.is_none());
    }

    #[test]
    fn retention_is_none_or_30_to_90_days() {
        let with = |policy| draft(serde_json::json!({"topic": "t", "retentionPolicy": policy}));
        let days = |days: u32| {
            with(serde_json::json!({"kind": "threadCreationDate", "deleteThreadAfterDays": days}))
        };
        assert_eq!(with(serde_json::json!({"kind": "none"})).unwrap().retention, Some(Retention::Unlimited));
        assert_eq!(days(30).unwrap().retention, Some(Retention::Days(30)));
        assert_eq!(days(90).unwrap().retention, Some(Retention::Days(90)));
        assert!(days(29).is_err() && days(91).is_err());
        assert!(with(serde_json::json!({"kind": "later"})).is_err());
    }
}
