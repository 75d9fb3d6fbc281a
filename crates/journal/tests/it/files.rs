//! A data directory on a disk in memory, with whatever files a test puts there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalogue::{Catalogue, Timestamp};
use journal::testing::FaultyDisk;
use journal::{Access, AdoptError, Disk, FileJournal, OpenError, OpenOptions, Opened};

use crate::fixture::options;

/// Where the directory is.
pub(crate) const ROOT: &str = "/data";

/// Options under which the same is written each time.
pub(crate) fn fixed() -> OpenOptions {
    OpenOptions { now: || Timestamp(1_795_410_000), ..options() }
}

pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(ROOT).join(name)
}

/// A disk that holds these files, all of them durable.
pub(crate) fn disk_with(files: &[(&str, &[u8])]) -> FaultyDisk {
    let disk = FaultyDisk::new();
    disk.create_dir(Path::new(ROOT)).unwrap();
    disk.sync_dir(Path::new("/")).unwrap();
    for (name, bytes) in files {
        let file = disk.open(&path(name), Access::Create).unwrap();
        file.write_at(bytes, 0).unwrap();
        file.sync().unwrap();
    }
    disk.sync_dir(Path::new(ROOT)).unwrap();
    disk
}

pub(crate) fn open(disk: &FaultyDisk) -> Result<Opened, OpenError> {
    FileJournal::open_on(Arc::new(disk.clone()), Path::new(ROOT), fixed())
}

pub(crate) fn opened(disk: &FaultyDisk) -> Opened {
    open(disk).unwrap_or_else(|error| panic!("it opens: {error}"))
}

pub(crate) fn adopt(disk: &FaultyDisk) -> Result<Vec<String>, AdoptError> {
    journal::adopt_on(Arc::new(disk.clone()), Path::new(ROOT), fixed())
}

pub(crate) fn discard(disk: &FaultyDisk) -> Result<Vec<String>, AdoptError> {
    journal::discard_on(Arc::new(disk.clone()), Path::new(ROOT), fixed())
}

pub(crate) fn text(disk: &FaultyDisk, name: &str) -> Option<String> {
    disk.contents(&path(name)).map(|bytes| String::from_utf8(bytes).expect("the file is text"))
}

/// Every file and what it holds.
pub(crate) fn files(disk: &FaultyDisk) -> BTreeMap<PathBuf, Vec<u8>> {
    disk.files().into_iter().map(|path| (path.clone(), disk.contents(&path).expect("it was listed"))).collect()
}

/// The ids and titles of a catalogue's books.
pub(crate) fn titles(catalogue: &Catalogue) -> Vec<(u64, String)> {
    catalogue.books().map(|book| (book.id().0, book.details().title.to_string())).collect()
}
