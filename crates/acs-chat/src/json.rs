//! JSON as it comes, as a [`serde_json::Value`].
//!
//! With the feature `browser`, the browser's own parser reads it: ours, with its table of powers of ten, is larger than the
//! models that are read from it.

use crate::api_error::ApiError;

/// Reads a body of any kind.
///
/// # Errors
/// [`ApiError::BrokenReply`] in our words: a parser's quote the body, and that may be a message or a token.
#[cfg(not(all(feature = "browser", target_arch = "wasm32")))]
pub(crate) fn parse(body: &[u8]) -> Result<serde_json::Value, ApiError> {
    serde_json::from_slice(body).map_err(|error| broken(&error))
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
    use serde_json::{Map, Number, Value};
    use wasm_bindgen::{JsCast as _, JsValue};

    use crate::api_error::ApiError;

    /// As deep as `serde_json` goes: a hostile body must not take the stack.
    const DEEPEST: u8 = 127;

    pub(crate) fn parse(body: &[u8]) -> Result<Value, ApiError> {
        let parsed = std::str::from_utf8(body).ok().and_then(|text| JSON::parse(text).ok());
        parsed.and_then(|parsed| value(&parsed, DEEPEST)).ok_or_else(|| ApiError::broken("it is not JSON"))
    }

    /// The value, unless it is too deep.
    fn value(parsed: &JsValue, depth: u8) -> Option<Value> {
        if let Some(text) = parsed.as_string() {
            return Some(Value::String(text));
        }
        if let Some(number) = parsed.as_f64() {
            return Some(Value::Number(self::number(number)?));
        }
        if let Some(flag) = parsed.as_bool() {
            return Some(Value::Bool(flag));
        }
        if parsed.is_null() {
            return Some(Value::Null);
        }
        let below = depth.checked_sub(1)?;
        if let Some(items) = parsed.dyn_ref::<Array>() {
            let mut list = Vec::new();
            for item in items.iter() {
                list.push(value(&item, below)?);
            }
            return Some(Value::Array(list));
        }
        let mut map = Map::new();
        for field in Object::entries(parsed.unchecked_ref()).iter() {
            let field: Array = field.unchecked_into();
            map.insert(field.get(0).as_string()?, value(&field.get(1), below)?);
        }
        Some(Value::Object(map))
    }

    /// A number of the browser's; whole ones as such, as far as it can tell them apart.
    fn number(number: f64) -> Option<Number> {
        const LARGEST: f64 = 9_007_199_254_740_991.0;
        if number.fract() == 0.0 && number.abs() <= LARGEST {
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and within 53 bits")]
            return Some(Number::from(number as i64));
        }
        Number::from_f64(number)
    }
}
