//! Who is in a thread.

use acs_chat::{ChatParticipant, ChatRetentionPolicy, ChatThreadProperties, RawId, Timestamp};

use super::names::Names;
use super::rows::{PersonRow, ThreadDetails};
use super::sorted::SortedMap;

/// The people and the properties of one thread, as far as they are known.
#[derive(Debug, Default)]
pub struct Roster {
    people: Option<Vec<ChatParticipant>>,
    properties: Option<ChatThreadProperties>,
    /// When somebody was added, as system messages tell.
    since: SortedMap<RawId, Timestamp>,
}

impl Roster {
    /// Takes in the complete list.
    pub fn set_people(&mut self, people: Vec<ChatParticipant>) {
        self.people = Some(people);
    }

    /// Takes in the properties.
    pub fn set_properties(&mut self, properties: ChatThreadProperties) {
        self.properties = Some(properties);
    }

    /// A system message told that somebody was added then; the latest counts.
    pub fn added(&mut self, id: &RawId, at: Timestamp) {
        let since = self.since.get_or_default(id);
        *since = (*since).max(at);
    }

    /// How many people there are, once the list is here.
    #[must_use]
    pub fn count(&self) -> Option<usize> {
        self.people.as_ref().map(Vec::len)
    }

    /// The list is here.
    #[must_use]
    pub fn people_loaded(&self) -> bool {
        self.people.is_some()
    }

    /// The properties are here.
    #[must_use]
    pub fn properties_loaded(&self) -> bool {
        self.properties.is_some()
    }

    /// Everybody in the thread, as far as known.
    pub fn ids(&self) -> impl Iterator<Item = &RawId> {
        self.people.iter().flatten().map(|person| person.communication_identifier.raw_id())
    }

    /// As shown. `topic` is the newest one, which the list of threads knows better than the properties.
    #[must_use]
    pub fn details(
        &self,
        topic: &str,
        me: &RawId,
        names: &Names,
        receipts_up_to: Option<u32>,
    ) -> ThreadDetails {
        let properties = self.properties.as_ref();
        let created_on = properties.map(|properties| properties.created_on);
        let people = self.people.iter().flatten().map(|person| {
            let id = person.communication_identifier.raw_id();
            // Absent and 1970 both mean everything, and so does a time before the thread began.
            let from =
                person.share_history_time.filter(|from| *from > created_on.unwrap_or(Timestamp::EPOCH));
            PersonRow {
                person: names.author(id),
                me: id == me,
                since: self.since.get(id).copied(),
                history_from: from.filter(|from| *from > Timestamp::EPOCH),
            }
        });
        let creator = properties.map(|properties| &properties.created_by_communication_identifier);
        let retention = properties.and_then(|properties| properties.retention_policy.as_ref());
        let metadata = properties.and_then(|properties| properties.metadata.clone());
        ThreadDetails {
            topic: topic.to_owned(),
            created_on,
            created_by: creator.map(|creator| names.author(creator.raw_id())),
            deleted_after_days: match retention {
                Some(ChatRetentionPolicy::ThreadCreationDate { delete_thread_after_days }) => {
                    Some(*delete_thread_after_days)
                }
                Some(ChatRetentionPolicy::None | ChatRetentionPolicy::Unknown) | None => None,
            },
            metadata: metadata.unwrap_or_default(),
            people: people.collect(),
            people_loaded: self.people.is_some(),
            receipts_available: receipts_up_to.is_some_and(|most| {
                self.count().is_none_or(|count| count <= usize::try_from(most).unwrap_or(0))
            }),
        }
    }
}
