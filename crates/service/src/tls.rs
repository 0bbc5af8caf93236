//! Certificates for the HTTPS listener: an authority of this data folder, and a server certificate signed by it.
//!
//! The official SDKs refuse plain http even on loopback; they trust `DATA/tls/ca.pem` when told to. The authority is
//! made once. The server's certificate is made anew at every start and lives for 397 days, the longest that browsers
//! take, so it cannot come near its end unless the service runs for a year.

use crate::random;
use crate::state::{StartError, read_or_make};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// Names under which this machine reaches itself.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// How long the authority is good for. People add it to their trust once.
const AUTHORITY_DAYS: i64 = 3650;

/// The longest life of a server's certificate that browsers accept.
const SERVER_DAYS: i64 = 397;

/// What the HTTPS listener needs. `data` is the service's data folder.
///
/// # Errors
/// When the authority's files cannot be read or made.
pub fn server_config(data: &Path) -> Result<ServerConfig, StartError> {
    let folder = data.join("tls");
    fs::create_dir_all(&folder).map_err(StartError::io(folder.display()))?;
    let issuer = authority(&folder)?;
    let key = KeyPair::generate().map_err(broken)?;
    let mut params = CertificateParams::new(NAMES.map(str::to_owned)).map_err(broken)?;
    valid_for(&mut params, SERVER_DAYS);
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(&key, &issuer).map_err(broken)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(broken)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(broken)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .map_err(broken)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The authority of this folder; made, with its key, at the first start.
fn authority(folder: &Path) -> Result<Issuer<'static, KeyPair>, StartError> {
    let key_file = folder.join("ca-key.pem");
    let fresh = KeyPair::generate().map_err(broken)?.serialize_pem();
    let key = KeyPair::from_pem(&read_or_make(&key_file, || fresh)?).map_err(broken)?;
    let file = folder.join("ca.pem");
    if !file.exists() {
        let mut params = CertificateParams::default();
        valid_for(&mut params, AUTHORITY_DAYS);
        // Two authorities of one name and different keys confuse browsers.
        let name = format!("Natter local authority {}", &random::guid()[..8]);
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pem = params.self_signed(&key).map_err(broken)?.pem();
        fs::write(&file, pem).map_err(StartError::io(file.display()))?;
    }
    let pem = fs::read_to_string(&file).map_err(StartError::io(file.display()))?;
    Issuer::from_ca_cert_pem(&pem, key).map_err(broken)
}

fn valid_for(params: &mut CertificateParams, days: i64) {
    let now = OffsetDateTime::now_utc();
    // A day of slack for a client whose clock is behind.
    params.not_before = now - Duration::days(1);
    params.not_after = now + Duration::days(days - 1);
}

fn broken(error: impl std::fmt::Display) -> StartError {
    StartError::Certificate(error.to_string())
}
