//! The reactive handle on the model: signals to read, named actions to write.
//!
//! Views read the signals and call the actions; they do not fetch, and they do not keep what they read. A batch of replies
//! is taken in first and told once; a signal tells only those who watch the part that changed, and only if what they would
//! draw is different.

mod assistant;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use acs_chat::{MessageId, RawId, ThreadId};
use leptos::prelude::*;

use crate::backend::Services;
use crate::backend::translation::{Translated, Translator};
use crate::model::Changes;
use crate::model::assistant::Assistant;
use crate::model::drafts::Selection;
pub use crate::model::outbox::ClientMessageId;
use crate::model::priority::Priority;
use crate::model::rows::{ActionError, MessageRow, TimelineState};
pub use crate::model::rows::{
    AddOutcome, Author, Capabilities, Config, Connection, History, NewPerson, Person, SendKind, Session,
    ThreadDetails, ThreadRow, TimelineView,
};
use crate::model::sorted::SortedMap;
use crate::model::window::Splice;
use crate::platform::{Platform, page_events};
use crate::signal::{State, Value};
use crate::sync::Core;
use crate::sync::diagnostics::Diagnostics;
use crate::sync::translation::InVain;

/// By then what changed is painted: frames come sixty times a second.
const NEXT_FRAME: Duration = Duration::from_millis(20);

/// The store: a handle that is copied freely and put into context once.
#[derive(Clone, Copy, Debug)]
pub struct Store {
    inner: StoredValue<Inner, LocalStorage>,
    session: State<Option<Session>>,
    config: State<Config>,
    capabilities: State<Capabilities>,
    connection: State<Connection>,
    threads_loaded: State<bool>,
    storage_works: State<bool>,
    storage_read: State<bool>,
    rows: Value<Vec<ThreadRow>>,
    unread_total: Value<u32>,
    rows_changed: Trigger,
    assistant_changed: Trigger,
}

/// What is no signal.
struct Inner {
    core: Rc<Core>,
    /// Counts the changes of each conversation that was ever watched.
    timelines: RefCell<SortedMap<ThreadId, ArcTrigger>>,
    details: RefCell<SortedMap<ThreadId, ArcTrigger>>,
    /// The list of threads will be told in a moment.
    rows_later: Cell<bool>,
}

fn version(versions: &RefCell<SortedMap<ThreadId, ArcTrigger>>, thread: &ThreadId) -> ArcTrigger {
    versions.borrow_mut().get_or_default(thread).clone()
}

/// A conversation, which a view keeps up to date: it may have a hundred thousand rows, and only what changed is handed over.
#[derive(Debug)]
pub struct Timeline {
    store: Store,
    thread: ThreadId,
    version: ArcTrigger,
    /// The sign-in and the revision that the view was made at.
    made_at: (u64, u64),
}

impl Timeline {
    /// Brings the view up to date, and tells which rows came and went. `more`: some of the earlier ones that it lacks are to come when
    /// nothing else is to do. Tracked: it changes when there is something to do.
    pub fn update(&mut self, view: &mut TimelineView, more: bool) -> Vec<Splice> {
        self.version.track();
        self.store.inner.with_value(|inner| {
            let generation = inner.core.generation();
            let since = if self.made_at.0 == generation { self.made_at.1 } else { 0 };
            let zone = |at_ms| inner.core.zone_offset_minutes(at_ms);
            let refreshed = inner.core.model().refresh(&self.thread, view, since, more, &zone);
            self.made_at = (generation, refreshed.revision);
            refreshed.splices
        })
    }
}

impl Store {
    /// Opens the store over the browser: restores the sign-in, reads `config.json` and begins to ask the service.
    #[must_use]
    #[cfg(target_arch = "wasm32")]
    pub fn open() -> Self {
        let (origin, config_url) = crate::platform::browser::origin_and_config_url();
        let platform = crate::platform::browser::platform();
        let services = crate::backend::natter::HttpServices::new(
            crate::backend::fetch::Fetch,
            Rc::clone(&platform.clock),
            origin,
            config_url,
        );
        Self::over(platform, Rc::new(services))
    }

    /// Outside a browser there is nothing to open; the tests use [`Store::over`].
    ///
    /// # Panics
    /// Always.
    #[must_use]
    #[cfg(not(target_arch = "wasm32"))]
    pub fn open() -> Self {
        panic!("the app runs in a browser")
    }

