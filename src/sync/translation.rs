//! What the service translates for somebody who waits for it.

use std::rc::Rc;

use acs_chat::ApiError;

use super::Core;
use crate::backend::translation::{Translated, Translator};
use crate::model::rows::ActionError;

/// Why there is no translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InVain {
    /// Nobody translates.
    Nobody,
    /// Whoever translates does not accept the service's key.
    NotSetUp,
    /// They do not answer, or are busy.
    Unreachable,
    /// They do not translate this.
    Refused,
    /// The service did not do it.
    Failed(ActionError),
}

impl Core {
    /// Who translates.
    ///
    /// # Errors
    /// [`InVain::Nobody`], or why it is not known.
    pub async fn translator(self: &Rc<Self>) -> Result<Translator, InVain> {
        let (backend, generation) = self.connected().map_err(InVain::Failed)?;
        let asked_ms = self.now_ms();
        self.translated(backend.translator().await, asked_ms, generation)
    }

    /// Has a text translated.
    ///
    /// # Errors
    /// Why it was not.
    pub async fn translate(self: &Rc<Self>, text: &str, to: &str) -> Result<Translated, InVain> {
        let (backend, generation) = self.connected().map_err(InVain::Failed)?;
        let asked_ms = self.now_ms();
        self.translated(backend.translate(text, to, None).await, asked_ms, generation)
    }

    fn translated<T>(
        &self,
        result: Result<T, ApiError>,
        asked_ms: i64,
        generation: u64,
    ) -> Result<T, InVain> {
        let said = match &result {
            Err(ApiError::InvalidRequest { .. } | ApiError::Refused { status: 404, .. }) => {
                Some(InVain::Nobody)
            }
            Err(ApiError::Refused { status: 502, code, .. }) => Some(match code.as_str() {
                "TranslatorNotSetUp" => InVain::NotSetUp,
                "TranslatorRefused" => InVain::Refused,
                _ => InVain::Unreachable,
            }),
            _ => None,
        };
        match said {
            Some(said) => Err(said),
            None => self.outcome(result, asked_ms, generation).map_err(InVain::Failed),
        }
    }
}
