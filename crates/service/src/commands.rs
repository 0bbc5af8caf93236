//! What the program does besides serving: it asks a service that runs for things that need the access key, as its operator; and
//! it writes a long thread.

use crate::access_key::AccessKey;
use crate::clock::Clock;
use crate::seed::{self, Seed};
use crate::settings::Settings;
use crate::state::StartError;
use acs_chat::Timestamp;
use acs_chat::identity::hmac;
use axum::http::{Method, StatusCode};
use clap::{Parser, Subcommand, ValueEnum};
use reqwest::Url;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use std::time::Duration;

/// Where subscriptions are.
const PATH: &str = "/natter/v1/event-subscriptions";

/// Longer than the service gives a receiver to say that it wants events.
const PATIENCE: Duration = Duration::from_secs(45);

/// A local chat service that speaks the REST API of Azure Communication Services Chat.
#[derive(Clone, Debug, Parser)]
#[command(version)]
pub struct CommandLine {
    /// How to serve, and where the service is that a command is for.
    #[command(flatten)]
    pub settings: Settings,
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do instead of serving.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Webhooks of a service that runs: it is asked at the address of --listen, with the access key.
    #[command(subcommand)]
    Events(Events),
    /// Write a thread of many messages into the data folder, for measurements. Prints its id and a name to sign in by.
    Seed(Seed),
}

/// What to do with webhooks.
#[derive(Clone, Debug, Subcommand)]
pub enum Events {
    /// Have events sent to a URL; the receiver has to say that it wants them. Shows the secret that requests are signed with.
    Add {
        /// Where to send: https, or http to the service's own machine if it is run with --webhooks-to loopback.
        url: String,
        /// In which form.
        #[arg(long, value_enum, default_value_t)]
        schema: EventSchema,
        /// Only events of this type, with or without "Microsoft.Communication."; may be given several times.
        #[arg(long = "type", value_name = "TYPE")]
        types: Vec<String>,
        /// Only events whose subject begins so, such as thread/19:…@thread.v2/.
        #[arg(long, default_value = "", value_name = "TEXT")]
        subject_begins_with: String,
    },
    /// Show who is told.
    List {
        /// The events that this subscription could not be told of, in place of all subscriptions.
        #[arg(long, value_name = "SUBSCRIPTION")]
        dead_letters: Option<String>,
    },
    /// Send nothing more to a subscription, and forget what waits.
    Remove {
        /// Its id.
        subscription: String,
    },
    /// Send again what was given up.
    Replay {
        /// Its id.
        subscription: String,
        /// One dead letter; all without it.
        #[arg(long)]
        number: Option<i64>,
    },
}

/// In which form events are sent.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum EventSchema {
    /// As Azure Event Grid.
    #[default]
    EventGrid,
    /// As CloudEvents 1.0.
    CloudEvents,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// There is no key to sign with.
    #[error("the access key: {0}")]
    Key(String),
    /// The service does not answer.
    #[error("the service at {0} does not answer: {1}")]
    Unreachable(String, String),
    /// It does not want to.
    #[error("{0}")]
    Refused(String),
    /// The data cannot be opened or written.
    #[error(transparent)]
    Data(#[from] StartError),
}

impl Events {
    fn request(&self) -> (Method, String, Option<Value>) {
        match self {
            Self::Add { url, schema, types, subject_begins_with } => {
                let schema = match schema {
                    EventSchema::EventGrid => "eventGrid",
                    EventSchema::CloudEvents => "cloudEvents",
                };
                let terms = json!({"url": url, "schema": schema, "eventTypes": types,
                    "subjectBeginsWith": subject_begins_with});
                (Method::POST, PATH.to_owned(), Some(terms))
            }
            Self::List { dead_letters: None } => (Method::GET, PATH.to_owned(), None),
            Self::List { dead_letters: Some(id) } => (Method::GET, format!("{}/dead-letters", at(id)), None),
            Self::Remove { subscription } => (Method::DELETE, at(subscription), None),
            Self::Replay { subscription, number } => {
                (Method::POST, format!("{}/replay", at(subscription)), Some(json!({"number": number})))
            }
        }
    }
}

