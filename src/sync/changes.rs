//! Changes of a thread itself: its topic, who is in it, my leaving it.
//!
//! Each is an entry of the outbox, written down before its request. Where it can go out at once, it does while the person
//! waits, who hears of a refusal right there; where it cannot, or nothing is heard of it, the outbox sees to it.

use std::rc::Rc;

use acs_chat::{ApiError, ChatParticipant, CommunicationIdentifier, RawId, ThreadId, Timestamp};

use super::Core;
use super::plan::Ask;
use crate::backend::{self, Backend};
use crate::model::Event;
use crate::model::outbox::changes::{Change, name_of};
use crate::model::outbox::{Action, ClientMessageId, Entry, Signal, Step};
use crate::model::rows::{ActionError, AddOutcome, FailReason, History, NewPerson, NewPersonId};

impl Core {
    /// Gives a thread another topic.
    ///
    /// # Errors
    /// What is wrong with the topic, or what the service refuses.
    pub async fn rename(self: &Rc<Self>, thread: &ThreadId, topic: &str) -> Result<(), ActionError> {
        let topic = self.checked_topic(topic)?;
        self.change(thread, Change::Rename { topic }).await.map(drop)
    }

    /// Takes me out of a thread.
    ///
    /// # Errors
    /// What the service refuses.
    pub async fn leave(self: &Rc<Self>, thread: &ThreadId) -> Result<(), ActionError> {
        if self.drop_what_is_to_be(thread) {
            return Ok(());
        }
        let person = self.state.borrow().model.me.clone();
        self.change(thread, Change::TakeOut { person }).await.map(drop)
    }

    /// Takes somebody out of a thread.
    ///
    /// # Errors
    /// What the service refuses.
    pub async fn remove_person(
        self: &Rc<Self>,
        thread: &ThreadId,
        person: &RawId,
    ) -> Result<(), ActionError> {
        self.change(thread, Change::TakeOut { person: person.clone() }).await.map(drop)
    }

    /// Adds people to a thread.
    ///
    /// # Errors
    /// What the service refuses as a whole; single refusals are in the outcome.
    pub async fn add_people(
        self: &Rc<Self>,
        thread: &ThreadId,
        people: Vec<NewPerson>,
        history: History,
    ) -> Result<AddOutcome, ActionError> {
        let (already, newest) = {
            let state = self.state.borrow();
            let known = state.model.thread(thread);
            (
                known.and_then(|known| known.roster.count()).unwrap_or(0),
                known.and_then(|known| known.timeline.newest()).map(|newest| newest.id.clone()),
            )
        };
        self.check_people(&people)?;
        self.check_room(already + people.len())?;
        let from = match history {
            History::All => None,
            History::From(at) => Some(at),
            // The second after the newest message, on the service's own clock: ours may be wrong by a day, and the
            // service compares whole seconds.
            History::None => Some(
                newest
                    .and_then(|newest| newest.as_str().parse::<i64>().ok())
                    .map_or_else(|| self.now(), |ms| Timestamp::from_ms(ms + 1_000).truncated_to_second()),
            ),
        };
        self.change(thread, Change::Add { people, from }).await
    }

    /// Makes a change, or leaves it to the outbox: then nothing has failed, and the conversation tells how it goes on.
    pub(super) async fn change(
        self: &Rc<Self>,
        thread: &ThreadId,
        change: Change,
    ) -> Result<AddOutcome, ActionError> {
        let (backend, generation) = self.connected()?;
        let Some(id) = self.put(thread, Action::Change(change.clone())) else {
            return Err(ActionError::LoginLost);
        };
        let asked_ms = self.steady_now_ms();
        let at_once = {
            let mut state = self.state.borrow_mut();
            let well = state.health.well() && self.platform.page.online() && !state.token_ended(asked_ms);
            let first = state.model.outbox.steps(asked_ms).contains(&Step::Start(id.clone()));
            let at_once = well && first && state.storage_read;
            if at_once {
                state.begin_entry(&Ask::Send(id.clone()), asked_ms);
            }
            at_once
        };
        if !at_once {
            self.kick();
            self.flush();
            return Ok(AddOutcome::default());
        }
        self.flush();
        self.store_entry(&id).await;
        let result = self.carry_out(backend.as_ref(), &id, thread, &change).await;
        if generation != self.generation() {
            // Whoever is signed in now looks for it, if it is theirs.
            return Err(ActionError::LoginLost);
        }
        match result {
            Ok(outcome) => {
                self.done(&id);
                Ok(outcome)
            }
            Err(error) if is_refused(&error) => {
                let result = self.outcome(Err(error), asked_ms, generation);
                self.state.borrow_mut().model.give_up(&id);
                self.look_at(thread);
                result
            }
            Err(error) => {
                if matches!(error, ApiError::LoginLost { .. }) {
                    self.state.borrow_mut().login_refused(asked_ms, self.now_ms());
                }
                // It goes on from the outbox, where what is wrong is said.
                drop(self.entry_failed(thread, &id, error).await);
                self.kick();
                self.flush();
                Ok(AddOutcome::default())
            }
        }
    }

