//! The certificate's files, and what becomes of them at a SIGHUP.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use server::{Tls, TlsError};

use crate::args::ServeArgs;
use crate::failure::Failure;

/// A certificate with its key, and the TLS that shows it.
pub(super) struct Certificate {
    pub(super) tls: Tls,
    chain: PathBuf,
    key: PathBuf,
}

impl Certificate {
    /// The one that `args` name, if they do.
    pub(super) fn open(args: &ServeArgs) -> Result<Option<Certificate>, Failure> {
        let (chain, key) = match (&args.tls_cert, &args.tls_key) {
            (None, None) => return Ok(None),
            (Some(chain), Some(key)) => (chain.clone(), key.clone()),
            (Some(_), None) => return Err(Failure::usage("--tls-cert needs --tls-key FILE, the certificate's key")),
            (None, Some(_)) => return Err(Failure::usage("--tls-key needs --tls-cert FILE, the certificate")),
        };
        let tls = read(&chain, &key, Tls::from_pem)?;
        Ok(Some(Certificate { tls, chain, key }))
    }

    /// Reads the files again; what is wrong with them is logged, and the certificate shown so far is kept.
    pub(super) fn renew(&self) {
        match read(&self.chain, &self.key, |chain, key| self.tls.renew(chain, key)) {
            Ok(()) => tracing::info!("the certificate was read again and is shown from now on"),
            Err(error) => tracing::error!("the certificate is not renewed, the old one is kept: {error:#}"),
        }
    }
}

/// Reads both files as `take` understands them; an error names the file and what to do.
fn read<T>(chain: &Path, key: &Path, take: impl FnOnce(&[u8], &[u8]) -> Result<T, TlsError>) -> anyhow::Result<T> {
    let bytes = |option: &str, path: &Path| fs::read(path).with_context(|| format!("{option} {}", path.display()));
    let (chain_bytes, key_bytes) = (bytes("--tls-cert", chain)?, bytes("--tls-key", key)?);
    take(&chain_bytes, &key_bytes).map_err(|error| {
        let (option, path) = match error {
            TlsError::Chain(_) | TlsError::NoCertificate => ("--tls-cert", chain),
            TlsError::Key(_) | TlsError::Pair(_) => ("--tls-key", key),
        };
        anyhow::Error::from(error).context(format!("{option} {}", path.display()))
    })
}
