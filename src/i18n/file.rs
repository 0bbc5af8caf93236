//! A language's file: `key = words`, one a line; quotes keep a blank at an end, and a line that begins with `#` is for its readers.
//!
//! The file may be older or newer than the app: a key that it lacks keeps its English words, and one that the app lacks is
//! passed over.

use super::english::ENGLISH;
use super::words::{KEYS, List};

/// The keys and words of a file.
pub(super) fn entries(file: &str) -> impl Iterator<Item = (&str, &str)> {
    file.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let (key, words) = line.split_once('=')?;
        let words = words.trim();
        let within = words.strip_prefix('"').and_then(|words| words.strip_suffix('"'));
        Some((key.trim(), within.unwrap_or(words)))
    })
}

/// The words of a file. None when it has none: then it is another file, such as a host's page for what it does not find.
pub(super) fn read(file: &'static str) -> Option<List> {
    let mut list = ENGLISH;
    let mut found = false;
    for (key, words) in entries(file).filter(|(_, words)| !words.is_empty()) {
        let at = KEYS.split_terminator(' ').position(|known| known == key);
        if let Some(place) = at.and_then(|at| list.get_mut(at)) {
            *place = words;
            found = true;
        }
    }
    found.then_some(list)
}
