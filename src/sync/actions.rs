//! What a person asks for. What can be shown at once is; what cannot is waited for.

use std::rc::Rc;

use acs_chat::{ApiError, ChatParticipant, CommunicationError, MessageId, ThreadId};

use super::Core;
use super::heard::Word;
use crate::backend::{self, Backend};
use crate::model::Model;
use crate::model::assistant::Waiting;
use crate::model::creation::is_to_be;
use crate::model::drafts::Selection;
use crate::model::outbox::{self, Action, ClientMessageId, Entry, Signal, State};
use crate::model::priority::Priority;
use crate::model::rows::{Access, ActionError, AddOutcome, InvalidInput, Person, SendKind};
use crate::model::sorted::{insert_once, insert_sorted};
use crate::platform::Shelf;
use crate::platform::letters::lower_case;

/// The official client waits as long between two typing notices, and 15 a minute are allowed.
const TYPING_EVERY_MS: i64 = 8_000;
/// As many suggestions as fit under a field.
const SUGGESTIONS: usize = 8;
/// Suggestions are for typing along: an answer later than this is for a name that stands there no more.
const SUGGESTIONS_TIMEOUT_MS: u64 = 3_000;

impl Core {
    /// The thread on screen.
    pub fn show(self: &Rc<Self>, thread: Option<ThreadId>) {
        let now_ms = self.now_ms();
        let thread = thread.map(|thread| self.model().id_now(&thread));
        {
            let mut state = self.state.borrow_mut();
            if state.model.open() == thread.as_ref() {
                return;
            }
            if let Some(left) = state.model.open().cloned() {
                // It may get another message within the second of its last one.
                state.polls_mut(&left).unsettled = true;
            }
            state.model.show(thread.clone());
            state.catching_up.retain(|ask| *ask == super::plan::Ask::Threads);
            if let Some(thread) = &thread {
                let polls = state.polls_mut(thread);
                polls.messages.wanted = true;
                polls.active_ms = now_ms;
                state.want_a_screenful(thread);
            }
            if state.storage_read {
                state.model.close_what_is_unknown();
            }
        }
        self.kick();
        self.flush();
    }

    /// Sends a message: into the outbox, from where it goes by itself.
    pub fn send(self: &Rc<Self>, thread: &ThreadId, text: String, kind: SendKind, priority: Priority) {
        // Whoever answers has read.
        self.read_on(thread);
        self.push(thread, Action::Send { text, kind, priority });
    }

    /// Sends a message with a question to the assistant, which is asked as soon as the message is there.
    pub fn send_and_ask(
        self: &Rc<Self>,
        thread: &ThreadId,
        text: String,
        kind: SendKind,
        priority: Priority,
        question: String,
    ) {
        self.read_on(thread);
        if let Some(after) = self.put(thread, Action::Send { text, kind, priority }) {
            let waiting = Waiting { thread: thread.clone(), after, question };
            self.state.borrow_mut().model.assistant.wait(waiting);
            self.kick();
            self.flush();
        }
    }

    /// Changes a message of mine.
    pub fn edit(self: &Rc<Self>, thread: &ThreadId, message: &MessageId, text: String) {
        self.push(thread, Action::Edit { message: message.clone(), text });
    }

    /// Deletes a message of mine.
    pub fn delete(self: &Rc<Self>, thread: &ThreadId, message: &MessageId) {
        self.push(thread, Action::Delete { message: message.clone() });
    }

    fn push(self: &Rc<Self>, thread: &ThreadId, action: Action) {
        if self.put(thread, action).is_some() {
            self.kick();
            self.flush();
        }
    }

