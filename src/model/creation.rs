//! Threads that are to be: begun here, and not made by the service yet.
//!
//! Such a thread has an id of ours until its creation, the first entry of its outbox, has gone through. It is in the list and can be
//! written to from the first moment; what waits behind the creation goes to the thread that the service makes.

use acs_chat::{ChatThreadProperties, ThreadId};

use super::Model;
use super::outbox::changes::Change;
use super::outbox::{Action, ClientMessageId, Entry};
use super::rows::Access;
use super::sorted::insert_once;

/// What an id of ours begins with. Those of services begin otherwise (reference `acs-chat.md` 3.3).
const TO_BE: &str = "new:";

/// The id of a thread that is to be.
#[must_use]
pub fn id_to_be(unique: &str) -> ThreadId {
    ThreadId::new([TO_BE, unique].concat())
}

/// The service does not know this thread: there is nothing to ask about it.
#[must_use]
pub fn is_to_be(thread: &ThreadId) -> bool {
    thread.as_str().starts_with(TO_BE)
}

impl Model {
    /// Shows the thread that an entry is to make; for any other entry nothing.
    pub fn show_what_is_to_be(&mut self, entry: &Entry) {
        let Action::Change(Change::Create { topic, .. }) = &entry.action else { return };
        let me = self.me.clone();
        let thread = self.thread_mut(&entry.thread);
        thread.topic.clone_from(topic);
        thread.access = Access::Open;
        // All that was said in it.
        thread.timeline.begin(Vec::new(), None, &me);
        insert_once(&mut self.changes.details, &entry.thread);
        self.note(&entry.thread);
    }

    /// The service made the thread. Gives the entries that go there now: they are to be written down anew, and the creation, which
    /// has left the outbox, is to stay in the storage until they are.
    pub fn made(
        &mut self,
        entry: &ClientMessageId,
        properties: ChatThreadProperties,
    ) -> Vec<ClientMessageId> {
        let Some(Entry { thread: from, .. }) = self.outbox.remove(entry) else { return Vec::new() };
        let to = properties.id.clone();
        let moved = self.outbox.move_to(&from, &to);
        self.drafts.move_to(&from, &to);
        self.assistant.move_to(&from, &to);
        self.created(properties);
        if self.open() == Some(&from) {
            self.show(Some(to.clone()));
        }
        self.threads.remove(&from);
        self.note(&to);
        self.made.insert(from, to);
        self.changes.made = true;
        moved
    }

    /// What became of a thread that was to be.
    #[must_use]
    pub fn made_of(&self, thread: &ThreadId) -> Option<&ThreadId> {
        self.made.get(thread)
    }

    /// A thread by the id that it has now: whoever has it on screen may know the former one for a moment.
    #[must_use]
    pub fn id_now(&self, thread: &ThreadId) -> ThreadId {
        self.made_of(thread).unwrap_or(thread).clone()
    }

    /// The person wants no such thread any more: it goes, and all that waits for it. Says whether it did: what is being made just now
    /// cannot be taken back.
    pub fn drop_what_is_to_be(&mut self, thread: &ThreadId) -> bool {
        let entries: Vec<&Entry> = self.outbox.of_thread(thread).collect();
        if entries.iter().any(|entry| entry.state.is_under_way()) {
            return false;
        }
        let entries: Vec<ClientMessageId> = entries.into_iter().map(|entry| entry.id.clone()).collect();
        for entry in &entries {
            self.finish(entry);
        }
        self.drafts.drop_all(thread);
        self.threads.remove(thread);
        if self.open() == Some(thread) {
            self.thread_mut(thread).access = Access::Gone;
        }
        self.note(thread);
        true
    }

    /// All that was kept is here: a thread on screen that was to be, and of which nobody knows, will not be any more.
    pub fn close_what_is_unknown(&mut self) {
        let Some(open) = self.open.clone().filter(is_to_be) else { return };
        let thread = self.thread_mut(&open);
        if !thread.timeline.loaded() && thread.access == Access::Open {
            thread.access = Access::Gone;
            self.note(&open);
        }
    }
}
