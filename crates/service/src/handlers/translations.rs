//! `/natter/v1/translations`: who translates, and a translation. `docs/translation.md` says what each field means.
//!
//! The words come from the client, which has them already, so there is no thread to be a member of: whoever is signed in has their
//! share of translations.

use crate::domain::rate::{Asking, Operation};
use crate::domain::refusal::Refusal;
use crate::error::ApiError;
use crate::extract::{Caller, Json};
use crate::state::AppState;
use crate::translation::{InVain, TEXT_CHARS, TIME_MS, Translator, Wanted};
use axum::extract::State;
use serde::{Deserialize, Serialize};

/// Characters of the longest tag of a language that anybody uses.
const TAG_CHARS: usize = 35;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct About {
    by: &'static str,
    sent_to: Option<String>,
    ready: bool,
    text_chars: usize,
}

#[derive(Deserialize)]
pub(crate) struct TranslationRequest {
    text: String,
    to: String,
    from: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Translation {
    text: String,
    from: Option<String>,
    to: String,
    by: &'static str,
}

pub(crate) async fn get(State(state): State<AppState>, _: Caller) -> Result<axum::Json<About>, ApiError> {
    let translator = switched_on(&state)?;
    Ok(axum::Json(About {
        by: translator.by(),
        sent_to: translator.sent_to(),
        ready: translator.is_ready(),
        text_chars: TEXT_CHARS,
    }))
}

pub(crate) async fn create(
    State(state): State<AppState>,
    caller: Caller,
    Json(request): Json<TranslationRequest>,
) -> Result<axum::Json<Translation>, ApiError> {
    let translator = switched_on(&state)?;
    let wanted = checked(request)?;
    state.enter(Operation::Translate, Asking { user: Some(&caller.id), thread: None })?;
    let translated = tokio::select! {
        translated = translator.translate(&wanted) => translated,
        () = state.clock().pass_ms(TIME_MS) => Err(InVain::Unreachable),
    };
    let translated = translated.map_err(said)?;
    Ok(axum::Json(Translation {
        text: translated.text,
        from: wanted.from.or(translated.from),
        to: wanted.to,
        by: translator.by(),
    }))
}

fn switched_on(state: &AppState) -> Result<&Translator, ApiError> {
    state.translator().ok_or_else(|| ApiError::not_found("Translation is switched off."))
}

fn checked(request: TranslationRequest) -> Result<Wanted, Refusal> {
    let TranslationRequest { text, to, from } = request;
    if text.trim().is_empty() || text.chars().count() > TEXT_CHARS {
        return Err(Refusal::invalid(format!("text must have 1 to {TEXT_CHARS} characters.")));
    }
    if !is_tag(&to) || !from.as_deref().is_none_or(is_tag) {
        return Err(Refusal::invalid("to and from must be tags of languages, such as en or zh-Hans."));
    }
    Ok(Wanted { text, to, from })
}

fn is_tag(tag: &str) -> bool {
    let part =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    tag.len() <= TAG_CHARS
        && tag.starts_with(|first: char| first.is_ascii_alphabetic())
        && tag.split('-').all(part)
}

/// In words of our own: those of the other server are its operator's business.
fn said(in_vain: InVain) -> ApiError {
    let (code, message) = match in_vain {
        InVain::NotSetUp => {
            ("TranslatorNotSetUp", "The translator does not accept the service's key, or has none.")
        }
        InVain::Unreachable => ("TranslatorUnreachable", "The translator does not answer."),
        InVain::Busy => ("TranslatorBusy", "The translator has too much to do. Try again later."),
        InVain::Refused => ("TranslatorRefused", "The translator does not translate this."),
        InVain::Failed => ("TranslatorFailed", "The translator made an error."),
    };
    ApiError::asked_in_vain(code, message)
}
