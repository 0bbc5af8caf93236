//! What is kept on this machine: written down soon after it changes, and put back when the page opens again.

use std::rc::Rc;

use acs_chat::{RawId, ThreadId};
use futures_util::FutureExt as _;
use futures_util::future::{self, LocalBoxFuture};

use super::plan::Ask;
use super::{Core, STORAGE_TIMEOUT_MS, State, heard};
use crate::model::outbox::{State as Entered, kept};
use crate::model::rows::Access;
use crate::model::sorted::{insert_once, insert_sorted};
use crate::platform::Shelf;

/// Written down this soon after a change: drafts within 300 ms, storage included.
const SAVE_AFTER_MS: u64 = 200;
/// So many messages of a thread can be read without the service.
const KEPT_MESSAGES: usize = 200;
/// Between the person and the thread in a key of the storage; in no id of either.
const KEY_SEPARATOR: char = '\n';

impl Core {
    /// Puts back what this person left on this machine.
    pub(super) async fn read_storage(self: Rc<Self>) {
        let generation = self.generation();
        self.read_replies(generation).await;
        let storage = &self.platform.storage;
        let drafts = self.stored(storage.all(Shelf::Drafts)).await;
        let marks = self.stored(storage.all(Shelf::ReadMarks)).await;
        let outbox = self.stored(storage.all(Shelf::Outbox)).await;
        // A storage that does not answer is not waited for again.
        let (old_drafts, rescued) = if outbox.is_some() {
            let drafts = self.stored(storage.rescued(Shelf::Drafts)).await;
            (drafts.unwrap_or_default(), self.stored(storage.rescued(Shelf::Outbox)).await)
        } else {
            (Vec::new(), None)
        };
        let drafts = drafts.into_iter().flatten().chain(old_drafts).collect();
        let (me, tab) = {
            let state = self.state.borrow();
            (state.model.me.clone(), state.tab.clone())
        };
        let mut entries = Vec::new();
        // What cannot be read was written by another version: it is left alone rather than thrown away.
        let read = |(_, text): (String, String)| kept::read(&text);
        let rescued = rescued.unwrap_or_default().into_iter().filter_map(read).map(|mut entry| {
            // It is as it was some seconds before the end.
            entry.state = Entered::Unclear { until_ms: 0 };
            entry
        });
        let kept = outbox.unwrap_or_default().into_iter().filter_map(read).chain(rescued);
        let mut ours = vec![(tab.clone(), true)];
        for mut entry in kept.filter(|entry| entry.owner == me) {
            // Another tab that lives sends its own; what one left behind is sent by whoever comes first.
            if !ours.iter().any(|(known, _)| *known == entry.tab) {
                // A browser that does not answer must not keep the outbox shut for ever.
                let asked = self.platform.page.take_over(entry.tab.clone());
                let sleep = self.platform.clock.sleep_ms(STORAGE_TIMEOUT_MS);
                let taken = match future::select(asked, sleep).await {
                    future::Either::Left((taken, _)) => taken,
                    future::Either::Right(_) => false,
                };
                ours.push((entry.tab.clone(), taken));
            }
            if ours.contains(&(entry.tab.clone(), true)) {
                entry.tab.clone_from(&tab);
                entries.push(entry);
            }
        }
        if generation != self.generation() {
            return;
        }
        {
            let mut state = self.state.borrow_mut();
            state.storage_read = true;
            for (thread, kept) in of_person(drafts, &me) {
                state.model.drafts.restore(thread, &kept);
            }
            for (thread, kept) in of_person(marks.unwrap_or_default(), &me) {
                state.model.restore_read_mark(&thread, &kept);
            }
            state.model.restore_outbox(entries);
        }
        // They are this tab's from now on, and so is their next crash; what was written meanwhile has its place behind them.
        self.kick();
        self.flush();
        let all: Vec<_> = self.model().outbox.iter().map(|entry| entry.id.clone()).collect();
        for id in &all {
            self.store_entry(id).await;
        }
        self.leave_if_nothing_is_left();
    }

    /// Shows what the service said last time, until it says something now.
    async fn read_replies(self: &Rc<Self>, generation: u64) {
        let kept = self.stored(self.platform.storage.all(Shelf::Replies)).await.unwrap_or_default();
        let (me, backend) = {
            let state = self.state.borrow();
            (state.model.me.clone(), state.backend.clone())
        };
        let Some(backend) = backend.filter(|_| generation == self.generation()) else { return };
        let mut asks: Vec<(Ask, heard::Replies)> = Vec::new();
        for (key, text) in kept {
            let mut parts = key.split(KEY_SEPARATOR);
            let (Some(whose), Some(kind), Some(thread)) = (parts.next(), parts.next(), parts.next()) else {
                continue;
            };
            if let Some(ask) = Ask::of_kind(kind, thread).filter(|_| whose == me.as_str()) {
                // Which threads there are comes first.
                let list_first =
                    |left: &(Ask, _), right: &(Ask, _)| left.0 == Ask::Threads && right.0 != Ask::Threads;
                insert_sorted(&mut asks, (ask, heard::kept(&text)), list_first);
            }
        }
        for (ask, replies) in asks {
            let unlisted = {
                let state = self.state.borrow();
                let known = ask.thread().map(|thread| state.model.thread(thread));
                let here = match &ask {
                    Ask::Threads => state.model.threads_loaded,
                    Ask::Messages(_) => known.flatten().is_some_and(|known| known.timeline.loaded()),
                    _ => known.flatten().is_some_and(|known| known.roster.people_loaded()),
                };
                if here {
                    continue;
                }
                known.is_some_and(|known| known.is_none_or(|known| !known.listed))
            };
            if unlisted {
                // It is mine no more.
                let key = reply_key(&me, &ask);
                self.stored(self.platform.storage.remove(Shelf::Replies, key)).await;
                continue;
            }
            let line = heard::Listening::only_to(backend.as_ref(), replies);
            // What another version kept is asked for anew, as all this is.
            self.state.borrow_mut().model.take_as_kept(true);
            let result = self.ask(&line, &ask).await;
            self.state.borrow_mut().model.take_as_kept(false);
            if result.is_ok() {
                let mut state = self.state.borrow_mut();
                match &ask {
                    Ask::Threads => {
                        state.listed_all_at_ms = None;
                        state.catch_up();
                    }
                    Ask::People(thread) => state.model.thread_mut(thread).people_stale = true,
                    _ => {}
                }
            }
        }
        self.flush();
    }

