//! LibreTranslate, and what speaks as it does: `POST /translate` (<https://docs.libretranslate.com>).

use super::{Translated, Wanted, address, post};
use crate::settings::LibreTranslate;
use crate::upstream::Post;
use reqwest::Url;
use serde_json::{Value, json};

pub(super) struct Libre(pub(super) LibreTranslate);

impl Libre {
    pub(super) fn url(&self) -> Option<Url> {
        address(self.0.url.as_ref()?, "/translate")
    }

    /// The request; none when something is not set up.
    pub(super) fn request(&self, wanted: &Wanted) -> Option<Post> {
        let mut body = json!({
            "q": wanted.text,
            "source": wanted.from.as_deref().map_or("auto", own_tag),
            "target": own_tag(&wanted.to),
            "format": "text",
        });
        // It travels in the body there; a body is not logged either.
        if let Some(key) = &self.0.api_key {
            body["api_key"] = key.reveal().into();
        }
        Some(post(self.url()?, &body))
    }
}

/// Its older versions know Chinese by these names only, and the newer ones know them too.
fn own_tag(tag: &str) -> &str {
    match tag {
        "zh-Hans" => "zh",
        "zh-Hant" => "zt",
        other => other,
    }
}

pub(super) fn read(body: &Value) -> Option<Translated> {
    let from = match body["detectedLanguage"]["language"].as_str() {
        Some("zh") => Some("zh-Hans"),
        Some("zt") => Some("zh-Hant"),
        other => other,
    };
    Some(Translated { text: body["translatedText"].as_str()?.to_owned(), from: from.map(str::to_owned) })
}
