//! A page of a list (reference `acs-chat.md` 3.2, 3.5).

use serde::{Deserialize, Serialize};

use crate::fields::{Fields, FromFields};

/// One page. It may be short or even empty and still have a next one: only a missing `next_link` ends the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Collection<T> {
    /// The items of this page.
    pub value: Vec<T>,
    /// Where the next page is, as an absolute address.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}

impl<T: FromFields> FromFields for Collection<T> {
    fn from_fields(fields: &mut Fields) -> Self {
        Self { value: fields.list("value"), next_link: fields.optional_text("nextLink") }
    }
}
