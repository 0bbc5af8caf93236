//! Dates as HTTP headers write them, `Thu, 02 Jan 2025 03:04:05 GMT`: the one form that is sent today, and no other.
//!
//! By hand: thirty lines here are a tenth of what the general parser adds to the WebAssembly.

use crate::time::{Timestamp, number};

const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";

/// Reads such a date. The weekday is not checked, as it says nothing.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let [_, day, month, year, clock, "GMT"] = *words.as_slice() else { return None };
    let [h1, h2, b':', m1, m2, b':', s1, s2] = *clock.as_bytes() else { return None };
    let clock = [number(&[h1, h2])?, number(&[m1, m2])?, number(&[s1, s2])?];
    let month = MONTHS.as_bytes().chunks(3).position(|name| name == month.as_bytes())?;
    Timestamp::at(number(year.as_bytes())?, i64::try_from(month).ok()? + 1, number(day.as_bytes())?, clock)
}

/// Writes such a date; a fraction of a second is cut off.
#[cfg(feature = "identity")]
pub(crate) fn format(time: Timestamp) -> String {
    const WEEKDAYS: &str = "MonTueWedThuFriSatSun";
    let moment = time.to_offset_date_time();
    let three = |names: &'static str, index: u8| {
        let at = usize::from(index) * 3;
        names.get(at..at + 3).unwrap_or_default()
    };
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        three(WEEKDAYS, moment.weekday().number_days_from_monday()),
        moment.day(),
        three(MONTHS, u8::from(moment.month()) - 1),
        moment.year(),
        moment.hour(),
        moment.minute(),
        moment.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_header_date_and_nothing_else() {
        let at = Timestamp::parse("2025-01-02T03:04:05Z").unwrap();
        assert_eq!(parse("Thu, 02 Jan 2025 03:04:05 GMT"), Some(at));
        for wrong in [
            "",
            "120",
            "Thu, 02 Jan 2025 03:04:05",
            "Thu, 02 Jan 2025 03:04:05 +0100",
            "Thu, 02 anF 2025 03:04:05 GMT",
            "Thu, 31 Feb 2025 03:04:05 GMT",
            "Thu, 02 Jan 2025 24:04:05 GMT",
            "Thu, 02 Jan 2025 03:04:05:06 GMT",
            "2025-01-02T03:04:05Z",
        ] {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
    }

    #[cfg(feature = "identity")]
    #[test]
    fn what_is_written_is_read_back() {
        for text in ["1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "2025-12-31T12:00:00Z"] {
            let at = Timestamp::parse(text).unwrap();
            assert_eq!(parse(&format(at)), Some(at), "{text}");
        }
        assert_eq!(format(Timestamp::from_ms(1_735_787_045_999)), "Thu, 02 Jan 2025 03:04:05 GMT");
    }
}
