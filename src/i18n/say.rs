//! What the model tells apart, put into words: errors, reasons, system notes, sizes.

use crate::model::rows::{ActionError, Author, FailReason, InvalidInput, PendingChange, SystemNote};

use super::words;
use super::words::Phrase;

/// A whole sentence for an action that did not work.
pub(crate) fn say_error(error: &ActionError) -> String {
    let words = words();
    match error {
        ActionError::NoConnection => words.err_no_connection().to_owned(),
        ActionError::LoginLost => words.err_login().to_owned(),
        ActionError::NotAllowed => words.err_not_allowed().to_owned(),
        ActionError::NotFound => words.err_not_found().to_owned(),
        ActionError::TooManyPeople { limit } => words.err_too_many().count(*limit, &[]),
        ActionError::RateLimited { .. } => words.err_rate().to_owned(),
        ActionError::Refused { status, message } => words.err_refused().with(&[&status.to_string(), message]),
        ActionError::BrokenReply => words.err_broken().to_owned(),
        ActionError::Invalid(input) => say_invalid(input),
    }
}

fn say_invalid(input: &InvalidInput) -> String {
    let words = words();
    let fixed = match input {
        InvalidInput::EmptyName => words.inv_name(),
        InvalidInput::NameTooLong => words.inv_name_long(),
        InvalidInput::EmptyTopic => words.inv_topic(),
        InvalidInput::TopicTooLong { limit } => {
            return words.inv_topic_long().count(u32::try_from(*limit).unwrap_or(u32::MAX), &[]);
        }
        InvalidInput::EmptyEndpoint => words.inv_endpoint(),
        InvalidInput::BadEndpoint => words.inv_endpoint_bad(),
        InvalidInput::InsecureEndpoint => words.inv_endpoint_http(),
        InvalidInput::EmptyToken => words.inv_token(),
        InvalidInput::BrokenToken => words.inv_token_broken(),
        InvalidInput::ExpiredToken { at } => {
            return words.inv_token_expired().with(&[&crate::platform::locale::day_and_time(*at)]);
        }
        InvalidInput::TokenWithoutUser => words.inv_token_user(),
        InvalidInput::TokenWithoutChatScope => words.inv_token_scope(),
        InvalidInput::BadUserId => words.inv_user_id(),
    };
    fixed.to_owned()
}

/// Why a message was not sent: the part after "Not sent:".
pub(crate) fn say_fail_reason(why: &FailReason) -> String {
    let words = words();
    match why {
        FailReason::TooLong { bytes, limit } => words.why_too_long().with(&[&size(*bytes), &size(*limit)]),
        FailReason::Empty => words.why_empty().to_owned(),
        FailReason::NotMember => words.why_not_member().to_owned(),
        FailReason::ThreadGone => words.why_gone().to_owned(),
        FailReason::Refused { message } => message.clone(),
        FailReason::LoginLost => words.why_login().to_owned(),
        FailReason::Unknown => words.why_unknown().to_owned(),
    }
}

/// A change of a thread that is on its way.
pub(crate) fn say_change(change: &PendingChange) -> String {
    let said = |names: &[String]| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        say_names(&names)
    };
    match change {
        PendingChange::Create(names) if names.is_empty() => words().change_create().to_owned(),
        PendingChange::Create(names) => words().change_create_with().with(&[&said(names)]),
        PendingChange::Rename(topic) => words().change_rename().with(&[topic]),
        PendingChange::Add(names) => words().change_add().with(&[&said(names)]),
        PendingChange::TakeOut(name) => words().change_take_out().with(&[name]),
        PendingChange::Leave => words().change_leave().to_owned(),
    }
}

