//! The new store's files, made from a backup while that is checked.

use std::io::BufRead;

use catalogue::{Catalogue, Revision};

use super::{RestoreError, Restored};
use crate::StoreId;
use crate::file::OpenOptions;
use crate::file::backup::{self, Part};
use crate::file::creation::{self, random_store};
use crate::file::directory::{BOOKS, Directory};
use crate::file::disk::{Access, DiskFile, discard, write_all_at};
use crate::file::error::OpenError;
use crate::file::gap::{Gap, RESTORE_GAP};
use crate::file::line::{self, Outline, is_possible};
use crate::file::recovery::nothing_at;
use crate::file::segment::segment_name;
use crate::file::snapshot;

use super::switch::{PLAN, RESTORED_BOOKS, RESTORED_JOURNAL};

/// Makes the files of a store with a new name that goes on where the backup ends, [`RESTORE_GAP`] revisions later.
pub(super) fn prepare(
    directory: &Directory,
    source: &mut dyn BufRead,
    options: &OpenOptions,
) -> Result<Restored, RestoreError> {
    remove_leftovers(directory)?;
    let made = make(directory, source, options);
    if made.is_err() {
        // What is left takes space and does no other harm; the next start or restore removes it.
        let _ = remove_leftovers(directory);
    }
    made
}

fn make(directory: &Directory, source: &mut dyn BufRead, options: &OpenOptions) -> Result<Restored, RestoreError> {
    let store = options.store.clone().unwrap_or_else(random_store);
    let target = Target { directory, store: &store, folder: directory.root().join(RESTORED_JOURNAL) };
    let mut segments = None;
    let (contents, mut state) = backup::read(source, &mut |part| match part {
        Part::Base(base) => {
            target.write_base(base)?;
            let segments = segments.insert(Segments::new(&target, options.segment_bytes));
            segments.begin(base.revision().next()).map_err(RestoreError::from)
        }
        Part::Line(outline, bytes) => {
            let segments = segments.as_mut().expect("the base comes first");
            segments.line(outline, bytes).map_err(RestoreError::from)
        }
    })?;
    let mut segments = segments.expect("a backup that was read has a base");
    let gap = Gap { before: state.revision(), next: Revision(state.revision().0 + RESTORE_GAP) };
    if !is_possible(gap.next) {
        return Err(RestoreError::NoRoom(state.revision()));
    }
    segments.close(&gap)?;
    state.apply(&nothing_at(Revision(gap.next.0 - 1)));
    target.write_books(&state)?;
    Ok(Restored { store, revision: state.revision(), contents, aside: None })
}

/// Where the files go.
struct Target<'t> {
    directory: &'t Directory,
    store: &'t StoreId,
    folder: std::path::PathBuf,
}

impl Target<'_> {
    fn write_base(&self, base: &Catalogue) -> Result<(), OpenError> {
        let disk = self.directory.disk.as_ref();
        creation::make_directory(disk, &self.folder)?;
        let path = self.folder.join(crate::file::directory::BASE);
        snapshot::write(disk, &path, self.store, base).map_err(OpenError::io("write", &path))
    }

    fn write_books(&self, state: &Catalogue) -> Result<(), OpenError> {
        let path = self.directory.root().join(RESTORED_BOOKS);
        snapshot::write(self.directory.disk.as_ref(), &path, self.store, state).map_err(OpenError::io("write", &path))
    }
}

/// The segments, written one after the other.
struct Segments<'t> {
    target: &'t Target<'t>,
    segment_bytes: u64,
    file: Option<Box<dyn DiskFile>>,
    first: Revision,
    length: u64,
    /// Up to where it is synced, at least.
    synced: u64,
    buffer: Vec<u8>,
}

impl<'t> Segments<'t> {
    fn new(target: &'t Target<'t>, segment_bytes: u64) -> Self {
        Segments { target, segment_bytes, file: None, first: Revision::ZERO, length: 0, synced: 0, buffer: Vec::new() }
    }

    fn line(&mut self, outline: &Outline, bytes: &[u8]) -> Result<(), OpenError> {
        let held = self.length + self.buffer.len() as u64;
        if let Outline::Entry { revision, .. } = outline
            && held >= self.segment_bytes
            && *revision > self.first
        {
            self.begin(*revision)?;
        }
        self.buffer.extend_from_slice(bytes);
        self.buffer.push(b'\n');
        if let Outline::Mark { next: Some(next), .. } = outline {
            // The gap of an earlier restore must end its segment, as ours does.
            return self.begin(*next);
        }
        if self.buffer.len() >= BUFFER_BYTES {
            self.flush()?;
        }
        if self.length - self.synced >= UNSYNCED_BYTES_MAX { self.sync() } else { Ok(()) }
    }

    /// Ends with the gap, behind which the next segment begins: so it is found without reading this one.
    fn close(&mut self, gap: &Gap) -> Result<(), OpenError> {
        line::write_gap(&mut self.buffer, gap);
        self.begin(gap.next)
    }

    /// Begins the segment of that name; what came until now is durable before.
    fn begin(&mut self, first: Revision) -> Result<(), OpenError> {
        self.sync()?;
        let path = self.target.folder.join(segment_name(first));
        let disk = self.target.directory.disk.as_ref();
        let file = disk.open(&path, Access::Create).map_err(OpenError::io("make", &path))?;
        file.sync().map_err(OpenError::io("sync", &path))?;
        disk.sync_dir(&self.target.folder).map_err(OpenError::io("sync", &self.target.folder))?;
        (self.file, self.first, self.length, self.synced) = (Some(file), first, 0, 0);
        Ok(())
    }

    fn sync(&mut self) -> Result<(), OpenError> {
        self.flush()?;
        let path = self.target.folder.join(segment_name(self.first));
        self.file.as_ref().map_or(Ok(()), |file| file.sync()).map_err(OpenError::io("sync", &path))?;
        self.synced = self.length;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), OpenError> {
        let path = self.target.folder.join(segment_name(self.first));
        if let Some(file) = &self.file {
            write_all_at(file.as_ref(), &self.buffer, self.length).map_err(OpenError::io("write", &path))?;
        }
        self.length += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

const BUFFER_BYTES: usize = 64 * 1024;
/// How much is written before it is synced: a sync of much at once would hold up the one of the store that is served.
const UNSYNCED_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Removes what a restore left that came to nothing.
pub(super) fn remove_leftovers(directory: &Directory) -> Result<(), OpenError> {
    let (disk, folder) = (directory.disk.as_ref(), directory.root().join(RESTORED_JOURNAL));
    let names = match disk.list(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        listed => listed.map_err(OpenError::io("list", &folder))?,
    };
    let drafts = [RESTORED_BOOKS, PLAN].map(|name| format!("{name}.tmp"));
    let beside = [RESTORED_BOOKS, &drafts[0], &drafts[1]].map(|name| directory.root().join(name));
    debug_assert!(RESTORED_BOOKS.starts_with(BOOKS), "the file is found beside the other");
    for path in names.iter().map(|name| folder.join(name)).chain(beside) {
        discard(disk, &path).map_err(OpenError::io("remove", &path))?;
    }
    Ok(())
}