    /// Opens the store over this platform and these services.
    #[must_use]
    pub fn over(platform: Platform, services: Rc<dyn Services>) -> Self {
        let core = Core::new(platform, services);
        let inner = StoredValue::new_local(Inner {
            core: Rc::clone(&core),
            timelines: RefCell::default(),
            details: RefCell::default(),
            rows_later: Cell::new(false),
        });
        let rows_changed = Trigger::new();
        let store = Self {
            inner,
            session: State::new(None),
            config: State::new(core.config()),
            capabilities: State::new(core.capabilities()),
            connection: State::new(Connection::Opening),
            threads_loaded: State::new(false),
            storage_works: State::new(true),
            storage_read: State::new(false),
            rows: Value::derived(move || {
                rows_changed.track();
                inner.with_value(|inner| inner.core.model().rows())
            }),
            unread_total: Value::derived(move || {
                rows_changed.track();
                inner.with_value(|inner| inner.core.model().unread_total())
            }),
            rows_changed,
            assistant_changed: Trigger::new(),
        };
        let generation = Cell::new(core.generation());
        core.start(Rc::new(move |changes| {
            let another = inner.try_with_value(|inner| {
                generation.replace(inner.core.generation()) != inner.core.generation()
            });
            // None where the store has gone with the part of a page that it was for.
            if let Some(another) = another {
                store.show_changes(changes, another);
            }
        }));
        store
    }

    /// Tells those who watch. `another`: somebody else is signed in, so nothing of what was shown counts.
    fn show_changes(self, changes: &Changes, another: bool) {
        self.inner.with_value(|inner| {
            let core = &inner.core;
            self.config.set_if_new(core.config());
            self.capabilities.set_if_new(core.capabilities());
            self.connection.set_if_new(core.connection());
            self.storage_works.set_if_new(core.storage_works());
            self.storage_read.set_if_new(core.storage_read());
            self.threads_loaded.set_if_new(core.model().threads_loaded);
            if another || changes.made {
                self.rows_changed.notify();
            } else if changes.rows && !inner.rows_later.replace(true) {
                self.tell_of_rows_later();
            }
            if changes.assistant || another {
                self.assistant_changed.notify();
            }
            let tell = |versions: &RefCell<SortedMap<ThreadId, ArcTrigger>>,
                        changed: &dyn Fn(&ThreadId) -> bool| {
                let changed: Vec<ArcTrigger> = {
                    let versions = versions.borrow();
                    let told = versions.iter().filter(|(thread, _)| another || changed(thread));
                    told.map(|(_, version)| version.clone()).collect()
                };
                changed.iter().for_each(ArcTrigger::notify);
            };
            tell(&inner.timelines, &|thread| changes.timelines.contains(thread));
            tell(&inner.details, &|thread| changes.details.contains(thread));
            for news in &changes.news {
                page_events::dispatch(news.kind.name(), &news.detail);
            }
            // Last: it brings another screen.
            self.session.set_if_new(core.session());
        });
    }

    /// The list of threads and what counts over all of them: after the conversation, which is what somebody looks at, is painted. Not
    /// in a frame, for a page that nobody sees has none.
    fn tell_of_rows_later(self) {
        let tell = move || {
            let here = self.inner.try_with_value(|inner| inner.rows_later.set(false));
            if here.is_some() {
                self.rows_changed.notify();
            }
        };
        set_timeout(tell, NEXT_FRAME);
    }

