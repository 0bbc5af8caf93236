//! SQLite: one file, one writer, readers beside it.
//!
//! Write-ahead log with `synchronous=FULL`: what was acknowledged survives a power cut. [`writer`] groups the commits.
//! Readers run in a transaction of their own and see one state of the database throughout.

mod bulk;
mod deliveries;
mod depths;
mod identities;
mod messages;
mod news;
mod operator;
mod outbox;
mod participants;
mod receipts;
mod seeding;
mod subscriptions;
mod threads;
mod writer;

use super::{
    Created, DeadLetter, Delivery, Identity, Lane, Listeners, MessageCursor, Page, Person, PositionCursor,
    Reply, SeedThread, Settlement, Slice, Store, StoreError, ThreadCursor,
};
use crate::clock::Clock;
use crate::domain::membership::Standing;
use crate::domain::message::{Message, MessageDraft, MessagePatch};
use crate::domain::name::PersonName;
use crate::domain::participant::{Invitation, Participant, Rejection};
use crate::domain::receipt::Receipt;
use crate::domain::refusal::Refusal;
use crate::domain::stamp::next_stamp;
use crate::domain::thread::{Thread, ThreadDraft, ThreadListing, ThreadPatch};
use crate::metrics::{Depths, Metrics};
use crate::operator::alerts::Alert;
use crate::operator::figures::{Day, Minute};
use crate::random;
use crate::webhooks::subscription::{Subscription, SubscriptionId};
use acs_chat::{RawId, ThreadId};
use futures_util::future::BoxFuture;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqliteConnection, SqlitePool};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tracing::Instrument as _;
use writer::Writer;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Connections that read at the same time. SQLite works in threads; more than this only wait for a core.
const READERS: u32 = 4;

/// A chat store in a SQLite file.
pub(crate) struct SqliteStore {
    writer: Writer,
    readers: SqlitePool,
    clock: Clock,
    metrics: Metrics,
    file: PathBuf,
    resource_id: String,
}

impl SqliteStore {
    /// Opens the file, makes it if it is missing, and brings its tables up to date.
    ///
    /// # Errors
    /// When the file cannot be opened or is not ours.
    pub(crate) async fn open(file: &Path, clock: Clock, listeners: Listeners) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // Only a backup tool or another process can hold the lock; wait for it rather than fail.
            .busy_timeout(Duration::from_secs(5))
            .disable_statement_logging();
        let mut connection = options.connect().await?;
        MIGRATIONS.run(&mut connection).await.map_err(|error| {
            StoreError::Unavailable(format!("the tables cannot be brought up to date: {error}"))
        })?;
        let resource_id = identities::resource_id(&mut connection).await?;
        news::note(&mut connection).await?;
        outbox::note(&mut connection).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options.pragma("query_only", "ON"))
            .await?;
        let metrics = listeners.metrics.clone();
        let writer = Writer::start(connection, clock.clone(), listeners);
        Ok(Self { writer, readers, clock, metrics, file: file.to_owned(), resource_id })
    }

    async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send,
    {
        let reading = async {
            let mut transaction = self.readers.begin().await?;
            let outcome = work(&mut transaction).await;
            transaction.commit().await?;
            outcome
        };
        reading.instrument(tracing::debug_span!("read")).await
    }

    /// The job gets the time at which it runs: the order of stamps is the order of commits.
    async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection, i64) -> BoxFuture<'c, Result<T, StoreError>>
            + Send
            + 'static,
    {
        let clock = self.clock.clone();
        self.writer.run(move |connection| work(connection, clock.now_ms())).await
    }
}

