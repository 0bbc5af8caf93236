//! Where everything is kept: one trait at the level of chat operations, and the databases behind it.
//!
//! Each method is one transaction. A store keeps the rules of `domain` inside it, so that a check and what it guards
//! cannot be torn apart by a race. When a writing method returns, its effect is on disk, and those who wait for it were told
//! ([`crate::events`]).
//!
//! SQLite is the only database so far ([`SqliteStore`]). PostgreSQL is to follow behind the same trait; nothing
//! outside this folder knows SQL.

mod sqlite;

pub(crate) use sqlite::SqliteStore;

use crate::domain::message::{Message, MessageDraft, MessagePatch};
use crate::domain::name::PersonName;
use crate::domain::participant::{Invitation, Participant, Rejection};
use crate::domain::receipt::Receipt;
use crate::domain::refusal::Refusal;
use crate::domain::thread::{Thread, ThreadDraft, ThreadListing, ThreadPatch};
use crate::events::Events;
use crate::metrics::{Depths, Metrics};
use crate::operator::alerts::Alert;
use crate::operator::figures::{Day, Minute};
use crate::webhooks::delivery::Wake;
use crate::webhooks::happening::{Event, Happening};
use crate::webhooks::subscription::{Subscription, SubscriptionId};
use acs_chat::{RawId, ThreadId};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

/// What every method answers. Boxed, so that the service can hold any store behind one pointer.
pub(crate) type Reply<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Why a method failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// A rule of chat forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database did not do its part; nothing was changed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The database cannot take writes now, and nothing was changed.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// What is stored cannot be read: a damaged file, or a newer service's.
    #[error("stored data cannot be read: {0}")]
    Corrupt(#[from] serde_json::Error),
}

/// Who is told of what was written.
pub(crate) struct Listeners {
    /// People with an event stream.
    pub(crate) events: Events,
    /// Whoever sends webhooks.
    pub(crate) wake: Wake,
    /// Whoever counts.
    pub(crate) metrics: Metrics,
}

/// An identity of this resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Who.
    pub(crate) id: RawId,
    /// Tokens of an earlier revision are revoked.
    pub(crate) token_revision: i64,
}

/// Somebody with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// Their identity.
    pub(crate) identity: Identity,
    /// Their name.
    pub(crate) display_name: String,
}

/// A thread just made, or the one made by the first of several equal requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Created {
    /// The thread.
    pub(crate) thread: Thread,
    /// Who could not be added.
    pub(crate) rejections: Vec<Rejection>,
}

/// Where a walk over a thread's messages stands: at which state of the thread it began, and how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MessageCursor {
    /// The thread's greatest sequence number when the walk began.
    pub(crate) snapshot: i64,
    /// Places before this one are still to come.
    pub(crate) before: i64,
}

/// Where a walk over somebody's threads stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ThreadCursor {
    /// The newest activity when the walk began: later activity does not move a thread within this walk.
    pub(crate) snapshot_ms: i64,
    /// Activity of the last thread given.
    pub(crate) activity_ms: i64,
    /// The last thread given.
    pub(crate) id: ThreadId,
}

/// A page of a walk, and where the next one begins, if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page<T, C> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// The next page.
    pub(crate) next: Option<C>,
}

/// Where a walk over a thread's participants or receipts stands. Everybody has a position, and nobody's changes while
/// they are in the list, so a walk goes on behind the last one given, whoever left meanwhile. (Counting alone, which is
/// all that `skip` says, would skip somebody for each who left.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PositionCursor {
    /// The greatest position when the walk began: who comes later is in the next walk, and so is who left and came back.
    pub(crate) snapshot: i64,
    /// The position of the last one given.
    pub(crate) after: i64,
}

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    /// So many are left out at the beginning; only looked at where a walk begins.
    pub(crate) skip: u32,
    /// Where the walk stands, once it has begun.
    pub(crate) cursor: Option<PositionCursor>,
    /// At most so many are given.
    pub(crate) limit: u32,
}

/// The events of one thread that wait for one subscription: they are sent one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lane {
    /// For whom.
    pub(crate) subscription: SubscriptionId,
    /// Of which thread.
    pub(crate) thread: ThreadId,
    /// When the first of them is to be sent.
    pub(crate) due_ms: i64,
}

/// An event that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// Its place in the queue.
    pub(crate) number: i64,
    /// The number of what happened.
    pub(crate) happening: i64,
    /// Which of the happening's events is next.
    pub(crate) part: usize,
    /// The event behind the last one.
    pub(crate) parts: usize,
    /// Since when it waits.
    pub(crate) since_ms: i64,
    /// How often it was sent in vain.
    pub(crate) tries: u32,
    /// For whom.
    pub(crate) subscription: Subscription,
    /// What happened.
    pub(crate) story: Happening,
}

