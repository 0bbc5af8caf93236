//! Pages on the wire: the query parameters of lists, and the links to the next page (reference 3.5, 2.2).

use crate::domain::limits;
use crate::error::ApiError;
use crate::store::{MessageCursor, PositionCursor, Slice, ThreadCursor};
use acs_chat::{ThreadId, Timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::HashMap;
use std::fmt::Write as _;

/// The query of a list request.
pub(crate) struct ListQuery(pub(crate) HashMap<String, String>);

impl ListQuery {
    /// `maxPageSize`; more than the greatest page counts as the greatest.
    pub(crate) fn page_size(&self) -> Result<u32, ApiError> {
        let size = self.number("maxPageSize")?.unwrap_or(limits::PAGE_SIZE);
        if size == 0 {
            return Err(ApiError::bad_request("maxPageSize must be at least 1."));
        }
        Ok(size.min(limits::PAGE_SIZE_MAX))
    }

    /// `skip` and `maxPageSize`, or where the walk stands.
    pub(crate) fn slice(&self) -> Result<Slice, ApiError> {
        let skip = self.number("skip")?.unwrap_or(0);
        Ok(Slice { skip, cursor: self.cursor(position_cursor)?, limit: self.page_size()? })
    }

    /// The address of the next page of a list by position. It has a `skip` as the hosted service's has: the count of
    /// all that came before.
    pub(crate) fn next_slice_link(
        &self,
        base: &str,
        path: &str,
        slice: Slice,
        next: PositionCursor,
    ) -> String {
        let skip = slice.skip.saturating_add(slice.limit).to_string();
        self.next_link(base, path, &[("skip", skip), ("syncState", position_cursor_text(next))])
    }

    /// `startTime`, in any form that clients and this service write.
    pub(crate) fn start_time(&self) -> Result<Option<Timestamp>, ApiError> {
        self.0
            .get("startTime")
            .map(|text| parse_time(text).ok_or_else(|| ApiError::bad_request("startTime is not a time.")))
            .transpose()
    }

    /// `syncState`, in whichever form the list gives it.
    pub(crate) fn cursor<C>(&self, parse: impl FnOnce(&str) -> Option<C>) -> Result<Option<C>, ApiError> {
        self.0
            .get("syncState")
            .map(|text| parse(text).ok_or_else(|| ApiError::bad_request("syncState is not valid.")))
            .transpose()
    }

    fn number(&self, name: &str) -> Result<Option<u32>, ApiError> {
        let bad = |_| ApiError::bad_request(format!("{name} is not a whole number in its range."));
        // Databases count in signed numbers.
        self.0.get(name).map(|text| text.parse::<i32>().map_err(bad).map(i64::from)).transpose()?.map_or(
            Ok(None),
            |number| {
                u32::try_from(number)
                    .map(Some)
                    .map_err(|_| ApiError::bad_request(format!("{name} must not be negative.")))
            },
        )
    }

    /// The address of the next page of the list at `path` on `base`.
    pub(crate) fn next_link(&self, base: &str, path: &str, next: &[(&str, String)]) -> String {
        let mut link = format!("{base}{path}?");
        let kept = ["api-version", "maxPageSize", "startTime"]
            .into_iter()
            .filter_map(|name| self.0.get(name).map(|value| (name, value)));
        let parameters = kept.chain(next.iter().map(|(name, value)| (*name, value)));
        for (index, (name, value)) in parameters.enumerate() {
            let separator = if index == 0 { "" } else { "&" };
            write!(link, "{separator}{name}={}", encode(value)).expect("writing to a String does not fail");
        }
        link
    }
}

/// Percent-encodes a value: all but the unreserved characters.
pub(crate) fn encode(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a String does not fail");
        }
    }
    encoded
}

/// A thread id in a `Location`: the colon encoded and the `@` not, as the hosted service writes it (2.3).
pub(crate) fn encode_in_location(thread: &ThreadId) -> String {
    encode(thread.as_str()).replace("%40", "@")
}

/// A message cursor as hex, as the hosted service's looks.
pub(crate) fn message_cursor_text(cursor: MessageCursor) -> String {
    two_numbers_text(cursor.snapshot, cursor.before)
}

/// Reads what [`message_cursor_text`] wrote.
pub(crate) fn message_cursor(text: &str) -> Option<MessageCursor> {
    two_numbers(text).map(|(snapshot, before)| MessageCursor { snapshot, before })
}

fn position_cursor_text(cursor: PositionCursor) -> String {
    two_numbers_text(cursor.snapshot, cursor.after)
}

fn position_cursor(text: &str) -> Option<PositionCursor> {
    two_numbers(text).map(|(snapshot, after)| PositionCursor { snapshot, after })
}

fn two_numbers_text(first: i64, second: i64) -> String {
    format!("{first:016x}{second:016x}")
}

