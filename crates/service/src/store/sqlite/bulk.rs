//! A long past at once: what [`super::messages`] does for each message with a handful of statements, here a statement does for
//! a thousand of them. The rules of edits and deletions are the same functions of the domain.

use super::{receipts, threads};
use crate::domain::message::{self, Body, Format, Message};
use crate::domain::stamp::next_stamp;
use crate::store::{SeedChange, SeedMessage, SeedThread, StoreError};
use acs_chat::ThreadId;
use serde::Serialize;
use sqlx::SqliteConnection;

/// So many messages in a statement: more would be faster by nothing.
const AT_ONCE: usize = 1_000;

/// A row of `message`. What is the same for all is in the statement.
#[derive(Serialize)]
struct Row {
    id: i64,
    sequence: i64,
    first_sequence: i64,
    version: i64,
    kind: &'static str,
    author: String,
    name: String,
    content: String,
    edited_ms: Option<i64>,
    deleted_ms: Option<i64>,
    metadata: String,
}

/// A row of `place`.
#[derive(Serialize)]
struct Place {
    sequence: i64,
    message: i64,
    replaced_by: Option<i64>,
}

/// The greatest stamp and sequence number used so far.
struct Last {
    stamp: i64,
    sequence: i64,
}

pub(super) async fn write(
    c: &mut SqliteConnection,
    now_ms: i64,
    resource_id: &str,
    seed: SeedThread,
) -> Result<ThreadId, StoreError> {
    let thread = threads::create(c, seed.at_ms, resource_id, &seed.creator, seed.draft).await?.thread.id;
    let (stamp, sequence) = sqlx::query_as("SELECT last_stamp_ms, last_sequence FROM thread WHERE id = ?1")
        .bind(thread.as_str())
        .fetch_one(&mut *c)
        .await?;
    let mut last = Last { stamp, sequence };
    let (mut newest, mut read) = (None, Vec::new());
    let mut messages = seed.messages.into_iter().peekable();
    while messages.peek().is_some() {
        let (mut rows, mut places) = (Vec::new(), Vec::new());
        for mut message in messages.by_ref().take(AT_ONCE) {
            let readers = std::mem::take(&mut message.readers);
            let row = last.row(message, &mut places)?;
            newest = Some(row.id);
            read.extend(readers.into_iter().map(|reader| (reader, row.id)));
            rows.push(row);
        }
        insert(c, &thread, &rows, &places).await?;
    }
    sqlx::query(
        "UPDATE thread SET last_stamp_ms = ?2, last_sequence = ?3, last_message_ms = coalesce(?4, last_message_ms)
         WHERE id = ?1",
    )
    .bind(thread.as_str())
    .bind(last.stamp)
    .bind(last.sequence)
    .bind(newest)
    .execute(&mut *c)
    .await?;
    for (reader, message) in read {
        receipts::set(c, (message + 60_000).min(now_ms), &reader, &thread, message).await?;
    }
    Ok(thread)
}

impl Last {
    fn next(&mut self, at_ms: i64) -> (i64, i64) {
        self.stamp = next_stamp(at_ms, self.stamp);
        self.sequence += 1;
        (self.stamp, self.sequence)
    }

    /// A message as it is in the end, and the places that it had.
    fn row(&mut self, seed: SeedMessage, places: &mut Vec<Place>) -> Result<Row, StoreError> {
        let (id, first_sequence) = self.next(seed.at_ms);
        let (sender, draft) = (seed.sender, seed.draft);
        let format = draft.format;
        let mut message = Message {
            id,
            sequence: first_sequence,
            version: id,
            body: Body::User {
                format,
                content: draft.content,
                sender: sender.clone(),
                sender_display_name: draft.sender_display_name,
            },
            edited_ms: None,
            deleted_ms: None,
            metadata: draft.metadata,
        };
        let mut replaced_by = None;
        if let Some((at_ms, change)) = seed.change {
            let (stamp, sequence) = self.next(at_ms);
            (message.version, message.sequence) = (stamp, sequence);
            match change {
                SeedChange::Edit(patch) => message::edit(&mut message, &sender, patch, stamp)?,
                SeedChange::Delete => drop(message::delete(&mut message, &sender, stamp)?),
            }
            replaced_by = Some(message.sequence);
        }
        places.push(Place { sequence: first_sequence, message: id, replaced_by });
        places.extend(replaced_by.map(|sequence| Place { sequence, message: id, replaced_by: None }));
        let (name, content) = match message.body {
            Body::User { content, sender_display_name, .. } => (sender_display_name, content),
            Body::System { .. } => unreachable!("it was made a user's above"),
        };
        Ok(Row {
            id,
            sequence: message.sequence,
            first_sequence,
            version: message.version,
            kind: match format {
                Format::Text => "text",
                Format::Html => "html",
            },
            author: sender.as_str().to_owned(),
            name,
            content,
            edited_ms: message.edited_ms,
            deleted_ms: message.deleted_ms,
            metadata: serde_json::to_string(&message.metadata)?,
        })
    }
}

