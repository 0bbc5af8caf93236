//! Changes of a thread itself, as entries of the outbox: its topic, and who is in it.
//!
//! Each can be looked for: the service tells a thread's topic and its people. So an unclear failure is resolved as that of a
//! send is, and what is done is not done again.

use acs_chat::{RawId, Timestamp};

use super::Action;
use crate::model::names::Names;
use crate::model::rows::{NewPerson, NewPersonId, PendingChange};

/// What is to be different in a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is to be there at all.
    Create {
        /// Its topic.
        topic: String,
        /// Who is in it besides me. Names that nobody has looked up yet are looked up when it goes out.
        people: Vec<NewPerson>,
    },
    /// It has another topic.
    Rename {
        /// Which.
        topic: String,
    },
    /// More people are in it.
    Add {
        /// Who. Names that nobody has looked up yet are looked up when it goes out.
        people: Vec<NewPerson>,
        /// They read what came after this; none: everything.
        from: Option<Timestamp>,
    },
    /// Somebody is in it no more; I, when I leave.
    TakeOut {
        /// Who.
        person: RawId,
    },
}

impl Change {
    /// This makes that one pointless: the later topic stands, and one is taken out once.
    #[must_use]
    pub(super) fn replaces(&self, before: &Action) -> bool {
        match (self, before) {
            (Self::Rename { .. }, Action::Change(Self::Rename { .. })) => true,
            (Self::TakeOut { person }, Action::Change(Self::TakeOut { person: before })) => person == before,
            _ => false,
        }
    }

    /// As it is shown.
    #[must_use]
    pub fn shown(&self, names: &Names, me: &RawId) -> PendingChange {
        match self {
            Self::Rename { topic } => PendingChange::Rename(topic.clone()),
            Self::Create { people, .. } => PendingChange::Create(names_of(people, names)),
            Self::Add { people, .. } => PendingChange::Add(names_of(people, names)),
            Self::TakeOut { person } if person == me => PendingChange::Leave,
            Self::TakeOut { person } => PendingChange::TakeOut(names.author(person).name),
        }
    }
}

fn names_of(people: &[NewPerson], names: &Names) -> Vec<String> {
    people.iter().map(|person| name_of(person, names)).collect()
}

/// What somebody to be added is called.
#[must_use]
pub fn name_of(person: &NewPerson, names: &Names) -> String {
    match (&person.name, &person.who) {
        (Some(name), _) | (None, NewPersonId::Name(name)) => name.clone(),
        (None, NewPersonId::Id(id)) => names.known(id).unwrap_or(id.as_str()).to_owned(),
    }
}

/// Between people, and between the parts of one, in a text that is kept: in no id, and taken out of names.
const BETWEEN_PEOPLE: char = '\u{1e}';
const BETWEEN_PARTS: char = '\u{1f}';

/// People as one text.
pub(super) fn write_people(people: &[NewPerson]) -> String {
    let clean = |text: &str| text.replace([BETWEEN_PEOPLE, BETWEEN_PARTS], "");
    let person = |person: &NewPerson| {
        let (kind, who) = match &person.who {
            NewPersonId::Id(id) => ("id", id.as_str()),
            NewPersonId::Name(name) => ("name", name.as_str()),
        };
        let name = person.name.as_deref().unwrap_or_default();
        format!("{kind}{BETWEEN_PARTS}{}{BETWEEN_PARTS}{}", clean(who), clean(name))
    };
    people.iter().map(person).collect::<Vec<_>>().join(&BETWEEN_PEOPLE.to_string())
}

/// What [`write_people`] wrote; none for anything else.
pub(super) fn read_people(text: &str) -> Option<Vec<NewPerson>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let person = |text: &str| {
        let mut parts = text.split(BETWEEN_PARTS);
        let (kind, who, name) = (parts.next()?, parts.next()?, parts.next()?);
        let who = match kind {
            "id" => NewPersonId::Id(RawId::new(who)),
            "name" => NewPersonId::Name(who.to_owned()),
            _ => return None,
        };
        Some(NewPerson { who, name: Some(name.to_owned()).filter(|name| !name.is_empty()) })
    };
    text.split(BETWEEN_PEOPLE).map(person).collect()
}
