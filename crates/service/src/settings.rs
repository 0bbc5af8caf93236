//! What the service is told when it starts: command line options, each also as `NATTER_…` in the environment.

mod assistant;
mod translation;
mod variables;

pub use assistant::{AssistantKind, AssistantServers, BeebotServer, BeebotSignature, OpenAiServer};
pub use translation::{AzureTranslator, LibreTranslate, TranslationKind, TranslationServers};

use crate::access_key::AccessKey;
use crate::secret::Secret;
use clap::builder::FalseyValueParser;
use clap::{Parser, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// What happens here, and of libraries what should not happen.
const DEFAULT_LOG: &str = "natter_service=info,warn";

/// A local chat service that speaks the REST API of Azure Communication Services Chat.
#[derive(Clone, Debug, Parser)]
#[command(version)]
pub struct Settings {
    /// Where to listen for HTTP. Port 0 takes a free one.
    #[arg(long, env = "NATTER_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: SocketAddr,

    /// Where to listen for HTTPS too; the official SDKs want it. The certificate is signed by DATA/tls/ca.pem.
    #[arg(long, env = "NATTER_TLS_LISTEN", value_name = "ADDRESS")]
    pub tls_listen: Option<SocketAddr>,

    /// Folder for the database, the keys and the certificates. Made if it is missing.
    #[arg(long, env = "NATTER_DATA", default_value = "data", value_name = "DIR")]
    pub data: PathBuf,

    /// The resource's access key in base64. Without it one is made and kept in DATA/access-key.
    #[arg(long, env = "NATTER_ACCESS_KEY", value_name = "BASE64", hide_env_values = true)]
    pub access_key: Option<AccessKey>,

    /// Folder of the built web app, served at /.
    #[arg(long, env = "NATTER_WEB_ROOT", value_name = "DIR")]
    pub web_root: Option<PathBuf>,

    /// Who may sign in by saying a name.
    #[arg(long, env = "NATTER_SIGN_IN_BY_NAME", value_enum, default_value_t, value_name = "WHO")]
    pub sign_in_by_name: SignInByName,

    /// Let everything pass, however often it is asked for. For tests and measurements.
    #[arg(long, env = "NATTER_NO_RATE_LIMITS", value_parser = FalseyValueParser::new())]
    pub no_rate_limits: bool,

    /// Write errors of chat as the hosted service does, {"CommunicationError":{"Code",…}}, not as it is published.
    #[arg(long, env = "NATTER_AZURE_ERRORS", value_parser = FalseyValueParser::new())]
    pub azure_errors: bool,

    /// Where webhooks may be sent to.
    #[arg(long, env = "NATTER_WEBHOOKS_TO", value_enum, default_value_t, value_name = "WHERE")]
    pub webhooks_to: WebhookTargets,

    /// Further authorities, in PEM, whose certificates receivers of webhooks may have. Those of the system count as well.
    #[arg(long, env = "NATTER_WEBHOOKS_CA", value_name = "FILE")]
    pub webhooks_ca: Option<PathBuf>,

    /// A token with which metrics may be read, as Prometheus can send one; at least 16 characters. Without it only requests
    /// that are signed with the access key may.
    #[arg(
        long,
        env = "NATTER_METRICS_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true,
        value_parser = metrics_token
    )]
    pub metrics_token: Option<Secret>,

    /// What the log tells: levels, also by module.
    #[arg(long, env = "NATTER_LOG", default_value = DEFAULT_LOG, value_name = "FILTER")]
    pub log: String,

    /// In which form the log is written.
    #[arg(long, env = "NATTER_LOG_FORMAT", value_enum, default_value_t, value_name = "FORMAT")]
    pub log_format: LogFormat,

    /// Where traces are sent, by OTLP over HTTP with protobuf: the address of a collector, as http://localhost:4318.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,

    /// Which part of the requests is traced, from 0 to 1.
    #[arg(long, env = "NATTER_OTLP_SAMPLE", default_value_t = 1.0, value_name = "PART")]
    pub otlp_sample: f64,

    /// Who answers as the assistant. Keys and addresses come from the environment only: docs/assistant.md names them.
    #[arg(long, env = "NATTER_ASSISTANT", value_enum, default_value_t, value_name = "WHO")]
    pub assistant: AssistantKind,

    /// What the environment says about other servers that may answer.
    #[arg(skip = AssistantServers::from_environment())]
    pub assistant_servers: AssistantServers,

    /// Who translates messages for those whose browser cannot. Keys and addresses come from the environment only:
    /// docs/translation.md names them.
    #[arg(long, env = "NATTER_TRANSLATION", value_enum, default_value_t, value_name = "WHO")]
    pub translation: TranslationKind,

    /// What the environment says about servers that translate.
    #[arg(skip = TranslationServers::from_environment())]
    pub translation_servers: TranslationServers,

    /// Where to listen as a stand-in for Beebot, to try the assistant and the vendor's samples on. Wants a key pair.
    #[arg(
        long,
        env = "NATTER_BEEBOT_LISTEN",
        value_name = "ADDRESS",
        requires = "beebot_access_key_id",
        requires = "beebot_access_key_secret"
    )]
    pub beebot_listen: Option<SocketAddr>,

    /// The id of the key that the stand-in knows.
    #[arg(long, value_name = "ID")]
    pub beebot_access_key_id: Option<String>,

    /// The secret of the key that the stand-in knows. It guards nothing but the stand-in.
    #[arg(long, value_name = "SECRET")]
    pub beebot_access_key_secret: Option<Secret>,

    /// Write a few people and conversations into an empty database, and add newcomers to some of them.
    #[arg(long, env = "NATTER_DEMO", value_parser = FalseyValueParser::new())]
    pub demo: bool,
}