    /// Drafts and read marks are written down soon: once for many keys.
    pub(super) fn save_soon(self: &Rc<Self>) {
        if std::mem::replace(&mut self.state.borrow_mut().saving, true) {
            return;
        }
        let core = Rc::clone(self);
        self.spawn(async move {
            core.platform.clock.sleep_ms(SAVE_AFTER_MS).await;
            core.save();
        });
    }

    /// Writes down what is not written down yet.
    pub(super) fn save(self: &Rc<Self>) {
        for write in self.unsaved() {
            self.spawn(write);
        }
    }

    /// The same, and waits until it is done, with what was begun before: the page may end then.
    pub async fn save_all(self: &Rc<Self>) {
        for write in self.unsaved() {
            write.await;
        }
        // A shelf is read when all that was to be put on it is there.
        for shelf in [Shelf::Drafts, Shelf::Outbox] {
            self.stored(self.platform.storage.all(shelf)).await;
        }
    }

    /// What is not written down yet, as what writes it down.
    fn unsaved(self: &Rc<Self>) -> Vec<LocalBoxFuture<'static, ()>> {
        let mut writes = Vec::new();
        {
            let mut state = self.state.borrow_mut();
            let state = &mut *state;
            state.saving = false;
            let me = state.model.me.clone();
            for (thread, text) in state.model.drafts.take_unsaved() {
                writes.push((Shelf::Drafts, key(&me, &thread), text));
            }
            for thread in std::mem::take(&mut state.unsaved_marks) {
                let kept = state.model.thread(&thread).and_then(|thread| thread.marks.kept());
                writes.push((Shelf::ReadMarks, key(&me, &thread), kept));
            }
            for (thread, kept) in state.model.assistant.take_unsaved() {
                writes.push((Shelf::Assistant, key(&me, &thread), kept));
            }
            for ask in std::mem::take(&mut state.unsaved_replies) {
                let known = ask.thread().and_then(|thread| state.model.thread(thread));
                let closed = known.is_some_and(|known| known.access != Access::Open);
                let text = match (&ask, known) {
                    (Ask::Messages(_), Some(known)) => {
                        heard::keep(&heard::as_reply(&known.timeline.newest_page(KEPT_MESSAGES)))
                    }
                    _ => state.kept.get(&ask).cloned().unwrap_or_default(),
                };
                // What I may not read any more is not kept either.
                writes.push((Shelf::Replies, reply_key(&me, &ask), Some(text).filter(|_| !closed)));
            }
            if state.session.is_none() {
                return Vec::new();
            }
        }
        let write = |(shelf, key, value)| {
            let storage = &self.platform.storage;
            let request = match value {
                Some(value) => storage.put(shelf, key, value),
                None => storage.remove(shelf, key),
            };
            let core = Rc::clone(self);
            async move {
                let worked = core.storage_works();
                core.stored(request).await;
                if core.storage_works() != worked {
                    core.flush();
                }
            }
            .boxed_local()
        };
        writes.into_iter().map(write).collect()
    }
}

impl State {
    /// Of a reply, what can be read without the service is kept. Properties and receipts are asked for anew anyway.
    pub(super) fn keep_reply(&mut self, ask: &Ask, said: &heard::Replies) {
        let text = match ask {
            // As they are by then, in one page.
            Ask::Messages(thread) => {
                self.model.thread(thread).map_or(0, |known| known.timeline.revision()).to_string()
            }
            Ask::Threads | Ask::People(_) => heard::keep(said),
            _ => return,
        };
        if self.kept.get(ask) != Some(&text) {
            self.kept.insert(ask.clone(), text);
            insert_once(&mut self.unsaved_replies, ask);
        }
    }
}

fn reply_key(me: &RawId, ask: &Ask) -> String {
    let thread = ask.thread().map_or("", ThreadId::as_str);
    format!("{me}{KEY_SEPARATOR}{}{KEY_SEPARATOR}{thread}", ask.kind().unwrap_or_default())
}

fn key(me: &RawId, thread: &ThreadId) -> String {
    format!("{me}{KEY_SEPARATOR}{thread}")
}

/// What belongs to this person, by thread.
pub(super) fn of_person(kept: Vec<(String, String)>, me: &RawId) -> impl Iterator<Item = (ThreadId, String)> {
    kept.into_iter().filter_map(move |(key, value)| {
        let (owner, thread) = key.split_once(KEY_SEPARATOR)?;
        (owner == me.as_str()).then(|| (ThreadId::new(thread), value))
    })
}
