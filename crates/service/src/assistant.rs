//! The assistant: what is asked of it, what of a conversation goes along, who answers, and how an answer gets back.
//!
//! In reading order: [`question`] is what is asked, checked; [`context`] what of the thread goes along. [`answering`] lets
//! somebody answer and tells the asker as it comes: the service itself ([`built_in`]), [`beebot`] or [`openai`], asked by
//! [`crate::upstream`]. [`posting`] writes an answer to the thread. [`sessions`] remember what belongs together, and [`running`]
//! knows which answers are under way. `docs/assistant.md` says what goes over the wire.
//!
//! Keys are [`crate::secret::Secret`]s, used where a request is made and nowhere else; what other servers say in their
//! errors is neither told nor logged, as it may quote a key.

pub(crate) mod answering;
pub(crate) mod built_in;
pub(crate) mod context;
pub(crate) mod question;

mod beebot;
mod openai;
mod posting;
mod running;
mod sessions;

use crate::clock::Clock;
use crate::settings::{AssistantKind, AssistantServers, Settings};
use crate::upstream::Upstream;
use acs_chat::RawId;
use beebot::Beebot;
use openai::OpenAi;
use running::Running;
use sessions::Sessions;
use std::path::PathBuf;

pub(crate) use posting::check_may_post;

/// Whoever answers, and what is remembered for it.
pub(crate) struct Assistant {
    voice: Voice,
    name: String,
    sessions: Sessions,
    running: Running,
    /// The assistant's own identity, once it has written to a thread.
    identity: tokio::sync::Mutex<Option<RawId>>,
    /// Where that is kept over a restart.
    identity_file: PathBuf,
}

/// Whoever answers.
enum Voice {
    BuiltIn,
    Beebot(Box<Beebot>),
    OpenAi(OpenAi),
}

/// What people may know of who answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct About {
    /// Its name in events and messages.
    pub(crate) by: &'static str,
    /// Under which name it writes to threads.
    pub(crate) name: String,
    /// The model, if there is one.
    pub(crate) model: Option<String>,
    /// The host that questions go to, if they leave the service.
    pub(crate) sent_to: Option<String>,
    /// Whether everything that it needs is set up.
    pub(crate) ready: bool,
    /// Characters of the longest question.
    pub(crate) question_chars: usize,
    /// Characters of context that go along at most.
    pub(crate) context_chars: usize,
}

impl Assistant {
    /// Nothing when it is switched off.
    pub(crate) fn new(settings: &Settings, clock: &Clock) -> Option<Self> {
        let AssistantServers { name, beebot, openai } = settings.assistant_servers.clone();
        let upstream = Upstream::default();
        let voice = match settings.assistant {
            AssistantKind::Off => return None,
            AssistantKind::BuiltIn => Voice::BuiltIn,
            AssistantKind::Beebot => Voice::Beebot(Box::new(Beebot::new(beebot, upstream, clock.clone()))),
            AssistantKind::Openai => Voice::OpenAi(OpenAi::new(openai, upstream)),
        };
        let assistant = Self {
            voice,
            name,
            sessions: Sessions::default(),
            running: Running::default(),
            identity: tokio::sync::Mutex::default(),
            identity_file: settings.data.join("assistant-identity"),
        };
        if !assistant.about().ready {
            tracing::warn!("the assistant is not set up: docs/assistant.md names the variables");
        }
        Some(assistant)
    }

    /// How many answers are under way.
    pub(crate) fn under_way(&self) -> usize {
        self.running.count()
    }

    /// What people may know of who answers.
    pub(crate) fn about(&self) -> About {
        let built_in = About {
            by: built_in::BY,
            name: self.name.clone(),
            model: None,
            sent_to: None,
            ready: true,
            question_chars: question::QUESTION_CHARS,
            context_chars: built_in::CONTEXT_CHARS,
        };
        match &self.voice {
            Voice::BuiltIn => built_in,
            Voice::Beebot(beebot) => About {
                by: assistant::beebot::BY,
                sent_to: beebot.host(),
                ready: beebot.is_ready(),
                question_chars: beebot::UTTERANCE_CHARS,
                context_chars: beebot::UTTERANCE_CHARS,
                ..built_in
            },
            Voice::OpenAi(openai) => About {
                by: assistant::openai::BY,
                model: openai.model(),
                sent_to: openai.host(),
                ready: openai.is_ready(),
                context_chars: openai::CONTEXT_CHARS,
                ..built_in
            },
        }
    }

    /// Stops all answers and takes no more questions. Returns when what had been said is written down.
    pub(crate) async fn stop(&self) {
        self.running.stop().await;
    }
}
