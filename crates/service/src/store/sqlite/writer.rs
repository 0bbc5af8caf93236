//! One task writes, and writes in groups: jobs that wait are run in one transaction, each in a savepoint of its own,
//! and made durable by one COMMIT. A commit costs a flush of the disk (277 a second on the machine this was measured
//! on), so thirty senders share what would otherwise be thirty flushes.
//!
//! A job is answered only after COMMIT has returned, and so are those told who wait for what it changed: this is the one
//! place that knows that something happened. When COMMIT fails, every job of the group fails with it. After an
//! I/O error the writer takes nothing more until the service is started anew: after a failed flush nobody knows which
//! pages the disk has, and a second flush that succeeds proves nothing.

use super::{news, outbox};
use crate::clock::Clock;
use crate::events::News;
use crate::metrics::Metrics;
use crate::store::{Listeners, StoreError};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use sqlx::{Executor as _, SqliteConnection};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tracing::{Instrument as _, Span};

/// Jobs in one transaction. Larger groups no longer gain, and the first of them waits longer.
const GROUP_JOBS: usize = 128;

/// Jobs that may wait. More than the service writes in a second: who comes later is told to come again.
const WAITING_JOBS: usize = 2048;

/// SQLite's primary result code for a failed read or write of the disk.
const SQLITE_IOERR: u32 = 10;

#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Box<dyn Job>>,
    broken: Arc<AtomicBool>,
}

impl Writer {
    /// Starts the task. It ends, and closes the connection, when the last `Writer` is dropped.
    pub(super) fn start(connection: SqliteConnection, clock: Clock, listeners: Listeners) -> Self {
        let (jobs, waiting) = mpsc::channel(WAITING_JOBS);
        let broken = Arc::new(AtomicBool::new(false));
        tokio::spawn(write_in_groups(connection, waiting, Arc::clone(&broken), clock, listeners));
        Self { jobs, broken }
    }

    /// Whether an I/O error has ended writing.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::SeqCst) || self.jobs.is_closed()
    }

    /// How many jobs wait.
    pub(super) fn waiting(&self) -> i64 {
        i64::try_from(WAITING_JOBS - self.jobs.capacity()).unwrap_or(i64::MAX)
    }

    /// Runs a job in a transaction and returns once that is on disk.
    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let span = tracing::debug_span!("write");
        let waits = tracing::debug_span!(parent: &span, "wait");
        let job =
            Task { work: Some(work), outcome: None, reply, since: Instant::now(), span: span.clone(), waits };
        self.jobs.try_send(Box::new(job)).map_err(|_| unavailable("too many writes are waiting"))?;
        answer.instrument(span).await.unwrap_or_else(|_| Err(unavailable("the writer stopped")))
    }
}

fn unavailable(why: &str) -> StoreError {
    StoreError::Unavailable(why.to_owned())
}

trait Job: Send {
    /// It waits no longer. How long it did.
    fn begin(&mut self) -> Duration;
    /// The time that its group takes to be on disk, as part of its own.
    fn commit_span(&self) -> Span;
    /// Does the work; says whether it is to be kept.
    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> BoxFuture<'c, bool>;
    /// Tells the caller: the outcome if the group was committed, else that nothing was done.
    fn finish(self: Box<Self>, committed: bool);
}

struct Task<T, F> {
    work: Option<F>,
    outcome: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
    since: Instant,
    span: Span,
    /// Until its group begins.
    waits: Span,
}

impl<T, F> Job for Task<T, F>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
{
    fn begin(&mut self) -> Duration {
        self.waits = Span::none();
        self.since.elapsed()
    }

