//! Asking the assistant: in private, and for messages that ask it in a thread.
//!
//! Everything here is reached from what comes later (`views/later.rs`), and so is not in the first load: there is only
//! `Asking`, which wakes [`Core::serve_assistant`] when something may have changed. An answer is a task of its own; stopped, it
//! is dropped, which closes its stream.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Poll;

use acs_chat::{ApiError, ThreadId};
use futures_util::future::{self, AbortHandle, poll_fn};

use super::keeping::of_person;
use super::{Core, Kick};
use crate::backend::assistant::{Answering, Question};
use crate::backend::{Backend, REQUEST_TIMEOUT_MS};
use crate::model::Model;
use crate::model::assistant::{Assistant, Context, Failure, Happened, Known, Turn, Waiting};
use crate::model::outbox::{Action, ClientMessageId, Entry};
use crate::model::rows::{ActionError, SendKind};
use crate::model::words::words_of_html;
use crate::platform::Shelf;

/// The service says something every ten seconds, if only that it is still there: three times as long is a line that is dead.
const SILENCE_MS: u64 = 30_000;
/// The service takes 180 s for an answer at most. What goes on beyond is none.
const LONGEST_MS: i64 = 200_000;

/// What is being asked.
#[derive(Default)]
pub(super) struct Asking {
    kick: Kick,
    serving: Cell<bool>,
    /// Tells the language of the screen, as the service calls it.
    language: Cell<Option<fn() -> &'static str>>,
    running: RefCell<Vec<(ClientMessageId, AbortHandle)>>,
}

impl Asking {
    /// Something may have changed.
    pub(super) fn kick(&self) {
        self.kick.kick();
    }
}

impl Core {
    /// Asks what waits to be asked, for as long as the page lives. Once is enough.
    /// `language` tells that of the screen, as the service calls it; `question_in`, what a message asks by its words.
    pub async fn serve_assistant(
        self: Rc<Self>,
        language: fn() -> &'static str,
        question_in: fn(&str) -> Option<String>,
    ) {
        self.asking.language.set(Some(language));
        if self.asking.serving.replace(true) {
            return;
        }
        let mut generation = None;
        let mut restored = false;
        loop {
            if generation != Some(self.generation()) {
                generation = Some(self.generation());
                // What somebody else asked goes on for nobody.
                for (id, running) in self.asking.running.take() {
                    running.abort();
                    self.happened(&id, vec![Happened::Failed(Failure::seen("brokenOff"))]);
                }
                restored = false;
                if self.session().is_some() {
                    self.restore_assistant().await;
                }
            }
            if !restored && self.session().is_some() && self.storage_read() {
                restored = true;
                self.wait_for_the_unsent(question_in);
            }
            self.ask_what_waits();
            poll_fn(|context| if self.asking.kick.poll(context) { Poll::Ready(()) } else { Poll::Pending })
                .await;
        }
    }

    /// Puts back what this person chose and began.
    async fn restore_assistant(self: &Rc<Self>) {
        let generation = self.generation();
        let kept = self.stored(self.platform.storage.all(Shelf::Assistant)).await.unwrap_or_default();
        if generation != self.generation() {
            return;
        }
        self.change_assistant(|model| {
            let me = model.me.clone();
            for (thread, kept) in of_person(kept, &me) {
                model.assistant.restore(&thread, kept);
            }
        });
    }

    /// What was written before the page came asks too, once it is sent.
    fn wait_for_the_unsent(&self, question_in: fn(&str) -> Option<String>) {
        let model = &mut self.state.borrow_mut().model;
        let known =
            |id: &ClientMessageId| model.assistant.waiting().iter().any(|waiting| waiting.after == *id);
        let asks = |entry: &Entry| {
            let Action::Send { text, kind, .. } = &entry.action else { return None };
            let question = match kind {
                SendKind::Text => question_in(text),
                SendKind::Html => question_in(&words_of_html(text)),
            };
            let (thread, after) = (entry.thread.clone(), entry.id.clone());
            Some(Waiting { thread, after, question: question? }).filter(|waiting| !known(&waiting.after))
        };
        let asking: Vec<Waiting> = model.outbox.iter().filter_map(asks).collect();
        for waiting in asking {
            model.assistant.wait(waiting);
        }
    }

    /// Changes what is known, and tells.
    fn change_assistant<T>(&self, change: impl FnOnce(&mut Model) -> T) -> T {
        let changed = {
            let model = &mut self.state.borrow_mut().model;
            model.assistant_changed(None);
            change(model)
        };
        self.flush();
        changed
    }