/// How sending an event went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Settlement {
    /// The receiver has it.
    Delivered,
    /// It is to be sent again.
    Later {
        /// When.
        due_ms: i64,
        /// Until when the receiver wants nothing at all.
        resume_ms: Option<i64>,
    },
    /// It is not sent any more.
    Never {
        /// Why.
        reason: String,
    },
}

/// Events that are not sent any more.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DeadLetter {
    /// Its number.
    pub(crate) number: i64,
    /// The event, or the first of them.
    pub(crate) event: Event,
    /// So many at most: where the queue was full, all of a happening are one letter.
    pub(crate) events: i64,
    /// Since when.
    pub(crate) at_ms: i64,
    /// How often it was sent.
    pub(crate) tries: u32,
    /// Why it was given up.
    pub(crate) reason: String,
}

/// A thread with its past, for the demo and for `seed`.
#[derive(Clone, Debug)]
pub(crate) struct SeedThread {
    /// When it was made.
    pub(crate) at_ms: i64,
    /// By whom.
    pub(crate) creator: RawId,
    /// What it is.
    pub(crate) draft: ThreadDraft,
    /// What was said in it, oldest first.
    pub(crate) messages: Vec<SeedMessage>,
    /// Whether newcomers are added to it.
    pub(crate) welcomes: bool,
}

/// A message of the past.
#[derive(Clone, Debug)]
pub(crate) struct SeedMessage {
    /// When it was sent.
    pub(crate) at_ms: i64,
    /// By whom.
    pub(crate) sender: RawId,
    /// What it says.
    pub(crate) draft: MessageDraft,
    /// What its sender did with it later, and when.
    pub(crate) change: Option<(i64, SeedChange)>,
    /// Who has read up to here.
    pub(crate) readers: Vec<RawId>,
}

/// A later change to a message of the past.
#[derive(Clone, Debug)]
pub(crate) enum SeedChange {
    /// Rewritten.
    Edit(MessagePatch),
    /// Taken back.
    Delete,
}

