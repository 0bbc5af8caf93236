//! Requests to receivers: to where the operator allows and nowhere else (reliability S1, S2, S3).
//!
//! A receiver's URL comes from whoever holds the access key, and its name's addresses from whoever has the name. So every
//! address is looked at where it is used: those of a name by the resolver that hands them to the connector, so that nothing
//! can be another address between the look and the connection; one that stands in the URL before each request. No redirect
//! is followed, no proxy of the environment is used, no cookie is kept, and a reply is read for so long and so far.

use super::address::{is_allowed, is_loopback};
use crate::clock::Clock;
use crate::settings::WebhookTargets;
use crate::state::StartError;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderMap;
use reqwest::{Certificate, Client, Method, Url, redirect};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
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
    /// Trusted beside those of the system.
    authorities: Vec<Certificate>,
    clients: OnceLock<Result<Clients, String>>,
}

struct Clients {
    https: Client,
    /// To this machine only.
    http: Client,
}

impl Outgoing {
    pub(crate) fn new(targets: WebhookTargets, clock: Clock, authorities: Vec<Certificate>) -> Self {
        Self { authorities, ..Self::with_names(targets, clock, Arc::new(SystemNames)) }
    }

    fn with_names(targets: WebhookTargets, clock: Clock, names: Arc<dyn Resolve>) -> Self {
        Self { targets, clock, names, authorities: Vec::new(), clients: OnceLock::new() }
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
                .tls_certs_merge(self.authorities.iter().cloned())
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

/// The certificates in a file.
///
/// # Errors
/// When there is no such file, or no certificate in it.
pub(crate) fn read_authorities(file: &Path) -> Result<Vec<Certificate>, StartError> {
    let text = std::fs::read(file).map_err(StartError::io(file.display()))?;
    let broken = |why: &dyn std::fmt::Display| StartError::Certificate(format!("{}: {why}", file.display()));
    match Certificate::from_pem_bundle(&text) {
        Ok(certificates) if certificates.is_empty() => Err(broken(&"there is none in it")),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(broken(&error)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::sync::Mutex;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::task::JoinHandle;

    /// Names that a test answers for: each question is answered with the next list, and the last one stays.
    struct Names(Mutex<VecDeque<Vec<SocketAddr>>>);

    impl Resolve for Names {
        fn resolve(&self, _: Name) -> Resolving {
            let mut lists = self.0.lock().unwrap();
            let list = if lists.len() > 1 { lists.pop_front() } else { lists.front().cloned() };
            Box::pin(async move { Ok(Box::new(list.unwrap_or_default().into_iter()) as Addrs) })
        }
    }

    fn outgoing(targets: WebhookTargets, lists: &[&[&str]]) -> Outgoing {
        let list = |list: &&[&str]| list.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect();
        let names = Names(Mutex::new(lists.iter().map(list).collect()));
        Outgoing::with_names(targets, Clock::fixed(0), Arc::new(names))
    }

    /// Listens on this machine, counts who connects, and answers with this text.
    struct Canary {
        port: u16,
        hits: Arc<Mutex<usize>>,
        task: JoinHandle<()>,
    }

    impl Canary {
        async fn new(text: &'static str) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            let hits = Arc::new(Mutex::new(0));
            let count = Arc::clone(&hits);
            let task = tokio::spawn(async move {
                loop {
                    let (mut stream, _) = listener.accept().await.unwrap();
                    *count.lock().unwrap() += 1;
                    tokio::spawn(async move {
                        let mut request = vec![0; 4096];
                        drop(stream.read(&mut request).await);
                        drop(stream.write_all(text.as_bytes()).await);
                        // Open until the other side has had enough.
                        while stream.read(&mut request).await.is_ok_and(|count| count > 0) {}
                    });
                }
            });
            Self { port, hits, task }
        }

        fn hits(&self) -> usize {
            *self.hits.lock().unwrap()
        }
    }

    impl Drop for Canary {
        fn drop(&mut self) {
            self.task.abort();
        }
    }

    async fn post(outgoing: &Outgoing, url: &str) -> Result<Reply, NoReply> {
        outgoing.send(Method::POST, url, HeaderMap::new(), "{}".to_owned()).await
    }

    const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

    #[tokio::test]
    async fn no_spelling_of_an_address_gets_past() {
        let canary = Canary::new(OK).await;
        let strict = outgoing(WebhookTargets::Public, &[&["127.0.0.1"]]);
        for host in [
            "127.0.0.1",
            "127.1",
            "127.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "017700000001",
            "0177.0.0.01",
            "127.0.0.1.",
            "127。0。0。1",
            "１２７.0.0.1",
            "%31%32%37.0.0.1",
            "0",
            "0.0.0.0",
            "[::1]",
            "[::]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b:1::127.0.0.1]",
            "[2002:7f00:1::]",
            "[2001:0:7f00:1::]",
            "[fe80::1]",
            "[fc00::1]",
            "[ff02::1]",
            "10.0.0.1",
            "192.168.0.1",
            "172.16.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            // Names, which this resolver takes for this machine.
            "localhost",
            "LOCALHOST.",
            "receiver.example",
            "127.0.0.1.receiver.example",
            "xn--bcher-kva.example",
        ] {
            for scheme in ["http", "https"] {
                let url = format!("{scheme}://{host}:{}/", canary.port);
                let refused = post(&strict, &url).await;
                assert!(matches!(refused, Err(NoReply::NotAllowed(_))), "{url}: {refused:?}");
            }
        }
        assert_eq!(canary.hits(), 0);
    }

    /// The cases that browsers are tested with, as the crate `url` carries them.
    #[tokio::test]
    async fn no_url_of_the_web_platform_tests_reaches_this_machine() {
        let canary = Canary::new(OK).await;
        let cases = web_platform_cases();
        assert!(cases.len() > 800, "{}", cases.len());
        let strict = outgoing(WebhookTargets::Public, &[&["127.0.0.1"]]);
        let mut read = 0;
        for case in cases {
            // The path to the canary, where a case leaves one: its port in place of the case's own.
            let with_port = Url::parse(&case).ok().and_then(|mut url| {
                url.set_port(Some(canary.port)).ok()?;
                Some(url.to_string())
            });
            for url in [Some(case), with_port].into_iter().flatten() {
                let is_literal_of_others = strict.target(&url).is_ok_and(|Target(url)| {
                    url.host_str().is_some_and(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok())
                });
                if is_literal_of_others {
                    // A public address: not asked, as there may be a network.
                    continue;
                }
                read += 1;
                let refused = post(&strict, &url).await;
                assert!(matches!(refused, Err(NoReply::NotAllowed(_))), "{url}: {refused:?}");
            }
        }
        assert!(read > 800, "{read}");
        assert_eq!(canary.hits(), 0);
    }

    fn web_platform_cases() -> Vec<String> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let metadata = std::process::Command::new(cargo)
            .args(["metadata", "--format-version", "1", "--locked", "--manifest-path"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
            .output()
            .unwrap();
        let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        let package = packages.iter().find(|package| package["name"] == "url").expect("reqwest needs it");
        let manifest = std::path::Path::new(package["manifest_path"].as_str().unwrap());
        let file = std::fs::read(manifest.with_file_name("tests/urltestdata.json")).unwrap();
        let cases: Vec<serde_json::Value> = serde_json::from_slice(&file).unwrap();
        cases.iter().filter_map(|case| Some(case["input"].as_str()?.to_owned())).collect()
    }

    #[tokio::test]
    async fn a_name_is_looked_at_each_time_and_all_of_its_addresses() {
        let canary = Canary::new(OK).await;
        let url = format!("http://receiver.example:{}/", canary.port);
        // This machine may be asked here, and nothing else by http: the name changes its mind.
        let rebinding: &[&[&str]] = &[
            &["127.0.0.1"],
            &["10.0.0.1"],
            &["127.0.0.1", "10.0.0.1"],
            &["169.254.169.254"],
            &["8.8.8.8"],
            &["::ffff:127.0.0.1"],
            &["127.0.0.1"],
        ];
        let outgoing = outgoing(WebhookTargets::Loopback, rebinding);
        assert_eq!(post(&outgoing, &url).await.unwrap().body, b"hi");
        for addresses in &rebinding[1..6] {
            // The connection of before would not ask for a name.
            let fresh =
                Outgoing::with_names(WebhookTargets::Loopback, Clock::fixed(0), Arc::clone(&outgoing.names));
            let refused = post(&fresh, &url).await;
            assert!(matches!(refused, Err(NoReply::NotAllowed(_))), "{addresses:?}: {refused:?}");
        }
        assert_eq!(canary.hits(), 1);
        let https = url.replace("http", "https");
        let public_first = super::tests::outgoing(WebhookTargets::Public, &[&["8.8.8.8", "127.0.0.1"]]);
        assert!(matches!(post(&public_first, &https).await, Err(NoReply::NotAllowed(_))));
        assert_eq!(canary.hits(), 1);
    }

    #[tokio::test]
    async fn a_redirect_is_a_reply_and_not_followed() {
        let other = Canary::new(OK).await;
        let text = format!(
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:{}/\r\ncontent-length: 0\r\n\r\n",
            other.port
        );
        let canary = Canary::new(text.leak()).await;
        let outgoing = outgoing(WebhookTargets::Loopback, &[&[]]);
        assert_eq!(post(&outgoing, &format!("http://127.0.0.1:{}/", canary.port)).await.unwrap().status, 307);
        assert_eq!((canary.hits(), other.hits()), (1, 0));
    }

    #[tokio::test]
    async fn an_endless_reply_is_cut_off_and_a_slow_one_given_up() {
        let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(1024 * 1024));
        let canary = Canary::new(endless.leak()).await;
        let outgoing = outgoing(WebhookTargets::Loopback, &[&[]]);
        let reply = post(&outgoing, &format!("http://127.0.0.1:{}/", canary.port)).await.unwrap();
        assert_eq!(reply.body.len(), REPLY_BYTES);
        for text in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegun"] {
            let canary = Canary::new(text).await;
            let url = format!("http://127.0.0.1:{}/", canary.port);
            let mut waiting = std::pin::pin!(post(&outgoing, &url));
            while canary.hits() == 0 {
                assert!(futures_util::poll!(&mut waiting).is_pending());
                tokio::task::yield_now().await;
            }
            outgoing.clock.set_ms(outgoing.clock.now_ms() + REPLY_MS - 1);
            assert!(futures_util::poll!(&mut waiting).is_pending());
            outgoing.clock.set_ms(outgoing.clock.now_ms() + 1);
            assert_eq!(waiting.await.unwrap_err(), NoReply::TooSlow, "{text}");
        }
    }
}
