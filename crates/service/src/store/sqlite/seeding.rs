//! The demo, written with the same operations that people's requests use, only at other times.

use super::{messages, participants, receipts, threads};
use crate::domain::participant::Invitation;
use crate::store::{Person, SeedChange, SeedThread, StoreError};
use acs_chat::{CommunicationIdentifier, Metadata, RawId, ThreadId};
use sqlx::SqliteConnection;

pub(super) async fn seed(
    c: &mut SqliteConnection,
    now_ms: i64,
    resource_id: &str,
    seed_threads: Vec<SeedThread>,
) -> Result<(), StoreError> {
    let any_thread: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM thread)").fetch_one(&mut *c).await?;
    if any_thread || welcoming(c).await?.is_some() {
        return Ok(());
    }
    let mut welcoming = Vec::new();
    for seed in seed_threads {
        let thread = threads::create(c, seed.at_ms, resource_id, &seed.creator, seed.draft).await?.thread.id;
        for message in seed.messages {
            let (id, _) =
                messages::send(c, message.at_ms, &message.sender, &thread, message.draft, None).await?;
            match message.change {
                Some((at_ms, SeedChange::Edit(patch))) => {
                    messages::edit(c, at_ms, &message.sender, &thread, id, patch).await?;
                }
                Some((at_ms, SeedChange::Delete)) => {
                    messages::delete(c, at_ms, &message.sender, &thread, id).await?;
                }
                None => {}
            }
            for reader in message.readers {
                receipts::set(c, (id + 60_000).min(now_ms), &reader, &thread, id).await?;
            }
        }
        if seed.welcomes {
            welcoming.push(thread);
        }
    }
    sqlx::query("INSERT INTO setting (name, value) VALUES ('welcoming_threads', ?1)")
        .bind(serde_json::to_string(&welcoming)?)
        .execute(c)
        .await?;
    Ok(())
}

async fn welcoming(c: &mut SqliteConnection) -> Result<Option<Vec<ThreadId>>, StoreError> {
    let text: Option<String> =
        sqlx::query_scalar("SELECT value FROM setting WHERE name = 'welcoming_threads'")
            .fetch_optional(c)
            .await?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

pub(super) async fn welcome(
    c: &mut SqliteConnection,
    now_ms: i64,
    resource_id: &str,
    person: Person,
) -> Result<(), StoreError> {
    let newcomer: bool =
        sqlx::query_scalar("SELECT NOT EXISTS (SELECT 1 FROM participant WHERE raw_id = ?1)")
            .bind(person.identity.id.as_str())
            .fetch_one(&mut *c)
            .await?;
    if !newcomer {
        return Ok(());
    }
    for thread in welcoming(c).await?.unwrap_or_default() {
        let host: Option<String> = sqlx::query_scalar("SELECT created_by FROM thread WHERE id = ?1")
            .bind(thread.as_str())
            .fetch_optional(&mut *c)
            .await?;
        // Somebody may have deleted it; and a full thread is no reason to refuse the sign-in.
        let Some(host) = host else { continue };
        if participants::count(c, &thread).await? >= crate::domain::limits::PARTICIPANTS_PER_THREAD {
            continue;
        }
        let invitation = Invitation {
            identifier: CommunicationIdentifier::from_raw_id(person.identity.id.as_str()),
            display_name: Some(person.display_name.clone()),
            share_history_ms: None,
            metadata: Metadata::new(),
        };
        participants::add(c, now_ms, resource_id, &RawId::new(host), &thread, vec![invitation]).await?;
    }
    Ok(())
}