/// Everything that is kept, and how it changes.
pub(crate) trait Store: Send + Sync + 'static {
    /// Fails when the database cannot be read, or takes no more writes.
    fn health(&self) -> Reply<'_, ()>;

    /// How much there is, and how much waits.
    fn depths(&self) -> Reply<'_, Depths>;

    /// Notes a minute, and counts it to its day. Forgets what has had its time.
    fn note_minute(&self, minute: Minute) -> Reply<'_, ()>;
    /// The minutes and days that are kept, the oldest first.
    fn figures(&self, now_ms: i64) -> Reply<'_, (Vec<Minute>, Vec<Day>)>;
    /// Changes that wait for each subscription, and that it could not be told.
    fn subscription_depths(&self) -> Reply<'_, Vec<(Subscription, i64, i64)>>;
    /// Adds an alert.
    fn add_alert(&self, alert: Alert) -> Reply<'_, ()>;
    /// All alerts, the oldest first.
    fn alerts(&self) -> Reply<'_, Vec<Alert>>;
    /// Removes an alert. Says whether there was one.
    fn remove_alert(&self, id: String) -> Reply<'_, bool>;

    /// The resource that all identities belong to. Made once for a store.
    fn resource_id(&self) -> &str;

    /// Makes an identity.
    fn create_identity(&self) -> Reply<'_, Identity>;
    /// An identity that was not deleted.
    fn identity(&self, id: RawId) -> Reply<'_, Option<Identity>>;
    /// Makes every token issued so far invalid.
    fn revoke_tokens(&self, id: RawId) -> Reply<'_, ()>;
    /// Deletes an identity, and so its tokens. Its messages stay.
    fn delete_identity(&self, id: RawId) -> Reply<'_, ()>;

    /// Somebody by name; made when there is nobody of this name yet.
    fn person(&self, name: PersonName) -> Reply<'_, Person>;
    /// People whose name begins so, in the order of their names.
    fn people(&self, name_key_prefix: String, limit: u32) -> Reply<'_, Vec<Person>>;

    /// Makes a thread, or finds the one that the same caller made by the same request id within a day.
    fn create_thread(
        &self,
        caller: RawId,
        draft: ThreadDraft,
        request_id: Option<String>,
    ) -> Reply<'_, Created>;
    /// A page of the caller's threads, newest activity first, leaving out what has been quiet since before `since_ms`.
    fn threads(
        &self,
        caller: RawId,
        since_ms: i64,
        cursor: Option<ThreadCursor>,
        limit: u32,
    ) -> Reply<'_, Page<ThreadListing, ThreadCursor>>;
    /// A thread.
    fn thread(&self, caller: RawId, thread: ThreadId) -> Reply<'_, Thread>;
    /// Changes a thread.
    fn update_thread(&self, caller: RawId, thread: ThreadId, patch: ThreadPatch) -> Reply<'_, ()>;
    /// Deletes a thread and all that is in it.
    fn delete_thread(&self, caller: RawId, thread: ThreadId) -> Reply<'_, ()>;
    /// Deletes one thread whose retention policy says so by now, and all that is in it. Says whether there was one.
    fn delete_overdue_thread(&self) -> Reply<'_, bool>;

    /// Sends a message, or finds the one that the same sender sent to the thread by the same request id.
    fn send_message(
        &self,
        caller: RawId,
        thread: ThreadId,
        draft: MessageDraft,
        request_id: Option<String>,
    ) -> Reply<'_, i64>;
    /// A page of a thread's messages, the latest change first, leaving out what arrived before `since_ms`.
    fn messages(
        &self,
        caller: RawId,
        thread: ThreadId,
        since_ms: i64,
        cursor: Option<MessageCursor>,
        limit: u32,
    ) -> Reply<'_, Page<Message, MessageCursor>>;
    /// A message.
    fn message(&self, caller: RawId, thread: ThreadId, id: i64) -> Reply<'_, Message>;
    /// Changes a message of the caller's.
    fn edit_message(&self, caller: RawId, thread: ThreadId, id: i64, patch: MessagePatch) -> Reply<'_, ()>;
    /// Takes back a message of the caller's.
    fn delete_message(&self, caller: RawId, thread: ThreadId, id: i64) -> Reply<'_, ()>;

    /// Part of a thread's participants, in the order of joining.
    fn participants(
        &self,
        caller: RawId,
        thread: ThreadId,
        slice: Slice,
    ) -> Reply<'_, Page<Participant, PositionCursor>>;
    /// Adds people, and says who could not be.
    fn add_participants(
        &self,
        caller: RawId,
        thread: ThreadId,
        invitations: Vec<Invitation>,
    ) -> Reply<'_, Vec<Rejection>>;
    /// Removes somebody, or lets the caller leave. Removing somebody who is not in the thread changes nothing.
    fn remove_participant(&self, caller: RawId, thread: ThreadId, person: RawId) -> Reply<'_, ()>;
    /// Who is to hear that the caller is typing. Refuses anybody who is not in the thread.
    fn typing_audience(&self, caller: RawId, thread: ThreadId) -> Reply<'_, Vec<RawId>>;

    /// Notes how far the caller has read.
    fn set_receipt(&self, caller: RawId, thread: ThreadId, message: i64) -> Reply<'_, ()>;
    /// Part of a thread's receipts, in the order of first reading. Empty in a large thread.
    fn receipts(
        &self,
        caller: RawId,
        thread: ThreadId,
        slice: Slice,
    ) -> Reply<'_, Page<Receipt, PositionCursor>>;

    /// Adds a subscription; from now on what happens is kept for it.
    fn add_subscription(&self, subscription: Subscription) -> Reply<'_, ()>;
    /// All subscriptions, the oldest first.
    fn subscriptions(&self) -> Reply<'_, Vec<Subscription>>;
    /// Removes a subscription with all that waits for it. Says whether there was one.
    fn remove_subscription(&self, id: SubscriptionId) -> Reply<'_, bool>;
    /// What is not sent any more to a subscription, the newest first.
    fn dead_letters(&self, id: SubscriptionId, limit: u32) -> Reply<'_, Vec<DeadLetter>>;
    /// Queues dead letters again: one, or all. Says how many.
    fn replay(&self, id: SubscriptionId, letter: Option<i64>) -> Reply<'_, u64>;
    /// So many lanes of each subscription, those due first.
    fn lanes(&self, limit: u32) -> Reply<'_, Vec<Lane>>;
    /// What is to be sent next in a lane.
    fn next_delivery(&self, lane: Lane) -> Reply<'_, Option<Delivery>>;
    /// Notes how sending it went.
    fn settle(&self, delivery: Delivery, settlement: Settlement) -> Reply<'_, ()>;

    /// Writes the demo, unless it was written before.
    fn seed(&self, threads: Vec<SeedThread>) -> Reply<'_, ()>;
    /// Writes one more thread, however long: what everybody did, as if it had happened in this order.
    fn seed_thread(&self, thread: SeedThread) -> Reply<'_, ThreadId>;
    /// Adds a newcomer to the demo's welcoming threads, unless they are in a thread already.
    fn welcome(&self, person: Person) -> Reply<'_, ()>;
}