    /// Puts something into the outbox and writes it down.
    pub(super) fn put(self: &Rc<Self>, thread: &ThreadId, action: Action) -> Option<ClientMessageId> {
        let limit = self.capabilities().message_bytes;
        let wrong = match &action {
            Action::Send { text, .. } | Action::Edit { text, .. } => outbox::check(text, limit),
            Action::Delete { .. } | Action::Change(_) => None,
        };
        let (id, replaced) = {
            let mut state = self.state.borrow_mut();
            let thread = &state.model.id_now(thread);
            state.session.as_ref()?;
            let entry = Entry {
                id: ClientMessageId::new(self.platform.random.id()),
                owner: state.model.me.clone(),
                tab: state.tab.clone(),
                thread: thread.clone(),
                action,
                written_at: self.now(),
                place: 0,
                after: None,
                tries: 0,
                state: wrong.map_or(State::Queued, |why| State::Failed { why }),
            };
            state.model.show_what_is_to_be(&entry);
            let replaced = state.model.outbox.push(entry.clone());
            state.model.outbox_changed(thread, entry.action.target());
            state.polls_mut(thread).active_ms = self.now_ms();
            (entry.id, replaced)
        };
        let (core, stored) = (Rc::clone(self), id.clone());
        self.spawn(async move {
            core.store_entry(&stored).await;
            for id in replaced {
                core.stored(core.platform.storage.remove(Shelf::Outbox, id.as_str().to_owned())).await;
            }
            core.flush();
        });
        Some(id)
    }

    /// Tries a failed entry again.
    pub fn retry(self: &Rc<Self>, thread: &ThreadId, entry: &ClientMessageId) {
        let limit = self.capabilities().message_bytes;
        {
            let mut state = self.state.borrow_mut();
            let Some(known) = state.model.outbox.entry(entry).filter(|known| known.thread == *thread) else {
                return;
            };
            let wrong = match &known.action {
                Action::Send { text, .. } | Action::Edit { text, .. } => outbox::check(text, limit),
                Action::Delete { .. } | Action::Change(_) => None,
            };
            let target = known.action.target().cloned();
            // What was wrong before anybody was asked still is.
            if wrong.is_none() {
                state.model.outbox.signal(entry, Signal::Retry);
                state.model.outbox_changed(thread, target.as_ref());
            }
        }
        self.kick();
        self.flush();
    }

    /// Throws an entry away that is not under way.
    pub fn discard(self: &Rc<Self>, thread: &ThreadId, entry: &ClientMessageId) {
        {
            let mut state = self.state.borrow_mut();
            if state.model.outbox.entry(entry).is_some_and(|known| known.thread == *thread) {
                state.model.discard(entry);
            }
        }
        self.kick();
        self.flush();
    }

    /// The draft kept for a thread.
    #[must_use]
    pub fn draft(&self, thread: &ThreadId) -> String {
        self.state.borrow().model.drafts.text(thread).to_owned()
    }

    /// Keeps what stands in the composer.
    pub fn set_draft(self: &Rc<Self>, thread: &ThreadId, text: String) {
        let changed = {
            let mut state = self.state.borrow_mut();
            let thread = state.model.id_now(thread);
            state.session.is_some() && state.model.set_draft(&thread, text)
        };
        if changed {
            self.save_soon();
            self.flush();
        }
    }

    /// How pressing the draft kept for a thread is.
    #[must_use]
    pub fn draft_priority(&self, thread: &ThreadId) -> Priority {
        self.state.borrow().model.drafts.priority(thread)
    }

    /// Keeps how pressing it is.
    pub fn set_draft_priority(self: &Rc<Self>, thread: &ThreadId, priority: Priority) {
        let changed = {
            let mut state = self.state.borrow_mut();
            let thread = state.model.id_now(thread);
            state.session.is_some() && state.model.drafts.set_priority(&thread, priority)
        };
        if changed {
            self.save_soon();
        }
    }

    /// What is selected in the draft kept for a thread, if that is known.
    #[must_use]
    pub fn draft_selection(&self, thread: &ThreadId) -> Option<Selection> {
        self.state.borrow().model.drafts.selection(thread)
    }

    /// Keeps what is selected in the composer, or where its caret is.
    pub fn select_in_draft(self: &Rc<Self>, thread: &ThreadId, selection: Selection) {
        let selected = {
            let model = &mut self.state.borrow_mut().model;
            let thread = model.id_now(thread);
            model.drafts.select(&thread, selection)
        };
        if selected {
            self.save_soon();
        }
    }

