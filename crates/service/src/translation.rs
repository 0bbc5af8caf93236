//! Translation of what people wrote, for those whose browser cannot: by a server that the operator chose, with a key that stays
//! here. `docs/translation.md` says what goes over the wire.
//!
//! Text goes there as text and comes back as text. Nothing of it is kept or logged, and neither is what the server says in errors.

mod azure;
mod libretranslate;

use crate::settings::{Settings, TranslationKind};
use crate::upstream::{Post, Upstream, host, read_all};
use azure::Azure;
use libretranslate::Libre;
use reqwest::Url;
use serde_json::Value;

/// Characters of the longest text. A message has 28 kB at most, and few are as long as a page.
pub(crate) const TEXT_CHARS: usize = 10_000;

/// A translation that takes longer is given up, in milliseconds: somebody waits for it.
pub(crate) const TIME_MS: i64 = 20_000;

/// What is to be translated.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The words.
    pub(crate) text: String,
    /// Into which language, as a BCP 47 tag.
    pub(crate) to: String,
    /// From which, where that is known.
    pub(crate) from: Option<String>,
}

/// A translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Translated {
    /// The words.
    pub(crate) text: String,
    /// From which language, if it was said.
    pub(crate) from: Option<String>,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InVain {
    /// A key or an address is missing here, or is not accepted there.
    NotSetUp,
    /// There is no connection, or no answer in time.
    Unreachable,
    /// It has too much to do, or the operator's share is used up.
    Busy,
    /// It does not translate this, or not between these languages.
    Refused,
    /// It told of an error, or its answer makes no sense.
    Failed,
}

/// Whoever translates.
pub(crate) struct Translator {
    server: Server,
    upstream: Upstream,
}

enum Server {
    Azure(Azure),
    Libre(Libre),
}

impl Translator {
    /// Nothing when nobody does.
    pub(crate) fn new(settings: &Settings) -> Option<Self> {
        let servers = settings.translation_servers.clone();
        let server = match settings.translation {
            TranslationKind::Off => return None,
            TranslationKind::Azure => Server::Azure(Azure(servers.azure)),
            TranslationKind::Libretranslate => Server::Libre(Libre(servers.libretranslate)),
        };
        let translator = Self { server, upstream: Upstream::default() };
        if !translator.is_ready() {
            tracing::warn!("translation is not set up: docs/translation.md names the variables");
        }
        Some(translator)
    }

    /// By whom, for people to read.
    pub(crate) fn by(&self) -> &'static str {
        match &self.server {
            Server::Azure(_) => "Azure Translator",
            Server::Libre(_) => "LibreTranslate",
        }
    }

    /// The host that texts go to.
    pub(crate) fn sent_to(&self) -> Option<String> {
        match &self.server {
            Server::Azure(azure) => azure.url(None, "en"),
            Server::Libre(libre) => libre.url(),
        }
        .as_ref()
        .and_then(host)
    }

    /// Whether everything that it needs is set up.
    pub(crate) fn is_ready(&self) -> bool {
        match &self.server {
            Server::Azure(azure) => azure.0.key.is_some() && self.sent_to().is_some(),
            Server::Libre(_) => self.sent_to().is_some(),
        }
    }

    /// Translates.
    pub(crate) async fn translate(&self, wanted: &Wanted) -> Result<Translated, InVain> {
        let post = match &self.server {
            Server::Azure(azure) => azure.request(wanted),
            Server::Libre(libre) => libre.request(wanted),
        };
        let response =
            self.upstream.send(post.ok_or(InVain::NotSetUp)?).await.map_err(|_| InVain::Unreachable)?;
        let status = response.status().as_u16();
        if status != 200 {
            tracing::warn!(status, "the translator refused");
            return Err(refusal(status));
        }
        let body = read_all(response).await.ok_or(InVain::Failed)?;
        let body: Value = serde_json::from_slice(&body).map_err(|_| InVain::Failed)?;
        let translated = match &self.server {
            Server::Azure(_) => azure::read(&body),
            Server::Libre(_) => libretranslate::read(&body),
        };
        translated.ok_or(InVain::Failed)
    }
}

/// What a status means. Both servers use them alike.
fn refusal(status: u16) -> InVain {
    match status {
        401 | 403 => InVain::NotSetUp,
        429 => InVain::Busy,
        400..=499 => InVain::Refused,
        503 => InVain::Busy,
        _ => InVain::Failed,
    }
}

/// An address that was set up, with a path behind it; http is for servers of one's own.
fn address(base: &str, path: &str) -> Option<Url> {
    let url = Url::parse(&[base, path].concat()).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// What goes as JSON.
fn post(url: Url, body: &Value) -> Post {
    let mut headers = reqwest::header::HeaderMap::new();
    let json = axum::http::HeaderValue::from_static("application/json; charset=UTF-8");
    headers.insert(reqwest::header::CONTENT_TYPE, json);
    Post { url, headers, body: body.to_string() }
}
