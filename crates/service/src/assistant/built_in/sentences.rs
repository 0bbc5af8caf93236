//! Messages in sentences, and sentences in words that can be compared.

use super::super::context::Said;
use super::words::is_han;
use std::collections::BTreeSet;

/// So much of a sentence is shown.
const SENTENCE_CHARS: usize = 240;

/// English words that tell nothing about what a sentence is about.
const STOP_WORDS: &str = " a about all also am an and any are as at be been but by can could did do does for from \
    get go got had has have he her here him his how i if in into is it its just let like me more my no not now of off \
    ok on one or our out please really said say says she should so some something than thanks that the their them \
    then there they this to too up us was we well were what when where which who why will with would yes you your ";

/// A sentence of somebody.
#[derive(Debug)]
pub(super) struct Sentence<'a> {
    /// The message that it is of.
    pub(super) said: &'a Said,
    /// Its words as they were written, on one line.
    pub(super) text: String,
    /// What can be compared.
    pub(super) tokens: BTreeSet<String>,
}

/// The sentences of people, oldest first. What an assistant said is left out, and so is what was said to it.
pub(super) fn of(said: &[Said]) -> Vec<Sentence<'_>> {
    let of_people = said.iter().filter(|said| !said.by_assistant && !said.text.starts_with("@assistant"));
    of_people.flat_map(|said| split(&said.text).into_iter().map(|text| sentence(said, text))).collect()
}

fn sentence<'a>(said: &'a Said, text: &str) -> Sentence<'a> {
    let tokens = tokens(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut text = words.join(" ");
    if let Some((end, _)) = text.char_indices().nth(SENTENCE_CHARS) {
        text.truncate(end);
        text.push('…');
    }
    Sentence { said, text, tokens }
}

/// Ends at line ends and at Chinese full stops; at others when white space follows, so that `3.5` and addresses stay
/// whole.
fn split(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        let ends = match character {
            '\n' | '。' | '\u{ff01}' | '\u{ff1f}' | '\u{ff1b}' => true,
            '.' | '!' | '?' => next.is_none_or(char::is_whitespace),
            _ => false,
        };
        if ends {
            let end = at + character.len_utf8();
            sentences.push(text[start..end].trim());
            start = end;
        }
    }
    sentences.push(text[start..].trim());
    sentences.retain(|sentence| sentence.chars().any(char::is_alphanumeric));
    sentences
}

/// Words in lower case, without those that tell nothing; of Chinese, each two characters that stand together.
pub(super) fn tokens(text: &str) -> BTreeSet<String> {
    let mut tokens = BTreeSet::new();
    let mut word = String::new();
    let mut before: Option<char> = None;
    for character in text.chars().flat_map(char::to_lowercase).chain([' ']) {
        let han = is_han(character);
        if han {
            if let Some(before) = before {
                tokens.insert(String::from_iter([before, character]));
            }
        } else if character.is_alphanumeric() {
            word.push(character);
            before = None;
            continue;
        }
        before = han.then_some(character);
        let done = std::mem::take(&mut word);
        if done.chars().count() > 1 && !STOP_WORDS.contains(&format!(" {done} ")) {
            tokens.insert(done);
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_they_end_and_not_in_numbers_or_addresses() {
        assert_eq!(
            split("It costs 3.5 euros. See https://x.example/a.b?c=d now!\nOk"),
            ["It costs 3.5 euros.", "See https://x.example/a.b?c=d now!", "Ok"]
        );
        assert_eq!(split("明天开会。带上报告！谁来？…"), ["明天开会。", "带上报告！", "谁来？"]);
    }

    #[test]
    fn words_and_pairs_of_characters_are_compared() {
        let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(tokens("The Budget, and the plan!"), set(&["budget", "plan"]));
        assert_eq!(tokens("看预算v2表"), set(&["看预", "预算", "v2"]));
        assert!(tokens("?! a").is_empty());
    }
}
