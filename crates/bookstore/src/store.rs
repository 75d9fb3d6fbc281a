//! A data directory, opened by this process.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use access::Secret;
use anyhow::Context;
use catalogue::Rules;
use engine::{Config, Ending, Engine, Limits, SystemClock};
use journal::{FileJournal, MemoryJournal, OpenError, OpenOptions, Opened};
use tokio::signal::unix::{SignalKind, signal};
use url::Url;

use crate::client::{Address, Login};

/// In the data directory: the URL of the server that holds its lock, so that other commands find it.
const ADDRESS_FILE: &str = "address";
/// Beside it: the secret by which who may read this directory is admin there, as long as that server lives.
const OPERATOR_FILE: &str = "operator";

/// A running engine on a data directory.
pub(crate) struct Store {
    pub(crate) engine: Engine,
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
        let engine = opening.await.expect("opening a directory does not panic")?;
        Ok(Store { engine, directory })
    }

    /// An empty store in memory, for trying what would come of a directory that is not there.
    pub(crate) fn imagined(directory: &Path, rules: Rules) -> Store {
        Store { engine: start(MemoryJournal::new("imagined").open(), rules), directory: directory.to_owned() }
    }

    /// Tells other processes where the server of this directory listens, and what they need to be admin there.
    pub(crate) fn announce(&self, url: &Url, operator: &Secret) {
        let told = write_private(&self.directory.join(OPERATOR_FILE), operator.reveal())
            .and_then(|()| fs::write(self.directory.join(ADDRESS_FILE), format!("{url}\n")));
        if let Err(error) = told {
            tracing::warn!(%error, "other commands will not find this server by its data directory");
        }
    }

    /// Ends the engine.
    pub(crate) async fn close(self, ending: Ending) {
        forget_address(&self.directory);
        self.engine.stop(ending).await;
    }
}

/// The server that holds the lock of `directory`, with what makes its operator known there.
pub(crate) fn server_of(directory: &Path) -> anyhow::Result<Address> {
    let url = address_of(directory)?;
    let path = directory.join(OPERATOR_FILE);
    let secret = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Address { url, login: Login::new(Some(secret.trim().to_owned())) })
}

/// A file that only its owner may read, made anew.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    forget(path);
    let mut file = fs::File::options().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{text}")
}

/// Where the server listens that holds the lock of `directory`.
fn address_of(directory: &Path) -> anyhow::Result<Url> {
    let path = directory.join(ADDRESS_FILE);
    let text = fs::read_to_string(&path).with_context(|| {
        format!("{} is in use by a process that names no address; name the server with --server", directory.display())
    })?;
    text.trim().parse().with_context(|| format!("{} holds no URL", path.display()))
}

/// A file at the limit that `ulimit -f` sets is to the journal a full disk; by default the signal would end the process.
fn survive_file_size_limit() {
    // The handler stays when what listens to it is dropped, and with it a write gives an error instead.
    if let Err(error) = signal(SignalKind::from_raw(libc::SIGXFSZ)) {
        tracing::warn!(%error, "a limit of file sizes (ulimit -f) would end this process");
    }
}

fn open_blocking(directory: &Path, keep: Option<Duration>, rules: Rules) -> Result<Engine, OpenError> {
    let opened = FileJournal::open(directory, OpenOptions { keep, ..OpenOptions::default() })?;
    // The lock is ours now: whatever address stands there is a dead server's.
    forget_address(directory);
    report(directory, &opened);
    Ok(start(opened, rules))
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
    forget(&directory.join(ADDRESS_FILE));
    forget(&directory.join(OPERATOR_FILE));
}

fn forget(path: &Path) {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, "cannot remove {}", path.display());
        }
        _ => {}
    }
}
