//! Which messages are shown in the language of the screen, and which threads are translated as they come. What it takes to
//! translate, and how it looks, comes later ([`shown`]).

pub mod shown;

use acs_chat::{MessageId, ThreadId};
use leptos::prelude::*;

use super::conversation::message_row::said_by;
use crate::model::rows::{Body, MessageRow};
use crate::model::sorted::SortedMap;
use crate::settings::{keep, kept};
use crate::signal::{State, Value};
use crate::sync::translation::InVain;

/// The threads that are translated as they come.
const THREADS_KEY: &str = "natter.translate";

/// How a message is shown that somebody wanted translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Its thread is translated as it comes.
    ByItself,
    /// It is being translated, or there is a question first.
    Asked,
    /// It is.
    Translated,
    /// As it was, with the way back.
    Original,
    /// Its thread is translated as it comes, and there was nothing to translate.
    Left,
}

/// What came of translating.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// Words, from which language and by whom.
    Translated { text: String, from: Option<String>, by: Option<String> },
    /// They are in the language of the screen.
    Same,
    /// Nothing.
    InVain(InVain),
}

/// What the person has to say yes to first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// The browser has to download a language; which, where it is known.
    Download { from: Option<String> },
    /// The words are sent to this host, of this translator.
    Send { to: String, by: String },
}

/// A message that is to be translated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub(crate) key: String,
    pub(crate) thread: ThreadId,
    pub(crate) said: String,
    pub(crate) shown: Shown,
    /// Counts what was answered, by the person or by those who translate: then it is looked at anew.
    answers: u32,
}

impl Asked {
    /// The translation stands in the place of the words.
    #[must_use]
    pub fn is_translated(&self) -> bool {
        self.shown == Shown::Translated
    }
}

/// The translations of the page.
#[derive(Clone, Copy, Debug)]
pub struct Translations {
    shown: State<SortedMap<String, Shown>>,
    threads: State<Vec<ThreadId>>,
    /// The question that is asked, and at which message: one at a time.
    pub(crate) question: State<Option<(String, Question)>>,
    answers: State<u32>,
    /// What came of translating, by language and words.
    pub(crate) known: StoredValue<SortedMap<String, Known>>,
    /// What is being translated.
    pub(crate) running: StoredValue<SortedMap<String, ()>>,
    /// A download may begin: it was just said yes to.
    pub(crate) may_download: StoredValue<bool>,
}

fn key_of(thread: &ThreadId, message: &MessageId) -> String {
    [thread.as_str(), " ", message.as_str()].concat()
}

impl Translations {
    /// None yet, but for the threads that are kept.
    #[must_use]
    pub fn open() -> Self {
        let threads = kept(THREADS_KEY).unwrap_or_default();
        Self {
            shown: State::new(SortedMap::default()),
            threads: State::new(threads.lines().map(ThreadId::new).collect()),
            question: State::new(None),
            answers: State::new(0),
            known: StoredValue::new(SortedMap::default()),
            running: StoredValue::new(SortedMap::default()),
            may_download: StoredValue::new(false),
        }
    }

    /// Translates a message of others, or shows it as it was, or translated again.
    pub fn toggle(self, thread: &ThreadId, message: &MessageId) {
        let key = key_of(thread, message);
        let next = match self.shown.with_untracked(|shown| shown.get(&key).copied()) {
            Some(Shown::Translated) => Shown::Original,
            Some(Shown::Original) => Shown::Translated,
            Some(Shown::Asked) => return self.leave(&key),
            Some(Shown::Left | Shown::ByItself) | None => Shown::Asked,
        };
        self.show(&key, next);
    }

    pub(crate) fn show(self, key: &str, shown: Shown) {
        self.shown.update(|all| {
            all.insert(key.to_owned(), shown);
        });
    }

    fn leave(self, key: &str) {
        self.shown.update(|all| {
            all.remove(&key.to_owned());
        });
        if self.question.with_untracked(|question| question.as_ref().is_some_and(|(at, _)| at == key)) {
            self.question.set(None);
        }
    }

    /// As if nobody had asked.
    pub(crate) fn forget(self, asked: &Asked) {
        self.leave(&asked.key);
    }

    /// The question was answered with yes: whoever waits tries again.
    pub(crate) fn answered(self) {
        self.question.set(None);
        self.again();
    }

    /// Something is known that was not before.
    pub(crate) fn again(self) {
        self.answers.update(|answers| *answers += 1);
    }

    /// Whether a thread is translated as it comes; tracked.
    #[must_use]
    pub fn follows(self, thread: &ThreadId) -> bool {
        self.threads.with(|threads| threads.contains(thread))
    }

    /// Translates a thread as it comes, or no more.
    pub fn follow(self, thread: &ThreadId, follows: bool) {
        self.threads.update(|threads| {
            threads.retain(|known| known != thread);
            if follows {
                threads.push(thread.clone());
            }
        });
        let ids = self
            .threads
            .with_untracked(|threads| threads.iter().map(ThreadId::as_str).collect::<Vec<_>>().join("\n"));
        keep(THREADS_KEY, &ids);
    }

    /// What is to be translated of a row.
    pub(crate) fn asked(self, row: Value<MessageRow>, thread: StoredValue<ThreadId>) -> Value<Option<Asked>> {
        Value::derived(move || {
            let thread = thread.get_value();
            let follows = self.follows(&thread);
            let id = row.with(|row| row.id.clone())?;
            let key = key_of(&thread, &id);
            let shown = self.shown.with(|shown| shown.get(&key).copied());
            let shown = shown.or(follows.then_some(Shown::ByItself)).filter(|shown| *shown != Shown::Left)?;
            let says = row.with(|row| !matches!(row.body, Body::Deleted | Body::Answering(_)));
            let said = says.then(|| row.with(|row| said_by(&row.body)))?;
            let answers = self.answers.get();
            Some(Asked { key, thread, said, shown, answers })
        })
    }
}