    fn core(self) -> Rc<Core> {
        self.inner.with_value(|inner| Rc::clone(&inner.core))
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
    pub fn session(self) -> Value<Option<Session>> {
        self.session.value()
    }

    /// What `config.json` says.
    #[must_use]
    pub fn config(self) -> Value<Config> {
        self.config.value()
    }

    /// What the back end can do.
    #[must_use]
    pub fn capabilities(self) -> Value<Capabilities> {
        self.capabilities.value()
    }

    /// How we stand with the service.
    #[must_use]
    pub fn connection(self) -> Value<Connection> {
        self.connection.value()
    }

    /// The list of threads is here; until then, skeletons.
    #[must_use]
    pub fn threads_loaded(self) -> Value<bool> {
        self.threads_loaded.value()
    }

    /// What is written here survives a reload. When the browser denies its storage, the screen says so.
    #[must_use]
    pub fn storage_works(self) -> Value<bool> {
        self.storage_works.value()
    }

    /// Drafts and outbox have been read back, or cannot be: [`Store::draft`] is complete from here on.
    #[must_use]
    pub fn storage_read(self) -> Value<bool> {
        self.storage_read.value()
    }

    /// The list of threads, newest activity first.
    #[must_use]
    pub fn thread_rows(self) -> Value<Vec<ThreadRow>> {
        self.rows
    }

    /// Unread messages over all threads.
    #[must_use]
    pub fn unread_total(self) -> Value<u32> {
        self.unread_total
    }

    /// The conversation of a thread, for the one view that shows it.
    #[must_use]
    pub fn timeline(self, thread: ThreadId) -> Timeline {
        let version = self.inner.with_value(|inner| version(&inner.timelines, &thread));
        Timeline { store: self, thread, version, made_at: (0, 0) }
    }

    /// Whether the conversation of a thread can be shown.
    #[must_use]
    pub fn timeline_state(self, thread: ThreadId) -> Value<TimelineState> {
        let inner = self.inner;
        let version = inner.with_value(|inner| version(&inner.timelines, &thread));
        Value::derived(move || {
            version.track();
            inner.with_value(|inner| inner.core.model().timeline_state(&thread))
        })
    }

    /// My newest message in a thread whose words can be changed; not tracked.
    #[must_use]
    pub fn last_own(self, thread: &ThreadId) -> Option<MessageRow> {
        self.core().model().last_own(thread)
    }

    /// What is known of a thread besides its messages.
    #[must_use]
    pub fn details(self, thread: ThreadId) -> Value<ThreadDetails> {
        let inner = self.inner;
        let version = inner.with_value(|inner| version(&inner.details, &thread));
        Value::derived(move || {
            version.track();
            inner.with_value(|inner| {
                let receipts_up_to = inner.core.capabilities().receipts_up_to;
                inner.core.model().details(&thread, receipts_up_to)
            })
        })
    }

    /// The draft kept for a thread; not tracked.
    #[must_use]
    pub fn draft(self, thread: &ThreadId) -> String {
        self.core().draft(thread)
    }

    /// How pressing it is; not tracked.
    #[must_use]
    pub fn draft_priority(self, thread: &ThreadId) -> Priority {
        self.core().draft_priority(thread)
    }

    /// What is selected in it, or where the caret is, if that is known; not tracked.
    #[must_use]
    pub fn draft_selection(self, thread: &ThreadId) -> Option<Selection> {
        self.core().draft_selection(thread)
    }

    /// Who is typing in a thread; empty where the back end cannot tell.
    #[must_use]
    pub fn typing(self, thread: ThreadId) -> Value<Vec<Author>> {
        // Nobody tells a polling client (reference `acs-chat.md` 7.3); the local service's stream does.
        let inner = self.inner;
        let version = inner.with_value(|inner| version(&inner.details, &thread));
        Value::derived(move || {
            version.track();
            inner.with_value(|inner| inner.core.model().who_types(&thread))
        })
    }

    /// Who has read a message of mine, as far as their receipts say; tracked with the thread's messages.
    #[must_use]
    pub fn readers(self, thread: &ThreadId, message: &MessageId) -> Vec<Author> {
        self.inner.with_value(|inner| {
            version(&inner.timelines, thread).track();
            inner.core.model().readers(thread, message)
        })
    }

    /// Says which thread is on screen: it is loaded and followed closely.
    pub fn show(self, thread: Option<ThreadId>) {
        self.core().show(thread);
    }

    /// Sends a message; it goes to the outbox and never fails here.
    pub fn send(self, thread: &ThreadId, text: String, kind: SendKind, priority: Priority) {
        self.core().send(thread, text, kind, priority);
    }

    /// Sends a message that asks the assistant something, which then answers in the thread.
    pub fn send_and_ask(
        self,
        thread: &ThreadId,
        text: String,
        kind: SendKind,
        priority: Priority,
        question: String,
    ) {
        self.core().send_and_ask(thread, text, kind, priority, question);
    }

    /// What is known of the assistant and what it says; tracked.
    pub fn with_assistant<U>(self, read: impl FnOnce(&Assistant) -> U) -> U {
        self.assistant_changed.track();
        self.with_assistant_untracked(read)
    }

    /// As [`Self::with_assistant`], this once.
    pub fn with_assistant_untracked<U>(self, read: impl FnOnce(&Assistant) -> U) -> U {
        self.inner.with_value(|inner| read(&inner.core.model().assistant))
    }

    /// Tries a failed entry of the outbox again.
    pub fn retry(self, thread: &ThreadId, entry: &ClientMessageId) {
        self.core().retry(thread, entry);
    }

    /// Throws a failed entry of the outbox away.
    pub fn discard(self, thread: &ThreadId, entry: &ClientMessageId) {
        self.core().discard(thread, entry);
    }

    /// Changes a message of mine: shown at once, sent by the outbox.
    pub fn edit(self, thread: &ThreadId, message: &MessageId, text: String) {
        self.core().edit(thread, message, text);
    }

    /// Deletes a message of mine.
    pub fn delete(self, thread: &ThreadId, message: &MessageId) {
        self.core().delete(thread, message);
    }

    /// Keeps the draft of a thread.
    pub fn set_draft(self, thread: &ThreadId, text: String) {
        self.core().set_draft(thread, text);
    }

    /// Keeps how pressing the draft of a thread is.
    pub fn set_draft_priority(self, thread: &ThreadId, priority: Priority) {
        self.core().set_draft_priority(thread, priority);
    }

    /// Keeps what is selected in the draft of a thread.
    pub fn select_in_draft(self, thread: &ThreadId, selection: Selection) {
        self.core().select_in_draft(thread, selection);
    }

    /// A key was typed: a typing notice, at a measured pace.
    pub fn typed(self, thread: &ThreadId) {
        self.core().typed(thread);
    }

    /// This message is visible in a focused window: a read receipt, at a measured pace.
    pub fn seen(self, thread: &ThreadId, message: &MessageId) {
        self.core().seen(thread, message);
    }

    /// Marks a thread unread, from a message on or by its newest one.
    pub fn mark_unread(self, thread: &ThreadId, from: Option<&MessageId>) {
        self.core().mark_unread(thread, from);
    }

    /// Somebody moves through a thread that they marked unread: from here on, what is seen is read.
    pub fn read_on(self, thread: &ThreadId) {
        self.core().read_on(thread);
    }

    /// Loads earlier messages.
    pub fn load_older(self, thread: &ThreadId) {
        self.core().load_older(thread);
    }

    /// Writes everything down that is not: the page may end then.
    pub async fn save(self) {
        self.core().save_all().await;
    }

    /// Tries now what waits for its next try.
    pub fn retry_now(self) {
        self.core().retry_now();
    }

    /// Signs in to the local service.
    ///
    /// # Errors
    /// What the service refuses, or that it cannot be reached.
    pub async fn sign_in_by_name(self, name: String) -> Result<(), ActionError> {
        self.core().sign_in_by_name(&name).await
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
        self.core().sign_in_with_token(&endpoint, &token, &name).await
    }

    /// Signs out: the token and everything cached goes, in all tabs.
    pub fn sign_out(self) {
        self.core().sign_out();
    }

    /// Makes a thread, or leaves it to the outbox until the service can be asked: then it has an id of ours, and
    /// [`Store::made_of`] tells when it has another.
    ///
    /// # Errors
    /// What the service refuses.
    pub async fn create_thread(
        self,
        topic: String,
        people: Vec<NewPerson>,
    ) -> Result<(ThreadId, AddOutcome), ActionError> {
        self.core().create_thread(&topic, people).await
    }

    /// The thread that one which was to be has become; tracked.
    #[must_use]
    pub fn made_of(self, thread: &ThreadId) -> Option<ThreadId> {
        self.rows_changed.track();
        self.core().model().made_of(thread).cloned()
    }

    /// Gives a thread another topic.
    ///
    /// # Errors
    /// What the service refuses, or that it cannot be reached.
    pub async fn rename(self, thread: ThreadId, topic: String) -> Result<(), ActionError> {
        self.core().rename(&thread, &topic).await
    }

    /// Deletes a thread for everybody.
    ///
    /// # Errors
    /// What the service refuses, or that it cannot be reached.
    pub async fn delete_thread(self, thread: ThreadId) -> Result<(), ActionError> {
        self.core().delete_thread(&thread).await
    }

    /// Takes me out of a thread.
    ///
    /// # Errors
    /// What the service refuses, or that it cannot be reached.
    pub async fn leave(self, thread: ThreadId) -> Result<(), ActionError> {
        self.core().leave(&thread).await
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
        self.core().add_people(&thread, people, history).await
    }

    /// Takes somebody out of a thread.
    ///
    /// # Errors
    /// What the service refuses, or that it cannot be reached.
    pub async fn remove_person(self, thread: ThreadId, person: RawId) -> Result<(), ActionError> {
        self.core().remove_person(&thread, &person).await
    }

    /// What there is to see of all this now; not tracked, and nothing is asked for it.
    #[must_use]
    pub fn diagnostics(self) -> Option<Diagnostics> {
        self.core().diagnostics()
    }

    /// The topic of a thread, if it is known; not tracked.
    #[must_use]
    pub fn topic(self, thread: &ThreadId) -> Option<String> {
        self.core().model().thread(thread).map(|known| known.topic.clone())
    }

    /// Who translates for the service.
    ///
    /// # Errors
    /// That nobody does, or why it is not known.
    pub async fn translator(self) -> Result<Translator, InVain> {
        self.core().translator().await
    }

    /// Has the service translate a text.
    ///
    /// # Errors
    /// Why it was not translated.
    pub async fn translate(self, text: &str, to: &str) -> Result<Translated, InVain> {
        self.core().translate(text, to).await
    }

    /// People whose names begin so: of the directory, and of my threads.
    pub async fn people_like(self, prefix: String) -> Vec<Person> {
        self.core().people_like(&prefix).await
    }
}
