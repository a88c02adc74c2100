//! The connector that all clients share: time limits, trusted certificates, proxies.

use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::error::Error;

/// How long parts of one request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) connect: Duration,
    pub(super) attempt: Duration,
    pub(super) operation: Duration,
}

/// How long a connection waits for more to do. Every bucket has a host of its own, and a thousand buckets must not
/// hold a thousand hosts' connections open.
const IDLE: Duration = Duration::from_secs(10);

impl Limits {
    /// Limits that leave room for several attempts within the time for the whole run.
    pub(super) fn within(run: Option<Duration>) -> Self {
        let operation = run.map_or(Duration::from_secs(30), |run| run.min(Duration::from_secs(30)));
        let attempt = (operation / 3).min(Duration::from_secs(10));
        Self { connect: attempt.min(Duration::from_secs(5)), attempt, operation }
    }
}

/// One connector for every client, so that they share connections and the certificates are read once. Beside it, why no
/// TLS connection can come about, where none can: no certificate authority is trusted.
pub(super) fn http_client(limits: Limits) -> Result<(SharedHttpClient, Option<String>), Error> {
    let mut trusts_nobody = None;
    let trusted = match std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()) {
        None => {
            trusts_nobody = no_authority();
            if trusts_nobody.is_some() { tls::TrustStore::empty() } else { tls::TrustStore::default() }
        }
        Some(path) => {
            let pem = std::fs::read(&path).map_err(|error| {
                Error::Configuration(format!("`AWS_CA_BUNDLE` names `{}`: {error}", path.to_string_lossy()))
            })?;
            usable_certificates(&pem).map_err(|reason| {
                Error::Configuration(format!("`AWS_CA_BUNDLE` names `{}`: {reason}", path.to_string_lossy()))
            })?;
            tls::TrustStore::empty().with_pem_certificate(pem)
        }
    };
    let tls_context = tls::TlsContext::builder()
        .with_trust_store(trusted)
        .build()
        .map_err(|error| Error::Configuration(format!("trusted certificates: {error}")))?;
    let connector = Connector::builder()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .tls_context(tls_context)
        .proxy_config(ProxyConfig::from_env())
        .pool_idle_timeout(IDLE)
        .connector_settings(
            HttpConnectorSettings::builder().connect_timeout(limits.connect).read_timeout(limits.attempt).build(),
        )
        .build();
    let connector = SharedHttpConnector::new(connector);
    Ok((http_client_fn(move |_, _| connector.clone()), trusts_nobody))
}

/// Why the system trusts no certificate authority, where it trusts none. The connector would panic over it.
fn no_authority() -> Option<String> {
    let found = rustls_native_certs::load_native_certs();
    let (usable, _) = RootCertStore::empty().add_parsable_certificates(found.certs);
    if usable > 0 {
        return None;
    }
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .into_iter()
        .find_map(|name| Some((name, std::env::var_os(name).filter(|path| !path.is_empty())?)));
    let why = match named {
        Some((name, path)) => format!("`{name}` names `{}`, which holds none", path.to_string_lossy()),
        None => "the system has none".to_owned(),
    };
    Some(format!(
        "no certificate authority is trusted, so nothing can be asked over TLS: {why}; name a bundle of certificates \
         with `AWS_CA_BUNDLE`, or install the package `ca-certificates`"
    ))
}

/// Looks at certificates before the connector does, which would panic over them.
fn usable_certificates(pem: &[u8]) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| format!("not PEM: {error}"))?;
        roots.add(certificate).map_err(|error| format!("not a certificate authority's: {error}"))?;
    }
    if roots.is_empty() { Err("it holds no certificate".to_owned()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_attempts_fit_into_a_short_run() {
        let limits = Limits::within(Some(Duration::from_secs(3)));
        assert_eq!(limits.operation, Duration::from_secs(3));
        assert!(limits.attempt * 3 <= limits.operation && limits.connect <= limits.attempt);
        assert_eq!(Limits::within(None).attempt, Duration::from_secs(10));
    }

    #[test]
    fn a_bundle_that_is_none_is_refused_before_it_is_used() {
        assert!(usable_certificates(b"").is_err());
        assert!(usable_certificates(b"-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n").is_err());
    }
}
