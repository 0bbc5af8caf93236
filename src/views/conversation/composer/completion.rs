//! What may be meant by the word that is being written: a person after `@`, an emoji after `:`, a command after `/`.
//!
//! The list follows the listbox pattern: the focus stays in the field, the arrows move in the list, Enter or Tab takes what is marked,
//! Escape closes it.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::commands::Command;
use super::{LIST_ID, Writing};
use crate::components::{Avatar, Icon};
use crate::i18n::words;
use crate::model::emoji::Emoji;
use crate::model::rows::Author;
use crate::platform::letters::lower_case;
use crate::signal::State;
use crate::views::emoji;

/// As many as can be taken in at once.
const MOST: usize = 8;

/// Names are at most as long as this; what is longer is a sentence with a sign in it.
const LONGEST: usize = 64;

/// What is being written at the caret, and where it begins.
#[derive(Debug, PartialEq, Eq)]
enum Query<'a> {
    Person(&'a str),
    Emoji(&'a str),
    Command(&'a str),
}

/// What may be meant.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Suggestion {
    Person(Author),
    Assistant,
    Emoji(Emoji),
    Command(Command),
}

/// The list over the field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Completion {
    shown: State<Vec<Suggestion>>,
    active: State<usize>,
    /// What is replaced: from here to the caret.
    from: StoredValue<usize>,
    /// Closed by Escape: it stays so for this word.
    closed_at: StoredValue<Option<usize>>,
}

impl Completion {
    pub(super) fn new() -> Self {
        Self {
            shown: State::new(Vec::new()),
            active: State::new(0),
            from: StoredValue::new(0),
            closed_at: StoredValue::new(None),
        }
    }

    pub(super) fn open(self) -> bool {
        self.shown.with(|shown| !shown.is_empty())
    }

    /// The option that is marked.
    pub(super) fn active_id(self) -> Option<String> {
        self.open().then(|| option_id(self.active.get()))
    }

    pub(super) fn close(self) {
        // A field that is taken out of the page loses the focus too, and tells so when all this is gone.
        if !self.shown.is_disposed() && self.shown.with_untracked(|shown| !shown.is_empty()) {
            self.shown.set(Vec::new());
        }
    }

    /// Looks again, after the text changed.
    pub(super) fn refresh(self, writing: Writing) {
        let Some((text, (from, caret))) = writing.text_and_selection() else { return };
        let found = (from == caret && !writing.composing()).then(|| query(&text, caret)).flatten();
        let Some((at, query)) = found else {
            self.closed_at.set_value(None);
            return self.close();
        };
        if self.closed_at.get_value() == Some(at) {
            return;
        }
        self.closed_at.set_value(None);
        let suggestions = match query {
            Query::Person(typed) => {
                let people = writing.people();
                let names = assistant_names();
                let there = people
                    .iter()
                    .any(|person| names.iter().any(|name| person.name.eq_ignore_ascii_case(name)));
                let offered =
                    at == 0 && !there && writing.can_ask() && names.iter().any(|name| is_like(name, typed));
                let people =
                    people.into_iter().filter(|person| is_like(&person.name, typed)).map(Suggestion::Person);
                offered.then_some(Suggestion::Assistant).into_iter().chain(people).take(MOST).collect()
            }
            Query::Emoji(typed) => match emoji::list() {
                Some(list) => list.like(typed, MOST).into_iter().map(Suggestion::Emoji).collect(),
                None => {
                    spawn_local(async move {
                        if emoji::load().await {
                            writing.name_to_emoji();
                            self.refresh(writing);
                        }
                    });
                    Vec::new()
                }
            },
            Query::Command(typed) if !writing.is_editing() => Command::ALL
                .into_iter()
                .filter(|command| command.name().starts_with(typed))
                .map(Suggestion::Command)
                .collect(),
            Query::Command(_) => Vec::new(),
        };
        self.from.set_value(at);
        self.active.set(0);
        if self.shown.with_untracked(|shown| *shown != suggestions) {
            self.shown.set(suggestions);
        }
    }

    /// Takes a key; true when it was for the list.
    pub(super) fn key(self, key: &str, writing: Writing) -> bool {
        let count = self.shown.with_untracked(Vec::len);
        if count == 0 {
            return false;
        }
        let active = self.active.get_untracked();
        match key {
            "ArrowDown" => self.active.set((active + 1) % count),
            "ArrowUp" => self.active.set((active + count - 1) % count),
            "Enter" | "Tab" => {
                let taken = self.shown.with_untracked(|shown| shown.get(active).cloned());
                let Some(taken) = taken else { return false };
                // A command that is there already is done, and not completed.
                if key == "Enter"
                    && matches!(&taken, Suggestion::Command(command) if writing.says(command.name()))
                {
                    self.close();
                    return false;
                }
                self.take(&taken, writing);
            }
            "Escape" => {
                self.closed_at.set_value(Some(self.from.get_value()));
                self.close();
            }
            _ => return false,
        }
        true
    }

    fn take(self, suggestion: &Suggestion, writing: Writing) {
        let with = match suggestion {
            Suggestion::Person(person) => ["@", &person.name, " "].concat(),
            Suggestion::Assistant => ["@", words().assistant(), " "].concat(),
            Suggestion::Emoji(emoji) => emoji::used(emoji) + " ",
            Suggestion::Command(command) if command.takes_words() => [command.name(), " "].concat(),
            Suggestion::Command(command) => command.name().to_owned(),
        };
        self.close();
        writing.replace_to_caret(self.from.get_value(), with);
        self.close();
    }
}

fn option_id(at: usize) -> String {
    ["completion-", &at.to_string()].concat()
}