async fn insert(
    c: &mut SqliteConnection,
    thread: &ThreadId,
    rows: &[Row],
    places: &[Place],
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO message (thread_id, id, sequence, first_sequence, version, kind, author, sender_display_name,
                              content, edited_ms, deleted_ms, metadata)
         SELECT ?1, value ->> 'id', value ->> 'sequence', value ->> 'first_sequence', value ->> 'version',
                value ->> 'kind', value ->> 'author', value ->> 'name', value ->> 'content', value ->> 'edited_ms',
                value ->> 'deleted_ms', value ->> 'metadata'
         FROM json_each(?2)",
    )
    .bind(thread.as_str())
    .bind(serde_json::to_string(rows)?)
    .execute(&mut *c)
    .await?;
    sqlx::query(
        "INSERT INTO place (thread_id, sequence, message_id, replaced_by)
         SELECT ?1, value ->> 'sequence', value ->> 'message', value ->> 'replaced_by' FROM json_each(?2)",
    )
    .bind(thread.as_str())
    .bind(serde_json::to_string(places)?)
    .execute(c)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::name::PersonName;
    use crate::seed::{Seed, thread};
    use acs_chat::RawId;
    use sqlx::Connection as _;
    use sqlx::sqlite::SqliteRow;
    use sqlx::{Column as _, Row as _, ValueRef as _};

    const NOW_MS: i64 = 1_700_000_000_000;

    async fn rows(c: &mut SqliteConnection, query: &'static str) -> Vec<Vec<Option<String>>> {
        let text = |row: &SqliteRow, at: usize| {
            let null = row.try_get_raw(at).unwrap().is_null();
            (!null).then(|| row.try_get_unchecked::<String, _>(at).unwrap())
        };
        let rows = sqlx::query(query).fetch_all(c).await.unwrap();
        rows.iter()
            .map(|row| row.columns().iter().map(|column| text(row, column.ordinal())).collect())
            .collect()
    }

    async fn written(bulk: bool) -> [Vec<Vec<Option<String>>>; 4] {
        let mut c = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        super::super::MIGRATIONS.run(&mut c).await.unwrap();
        let mut people = Vec::new();
        for name in ["Mei", "Noor", "小林"] {
            let id = RawId::new(format!("8:acs:resource_{}", people.len()));
            let name = PersonName::new(name).unwrap();
            let person = super::super::identities::person(&mut c, NOW_MS, id, name).await.unwrap();
            people.push((person.identity.id, person.display_name));
        }
        let seed = thread(&people, Seed { messages: 1_200, people: 3, seed: 7 }, NOW_MS).unwrap();
        if bulk {
            write(&mut c, NOW_MS, "resource", seed).await.unwrap();
        } else {
            super::super::seeding::seed(&mut c, NOW_MS, "resource", vec![seed]).await.unwrap();
        }
        [
            rows(
                &mut c,
                "SELECT id, sequence, first_sequence, version, kind, author, sender_display_name, content,
                        edited_ms, deleted_ms, metadata, request_id FROM message ORDER BY id",
            )
            .await,
            rows(&mut c, "SELECT sequence, message_id, replaced_by FROM place ORDER BY sequence").await,
            rows(&mut c, "SELECT raw_id, position, message_id, read_ms FROM receipt ORDER BY raw_id").await,
            rows(&mut c, "SELECT created_ms, last_stamp_ms, last_sequence, last_message_ms FROM thread")
                .await,
        ]
    }

    #[tokio::test]
    async fn a_past_written_at_once_is_the_one_that_step_by_step_would_have_made() {
        let (at_once, step_by_step) = (written(true).await, written(false).await);
        for (at_once, step_by_step) in at_once.iter().zip(&step_by_step) {
            assert_eq!(at_once, step_by_step);
        }
        assert!(at_once[0].len() >= 1_200 && at_once[1].len() > at_once[0].len() && at_once[2].len() == 2);
    }
}
