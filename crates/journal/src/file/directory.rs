//! The data directory: which files there are, and where.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalogue::Revision;

use super::disk::{Access, Disk, DiskFile};
use super::error::OpenError;
use super::segment::{first_revision, segment_name};

/// The name of the snapshot.
pub(crate) const BOOKS: &str = "books.json";
/// The name of the journal's folder.
pub(crate) const JOURNAL: &str = "journal";
/// The name of the state before the journal's first entry, in that folder.
pub(crate) const BASE: &str = "base.json";

/// A data directory on some disk.
#[derive(Clone)]
pub(crate) struct Directory {
    pub(crate) disk: Arc<dyn Disk>,
    root: PathBuf,
}

/// What a directory's journal consists of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct JournalFiles {
    pub(crate) has_base: bool,
    /// The first revision of each segment, ascending.
    pub(crate) segments: Vec<Revision>,
}

impl JournalFiles {
    /// Whether there is a journal, be it an empty one.
    pub(crate) fn is_there(&self) -> bool {
        self.has_base || !self.segments.is_empty()
    }
}

impl Directory {
    pub(crate) fn new(disk: Arc<dyn Disk>, root: &Path) -> Self {
        Directory { disk, root: root.into() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn books(&self) -> PathBuf {
        self.root.join(BOOKS)
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.root.join(JOURNAL)
    }

    pub(crate) fn base(&self) -> PathBuf {
        self.journal().join(BASE)
    }

    pub(crate) fn segment(&self, first: Revision) -> PathBuf {
        self.journal().join(segment_name(first))
    }

    /// What the journal consists of; nothing where its folder is not there.
    pub(crate) fn journal_files(&self) -> Result<JournalFiles, OpenError> {
        let path = self.journal();
        let names = match self.disk.list(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(JournalFiles::default()),
            listed => listed.map_err(OpenError::io("list", &path))?,
        };
        let mut segments: Vec<Revision> = names.iter().filter_map(|name| first_revision(name)).collect();
        segments.sort();
        Ok(JournalFiles { has_base: names.iter().any(|name| name == BASE), segments })
    }

    pub(crate) fn open(&self, path: &Path, access: Access) -> Result<Box<dyn DiskFile>, OpenError> {
        self.disk.open(path, access).map_err(OpenError::io("open", path))
    }

    /// Makes the names in the journal's folder durable.
    pub(crate) fn sync_journal(&self) -> io::Result<()> {
        self.disk.sync_dir(&self.journal())
    }

    /// Makes a new segment, durable with its name before anything is in it.
    pub(crate) fn create_segment(&self, first: Revision) -> io::Result<Box<dyn DiskFile>> {
        let file = self.disk.open(&self.segment(first), Access::Create)?;
        file.sync()?;
        self.sync_journal()?;
        Ok(file)
    }
}