    /// Finds out who answers, unless that is known.
    pub fn look_for_assistant(self: &Rc<Self>) {
        let known = self.model().assistant.known.clone();
        if !matches!(known, Known::Nothing | Known::Failed(_)) {
            return;
        }
        let Ok((backend, generation)) = self.connected() else { return };
        self.change_assistant(|model| model.assistant.known = Known::Asking);
        let core = Rc::clone(self);
        self.spawn(async move {
            let asked_ms = core.now_ms();
            let result = backend.assistant().await;
            if generation != core.generation() {
                return;
            }
            let known = match core.outcome(result, asked_ms, generation) {
                Ok(facts) => Known::Facts(facts),
                Err(ActionError::NotFound) => Known::Off,
                Err(error) => Known::Failed(error),
            };
            core.change_assistant(|model| model.assistant.known = known);
        });
    }

    /// Asks what waits, once its message is sent and somebody agreed.
    fn ask_what_waits(self: &Rc<Self>) {
        if self.model().assistant.waiting().is_empty() {
            return;
        }
        // What failed is tried again when somebody says so.
        if self.model().assistant.known == Known::Nothing {
            self.look_for_assistant();
        }
        let agreed = self.model().assistant.agreed();
        let mut ready = Vec::new();
        {
            let model = &mut self.state.borrow_mut().model;
            for waiting in model.assistant.take_waiting() {
                let thread = model.thread(&waiting.thread);
                let sent = thread.is_some_and(|thread| thread.timeline.holds(&waiting.after));
                if sent && agreed {
                    ready.push(waiting);
                } else if sent || model.outbox.entry(&waiting.after).is_some() {
                    model.assistant.wait(waiting);
                }
                // Any other was discarded, and so never said.
            }
        }
        for Waiting { thread, question, .. } in ready {
            self.ask_assistant(&thread, question, true);
        }
    }

    /// Asks. The answer to a question that is `posted` becomes a message of the thread.
    pub fn ask_assistant(self: &Rc<Self>, thread: &ThreadId, question: String, posted: bool) {
        let id = ClientMessageId::new(self.platform.random.id());
        let turn = Turn::new(id.clone(), question, posted, self.now());
        let asked = {
            let model = &mut self.state.borrow_mut().model;
            let asked = self.question(model, thread, &turn);
            model.assistant.ask(thread, turn);
            model.assistant_changed(posted.then_some(thread));
            asked
        };
        self.flush();
        self.stop_what_is_over();
        let core = Rc::clone(self);
        let (asking, running) = future::abortable(async move { core.follow_answer(&asked).await });
        self.asking.running.borrow_mut().push((id, running));
        self.spawn(async move {
            // Stopped or not, it is over.
            let _ = asking.await;
        });
    }

    fn question(&self, model: &Model, thread: &ThreadId, turn: &Turn) -> Question {
        let context = model.assistant.context(thread);
        let read_up_to = model.thread(thread).filter(|_| context == Context::Unread).and_then(|known| {
            let before = known.timeline.read_when_opened();
            before.or_else(|| known.marks.mine(&model.me).cloned())
        });
        Question {
            thread_id: thread.to_string(),
            question: turn.question.clone(),
            context: context.name(),
            session: model.assistant.session(thread, turn.posted),
            language: self.asking.language.get().map_or("en", |language| language()),
            request_id: turn.id.as_str().to_owned(),
            post: turn.posted,
            read_up_to: read_up_to.map(|id| id.to_string()),
            utc_offset_minutes: self.zone_offset_minutes(self.now_ms()),
        }
    }

    /// Takes an answer in until it is over.
    async fn follow_answer(self: &Rc<Self>, question: &Question) {
        let id = ClientMessageId::new(question.request_id.as_str());
        let (backend, generation) = match self.connected() {
            Ok(connected) => connected,
            Err(error) => return self.happened(&id, vec![Happened::Failed(Failure::Refused(error))]),
        };
        let asked_ms = self.now_ms();
        let opened = self.open_answer(backend.as_ref(), question).await;
        let end = match self.outcome(opened, asked_ms, generation) {
            Ok(answering) => self.read_answer(&id, answering, asked_ms).await,
            Err(error) => Failure::Refused(error),
        };
        self.happened(&id, vec![Happened::Failed(end)]);
    }

    async fn open_answer(&self, backend: &dyn Backend, question: &Question) -> Result<Answering, ApiError> {
        let sleep = self.platform.clock.sleep_ms(REQUEST_TIMEOUT_MS);
        match future::select(std::pin::pin!(backend.ask(question)), sleep).await {
            future::Either::Left((opened, _)) => opened,
            future::Either::Right(_) => {
                Err(acs_chat::TransportError::Aborted("no reply in time".to_owned()).into())
            }
        }
    }

