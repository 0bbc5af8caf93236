//! What the screen draws, as plain values: no ids to look up, no text to parse, nothing to ask back.
//!
//! The store hands these out and the views lay them out. Everything compares, so that a view is told only of what changed.
//! Wording is not in here: a system message, a refusal and a reason are told apart, and the view says them in its language.

use std::sync::Arc;

use acs_chat::{MessageId, Metadata, RawId, ThreadId, Timestamp};
use serde::Serialize;

use super::outbox::ClientMessageId;
use super::priority::Priority;

/// A person as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// Who.
    pub id: RawId,
    /// Never empty: a short form of the id when nobody gave a name.
    pub name: String,
    /// One character for the avatar, or `?`.
    pub initial: String,
    /// 1 to 7, worked out from the id, so that a person keeps their colour.
    pub hue: u8,
}

/// A row of the list of threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadRow {
    /// Which thread.
    pub id: ThreadId,
    /// What it is about.
    pub topic: String,
    /// When something last happened in it.
    pub last_activity: Option<Timestamp>,
    /// The newest message that says something.
    pub preview: Option<Preview>,
    /// The first words of the draft kept for it; none for the thread on screen.
    pub draft: Option<String>,
    /// A send that needs the person.
    pub failed: Option<FailReason>,
    /// Messages of others after my read mark, or since what I marked unread.
    pub unread: u32,
    /// It can be marked unread.
    pub can_mark_unread: bool,
    /// Whether it can still be read and written.
    pub access: Access,
}

/// The newest words of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Whose.
    pub author: PreviewAuthor,
    /// What.
    pub words: PreviewWords,
    /// How pressing that is.
    pub priority: Priority,
}

/// Whose words a preview shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PreviewAuthor {
    /// Mine.
    You,
    /// Somebody's, by name.
    Other(String),
    /// The service's.
    Nobody,
}

/// What a preview says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PreviewWords {
    /// Plain text in one line, without markup.
    Said(String),
    /// The message was deleted.
    Deleted,
    /// Something happened in the thread.
    System(SystemNote),
    /// Something is to be different in it.
    Change(PendingChange),
}

/// What I may do in a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everything.
    Open,
    /// Nothing any more: I was taken out, or left (403).
    Removed,
    /// Nothing: it was deleted (404).
    Gone,
}

/// What a system message tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SystemNote {
    /// Somebody renamed the thread.
    TopicChanged {
        /// Who.
        by: Option<Author>,
        /// To what.
        topic: String,
    },
    /// Somebody added people.
    Added {
        /// Who did.
        by: Option<Author>,
        /// Whom.
        people: Vec<Author>,
    },
    /// Somebody took people out.
    Removed {
        /// Who did.
        by: Option<Author>,
        /// Whom.
        people: Vec<Author>,
    },
    /// Somebody left by themselves.
    Left {
        /// Who.
        who: Author,
    },
    /// The thread was made: its first adding of people.
    Created {
        /// Who made it.
        by: Option<Author>,
        /// Who was in it from the start.
        people: Vec<Author>,
    },
    /// Something that this version has no words for.
    Other {
        /// The kind's name on the wire.
        kind: String,
    },
}

/// One item of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Unique in its thread. A message keeps the key it got in the outbox when the service confirms it.
    pub key: String,
    /// What to draw.
    pub kind: ItemKind,
}

/// What an item of the timeline is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// A day begins: any time within that local day.
    Day(Timestamp),
    /// What follows was not read when the thread was opened.
    Unread {
        /// How many messages of others.
        count: u32,
    },
    /// Something happened in the thread.
    System {
        /// What.
        note: SystemNote,
        /// When.
        at: Timestamp,
    },
    /// A message.
    Message(MessageRow),
    /// A change of the thread that is on its way.
    Change {
        /// Its entry in the outbox.
        entry: ClientMessageId,
        /// What is to be different.
        change: PendingChange,
        /// Where it stands.
        status: Status,
    },
}

/// A change of a thread that is not made yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PendingChange {
    /// The thread is to be made, with these people.
    Create(Vec<String>),
    /// It has another topic.
    Rename(String),
    /// These are in it.
    Add(Vec<String>),
    /// This one is in it no more.
    TakeOut(String),
    /// I am in it no more.
    Leave,
}

