//! Identities, their tokens' revisions, and people by name.

use crate::domain::name::PersonName;
use crate::domain::refusal::Refusal;
use crate::random;
use crate::store::{Identity, Person, StoreError};
use acs_chat::RawId;
use sqlx::SqliteConnection;

/// The resource's id, made at the first call.
pub(super) async fn resource_id(c: &mut SqliteConnection) -> Result<String, StoreError> {
    sqlx::query("INSERT INTO setting (name, value) VALUES ('resource_id', ?1) ON CONFLICT DO NOTHING")
        .bind(random::guid())
        .execute(&mut *c)
        .await?;
    Ok(sqlx::query_scalar("SELECT value FROM setting WHERE name = 'resource_id'").fetch_one(c).await?)
}

pub(super) async fn check_readable(c: &mut SqliteConnection) -> Result<(), StoreError> {
    sqlx::query("SELECT value FROM setting WHERE name = 'resource_id'").fetch_one(c).await?;
    Ok(())
}

pub(super) async fn create(
    c: &mut SqliteConnection,
    now_ms: i64,
    id: RawId,
    name: Option<&PersonName>,
) -> Result<Identity, StoreError> {
    sqlx::query("INSERT INTO identity (raw_id, created_ms, display_name, name_key) VALUES (?1, ?2, ?3, ?4)")
        .bind(id.as_str())
        .bind(now_ms)
        .bind(name.map(PersonName::as_str))
        .bind(name.map(PersonName::key))
        .execute(c)
        .await?;
    Ok(Identity { id, token_revision: 0 })
}

pub(super) async fn find(c: &mut SqliteConnection, id: RawId) -> Result<Option<Identity>, StoreError> {
    let revision: Option<i64> =
        sqlx::query_scalar("SELECT token_revision FROM identity WHERE raw_id = ?1 AND deleted_ms IS NULL")
            .bind(id.as_str())
            .fetch_optional(c)
            .await?;
    Ok(revision.map(|token_revision| Identity { id, token_revision }))
}

pub(super) async fn revoke(c: &mut SqliteConnection, id: RawId) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE identity SET token_revision = token_revision + 1 WHERE raw_id = ?1 AND deleted_ms IS NULL",
    )
    .bind(id.as_str())
    .execute(c)
    .await?;
    found(done.rows_affected())
}

/// The row stays, since messages point to it; the name becomes free.
pub(super) async fn delete(c: &mut SqliteConnection, now_ms: i64, id: RawId) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE identity SET deleted_ms = ?2, token_revision = token_revision + 1, display_name = NULL, name_key = NULL
         WHERE raw_id = ?1 AND deleted_ms IS NULL",
    )
    .bind(id.as_str())
    .bind(now_ms)
    .execute(c)
    .await?;
    found(done.rows_affected())
}

fn found(rows: u64) -> Result<(), StoreError> {
    if rows == 0 { Err(Refusal::IdentityNotFound.into()) } else { Ok(()) }
}

pub(super) async fn person(
    c: &mut SqliteConnection,
    now_ms: i64,
    fresh_id: RawId,
    name: PersonName,
) -> Result<Person, StoreError> {
    let row: Option<(String, i64, String)> =
        sqlx::query_as("SELECT raw_id, token_revision, display_name FROM identity WHERE name_key = ?1")
            .bind(name.key())
            .fetch_optional(&mut *c)
            .await?;
    if let Some(row) = row {
        return Ok(person_of(row));
    }
    let identity = create(c, now_ms, fresh_id, Some(&name)).await?;
    Ok(Person { identity, display_name: name.as_str().to_owned() })
}

pub(super) async fn people(
    c: &mut SqliteConnection,
    prefix: String,
    limit: u32,
) -> Result<Vec<Person>, StoreError> {
    let rows: Vec<(String, i64, String)> = sqlx::query_as(
        "SELECT raw_id, token_revision, display_name FROM identity
         WHERE name_key IS NOT NULL AND substr(name_key, 1, length(?1)) = ?1 ORDER BY name_key LIMIT ?2",
    )
    .bind(prefix)
    .bind(limit)
    .fetch_all(c)
    .await?;
    Ok(rows.into_iter().map(person_of).collect())
}

fn person_of((raw_id, token_revision, display_name): (String, i64, String)) -> Person {
    Person { identity: Identity { id: RawId::new(raw_id), token_revision }, display_name }
}
