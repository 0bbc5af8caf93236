//! What a line that begins with `/` does instead of being sent.

use crate::i18n::words;

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Another topic for the thread.
    Topic,
    /// Add people.
    Add,
    /// Leave the thread.
    Leave,
    /// Say something about oneself.
    Me,
    /// Say something important, or what is said next.
    Important,
    /// All keys and commands.
    Help,
}

impl Command {
    pub(super) const ALL: [Self; 6] =
        [Self::Topic, Self::Add, Self::Leave, Self::Me, Self::Important, Self::Help];

    /// How it is written, in every language.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Topic => "/topic",
            Self::Add => "/add",
            Self::Leave => "/leave",
            Self::Me => "/me",
            Self::Important => "/important",
            Self::Help => "/help",
        }
    }

    /// What it does, in words.
    pub(super) fn said(self) -> &'static str {
        match self {
            Self::Topic => words().command_topic(),
            Self::Add => words().add_people(),
            Self::Leave => words().leave_thread(),
            Self::Me => words().command_me(),
            Self::Important => words().mark_important(),
            Self::Help => words().keys(),
        }
    }

    /// It says something with words after it.
    pub(super) const fn takes_words(self) -> bool {
        matches!(self, Self::Topic | Self::Me | Self::Important)
    }
}

/// What a text means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning<'a> {
    /// To be sent.
    Words(&'a str),
    /// To be done, with the words after it.
    Command(Command, &'a str),
}

/// Only what is exactly a command is one: `/usr/bin` is a path. Of two slashes before a command one goes, and the rest is said.
pub(super) fn meaning(text: &str) -> Meaning<'_> {
    let command_of = |text: &str| {
        let name = text.split_whitespace().next()?;
        Command::ALL.into_iter().find(|command| text.starts_with('/') && command.name() == name)
    };
    if let Some(command) = command_of(text) {
        return Meaning::Command(command, text[command.name().len()..].trim());
    }
    match text.strip_prefix('/').filter(|rest| command_of(rest).is_some()) {
        Some(rest) => Meaning::Words(rest),
        None => Meaning::Words(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_commands_are_commands() {
        assert_eq!(meaning("/me waves "), Meaning::Command(Command::Me, "waves"));
        assert_eq!(meaning("/topic"), Meaning::Command(Command::Topic, ""));
        assert_eq!(meaning("/important 海心沙"), Meaning::Command(Command::Important, "海心沙"));
        assert_eq!(meaning("/topic\nx"), Meaning::Command(Command::Topic, "x"));
        for words in ["/usr/bin", "/topics", "/importantly", "/", "// comment", "see /me", "", " /me x"] {
            assert_eq!(meaning(words), Meaning::Words(words));
        }
        assert_eq!(meaning("//me"), Meaning::Words("/me"));
    }
}