/// A message as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRow {
    /// None while it is only in the outbox.
    pub id: Option<MessageId>,
    /// Some while the outbox holds its sending, or a change to it.
    pub client_id: Option<ClientMessageId>,
    /// Whose; one for all rows of a person, of which there may be a hundred thousand.
    pub author: Arc<Author>,
    /// Mine.
    pub own: bool,
    /// First of a run: the same author within five minutes.
    pub first: bool,
    /// When it arrived, or was written.
    pub sent_at: Timestamp,
    /// What it says.
    pub body: Body,
    /// How pressing that is; normal for what was deleted.
    pub priority: Priority,
    /// Changed after it was sent.
    pub edited: bool,
    /// Where it stands on its way.
    pub status: Status,
    /// People whose read mark stands exactly at this message of mine.
    pub seen_by: Vec<Author>,
    /// What to put into the composer for editing: of my own messages that are not deleted.
    pub source: Option<String>,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Plain text.
    Text(String),
    /// HTML that the view has to sanitise.
    Html(String),
    /// Markdown of an assistant.
    Markdown(String),
    /// The answer to this question of mine, which comes just now.
    Answering(ClientMessageId),
    /// It was deleted.
    Deleted,
}

/// Where a message stands on its way to the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The service has it.
    Accepted,
    /// Only here: not tried yet, or in vain; it goes out by itself.
    Waiting {
        /// What it waits for.
        why: WaitReason,
    },
    /// On its way. A view says so in words after 600 ms.
    Sending,
    /// It stays here until the person retries, edits or discards it.
    Failed {
        /// Why.
        why: FailReason,
    },
}

/// What a message waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitReason {
    /// Its turn.
    Queued,
    /// A connection.
    Offline,
    /// The service asked for a pause.
    RateLimited {
        /// Until when.
        until: Timestamp,
    },
}

/// Why a message was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailReason {
    /// More than the service takes.
    TooLong {
        /// Its length in UTF-8.
        bytes: usize,
        /// What is allowed.
        limit: usize,
    },
    /// Nothing but white space.
    Empty,
    /// I am not in the thread any more, or the message is not mine.
    NotMember,
    /// The thread or the message does not exist any more.
    ThreadGone,
    /// The service said no.
    Refused {
        /// In its words.
        message: String,
    },
    /// The sign-in is not valid any more.
    LoginLost,
    /// Something that should not happen.
    Unknown,
}

/// A thread's conversation, oldest item first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineView {
    /// Whether there is something to show.
    pub state: TimelineState,
    /// What to show.
    pub items: Vec<Item>,
    /// Earlier messages are here and have no items yet.
    pub lacks: bool,
    /// The oldest message that is here, and when it was sent.
    pub oldest: Option<(MessageId, Timestamp)>,
    /// The service has earlier ones.
    pub has_older: bool,
    /// Earlier messages are being loaded.
    pub loading_older: bool,
}

/// Whether a conversation can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimelineState {
    /// Asked for, nothing here yet.
    Loading,
    /// Here.
    Ready,
    /// The service refuses it.
    NoAccess {
        /// Why.
        access: Access,
        /// What the service said, such as `403 Forbidden: …`.
        said: String,
    },
    /// It could not be loaded; it is being tried again.
    Failed {
        /// Why.
        said: ActionError,
    },
}

/// Somebody in a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// Who.
    pub person: Author,
    /// Myself.
    pub me: bool,
    /// When they were added, where a system message tells.
    pub since: Option<Timestamp>,
    /// They see messages from then on only.
    pub history_from: Option<Timestamp>,
}

/// What is known of a thread besides its messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadDetails {
    /// What it is about.
    pub topic: String,
    /// When it was made.
    pub created_on: Option<Timestamp>,
    /// Who made it.
    pub created_by: Option<Author>,
    /// It is deleted by itself so many days after it was made (reference `acs-chat.md` 4.3).
    pub deleted_after_days: Option<u32>,
    /// What applications keep with it.
    pub metadata: Metadata,
    /// Who is in it.
    pub people: Vec<PersonRow>,
    /// The list of people is here.
    pub people_loaded: bool,
    /// Few enough people for read receipts.
    pub receipts_available: bool,
}

/// How we stand with the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Nothing heard yet.
    Opening,
    /// What is shown is what the service has.
    UpToDate,
    /// Reachable again; not everything is here yet.
    CatchingUp,
    /// Not reachable.
    Offline {
        /// When it is tried next.
        retry_at: Option<Timestamp>,
    },
    /// The service asked for a pause.
    RateLimited {
        /// Until when.
        until: Timestamp,
    },
    /// The service is reachable but fails.
    ServiceError {
        /// What it said.
        said: String,
        /// When it is tried next.
        retry_at: Option<Timestamp>,
    },
    /// The sign-in is not valid any more; drafts and outbox are kept.
    LoginLost,
}

