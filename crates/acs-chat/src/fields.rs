//! Reading JSON field by field.
//!
//! A reply is parsed once, and the models take from it what they know: whatever else is there is ignored.
//! Readers that are derived are made anew for every type and for every field of it, and a page that is loaded over a phone's
//! line pays for each: they were a tenth of the app.
//!
//! ```
//! use acs_chat::fields::{Fields, FromFields, InvalidField};
//! use serde_json::json;
//!
//! struct Person {
//!     name: String,
//!     nickname: Option<String>,
//! }
//!
//! impl FromFields for Person {
//!     fn from_fields(fields: &mut Fields) -> Self {
//!         Self { name: fields.text("name"), nickname: fields.optional_text("nickname") }
//!     }
//! }
//!
//! assert!(Fields::read::<Person>(json!({"name": "Ann", "later": 1})).is_ok());
//! assert_eq!(Fields::read::<Person>(json!({})).err(), Some(InvalidField::Missing("name")));
//! ```

use serde_json::Value;

use crate::json::{self, Json};
use crate::metadata::Metadata;
use crate::time::Timestamp;

/// What was sent is not what the contract says. Names the field, and does not quote it: that may be a message or a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidField {
    /// It has to be an object.
    #[error("it is not an object")]
    NoObject,
    /// A field is missing or null.
    #[error("missing field `{0}`")]
    Missing(&'static str),
    /// A field is of another kind.
    #[error("field `{0}` is not what the contract says")]
    Wrong(&'static str),
}

/// The fields of an object, to be taken one after the other. One that is null counts as missing.
///
/// What does not fit is noted, and something empty stands in its place until [`Self::finish`] tells: so a model is read
/// in one expression.
#[derive(Debug)]
pub struct Fields {
    object: Vec<(String, Json)>,
    error: Option<InvalidField>,
}

/// What can be read from the fields of an object.
pub trait FromFields {
    /// Reads it. What does not fit is noted in the fields, and the result is then of no use.
    fn from_fields(fields: &mut Fields) -> Self;
}

/// Reads a model for serde: `#[serde(try_from = "Value")]`.
macro_rules! try_from_value {
    ($model:ty) => {
        impl TryFrom<serde_json::Value> for $model {
            type Error = $crate::fields::InvalidField;

            fn try_from(value: serde_json::Value) -> Result<Self, Self::Error> {
                $crate::fields::Fields::read(value)
            }
        }
    };
}
pub(crate) use try_from_value;

impl Fields {
    /// The fields of this object.
    #[must_use]
    pub fn of(value: Value) -> Self {
        Self::of_json(value.into())
    }

    pub(crate) fn of_json(json: Json) -> Self {
        match json {
            Json::Object(object) => Self { object, error: None },
            _ => Self { object: Vec::new(), error: Some(InvalidField::NoObject) },
        }
    }

    /// The fields of an object that is written out; what is no JSON counts as no object.
    #[must_use]
    pub fn parse(json: &[u8]) -> Self {
        Self::of_json(json::parse(json).unwrap_or(Json::Null))
    }

    /// Reads a model.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn read<T: FromFields>(value: Value) -> Result<T, InvalidField> {
        let mut fields = Self::of(value);
        let read = T::from_fields(&mut fields);
        fields.finish(read)
    }

    /// What was read, if all of it fitted.
    ///
    /// # Errors
    /// The first thing that did not.
    pub fn finish<T>(self, read: T) -> Result<T, InvalidField> {
        match self.error {
            None => Ok(read),
            Some(error) => Err(error),
        }
    }

    #[inline(never)]
    fn value(&mut self, name: &str) -> Option<Json> {
        Json::take(&mut self.object, name)
    }

    /// Everything, whatever it is; nothing of it is wrong.
    pub(crate) fn take_all(&mut self) -> Json {
        self.error = None;
        Json::Object(std::mem::take(&mut self.object))
    }

    /// Notes what does not fit; the first thing is what counts.
    #[inline(never)]
    pub fn note(&mut self, error: InvalidField) {
        self.error.get_or_insert(error);
    }

    /// A text that may be missing.
    #[inline(never)]
    pub fn optional_text(&mut self, name: &'static str) -> Option<String> {
        match self.value(name)? {
            Json::Text(text) => Some(text),
            _ => {
                self.note(InvalidField::Wrong(name));
                None
            }
        }
    }

    /// A text.
    #[inline(never)]
    pub fn text(&mut self, name: &'static str) -> String {
        self.optional_text(name).unwrap_or_else(|| {
            self.note(InvalidField::Missing(name));
            String::new()
        })
    }

    /// A time that may be missing.
    #[inline(never)]
    pub fn optional_time(&mut self, name: &'static str) -> Option<Timestamp> {
        let time = Timestamp::parse(&self.optional_text(name)?);
        if time.is_err() {
            self.note(InvalidField::Wrong(name));
        }
        time.ok()
    }

    /// A time.
    #[inline(never)]
    pub fn time(&mut self, name: &'static str) -> Timestamp {
        self.optional_time(name).unwrap_or_else(|| {
            self.note(InvalidField::Missing(name));
            Timestamp::EPOCH
        })
    }

    /// A whole number that may be missing.
    #[inline(never)]
    pub fn optional_number(&mut self, name: &'static str) -> Option<i64> {
        match self.value(name)? {
            Json::Whole(number) => Some(number),
            _ => {
                self.note(InvalidField::Wrong(name));
                None
            }
        }
    }

    /// A whole number.
    #[inline(never)]
    pub fn number(&mut self, name: &'static str) -> i64 {
        self.optional_number(name).unwrap_or_else(|| {
            self.note(InvalidField::Missing(name));
            0
        })
    }

    /// Yes or no, or nothing.
    #[inline(never)]
    pub fn optional_flag(&mut self, name: &'static str) -> Option<bool> {
        match self.value(name)? {
            Json::Flag(flag) => Some(flag),
            _ => {
                self.note(InvalidField::Wrong(name));
                None
            }
        }
    }

    /// Texts under names, which may be missing.
    #[inline(never)]
    pub fn optional_metadata(&mut self, name: &'static str) -> Option<Metadata> {
        let mut metadata = Metadata::new();
        if let Json::Object(object) = self.value(name)? {
            for (key, value) in object {
                match value {
                    Json::Text(text) => drop(metadata.insert(key, text)),
                    _ => self.note(InvalidField::Wrong(name)),
                }
            }
        } else {
            self.note(InvalidField::Wrong(name));
        }
        Some(metadata)
    }

    /// An object in this one, to be read and then given back to [`Self::adopt`].
    #[inline(never)]
    pub(crate) fn inner(&mut self, name: &str) -> Option<Self> {
        self.value(name).map(Self::of_json)
    }

    /// Notes what did not fit in an object within this one.
    #[inline(never)]
    pub(crate) fn adopt(&mut self, name: &'static str, inner: Self) {
        match inner.error {
            None => {}
            // Whoever reads the message knows the field, and not what the model in it is called here.
            Some(InvalidField::NoObject) => self.note(InvalidField::Wrong(name)),
            Some(error) => self.note(error),
        }
    }

    /// A model in this one that may be missing.
    pub fn optional<T: FromFields>(&mut self, name: &'static str) -> Option<T> {
        let mut inner = self.inner(name)?;
        let read = T::from_fields(&mut inner);
        self.adopt(name, inner);
        Some(read)
    }

    /// A model in this one.
    pub fn required<T: FromFields>(&mut self, name: &'static str) -> T {
        let mut inner = self.inner(name).unwrap_or_else(|| {
            self.note(InvalidField::Missing(name));
            Self::of_json(Json::Null)
        });
        let read = T::from_fields(&mut inner);
        self.adopt(name, inner);
        read
    }

    /// The items of a list in this one.
    #[inline(never)]
    fn items(&mut self, name: &'static str) -> Option<Vec<Json>> {
        match self.value(name)? {
            Json::List(items) => Some(items),
            _ => {
                self.note(InvalidField::Wrong(name));
                None
            }
        }
    }

    /// A list of models that may be missing.
    pub fn optional_list<T: FromFields>(&mut self, name: &'static str) -> Option<Vec<T>> {
        let mut list = Vec::new();
        for item in self.items(name)? {
            let mut inner = Self::of_json(item);
            list.push(T::from_fields(&mut inner));
            self.adopt(name, inner);
        }
        Some(list)
    }

    /// A list of models.
    pub fn list<T: FromFields>(&mut self, name: &'static str) -> Vec<T> {
        self.optional_list(name).unwrap_or_else(|| {
            self.note(InvalidField::Missing(name));
            Vec::new()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_thing_that_does_not_fit_is_told() {
        let mut fields = Fields::of(json!({"name": 1, "at": "yesterday", "list": [], "gone": null}));
        assert_eq!(fields.optional_text("gone"), None);
        assert_eq!(fields.optional_metadata("missing"), None);
        assert_eq!((fields.time("at"), fields.text("name")), (Timestamp::EPOCH, String::new()));
        assert_eq!(fields.finish(()), Err(InvalidField::Wrong("at")));
        assert_eq!(Fields::of(json!("text")).finish(()), Err(InvalidField::NoObject));
    }

    #[test]
    fn a_field_of_each_kind() {
        let mut fields = Fields::of(json!({
            "text": "a", "time": "1970-01-01T00:00:01Z", "number": 7, "flag": true, "metadata": {"k": "v"}}));
        assert_eq!((fields.text("text"), fields.time("time").as_ms()), ("a".to_owned(), 1_000));
        assert_eq!((fields.optional_number("number"), fields.optional_flag("flag")), (Some(7), Some(true)));
        assert_eq!(fields.optional_metadata("metadata").unwrap()["k"], "v");
        assert_eq!((fields.optional_number("more"), fields.optional_flag("more")), (None, None));
        assert_eq!(fields.finish(7), Ok(7));
        for wrong in [json!({"x": "7"}), json!({"x": 7.5}), json!({"x": [7]})] {
            let mut fields = Fields::of(wrong);
            fields.optional_number("x");
            assert_eq!(fields.finish(()), Err(InvalidField::Wrong("x")));
        }
    }
}