    /// It is carried out; what it did there comes back like what others do.
    fn done(&self, id: &ClientMessageId) {
        let thread = self.state.borrow().model.outbox.entry(id).map(|entry| entry.thread.clone());
        self.state.borrow_mut().model.apply(Event::Changed { entry: id.clone() });
        match thread {
            // Still mine.
            Some(thread) if self.state.borrow().model.thread(&thread).is_some() => self.look_at(&thread),
            _ => {
                self.state.borrow_mut().list.wanted = true;
                self.kick();
                self.flush();
            }
        }
    }

    /// Asks the service for a change.
    async fn carry_out(
        self: &Rc<Self>,
        backend: &dyn Backend,
        entry: &ClientMessageId,
        thread: &ThreadId,
        change: &Change,
    ) -> Result<AddOutcome, ApiError> {
        match change {
            Change::Create { topic, people } => return self.make_thread(backend, entry, topic, people).await,
            Change::Rename { topic } => backend.rename_thread(thread.clone(), topic.clone()).await?,
            Change::TakeOut { person } => {
                let result = backend.remove_person(thread.clone(), person.clone()).await;
                self.or_out_already(person, result)?;
            }
            Change::Add { people, from } => {
                let (participants, mut outcome) = self.resolve(backend, people.clone(), *from).await?;
                if !participants.is_empty() {
                    let added = backend.add_people(thread.clone(), participants.clone()).await?;
                    outcome.note(&participants, added.invalid_participants);
                }
                return Ok(outcome);
            }
        }
        Ok(AddOutcome::default())
    }

    /// Who may not look into a thread is out of it, which is what leaving is for.
    fn or_out_already<T: Default>(&self, person: &RawId, result: Result<T, ApiError>) -> Result<T, ApiError> {
        result.or_else(|error| {
            let out = error.status() == Some(403) && self.state.borrow().model.me == *person;
            if out { Ok(T::default()) } else { Err(error) }
        })
    }

    /// Makes a change that waited in the outbox.
    pub(super) async fn send_change(
        self: &Rc<Self>,
        backend: &dyn Backend,
        entry: &Entry,
        change: &Change,
    ) -> Result<(), ApiError> {
        let outcome = self.carry_out(backend, &entry.id, &entry.thread, change).await?;
        if outcome.failed.is_empty() {
            self.done(&entry.id);
            return Ok(());
        }
        // Those who were added are; the others stay, with what was said of them.
        let said: Vec<String> =
            outcome.failed.iter().map(|(who, said)| [who, ": ", said.as_str()].concat()).collect();
        let left = |people: &[NewPerson], from| {
            let model = self.model();
            let failed = |person: &&NewPerson| {
                let name = name_of(person, model.names());
                outcome.failed.iter().any(|(who, _)| *who == name)
            };
            Action::Change(Change::Add { people: people.iter().filter(failed).cloned().collect(), from })
        };
        let (id, thread) = match change {
            Change::Create { people, .. } => {
                let made = self.model().made_of(&entry.thread).cloned();
                let Some(thread) = made else { return Ok(()) };
                let Some(id) = self.put(&thread, left(people, None)) else { return Ok(()) };
                (id, thread)
            }
            Change::Add { people, from } => {
                let left = left(people, *from);
                self.state.borrow_mut().model.outbox.set_action(&entry.id, left);
                (entry.id.clone(), entry.thread.clone())
            }
            Change::Rename { .. } | Change::TakeOut { .. } => (entry.id.clone(), entry.thread.clone()),
        };
        self.signal_entry(&id, Signal::Refused(FailReason::Refused { message: said.join("; ") })).await;
        self.look_at(&thread);
        Ok(())
    }

