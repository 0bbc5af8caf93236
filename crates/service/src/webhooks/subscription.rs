//! Who is told of what: where to, in which form, and which events.

use super::envelope::Schema;
use super::happening::{Happening, TYPE_PREFIX, TYPES};
use super::signature::Secret;
use crate::domain::refusal::Refusal;
use crate::domain::text;
use crate::random;
use serde::{Deserialize, Serialize};

/// So many at most: each is asked about at every write.
pub(crate) const SUBSCRIPTIONS: usize = 50;

/// The longest URL and the longest prefix of a subject.
const TEXT_BYTES: usize = 2048;

/// The id of a subscription.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SubscriptionId(pub(crate) String);

impl SubscriptionId {
    /// A new one.
    pub(crate) fn generate() -> Self {
        Self(random::guid())
    }
}

/// A subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subscription {
    /// Which.
    pub(crate) id: SubscriptionId,
    /// Since when.
    pub(crate) created_ms: i64,
    /// The rest, which never changes.
    pub(crate) terms: Terms,
}

/// What a subscription says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Terms {
    /// Where to send.
    pub(crate) url: String,
    /// In which form.
    pub(crate) schema: Schema,
    /// Types without their prefix; none means every type.
    pub(crate) event_types: Vec<String>,
    /// What the subject begins with. Case counts: ids of threads differ by it.
    pub(crate) subject_begins_with: String,
    /// What requests are signed with.
    pub(crate) secret: Secret,
}

/// A subscription as it is asked for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Asked {
    url: String,
    #[serde(default = "event_grid")]
    schema: Schema,
    #[serde(default)]
    event_types: Vec<String>,
    #[serde(default)]
    subject_begins_with: String,
}

fn event_grid() -> Schema {
    Schema::EventGrid
}

impl Asked {
    /// The terms, with a secret of their own. That the URL may be asked is not checked here.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for a type that is not sent, or what is too long.
    pub(crate) fn terms(self) -> Result<Terms, Refusal> {
        for (name, value) in [("url", &self.url), ("subjectBeginsWith", &self.subject_begins_with)] {
            text::check_storable(name, value)?;
            if value.len() > TEXT_BYTES {
                return Err(Refusal::invalid(format!("{name} must not be longer than {TEXT_BYTES} bytes.")));
            }
        }
        let mut event_types = Vec::new();
        for asked in self.event_types {
            let name = asked.strip_prefix(TYPE_PREFIX).unwrap_or(&asked);
            if !TYPES.iter().any(|(one, other)| [*one, *other].contains(&name)) {
                return Err(Refusal::invalid(format!("{asked} is not a type of event that is sent.")));
            }
            if !event_types.iter().any(|known| known == name) {
                event_types.push(name.to_owned());
            }
        }
        Ok(Terms {
            url: self.url,
            schema: self.schema,
            event_types,
            subject_begins_with: self.subject_begins_with,
            secret: Secret::generate(),
        })
    }
}

impl Terms {
    /// Whether one of the happening's events is asked for.
    pub(crate) fn wants(&self, happening: &Happening, part: usize) -> bool {
        let of_type = |name: &str| self.event_types.is_empty() || self.event_types.iter().any(|t| t == name);
        of_type(happening.event_type(part))
            && (self.subject_begins_with.is_empty()
                || happening.subject(part).starts_with(&self.subject_begins_with))
    }

    /// The first of the happening's events from this one on that is asked for.
    pub(crate) fn next_wanted(&self, happening: &Happening, part: usize) -> Option<usize> {
        (part..happening.parts()).find(|part| self.wants(happening, *part))
    }
}