/// Ids are letters, digits and dashes; whatever else is given names no other path.
fn at(id: &str) -> String {
    let plain: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    format!("{PATH}/{plain}")
}

/// Carries it out, and gives what there is to show, in lines.
///
/// # Errors
/// When there is no key, no answer, or a refusal; when the data cannot be written.
pub async fn run(settings: &Settings, command: &Command) -> Result<Vec<String>, CommandError> {
    match command {
        Command::Events(events) => tell(settings, events).await,
        Command::Seed(seed) => {
            let seeded = seed::write(settings, *seed).await?;
            Ok(vec![format!("thread: {}", seeded.thread.as_str()), format!("name: {}", seeded.name)])
        }
    }
}

/// Asks the service, and gives what it answered as JSON, one line for each item of a list.
async fn tell(settings: &Settings, events: &Events) -> Result<Vec<String>, CommandError> {
    let key = key(settings)?;
    let mut address = settings.listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let (method, path, body) = events.request();
    let (status, answer) = ask(&key, &address.to_string(), method, &path, body).await?;
    if !status.is_success() {
        let why = answer["error"]["message"].as_str().map_or_else(|| status.to_string(), str::to_owned);
        return Err(CommandError::Refused(why));
    }
    Ok(match answer {
        Value::Null => Vec::new(),
        Value::Object(mut object) if object.contains_key("value") => match object.remove("value") {
            Some(Value::Array(items)) => items.iter().map(Value::to_string).collect(),
            _ => Vec::new(),
        },
        other => vec![other.to_string()],
    })
}

fn key(settings: &Settings) -> Result<AccessKey, CommandError> {
    if let Some(key) = &settings.access_key {
        return Ok(key.clone());
    }
    let file = settings.data.join("access-key");
    let failed = |error: &dyn std::fmt::Display| CommandError::Key(format!("{}: {error}", file.display()));
    let text = std::fs::read_to_string(&file).map_err(|error| failed(&error))?;
    text.parse().map_err(|error: crate::access_key::InvalidAccessKey| failed(&error))
}

async fn ask(
    key: &AccessKey,
    host: &str,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Result<(StatusCode, Value), CommandError> {
    let failed =
        |error: reqwest::Error| CommandError::Unreachable(host.to_owned(), error.without_url().to_string());
    let url = Url::parse(&format!("http://{host}{path}"));
    let url = url.map_err(|error| CommandError::Unreachable(host.to_owned(), error.to_string()))?;
    let body = body.map(|body| body.to_string()).unwrap_or_default();
    let date = hmac::date(Timestamp::from_ms(Clock::system().now_ms()));
    let hash = hmac::content_hash(body.as_bytes());
    let signature = key.sign(method.as_str(), path, &date, host, &hash);
    // An error means that the program has chosen a provider already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let client = client.timeout(PATIENCE).build().map_err(failed)?;
    let request = client
        .request(method, url)
        .header(CONTENT_TYPE, "application/json")
        .header("x-ms-date", date)
        .header("x-ms-content-sha256", hash)
        .header("authorization", hmac::authorization(&signature))
        .body(body);
    let response = request.send().await.map_err(failed)?;
    let status = response.status();
    let bytes = response.bytes().await.map_err(failed)?;
    Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed_and_serves_without_a_command() {
        use clap::CommandFactory as _;
        CommandLine::command().debug_assert();
        assert!(CommandLine::parse_from(["natter-service", "--demo"]).command.is_none());
        let line = [
            "natter-service",
            "--data",
            "d",
            "events",
            "add",
            "https://a.example/",
            "--type",
            "ChatThreadCreated",
        ];
        let CommandLine { settings, command: Some(Command::Events(events)) } = CommandLine::parse_from(line)
        else {
            panic!("a command");
        };
        assert_eq!(settings.data.to_str(), Some("d"));
        let (method, path, body) = events.request();
        assert_eq!((method, path.as_str()), (Method::POST, PATH));
        assert_eq!(body.unwrap()["eventTypes"], json!(["ChatThreadCreated"]));
    }

    #[test]
    fn an_id_names_no_other_path() {
        assert_eq!(at("../../identities?x=1#y"), format!("{PATH}/identitiesx1y"));
    }
}