/// Shorter ones could be guessed.
fn metrics_token(text: &str) -> Result<Secret, String> {
    if text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(Secret::new(text));
    }
    Err("a token is at least 16 characters of ASCII, without spaces".to_owned())
}

/// Who may sign in by saying a name, which proves nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SignInByName {
    /// Whoever comes from this machine.
    #[default]
    Loopback,
    /// Whoever reaches the service.
    Anyone,
    /// Nobody.
    Off,
}

/// In which form the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// An object in each line.
    Json,
}

/// Where webhooks may be sent to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum WebhookTargets {
    /// To addresses that everybody can reach, by https.
    #[default]
    Public,
    /// To this machine too, also by http.
    Loopback,
    /// To this machine, also by http, and to private networks.
    Private,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            tls_listen: None,
            data: PathBuf::from("data"),
            access_key: None,
            web_root: None,
            sign_in_by_name: SignInByName::default(),
            no_rate_limits: false,
            azure_errors: false,
            webhooks_to: WebhookTargets::default(),
            webhooks_ca: None,
            metrics_token: None,
            log: DEFAULT_LOG.to_owned(),
            log_format: LogFormat::default(),
            otlp_endpoint: None,
            otlp_sample: 1.0,
            assistant: AssistantKind::default(),
            assistant_servers: AssistantServers::default(),
            translation: TranslationKind::default(),
            translation_servers: TranslationServers::default(),
            beebot_listen: None,
            beebot_access_key_id: None,
            beebot_access_key_secret: None,
            demo: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_are_well_formed_and_default_to_this_machine() {
        use clap::CommandFactory as _;
        Settings::command().debug_assert();
        let settings = Settings::parse_from(["natter-service", "--demo"]);
        assert!(settings.demo && settings.listen.ip().is_loopback() && settings.tls_listen.is_none());
        assert!(!settings.no_rate_limits && !settings.azure_errors);
        assert_eq!(settings.sign_in_by_name, SignInByName::Loopback);
        let settings = Settings::parse_from(["natter-service", "--no-rate-limits", "--azure-errors"]);
        assert!(settings.no_rate_limits && settings.azure_errors && !settings.demo);
        for token in ["", "fifteen letters", "fifteen-letters", "ünfzehn-letters-and-more"] {
            assert!(Settings::try_parse_from(["natter-service", "--metrics-token", token]).is_err());
        }
    }
}
