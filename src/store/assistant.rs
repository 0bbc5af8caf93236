//! What is asked of the assistant: actions that only those parts of the screen call that come later (`views/later.rs`).

use acs_chat::ThreadId;
use leptos::task::spawn_local;

use super::{ClientMessageId, Store};
use crate::model::assistant::{Context, Said, Turn};

impl Store {
    /// Asks what waits to be asked from now on; `language` tells that of the screen, as the service calls it, `question_in` what a
    /// message asks by its words.
    pub fn serve_assistant(self, language: fn() -> &'static str, question_in: fn(&str) -> Option<String>) {
        spawn_local(self.core().serve_assistant(language, question_in));
    }

    /// Finds out who answers, unless that is known.
    pub fn look_for_assistant(self) {
        self.core().look_for_assistant();
    }

    /// Asks something in private.
    pub fn ask(self, thread: &ThreadId, question: String) {
        self.core().ask_assistant(thread, question, false);
    }

    /// Asks the same once more.
    pub fn ask_again(self, asked: &ClientMessageId) {
        self.core().ask_again(asked);
    }

    /// Wants no more of an answer.
    pub fn stop_answer(self, asked: &ClientMessageId) {
        self.core().stop_answer(asked);
    }

    /// Takes a question away, and what came of it.
    pub fn remove_question(self, asked: &ClientMessageId) {
        self.core().remove_question(asked);
    }

    /// Forgets what was asked in private beside a thread.
    pub fn begin_assistant_anew(self, thread: &ThreadId) {
        self.core().begin_assistant_anew(thread);
    }

    /// Wants the assistant, knowing what is sent where.
    pub fn agree_to_assistant(self) {
        self.core().agree_to_assistant();
    }

    /// Does not.
    pub fn decline_assistant(self) {
        self.core().decline_assistant();
    }

    /// Chooses what goes along with questions about a thread.
    pub fn set_assistant_context(self, thread: &ThreadId, context: Context) {
        self.core().set_assistant_context(thread, context);
    }

    /// Keeps the question that is being written.
    pub fn set_question_draft(self, thread: &ThreadId, draft: String) {
        self.core().set_question_draft(thread, draft);
    }

    /// What there is to say to a screen reader, once.
    #[must_use]
    pub fn take_assistant_said(self) -> Vec<Said> {
        self.core().with_assistant(|assistant| assistant.take_said())
    }

    /// Looks at an answer: how much of its text is as it was when this was last called, in bytes, and the answer. None when the
    /// question is gone.
    pub fn look_at_answer<U>(
        self,
        asked: &ClientMessageId,
        look: impl FnOnce(usize, &Turn) -> U,
    ) -> Option<U> {
        self.core().with_assistant(|assistant| {
            let kept = assistant.look(asked);
            assistant.turn(asked).map(|turn| look(kept, turn))
        })
    }
}
