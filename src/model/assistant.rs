//! What the assistant is asked and answers: in private beside a thread, and in the thread itself.
//!
//! Nothing of the answers is kept: they go with the page. What is kept is what somebody chose and began to write. Of an answer
//! in the thread the row that streams gives way to the message as soon as that is here.

mod turn;

use acs_chat::{ChatMessage, RawId, ThreadId};

pub use self::turn::{Failure, Happened, Stage, Turn};
use super::outbox::ClientMessageId;
use super::rows::ActionError;
use super::sorted::{SortedMap, insert_once};

/// Under this key a message of the assistant says who made it (`docs/assistant.md`).
const BY_KEY: &str = "natterAssistant";
/// Under this key it says which question it answers.
const REQUEST_KEY: &str = "natterAssistantRequest";
/// Between what is chosen and what is begun, in a text that is kept. Nobody types it.
const KEPT_SEPARATOR: char = '\u{1e}';
/// Of a conversation so many questions stay on the screen.
const MOST_TURNS: usize = 50;

/// What of a thread goes along with a question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Context {
    /// Nothing.
    None,
    /// What was not read when the thread was opened.
    Unread,
    /// The last messages.
    #[default]
    Recent,
    /// As much as the assistant takes.
    Thread,
}

impl Context {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::None, Self::Unread, Self::Recent, Self::Thread];

    /// Its name on the wire, and where it is kept.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Unread => "unread",
            Self::Recent => "recent",
            Self::Thread => "thread",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|context| context.name() == name)
    }
}

/// Who answers, and where what is sent goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// `built-in`, `beebot` or `openai`.
    pub by: String,
    /// What it is called in threads.
    pub name: String,
    /// Under which id it writes, once it has one.
    pub id: Option<RawId>,
    /// The model, where there is one.
    pub model: Option<String>,
    /// The host that questions go to; none when they stay in the service.
    pub sent_to: Option<String>,
    /// Nothing is missing for it to answer.
    pub ready: bool,
    /// The longest question, in characters.
    pub question_chars: usize,
}

impl Facts {
    /// It follows rules, and knows nothing of what was asked before.
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        self.by == "built-in"
    }

    /// What somebody agrees to: another assistant, or another place, is asked about anew.
    fn terms(&self) -> String {
        [&self.by, " ", self.sent_to.as_deref().unwrap_or_default()].concat()
    }
}

/// What is known of who answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Known {
    /// Nobody has asked.
    #[default]
    Nothing,
    /// It is being asked.
    Asking,
    /// There is none.
    Off,
    /// It could not be asked.
    Failed(ActionError),
    /// This.
    Facts(Facts),
}

/// A question that waits for the message that it was put in to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// In which thread.
    pub thread: ThreadId,
    /// The message.
    pub after: ClientMessageId,
    /// The question.
    pub question: String,
}

/// Something for a screen reader, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It begins to answer.
    Answering,
    /// The answer, when there will be no more of it.
    Answered(String),
}

/// What was asked beside one thread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Talk {
    turns: Vec<Turn>,
    /// What the next question follows, in private and in the thread: what is private stays so.
    sessions: [Option<String>; 2],
    context: Context,
    draft: String,
}

/// Everything about the assistant.
#[derive(Debug, Default)]
pub struct Assistant {
    /// Who answers.
    pub known: Known,
    /// What somebody agreed to.
    agreed: Option<String>,
    talks: SortedMap<ThreadId, Talk>,
    waiting: Vec<Waiting>,
    said: Vec<Said>,
    unsaved: Vec<ThreadId>,
}

impl Assistant {
    /// Who answers, if that is known.
    #[must_use]
    pub fn facts(&self) -> Option<&Facts> {
        match &self.known {
            Known::Facts(facts) => Some(facts),
            _ => None,
        }
    }

    /// Somebody knows what is sent where, and wants it.
    #[must_use]
    pub fn agreed(&self) -> bool {
        self.facts().is_some_and(|facts| self.agreed.as_ref() == Some(&facts.terms()))
    }

    /// They want it.
    pub fn agree(&mut self) {
        self.agreed = self.facts().map(Facts::terms);
        insert_once(&mut self.unsaved, &whole());
    }

    /// What was asked in private beside a thread, the oldest first.
    pub fn turns(&self, thread: &ThreadId) -> impl DoubleEndedIterator<Item = &Turn> {
        self.of_thread(thread).filter(|turn| !turn.posted)
    }

