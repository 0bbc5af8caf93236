//! A point in time as the service means it: UTC, kept to the millisecond.
//!
//! The wire has several forms for one thing (reference `acs-chat.md` 3.4): whole seconds in chat replies, up to seven
//! fraction digits in examples and identity replies, an offset instead of `Z`. All are read; a fixed one is written.
//!
//! The calendar is the crate `time`'s. The digits are read and written by hand, as its general parser is large in a page.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use time::{Date, Month, OffsetDateTime};

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
        read(text.as_bytes()).ok_or_else(|| InvalidTimestamp(text.to_owned()))
    }

    /// The time of a date and a clock in UTC, if there is such a date and such a time. A leap second is the one after it.
    pub(crate) fn at(year: i64, month: i64, day: i64, clock: [i64; 3]) -> Option<Self> {
        let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
        let date =
            Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()?;
        let [hour, minute, second] = clock;
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let days = i64::from(date.to_julian_day() - OffsetDateTime::UNIX_EPOCH.to_julian_day());
        Some(Self((((days * 24 + hour) * 60 + minute) * 60 + second) * 1000))
    }
}

/// The number that is written with these digits and nothing else.
pub(crate) fn number(digits: &[u8]) -> Option<i64> {
    let add = |number, digit: &u8| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0'));
    if digits.is_empty() || digits.len() > 9 { None } else { digits.iter().try_fold(0, add) }
}

/// `2021-06-15T23:04:09`, perhaps a fraction of a second, and `Z` or how far ahead of UTC that is.
fn read(text: &[u8]) -> Option<Timestamp> {
    let (moment, mut rest) = text.split_at_checked(19)?;
    let marks = [4, 7, 10, 13, 16].map(|place| moment[place].to_ascii_uppercase());
    if marks != *b"--T::" {
        return None;
    }
    let part = |from: usize, to: usize| number(&moment[from..to]);
    let clock = [part(11, 13)?, part(14, 16)?, part(17, 19)?];
    let Timestamp(mut ms) = Timestamp::at(part(0, 4)?, part(5, 7)?, part(8, 10)?, clock)?;
    if let [b'.', behind @ ..] = rest {
        let count = behind.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let fraction = behind.get(..count.min(3))?;
        ms += number(fraction)? * [100, 10, 1][fraction.len() - 1];
        rest = &behind[count..];
    }
    match rest {
        [b'Z' | b'z'] => Some(Timestamp(ms)),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
            let ahead_ms = (hours * 60 + minutes) * 60_000;
            let utc = if *sign == b'+' { ms - ahead_ms } else { ms + ahead_ms };
            (hours < 24 && minutes < 60).then_some(Timestamp(utc))
        }
        _ => None,
    }
}

/// `2021-06-15T23:04:09Z`, with `.678` before the `Z` only when there are milliseconds. Years before 0 and after 9999 have
/// no such form; the nearest time that has one stands for them.
impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.to_offset_date_time();
        let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        write!(formatter, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match time.millisecond() {
            0 => formatter.write_str("Z"),
            ms => write!(formatter, ".{ms:03}Z"),
        }
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
        assert_eq!(ms("1970-01-01t00:00:00.5z"), Ok(500));
        assert_eq!(ms("1969-12-31T19:00:00-05:00"), Ok(0));
        assert_eq!(ms("2016-12-31T23:59:60Z"), ms("2017-01-01T00:00:00Z"), "a leap second");
        for wrong in [
            "yesterday",
            "",
            "2021-06-15",
            "2021-06-15T23:04:09",
            "2021-06-15 23:04:09Z",
            "2021-06-15T23:04:09.Z",
            "2021-06-15T23:04:09.5",
            "2021-06-15T23:04:09+0200",
            "2021-06-15T23:04:09+24:00",
            "2021-06-15T23:04:09+00:60",
            "2021-06-15T24:00:00Z",
            "2021-06-15T23:60:00Z",
            "2021-06-15T23:04:61Z",
            "2021-02-29T00:00:00Z",
            "2021-13-01T00:00:00Z",
            "2021-+6-15T23:04:09Z",
            "2021-06-15T23:04:09Zx",
            "2021年06-15T23:04:09Z",
        ] {
            assert!(Timestamp::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_time_beyond_the_format_is_written_as_the_nearest_within() {
        assert_eq!(Timestamp::from_ms(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from_ms(i64::MIN).to_string(), "0000-01-01T00:00:00Z");
        let late = Timestamp::parse("9999-12-31T23:59:59-12:00").unwrap();
        assert_eq!(serde_json::to_string(&late).unwrap(), "\"9999-12-31T23:59:59.999Z\"");
    }
}