/// The list, when there is something in it.
pub(super) fn list(completion: Completion, writing: Writing) -> impl IntoView {
    let option = move |(at, suggestion): (usize, Suggestion)| {
        let inside = inside(&suggestion);
        view! {
            <div
                class="menu__item"
                role="option"
                id=option_id(at)
                aria-selected=move || if completion.active.get() == at { "true" } else { "false" }
                // On pressing, before the field loses the focus.
                on:pointerdown=move |event| {
                    event.prevent_default();
                    completion.take(&suggestion, writing);
                }
            >
                {inside}
            </div>
        }
        .into_any()
    };
    view! {
        <div
            class="menu composer__completion"
            id=LIST_ID
            role="listbox"
            aria-label=words().suggested()
            hidden=move || !completion.open()
        >
            {move || completion.shown.get().into_iter().enumerate().map(option).collect::<Vec<_>>()}
        </div>
        <span class="unseen" role="status">
            {move || completion.shown.with(|shown| (!shown.is_empty()).then(|| words().suggestions_n().count(u32::try_from(shown.len()).unwrap_or_default(), &[])))}
        </span>
    }
}

fn inside(suggestion: &Suggestion) -> AnyView {
    match suggestion {
        Suggestion::Person(person) => view! {
            <Avatar initial=person.initial.clone() hue=person.hue small=true />
            <span dir="auto">{person.name.clone()}</span>
        }
        .into_any(),
        Suggestion::Assistant => view! {
            <Icon name="assistant" small=true />
            <span>{words().assistant()}</span>
            <span class="composer__aside">{words().assistant_mention()}</span>
        }
        .into_any(),
        Suggestion::Emoji(emoji) => view! {
            <span class="composer__emoji">{emoji::shown(emoji)}</span>
            <span>{emoji.name}</span>
            <span class="composer__aside">{[":", emoji.short, ":"].concat()}</span>
        }
        .into_any(),
        Suggestion::Command(command) => view! {
            <b>{command.name()}</b>
            <span class="composer__aside">{command.said()}</span>
        }
        .into_any(),
    }
}

/// What the assistant is called in messages that ask it: in English, and in the language of the screen.
pub(crate) fn assistant_names() -> [&'static str; 2] {
    ["assistant", words().assistant()]
}

/// A name, or a word of it, begins so.
fn is_like(name: &str, typed: &str) -> bool {
    let (name, typed) = (lower_case(name), lower_case(typed));
    name.starts_with(&typed) || name.split(' ').any(|word| word.starts_with(&typed))
}

/// What is being written before the caret.
fn query(text: &str, caret: usize) -> Option<(usize, Query<'_>)> {
    let before = &text[..caret];
    if before.starts_with('/') && !before.contains(char::is_whitespace) {
        return Some((0, Query::Command(before)));
    }
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let at = line + before[line..].rfind(['@', ':'])?;
    let typed = &before[at + 1..];
    // "mei@a.example" names nobody, and "10:30" is a time; Chinese puts no space before either.
    let begins = !before[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '@'));
    if !begins || typed.len() > LONGEST || typed.starts_with(char::is_whitespace) {
        return None;
    }
    if before[at..].starts_with('@') {
        return Some((at, Query::Person(typed)));
    }
    // A smiley of two signs is one already.
    let named = typed.len() > 1
        && typed.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'-'));
    let named = named || (!typed.is_ascii() && !typed.contains(char::is_whitespace));
    named.then_some((at, Query::Emoji(typed)))
}

/// The short name between two colons that ends at the caret, and where it begins.
pub(super) fn short_name(text: &str, caret: usize) -> Option<(usize, &str)> {
    let before = text[..caret].strip_suffix(':')?;
    let at = before.rfind(':')?;
    let short = &before[at + 1..];
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'-');
    (!short.is_empty() && short.bytes().all(is_name)).then_some((at, short))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_end(text: &str) -> Option<(usize, Query<'_>)> {
        query(text, text.len())
    }

    #[test]
    fn what_is_written_at_the_caret_is_looked_up() {
        assert_eq!(at_end("@"), Some((0, Query::Person(""))));
        assert_eq!(at_end("hi @Mei L"), Some((3, Query::Person("Mei L"))));
        assert_eq!(at_end("问@小"), Some((3, Query::Person("小"))));
        assert_eq!(at_end("a :sm"), Some((2, Query::Emoji("sm"))));
        assert_eq!(at_end(":+1"), Some((0, Query::Emoji("+1"))));
        assert_eq!(at_end(":讚"), Some((0, Query::Emoji("讚"))));
        assert_eq!(at_end("/to"), Some((0, Query::Command("/to"))));
        assert_eq!(query("@Mei and", 4), Some((0, Query::Person("Mei"))), "up to the caret");
    }

    #[test]
    fn what_only_has_such_a_sign_is_not() {
        for text in [
            "",
            "a",
            ":",
            ":)",
            ":D",
            ": a",
            "mei@a",
            "10:30",
            "https://a",
            "@ a",
            "a\n",
            "/topic x",
            "x /topic",
            "@a\nb",
            "::ab",
        ] {
            assert_eq!(at_end(text), None, "{text}");
        }
        assert_eq!(at_end(&format!("@{}", "a".repeat(80))), None);
    }

    #[test]
    fn a_short_name_ends_with_its_second_colon() {
        assert_eq!(short_name("a :tada:", 8), Some((2, "tada")));
        for text in ["", ":", "::", "a:", ": a:", "tada"] {
            assert_eq!(short_name(text, text.len()), None, "{text}");
        }
    }

    #[test]
    fn people_are_found_by_any_part_of_their_name() {
        assert!(is_like("Mei Lin", "li") && is_like("Mei Lin", "mei l") && is_like("小林", "小"));
        assert!(!is_like("Mei Lin", "ei"));
    }
}
