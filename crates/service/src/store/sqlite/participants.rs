//! Who is in a thread.

use super::{Bounds, messages, peek, standing, visible_from};
use crate::domain::membership::{Standing, share_history_ms};
use crate::domain::message::{EventParticipant, SystemEvent};
use crate::domain::participant::{self, Invitation, Participant, Rejection};
use crate::store::{Page, PositionCursor, Slice, StoreError};
use acs_chat::{CommunicationIdentifier, Metadata, RawId, ThreadId};
use sqlx::SqliteConnection;

/// The invitations of a new thread: its creator comes first, as listed or added to the list.
pub(super) fn with_creator(creator: &RawId, mut invitations: Vec<Invitation>) -> Vec<Invitation> {
    let listed = invitations.iter().position(|invitation| invitation.identifier.raw_id() == creator);
    let own = listed.map(|at| invitations.remove(at)).unwrap_or_else(|| Invitation {
        identifier: CommunicationIdentifier::from_raw_id(creator.as_str()),
        display_name: None,
        share_history_ms: None,
        metadata: Metadata::new(),
    });
    invitations.insert(0, own);
    invitations
}

/// Adds whom it can, tells the thread about those really added, and says who could not be.
pub(super) async fn add(
    c: &mut SqliteConnection,
    now_ms: i64,
    resource_id: &str,
    initiator: &RawId,
    thread: &ThreadId,
    invitations: Vec<Invitation>,
) -> Result<Vec<Rejection>, StoreError> {
    let mut rejections = Vec::new();
    let mut joining = Vec::new();
    for invitation in invitations {
        let id = invitation.identifier.raw_id();
        let known: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM identity WHERE raw_id = ?1 AND deleted_ms IS NULL)",
        )
        .bind(id.as_str())
        .fetch_one(&mut *c)
        .await?;
        if let Some(rejection) = participant::rejection(&invitation.identifier, known, resource_id) {
            rejections.push(rejection);
        } else if !matches!(standing(c, thread, id).await?, Standing::Member { .. }) {
            joining.push(invitation);
        }
    }
    if joining.is_empty() {
        return Ok(rejections);
    }
    participant::check_total(count(c, thread).await?, joining.len())?;
    let (stamp, _) = peek(c, thread, now_ms).await?;
    let mut joined = Vec::with_capacity(joining.len());
    for invitation in joining {
        let id = invitation.identifier.raw_id().clone();
        let share_history_ms = share_history_ms(invitation.share_history_ms, stamp);
        sqlx::query(
            "INSERT INTO participant (thread_id, raw_id, position, display_name, share_history_ms, metadata)
             VALUES (?1, ?2, (SELECT coalesce(max(position), 0) + 1 FROM participant WHERE thread_id = ?1), ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET position = excluded.position, display_name = excluded.display_name,
                 share_history_ms = excluded.share_history_ms, metadata = excluded.metadata,
                 removed_ms = NULL, left_topic = NULL, left_message_ms = NULL",
        )
        .bind(thread.as_str())
        .bind(id.as_str())
        .bind(&invitation.display_name)
        .bind(share_history_ms)
        .bind(serde_json::to_string(&invitation.metadata)?)
        .execute(&mut *c)
        .await?;
        joined.push(EventParticipant { id, display_name: invitation.display_name, share_history_ms });
    }
    messages::append_system(c, now_ms, thread, initiator, SystemEvent::ParticipantAdded(joined)).await?;
    Ok(rejections)
}

pub(super) async fn remove(
    c: &mut SqliteConnection,
    now_ms: i64,
    caller: RawId,
    thread: ThreadId,
    person: RawId,
) -> Result<(), StoreError> {
    visible_from(c, &thread, &caller).await?;
    let row: Option<(Option<String>, i64)> = sqlx::query_as(
        "SELECT display_name, share_history_ms FROM participant
         WHERE thread_id = ?1 AND raw_id = ?2 AND removed_ms IS NULL",
    )
    .bind(thread.as_str())
    .bind(person.as_str())
    .fetch_optional(&mut *c)
    .await?;
    let Some((display_name, share_history_ms)) = row else { return Ok(()) };
    let gone = EventParticipant { id: person.clone(), display_name, share_history_ms };
    let event = SystemEvent::ParticipantRemoved(vec![gone]);
    let stamp = messages::append_system(c, now_ms, &thread, &caller, event).await?;
    // Their list goes on showing the thread as it was at this moment, and nothing that comes later.
    sqlx::query(
        "UPDATE participant SET removed_ms = ?3, left_message_ms = ?3,
                left_topic = (SELECT topic FROM thread WHERE id = ?1)
         WHERE thread_id = ?1 AND raw_id = ?2",
    )
    .bind(thread.as_str())
    .bind(person.as_str())
    .bind(stamp)
    .execute(c)
    .await?;
    Ok(())
}

pub(super) async fn count(c: &mut SqliteConnection, thread: &ThreadId) -> Result<usize, StoreError> {
    let count: u32 =
        sqlx::query_scalar("SELECT count(*) FROM participant WHERE thread_id = ?1 AND removed_ms IS NULL")
            .bind(thread.as_str())
            .fetch_one(c)
            .await?;
    Ok(count as usize)
}

pub(super) async fn list(
    c: &mut SqliteConnection,
    caller: RawId,
    thread: ThreadId,
    slice: Slice,
) -> Result<Page<Participant, PositionCursor>, StoreError> {
    visible_from(c, &thread, &caller).await?;
    let Bounds { after, snapshot, skip } = slice.bounds();
    let rows: Vec<(i64, String, Option<String>, i64, String)> = sqlx::query_as(
        "SELECT position, raw_id, display_name, share_history_ms, metadata FROM participant
         WHERE thread_id = ?1 AND removed_ms IS NULL AND position > ?2 AND position <= ?3
         ORDER BY position LIMIT ?4 OFFSET ?5",
    )
    .bind(thread.as_str())
    .bind(after)
    .bind(snapshot)
    .bind(slice.limit + 1)
    .bind(skip)
    .fetch_all(&mut *c)
    .await?;
    let participants =
        rows.into_iter().map(|(position, raw_id, display_name, share_history_ms, metadata)| {
            let metadata = serde_json::from_str(&metadata)?;
            Ok((position, Participant { id: RawId::new(raw_id), display_name, share_history_ms, metadata }))
        });
    let participants = participants.collect::<Result<_, StoreError>>()?;
    let greatest: i64 =
        sqlx::query_scalar("SELECT coalesce(max(position), 0) FROM participant WHERE thread_id = ?1")
            .bind(thread.as_str())
            .fetch_one(c)
            .await?;
    Ok(slice.page(participants, greatest))
}
