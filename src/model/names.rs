//! What people are called, from the best source there is.
//!
//! A name given when somebody was added to a thread (participants, system messages) goes before the name that came with
//! their newest message, and that before a short form of their id. Of names that look alike each has the end of its id with it, so
//! that nobody passes for somebody else; a name of nothing that can be seen is none. Nothing here is translated.

mod alike;

use std::cell::RefCell;
use std::sync::Arc;

use acs_chat::{MessageId, RawId};

use self::alike::{skeleton, visible};
use super::rows::Author;
use super::sorted::{SortedMap, insert_once};

/// How many hues there are for avatars.
const HUES: u32 = 7;

/// The names known so far.
#[derive(Debug, Default)]
pub struct Names {
    given: SortedMap<RawId, String>,
    sent: SortedMap<RawId, (MessageId, String)>,
    /// Whose names look like this.
    alike: SortedMap<String, Vec<RawId>>,
    /// Those of them who are not the only one: looked up for every row, and nearly always nobody.
    told_apart: Vec<RawId>,
    /// People as shown, until somebody is called otherwise.
    shown: RefCell<SortedMap<RawId, Arc<Author>>>,
}

impl Names {
    /// Takes in the name that somebody was added under; says whether that changed anything.
    pub fn give(&mut self, id: &RawId, name: &str) -> bool {
        let name = visible(name);
        if name.is_empty() || self.given.get(id).is_some_and(|known| *known == name) {
            return false;
        }
        self.looks_like(id, &name);
        self.given.insert(id.clone(), name);
        true
    }

    /// Takes in the name that came with a message; the newest message's is kept. Says whether what is shown changed.
    pub fn hear(&mut self, id: &RawId, message: &MessageId, name: &str) -> bool {
        if self.sent.get(id).is_some_and(|(known, _)| known >= message) {
            return false;
        }
        let name = visible(name);
        if name.is_empty() {
            return false;
        }
        let shown = !self.given.contains_key(id);
        if shown && self.known(id) != Some(&name) {
            self.looks_like(id, &name);
        }
        let before = self.sent.insert(id.clone(), (message.clone(), name.clone()));
        shown && before.is_none_or(|(_, before)| before != name)
    }

    /// Notes what somebody's new name looks like, in place of what the old one did.
    fn looks_like(&mut self, id: &RawId, name: &str) {
        // Of two that look alike the other one is called otherwise too.
        self.shown.get_mut().clear();
        let before = self.known(id).map(skeleton);
        let now = skeleton(name);
        if let Some(others) = before.as_ref().and_then(|before| self.alike.get_mut(before)) {
            others.retain(|other| other != id);
        }
        insert_once(self.alike.get_or_default(&now), id);
        self.told_apart.retain(|other| other != id);
        for look in before.iter().chain([&now]) {
            let Some(those) = self.alike.get(look) else { continue };
            let several = those.len() > 1;
            self.told_apart.retain(|other| several || !those.contains(other));
            if several {
                those.iter().for_each(|other| insert_once(&mut self.told_apart, other));
            }
        }
    }

    /// The name, if anybody gave one.
    #[must_use]
    pub fn known(&self, id: &RawId) -> Option<&str> {
        self.given.get(id).or_else(|| self.sent.get(id).map(|(_, name)| name)).map(String::as_str)
    }

    /// A person as shown.
    #[must_use]
    pub fn author(&self, id: &RawId) -> Author {
        let (name, initial) = match self.known(id) {
            Some(name) if self.told_apart.contains(id) => {
                ([name, " (", end_of(id), ")"].concat(), initial(name))
            }
            Some(name) => (name.to_owned(), initial(name)),
            None => (short_form(id), "?".to_owned()),
        };
        Author { id: id.clone(), name, initial, hue: hue(id) }
    }

    /// A person as shown in row after row.
    #[must_use]
    pub fn shared_author(&self, id: &RawId) -> Arc<Author> {
        if let Some(author) = self.shown.borrow().get(id) {
            return Arc::clone(author);
        }
        let author = Arc::new(self.author(id));
        self.shown.borrow_mut().insert(id.clone(), Arc::clone(&author));
        author
    }

    /// Everybody with a name that somebody gave.
    pub fn iter(&self) -> impl Iterator<Item = (&RawId, &str)> {
        let heard = self.sent.iter().filter(|(id, _)| !self.given.contains_key(*id));
        let given = self.given.iter().map(|(id, name)| (id, name.as_str()));
        given.chain(heard.map(|(id, (_, name))| (id, name.as_str())))
    }
}

/// The end of an id that tells people apart: the first digits of the user's part.
fn short_form(id: &RawId) -> String {
    let text = id.as_str();
    let part = text.rsplit(['_', ':']).next().filter(|part| !part.is_empty()).unwrap_or(text);
    // Thirteen digits hold a phone number, and the first group of a GUID is eight.
    let length = if part.starts_with('+') { 16 } else { 8 };
    let short: String = part.chars().take(length).collect();
    if short.is_empty() { "?".to_owned() } else { short }
}

