//! Who translates messages, and with which keys. Keys come from the environment only.

use super::variables::Variables;
use crate::secret::Secret;
use clap::ValueEnum;

/// Azure's own address for resources that are of no region of their own.
const AZURE_ENDPOINT: &str = "https://api.cognitive.microsofttranslator.com";

/// Who translates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TranslationKind {
    /// Nobody: what a browser can translate by itself is translated there.
    #[default]
    Off,
    /// Azure Translator v3, with the key in `NATTER_TRANSLATOR_KEY`.
    Azure,
    /// A server that speaks as LibreTranslate does, at `NATTER_LIBRETRANSLATE_URL`.
    Libretranslate,
}

/// What the environment says about servers that translate.
#[derive(Clone, Debug)]
pub struct TranslationServers {
    /// Azure Translator.
    pub azure: AzureTranslator,
    /// A LibreTranslate-compatible server.
    pub libretranslate: LibreTranslate,
}

/// Azure Translator, as far as it is set up.
#[derive(Clone, Debug)]
pub struct AzureTranslator {
    /// `NATTER_TRANSLATOR_ENDPOINT`: everything before `/translate`.
    pub endpoint: String,
    /// `NATTER_TRANSLATOR_KEY`.
    pub key: Option<Secret>,
    /// `NATTER_TRANSLATOR_REGION`: of a resource that is bound to one.
    pub region: Option<String>,
}

/// A LibreTranslate-compatible server, as far as it is set up.
#[derive(Clone, Debug)]
pub struct LibreTranslate {
    /// `NATTER_LIBRETRANSLATE_URL`, such as `http://localhost:5000`.
    pub url: Option<String>,
    /// `NATTER_LIBRETRANSLATE_API_KEY`, if the server asks for one.
    pub api_key: Option<Secret>,
}

impl TranslationServers {
    /// What the environment of this process says.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::read(|name| std::env::var(name).ok())
    }

    /// What these variables say. Empty counts as missing.
    #[must_use]
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variables = Variables(variable);
        Self {
            azure: AzureTranslator {
                endpoint: variables
                    .address("NATTER_TRANSLATOR_ENDPOINT")
                    .unwrap_or_else(|| AZURE_ENDPOINT.to_owned()),
                key: variables.secret("NATTER_TRANSLATOR_KEY"),
                region: variables.text("NATTER_TRANSLATOR_REGION"),
            },
            libretranslate: LibreTranslate {
                url: variables.address("NATTER_LIBRETRANSLATE_URL"),
                api_key: variables.secret("NATTER_LIBRETRANSLATE_API_KEY"),
            },
        }
    }
}

impl Default for TranslationServers {
    /// Nothing is set up.
    fn default() -> Self {
        Self::read(|_| None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_read_and_no_key_is_written() {
        let servers = TranslationServers::read(|name| Some(format!(" {name}/ ")));
        assert_eq!(servers.azure.endpoint, "NATTER_TRANSLATOR_ENDPOINT");
        assert_eq!(servers.libretranslate.url.as_deref(), Some("NATTER_LIBRETRANSLATE_URL"));
        let written = format!("{servers:?}");
        assert!(!written.contains("TRANSLATOR_KEY") && !written.contains("API_KEY"), "{written}");
        assert!(written.contains("NATTER_TRANSLATOR_REGION"), "{written}");
        assert_eq!(TranslationServers::default().azure.endpoint, AZURE_ENDPOINT);
    }
}
