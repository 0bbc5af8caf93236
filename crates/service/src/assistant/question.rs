//! What is asked, checked.

use super::About;
use super::built_in::Language;
use super::context::{Scope, Wanted};
use crate::domain::refusal::Refusal;
use acs_chat::ThreadId;
use serde::Deserialize;

/// Characters of the longest question, for those who have no limit of their own.
pub(crate) const QUESTION_CHARS: usize = 4_000;

/// Characters of a request's id. A UUID has 36.
const REQUEST_ID_CHARS: usize = 128;

/// No place on earth is further from UTC.
const UTC_OFFSET_MINUTES: std::ops::RangeInclusive<i64> = -840..=840;

/// A question as it comes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AskRequest {
    thread_id: ThreadId,
    question: String,
    context: Scope,
    session: Option<String>,
    language: Option<String>,
    request_id: String,
    #[serde(default)]
    post: bool,
    read_up_to: Option<String>,
    #[serde(default)]
    utc_offset_minutes: i64,
}

/// A question, checked.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// About which thread.
    pub(crate) thread: ThreadId,
    /// In words.
    pub(crate) text: String,
    /// What of the thread goes along.
    pub(crate) wanted: Wanted,
    /// Which session it follows.
    pub(crate) session: Option<String>,
    /// The language of the screen.
    pub(crate) language: Language,
    /// The client's id of the question.
    pub(crate) request_id: String,
    /// Whether the answer is to be written to the thread.
    pub(crate) post: bool,
    /// Minutes east of UTC.
    pub(crate) utc_offset_minutes: i64,
}

impl Question {
    /// Checks a request.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] saying what is wrong.
    pub(crate) fn new(request: AskRequest, about: &About) -> Result<Self, Refusal> {
        let text = request.question.trim();
        if text.is_empty() || text.chars().count() > about.question_chars {
            return Err(Refusal::invalid(format!(
                "The question must have 1 to {} characters.",
                about.question_chars
            )));
        }
        let id = &request.request_id;
        if !(1..=REQUEST_ID_CHARS).contains(&id.len()) || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Refusal::invalid("requestId must have 1 to 128 printable ASCII characters."));
        }
        let language = match &request.language {
            None => Language::default(),
            Some(name) => Language::named(name)
                .ok_or_else(|| Refusal::invalid("language must be en, zh-CN or zh-TW."))?,
        };
        if !UTC_OFFSET_MINUTES.contains(&request.utc_offset_minutes) {
            return Err(Refusal::invalid("utcOffsetMinutes must be between -840 and 840."));
        }
        let read_up_to = request.read_up_to.as_deref().map(str::parse::<i64>).transpose();
        let read_up_to = read_up_to.map_err(|_| Refusal::invalid("readUpTo must be the id of a message."))?;
        Ok(Self {
            wanted: Wanted { scope: request.context, read_up_to, characters: about.context_chars },
            text: text.to_owned(),
            thread: request.thread_id,
            session: request.session,
            language,
            request_id: request.request_id,
            post: request.post,
            utc_offset_minutes: request.utc_offset_minutes,
        })
    }
}
