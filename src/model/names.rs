//! What people are called, from the best source there is.
//!
//! A name given when somebody was added to a thread (participants, system messages) goes before the name that came with
//! their newest message, and that before a short form of their id. Nothing here is translated.

use acs_chat::{MessageId, RawId};

use super::rows::Author;
use super::sorted::SortedMap;

/// How many hues there are for avatars.
const HUES: u32 = 7;

/// The names known so far.
#[derive(Debug, Default)]
pub struct Names {
    given: SortedMap<RawId, String>,
    sent: SortedMap<RawId, (MessageId, String)>,
}

impl Names {
    /// Takes in the name that somebody was added under; says whether that changed anything.
    pub fn give(&mut self, id: &RawId, name: &str) -> bool {
        let name = name.trim();
        if name.is_empty() || self.given.get(id).is_some_and(|known| known == name) {
            return false;
        }
        self.given.insert(id.clone(), name.to_owned());
        true
    }

    /// Takes in the name that came with a message; the newest message's is kept. Says whether what is shown changed.
    pub fn hear(&mut self, id: &RawId, message: &MessageId, name: &str) -> bool {
        let name = name.trim();
        if name.is_empty() || self.sent.get(id).is_some_and(|(known, _)| known >= message) {
            return false;
        }
        let before = self.sent.insert(id.clone(), (message.clone(), name.to_owned()));
        !self.given.contains_key(id) && before.is_none_or(|(_, before)| before != name)
    }

    /// The name, if anybody gave one.
    #[must_use]
    pub fn known(&self, id: &RawId) -> Option<&str> {
        self.given.get(id).or_else(|| self.sent.get(id).map(|(_, name)| name)).map(String::as_str)
    }

    /// A person as shown.
    #[must_use]
    pub fn author(&self, id: &RawId) -> Author {
        let name = self.known(id).map_or_else(|| short_form(id), str::to_owned);
        let initial = if self.known(id).is_some() { initial(&name) } else { "?".to_owned() };
        Author { id: id.clone(), name, initial, hue: hue(id) }
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
