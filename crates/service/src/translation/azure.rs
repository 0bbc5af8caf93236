//! Azure Translator v3: `POST /translate?api-version=3.0`, an array of texts, an array of answers in the same order
//! (<https://learn.microsoft.com/azure/ai-services/translator/text-translation/reference/v3/translate>).

use super::{Translated, Wanted, address, post};
use crate::settings::AzureTranslator;
use crate::upstream::{Post, secret};
use axum::http::{HeaderName, HeaderValue};
use reqwest::Url;
use serde_json::{Value, json};

const KEY: HeaderName = HeaderName::from_static("ocp-apim-subscription-key");
const REGION: HeaderName = HeaderName::from_static("ocp-apim-subscription-region");

pub(super) struct Azure(pub(super) AzureTranslator);

impl Azure {
    pub(super) fn url(&self, from: Option<&str>, to: &str) -> Option<Url> {
        let mut url = address(&self.0.endpoint, "/translate")?;
        // Plain text is what is sent when nothing else is said; said, it stays so.
        url.query_pairs_mut()
            .append_pair("api-version", "3.0")
            .append_pair("textType", "plain")
            .append_pair("to", to)
            .extend_pairs(from.map(|from| ("from", from)));
        Some(url)
    }

    /// The request; none when something is not set up.
    pub(super) fn request(&self, wanted: &Wanted) -> Option<Post> {
        let key = self.0.key.as_ref()?;
        let url = self.url(wanted.from.as_deref(), &wanted.to)?;
        let mut post = post(url, &json!([{"Text": wanted.text}]));
        secret(&mut post.headers, KEY, key.reveal()).ok()?;
        if let Some(region) = &self.0.region {
            post.headers.insert(REGION, HeaderValue::from_str(region).ok()?);
        }
        Some(post)
    }
}

pub(super) fn read(body: &Value) -> Option<Translated> {
    let answer = body.get(0)?;
    let text = answer["translations"].get(0)?["text"].as_str()?.to_owned();
    Some(Translated { text, from: answer["detectedLanguage"]["language"].as_str().map(str::to_owned) })
}
