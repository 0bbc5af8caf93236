//! Threads that people begin: each is made once, and what is written to it before it is there arrives in it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use acs_chat::ThreadId;
use natter::model::creation::is_to_be;
use natter::model::outbox::changes::Change;
use natter::model::outbox::{Action, ClientMessageId};
use natter::sync::Core;

use crate::simulation::Maker;

/// A thread that somebody began.
#[derive(Debug)]
struct Begun {
    maker: Maker,
    topic: String,
    /// Its entry in the outbox, and the thread's id until it is made, once known.
    entry: Option<(ClientMessageId, ThreadId)>,
    /// Refused to who waited for it, thrown away, or gone with a sign-out or with what a tab had not written down.
    dropped: bool,
}

/// All that were begun, and what the service made of them.
#[derive(Debug, Default)]
pub(crate) struct Creations {
    begun: RefCell<Vec<Begun>>,
    made: RefCell<BTreeMap<ClientMessageId, ThreadId>>,
}

impl Creations {
    /// Somebody begins a thread; gives its number.
    pub(crate) fn begin(&self, maker: Maker, topic: &str) -> usize {
        let mut begun = self.begun.borrow_mut();
        begun.push(Begun { maker, topic: topic.to_owned(), entry: None, dropped: false });
        begun.len() - 1
    }

    /// Looks for the entries of what was begun in a tab just now.
    pub(crate) fn look(&self, core: &Core) {
        let model = core.model();
        for begun in self.begun.borrow_mut().iter_mut().filter(|begun| begun.entry.is_none()) {
            let entry = model.outbox.iter().find(|entry| {
                matches!(&entry.action, Action::Change(Change::Create { topic, .. }) if *topic == begun.topic)
            });
            begun.entry = entry.map(|entry| (entry.id.clone(), entry.thread.clone()));
        }
    }

    /// What one person began with this number is not to be any more.
    pub(crate) fn drop_one(&self, number: usize) {
        self.begun.borrow_mut()[number].dropped = true;
    }

    /// What was to become of this entry is not to be any more; gives the thread.
    pub(crate) fn drop_entry(&self, entry: &ClientMessageId) -> Option<ThreadId> {
        let mut begun = self.begun.borrow_mut();
        begun.iter_mut().find_map(|begun| {
            let (_, thread) = begun.entry.as_ref().filter(|(known, _)| known == entry)?;
            begun.dropped = true;
            Some(thread.clone())
        })
    }

    /// What these makers began is not to be any more, where `lost` says so.
    pub(crate) fn drop_where(&self, lost: impl Fn(Maker, Option<&ClientMessageId>) -> bool) {
        for begun in self.begun.borrow_mut().iter_mut() {
            begun.dropped |= lost(begun.maker, begun.entry.as_ref().map(|(entry, _)| entry));
        }
    }

    /// The service made a thread for an entry. Gives the thread that it was until now, or the one that there is already.
    pub(crate) fn made(
        &self,
        entry: &ClientMessageId,
        thread: &ThreadId,
    ) -> Result<Option<ThreadId>, ThreadId> {
        let before = self.made.borrow_mut().insert(entry.clone(), thread.clone());
        if let Some(before) = before.filter(|before| before != thread) {
            return Err(before);
        }
        let begun = self.begun.borrow();
        let mut entries = begun.iter().filter_map(|begun| begun.entry.as_ref());
        Ok(entries.find(|(known, _)| known == entry).map(|(_, thread)| thread.clone()))
    }

    /// A thread by the id that the service knows it by, if it does.
    pub(crate) fn now(&self, thread: ThreadId) -> ThreadId {
        if !is_to_be(&thread) {
            return thread;
        }
        let begun = self.begun.borrow();
        let mut entries = begun.iter().filter_map(|begun| begun.entry.as_ref());
        let entry = entries.find(|(_, known)| *known == thread);
        entry.and_then(|(entry, _)| self.made.borrow().get(entry).cloned()).unwrap_or(thread)
    }

    /// One that is neither there, nor waits, nor was given up.
    pub(crate) fn forgotten(&self, kept: &BTreeSet<String>) -> Option<String> {
        let (begun, made) = (self.begun.borrow(), self.made.borrow());
        let is_forgotten = |begun: &&Begun| {
            let known = |(entry, _): &(ClientMessageId, ThreadId)| {
                made.contains_key(entry) || kept.contains(entry.as_str())
            };
            !begun.dropped && !begun.entry.as_ref().is_some_and(known)
        };
        begun.iter().find(is_forgotten).map(|begun| begun.topic.clone())
    }
}