    /// Whether a change of which nothing was heard has been made.
    pub(super) async fn look_for_change(
        self: &Rc<Self>,
        backend: &dyn Backend,
        entry: &Entry,
        change: &Change,
    ) -> Result<bool, ApiError> {
        let people = || self.all(|from| backend.list_people(entry.thread.clone(), from));
        let made = match change {
            // The service knows it again.
            Change::Create { .. } => false,
            Change::Rename { topic } => backend.properties(entry.thread.clone()).await?.topic == *topic,
            Change::TakeOut { person } => {
                let people = self.or_out_already(person, people().await)?;
                people.iter().all(|known| known.communication_identifier.raw_id() != person)
            }
            Change::Add { people: wanted, from } => {
                let (wanted, outcome) = self.resolve(backend, wanted.clone(), *from).await?;
                let there = people().await?;
                let is_there = |wanted: &ChatParticipant| {
                    let id = wanted.communication_identifier.raw_id();
                    there.iter().any(|known| known.communication_identifier.raw_id() == id)
                };
                outcome.failed.is_empty() && wanted.iter().all(is_there)
            }
        };
        if made {
            self.done(&entry.id);
        }
        Ok(made)
    }

    /// Ids have to look like ids before anybody is asked.
    pub(super) fn check_people(&self, people: &[NewPerson]) -> Result<(), ActionError> {
        let bad = |person: &NewPerson| match &person.who {
            NewPersonId::Id(id) => !looks_like_an_id(id.as_str()),
            NewPersonId::Name(_) => false,
        };
        let bad = people.iter().any(bad);
        if bad { Err(ActionError::Invalid(crate::model::rows::InvalidInput::BadUserId)) } else { Ok(()) }
    }

    /// Turns names into ids. Who is not found is in the outcome.
    pub(super) async fn resolve(
        &self,
        backend: &dyn Backend,
        people: Vec<NewPerson>,
        from: Option<Timestamp>,
    ) -> Result<(Vec<ChatParticipant>, AddOutcome), ApiError> {
        let mut outcome = AddOutcome::default();
        let mut participants: Vec<ChatParticipant> = Vec::new();
        for new in people {
            let (id, name) = match new.who {
                NewPersonId::Id(id) => {
                    let known = self.state.borrow().model.names().known(&id).map(str::to_owned);
                    (id, new.name.or(known))
                }
                NewPersonId::Name(name) => match backend.person_by_name(name.clone()).await {
                    Ok(person) => (person.id, Some(person.name)),
                    Err(error @ ApiError::Refused { status: 400 | 404, .. }) => {
                        outcome.failed.push((name, backend::said(&error)));
                        continue;
                    }
                    Err(error) => return Err(error),
                },
            };
            let known = |known: &ChatParticipant| *known.communication_identifier.raw_id() == id;
            if !participants.iter().any(known) {
                participants.push(ChatParticipant {
                    communication_identifier: CommunicationIdentifier::from_raw_id(id.as_str()),
                    display_name: name.filter(|name| !name.trim().is_empty()),
                    share_history_time: from,
                    metadata: None,
                });
            }
        }
        Ok((participants, outcome))
    }
}

/// Where an entry of the outbox is looked for.
pub(super) fn list_of(entry: &Entry) -> Ask {
    let thread = entry.thread.clone();
    match &entry.action {
        Action::Change(Change::Rename { .. }) => Ask::Properties(thread),
        Action::Change(_) => Ask::People(thread),
        Action::Send { .. } | Action::Edit { .. } | Action::Delete { .. } => Ask::Messages(thread),
    }
}

/// A refusal that stands, whoever asks again.
fn is_refused(error: &ApiError) -> bool {
    let login = matches!(error, ApiError::LoginLost { .. });
    !login && error.status() != Some(429) && !error.is_transient() && !error.is_unclear()
}

/// A raw id begins with the number of its kind (reference `acs-chat.md` 3.3).
fn looks_like_an_id(id: &str) -> bool {
    let rest = ["8:", "4:", "28:"].into_iter().find_map(|kind| id.strip_prefix(kind));
    rest.is_some_and(|rest| !rest.is_empty() && !id.contains(char::is_whitespace))
}
