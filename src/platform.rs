//! The browser underneath: the only place for clock, timers, random ids, storage and visibility, for the address, for how
//! times are said and for what letters there are.
//!
//! What the sync needs of it are the traits here, handed over as one [`Platform`], so that tests put a clock of their own in
//! place of the browser's. `browser` is the real one. A browser that denies its storage is no reason to stop: the
//! error goes up, and the screen tells.

pub mod address;
#[cfg(target_arch = "wasm32")]
pub mod browser;
pub mod files;
#[cfg(target_arch = "wasm32")]
mod indexed_db;
pub mod languages;
pub mod letters;
pub mod locale;
pub mod page_events;
pub mod speech;
#[cfg(target_arch = "wasm32")]
mod two_copies;
pub mod updates;

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

/// What time it is, and waiting.
pub trait Clock {
    /// Milliseconds since 1970. May jump: people set clocks.
    fn now_ms(&self) -> i64;
    /// Waits.
    fn sleep_ms(&self, ms: u64) -> LocalBoxFuture<'static, ()>;
    /// Minutes that local time is ahead of UTC at a time in epoch milliseconds.
    fn zone_offset_minutes(&self, at_ms: i64) -> i32;
}

/// Chance.
pub trait Random {
    /// Uniform, at least 0 and less than 1.
    fn unit(&self) -> f64;
    /// An id that nobody else makes: a version 4 UUID.
    fn id(&self) -> String;
}

/// The shelves of the storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shelf {
    /// Entries of the outbox.
    Outbox,
    /// Drafts.
    Drafts,
    /// What was read here.
    ReadMarks,
    /// What the service said last: everything that can be read without it.
    Replies,
    /// What goes along with questions to the assistant, and which were begun.
    Assistant,
}

impl Shelf {
    /// Its name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Outbox => "outbox",
            Self::Drafts => "drafts",
            Self::ReadMarks => "read-marks",
            Self::Replies => "replies",
            Self::Assistant => "assistant",
        }
    }

    /// All of them.
    pub const ALL: [Self; 5] = [Self::Outbox, Self::Drafts, Self::ReadMarks, Self::Replies, Self::Assistant];
}

/// The storage is denied, full, or broken; in the browser's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageError(pub String);

/// What a request to the storage comes to.
pub type Stored<T> = LocalBoxFuture<'static, Result<T, StorageError>>;

/// What survives a crash of the browser: IndexedDB. Requests are carried out in the order they are first polled.
pub trait Storage {
    /// Puts something on a shelf, in the place of what was there under this key.
    fn put(&self, shelf: Shelf, key: String, value: String) -> Stored<()>;
    /// Takes something away.
    fn remove(&self, shelf: Shelf, key: String) -> Stored<()>;
    /// Everything on a shelf: keys and values.
    fn all(&self, shelf: Shelf) -> Stored<Vec<(String, String)>>;
    /// What was on a shelf when the browser threw its storage away, as far as a second copy tells: it may be some seconds old.
    fn rescued(&self, shelf: Shelf) -> Stored<Vec<(String, String)>>;
    /// Empties all shelves.
    fn clear(&self) -> Stored<()>;
}

/// Where the sign-in is kept, which every tab sees: local storage.
pub trait SessionStore {
    /// What is kept.
    fn get(&self) -> Option<String>;
    /// Keeps it; says whether that worked.
    fn set(&self, value: &str) -> bool;
    /// Forgets it.
    fn remove(&self);
}

/// What happens to the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageEvent {
    /// It can be seen, has the focus, was thawed: whoever reads it wants what is new.
    Woken,
    /// It cannot be seen any more, and may be ended without another word.
    Hidden,
    /// The network is back.
    Online,
    /// The network is gone.
    Offline,
    /// Another tab signed out, in, or renewed its token.
    SessionChanged,
}

/// The page and its tabs.
pub trait Page {
    /// It can be seen.
    fn visible(&self) -> bool;
    /// The browser believes in a network. It may be wrong in both directions.
    fn online(&self) -> bool;
    /// Calls back at every event from now on, for as long as the page lives.
    fn listen(&self, on_event: Rc<dyn Fn(PageEvent)>);
    /// Says that this tab lives, for others to see.
    fn announce(&self, tab: &str);
    /// Takes over for another tab if that one is gone; only one tab is told yes.
    fn take_over(&self, tab: String) -> LocalBoxFuture<'static, bool>;
    /// Tells the other tabs something; who hears it is not known.
    fn tell(&self, words: &[String]);
    /// Calls back with what another tab tells, for as long as the page lives.
    fn hear(&self, on_words: Rc<dyn Fn(Vec<String>)>);
    /// Waits until this tab is the one that does what only one of them does all the time; it is until it is gone.
    fn lead(&self) -> LocalBoxFuture<'static, ()>;
    /// Waits until it is this tab's turn to do what only one tab at a time may do.
    fn turn(&self) -> LocalBoxFuture<'static, Turn>;
}

/// It is this tab's turn until this is dropped, or the tab is gone.
#[derive(Default)]
pub struct Turn(Option<Box<dyn FnOnce()>>);

impl Turn {
    /// One that is over by calling this.
    #[must_use]
    pub fn new(end: Box<dyn FnOnce()>) -> Self {
        Self(Some(end))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end();
        }
    }
}

/// Everything the sync asks of what is underneath.
#[derive(Clone)]
pub struct Platform {
    /// The time.
    pub clock: Rc<dyn Clock>,
    /// Chance.
    pub random: Rc<dyn Random>,
    /// What survives.
    pub storage: Rc<dyn Storage>,
    /// The sign-in.
    pub session: Rc<dyn SessionStore>,
    /// The page.
    pub page: Rc<dyn Page>,
    /// Runs something beside everything else.
    pub spawn: Rc<dyn Fn(LocalBoxFuture<'static, ()>)>,
}