    /// Why there is no more of an answer, if it was not over by then.
    async fn read_answer(
        self: &Rc<Self>,
        id: &ClientMessageId,
        mut answering: Answering,
        asked_ms: i64,
    ) -> Failure {
        let mut begun = false;
        loop {
            let sleep = self.platform.clock.sleep_ms(SILENCE_MS);
            let events = match future::select(std::pin::pin!(answering.next()), sleep).await {
                future::Either::Left((Some(events), _)) => events,
                future::Either::Left((None, _)) => {
                    return Failure::seen(if begun { "brokenOff" } else { "notAStream" });
                }
                future::Either::Right(_) => return Failure::seen("silent"),
            };
            begun |= !events.is_empty();
            self.happened(id, events.into_iter().map(Happened::Event).collect());
            if !self.model().assistant.turn(id).is_some_and(Turn::is_running) {
                // Whatever would come is not looked at: the stream closes with this.
                return Failure::seen("brokenOff");
            }
            if self.now_ms() - asked_ms > LONGEST_MS {
                return Failure::seen("tookTooLong");
            }
        }
    }

    /// Takes in what happened to a question, and tells once.
    fn happened(&self, id: &ClientMessageId, happened: Vec<Happened>) {
        let looked_for = {
            let model = &mut self.state.borrow_mut().model;
            let mut thread = None;
            for happened in happened {
                thread = model.assistant.apply(id, happened).or(thread);
            }
            let Some(thread) = thread else { return };
            let turn = model.assistant.turn(id);
            let posted = turn.is_some_and(|turn| turn.posted && !turn.is_running());
            model.assistant_changed(posted.then_some(&thread));
            Some(thread).filter(|_| posted)
        };
        match looked_for {
            // Its message is there, or will be in a moment.
            Some(thread) => self.look_at(&thread),
            None => self.flush(),
        }
    }

    /// Somebody wants no more of an answer. What has come of it stays.
    pub fn stop_answer(&self, id: &ClientMessageId) {
        self.happened(id, vec![Happened::Stopped]);
        self.stop_what_is_over();
    }

    /// Closes the streams of questions that are over.
    fn stop_what_is_over(&self) {
        let model = self.model();
        self.asking.running.borrow_mut().retain(|(id, running)| {
            let goes_on = model.assistant.turn(id).is_some_and(Turn::is_running);
            if !goes_on {
                running.abort();
            }
            goes_on
        });
    }

    /// Takes a question away, with what has come of it, and gives it.
    pub fn remove_question(&self, id: &ClientMessageId) -> Option<(ThreadId, Turn)> {
        let removed = {
            let model = &mut self.state.borrow_mut().model;
            let removed = model.assistant.remove(id);
            model.assistant_changed(removed.as_ref().map(|(thread, _)| thread));
            removed
        };
        self.stop_what_is_over();
        self.flush();
        removed
    }

    /// Asks the same once more. What had come of it stays, unless it is in the thread, where the new answer takes its place.
    pub fn ask_again(self: &Rc<Self>, id: &ClientMessageId) {
        let known = self.model().assistant.turn(id).cloned();
        let Some(turn) = known else { return };
        let found = self.model().assistant.thread_of(id);
        let Some(thread) = found else { return };
        if turn.posted || turn.answer.text().is_empty() {
            self.remove_question(id);
        }
        self.ask_assistant(&thread, turn.question, turn.posted);
    }

    /// Somebody wants the assistant, and knows what is sent where.
    pub fn agree_to_assistant(self: &Rc<Self>) {
        self.change_assistant(|model| model.assistant.agree());
        self.save_soon();
    }

    /// They do not: what waits for a yes is not asked.
    pub fn decline_assistant(self: &Rc<Self>) {
        self.change_assistant(|model| drop(model.assistant.take_waiting()));
    }

    /// Something else goes along with questions about a thread.
    pub fn set_assistant_context(self: &Rc<Self>, thread: &ThreadId, context: Context) {
        self.change_assistant(|model| model.assistant.set_context(thread, context));
        self.save_soon();
    }

    /// Keeps the question that is being written.
    pub fn set_question_draft(self: &Rc<Self>, thread: &ThreadId, draft: String) {
        self.state.borrow_mut().model.assistant.set_draft(thread, draft);
        self.save_soon();
    }

    /// Forgets what was asked in private beside a thread.
    pub fn begin_assistant_anew(self: &Rc<Self>, thread: &ThreadId) {
        self.change_assistant(|model| model.assistant.begin_anew(thread));
        self.stop_what_is_over();
    }

    /// Looks at and changes what is known of the assistant, without telling anybody.
    pub fn with_assistant<T>(&self, with: impl FnOnce(&mut Assistant) -> T) -> T {
        with(&mut self.state.borrow_mut().model.assistant)
    }
}
