//! TLS that ends in this server: which certificate it shows, and which versions it speaks.

use std::io;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{self, ServerConfig};
use tokio_rustls::server::TlsStream;

const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";

/// TLS 1.2 and 1.3 with one certificate; clones are the same, so that a renewal reaches all.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Offers HTTP/2 and HTTP/1.1.
    both: Arc<ServerConfig>,
    /// Offers HTTP/1.1, where there is one short answer to give.
    short: Arc<ServerConfig>,
    shown: Arc<Shown>,
}

/// Why a certificate and its key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// What should be certificates is not.
    #[error("the certificate file is no PEM that can be read: {0}")]
    Chain(pem::Error),
    /// There is none.
    #[error(
        "the certificate file has no certificate in it: it must hold PEM, `-----BEGIN CERTIFICATE-----`, leaf first"
    )]
    NoCertificate,
    /// There is no private key.
    #[error("the key file has no private key that can be read: it must hold PEM, `-----BEGIN PRIVATE KEY-----` ({0})")]
    Key(pem::Error),
    /// The two are not a pair, or of a kind that nobody here can sign with.
    #[error("the key does not fit the certificate: give the key that the first certificate was made for ({0})")]
    Pair(rustls::Error),
}

impl Tls {
    /// From a chain of certificates, the server's own first, and its private key, both PEM (RFC 7468).
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Tls, TlsError> {
        let shown = Arc::new(Shown(ArcSwap::from_pointee(certified(chain, key)?)));
        let both = Arc::new(config(&shown, &[HTTP_2, HTTP_1]));
        let short = Arc::new(config(&shown, &[HTTP_1]));
        Ok(Tls { both, short, shown })
    }

    /// Shows another certificate from the next handshake on; connections that are open stay. After an error the old one
    /// is kept.
    pub fn renew(&self, chain: &[u8], key: &[u8]) -> Result<(), TlsError> {
        self.shown.0.store(Arc::new(certified(chain, key)?));
        Ok(())
    }

    /// The server's own certificate, without the chain above it, as DER.
    pub fn certificate(&self) -> Vec<u8> {
        self.shown.0.load().cert.first().map(|leaf| leaf.to_vec()).unwrap_or_default()
    }

    /// Shakes hands; the client chooses between HTTP/2 and HTTP/1.1.
    pub(crate) async fn accept<IO>(&self, io: IO) -> io::Result<TlsStream<IO>>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        TlsAcceptor::from(Arc::clone(&self.both)).accept(io).await
    }

    /// Shakes hands with a client that gets one answer of HTTP/1.1.
    pub(crate) async fn accept_for_one_answer<IO>(&self, io: IO) -> io::Result<TlsStream<IO>>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        TlsAcceptor::from(Arc::clone(&self.short)).accept(io).await
    }
}

/// Whether the client chose HTTP/2.
pub(crate) fn is_http2<IO>(stream: &TlsStream<IO>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(HTTP_2)
}

fn certified(chain: &[u8], key: &[u8]) -> Result<CertifiedKey, TlsError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(chain).collect::<Result<_, _>>().map_err(TlsError::Chain)?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate);
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(TlsError::Key)?;
    CertifiedKey::from_der(chain, key, &provider()).map_err(TlsError::Pair)
}

fn config(shown: &Arc<Shown>, protocols: &[&[u8]]) -> ServerConfig {
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .expect("the provider has cipher suites for both versions")
        .with_no_client_auth()
        .with_cert_resolver(Arc::clone(shown) as _);
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    config
}

fn provider() -> CryptoProvider {
    ring::default_provider()
}

/// The certificate of the moment, whatever name a client asks for.
#[derive(Debug)]
struct Shown(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}