    /// A key was typed.
    pub fn typed(self: &Rc<Self>, thread: &ThreadId) {
        let now_ms = self.now_ms();
        let (backend, name) = {
            let mut state = self.state.borrow_mut();
            state.polls_mut(thread).active_ms = now_ms;
            let known = state.model.thread(thread);
            let most =
                state.backend.as_ref().and_then(|backend| backend.capabilities().receipts_up_to).unwrap_or(0);
            // Nobody is told above the limit of receipts, which is that of typing as well.
            let too_many = known
                .and_then(|known| known.roster.count())
                .is_some_and(|people| people > usize::try_from(most).unwrap_or(usize::MAX));
            let open = known.is_some_and(|known| known.access == Access::Open) && !is_to_be(thread);
            let recently =
                state.typed_at_ms.get(thread).is_some_and(|at| (0..TYPING_EVERY_MS).contains(&(now_ms - at)));
            if too_many || !open || recently || state.login_lost || !state.health.well() {
                return;
            }
            state.typed_at_ms.insert(thread.clone(), now_ms);
            (state.backend.clone(), state.model.my_name.clone())
        };
        let Some(backend) = backend else { return };
        let thread = thread.clone();
        self.spawn(async move {
            // Whether it arrives is of no account: the next one is due in a few seconds.
            drop(backend.send_typing(thread, name).await);
        });
    }

    /// This message is visible in a focused window.
    pub fn seen(self: &Rc<Self>, thread: &ThreadId, message: &MessageId) {
        self.move_mark(thread, |model| model.seen(thread, message));
    }

    /// I want a thread unread from this message on or, if I name none, its newest one of others.
    pub fn mark_unread(self: &Rc<Self>, thread: &ThreadId, from: Option<&MessageId>) {
        self.move_mark(thread, |model| model.mark_unread(thread, from));
    }

    /// I go on reading a thread that I marked unread while it was on screen.
    pub fn read_on(&self, thread: &ThreadId) {
        if let Some(known) = self.state.borrow_mut().model.known_mut(thread) {
            known.marks.rested();
        }
    }

    /// Moves my read mark; if it is another then, it is written down and the other tabs hear of it.
    fn move_mark(self: &Rc<Self>, thread: &ThreadId, change: impl FnOnce(&mut Model) -> bool) {
        let word = {
            let mut state = self.state.borrow_mut();
            if state.session.is_none() || !change(&mut state.model) {
                return;
            }
            insert_once(&mut state.unsaved_marks, thread);
            let kept = state.model.thread(thread).and_then(|known| known.marks.kept());
            Word::Read(thread.clone(), kept.unwrap_or_default()).write(&state.model.me)
        };
        self.save_soon();
        self.platform.page.tell(&word);
        self.kick();
        self.flush();
    }

    /// Loads older messages.
    pub fn load_older(&self, thread: &ThreadId) {
        {
            let mut state = self.state.borrow_mut();
            let has_older = state.model.thread(thread).is_some_and(|known| {
                matches!(known.timeline.older(), crate::model::timeline::Older::At(_)) && !known.loading_older
            });
            if !has_older {
                return;
            }
            state.model.set_loading_older(thread, true);
            state.polls_mut(thread).older.wanted = true;
        }
        self.kick();
        self.flush();
    }

    /// The backend, and the generation that a reply must still belong to.
    pub(super) fn connected(&self) -> Result<(Rc<dyn Backend>, u64), ActionError> {
        let state = self.state.borrow();
        let backend = state.backend.clone().filter(|_| !state.login_lost).ok_or(ActionError::LoginLost)?;
        Ok((backend, self.generation()))
    }

    /// Takes in what became of a request that somebody waits for.
    pub(super) fn outcome<T>(
        &self,
        result: Result<T, ApiError>,
        asked_ms: i64,
        generation: u64,
    ) -> Result<T, ActionError> {
        if generation != self.generation() {
            return Err(ActionError::LoginLost);
        }
        let limit = self.capabilities().participants;
        result.map_err(|error| {
            if matches!(error, ApiError::LoginLost { .. }) {
                self.state.borrow_mut().login_refused(asked_ms, self.now_ms());
                self.kick();
                self.flush();
            }
            backend::action_error(&error, limit)
        })
    }

