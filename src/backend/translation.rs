//! Translation by the local service (`docs/translation.md`).

use acs_chat::fields::{Fields, FromFields};
use acs_chat::{ApiError, Method, Request};
use serde::Serialize;

use super::{Backend, Reply, natter};

const PATH: &str = "/natter/v1/translations";

/// Who translates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translator {
    /// Its name.
    pub by: String,
    /// The host that words are sent to.
    pub sent_to: String,
}

impl FromFields for Translator {
    fn from_fields(fields: &mut Fields) -> Self {
        Self { by: fields.text("by"), sent_to: fields.optional_text("sentTo").unwrap_or_default() }
    }
}

/// A translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translated {
    /// The words.
    pub text: String,
    /// From which language, as far as it is known.
    pub from: Option<String>,
}

impl FromFields for Translated {
    fn from_fields(fields: &mut Fields) -> Self {
        Self { text: fields.text("text"), from: fields.optional_text("from") }
    }
}

#[derive(Serialize)]
struct Wanted<'a> {
    text: &'a str,
    to: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
}

impl dyn Backend + '_ {
    /// Who translates, if the service has somebody do it.
    pub fn translator(&self) -> Reply<'_, Translator> {
        self.ask_translator(Ok(Request::fields(Method::Get, PATH.to_owned())))
    }

    /// Translates a text.
    pub fn translate(&self, text: &str, to: &str, from: Option<&str>) -> Reply<'_, Translated> {
        let request = Request::fields(Method::Post, PATH.to_owned());
        self.ask_translator(request.with_body(&Wanted { text, to, from }))
    }

    fn ask_translator<R>(&self, request: Result<Request<R>, ApiError>) -> Reply<'_, R> {
        Reply::to(request.and_then(|request| {
            // Azure's chat has nothing of the kind; what is beside the assistant is the local service.
            if !self.capabilities().assistant {
                let reason = "this service does not translate".to_owned();
                return Err(ApiError::InvalidRequest { reason });
            }
            Ok((request.reader(), self.exchange(natter::own_request(self.endpoint(), &request))))
        }))
    }
}
