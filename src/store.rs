//! The reactive handle on the model: signals to read, named actions to write.
//!
//! Views read the signals and call the actions; they do not fetch, and they do not keep what they read.

use acs_chat::{MessageId, RawId, ThreadId};
use leptos::prelude::*;

pub use crate::model::outbox::ClientMessageId;
use crate::model::rows::ActionError;
pub use crate::model::rows::{
    AddOutcome, Author, Capabilities, Config, Connection, History, NewPerson, Person, SendKind, Session,
    ThreadDetails, ThreadRow, TimelineView,
};

/// The store: a handle that is copied freely and put into context once.
#[derive(Clone, Copy, Debug)]
pub struct Store {
    session: RwSignal<Option<Session>>,
}

impl Store {
    /// Opens the store over the browser: restores the sign-in, reads `config.json` and begins to ask the service.
    #[must_use]
    pub fn open() -> Self {
        Self { session: RwSignal::new(None) }
    }

    /// The store from the context.
    ///
    /// # Panics
    /// When the app has not provided one, which is a mistake in the program.
    #[must_use]
    pub fn expect() -> Self {
        expect_context()
    }

    /// Who is signed in; none: show the sign-in.
    #[must_use]
    pub fn session(self) -> Signal<Option<Session>> {
        self.session.into()
    }

    /// What `config.json` says.
    #[must_use]
    pub fn config(self) -> Signal<Config> {
        Signal::stored(Config::default())
    }

    /// What the back end can do.
    #[must_use]
    pub fn capabilities(self) -> Signal<Capabilities> {
        Signal::stored(Capabilities {
            people_by_name: true,
            typing_of_others: false,
            receipts_up_to: Some(20),
            message_bytes: 28 * 1024,
            topic_chars: 250,
            participants: 250,
        })
    }

    /// How we stand with the service.
    #[must_use]
    pub fn connection(self) -> Signal<Connection> {
        Signal::stored(Connection::Opening)
    }

    /// The list of threads is here; until then, skeletons.
    #[must_use]
    pub fn threads_loaded(self) -> Signal<bool> {
        Signal::stored(false)
    }

    /// The list of threads, newest activity first.
    #[must_use]
    pub fn thread_rows(self) -> Signal<Vec<ThreadRow>> {
        Signal::stored(Vec::new())
    }

    /// Unread messages over all threads.
    #[must_use]
    pub fn unread_total(self) -> Signal<u32> {
        Signal::stored(0)
    }

    /// The conversation of a thread.
    #[must_use]
    pub fn timeline(self, thread: ThreadId) -> Signal<TimelineView> {
        let _ = thread;
        Signal::stored(TimelineView::default())
    }

    /// What is known of a thread besides its messages.
    #[must_use]
    pub fn details(self, thread: ThreadId) -> Signal<ThreadDetails> {
        let _ = thread;
        Signal::stored(ThreadDetails {
            topic: String::new(),
            created_on: None,
            created_by: None,
            people: Vec::new(),
            people_loaded: false,
            receipts_available: true,
        })
    }

    /// The draft kept for a thread; not tracked.
    #[must_use]
    pub fn draft(self, thread: &ThreadId) -> String {
        let _ = thread;
        String::new()
    }

    /// Who is typing in a thread; empty where the back end cannot tell.
    #[must_use]
    pub fn typing(self, thread: ThreadId) -> Signal<Vec<Author>> {
        let _ = thread;
        Signal::stored(Vec::new())
    }

    /// Says which thread is on screen: it is loaded and followed closely.
    pub fn show(self, thread: Option<ThreadId>) {
        let _ = thread;
    }

    /// Sends a message; it goes to the outbox and never fails here.
    pub fn send(self, thread: &ThreadId, text: String, kind: SendKind) {
        let _ = (thread, text, kind);
    }

    /// Tries a failed entry of the outbox again.
    pub fn retry(self, thread: &ThreadId, entry: &ClientMessageId) {
        let _ = (thread, entry);
    }

    /// Throws a failed entry of the outbox away.
    pub fn discard(self, thread: &ThreadId, entry: &ClientMessageId) {
        let _ = (thread, entry);
    }

