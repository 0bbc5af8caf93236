//! Times and days in words, by the browser's own `Intl`: no table of months in the wasm.
//!
//! Hours count to 24 in every language: a time stands in a margin that has no room for "p.m.".

use std::cell::RefCell;

use acs_chat::Timestamp;
use js_sys::{Array, Date, Object, Reflect};
use leptos::prelude::window;
use wasm_bindgen::prelude::*;

use crate::i18n::{Language, language, words};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Intl)]
    type DateTimeFormat;
    #[wasm_bindgen(constructor, js_namespace = Intl)]
    fn new(locales: &Array, options: &Object) -> DateTimeFormat;
    #[wasm_bindgen(method)]
    fn format(this: &DateTimeFormat, ms: f64) -> String;
}

/// The shapes of a date, each with its options for `Intl.DateTimeFormat`.
#[derive(Clone, Copy)]
enum Shape {
    Weekday,
    ShortDay,
    ShortDayOfYear,
    Day,
    DayOfYear,
    WeekdayAndDay,
    WeekdayAndDayOfYear,
    DayAndTime,
}

impl Shape {
    const fn options(self) -> &'static [(&'static str, &'static str)] {
        const H: [(&str, &str); 3] = [("hour", "2-digit"), ("minute", "2-digit"), ("hourCycle", "h23")];
        match self {
            Self::Weekday => &[("weekday", "short")],
            Self::ShortDay => &[("day", "numeric"), ("month", "short")],
            Self::ShortDayOfYear => &[("day", "numeric"), ("month", "short"), ("year", "numeric")],
            Self::Day => &[("day", "numeric"), ("month", "long")],
            Self::DayOfYear => &[("day", "numeric"), ("month", "long"), ("year", "numeric")],
            Self::WeekdayAndDay => &[("weekday", "long"), ("day", "numeric"), ("month", "long")],
            Self::WeekdayAndDayOfYear => {
                &[("weekday", "long"), ("day", "numeric"), ("month", "long"), ("year", "numeric")]
            }
            Self::DayAndTime => {
                &[("day", "numeric"), ("month", "long"), ("year", "numeric"), H[0], H[1], H[2]]
            }
        }
    }
}

thread_local! {
    /// Making a formatter takes the browser far longer than using it: one of each, for the language they were made for.
    static FORMATS: RefCell<(Language, [Option<DateTimeFormat>; 8])> = RefCell::default();
}

fn format(at: Timestamp, shape: Shape) -> String {
    let now = language();
    FORMATS.with_borrow_mut(|(made_for, formats)| {
        if *made_for != now {
            (*made_for, *formats) = (now, Default::default());
        }
        formats[shape as usize].get_or_insert_with(|| make(now, shape)).format(ms(at))
    })
}

/// An object of these texts.
pub(super) fn options(pairs: &[(&str, &str)]) -> Object {
    let options = Object::new();
    for (name, value) in pairs {
        // Fails only on a frozen object.
        let _ = Reflect::set(&options, &(*name).into(), &(*value).into());
    }
    options
}

fn make(language: Language, shape: Shape) -> DateTimeFormat {
    let options = options(shape.options());
    // The person's own region within the language, when the browser tells: en-GB writes days as en-US does not.
    let locales: Array = window()
        .navigator()
        .languages()
        .iter()
        .filter(|tag| tag.as_string().is_some_and(|tag| Language::from_tag(&tag) == Some(language)))
        .collect();
    locales.push(&language.tag().into());
    DateTimeFormat::new(&locales, &options)
}

#[expect(clippy::cast_precision_loss, reason = "a date of the browser's has no more than 2^53 ms")]
fn ms(at: Timestamp) -> f64 {
    at.as_ms() as f64
}

/// How many local midnights lie between a time and now; negative in the future.
fn days_ago(at: Timestamp) -> f64 {
    let midnight = |date: &Date| {
        date.set_hours(0);
        date.set_minutes(0);
        date.set_seconds(0);
        date.set_milliseconds(0)
    };
    // A day of 23 or 25 hours is a day.
    ((midnight(&Date::new_0()) - midnight(&Date::new(&ms(at).into()))) / 86_400_000.0).round()
}

fn this_year(at: Timestamp) -> bool {
    Date::new(&ms(at).into()).get_full_year() == Date::new_0().get_full_year()
}

/// `09:42`. Written so in all our languages, and known without a formatter, whose making keeps a first page waiting.
#[must_use]
pub fn time(at: Timestamp) -> String {
    let date = Date::new(&ms(at).into());
    let two_digits =
        |number: u32| if number < 10 { ["0", &number.to_string()].concat() } else { number.to_string() };
    [two_digits(date.get_hours()).as_str(), ":", &two_digits(date.get_minutes())].concat()
}

/// For a row of a list: `09:42`, `Yesterday`, `Wed`, `12 Oct`, `12 Oct 2024`.
#[must_use]
pub fn brief(at: Timestamp) -> String {
    let days = days_ago(at);
    if days <= 0.0 {
        time(at)
    } else if days <= 1.0 {
        words().yesterday().to_owned()
    } else if days < 7.0 {
        format(at, Shape::Weekday)
    } else {
        format(at, if this_year(at) { Shape::ShortDay } else { Shape::ShortDayOfYear })
    }
}

/// For the line before a day's messages: `Today`, `Yesterday`, `Thursday 19 November`.
#[must_use]
pub fn day_line(at: Timestamp) -> String {
    let days = days_ago(at);
    if days == 0.0 {
        words().today().to_owned()
    } else if days == 1.0 {
        words().yesterday().to_owned()
    } else {
        format(at, if this_year(at) { Shape::WeekdayAndDay } else { Shape::WeekdayAndDayOfYear })
    }
}

/// The local day, as a field of dates writes it: `2026-11-21`.
#[must_use]
pub fn date_field(at: Timestamp) -> String {
    let date = Date::new(&ms(at).into());
    let two =
        |number: u32| if number < 10 { ["0", &number.to_string()].concat() } else { number.to_string() };
    [&date.get_full_year().to_string(), "-", &two(date.get_month() + 1), "-", &two(date.get_date())].concat()
}

/// When the local day begins that a field of dates holds; none while it holds none.
#[must_use]
pub fn day_of_field(written: &str) -> Option<Timestamp> {
    // With a time and no zone it is local; a date alone would be UTC.
    let begins = Date::parse(&[written, "T00:00"].concat());
    #[expect(clippy::cast_possible_truncation, reason = "a date of the browser's is a whole number")]
    (!written.is_empty() && begins.is_finite()).then_some(Timestamp::from_ms(begins as i64))
}

/// `12 October`, with the year when it is another.
#[must_use]
pub fn day(at: Timestamp) -> String {
    format(at, if this_year(at) { Shape::Day } else { Shape::DayOfYear })
}

/// `12 October 2026 at 09:42`.
#[must_use]
pub fn day_and_time(at: Timestamp) -> String {
    format(at, Shape::DayAndTime)
}

/// Whole seconds until a time, at least 1.
#[must_use]
pub fn seconds_until(at: Timestamp) -> u32 {
    let seconds = ((ms(at) - Date::now()) / 1000.0).ceil();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    {
        seconds.max(1.0) as u32
    }
}

/// The time that a field of type `datetime-local` holds. None for what is no time.
#[must_use]
pub fn from_field(value: &str) -> Option<Timestamp> {
    let ms = Date::parse(value);
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
    ms.is_finite().then(|| Timestamp::from_ms(ms as i64))
}