    /// What was asked in the thread, and has no message yet.
    pub fn posted(&self, thread: &ThreadId) -> impl Iterator<Item = &Turn> {
        self.of_thread(thread).filter(|turn| turn.posted && !turn.came_to_nothing())
    }

    fn of_thread(&self, thread: &ThreadId) -> impl DoubleEndedIterator<Item = &Turn> {
        self.talks.get(thread).into_iter().flat_map(|talk| &talk.turns)
    }

    /// A question, by its id.
    #[must_use]
    pub fn turn(&self, id: &ClientMessageId) -> Option<&Turn> {
        self.talks.iter().flat_map(|(_, talk)| &talk.turns).find(|turn| turn.id == *id)
    }

    /// What the next question follows.
    #[must_use]
    pub fn session(&self, thread: &ThreadId, posted: bool) -> Option<String> {
        self.talks.get(thread).and_then(|talk| talk.sessions[usize::from(posted)].clone())
    }

    /// Something is asked. What was running there stops, as the service does it.
    pub fn ask(&mut self, thread: &ThreadId, turn: Turn) {
        let talk = self.talks.get_or_default(thread);
        for before in talk.turns.iter_mut().filter(|before| before.posted == turn.posted) {
            before.stop();
        }
        talk.turns.push(turn);
        if talk.turns.len() > MOST_TURNS {
            talk.turns.remove(0);
        }
    }

    /// Something happened to a question. Says in which thread; nothing when it is over or gone.
    pub fn apply(&mut self, id: &ClientMessageId, happened: Happened) -> Option<ThreadId> {
        let (thread, talk) =
            self.talks.iter_mut().find(|(_, talk)| talk.turns.iter().any(|turn| turn.id == *id))?;
        let turn = talk.turns.iter_mut().find(|turn| turn.id == *id && turn.is_running())?;
        if let Happened::Event(assistant::Event::Started { session, .. }) = &happened {
            talk.sessions[usize::from(turn.posted)] = Some(session.clone());
        }
        let asked = turn.stage == Stage::Asking;
        turn.apply(happened);
        if asked && turn.stage == Stage::Answering {
            self.said.push(Said::Answering);
        } else if !turn.is_running() {
            self.said.push(Said::Answered(turn.answer.text().to_owned()));
        }
        Some(thread.clone())
    }

    /// Takes a question away. Gives it, and its thread.
    pub fn remove(&mut self, id: &ClientMessageId) -> Option<(ThreadId, Turn)> {
        self.talks.iter_mut().find_map(|(thread, talk)| {
            let place = talk.turns.iter().position(|turn| turn.id == *id)?;
            Some((thread.clone(), talk.turns.remove(place)))
        })
    }

    /// Forgets what was asked in private beside a thread, and what came before.
    pub fn begin_anew(&mut self, thread: &ThreadId) {
        if let Some(talk) = self.talks.get_mut(thread) {
            talk.turns.retain(|turn| turn.posted);
            talk.sessions[0] = None;
        }
    }

    /// Answers that are messages now are questions no more.
    pub fn arrived(&mut self, thread: &ThreadId, holds: impl Fn(&ClientMessageId) -> bool) {
        let Some(talk) = self.talks.get_mut(thread) else { return };
        let said = &mut self.said;
        talk.turns.retain(|turn| {
            let arrived = turn.posted && holds(&turn.id);
            if arrived && turn.is_running() {
                said.push(Said::Answered(turn.answer.text().to_owned()));
            }
            !arrived
        });
    }

    /// A question that was put in a message waits until that is sent.
    pub fn wait(&mut self, waiting: Waiting) {
        self.waiting.push(waiting);
    }

    /// The questions that wait.
    #[must_use]
    pub fn waiting(&self) -> &[Waiting] {
        &self.waiting
    }

    /// Takes them out.
    pub fn take_waiting(&mut self) -> Vec<Waiting> {
        std::mem::take(&mut self.waiting)
    }

    /// What waits for a message in one thread waits for it in another.
    pub fn move_to(&mut self, from: &ThreadId, to: &ThreadId) {
        for waiting in self.waiting.iter_mut().filter(|waiting| waiting.thread == *from) {
            waiting.thread = to.clone();
        }
    }

