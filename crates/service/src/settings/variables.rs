//! What the environment says: for what a command line, which everybody on the machine can read, must not hold.

use crate::secret::Secret;

/// Variables by name. Empty counts as missing.
pub(super) struct Variables<F>(pub(super) F);

impl<F: Fn(&str) -> Option<String>> Variables<F> {
    pub(super) fn text(&self, name: &str) -> Option<String> {
        (self.0)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    pub(super) fn secret(&self, name: &str) -> Option<Secret> {
        self.text(name).map(Secret::new)
    }

    /// A URL, to which paths are added.
    pub(super) fn address(&self, name: &str) -> Option<String> {
        self.text(name).map(|url| url.trim_end_matches('/').to_owned())
    }
}