    /// Changes a message of mine: shown at once, sent by the outbox.
    pub fn edit(self, thread: &ThreadId, message: &MessageId, text: String) {
        let _ = (thread, message, text);
    }

    /// Deletes a message of mine.
    pub fn delete(self, thread: &ThreadId, message: &MessageId) {
        let _ = (thread, message);
    }

    /// Keeps the draft of a thread.
    pub fn set_draft(self, thread: &ThreadId, text: String) {
        let _ = (thread, text);
    }

    /// A key was typed: a typing notice, at a measured pace.
    pub fn typed(self, thread: &ThreadId) {
        let _ = thread;
    }

    /// This message is visible in a focused window: a read receipt, at a measured pace.
    pub fn seen(self, thread: &ThreadId, message: &MessageId) {
        let _ = (thread, message);
    }

    /// Loads earlier messages.
    pub fn load_older(self, thread: &ThreadId) {
        let _ = thread;
    }

    /// Tries now what waits for its next try.
    pub fn retry_now(self) {}

    /// Signs in to the local service.
    ///
    /// # Errors
    /// What the service refuses, or that it cannot be reached.
    pub async fn sign_in_by_name(self, name: String) -> Result<(), ActionError> {
        let _ = name;
        Err(ActionError::NoConnection)
    }

    /// Signs in with a user token made elsewhere; it is tried at once.
    ///
    /// # Errors
    /// What is wrong with the entry, what the service refuses, or that it cannot be reached.
    pub async fn sign_in_with_token(
        self,
        endpoint: String,
        token: String,
        name: String,
    ) -> Result<(), ActionError> {
        let _ = (endpoint, token, name);
        Err(ActionError::NoConnection)
    }

    /// Signs out: the token and everything cached goes, in all tabs.
    pub fn sign_out(self) {}

    /// Makes a thread. The same `request_id` on a retry makes no second one.
    ///
    /// # Errors
    /// What the service refuses, or that it cannot be reached.
    pub async fn create_thread(
        self,
        topic: String,
        people: Vec<NewPerson>,
        request_id: String,
    ) -> Result<(ThreadId, AddOutcome), ActionError> {
        let _ = (topic, people, request_id);
        Err(ActionError::NoConnection)
    }

    /// Gives a thread another topic.
    ///
    /// # Errors
    /// What the service refuses, or that it cannot be reached.
    pub async fn rename(self, thread: ThreadId, topic: String) -> Result<(), ActionError> {
        let _ = (thread, topic);
        Err(ActionError::NoConnection)
    }

    /// Deletes a thread for everybody.
    ///
    /// # Errors
    /// What the service refuses, or that it cannot be reached.
    pub async fn delete_thread(self, thread: ThreadId) -> Result<(), ActionError> {
        let _ = thread;
        Err(ActionError::NoConnection)
    }

    /// Takes me out of a thread.
    ///
    /// # Errors
    /// What the service refuses, or that it cannot be reached.
    pub async fn leave(self, thread: ThreadId) -> Result<(), ActionError> {
        let _ = thread;
        Err(ActionError::NoConnection)
    }

    /// Adds people to a thread.
    ///
    /// # Errors
    /// What the service refuses as a whole, or that it cannot be reached; single refusals are in the outcome.
    pub async fn add_people(
        self,
        thread: ThreadId,
        people: Vec<NewPerson>,
        history: History,
    ) -> Result<AddOutcome, ActionError> {
        let _ = (thread, people, history);
        Err(ActionError::NoConnection)
    }

    /// Takes somebody out of a thread.
    ///
    /// # Errors
    /// What the service refuses, or that it cannot be reached.
    pub async fn remove_person(self, thread: ThreadId, person: RawId) -> Result<(), ActionError> {
        let _ = (thread, person);
        Err(ActionError::NoConnection)
    }

    /// People whose names begin so: of the directory, and of my threads.
    pub async fn people_like(self, prefix: String) -> Vec<Person> {
        let _ = prefix;
        Vec::new()
    }
}