    /// Looks at a thread at once: what was done there comes back like what others do.
    pub(super) fn look_at(&self, thread: &ThreadId) {
        {
            let mut state = self.state.borrow_mut();
            let polls = state.polls_mut(thread);
            polls.messages.wanted = true;
            polls.people.wanted = true;
            state.list.wanted = true;
        }
        self.kick();
        self.flush();
    }

    /// Deletes a thread for everybody.
    ///
    /// # Errors
    /// What the service refuses, or that it cannot be reached.
    pub async fn delete_thread(self: &Rc<Self>, thread: &ThreadId) -> Result<(), ActionError> {
        if self.drop_what_is_to_be(thread) {
            return Ok(());
        }
        let (backend, generation) = self.connected()?;
        let asked_ms = self.now_ms();
        let result = backend.delete_thread(thread.clone()).await;
        self.outcome(result, asked_ms, generation)?;
        self.state.borrow_mut().model.forget(thread, Access::Gone);
        self.state.borrow_mut().list.wanted = true;
        self.kick();
        self.flush();
        Ok(())
    }

    pub(super) fn checked_topic(&self, topic: &str) -> Result<String, ActionError> {
        let (topic, limit) = (topic.trim(), self.capabilities().topic_chars);
        match topic.chars().count() {
            0 => Err(ActionError::Invalid(InvalidInput::EmptyTopic)),
            count if count > limit => Err(ActionError::Invalid(InvalidInput::TopicTooLong { limit })),
            _ => Ok(topic.to_owned()),
        }
    }

    pub(super) fn check_room(&self, people: usize) -> Result<(), ActionError> {
        let limit = self.capabilities().participants;
        let fits = u32::try_from(people).is_ok_and(|people| people <= limit);
        if fits { Ok(()) } else { Err(ActionError::TooManyPeople { limit }) }
    }

    /// People whose names begin so: of the directory, and of my threads.
    pub async fn people_like(&self, prefix: &str) -> Vec<Person> {
        let prefix = lower_case(prefix.trim());
        if prefix.is_empty() {
            return Vec::new();
        }
        let mut people: Vec<Person> = {
            let state = self.state.borrow();
            let begins = |name: &str| {
                let name = lower_case(name);
                name.split(' ').any(|word| word.starts_with(&prefix)) || name.starts_with(&prefix)
            };
            let mine = state.model.names().iter().filter(|(id, name)| **id != state.model.me && begins(name));
            let mut people = Vec::new();
            for (id, name) in mine {
                let person = Person { id: id.clone(), name: name.to_owned() };
                insert_sorted(&mut people, person, |left, right| left.name < right.name);
            }
            people
        };
        if let Ok((backend, _)) = self.connected() {
            let request = backend.find_people(&prefix);
            let timeout = self.platform.clock.sleep_ms(SUGGESTIONS_TIMEOUT_MS);
            if let futures_util::future::Either::Left((Ok(found), _)) =
                futures_util::future::select(request, timeout).await
            {
                let me = self.state.borrow().model.me.clone();
                for person in found.value {
                    if person.id != me && !people.iter().any(|known| known.id == person.id) {
                        people.push(person);
                    }
                }
            }
        }
        people.truncate(SUGGESTIONS);
        people
    }
}

impl AddOutcome {
    /// Of those asked for, these were refused.
    pub(super) fn note(&mut self, asked: &[ChatParticipant], errors: Option<Vec<CommunicationError>>) {
        let errors = errors.unwrap_or_default();
        self.added = u32::try_from(asked.len().saturating_sub(errors.len())).unwrap_or(u32::MAX);
        for error in errors {
            let id = error.target.unwrap_or_default();
            let known = asked.iter().find(|asked| asked.communication_identifier.raw_id().as_str() == id);
            let name = known.and_then(|known| known.display_name.clone()).unwrap_or(id);
            self.failed.push((name, if error.message.is_empty() { error.code } else { error.message }));
        }
    }
}
