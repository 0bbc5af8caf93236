//! Who answers as the assistant, and with which keys. Keys come from the environment only.

use super::variables::Variables;
use crate::secret::Secret;
use clap::ValueEnum;

/// Beebot's own addresses (reference 2 and 3).
const BEEBOT_ENDPOINT: &str = "https://chatbot.cn-shanghai.aliyuncs.com";
const BEEBOT_STREAM: &str = "https://alime-ws.aliyuncs.com";

/// Who answers as the assistant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum AssistantKind {
    /// This service, by rules and without a model. Nothing leaves it.
    #[default]
    BuiltIn,
    /// Tongyi Beebot, with the keys in `NATTER_BEEBOT_…`.
    Beebot,
    /// A server with OpenAI's chat completions, at `NATTER_OPENAI_BASE_URL`.
    Openai,
    /// Nobody.
    Off,
}

/// How a call for Beebot's token is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BeebotSignature {
    /// In headers: `ACS3-HMAC-SHA256`.
    #[default]
    Acs3,
    /// In the query: RPC v1, HMAC-SHA1.
    Rpc,
}

/// What the environment says about the servers that may answer.
#[derive(Clone, Debug)]
pub struct AssistantServers {
    /// Under which name the assistant writes to threads.
    pub name: String,
    /// Beebot.
    pub beebot: BeebotServer,
    /// An OpenAI-compatible server.
    pub openai: OpenAiServer,
}

/// Beebot, as far as it is set up.
#[derive(Clone, Debug)]
pub struct BeebotServer {
    /// `NATTER_BEEBOT_ACCESS_KEY_ID`.
    pub access_key_id: Option<Secret>,
    /// `NATTER_BEEBOT_ACCESS_KEY_SECRET`.
    pub access_key_secret: Option<Secret>,
    /// `NATTER_BEEBOT_SECURITY_TOKEN`, of temporary keys.
    pub security_token: Option<Secret>,
    /// `NATTER_BEEBOT_INSTANCE_ID`: the robot.
    pub instance_id: Option<String>,
    /// `NATTER_BEEBOT_AGENT_KEY`: the business space; none for the default one.
    pub agent_key: Option<Secret>,
    /// `NATTER_BEEBOT_ENDPOINT`: where tokens come from.
    pub endpoint: String,
    /// `NATTER_BEEBOT_STREAM`: where answers come from.
    pub stream: String,
    /// `NATTER_BEEBOT_SIGNATURE`: `acs3` or `rpc`.
    pub signature: BeebotSignature,
}

/// An OpenAI-compatible server, as far as it is set up.
#[derive(Clone, Debug)]
pub struct OpenAiServer {
    /// `NATTER_OPENAI_BASE_URL`, such as `http://localhost:11434/v1`.
    pub base_url: Option<String>,
    /// `NATTER_OPENAI_API_KEY`, if the server asks for one.
    pub api_key: Option<Secret>,
    /// `NATTER_OPENAI_MODEL`.
    pub model: Option<String>,
}

impl AssistantServers {
    /// What the environment of this process says.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::read(|name| std::env::var(name).ok())
    }

    /// What these variables say. Empty counts as missing.
    #[must_use]
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variables = Variables(variable);
        let rpc =
            variables.text("NATTER_BEEBOT_SIGNATURE").is_some_and(|name| name.eq_ignore_ascii_case("rpc"));
        Self {
            name: variables.text("NATTER_ASSISTANT_NAME").unwrap_or_else(|| "Assistant".to_owned()),
            beebot: BeebotServer {
                access_key_id: variables.secret("NATTER_BEEBOT_ACCESS_KEY_ID"),
                access_key_secret: variables.secret("NATTER_BEEBOT_ACCESS_KEY_SECRET"),
                security_token: variables.secret("NATTER_BEEBOT_SECURITY_TOKEN"),
                instance_id: variables.text("NATTER_BEEBOT_INSTANCE_ID"),
                agent_key: variables.secret("NATTER_BEEBOT_AGENT_KEY"),
                endpoint: variables
                    .address("NATTER_BEEBOT_ENDPOINT")
                    .unwrap_or_else(|| BEEBOT_ENDPOINT.to_owned()),
                stream: variables.address("NATTER_BEEBOT_STREAM").unwrap_or_else(|| BEEBOT_STREAM.to_owned()),
                signature: if rpc { BeebotSignature::Rpc } else { BeebotSignature::Acs3 },
            },
            openai: OpenAiServer {
                base_url: variables.address("NATTER_OPENAI_BASE_URL"),
                api_key: variables.secret("NATTER_OPENAI_API_KEY"),
                model: variables.text("NATTER_OPENAI_MODEL"),
            },
        }
    }
}

impl Default for AssistantServers {
    /// Nothing is set up.
    fn default() -> Self {
        Self::read(|_| None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_read_and_nothing_secret_is_written() {
        let servers = AssistantServers::read(|name| Some(format!(" {name}/ ")));
        assert_eq!(servers.openai.base_url.as_deref(), Some("NATTER_OPENAI_BASE_URL"));
        let written = format!("{servers:?}");
        for name in ["ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN", "AGENT_KEY", "API_KEY"] {
            assert!(!written.contains(name), "{written}");
        }
        assert!(written.contains("NATTER_OPENAI_MODEL"), "{written}");
        let servers =
            AssistantServers::read(|name| (name == "NATTER_BEEBOT_SIGNATURE").then(|| "RPC".to_owned()));
        assert_eq!(servers.beebot.signature, BeebotSignature::Rpc);
        assert_eq!(servers.beebot.stream, BEEBOT_STREAM);
        assert_eq!(servers.name, "Assistant");
    }
}
