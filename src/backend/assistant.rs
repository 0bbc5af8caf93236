//! The assistant of the local service (`docs/assistant.md`): who answers, and answers that stream.

use acs_chat::fields::{Fields, FromFields};
use acs_chat::{ApiError, Method, RawId, Request};
use assistant::{Decoder, Event};
use serde::Serialize;

use super::events::{Opened, Pieces};
use super::{Backend, Reply, natter};
use crate::model::assistant::Facts;

/// Where it is.
const PATH: &str = "/natter/v1/assistant";

/// A question as it is asked.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// About which thread.
    pub thread_id: String,
    /// What.
    pub question: String,
    /// What of the thread goes along.
    pub context: &'static str,
    /// What it follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The language of the screen.
    pub language: &'static str,
    /// New for each question.
    pub request_id: String,
    /// The answer is to be a message of the thread.
    pub post: bool,
    /// Up to which message the thread was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_up_to: Option<String>,
    /// Minutes east of UTC.
    pub utc_offset_minutes: i32,
}

impl FromFields for Facts {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            by: fields.text("by"),
            name: fields.text("name"),
            id: fields.optional_text("userId").map(RawId::new),
            model: fields.optional_text("model"),
            sent_to: fields.optional_text("sentTo"),
            ready: fields.optional_flag("ready").unwrap_or(true),
            question_chars: fields
                .optional_number("questionChars")
                .and_then(|chars| chars.try_into().ok())
                .unwrap_or(4_000),
        }
    }
}

/// An answer, as it comes.
pub struct Answering {
    pieces: Box<dyn Pieces>,
    decoder: Option<Decoder>,
}

impl Answering {
    /// What happened next, be it nothing yet; none when the stream is over, or cannot be read.
    pub async fn next(&mut self) -> Option<Vec<Event>> {
        let frames = match self.pieces.next().await {
            Some(piece) => self.decoder.as_mut()?.push(&piece).ok()?,
            None => vec![self.decoder.take()?.finish()?],
        };
        Some(frames.iter().filter_map(|frame| Event::read(&frame.data)).collect())
    }
}

impl dyn Backend + '_ {
    /// Who answers.
    pub fn assistant(&self) -> Reply<'_, Facts> {
        let request = Request::fields(Method::Get, PATH.to_owned());
        Reply::to(Ok((request.reader(), self.exchange(natter::own_request(self.endpoint(), &request)))))
    }

    /// Asks.
    ///
    /// # Errors
    /// What the service refuses, or that it cannot be reached.
    pub async fn ask(&self, question: &Question) -> Result<Answering, ApiError> {
        let request = Request::no_content(Method::Post, PATH.to_owned()).with_body(question)?;
        match self.open(natter::own_request(self.endpoint(), &request)).await? {
            Opened::Stream(pieces) => Ok(Answering { pieces, decoder: Some(Decoder::default()) }),
            Opened::Refused(response) => {
                request.reader().read(&response)?;
                Err(ApiError::BrokenReply { reason: "no stream".into() })
            }
        }
    }
}