/// A system message in one line.
pub(crate) fn say_note(note: &SystemNote) -> String {
    let words = words();
    match note {
        SystemNote::TopicChanged { by, topic } => said_by(words.topic_changed(), by.as_ref(), topic),
        SystemNote::Added { by, people } => said_by(words.added(), by.as_ref(), &say_people(people)),
        SystemNote::Removed { by, people } => said_by(words.removed(), by.as_ref(), &say_people(people)),
        SystemNote::Left { who } => words.left().with(&[&who.name]),
        SystemNote::Created { by: None, .. } => words.created().form(2, &[]),
        SystemNote::Created { by: Some(by), people } => {
            let others: Vec<Author> = people.iter().filter(|person| by.id != person.id).cloned().collect();
            let with = say_people(&others);
            words.created().form(usize::from(with.is_empty()), &[&by.name, &with])
        }
        SystemNote::Other { .. } => words.other_note().to_owned(),
    }
}

/// A phrase of which the first form is for a name that is known, and the second for none.
pub(crate) fn said_by(phrase: Phrase, by: Option<&Author>, what: &str) -> String {
    let name = by.map_or("", |by| &by.name);
    phrase.form(usize::from(by.is_none()), &[name, what])
}

/// Names in a row; of many, the first four.
pub(crate) fn say_people(people: &[Author]) -> String {
    let names: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
    say_names(&names)
}

/// Names in a row; of many, the first four, so that a line stays a line.
pub(crate) fn say_names(names: &[&str]) -> String {
    const MOST: usize = 4;
    // "and 1 more" would take the room of the name.
    let shown = if names.len() > MOST + 1 { MOST } else { names.len() };
    list(&names[..shown], names.len() - shown)
}

/// Who is typing.
pub(crate) fn say_typing(names: &[&str]) -> String {
    words().typing().form(usize::from(names.len() != 1), &[&list(names, 0)])
}

/// Names as a language lists them, and how many more there are.
pub(super) fn list(names: &[&str], more: usize) -> String {
    let words = words();
    match names.split_last() {
        _ if more > 0 => {
            let (first, all) = (names.join(words.names_between()), names.len() + more);
            words.names_more().with(&[&first, &more.to_string(), &all.to_string()])
        }
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => [&others.join(words.names_between()), words.names_last(), last].concat(),
    }
}

/// A length in bytes: `31 KB`, below ten with a tenth. A KB is 1,024, as the limit of the service is 28 of them.
pub(crate) fn size(bytes: usize) -> String {
    let tenths = (bytes * 10).div_ceil(1024);
    let (whole, tenth) = (tenths / 10, tenths % 10);
    if whole >= 10 || tenth == 0 {
        [&bytes.div_ceil(1024).to_string(), " KB"].concat()
    } else {
        [&whole.to_string(), ".", &tenth.to_string(), " KB"].concat()
    }
}

#[cfg(test)]
mod tests {
    use acs_chat::RawId;

    use super::*;

    fn author(name: &str) -> Author {
        Author { id: RawId::new(name), name: name.to_owned(), initial: String::new(), hue: 1 }
    }

    #[test]
    fn sizes_are_short_and_never_say_less_than_there_is() {
        assert_eq!(size(28 * 1024), "28 KB");
        assert_eq!(size(28 * 1024 + 1), "29 KB");
        assert_eq!(size(1200), "1.2 KB");
        assert_eq!(size(1), "0.1 KB");
        assert_eq!(size(0), "0 KB");
    }

    #[test]
    fn the_maker_of_a_thread_is_not_said_twice() {
        let note =
            SystemNote::Created { by: Some(author("Lena")), people: vec![author("Lena"), author("Mei")] };
        assert_eq!(say_note(&note), "Lena started the thread with Mei");
        let alone = SystemNote::Created { by: Some(author("Lena")), people: vec![author("Lena")] };
        assert_eq!(say_note(&alone), "Lena started the thread");
    }

    #[test]
    fn of_many_names_four_are_said_and_the_rest_counted() {
        assert_eq!(say_names(&["a", "b", "c", "d", "e"]), "a, b, c, d and e");
        assert_eq!(say_names(&["a", "b", "c", "d", "e", "f"]), "a, b, c, d and 2 more");
    }
}