impl Store for SqliteStore {
    fn health(&self) -> Reply<'_, ()> {
        Box::pin(async {
            if self.writer.is_broken() {
                return Err(StoreError::Unavailable("the database takes no writes".to_owned()));
            }
            self.read(|c| Box::pin(identities::check_readable(c))).await
        })
    }

    fn depths(&self) -> Reply<'_, Depths> {
        Box::pin(async {
            let mut depths = self.read(|c| Box::pin(depths::read(c))).await?;
            depths.writes_waiting = self.writer.waiting();
            // It is there while somebody has the database open, unless nothing was written yet.
            let mut name = self.file.clone().into_os_string();
            name.push("-wal");
            let log = tokio::fs::metadata(name).await;
            depths.log_bytes = log.map_or(0, |log| i64::try_from(log.len()).unwrap_or(i64::MAX));
            Ok(depths)
        })
    }

    fn note_minute(&self, minute: Minute) -> Reply<'_, ()> {
        Box::pin(self.write(move |c, _| Box::pin(operator::note_minute(c, minute))))
    }

    fn figures(&self, now_ms: i64) -> Reply<'_, (Vec<Minute>, Vec<Day>)> {
        Box::pin(self.read(move |c| Box::pin(operator::figures(c, now_ms))))
    }

    fn subscription_depths(&self) -> Reply<'_, Vec<(Subscription, i64, i64)>> {
        Box::pin(self.read(|c| Box::pin(operator::subscription_depths(c))))
    }

    fn add_alert(&self, alert: Alert) -> Reply<'_, ()> {
        Box::pin(self.write(move |c, _| Box::pin(operator::add_alert(c, alert))))
    }

    fn alerts(&self) -> Reply<'_, Vec<Alert>> {
        Box::pin(self.read(|c| Box::pin(operator::alerts(c))))
    }

    fn remove_alert(&self, id: String) -> Reply<'_, bool> {
        Box::pin(self.write(move |c, _| Box::pin(operator::remove_alert(c, id))))
    }

    fn resource_id(&self) -> &str {
        &self.resource_id
    }

    fn create_identity(&self) -> Reply<'_, Identity> {
        let id = RawId::new(format!("8:acs:{}_{}", self.resource_id, random::guid()));
        Box::pin(self.write(move |c, now| Box::pin(identities::create(c, now, id, None))))
    }

    fn identity(&self, id: RawId) -> Reply<'_, Option<Identity>> {
        Box::pin(self.read(move |c| Box::pin(identities::find(c, id))))
    }

    fn revoke_tokens(&self, id: RawId) -> Reply<'_, ()> {
        Box::pin(self.write(move |c, _| Box::pin(identities::revoke(c, id))))
    }

    fn delete_identity(&self, id: RawId) -> Reply<'_, ()> {
        Box::pin(self.write(move |c, now| Box::pin(identities::delete(c, now, id))))
    }

    fn person(&self, name: PersonName) -> Reply<'_, Person> {
        let id = RawId::new(format!("8:acs:{}_{}", self.resource_id, random::guid()));
        Box::pin(self.write(move |c, now| Box::pin(identities::person(c, now, id, name))))
    }

    fn people(&self, name_key_prefix: String, limit: u32) -> Reply<'_, Vec<Person>> {
        Box::pin(self.read(move |c| Box::pin(identities::people(c, name_key_prefix, limit))))
    }

    fn create_thread(
        &self,
        caller: RawId,
        draft: ThreadDraft,
        request_id: Option<String>,
    ) -> Reply<'_, Created> {
        let resource_id = self.resource_id.clone();
        Box::pin(self.write(move |c, now| {
            Box::pin(
                async move { threads::create_once(c, now, &resource_id, &caller, draft, request_id).await },
            )
        }))
    }

    fn threads(
        &self,
        caller: RawId,
        since_ms: i64,
        cursor: Option<ThreadCursor>,
        limit: u32,
    ) -> Reply<'_, Page<ThreadListing, ThreadCursor>> {
        Box::pin(self.read(move |c| Box::pin(threads::list(c, caller, since_ms, cursor, limit))))
    }

    fn thread(&self, caller: RawId, thread: ThreadId) -> Reply<'_, Thread> {
        Box::pin(self.read(move |c| {
            Box::pin(async move {
                visible_from(c, &thread, &caller).await?;
                threads::load(c, &thread).await
            })
        }))
    }

    fn update_thread(&self, caller: RawId, thread: ThreadId, patch: ThreadPatch) -> Reply<'_, ()> {
        Box::pin(self.write(move |c, now| Box::pin(threads::update(c, now, caller, thread, patch))))
    }

    fn delete_thread(&self, caller: RawId, thread: ThreadId) -> Reply<'_, ()> {
        Box::pin(self.write(move |c, _| Box::pin(threads::delete(c, caller, thread))))
    }

    fn delete_overdue_thread(&self) -> Reply<'_, bool> {
        Box::pin(self.write(move |c, now| Box::pin(threads::delete_overdue(c, now))))
    }

    fn send_message(
        &self,
        caller: RawId,
        thread: ThreadId,
        draft: MessageDraft,
        request_id: Option<String>,
    ) -> Reply<'_, i64> {
        Box::pin(async move {
            let written = self.write(move |c, now| {
                Box::pin(async move { messages::send(c, now, &caller, &thread, draft, request_id).await })
            });
            let (id, new) = written.await?;
            if new {
                self.metrics.message();
            }
            Ok(id)
        })
    }

    fn messages(
        &self,
        caller: RawId,
        thread: ThreadId,
        since_ms: i64,
        cursor: Option<MessageCursor>,
        limit: u32,
    ) -> Reply<'_, Page<Message, MessageCursor>> {
        Box::pin(self.read(move |c| Box::pin(messages::list(c, caller, thread, since_ms, cursor, limit))))
    }

    fn message(&self, caller: RawId, thread: ThreadId, id: i64) -> Reply<'_, Message> {
        Box::pin(
            self.read(move |c| {
                Box::pin(async move { messages::load_visible(c, &caller, &thread, id).await })
            }),
        )
    }

    fn edit_message(&self, caller: RawId, thread: ThreadId, id: i64, patch: MessagePatch) -> Reply<'_, ()> {
        Box::pin(self.write(move |c, now| {
            Box::pin(async move { messages::edit(c, now, &caller, &thread, id, patch).await })
        }))
    }

    fn delete_message(&self, caller: RawId, thread: ThreadId, id: i64) -> Reply<'_, ()> {
        Box::pin(self.write(move |c, now| {
            Box::pin(async move { messages::delete(c, now, &caller, &thread, id).await })
        }))
    }

    fn participants(
        &self,
        caller: RawId,
        thread: ThreadId,
        slice: Slice,
    ) -> Reply<'_, Page<Participant, PositionCursor>> {
        Box::pin(self.read(move |c| Box::pin(participants::list(c, caller, thread, slice))))
    }

    fn add_participants(
        &self,
        caller: RawId,
        thread: ThreadId,
        invitations: Vec<Invitation>,
    ) -> Reply<'_, Vec<Rejection>> {
        let resource_id = self.resource_id.clone();
        Box::pin(self.write(move |c, now| {
            Box::pin(async move {
                visible_from(c, &thread, &caller).await?;
                participants::add(c, now, &resource_id, &caller, &thread, invitations).await
            })
        }))
    }

    fn remove_participant(&self, caller: RawId, thread: ThreadId, person: RawId) -> Reply<'_, ()> {
        Box::pin(self.write(move |c, now| Box::pin(participants::remove(c, now, caller, thread, person))))
    }

    fn typing_audience(&self, caller: RawId, thread: ThreadId) -> Reply<'_, Vec<RawId>> {
        Box::pin(
            self.read(move |c| Box::pin(async move { news::typing_audience(c, &caller, &thread).await })),
        )
    }

    fn set_receipt(&self, caller: RawId, thread: ThreadId, message: i64) -> Reply<'_, ()> {
        Box::pin(self.write(move |c, now| {
            Box::pin(async move { receipts::set(c, now, &caller, &thread, message).await })
        }))
    }

    fn receipts(
        &self,
        caller: RawId,
        thread: ThreadId,
        slice: Slice,
    ) -> Reply<'_, Page<Receipt, PositionCursor>> {
        Box::pin(self.read(move |c| Box::pin(receipts::list(c, caller, thread, slice))))
    }

    fn add_subscription(&self, subscription: Subscription) -> Reply<'_, ()> {
        Box::pin(self.write(move |c, _| Box::pin(subscriptions::add(c, subscription))))
    }

    fn subscriptions(&self) -> Reply<'_, Vec<Subscription>> {
        Box::pin(self.read(|c| Box::pin(subscriptions::list(c))))
    }

    fn remove_subscription(&self, id: SubscriptionId) -> Reply<'_, bool> {
        Box::pin(self.write(move |c, _| Box::pin(subscriptions::remove(c, id))))
    }

    fn dead_letters(&self, id: SubscriptionId, limit: u32) -> Reply<'_, Vec<DeadLetter>> {
        Box::pin(self.read(move |c| Box::pin(deliveries::dead_letters(c, id, limit))))
    }

    fn replay(&self, id: SubscriptionId, letter: Option<i64>) -> Reply<'_, u64> {
        Box::pin(self.write(move |c, now| Box::pin(deliveries::replay(c, now, id, letter))))
    }

    fn lanes(&self, limit: u32) -> Reply<'_, Vec<Lane>> {
        Box::pin(self.read(move |c| Box::pin(deliveries::lanes(c, limit))))
    }

    fn next_delivery(&self, lane: Lane) -> Reply<'_, Option<Delivery>> {
        Box::pin(self.read(move |c| Box::pin(async move { deliveries::next(c, &lane).await })))
    }

    fn settle(&self, delivery: Delivery, settlement: Settlement) -> Reply<'_, ()> {
        Box::pin(self.write(move |c, now| {
            Box::pin(async move { deliveries::settle(c, now, &delivery, settlement).await })
        }))
    }

    fn seed(&self, threads: Vec<SeedThread>) -> Reply<'_, ()> {
        let resource_id = self.resource_id.clone();
        Box::pin(
            self.write(move |c, now| {
                Box::pin(async move { seeding::seed(c, now, &resource_id, threads).await })
            }),
        )
    }

    fn seed_thread(&self, thread: SeedThread) -> Reply<'_, ThreadId> {
        let resource_id = self.resource_id.clone();
        Box::pin(
            self.write(move |c, now| {
                Box::pin(async move { bulk::write(c, now, &resource_id, thread).await })
            }),
        )
    }

    fn welcome(&self, person: Person) -> Reply<'_, ()> {
        let resource_id = self.resource_id.clone();
        Box::pin(self.write(move |c, now| {
            Box::pin(async move { seeding::welcome(c, now, &resource_id, person).await })
        }))
    }
}