fn two_numbers(text: &str) -> Option<(i64, i64)> {
    let number = |part: Option<&str>| i64::from_str_radix(part?, 16).ok().filter(|number| *number >= 0);
    (text.len() == 32).then_some(())?;
    Some((number(text.get(..16))?, number(text.get(16..))?))
}

/// A thread cursor as base64, as the hosted service's looks.
pub(crate) fn thread_cursor_text(cursor: &ThreadCursor) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(cursor).expect("plain structs serialise"))
}

/// Reads what [`thread_cursor_text`] wrote.
pub(crate) fn thread_cursor(text: &str) -> Option<ThreadCursor> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// RFC 3339 with any fraction and offset, without one too (then UTC), or the form that the hosted service writes into
/// its links: `1/1/1970 12:00:00 AM +00:00`. A `+` that came unencoded has become a space on the way.
fn parse_time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = Timestamp::parse(text) {
        return Some(time);
    }
    if text.contains('T') {
        let offset = text.replace(' ', "+");
        return Timestamp::parse(&offset).or_else(|_| Timestamp::parse(&format!("{text}Z"))).ok();
    }
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let [date, clock, half, offset] = words.as_slice() else { return None };
    let mut date = date.splitn(3, '/').map(str::parse::<u32>);
    let (month, day, year) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let mut clock = clock.splitn(3, ':');
    let hour: u32 = clock.next()?.parse().ok().filter(|hour| (1..=12).contains(hour))?;
    let (minute, second) = (clock.next()?, clock.next()?);
    let hour = match half.to_ascii_uppercase().as_str() {
        "AM" => hour % 12,
        "PM" => hour % 12 + 12,
        _ => return None,
    };
    let sign = if offset.starts_with(['+', '-']) { "" } else { "+" };
    Timestamp::parse(&format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute}:{second}{sign}{offset}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_times_of_every_client_are_read() {
        let ms = |text| parse_time(text).map(Timestamp::as_ms);
        assert_eq!(ms("2025-01-02T03:04:05.678901Z"), Some(1_735_787_045_678));
        assert_eq!(ms("2025-01-02T03:04:05.678Z"), Some(1_735_787_045_678));
        assert_eq!(ms("2025-01-02T03:04:05Z"), Some(1_735_787_045_000));
        assert_eq!(ms("2025-01-02T03:04:05"), Some(1_735_787_045_000));
        assert_eq!(ms("2025-01-02T04:04:05+01:00"), Some(1_735_787_045_000));
        assert_eq!(ms("2025-01-02T04:04:05 01:00"), Some(1_735_787_045_000), "a + that became a space");
        assert_eq!(ms("1/1/1970 12:00:00 AM +00:00"), Some(0));
        assert_eq!(ms("1/1/1970 12:00:00 AM  00:00"), Some(0));
        assert_eq!(ms("1/2/2025 3:04:05 AM +00:00"), Some(1_735_787_045_000));
        assert_eq!(ms("1/2/2025 12:04:05 PM +00:00"), Some(1_735_787_045_000 + 9 * 3_600_000));
        for text in
            ["", "yesterday", "1/1/1970", "13/1/1970 12:00:00 AM +00:00", "1/1/1970 0:00:00 AM +00:00"]
        {
            assert_eq!(ms(text), None, "{text}");
        }
    }

    #[test]
    fn cursors_go_both_ways_and_nothing_else_is_one() {
        let cursor = MessageCursor { snapshot: 77, before: 12 };
        assert_eq!(message_cursor(&message_cursor_text(cursor)), Some(cursor));
        for text in ["", "1", "é".repeat(16).as_str(), "f".repeat(32).as_str(), "g".repeat(32).as_str()] {
            assert_eq!(message_cursor(text), None, "{text}");
        }
        let cursor = ThreadCursor { snapshot_ms: 5, activity_ms: 4, id: ThreadId::new("19:x@thread.v2") };
        assert_eq!(thread_cursor(&thread_cursor_text(&cursor)), Some(cursor));
        assert_eq!(thread_cursor("e30"), None);
    }

    #[test]
    fn a_next_link_keeps_the_raw_path_and_encodes_values() {
        let query = ListQuery(HashMap::from([
            ("api-version".to_owned(), "2025-03-15".to_owned()),
            ("startTime".to_owned(), "1/1/1970 12:00:00 AM +00:00".to_owned()),
            ("else".to_owned(), "dropped".to_owned()),
        ]));
        assert_eq!(
            query.next_link(
                "http://h:1",
                "/chat/threads/19:a@thread.v2/messages",
                &[("syncState", "0f".into())]
            ),
            "http://h:1/chat/threads/19:a@thread.v2/messages?api-version=2025-03-15\
             &startTime=1%2F1%2F1970%2012%3A00%3A00%20AM%20%2B00%3A00&syncState=0f"
        );
    }
}
