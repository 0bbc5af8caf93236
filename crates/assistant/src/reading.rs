//! A stream from its first byte to its end: the decoder, and whoever understands the frames.

use crate::answer::{Answer, Change};
use crate::decoder::{Decoder, Frame};
use crate::event::{Event, NoteKind, Reason};
use crate::failure::Failure;

/// So much of an answer is carried. Twelve thousand tokens are a quarter of it.
pub const ANSWER_BYTES: usize = 256 * 1024;

/// So much of what a model thinks is carried.
pub const REASONING_BYTES: usize = 1024 * 1024;

/// Whoever understands the frames of one kind of server.
pub trait Dialect {
    /// Takes a frame, and tells the story what it says.
    fn frame(&mut self, frame: &Frame, story: &mut Story);

    /// Whether the answer is whole though the stream goes on, and if so, how it ended: behind it come only figures.
    fn is_whole(&self) -> Option<Reason> {
        None
    }

    /// The server's own id for what belongs together.
    fn session(&self) -> Option<&str> {
        None
    }
}

/// What has been told so far.
#[derive(Debug, Default)]
pub struct Story {
    answer: Answer,
    reasoning: usize,
    started: bool,
    over: bool,
    events: Vec<Event>,
}

impl Story {
    /// The stream is one: tell that the answer begins, the first time.
    pub fn start(&mut self, session: &str, by: &str) {
        if !std::mem::replace(&mut self.started, true) {
            self.tell(Event::Started { session: session.to_owned(), by: by.to_owned() });
        }
    }

    /// Tells an event. After the last one nothing is told.
    pub fn tell(&mut self, event: Event) {
        if !self.over {
            self.over = matches!(event, Event::Done { .. } | Event::Failed { .. });
            self.events.push(event);
        }
    }

    /// The whole text is this now.
    pub fn replace(&mut self, whole: &str) {
        let carried = &whole[..whole.floor_char_boundary(ANSWER_BYTES)];
        let change = self.answer.replace(carried);
        self.changed(change, carried.len() < whole.len());
    }

    /// The text goes on with this.
    pub fn append(&mut self, more: &str) {
        let room = ANSWER_BYTES - self.answer.text().len();
        let carried = &more[..more.floor_char_boundary(room)];
        let change = self.answer.append(carried);
        self.changed(change, carried.len() < more.len());
    }

    fn changed(&mut self, change: Option<Change>, cut: bool) {
        if let Some(Change { keep, text }) = change {
            self.tell(Event::Text { keep, text });
        }
        if cut {
            self.done(Reason::Cut);
        }
    }

    /// The model thinks this.
    pub fn think(&mut self, more: &str) {
        self.reasoning += more.len();
        if self.reasoning > REASONING_BYTES {
            self.done(Reason::Cut);
        } else if !more.is_empty() {
            self.tell(Event::Note { kind: NoteKind::Reasoning, text: more.to_owned() });
        }
    }

    /// The answer is over.
    pub fn done(&mut self, reason: Reason) {
        self.tell(Event::Done { reason, message_id: None });
    }

    /// There is no more of it.
    pub fn fail(&mut self, failure: Failure) {
        self.tell(failure.event());
    }
}

/// A stream as it is read.
#[derive(Debug, Default)]
pub struct Reading<D> {
    decoder: Decoder,
    dialect: D,
    story: Story,
}

impl<D: Dialect> Reading<D> {
    /// The beginning of a stream.
    pub fn new(dialect: D) -> Self {
        Self { decoder: Decoder::default(), dialect, story: Story::default() }
    }

    /// Takes a piece of the stream, and gives what happened.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        match self.decoder.push(bytes) {
            Ok(frames) => {
                for frame in frames {
                    self.take(&frame);
                }
            }
            // Whoever has a text has an answer that is longer than anybody reads.
            Err(_) if !self.text().is_empty() => self.story.done(Reason::Cut),
            Err(_) => self.story.fail(Failure::BrokenReply),
        }
        std::mem::take(&mut self.story.events)
    }

    /// The stream has ended, or nobody wants to wait for its end.
    pub fn finish(&mut self) -> Vec<Event> {
        if let Some(frame) = std::mem::take(&mut self.decoder).finish() {
            self.take(&frame);
        }
        match self.dialect.is_whole() {
            Some(reason) => self.story.done(reason),
            None => self.story.fail(Failure::BrokenOff),
        }
        std::mem::take(&mut self.story.events)
    }

    /// What follows the end says nothing any more.
    fn take(&mut self, frame: &Frame) {
        if !self.story.over {
            self.dialect.frame(frame, &mut self.story);
        }
    }

    /// Whether everything is told.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.story.over
    }

    /// Whether the answer is whole, though not told to be over.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.dialect.is_whole().is_some()
    }

    /// The text so far.
    #[must_use]
    pub fn text(&self) -> &str {
        self.story.answer.text()
    }

    /// The server's own id for what belongs together.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.dialect.session()
    }
}
