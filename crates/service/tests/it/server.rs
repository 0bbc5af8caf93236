//! The service on the network: both listeners, the certificate, and what only a real connection shows.

use natter_service::Settings;
use natter_service::server::Server;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// Head and body of the reply to a GET.
async fn get(mut stream: impl AsyncRead + AsyncWrite + Unpin, host: &str, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await.unwrap();
    String::from_utf8(reply).unwrap()
}

#[tokio::test]
async fn it_answers_over_http_and_over_tls_with_its_own_authority() {
    let dir = tempfile::tempdir().unwrap();
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let settings = Settings {
        listen: loopback,
        tls_listen: Some(loopback),
        data: dir.path().to_owned(),
        ..Settings::default()
    };
    let server = Server::bind(&settings).await.unwrap();
    let lines = server.ready_lines().unwrap();
    let address = |prefix: &str| -> SocketAddr {
        lines.iter().find_map(|line| line.strip_prefix(prefix)).unwrap().parse().unwrap()
    };
    let (http, https) =
        (address("natter-service listening on http://"), address("natter-service listening on https://"));
    assert!(
        lines[2].starts_with(&format!(
            "connection string: endpoint=https://localhost:{}/;accesskey=",
            https.port()
        ))
    );
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async { drop(stopped.await) }));

    let plain = get(TcpStream::connect(http).await.unwrap(), &http.to_string(), "/natter/v1/health").await;
    assert!(plain.starts_with("HTTP/1.1 200 OK\r\n"), "{plain}");
    assert!(plain.contains("\r\ndate: ") && plain.contains(" GMT\r\n"), "{plain}");
    assert!(!plain.contains("strict-transport-security"), "{plain}");

    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(dir.path().join("tls/ca.pem")).unwrap() {
        roots.add(certificate.unwrap()).unwrap();
    }
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    for name in ["localhost", "127.0.0.1"] {
        let stream = TcpStream::connect(https).await.unwrap();
        let stream = connector.connect(ServerName::try_from(name).unwrap(), stream).await.unwrap();
        let host = format!("{name}:{}", https.port());
        let reply = get(stream, &host, "/natter/v1/health").await;
        assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
        assert!(reply.contains("\r\nstrict-transport-security: "), "{reply}");
    }
    stop.send(()).unwrap();
    running.await.unwrap();
    assert!(TcpStream::connect(http).await.is_err(), "stopped");
}
