//! How much there is, and how much waits, for whoever watches the service.

use crate::metrics::Depths;
use crate::store::StoreError;
use sqlx::SqliteConnection;

/// What the database knows of it.
pub(super) async fn read(c: &mut SqliteConnection) -> Result<Depths, StoreError> {
    let (threads, people, webhooks_waiting, dead_letters, database_bytes) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM thread),
                (SELECT count(*) FROM identity WHERE deleted_ms IS NULL),
                (SELECT count(*) FROM delivery),
                (SELECT count(*) FROM dead_letter),
                (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size)",
    )
    .fetch_one(c)
    .await?;
    Ok(Depths { threads, people, webhooks_waiting, dead_letters, database_bytes, ..Depths::default() })
}
