//! The wire's errors in all their shapes (reference `acs-chat.md` 3.2, 6.1).

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::fields::{Fields, FromFields};
use crate::json::{self, Json};

/// What was wrong, as the service says it. Read leniently, so that an oddly told failure does not become another one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CommunicationError {
    /// A short word such as `Forbidden`; for an invalid participant, a status number in text.
    pub code: String,
    /// A sentence.
    pub message: String,
    /// What it is about: for an invalid participant, its exact raw id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Several at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<CommunicationError>,
    /// The cause.
    #[serde(rename = "innererror", skip_serializing_if = "Option::is_none")]
    pub inner_error: Option<Box<CommunicationError>>,
}

/// The body of a refusal as the published description has it: `{"error":{…}}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommunicationErrorResponse {
    /// What was wrong.
    pub error: CommunicationError,
}

impl CommunicationError {
    /// Reads a refusal in any shape that has been seen: `{"error":{…}}`, `{"CommunicationError":{"Code":…}}`,
    /// `{"Error":{…}}`, the bare object, in any case, or nothing at all. Never fails; what is missing is empty.
    #[must_use]
    pub fn from_body(body: &[u8]) -> Self {
        let Ok(json) = json::parse(body) else { return Self::default() };
        let wrapped = field(&json, "error").or_else(|| field(&json, "communicationerror"));
        Self::from_json(wrapped.unwrap_or(&json), 0)
    }

    fn from_json(json: &Json, depth: u8) -> Self {
        let text = |name| match field(json, name) {
            Some(Json::Text(text)) => Some(text.clone()),
            Some(Json::Whole(number)) => Some(number.to_string()),
            _ => None,
        };
        // Errors nest two deep in practice; a hostile body must not take the stack.
        let deeper = depth < 4;
        Self {
            code: text("code").unwrap_or_default(),
            message: text("message").unwrap_or_default(),
            target: text("target"),
            details: match field(json, "details") {
                Some(Json::List(items)) if deeper => {
                    items.iter().map(|item| Self::from_json(item, depth + 1)).collect()
                }
                _ => Vec::new(),
            },
            inner_error: field(json, "innererror")
                .filter(|inner| matches!(inner, Json::Object(_)) && deeper)
                .map(|inner| Box::new(Self::from_json(inner, depth + 1))),
        }
    }
}

/// Names in any case, codes in text or as a number, `null` for what is absent.
impl<'de> Deserialize<'de> for CommunicationError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from_json(&Value::deserialize(deserializer)?.into(), 0))
    }
}

/// Never fails.
impl FromFields for CommunicationError {
    fn from_fields(fields: &mut Fields) -> Self {
        Self::from_json(&fields.take_all(), 0)
    }
}

/// A field whatever the case of its name.
fn field<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    let Json::Object(fields) = json else { return None };
    fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_a_refusal_is_understood() {
        let read = |body: &str| {
            let error = CommunicationError::from_body(body.as_bytes());
            (error.code, error.message)
        };
        let forbidden = || ("Forbidden".to_owned(), "No.".to_owned());
        assert_eq!(read(r#"{"error":{"code":"Forbidden","message":"No."}}"#), forbidden());
        assert_eq!(
            read(r#"{"CommunicationError":{"Code":"Forbidden","Message":"No.","Details":[]}}"#),
            forbidden()
        );
        assert_eq!(read(r#"{"Error":{"Code":"Forbidden","Message":"No."}}"#), forbidden());
        assert_eq!(read(r#"{"Code":"Forbidden","Message":"No."}"#), forbidden());
        assert_eq!(read(r#"{"CommunicationError":{"Code":"Forbidden"}}"#).1, "");
        assert_eq!(read(""), Default::default());
        assert_eq!(read("<html>"), Default::default());
        assert_eq!(read(r#"["a"]"#), Default::default());
    }

    #[test]
    fn details_and_targets_are_kept() {
        let error = CommunicationError::from_body(
            br#"{"error":{"code":"a","details":[{"code":404,"target":"8:acs:x"}],"innererror":{"code":"b"}}}"#,
        );
        assert_eq!(error.details[0].target.as_deref(), Some("8:acs:x"));
        assert_eq!(error.details[0].code, "404");
        assert_eq!(error.inner_error.unwrap().code, "b");
    }

    #[test]
    fn causes_of_causes_end_somewhere() {
        let body = (0..100).fold("{}".to_owned(), |inner, _| format!(r#"{{"innererror":{inner}}}"#));
        let error = CommunicationError::from_body(body.as_bytes());
        let depth = std::iter::successors(Some(&error), |error| error.inner_error.as_deref()).count();
        assert_eq!(depth, 5);
    }
}
