//! Ids as types of their own, so that a thread id cannot be passed where a message id is meant.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is: ids are opaque.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

/// Numbers in text compare as numbers: by length once leading zeros are gone, then digit by digit.
fn compare_decimal(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

macro_rules! ordered_as_decimal {
    ($name:ident) => {
        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                compare_decimal(self.as_str(), other.as_str()).then_with(|| self.as_str().cmp(other.as_str()))
            }
        }
    };
}

text_id! {
    /// A thread, such as `19:…@thread.v2`. Opaque (reference `acs-chat.md` 3.4).
    #[derive(PartialOrd, Ord)]
    ThreadId
}

text_id! {
    /// A message in its thread: epoch milliseconds in decimal. Ordered as the messages were sent (3.4).
    MessageId
}
ordered_as_decimal!(MessageId);

text_id! {
    /// The state of a message: epoch milliseconds of its last change, in decimal. The greater is the newer (3.1).
    Version
}
ordered_as_decimal!(Version);

text_id! {
    /// The place of a message in its thread's order of **changes**: an edit or a deletion gets a new, greater one (3.1, 3.5).
    SequenceId
}
ordered_as_decimal!(SequenceId);

text_id! {
    /// A person or program of any kind, by its raw id: `8:acs:…`, `4:+1555…`, `28:orgid:…` (3.3).
    #[derive(PartialOrd, Ord)]
    RawId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_ids_compare_as_numbers() {
        assert!(SequenceId::new("9") < SequenceId::new("10"));
        assert!(SequenceId::new("010") > SequenceId::new("9"));
        assert!(MessageId::new("1623798249000") > MessageId::new("1623798248999"));
        assert_eq!(SequenceId::new("7").cmp(&SequenceId::new("7")), Ordering::Equal);
    }
}