/// How somebody stands to a thread; refuses a thread that does not exist.
async fn standing(
    c: &mut SqliteConnection,
    thread: &ThreadId,
    person: &RawId,
) -> Result<Standing, StoreError> {
    let row: Option<(Option<i64>, Option<i64>)> = sqlx::query_as(
        "SELECT p.share_history_ms, p.removed_ms
         FROM thread t LEFT JOIN participant p ON p.thread_id = t.id AND p.raw_id = ?2
         WHERE t.id = ?1",
    )
    .bind(thread.as_str())
    .bind(person.as_str())
    .fetch_optional(c)
    .await?;
    match row {
        None => Err(Refusal::ThreadNotFound.into()),
        Some((None, _)) => Ok(Standing::Outsider),
        Some((Some(_), Some(_))) => Ok(Standing::Removed),
        Some((Some(share_history_ms), None)) => Ok(Standing::Member { share_history_ms }),
    }
}

/// The oldest message id a member may see; refuses everybody else.
async fn visible_from(
    c: &mut SqliteConnection,
    thread: &ThreadId,
    caller: &RawId,
) -> Result<i64, StoreError> {
    Ok(standing(c, thread, caller).await?.visible_from_ms()?)
}

/// The next stamp and the next sequence number of a thread. [`take`] uses them up.
async fn peek(c: &mut SqliteConnection, thread: &ThreadId, now_ms: i64) -> Result<(i64, i64), StoreError> {
    let (last_stamp, last_sequence): (i64, i64) =
        sqlx::query_as("SELECT last_stamp_ms, last_sequence FROM thread WHERE id = ?1")
            .bind(thread.as_str())
            .fetch_one(c)
            .await?;
    Ok((next_stamp(now_ms, last_stamp), last_sequence + 1))
}