/// Why an action did not work; the view words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionError {
    /// The service could not be reached.
    NoConnection,
    /// The sign-in is not valid (any more).
    LoginLost,
    /// Not mine to do (403).
    NotAllowed,
    /// There is no such thing (404).
    NotFound,
    /// More people than a thread takes.
    TooManyPeople {
        /// How many it takes.
        limit: u32,
    },
    /// Too often.
    RateLimited {
        /// How long to wait, when the service says so.
        retry_after_ms: Option<u64>,
    },
    /// The service said no, or failed.
    Refused {
        /// The status.
        status: u16,
        /// In its words.
        message: String,
    },
    /// The service answered something that cannot be understood.
    BrokenReply,
    /// What was entered cannot work.
    Invalid(InvalidInput),
}

/// What is wrong with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidInput {
    /// No name.
    EmptyName,
    /// The name is longer than 64 characters.
    NameTooLong,
    /// No topic.
    EmptyTopic,
    /// A topic that is too long.
    TopicTooLong {
        /// The most characters.
        limit: usize,
    },
    /// No endpoint.
    EmptyEndpoint,
    /// No address, or one with an access key in it.
    BadEndpoint,
    /// `http` to another machine.
    InsecureEndpoint,
    /// No token.
    EmptyToken,
    /// No token that can be read.
    BrokenToken,
    /// A token of the past.
    ExpiredToken {
        /// When it ended.
        at: Timestamp,
    },
    /// A token that does not tell whose it is.
    TokenWithoutUser,
    /// A token that is not for chat.
    TokenWithoutChatScope,
    /// Not the id of a person.
    BadUserId,
}

/// Who is signed in, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Me.
    pub me: RawId,
    /// My name.
    pub name: String,
    /// What kind of service.
    pub service: ServiceKind,
    /// Where it is, without a trailing slash.
    pub endpoint: String,
}

/// Kinds of chat services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ServiceKind {
    /// The local service: sign-in by name, a directory of people.
    Natter,
    /// Azure Communication Services.
    Acs,
}

impl ServiceKind {
    /// The kind of this name, as it is written.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "Natter" => Some(Self::Natter),
            "Acs" => Some(Self::Acs),
            _ => None,
        }
    }
}

/// Somebody who can be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: RawId,
    /// Their name.
    pub name: String,
}

/// How much of the past a new person sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// Everything.
    All,
    /// Nothing.
    None,
    /// What came after this time.
    From(Timestamp),
}

/// Somebody to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPerson {
    /// Who.
    pub who: NewPersonId,
    /// The name to show, when it is known.
    pub name: Option<String>,
}

/// How somebody to be added was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewPersonId {
    /// By name; the service's directory knows the id ([`ServiceKind::Natter`] only).
    Name(String),
    /// By id.
    Id(RawId),
}

/// What came of adding people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddOutcome {
    /// How many were added.
    pub added: u32,
    /// The others: the name or id as given, and what the service said.
    pub failed: Vec<(String, String)>,
}

/// What the back end can do; the screen follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// People can be found and added by name.
    pub people_by_name: bool,
    /// It tells what happens as it happens: changes, and who is typing.
    pub events: bool,
    /// It can be asked for an assistant.
    pub assistant: bool,
    /// Read receipts, in threads of up to this many people.
    pub receipts_up_to: Option<u32>,
    /// The longest message, in bytes of UTF-8.
    pub message_bytes: usize,
    /// The longest topic, in characters.
    pub topic_chars: usize,
    /// The most people in a thread.
    pub participants: u32,
}

/// How a message's text is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendKind {
    /// Plain text.
    Text,
    /// HTML.
    Html,
}

/// What `config.json` beside the page says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The service to use; empty for the page's own origin.
    pub endpoint: String,
    /// The service signs in by name.
    pub sign_in_by_name: bool,
    /// Where a token that is about to end is exchanged for a new one; empty for nowhere.
    pub token_url: String,
}

impl Default for Config {
    fn default() -> Self {
        Self { endpoint: String::new(), sign_in_by_name: true, token_url: String::new() }
    }
}

impl Default for TimelineView {
    fn default() -> Self {
        Self {
            state: TimelineState::Loading,
            items: Vec::new(),
            lacks: false,
            oldest: None,
            has_older: false,
            loading_older: false,
        }
    }
}
