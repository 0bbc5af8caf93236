//! Making a thread: an entry of the outbox like any other change, of a thread that is not there yet.
//!
//! Its entry's id goes along as the id of the request, by which the service knows a creation again (reference `acs-chat.md` 4.2): one
//! of which nothing was heard is simply made once more.

use std::rc::Rc;

use acs_chat::{ApiError, ChatParticipant, CommunicationIdentifier, ThreadId};

use super::Core;
use crate::backend::Backend;
use crate::model::creation::{id_to_be, is_to_be};
use crate::model::outbox::ClientMessageId;
use crate::model::outbox::changes::Change;
use crate::model::rows::{ActionError, AddOutcome, NewPerson};
use crate::platform::Shelf;

impl Core {
    /// Makes a thread. When the service cannot be asked now, it is made later, and can be written to until then.
    ///
    /// # Errors
    /// What is wrong with the topic, or what the service refuses.
    pub async fn create_thread(
        self: &Rc<Self>,
        topic: &str,
        people: Vec<NewPerson>,
    ) -> Result<(ThreadId, AddOutcome), ActionError> {
        let topic = self.checked_topic(topic)?;
        // Myself included.
        self.check_room(people.len() + 1)?;
        self.check_people(&people)?;
        let thread = id_to_be(&self.platform.random.id());
        let outcome = self.change(&thread, Change::Create { topic, people }).await?;
        let made = self.model().made_of(&thread).cloned();
        Ok((made.unwrap_or(thread), outcome))
    }

    /// Asks the service for a thread; what waits for it goes there.
    pub(super) async fn make_thread(
        self: &Rc<Self>,
        backend: &dyn Backend,
        entry: &ClientMessageId,
        topic: &str,
        people: &[NewPerson],
    ) -> Result<AddOutcome, ApiError> {
        let (mut participants, mut outcome) = self.resolve(backend, people.to_vec(), None).await?;
        {
            let state = self.state.borrow();
            let me = &state.model.me;
            // With my name, by which the others will know me; the service adds me without one otherwise.
            participants.retain(|known| known.communication_identifier.raw_id() != me);
            participants.push(ChatParticipant {
                communication_identifier: CommunicationIdentifier::from_raw_id(me.as_str()),
                display_name: Some(state.model.my_name.clone()),
                share_history_time: None,
                metadata: None,
            });
        }
        let asked = participants.clone();
        let request_id = entry.as_str().to_owned();
        let created = backend.create_thread(topic.to_owned(), participants, request_id).await?;
        // Not counting myself.
        outcome.note(&asked[..asked.len() - 1], created.invalid_participants);
        let thread = created.chat_thread.id.clone();
        let moved = self.state.borrow_mut().model.made(entry, created.chat_thread);
        self.look_at(&thread);
        let mut kept = true;
        for id in &moved {
            kept &= self.store_entry(id).await;
        }
        self.save_all().await;
        // Until then it would be made again, which is the same thread, and all that waits would find it.
        if kept {
            self.stored(self.platform.storage.remove(Shelf::Outbox, entry.as_str().to_owned())).await;
        }
        Ok(outcome)
    }

    /// Gives up a thread that is to be, if it is one and is not being made just now.
    pub(super) fn drop_what_is_to_be(self: &Rc<Self>, thread: &ThreadId) -> bool {
        let dropped = is_to_be(thread) && self.state.borrow_mut().model.drop_what_is_to_be(thread);
        if dropped {
            self.save_soon();
            self.kick();
            self.flush();
        }
        dropped
    }
}
