//! A proxy that loses replies, for the tests of what a client does then (reliability C1 and C2).
//!
//! It stands between a client and the chat service. When the service has acknowledged a new message, the client may
//! get an error in place of the acknowledgement, or nothing. Which ones is a matter of the seed alone. Everything else
//! passes.
#![allow(clippy::print_stdout, reason = "whoever starts it reads what it did")]

mod plan;

use clap::Parser;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, RETRY_AFTER};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use plan::{Loss, Plan};
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_rustls::{TlsAcceptor, TlsConnector};

#[derive(Parser)]
struct Options {
    /// Where the service listens for HTTPS: what it says of itself depends on how it is asked.
    #[arg(long)]
    service: SocketAddr,
    /// The service's data folder: its authority signs for the proxy too.
    #[arg(long)]
    data: PathBuf,
    /// What becomes of a lost reply; each time another when it is not said.
    #[arg(long)]
    loss: Option<Loss>,
    /// Decides which replies are lost.
    #[arg(long)]
    seed: u64,
}

/// How to reach the service.
#[derive(Clone)]
struct Service {
    address: SocketAddr,
    connector: TlsConnector,
}

type Reply = Response<Full<Bytes>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let mut tls = natter_service::tls::server_config(&options.data)?;
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let service = Service { address: options.service, connector: connector(&options.data)? };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("lossy listening on https://localhost:{}", listener.local_addr()?.port());
    let plan = Arc::new(Plan::new(options.seed, options.loss));
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(serve(stream, acceptor.clone(), service.clone(), plan.clone()));
    }
}

/// One connection of a client. Where it ends with an error it is reset: no closing words, neither TCP's nor TLS's.
async fn serve(stream: TcpStream, acceptor: TlsAcceptor, service: Service, plan: Arc<Plan>) {
    if stream.set_nodelay(true).and_then(|()| stream.set_zero_linger()).is_err() {
        return; // gone already
    }
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let answer = service_fn(move |request| answer(request, service.clone(), plan.clone()));
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
    // How a connection ends is the client's business, or what we are here for.
    drop(connection.await);
}

async fn answer(request: Request<Incoming>, service: Service, plan: Arc<Plan>) -> io::Result<Reply> {
    let sends = request.method() == Method::POST && request.uri().path().ends_with("/messages");
    let id = request.headers().get("x-ms-client-request-id").cloned();
    let Ok(reply) = forward(request, service).await else {
        // As a gateway says it when the service is away, or went away during the request.
        return Ok(error(StatusCode::SERVICE_UNAVAILABLE));
    };
    if !sends || reply.status() != StatusCode::CREATED {
        return Ok(reply);
    }
    let id = id.ok_or_else(|| io::Error::other("a send without a request id"))?;
    let Some(loss) = plan.next(&id) else { return Ok(reply) };
    println!("lost {loss:?} {}", id.to_str().unwrap_or_default());
    match loss {
        Loss::Unavailable => Ok(error(StatusCode::SERVICE_UNAVAILABLE)),
        Loss::Throttled => {
            let mut reply = error(StatusCode::TOO_MANY_REQUESTS);
            reply.headers_mut().insert(RETRY_AFTER, 1.into());
            Ok(reply)
        }
        Loss::Reset => Err(io::ErrorKind::ConnectionReset.into()),
        Loss::Silence => {
            // Until the client hangs up.
            std::future::pending().await
        }
    }
}

/// The service's whole reply: it has done what was asked when this is there.
async fn forward(
    request: Request<Incoming>,
    service: Service,
) -> Result<Reply, Box<dyn Error + Send + Sync>> {
    let stream = TcpStream::connect(service.address).await?;
    let stream = service.connector.connect(ServerName::try_from("localhost")?, stream).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let (parts, body) = sender.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    connection.abort();
    Ok(Response::from_parts(parts, Full::new(body)))
}

/// Trusts the service's authority.
fn connector(data: &Path) -> Result<TlsConnector, Box<dyn Error>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(data.join("tls/ca.pem"))?)?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn error(status: StatusCode) -> Reply {
    let body = format!(r#"{{"error":{{"code":"{}","message":"Lost on the way."}}}}"#, status.as_u16());
    let reply = Response::builder().status(status).header(CONTENT_TYPE, "application/json");
    reply.body(Full::from(body)).expect("status and header are valid")
}