    /// In which thread something was asked.
    #[must_use]
    pub fn thread_of(&self, id: &ClientMessageId) -> Option<ThreadId> {
        let asked = |(_, talk): &(&ThreadId, &Talk)| talk.turns.iter().any(|turn| turn.id == *id);
        self.talks.iter().find(asked).map(|(thread, _)| thread.clone())
    }

    /// Where the text of an answer changed since this was last asked: see [`Turn::look`].
    pub fn look(&mut self, id: &ClientMessageId) -> usize {
        let turns = self.talks.iter_mut().flat_map(|(_, talk)| &mut talk.turns);
        turns.into_iter().find(|turn| turn.id == *id).map_or(0, Turn::look)
    }

    /// What there is to say to a screen reader since this was last asked.
    pub fn take_said(&mut self) -> Vec<Said> {
        std::mem::take(&mut self.said)
    }

    /// What goes along with questions about a thread.
    #[must_use]
    pub fn context(&self, thread: &ThreadId) -> Context {
        self.talks.get(thread).map_or_else(Context::default, |talk| talk.context)
    }

    /// Something else goes along from now on.
    pub fn set_context(&mut self, thread: &ThreadId, context: Context) {
        self.talks.get_or_default(thread).context = context;
        insert_once(&mut self.unsaved, thread);
    }

    /// The question that was begun beside a thread.
    #[must_use]
    pub fn draft(&self, thread: &ThreadId) -> &str {
        self.talks.get(thread).map_or("", |talk| &talk.draft)
    }

    /// Keeps the question that is being written.
    pub fn set_draft(&mut self, thread: &ThreadId, draft: String) {
        self.talks.get_or_default(thread).draft = draft;
        insert_once(&mut self.unsaved, thread);
    }

    /// What has to be written down now; none where nothing is to be kept. Counts as written from here on.
    pub fn take_unsaved(&mut self) -> Vec<(ThreadId, Option<String>)> {
        let unsaved = std::mem::take(&mut self.unsaved);
        let kept = |thread: ThreadId| {
            if thread == whole() {
                return (thread, self.agreed.clone());
            }
            let (context, draft) = (self.context(&thread), self.draft(&thread));
            let nothing = context == Context::default() && draft.is_empty();
            let text = (!nothing).then(|| [context.name(), &KEPT_SEPARATOR.to_string(), draft].concat());
            (thread, text)
        };
        unsaved.into_iter().map(kept).collect()
    }

    /// Puts back what was written down. What was chosen or written meanwhile is newer and stays.
    pub fn restore(&mut self, thread: &ThreadId, kept: String) {
        if self.unsaved.contains(thread) {
            return;
        }
        if *thread == whole() {
            self.agreed = Some(kept);
        } else if let Some((context, draft)) = kept.split_once(KEPT_SEPARATOR) {
            let talk = self.talks.get_or_default(thread);
            talk.context = Context::of(context).unwrap_or_default();
            draft.clone_into(&mut talk.draft);
        }
    }
}

/// Where it is kept what goes for all threads.
fn whole() -> ThreadId {
    ThreadId::new("")
}

/// A message of an assistant is Markdown, whoever says so: it is shown by the same rules as everything else.
#[must_use]
pub fn is_markdown(message: &ChatMessage) -> bool {
    message.metadata.as_ref().is_some_and(|metadata| metadata.get(BY_KEY).is_some())
}

/// Which question a message answers.
#[must_use]
pub fn answers(message: &ChatMessage) -> Option<ClientMessageId> {
    let request = message.metadata.as_ref()?.get(REQUEST_KEY)?;
    is_markdown(message).then(|| ClientMessageId::new(request.as_str()))
}

/// The question in what is written to a thread: what follows the assistant's name at its beginning, under any of these names.
#[must_use]
pub fn question<'a>(text: &'a str, names: &[&str]) -> Option<&'a str> {
    let rest = text.trim_start().strip_prefix('@')?;
    let after = names.iter().filter(|name| !name.is_empty()).find_map(|name| {
        let begins = rest.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name));
        begins.then(|| &rest[name.len()..])
    })?;
    // "@assistants" are others; Chinese puts no blank.
    if after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let question = after.trim_start_matches(|c: char| c.is_whitespace() || ",:，：、".contains(c)).trim_end();
    (!question.is_empty()).then_some(question)
}

#[cfg(test)]
mod tests;
