//! The assistant that is always there: rules and no model, and it says so in its first line.
//!
//! It picks out what people said: a summary by TextRank ([`summary`]), who said what ([`search`]), dates and links
//! ([`dates`]); and it knows how Natter is used ([`words`]). It answers in the language of the question, as far as that is
//! English or Chinese, and what it lists are the words of people with who said them and when.

mod dates;
mod intent;
mod search;
mod sentences;
mod summary;
mod words;

use super::context::Said;
use assistant::{Event, Reason, Source};
use intent::Intent;
use sentences::Sentence;

pub(crate) use words::Language;

/// The name of it in events and messages.
pub(crate) const BY: &str = "built-in";

/// Characters of context that are read.
pub(crate) const CONTEXT_CHARS: usize = 200_000;

/// Characters in a piece of an answer.
const PIECE_CHARS: usize = 24;

/// What is asked, and what there is to answer from.
pub(crate) struct Asked<'a> {
    /// The question.
    pub(crate) question: &'a str,
    /// The language where the question does not tell.
    pub(crate) language: Language,
    /// What may be read, oldest first.
    pub(crate) said: &'a [Said],
    /// Minutes east of UTC, for times.
    pub(crate) utc_offset_minutes: i64,
}

/// An answer.
pub(crate) struct Answer {
    /// Its text, in Markdown.
    pub(crate) text: String,
    /// The messages that it rests on.
    pub(crate) sources: Vec<Source>,
}

/// Answers.
#[must_use]
pub(crate) fn answer(asked: &Asked<'_>) -> Answer {
    let language = Language::of(asked.question).unwrap_or(asked.language);
    // A Chinese question in one of its scripts only may be of the other: the screen knows.
    let language = language.as_on_screen(asked.language, asked.question);
    let sentences = sentences::of(asked.said);
    let picked = match intent::of(asked.question, &sentences) {
        Intent::Help => return Answer { text: words::help(language), sources: Vec::new() },
        _ if sentences.is_empty() => {
            return Answer { text: words::nothing_to_read(language), sources: Vec::new() };
        }
        Intent::WhoSaid(query) => {
            Picked::of(words::found(language, &query), search::find(&query, &sentences))
        }
        Intent::SaidBy(name) => Picked::of(words::said_by(language, &name), search::by(&name, &sentences)),
        Intent::Dates => Picked::of(words::dates(language), dates::dates(&sentences)),
        Intent::Links => Picked::of(words::links(language), dates::links(&sentences)),
        Intent::Summary => summarised(words::summary(language), &sentences),
        Intent::Unknown => {
            let found = search::find(asked.question, &sentences);
            if found.is_empty() {
                summarised(words::no_answer(language), &sentences)
            } else {
                Picked::of(words::nearest(language), found)
            }
        }
    };
    picked.write(asked, language)
}

fn summarised<'a>(heading: String, sentences: &'a [Sentence<'a>]) -> Picked<'a> {
    Picked { heading, sentences: summary::summarise(sentences), is_summary: true }
}

/// An answer as the events that it comes in.
pub(crate) fn events(answer: Answer, session: String) -> Vec<Event> {
    let mut events = vec![Event::Started { session, by: BY.to_owned() }];
    let mut text = assistant::Answer::default();
    for piece in pieces(&answer.text) {
        let change = text.append(piece).map(|change| Event::Text { keep: change.keep, text: change.text });
        events.extend(change);
    }
    if !answer.sources.is_empty() {
        events.push(Event::Sources(answer.sources));
    }
    events.push(Event::Done { reason: Reason::End, message_id: None });
    events
}

/// A text in pieces of some characters.
pub(crate) fn pieces(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let end = text.char_indices().nth(PIECE_CHARS).map_or(text.len(), |(end, _)| end);
        let (piece, rest) = text.split_at(end);
        text = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Sentences that answer, under a heading.
struct Picked<'a> {
    heading: String,
    sentences: Vec<&'a Sentence<'a>>,
    is_summary: bool,
}

impl<'a> Picked<'a> {
    fn of(heading: String, sentences: Vec<&'a Sentence<'a>>) -> Self {
        Self { heading, sentences, is_summary: false }
    }

    fn write(self, asked: &Asked<'_>, language: Language) -> Answer {
        let mut lines = vec![words::disclosure(language), String::new()];
        if self.sentences.is_empty() {
            lines.extend([self.heading, String::new(), words::none_found(language)]);
            return Answer { text: lines.join("\n"), sources: Vec::new() };
        }
        if self.is_summary {
            lines.push(words::extent(language, asked));
        }
        lines.push(self.heading);
        lines.push(String::new());
        let mut sources = Vec::new();
        for (index, sentence) in self.sentences.iter().enumerate() {
            let (number, said) = ((index + 1).to_string(), sentence.said);
            let when = stamp(said.at_ms, asked.utc_offset_minutes);
            lines.push(format!("{number}. **{}**, {when}: {}", plain(&said.who), sentence.text));
            let title = format!("{}, {when}", said.who);
            let message_id = (said.id > 0).then(|| said.id.to_string());
            sources.push(Source { number, title, url: None, message_id });
        }
        sources.retain(|source| source.message_id.is_some());
        Answer { text: lines.join("\n"), sources }
    }
}

/// A name without what Markdown would take for its own.
fn plain(name: &str) -> String {
    name.chars().filter(|character| !matches!(character, '*' | '_' | '`' | '[' | ']' | '\n')).collect()
}

/// Date and time where the reader is.
fn stamp(at_ms: i64, utc_offset_minutes: i64) -> String {
    super::context::stamp(at_ms, utc_offset_minutes)
}

#[cfg(test)]
mod tests;
