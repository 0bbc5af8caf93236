//! A point in time as the service means it: UTC, kept to the millisecond.
//!
//! The wire has several forms for one thing (reference `acs-chat.md` 3.4): whole seconds in chat replies, up to seven
//! fraction digits in examples and identity replies, an offset instead of `Z`. All are read; a fixed one is written.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Milliseconds since 1970-01-01T00:00:00Z. Ordered; written as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The text is no RFC 3339 time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 time: {0:?}")]
pub struct InvalidTimestamp(pub String);

impl Timestamp {
    /// The beginning of 1970: as a history time it means "everything".
    pub const EPOCH: Self = Self(0);

    /// From milliseconds since the epoch.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// The same time without its fraction of a second, as the chat service shows times (3.4).
    #[must_use]
    pub const fn truncated_to_second(self) -> Self {
        Self(self.0.div_euclid(1000) * 1000)
    }

    pub(crate) fn to_offset_date_time(self) -> OffsetDateTime {
        // From 0000-01-01T00:00:00Z to 9999-12-31T23:59:59.999Z.
        let ms = self.0.clamp(-62_167_219_200_000, 253_402_300_799_999);
        // In seconds and milliseconds: nanoseconds take 128 bits, and what divides those is larger than all of this.
        let seconds = OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000));
        let millisecond = u16::try_from(ms.rem_euclid(1000)).unwrap_or(0);
        seconds.and_then(|time| time.replace_millisecond(millisecond)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// Reads RFC 3339 with any number of fraction digits and any offset.
    ///
    /// # Errors
    /// [`InvalidTimestamp`] with the text, when it is something else.
    pub fn parse(text: &str) -> Result<Self, InvalidTimestamp> {
        let invalid = || InvalidTimestamp(text.to_owned());
        let parsed = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| invalid())?;
        Ok(Self(parsed.unix_timestamp() * 1000 + i64::from(parsed.millisecond())))
    }
}

/// `2021-06-15T23:04:09Z`, with `.678` before the `Z` only when there are milliseconds. Years before 0 and after 9999 have
/// no such form; the nearest time that has one stands for them.
impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.to_offset_date_time().format(&Rfc3339).map_err(|_| fmt::Error)?;
        formatter.write_str(&text)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form_the_wire_has_and_writes_one() {
        let ms = |text| Timestamp::parse(text).map(Timestamp::as_ms);
        assert_eq!(ms("2021-06-15T23:04:09Z"), Ok(1_623_798_249_000));
        assert_eq!(ms("2021-06-15T23:04:09.6789012Z"), Ok(1_623_798_249_678));
        assert_eq!(ms("2021-06-16T01:04:09.678+02:00"), Ok(1_623_798_249_678));
        assert_eq!(Timestamp::from_ms(1_623_798_249_678).to_string(), "2021-06-15T23:04:09.678Z");
        assert_eq!(Timestamp::from_ms(1_623_798_249_000).to_string(), "2021-06-15T23:04:09Z");
        assert_eq!(Timestamp::from_ms(1_623_798_249_678).truncated_to_second().as_ms(), 1_623_798_249_000);
        assert!(Timestamp::parse("yesterday").is_err());
        assert!(Timestamp::parse("").is_err());
    }

    #[test]
    fn a_time_beyond_the_format_is_written_as_the_nearest_within() {
        assert_eq!(Timestamp::from_ms(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from_ms(i64::MIN).to_string(), "0000-01-01T00:00:00Z");
        let late = Timestamp::parse("9999-12-31T23:59:59-12:00").unwrap();
        assert_eq!(serde_json::to_string(&late).unwrap(), "\"9999-12-31T23:59:59.999Z\"");
    }
}
