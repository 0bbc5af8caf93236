//! One question and its answer.

use acs_chat::Timestamp;
use assistant::{Answer, Event, NoteKind, Reason, Source};

use crate::model::outbox::ClientMessageId;
use crate::model::rows::ActionError;

/// Longer answers are cut, whatever the service does. Bytes.
const MOST_TEXT: usize = 1024 * 1024;
/// Of what it thinks, no more is kept. Bytes.
const MOST_THOUGHT: usize = 64 * 1024;
/// Nobody looks through more.
const MOST_SOURCES: usize = 100;
const MOST_CHOICES: usize = 20;

/// A question, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Made here before it is asked.
    pub id: ClientMessageId,
    /// The question.
    pub question: String,
    /// It was asked in the thread, where the answer is to be a message.
    pub posted: bool,
    /// When it was asked.
    pub at: Timestamp,
    /// The text so far.
    pub answer: Answer,
    /// So much of the text is as it was before it changed last, in bytes.
    pub kept: usize,
    /// What the assistant thought before.
    pub thought: String,
    /// It wants a person to go on.
    pub handed_over: bool,
    /// It wanted to use something that there is none of here.
    pub wanted_tool: bool,
    /// What the answer rests on.
    pub sources: Vec<Source>,
    /// What it wants to know.
    pub choice_of: String,
    /// What there is to choose from.
    pub choices: Vec<String>,
    /// Where it stands.
    pub stage: Stage,
}

/// Where a question stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing has come yet.
    Asking,
    /// It is being answered.
    Answering,
    /// It is over.
    Done(Reason),
    /// There is no answer, or no more of it.
    Failed(Failure),
}

/// Why there is no answer, or no more of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The service did not take the question.
    Refused(ActionError),
    /// It told why, by a code of `docs/assistant.md`, and in its words; or it was seen here.
    Told {
        /// The code.
        code: String,
        /// The service's words; empty when it was seen here.
        words: String,
    },
}

impl Failure {
    /// One that was seen here.
    #[must_use]
    pub fn seen(code: &str) -> Self {
        Self::Told { code: code.to_owned(), words: String::new() }
    }
}

/// What happens to a question.
#[derive(Clone, Debug)]
pub enum Happened {
    /// The service tells something.
    Event(Event),
    /// It goes no further.
    Failed(Failure),
    /// Somebody wants no more of it.
    Stopped,
}

impl Turn {
    /// Nothing of it has come yet.
    #[must_use]
    pub fn new(id: ClientMessageId, question: String, posted: bool, at: Timestamp) -> Self {
        Self {
            id,
            question,
            posted,
            at,
            answer: Answer::default(),
            kept: 0,
            thought: String::new(),
            handed_over: false,
            wanted_tool: false,
            sources: Vec::new(),
            choice_of: String::new(),
            choices: Vec::new(),
            stage: Stage::Asking,
        }
    }

    /// More of it may come.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Asking | Stage::Answering)
    }

    /// It was stopped, or ended, before anything was said.
    #[must_use]
    pub fn came_to_nothing(&self) -> bool {
        matches!(self.stage, Stage::Done(_)) && self.answer.text().is_empty()
    }

    /// Nothing more is wanted.
    pub fn stop(&mut self) {
        if self.is_running() {
            self.stage = Stage::Done(Reason::Stopped);
        }
    }

    /// So much of the text is as it was when somebody last looked, who then calls this; bytes.
    pub fn look(&mut self) -> usize {
        std::mem::replace(&mut self.kept, usize::MAX).min(self.answer.text().len())
    }

    /// Takes in what happens. What comes after the end changes nothing.
    pub fn apply(&mut self, happened: Happened) {
        if !self.is_running() {
            return;
        }
        let event = match happened {
            Happened::Event(event) => event,
            Happened::Failed(failure) => return self.stage = Stage::Failed(failure),
            Happened::Stopped => return self.stop(),
        };
        match event {
            Event::Started { .. } => self.stage = Stage::Answering,
            Event::Text { keep, text } => self.change(keep, &text),
            Event::Note { kind: NoteKind::Reasoning, text } => {
                self.stage = Stage::Answering;
                if self.thought.len() + text.len() <= MOST_THOUGHT {
                    self.thought.push_str(&text);
                }
            }
            Event::Note { kind: NoteKind::HandOver, .. } => self.handed_over = true,
            Event::Note { kind: NoteKind::ToolCall, .. } => self.wanted_tool = true,
            Event::Note { kind: NoteKind::Unknown, .. } => {}
            Event::Sources(sources) => {
                self.sources = sources;
                self.sources.truncate(MOST_SOURCES);
            }
            Event::Choices { title, items } => {
                (self.choice_of, self.choices) = (title, items);
                self.choices.truncate(MOST_CHOICES);
            }
            Event::Done { reason, .. } => self.stage = Stage::Done(reason),
            Event::Failed { code, words, .. } => self.stage = Stage::Failed(Failure::Told { code, words }),
        }
    }

    fn change(&mut self, keep: usize, text: &str) {
        self.stage = Stage::Answering;
        if !self.answer.change(keep, text) {
            self.stage = Stage::Failed(Failure::seen("brokenReply"));
        } else if self.answer.text().len() > MOST_TEXT {
            self.stage = Stage::Done(Reason::Cut);
        }
        self.kept = self.kept.min(keep);
    }
}