    fn commit_span(&self) -> Span {
        tracing::debug_span!(parent: &self.span, "commit")
    }

    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> BoxFuture<'c, bool> {
        let span = tracing::debug_span!(parent: &self.span, "run");
        let run = async move {
            let Some(work) = self.work.take() else { return false };
            // A fault in one job must not end the writer for all.
            let outcome = match AssertUnwindSafe(async { work(connection).await }).catch_unwind().await {
                Ok(outcome) => outcome,
                Err(_) => Err(unavailable("a write panicked")),
            };
            let keep = outcome.is_ok();
            self.outcome = Some(outcome);
            keep
        };
        Box::pin(run.instrument(span))
    }

    fn finish(self: Box<Self>, committed: bool) {
        let outcome = match self.outcome {
            // A refusal stands whether or not the others were committed.
            Some(Err(StoreError::Refused(refusal))) => Err(StoreError::Refused(refusal)),
            Some(outcome) if committed => outcome,
            _ => Err(unavailable("the write could not be committed")),
        };
        // The caller may have gone; the write stands all the same.
        drop(self.reply.send(outcome));
    }
}

async fn write_in_groups(
    mut connection: SqliteConnection,
    mut waiting: mpsc::Receiver<Box<dyn Job>>,
    broken: Arc<AtomicBool>,
    clock: Clock,
    listeners: Listeners,
) {
    let Listeners { events, wake, metrics } = listeners;
    let mut group = Vec::with_capacity(GROUP_JOBS);
    while waiting.recv_many(&mut group, GROUP_JOBS).await > 0 {
        let committed = if broken.load(Ordering::SeqCst) {
            false
        } else {
            let listened = events.wanted();
            let began = Instant::now();
            metrics.group_begins(group.iter_mut().map(|job| job.begin()));
            let committed = commit(&mut connection, &mut group, listened, clock.now_ms(), &metrics).await;
            metrics.group_ends(began.elapsed(), committed.is_ok());
            match committed {
                Ok(Committed { news, queued }) => {
                    if listened {
                        events.publish(news);
                    } else {
                        // Whoever began to listen since then may have read what was before the commit.
                        events.missed();
                    }
                    if queued {
                        wake.wake();
                    }
                    true
                }
                Err(error) => {
                    tracing::error!(%error, jobs = group.len(), "a group of writes was not committed");
                    if is_io_error(&error) {
                        tracing::error!("no more writes until the service is started anew");
                        broken.store(true, Ordering::SeqCst);
                    }
                    // SQLite may have rolled back by itself; then this fails and does no harm.
                    drop(connection.execute("ROLLBACK").await);
                    false
                }
            }
        };
        for job in group.drain(..) {
            job.finish(committed);
        }
    }
}

/// What is to be told of a group once it is on disk.
#[derive(Default)]
struct Committed {
    /// To those who listen, if anybody does.
    news: Vec<News>,
    /// Whether there is something new to be sent to those who have subscribed.
    queued: bool,
}

async fn commit(
    connection: &mut SqliteConnection,
    group: &mut [Box<dyn Job>],
    listened: bool,
    now_ms: i64,
    metrics: &Metrics,
) -> Result<Committed, StoreError> {
    let mut committed = Committed::default();
    connection.execute("BEGIN IMMEDIATE").await?;
    for job in group.iter_mut() {
        connection.execute("SAVEPOINT job").await?;
        if !job.run(connection).await {
            // When a job failed because the disk is full, SQLite has dropped the whole transaction: this line fails
            // then, and with it the group.
            connection.execute("ROLLBACK TO job").await?;
        } else {
            if listened {
                committed.news.extend(news::take(connection).await?);
            }
            committed.queued |= outbox::take(connection, now_ms).await?;
        }
        connection.execute("RELEASE job").await?;
    }
    if !listened {
        news::forget(connection).await?;
    }
    let began = Instant::now();
    let spans: Vec<Span> = group.iter().map(|job| job.commit_span()).collect();
    connection.execute("COMMIT").await?;
    drop(spans);
    metrics.committed(began.elapsed());
    Ok(committed)
}

fn is_io_error(error: &StoreError) -> bool {
    let StoreError::Database(error) = error else { return false };
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == SQLITE_IOERR)
}
