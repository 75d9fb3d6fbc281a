//! Data directories on a disk in memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalogue::Timestamp;
use journal::testing::{FaultyDisk, Survivors};
use journal::{Access, Disk, FileJournal, OpenError, OpenOptions, Opened, ReadLimit, Report, StoreId};

const ROOT: &str = "/data";

/// Everything a journal has.
pub const ALL: ReadLimit = ReadLimit { entries: usize::MAX, bytes: usize::MAX };

/// A data directory.
pub struct Directory {
    disk: FaultyDisk,
}

impl Directory {
    /// One with these files, all of them durable.
    pub fn with(files: &[(&str, &[u8])]) -> Directory {
        let disk = FaultyDisk::new();
        disk.create_dir(ROOT.as_ref()).expect("the disk has no faults");
        disk.create_dir(&path("journal")).expect("the disk has no faults");
        for (name, bytes) in files {
            disk.open(&path(name), Access::Create).expect("the disk has no faults");
            disk.tamper(&path(name), |contents| contents.extend_from_slice(bytes));
        }
        Directory { disk: disk.after_power_cut(Survivors::Everything) }
    }

    /// Starts on it.
    pub fn open(&self) -> Result<Opened, OpenError> {
        let options =
            OpenOptions { store: Some(StoreId("store".into())), now: || Timestamp(7), ..OpenOptions::default() };
        FileJournal::open_on(Arc::new(self.disk.clone()), Path::new(ROOT), options)
    }

    /// Checks it.
    pub fn verify(&self) -> Result<Report, OpenError> {
        journal::verify_on(Arc::new(self.disk.clone()), Path::new(ROOT))
    }

    /// Every file and what it holds.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let paths = self.disk.files().into_iter();
        paths.map(|path| (path.clone(), self.disk.contents(&path).expect("it was listed"))).collect()
    }

    /// What a file holds, if it is there.
    pub fn contents(&self, name: &str) -> Option<Vec<u8>> {
        self.disk.contents(&path(name))
    }
}

fn path(name: &str) -> PathBuf {
    Path::new(ROOT).join(name)
}

/// The object with the seal that a line or a snapshot ends in, whatever seal it had; what is no object is left as it is.
pub fn sealed(object: &[u8]) -> Vec<u8> {
    let content = match object.windows(8).rposition(|window| window == b",\"crc\":\"") {
        Some(place) => &object[..place],
        None => match object.strip_suffix(b"}") {
            Some(content) => content,
            None => return object.to_vec(),
        },
    };
    [content, format!(",\"crc\":\"{:08x}\"}}", crc32c::crc32c(content)).as_bytes()].concat()
}
