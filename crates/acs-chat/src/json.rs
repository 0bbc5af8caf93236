//! JSON as it comes.
//!
//! With the feature `browser`, the browser's own parser reads it: `serde_json`'s, with its table of powers of ten and the
//! maps that it fills, is larger than the models that are read from it.

use serde_json::Value;

use crate::api_error::ApiError;

/// JSON of any kind.
#[derive(Debug)]
pub(crate) enum Json {
    Null,
    Flag(bool),
    Whole(i64),
    /// A number that is not whole, or too large.
    Real(f64),
    Text(String),
    List(Vec<Json>),
    /// In any order; the objects of the contract have a dozen fields at most.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Takes a field of an object.
    pub(crate) fn take(fields: &mut [(String, Self)], name: &str) -> Option<Self> {
        let (_, value) = fields.iter_mut().find(|(key, _)| key == name)?;
        match std::mem::replace(value, Self::Null) {
            Self::Null => None,
            value => Some(value),
        }
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Flag(flag),
            Value::Number(number) => match number.as_i64() {
                Some(number) => Self::Whole(number),
                None => Self::Real(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => Self::Text(text),
            Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Object(map) => {
                Self::Object(map.into_iter().map(|(name, value)| (name, Self::from(value))).collect())
            }
        }
    }
}

/// Reads a body of any kind.
///
/// # Errors
/// [`ApiError::BrokenReply`] in our words: a parser's quote the body, and that may be a message or a token.
#[cfg(not(all(feature = "browser", target_arch = "wasm32")))]
pub(crate) fn parse(body: &[u8]) -> Result<Json, ApiError> {
    serde_json::from_slice::<Value>(body).map(Json::from).map_err(|error| broken(&error))
}

/// What is wrong with a body.
pub(crate) fn broken(error: &serde_json::Error) -> ApiError {
    use serde_json::error::Category;
    let what = match error.classify() {
        Category::Data => "it is not what the contract says",
        Category::Eof => "it is cut off",
        Category::Syntax | Category::Io => "it is not JSON",
    };
    ApiError::broken(format!("{what} at line {} column {}", error.line(), error.column()))
}

#[cfg(all(feature = "browser", target_arch = "wasm32"))]
pub(crate) use browser::parse;

#[cfg(all(feature = "browser", target_arch = "wasm32"))]
mod browser {
    use js_sys::{Array, JSON, Object};
    use wasm_bindgen::{JsCast as _, JsValue};

    use super::Json;
    use crate::api_error::ApiError;

    /// As deep as `serde_json` goes: a hostile body must not take the stack.
    const DEEPEST: u8 = 127;

    pub(crate) fn parse(body: &[u8]) -> Result<Json, ApiError> {
        let parsed = std::str::from_utf8(body).ok().and_then(|text| JSON::parse(text).ok());
        parsed.and_then(|parsed| read(&parsed, DEEPEST)).ok_or_else(|| ApiError::broken("it is not JSON"))
    }

    /// What was parsed, unless it is too deep.
    fn read(parsed: &JsValue, depth: u8) -> Option<Json> {
        if let Some(text) = parsed.as_string() {
            return Some(Json::Text(text));
        }
        if let Some(number) = parsed.as_f64() {
            return Some(self::number(number));
        }
        if let Some(flag) = parsed.as_bool() {
            return Some(Json::Flag(flag));
        }
        if parsed.is_null() {
            return Some(Json::Null);
        }
        let below = depth.checked_sub(1)?;
        if let Some(items) = parsed.dyn_ref::<Array>() {
            let mut list = Vec::new();
            for item in items.iter() {
                list.push(read(&item, below)?);
            }
            return Some(Json::List(list));
        }
        let mut fields = Vec::new();
        for field in Object::entries(parsed.unchecked_ref()).iter() {
            let field: Array = field.unchecked_into();
            fields.push((field.get(0).as_string()?, read(&field.get(1), below)?));
        }
        Some(Json::Object(fields))
    }

    /// A number of the browser's; whole ones as such, as far as it can tell them apart.
    fn number(number: f64) -> Json {
        const LARGEST: f64 = 9_007_199_254_740_991.0;
        if number.fract() == 0.0 && number.abs() <= LARGEST {
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and within 53 bits")]
            return Json::Whole(number as i64);
        }
        Json::Real(number)
    }
}
