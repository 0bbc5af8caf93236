//! Who said what.

use super::sentences::{Sentence, tokens};
use std::cmp::Reverse;

/// So many are listed.
const MOST: usize = 8;

/// So much of the query has to be in a sentence, in percent.
const ENOUGH: usize = 60;

/// Sentences about this, the best first and of those the newest.
pub(super) fn find<'a>(query: &str, sentences: &'a [Sentence<'a>]) -> Vec<&'a Sentence<'a>> {
    let wanted = tokens(query);
    let phrase = query.trim().to_lowercase();
    if phrase.is_empty() {
        return Vec::new();
    }
    let score = |sentence: &Sentence<'_>| {
        if sentence.text.to_lowercase().contains(&phrase) {
            return 101;
        }
        let there = wanted
            .iter()
            .filter(|token| sentence.tokens.iter().any(|word| word == *token || is_form_of(word, token)));
        (100 * there.count()).checked_div(wanted.len()).unwrap_or(0)
    };
    let mut found: Vec<(usize, &Sentence<'_>)> =
        sentences.iter().map(|sentence| (score(sentence), sentence)).collect();
    found.retain(|(score, _)| *score >= ENOUGH);
    found.sort_by_key(|(score, sentence)| Reverse((*score, sentence.said.id)));
    found.into_iter().take(MOST).map(|(_, sentence)| sentence).collect()
}

/// `meetings` for `meeting`, `released` for `release`: words of some length that begin alike.
fn is_form_of(word: &str, query: &str) -> bool {
    let (short, long) = if word.len() < query.len() { (word, query) } else { (query, word) };
    short.is_ascii() && short.len() >= 4 && long.starts_with(short) && long.len() - short.len() <= 3
}

/// What somebody said last, oldest first.
pub(super) fn by<'a>(name: &str, sentences: &'a [Sentence<'a>]) -> Vec<&'a Sentence<'a>> {
    let mut theirs: Vec<_> =
        sentences.iter().filter(|sentence| sentence.said.who.to_lowercase() == name.to_lowercase()).collect();
    theirs.drain(..theirs.len().saturating_sub(MOST));
    theirs
}
