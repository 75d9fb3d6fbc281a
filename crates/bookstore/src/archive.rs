//! Backup and restore of the store that is served: what the server asks for, done with files.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use catalogue::Timestamp;
use engine::{Clock, Engine, SystemClock};
use journal::{FileJournal, OpenOptions, Prepared, RestoreError};
use protocol::method::RestoreResult;
use server::{ArchiveError, Download, Upload};
use tokio::sync::mpsc;

use crate::store::UPLOAD;

/// How many backups are given at once: each holds files open.
const BACKUPS_MAX: usize = 4;

/// The files of the store that is served.
pub(crate) struct Archive {
    engine: Engine,
    journal: Arc<FileJournal>,
    directory: PathBuf,
    backups: Places,
    restores: Places,
    /// Where a store goes that waits to take the place of the one that is served.
    prepared: mpsc::Sender<Prepared>,
}

impl Archive {
    /// Of the store in `directory`; what is restored is sent to `prepared`.
    pub(crate) fn new(
        engine: Engine,
        journal: Arc<FileJournal>,
        directory: &Path,
        prepared: mpsc::Sender<Prepared>,
    ) -> Self {
        let (backups, restores) = (Places::new(BACKUPS_MAX), Places::new(1));
        Archive { engine, journal, directory: directory.to_owned(), backups, restores, prepared }
    }
}

impl server::Archive for Archive {
    fn backup(&self) -> Result<Download, ArchiveError> {
        let place = self.backups.take().ok_or_else(|| unavailable("other backups are under way"))?;
        let state = self.engine.view();
        let backup = self.journal.backup(state.as_ref().clone(), now()).map_err(unavailable)?;
        let name = name_of(&backup);
        let pieces = backup.map(move |piece| {
            // It is given back when the last piece, or the interest in them, is gone.
            let _held = &place;
            piece.map_err(io::Error::other)
        });
        Ok(Download { name, pieces: Box::new(pieces) })
    }

    fn restore(&self) -> Result<Box<dyn Upload>, ArchiveError> {
        let place = self.restores.take().ok_or_else(|| unavailable("another restore is under way"))?;
        let path = self.directory.join(UPLOAD);
        let file =
            File::create(&path).map_err(|error| for_the_log(format!("cannot make {}: {error}", path.display())))?;
        let (directory, prepared) = (self.directory.clone(), self.prepared.clone());
        Ok(Box::new(Incoming { file, path, directory, prepared, place }))
    }
}

/// Now, by the clock by which the engine writes.
pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

/// What a file of a backup may be called.
fn name_of(backup: &journal::Backup) -> String {
    format!("bookstore-{}.jsonl", backup.revision())
}

/// A backup on its way in.
struct Incoming {
    file: File,
    path: PathBuf,
    directory: PathBuf,
    prepared: mpsc::Sender<Prepared>,
    place: Place,
}

impl Upload for Incoming {
    fn take(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.file
            .write_all(bytes)
            .map_err(|error| for_the_log(format!("cannot write {}: {error}", self.path.display())))
    }

    fn finish(mut self: Box<Self>) -> Result<RestoreResult, ArchiveError> {
        let source = File::open(&self.path).map_err(for_the_log)?;
        let prepared =
            Prepared::beside(&self.directory, source, &OpenOptions::default()).map_err(|error| match error {
                RestoreError::Backup(_) | RestoreError::NoRoom(_) => ArchiveError::Invalid(error.to_string()),
                RestoreError::Occupied { .. } | RestoreError::Open(_) => for_the_log(error),
            })?;
        let restored = prepared.restored();
        let aside = restored.aside.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        let (store, revision, books) = (restored.store.to_string(), restored.revision, restored.contents.books);
        self.prepared.try_send(prepared).map_err(|_| unavailable("the server is stopping"))?;
        // A second one would be made in the same files, which now wait to be moved.
        self.place.keep();
        Ok(RestoreResult { store, revision, books, aside })
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(%error, "cannot remove {}", self.path.display());
        }
    }
}

fn unavailable(why: impl std::fmt::Display) -> ArchiveError {
    ArchiveError::Unavailable(why.to_string())
}

/// What names the machine's files is for the log, and not for who asks from elsewhere.
fn for_the_log(error: impl std::fmt::Display) -> ArchiveError {
    tracing::error!("a restore is refused: {error}");
    unavailable("the server cannot work on its files: its log says more. Nothing was changed")
}

/// So many at once.
struct Places(Arc<AtomicUsize>);

/// One of them; it is free again when this is dropped.
struct Place(Option<Arc<AtomicUsize>>);

impl Places {
    fn new(count: usize) -> Self {
        Places(Arc::new(AtomicUsize::new(count)))
    }

    fn take(&self) -> Option<Place> {
        let one_less = |free: usize| free.checked_sub(1);
        self.0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less)
            .ok()
            .map(|_| Place(Some(Arc::clone(&self.0))))
    }
}

impl Place {
    /// It is never free again.
    fn keep(&mut self) {
        self.0 = None;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(free) = &self.0 {
            free.fetch_add(1, Ordering::AcqRel);
        }
    }
}