/// The end of an id, which is its own where the beginning is a resource's or a time's.
fn end_of(id: &RawId) -> &str {
    let text = id.as_str();
    let from = text.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    &text[from..]
}

/// The first letter, with the marks that belong to it. The avatar shows it in upper case, by its style.
fn initial(name: &str) -> String {
    let joins =
        |letter: &char| matches!(*letter, '\u{300}'..='\u{36f}' | '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}');
    let mut letters = name.chars().skip_while(|letter| letter.is_ascii() && !letter.is_ascii_alphanumeric());
    let Some(first) = letters.next() else { return "?".to_owned() };
    std::iter::once(first).chain(letters.take_while(joins)).collect()
}

/// The same id has the same hue everywhere and always (FNV-1a).
fn hue(id: &RawId) -> u8 {
    let hash = id
        .as_str()
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    // The low bits of FNV-1a are its worst.
    let hue = (hash ^ (hash >> 16)) % HUES + 1;
    u8::try_from(hue).expect("at most seven")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> RawId {
        RawId::new(text)
    }

    #[test]
    fn a_given_name_goes_before_a_heard_one_and_that_before_the_id() {
        let mut names = Names::default();
        let ann = id("8:acs:37691ec4-57fb_0000000a-b1cc-8a94");
        assert_eq!(names.author(&ann).name, "0000000a");
        assert_eq!(names.author(&ann).initial, "?");
        assert!(names.hear(&ann, &MessageId::new("10"), "Ann by message"));
        assert!(!names.hear(&ann, &MessageId::new("9"), "older"), "an older message does not rename");
        assert_eq!(names.author(&ann).name, "Ann by message");
        assert!(names.give(&ann, " Ann "));
        assert!(!names.give(&ann, "Ann"));
        assert_eq!(names.author(&ann).name, "Ann");
        assert!(!names.hear(&ann, &MessageId::new("11"), "other"), "nothing that is shown changed");
        assert!(!names.give(&ann, "  "), "an empty name is no name");
    }

    #[test]
    fn who_is_shown_in_many_rows_is_shown_by_the_newest_name() {
        let mut names = Names::default();
        let (ann, other) = (id("8:acs:r_1-aaaa"), id("8:acs:r_1-bbbb"));
        names.give(&ann, "Ann");
        let before = names.shared_author(&ann);
        assert!(Arc::ptr_eq(&before, &names.shared_author(&ann)), "it is one for all rows");
        names.give(&other, "Ann");
        assert_eq!(names.shared_author(&ann).name, "Ann (aaaa)");
        names.give(&ann, "Anna");
        assert_eq!(*names.shared_author(&ann), names.author(&ann));
        assert_eq!(
            (names.shared_author(&ann).name.as_str(), names.shared_author(&other).name.as_str()),
            ("Anna", "Ann")
        );
    }

    #[test]
    fn names_that_look_alike_are_told_apart_as_long_as_they_do() {
        let mut names = Names::default();
        let (ann, other) = (id("8:acs:r_1-aaaa"), id("8:acs:r_1-bbbb"));
        names.give(&ann, "Ann");
        assert!(names.hear(&other, &MessageId::new("1"), "Аnn"), "the first letter is Cyrillic");
        assert_eq!(names.author(&ann).name, "Ann (aaaa)");
        assert_eq!(names.author(&other).name, "Аnn (bbbb)");
        assert_eq!(names.author(&ann).initial, "A");
        assert!(names.hear(&other, &MessageId::new("2"), "Bob"));
        assert_eq!(
            (names.author(&ann).name, names.author(&other).name),
            ("Ann".to_owned(), "Bob".to_owned())
        );
        assert!(!names.give(&id("8:acs:r_2"), "\u{200b}\u{3164}"), "a name that cannot be seen is none");
    }

    #[test]
    fn initials_and_short_forms_of_all_sorts() {
        assert_eq!(initial("ann"), "a");
        assert_eq!(initial("  (Bob)"), "B");
        assert_eq!(initial("王小明"), "王");
        assert_eq!(initial("e\u{301}mile"), "e\u{301}");
        assert_eq!(initial("..."), "?");
        assert_eq!(short_form(&id("4:+15551234567")), "+15551234567");
        assert_eq!(short_form(&id("")), "?");
    }

    #[test]
    fn every_hue_is_used_and_none_is_out_of_range() {
        let mut seen = [0; 8];
        for number in 0..700 {
            seen[usize::from(hue(&id(&format!("8:acs:r_{number}"))))] += 1;
        }
        assert_eq!(seen[0], 0);
        assert!(seen[1..].iter().all(|count| *count > 50), "{seen:?}");
    }
}
