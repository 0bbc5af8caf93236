//! Requests to receivers: to where the operator allows and nowhere else (reliability S1, S2, S3).
//!
//! A receiver's URL comes from whoever holds the access key, and its name's addresses from whoever has the name. So every
//! address is looked at where it is used: those of a name by the resolver that hands them to the connector, so that nothing
//! can be another address between the look and the connection; one that stands in the URL before each request. No redirect
//! is followed, no proxy of the environment is used, no cookie is kept, and a reply is read for so long and so far.

use super::address::{is_allowed, is_loopback};
use crate::clock::Clock;
use crate::settings::WebhookTargets;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, Url, redirect};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// A receiver has so long for its reply, as with Event Grid.
pub(crate) const REPLY_MS: i64 = 30_000;

/// So much of a reply is read. All that is ever wanted of one is a validation code.
const REPLY_BYTES: usize = 16 * 1024;

/// To connect, and for TLS.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// Connections that wait for the next request, and how long.
const IDLE_CONNECTIONS: usize = 4;
const IDLE_TIME: Duration = Duration::from_secs(30);

/// A URL that may be asked, as far as the URL itself says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target(Url);

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoReply {
    /// The URL, or an address of its name, may not be asked.
    #[error("{0}")]
    NotAllowed(String),
    /// The receiver took too long.
    #[error("no reply within {} seconds", REPLY_MS / 1000)]
    TooSlow,
    /// It could not be reached, or broke off.
    #[error("{0}")]
    Failed(String),
}

/// A reply.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// Its status.
    pub(crate) status: u16,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its body, or the beginning of a long one.
    pub(crate) body: Vec<u8>,
}

/// What sends. The clients are made when they are first needed: reading the system's certificates takes its time, and a
/// machine without any can still chat.
pub(crate) struct Outgoing {
    targets: WebhookTargets,
    clock: Clock,
    names: Arc<dyn Resolve>,
    clients: OnceLock<Result<Clients, String>>,
}

struct Clients {
    https: Client,
    /// To this machine only.
    http: Client,
}

impl Outgoing {
    pub(crate) fn new(targets: WebhookTargets, clock: Clock) -> Self {
        Self::with_names(targets, clock, Arc::new(SystemNames))
    }

    fn with_names(targets: WebhookTargets, clock: Clock, names: Arc<dyn Resolve>) -> Self {
        Self { targets, clock, names, clients: OnceLock::new() }
    }

    /// Reads a URL and says whether it may be asked. Which addresses its name has is not asked here.
    ///
    /// # Errors
    /// A sentence for whoever gave it.
    pub(crate) fn target(&self, url: &str) -> Result<Target, String> {
        let url = Url::parse(url).map_err(|error| format!("The URL is not valid: {error}."))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("The URL must not have a user name or a password.".to_owned());
        }
        let loopback_only = match url.scheme() {
            "https" => false,
            "http" if self.targets != WebhookTargets::Public => true,
            "http" => {
                return Err("The URL must begin with https://. (The service can be told to allow \
                            http to its own machine.)"
                    .to_owned());
            }
            _ => return Err("The URL must begin with https://.".to_owned()),
        };
        let host = url.host_str().unwrap_or_default();
        if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            check(address, self.targets, loopback_only)?;
        }
        Ok(Target(url))
    }

    /// Sends one request and reads the reply.
    pub(crate) async fn send(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
        body: String,
    ) -> Result<Reply, NoReply> {
        let Target(url) = self.target(url).map_err(NoReply::NotAllowed)?;
        let clients =
            self.clients.get_or_init(|| self.build()).as_ref().map_err(|e| NoReply::Failed(e.clone()))?;
        let client = if url.scheme() == "http" { &clients.http } else { &clients.https };
        let request = client.request(method, url).headers(headers).body(body);
        tokio::select! {
            reply = read(request) => reply,
            () = self.clock.pass_ms(REPLY_MS) => Err(NoReply::TooSlow),
        }
    }

    fn build(&self) -> Result<Clients, String> {
        // An error means that the program has chosen a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let build = |loopback_only| {
            let names = CheckedNames { names: Arc::clone(&self.names), targets: self.targets, loopback_only };
            Client::builder()
                .no_proxy()
                .redirect(redirect::Policy::none())
                .referer(false)
                .https_only(!loopback_only)
                .dns_resolver(Arc::new(names))
                .connect_timeout(CONNECT_TIME)
                .pool_max_idle_per_host(IDLE_CONNECTIONS)
                .pool_idle_timeout(IDLE_TIME)
                .user_agent(concat!("natter-service/", env!("CARGO_PKG_VERSION")))
                .build()
                .map_err(|error| format!("no HTTP client: {}", causes(&error)))
        };
        Ok(Clients { https: build(false)?, http: build(true)? })
    }
}

async fn read(request: reqwest::RequestBuilder) -> Result<Reply, NoReply> {
    let mut response = request.send().await.map_err(classify)?;
    let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
    let mut body = Vec::new();
    while body.len() < REPLY_BYTES {
        let Some(chunk) = response.chunk().await.map_err(classify)? else { break };
        body.extend_from_slice(&chunk[..chunk.len().min(REPLY_BYTES - body.len())]);
    }
    Ok(Reply { status, headers, body })
}

/// The error without its URL, which may hold a secret of the receiver's.
fn classify(error: reqwest::Error) -> NoReply {
    let error = error.without_url();
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        if let Some(NotAllowed(why)) = error.downcast_ref() {
            return NoReply::NotAllowed(why.clone());
        }
        cause = error.source();
    }
    NoReply::Failed(causes(&error))
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// An address that may not be asked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NotAllowed(String);

fn check(address: IpAddr, targets: WebhookTargets, loopback_only: bool) -> Result<(), String> {
    if loopback_only && !is_loopback(address) {
        return Err(format!("{address} is not this machine, and other machines are only asked by https."));
    }
    if !is_allowed(address, targets) {
        return Err(format!("{address} is not an address that this service may send to."));
    }
    Ok(())
}

/// The system's names.
struct SystemNames;

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Names whose addresses may all be asked. One bad address is enough: a name that has both kinds means no good.
struct CheckedNames {
    names: Arc<dyn Resolve>,
    targets: WebhookTargets,
    loopback_only: bool,
}

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let (targets, loopback_only) = (self.targets, self.loopback_only);
        let resolving = self.names.resolve(name);
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = resolving.await?.collect();
            for address in &addresses {
                check(address.ip(), targets, loopback_only).map_err(NotAllowed)?;
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
