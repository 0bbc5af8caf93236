//! Participants: who may be added, and what is said of those who may not.

use super::refusal::Refusal;
use super::{limits, metadata, text};
use acs_chat::{ChatParticipant, CommunicationIdentifier, Metadata, RawId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Somebody in a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Participant {
    /// Who.
    pub(crate) id: RawId,
    /// Their name in this thread.
    pub(crate) display_name: Option<String>,
    /// Where their history begins.
    pub(crate) share_history_ms: i64,
    /// What applications keep with them.
    pub(crate) metadata: Metadata,
}

/// Somebody to be added, as the request has it, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invitation {
    /// Who.
    pub(crate) identifier: CommunicationIdentifier,
    /// Their name in this thread.
    pub(crate) display_name: Option<String>,
    /// Where their history is to begin.
    pub(crate) share_history_ms: Option<i64>,
    /// What to keep with them.
    pub(crate) metadata: Metadata,
}

/// Somebody who could not be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rejection {
    /// Their exact raw id.
    pub(crate) target: RawId,
    /// Why.
    pub(crate) reason: RejectionReason,
}

/// Why somebody could not be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RejectionReason {
    /// Nobody of this resource has this id, or no longer.
    NotFound,
    /// Not a user of this resource: another resource's, a phone, a Teams user.
    Forbidden,
}

/// The participants of a request, checked one by one; naming somebody twice counts once.
///
/// # Errors
/// [`Refusal::Invalid`] for too many of them, or for what is over a limit.
pub(crate) fn invitations(participants: Vec<ChatParticipant>) -> Result<Vec<Invitation>, Refusal> {
    if participants.len() > limits::PARTICIPANTS_PER_REQUEST {
        return Err(Refusal::invalid(format!(
            "A request must not name more than {} participants.",
            limits::PARTICIPANTS_PER_REQUEST
        )));
    }
    let mut seen = BTreeSet::new();
    let mut invitations = Vec::with_capacity(participants.len());
    for participant in participants {
        let raw_id = participant.communication_identifier.raw_id();
        text::check_storable("An identifier", raw_id.as_str())?;
        if let Some(name) = &participant.display_name {
            text::check_display_name(name)?;
        }
        let metadata = participant.metadata.unwrap_or_default();
        metadata::check(&metadata)?;
        if !seen.insert(raw_id.clone()) {
            continue;
        }
        invitations.push(Invitation {
            identifier: participant.communication_identifier,
            display_name: participant.display_name,
            share_history_ms: participant.share_history_time.map(acs_chat::Timestamp::as_ms),
            metadata,
        });
    }
    Ok(invitations)
}

/// Whom a request means to remove.
///
/// # Errors
/// [`Refusal::Invalid`] for an id that nobody can have.
pub(crate) fn removal(identifier: &CommunicationIdentifier) -> Result<RawId, Refusal> {
    text::check_storable("An identifier", identifier.raw_id().as_str())?;
    Ok(identifier.raw_id().clone())
}

/// Whether somebody may be added. `known` says whether an identity of this id exists.
#[must_use]
pub(crate) fn rejection(
    identifier: &CommunicationIdentifier,
    known: bool,
    resource_id: &str,
) -> Option<Rejection> {
    let target = identifier.raw_id();
    let ours = matches!(identifier, CommunicationIdentifier::CommunicationUser { .. })
        && target
            .as_str()
            .strip_prefix("8:acs:")
            .and_then(|rest| rest.strip_prefix(resource_id))
            .is_some_and(|rest| rest.starts_with('_'));
    let reason = match (ours, known) {
        (true, true) => return None,
        (true, false) => RejectionReason::NotFound,
        (false, _) => RejectionReason::Forbidden,
    };
    Some(Rejection { target: target.clone(), reason })
}

/// Refuses an addition that would make the thread too large.
///
/// # Errors
/// [`Refusal::Invalid`] naming the limit.
pub(crate) fn check_total(present: usize, joining: usize) -> Result<(), Refusal> {
    if present + joining > limits::PARTICIPANTS_PER_THREAD {
        return Err(Refusal::invalid(format!(
            "A thread must not have more than {} participants.",
            limits::PARTICIPANTS_PER_THREAD
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invited(count: usize) -> Vec<ChatParticipant> {
        (0..count)
            .map(|n| ChatParticipant {
                communication_identifier: CommunicationIdentifier::communication_user(format!("8:acs:R_{n}")),
                display_name: None,
                share_history_time: None,
                metadata: None,
            })
            .collect()
    }

    #[test]
    fn a_request_names_at_most_200_and_nobody_twice() {
        assert_eq!(invitations(invited(200)).unwrap().len(), 200);
        assert!(invitations(invited(201)).is_err());
        let twice = [invited(1), invited(1)].concat();
        assert_eq!(invitations(twice).unwrap().len(), 1);
    }

    #[test]
    fn a_thread_has_at_most_250() {
        assert!(check_total(200, 50).is_ok());
        assert!(check_total(200, 51).is_err());
    }

    #[test]
    fn only_known_users_of_this_resource_are_added() {
        let reason = |raw_id: &str, known| {
            rejection(&CommunicationIdentifier::from_raw_id(raw_id), known, "R").map(|r| r.reason)
        };
        assert_eq!(reason("8:acs:R_1", true), None);
        assert_eq!(reason("8:acs:R_1", false), Some(RejectionReason::NotFound));
        assert_eq!(reason("8:acs:S_1", false), Some(RejectionReason::Forbidden));
        assert_eq!(reason("8:acs:RX_1", false), Some(RejectionReason::Forbidden));
        assert_eq!(reason("4:+1555", false), Some(RejectionReason::Forbidden));
        assert_eq!(reason("8:orgid:x", false), Some(RejectionReason::Forbidden));
    }
}
