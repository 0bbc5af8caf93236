//! The service on the network: a plain listener, perhaps a TLS one, timeouts, and a clean stop.
//!
//! Connections are served by hyper directly, because `axum::serve` sets no time limit on the headers of a request: a
//! client that sends one byte a minute would hold its connection for ever.

use crate::extract::Peer;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::state::{AppState, StartError};
use crate::{app, beebot_stand_in, tls};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

/// For the headers of a request, and for a TLS handshake.
const HEADER_TIME: Duration = Duration::from_secs(10);

/// For requests under way when the service is told to stop; it promises to be gone within five seconds.
const STOP_TIME: Duration = Duration::from_secs(4);

/// After a failed accept, such as too many open files: trying again at once would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The service with its listeners bound.
pub struct Server {
    http: TcpListener,
    https: Option<(TcpListener, TlsAcceptor)>,
    /// The stand-in for Beebot.
    beebot: Option<(TcpListener, Router)>,
    state: AppState,
}

impl Server {
    /// Opens the data folder and binds the addresses.
    ///
    /// # Errors
    /// When the data cannot be used or an address cannot be had.
    pub async fn bind(settings: &Settings) -> Result<Self, StartError> {
        let state = AppState::open(settings).await?;
        let http = listen(settings.listen).await?;
        let https = match settings.tls_listen {
            Some(address) => {
                let acceptor = TlsAcceptor::from(Arc::new(tls::server_config(&settings.data)?));
                Some((listen(address).await?, acceptor))
            }
            None => None,
        };
        let beebot = match settings.beebot_listen {
            Some(address) => {
                let id = settings.beebot_access_key_id.clone().unwrap_or_default();
                let secret = settings.beebot_access_key_secret.clone().unwrap_or_else(|| Secret::new(""));
                Some((listen(address).await?, beebot_stand_in(id, secret, state.clock().clone())))
            }
            None => None,
        };
        Ok(Self { http, https, beebot, state })
    }

    /// Where it listens, as the lines to print once it is ready.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn ready_lines(&self) -> io::Result<Vec<String>> {
        let http = self.http.local_addr()?;
        let mut lines = vec![format!("natter-service listening on http://{http}")];
        let mut endpoint = format!("http://localhost:{}/", http.port());
        if let Some((listener, _)) = &self.https {
            let https = listener.local_addr()?;
            lines.push(format!("natter-service listening on https://{https}"));
            endpoint = format!("https://localhost:{}/", https.port());
        }
        if let Some((listener, _)) = &self.beebot {
            lines.push(format!("stand-in for Beebot listening on http://{}", listener.local_addr()?));
        }
        lines.push(format!(
            "connection string: endpoint={endpoint};accesskey={}",
            self.state.access_key().as_str()
        ));
        Ok(lines)
    }

    /// Serves until `stop` is done, then lets requests under way finish.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        let router = app(self.state.clone());
        tokio::pin!(stop);
        loop {
            let (accepted, acceptor, router) = tokio::select! {
                () = &mut stop => break,
                accepted = self.http.accept() => (accepted, None, &router),
                (accepted, acceptor) = accept_tls(self.https.as_ref()) => (accepted, acceptor, &router),
                accepted = accept_for(self.beebot.as_ref()) => accepted,
            };
            match accepted {
                Ok((stream, address)) => {
                    let router = router.clone();
                    tokio::spawn(serve(stream, address, acceptor, router, graceful.watcher()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        // Event streams have no end of their own.
        self.state.events().stop();
        drop((self.http, self.https, self.beebot));
        let state = &self.state;
        let requests = async {
            // The answers first: their streams have no end of their own either.
            tokio::join!(state.stop_assistant(), graceful.shutdown(), state.stop_deliveries())
        };
        if tokio::time::timeout(STOP_TIME, requests).await.is_err() {
            tracing::warn!("some requests did not finish in time");
        }
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(StartError::io(address))
}

type Accepted = (io::Result<(TcpStream, SocketAddr)>, Option<TlsAcceptor>);

async fn accept_tls(https: Option<&(TcpListener, TlsAcceptor)>) -> Accepted {
    match https {
        Some((listener, acceptor)) => (listener.accept().await, Some(acceptor.clone())),
        None => std::future::pending().await,
    }
}

async fn accept_for(
    other: Option<&(TcpListener, Router)>,
) -> (io::Result<(TcpStream, SocketAddr)>, Option<TlsAcceptor>, &Router) {
    match other {
        Some((listener, router)) => (listener.accept().await, None, router),
        None => std::future::pending().await,
    }
}

async fn serve(
    stream: TcpStream,
    address: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    router: Router,
    watcher: Watcher,
) {
    // Replies are small and waited for.
    drop(stream.set_nodelay(true));
    let peer = Peer { address, tls: acceptor.is_some() };
    let Some(acceptor) = acceptor else {
        return serve_http(stream, false, peer, router, watcher).await;
    };
    match tokio::time::timeout(HEADER_TIME, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => {
            let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            serve_http(stream, http2, peer, router, watcher).await;
        }
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

/// The protocol is known beforehand. Finding it out from the first bytes would wait for them without a limit.
async fn serve_http<S>(stream: S, http2: bool, peer: Peer, router: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request)
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIME);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Some(HEADER_TIME));
    let builder = if http2 { builder.http2_only() } else { builder.http1_only() };
    let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}