/// Uses up a stamp and a sequence number: the message has this place in the thread's order of changes now.
async fn take(
    c: &mut SqliteConnection,
    thread: &ThreadId,
    (stamp, sequence): (i64, i64),
    message: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE thread SET last_stamp_ms = ?2, last_sequence = ?3, last_message_ms = max(last_message_ms, ?4)
         WHERE id = ?1",
    )
    .bind(thread.as_str())
    .bind(stamp)
    .bind(sequence)
    .bind(message)
    .execute(&mut *c)
    .await?;
    sqlx::query("INSERT INTO place (thread_id, sequence, message_id) VALUES (?1, ?2, ?3)")
        .bind(thread.as_str())
        .bind(sequence)
        .bind(message)
        .execute(c)
        .await?;
    Ok(())
}

/// The bounds of a page in a list by position: behind which, up to which, and how many of those are left out.
struct Bounds {
    after: i64,
    snapshot: i64,
    skip: u32,
}

impl Slice {
    fn bounds(self) -> Bounds {
        match self.cursor {
            Some(cursor) => Bounds { after: cursor.after, snapshot: cursor.snapshot, skip: 0 },
            None => Bounds { after: 0, snapshot: i64::MAX, skip: self.skip },
        }
    }

    /// Takes the page out of rows that hold one more than the page when there is a next page. `greatest` is the list's
    /// greatest position.
    fn page<T>(self, rows: Vec<(i64, T)>, greatest: i64) -> Page<T, PositionCursor> {
        let more = rows.len() > self.limit as usize;
        let mut items = Vec::with_capacity(rows.len());
        let mut after = 0;
        for (position, item) in rows.into_iter().take(self.limit as usize) {
            after = position;
            items.push(item);
        }
        let snapshot = self.cursor.map_or(greatest, |cursor| cursor.snapshot);
        Page { items, next: more.then_some(PositionCursor { snapshot, after }) }
    }
}
