//! A store from a backup, put in the place of what a data directory holds.
//!
//! # So that a crash leaves the one or the other
//!
//! 1. The new store is made beside the present one, as `journal.restored/` and `books.json.restored`, each file synced
//!    (`prepare`). A restore that ends here has changed nothing; the next start or restore removes what it left.
//! 2. `restore.json` is put in place: from that moment on the new store counts. It says what of the present one goes where.
//! 3. What is there is moved into a folder of its own, a data directory in itself; then the new files get their names; then
//!    `restore.json` goes (`switch`). Cut short, the next start goes on with it before it looks at anything else.

mod prepare;
mod switch;

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalogue::Revision;

use self::prepare::prepare;
use self::switch::Plan;
pub(crate) use self::switch::{IS_UNDER_WAY, PLAN, is_under_way, set_aside, settle};
use super::backup::{BackupError, Contents, unpacked};
use super::creation;
use super::directory::Directory;
use super::disk::{Disk, SystemDisk};
use super::error::OpenError;
use super::lock::Lock;
use super::{OF_A_PROCESS, OpenOptions};
use crate::StoreId;

/// What happens to what a directory holds already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occupied {
    /// The restore is refused.
    Refuse,
    /// It is moved into a folder of its own within the directory.
    SetAside,
}

/// A store that was made from a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Its name, a new one.
    pub store: StoreId,
    /// Its revision.
    pub revision: Revision,
    /// What the backup holds.
    pub contents: Contents,
    /// The folder that gets, or has, what was there before.
    pub aside: Option<PathBuf>,
}

/// Why there is no store made from a backup. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The backup is not as it was written.
    #[error(
        "the backup is damaged: {0}\nNothing was changed. Take another backup; bookstore verify says whether it is sound"
    )]
    // It is part of the message, and so no source beside it, which would be told twice.
    Backup(BackupError),
    /// Revisions are at their end.
    #[error(
        "the backup is of revision {0}, behind which there is no room for another restore: import its books into a new store"
    )]
    NoRoom(Revision),
    /// The directory is not empty.
    #[error(
        "{directory} is not empty: it has {found}. Name a new directory with --data, or say --replace: what is there is then moved aside, and nothing is deleted"
    )]
    Occupied {
        /// The data directory.
        directory: PathBuf,
        /// One of the names in it.
        found: String,
    },
    /// The directory cannot be worked on.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl From<BackupError> for RestoreError {
    fn from(error: BackupError) -> Self {
        RestoreError::Backup(error)
    }
}

/// Makes the store in `directory`, which no process works on, from the backup that `source` gives, packed or not.
pub fn restore(
    directory: &Path,
    source: impl Read + 'static,
    occupied: Occupied,
    options: &OpenOptions,
) -> Result<Restored, RestoreError> {
    let disk = Arc::new(SystemDisk);
    creation::make_directory(disk.as_ref(), directory)?;
    let _lock = Lock::take(directory)?;
    restore_in(&Directory::new(disk, directory), source, occupied, options)
}

/// The same on `disk`, which is nobody else's: no lock is taken.
pub fn restore_on(
    disk: Arc<dyn Disk>,
    directory: &Path,
    source: impl Read + 'static,
    occupied: Occupied,
    options: &OpenOptions,
) -> Result<Restored, RestoreError> {
    creation::make_directory(disk.as_ref(), directory)?;
    restore_in(&Directory::new(disk, directory), source, occupied, options)
}

fn restore_in(
    directory: &Directory,
    source: impl Read + 'static,
    occupied: Occupied,
    options: &OpenOptions,
) -> Result<Restored, RestoreError> {
    settle(directory)?;
    if occupied == Occupied::Refuse {
        check_empty(directory)?;
    }
    let prepared = Prepared::in_directory(directory.clone(), source, options)?;
    let restored = prepared.commit()?;
    settle(directory)?;
    Ok(restored)
}

/// A store that was made from a backup and waits beside the present one. Dropped, it is of no effect.
pub struct Prepared {
    directory: Directory,
    restored: Restored,
    plan: Plan,
}

impl Prepared {
    /// Makes a store from a backup beside the one in `directory`, on which this process works: nothing of that changes.
    pub fn beside(directory: &Path, source: impl Read + 'static, options: &OpenOptions) -> Result<Self, RestoreError> {
        Prepared::in_directory(Directory::new(Arc::new(SystemDisk), directory), source, options)
    }

    fn in_directory(
        directory: Directory,
        source: impl Read + 'static,
        options: &OpenOptions,
    ) -> Result<Self, RestoreError> {
        let unreadable = |cause: io::Error| BackupError::Unreadable { line: 0, cause };
        let mut source = unpacked(source).map_err(unreadable)?;
        let mut restored = prepare(&directory, source.as_mut(), options)?;
        let plan = Plan::of(&directory)?;
        restored.aside = plan.aside_in(&directory);
        Ok(Prepared { directory, restored, plan })
    }

    /// What it will be.
    pub fn restored(&self) -> &Restored {
        &self.restored
    }

    /// From here on this store counts: the next start puts it in its place. Nobody may write to the present one any more.
    pub(crate) fn commit(mut self) -> Result<Restored, OpenError> {
        self.plan.commit(&self.directory)?;
        Ok(self.restored)
    }
}

/// Fails where there is anything but what every directory has that a process looked at, and what belongs to no one store.
fn check_empty(directory: &Directory) -> Result<(), RestoreError> {
    let names = directory.disk.list(directory.root()).map_err(OpenError::io("list", directory.root()))?;
    let belongs_to_no_store = |name: &str| {
        OF_A_PROCESS.contains(&name)
            || name.starts_with("tokens.json")
            || name == "lost+found"
            || switch::is_left_over(name)
    };
    match names.into_iter().find(|name| !belongs_to_no_store(name)) {
        Some(found) => Err(RestoreError::Occupied { directory: directory.root().into(), found }),
        None => Ok(()),
    }
}
