//! A data directory, opened by this process.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use access::Secret;
use anyhow::Context;
use base64::Engine as _;
use catalogue::Rules;
use engine::{Config, Ending, Engine, Limits, SystemClock};
use journal::{FileJournal, MemoryJournal, OpenError, OpenOptions, Opened, Prepared};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;
use url::Url;

use crate::client::{Login, Server};

/// In the data directory: the URL of the server that holds its lock, so that other commands find it.
const ADDRESS_FILE: &str = "address";
/// Beside it: the certificate that the server shows, where it speaks TLS.
const CERTIFICATE_FILE: &str = "address.pem";
/// And the secret by which who may read this directory is admin there, as long as that server lives.
const OPERATOR_FILE: &str = "operator";

/// A backup that the server is receiving.
pub(crate) const UPLOAD: &str = "restore.upload";

/// A running engine on a data directory.
pub(crate) struct Store {
    pub(crate) engine: Engine,
    /// The files; `None` for a store in memory.
    pub(crate) journal: Option<Arc<FileJournal>>,
    directory: PathBuf,
}

impl Store {
    /// Opens `directory`, made if it is not there, and starts the engine. What the operator should know is logged.
    pub(crate) async fn open(directory: &Path, keep: Option<Duration>, rules: Rules) -> Result<Store, OpenError> {
        survive_file_size_limit();
        let directory = directory.to_owned();
        let opening = {
            let directory = directory.clone();
            tokio::task::spawn_blocking(move || open_blocking(&directory, keep, rules))
        };
        let (engine, journal) = opening.await.expect("opening a directory does not panic")?;
        Ok(Store { engine, journal: Some(journal), directory })
    }

    /// An empty store in memory, for trying what would come of a directory that is not there.
    pub(crate) fn imagined(directory: &Path, rules: Rules) -> Store {
        let engine = start(MemoryJournal::new("imagined").open(), rules);
        Store { engine, journal: None, directory: directory.to_owned() }
    }

    /// Puts a prepared store in the place of this one, and opens it: whoever still holds this one can do nothing to its
    /// files any more.
    pub(crate) async fn replace(
        self,
        prepared: Prepared,
        keep: Option<Duration>,
        rules: Rules,
        deadline: Instant,
    ) -> Result<Store, OpenError> {
        let Store { engine, journal, directory } = self;
        forget_address(&directory);
        if tokio::time::timeout_at(deadline, engine.stop(Ending::Saved)).await.is_err() {
            tracing::warn!("the snapshot of the store that is replaced was not finished in time");
        }
        let former = journal.expect("what is prepared was prepared beside files");
        let replacing = {
            let directory = directory.clone();
            tokio::task::spawn_blocking(move || {
                let replaced = former.replace(prepared, options(keep));
                replaced.map(|(opened, journal)| (begin(&directory, opened, rules), journal))
            })
        };
        let (engine, journal) = replacing.await.expect("opening a directory does not panic")?;
        Ok(Store { engine, journal: Some(journal), directory })
    }

    /// Ends the engine.
    pub(crate) async fn close(self, ending: Ending) {
        forget_address(&self.directory);
        self.engine.stop(ending).await;
    }
}

/// Lets other processes that may read `directory` in as admin of its server, by this secret.
pub(crate) fn let_in(directory: &Path, operator: &Secret) {
    if let Err(error) = write_private(&directory.join(OPERATOR_FILE), operator.reveal()) {
        tracing::warn!(%error, "other commands will not be let in by the data directory alone");
    }
}

/// A file that only its owner may read, made anew.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    forget(path);
    let mut file = fs::File::options().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{text}")
}

/// Whether a directory has something of a store.
pub(crate) fn has_store(directory: &Path) -> bool {
    ["journal", "books.json", "restore.json"].iter().any(|name| directory.join(name).exists())
}

/// Tells other processes where the server of `directory` listens, and by which certificate (DER) they know it.
pub(crate) fn announce(directory: &Path, url: &Url, certificate: Option<&[u8]>) {
    let written = match certificate {
        Some(der) => fs::write(directory.join(CERTIFICATE_FILE), pem(der)),
        None => Ok(()),
    };
    if let Err(error) = written.and_then(|()| fs::write(directory.join(ADDRESS_FILE), format!("{url}\n"))) {
        tracing::warn!(%error, "other commands will not find this server by its data directory");
    }
}

/// The server that holds the lock of `directory`, with what makes its operator known there.
pub(crate) fn server_of(directory: &Path) -> anyhow::Result<Server> {
    let path = directory.join(ADDRESS_FILE);
    let text = fs::read_to_string(&path).with_context(|| {
        format!("{} is in use by a process that names no address; name the server with --server", directory.display())
    })?;
    let url = text.trim().parse().with_context(|| format!("{} holds no URL", path.display()))?;
    let certificate = directory.join(CERTIFICATE_FILE);
    // Who may not read the secret comes as anybody does.
    let secret = fs::read_to_string(directory.join(OPERATOR_FILE)).ok();
    let login = Login::new(secret.map(|secret| secret.trim().to_owned()));
    Ok(Server { url, ca: certificate.exists().then_some(certificate), login })
}

/// A certificate as text (RFC 7468).
fn pem(der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n");
    format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
}

/// A file at the limit that `ulimit -f` sets is to the journal a full disk; by default the signal would end the process.
fn survive_file_size_limit() {
    // The handler stays when what listens to it is dropped, and with it a write gives an error instead.
    if let Err(error) = signal(SignalKind::from_raw(libc::SIGXFSZ)) {
        tracing::warn!(%error, "a limit of file sizes (ulimit -f) would end this process");
    }
}

fn open_blocking(
    directory: &Path,
    keep: Option<Duration>,
    rules: Rules,
) -> Result<(Engine, Arc<FileJournal>), OpenError> {
    let (opened, journal) = FileJournal::open_whole(directory, options(keep))?;
    // The lock is ours now: whatever address stands there is a dead server's, and so is what it was receiving.
    forget_address(directory);
    forget(&directory.join(UPLOAD));
    Ok((begin(directory, opened, rules), journal))
}

fn options(keep: Option<Duration>) -> OpenOptions {
    OpenOptions { keep, ..OpenOptions::default() }
}

fn begin(directory: &Path, opened: Opened, rules: Rules) -> Engine {
    report(directory, &opened);
    start(opened, rules)
}

fn start(opened: Opened, rules: Rules) -> Engine {
    Engine::start(opened, Config { rules, limits: Limits::default(), clock: Arc::new(SystemClock) })
}

fn report(directory: &Path, opened: &Opened) {
    for notice in &opened.notices {
        tracing::warn!("{notice}");
    }
    let catalogue = &opened.catalogue;
    tracing::info!(
        "{}: store {}, revision {}, {} books",
        directory.display(),
        opened.journal.store(),
        catalogue.revision(),
        catalogue.len()
    );
}

fn forget_address(directory: &Path) {
    [ADDRESS_FILE, CERTIFICATE_FILE, OPERATOR_FILE].iter().for_each(|name| forget(&directory.join(name)));
}

fn forget(path: &Path) {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, "cannot remove {}", path.display());
        }
        _ => {}
    }
}
