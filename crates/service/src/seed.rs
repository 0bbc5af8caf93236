//! `natter-service seed`: a thread of as many messages as are wanted, for measurements and for tests of long histories.
//!
//! What is said makes no sense, but looks like what people say: most of it short, some of it long, in several scripts, with
//! links, code, lists, edits and messages taken back. `words` has what it is made of. The same seed says the same.

mod words;

use crate::clock::Clock;
use crate::domain::message::{MessageDraft, MessagePatch};
use crate::domain::name::PersonName;
use crate::domain::thread::ThreadDraft;
use crate::settings::Settings;
use crate::state::{AppState, StartError};
use crate::store::{SeedChange, SeedMessage, SeedThread, StoreError};
use acs_chat::{
    ChatMessageType, ChatParticipant, CommunicationIdentifier, CreateChatThreadRequest, RawId,
    SendChatMessageRequest, ThreadId,
};
use clap::Args;
use words::Chance;

/// What is to be written.
#[derive(Clone, Copy, Debug, Args)]
pub struct Seed {
    /// How many messages.
    #[arg(long, default_value_t = 1_000)]
    pub messages: usize,
    /// By how many people, as many as a thread may have.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(2..=250))]
    pub people: u16,
    /// Where chance begins.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeded {
    /// The thread.
    pub thread: ThreadId,
    /// Somebody who is in it, to sign in as.
    pub name: String,
}

/// Writes a thread into the data folder. A service that runs over the same folder shows it at the next request.
///
/// # Errors
/// When the data cannot be opened or written.
pub async fn write(settings: &Settings, seed: Seed) -> Result<Seeded, StartError> {
    write_at(settings, seed, Clock::system()).await
}

/// [`write()`] with a clock of the caller's, for tests.
///
/// # Errors
/// As for [`write()`].
pub async fn write_at(settings: &Settings, seed: Seed, clock: Clock) -> Result<Seeded, StartError> {
    let state = AppState::open_at(settings, clock).await?;
    let mut people = Vec::new();
    for number in 0..usize::from(seed.people) {
        let name = words::name(number);
        let person = state.store().person(PersonName::new(&name).map_err(StoreError::from)?).await?;
        people.push((person.identity.id, name));
    }
    let name = people[0].1.clone();
    let thread = thread(&people, seed, state.now_ms())?;
    Ok(Seeded { thread: state.store().seed_thread(thread).await?, name })
}

/// The thread, of which the first person is the one to sign in as.
pub(crate) fn thread(people: &[(RawId, String)], seed: Seed, now_ms: i64) -> Result<SeedThread, StoreError> {
    let mut chance = Chance::new(seed.seed);
    let mut messages = Vec::with_capacity(seed.messages);
    let (mut at_ms, mut sender) = (0, 0);
    for _ in 0..seed.messages {
        let goes_on = chance.in_hundred(45);
        if !goes_on {
            sender = chance.below(people.len());
        }
        at_ms += gap_ms(&mut chance, goes_on);
        let (id, name) = &people[sender];
        let (content, message_type) = words::message(&mut chance);
        let change = match chance.below(100) {
            0..4 if message_type == ChatMessageType::Text => {
                let patch = MessagePatch { content: Some(words::sentence(&mut chance)), metadata: None };
                Some((at_ms + 900, SeedChange::Edit(patch)))
            }
            4 => Some((at_ms + 900, SeedChange::Delete)),
            _ => None,
        };
        let draft = MessageDraft::new(SendChatMessageRequest {
            content,
            sender_display_name: Some(name.clone()),
            message_type: Some(message_type),
            metadata: None,
        })?;
        messages.push(SeedMessage { at_ms, sender: id.clone(), draft, change, readers: Vec::new() });
    }
    // The others have read almost everything, each up to a message of their own.
    for (id, _) in people.iter().skip(1) {
        let unread = 1 + chance.below(20);
        if let Some(message) = messages.len().checked_sub(unread).and_then(|at| messages.get_mut(at)) {
            message.readers.push(id.clone());
        }
    }
    // The last was said a minute ago.
    let shift_ms = now_ms - 60_000 - at_ms;
    for message in &mut messages {
        message.at_ms += shift_ms;
        if let Some((changed_ms, _)) = &mut message.change {
            *changed_ms += shift_ms;
        }
    }
    let participants = people.iter().map(|(id, name)| ChatParticipant {
        communication_identifier: CommunicationIdentifier::from_raw_id(id.as_str()),
        display_name: Some(name.clone()),
        share_history_time: None,
        metadata: None,
    });
    let draft = ThreadDraft::new(CreateChatThreadRequest {
        topic: format!("{} messages", seed.messages),
        participants: Some(participants.collect()),
        ..CreateChatThreadRequest::default()
    })?;
    let creator = people[0].0.clone();
    Ok(SeedThread { at_ms: shift_ms, creator, draft, messages, welcomes: false })
}

/// Bursts of a few seconds, pauses of minutes, nights.
fn gap_ms(chance: &mut Chance, goes_on: bool) -> i64 {
    let (least, most) = match (goes_on, chance.below(100)) {
        (true, _) => (2_000, 40_000),
        (false, 0..70) => (4_000, 120_000),
        (false, 70..97) => (120_000, 1_800_000),
        (false, _) => (3_600_000, 50_000_000),
    };
    least + i64::try_from(chance.below(most - usize::try_from(least).unwrap_or(0))).unwrap_or(0)
}
