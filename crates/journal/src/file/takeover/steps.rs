//! The takeover on the disk: at every moment either the original's file is whole where it was, or ours is.

use std::io;
use std::path::Path;

use catalogue::{Revision, Timestamp};

use super::{FIRST, NotTaken, Taken, read};
use crate::file::aside::{move_to_free_name, put, read_all};
use crate::file::directory::{Directory, JournalFiles};
use crate::file::disk::{Access, Disk, discard, read_full_at};
use crate::file::error::OpenError;
use crate::file::line::{self, Outline};
use crate::file::segment::Lines;
use crate::file::snapshot::{self, Found};
use crate::file::{OpenOptions, creation};

/// Takes over the `books.json` of a directory that has no journal, or only that of a takeover cut short.
///
/// In this order, each durable before the next: the copy `books.json.original`, the list of remarks, `journal/base.json`,
/// the first segment, and in the end `books.json`. Until then a start begins it again. Gives what the operator should know;
/// `None` where there is nothing to take over.
pub(crate) fn take_over(
    directory: &Directory,
    files: &JournalFiles,
    options: &OpenOptions,
) -> Result<Option<Vec<String>>, OpenError> {
    let path = directory.books();
    if files.is_there() && !is_cut_short(directory, files)? {
        return settle(directory).map(|()| None);
    }
    let bytes = match read_all(directory.disk.as_ref(), &path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(OpenError::io("read", &path))?,
    };
    let taken = read(&bytes, (options.now)()).map_err(|reason| refused(directory, reason))?;
    keep_original(directory, &bytes).map_err(OpenError::io("copy", &path))?;
    list_remarks(directory, &taken.remarks)?;
    put_journal(directory, files, options, &taken)?;
    Ok(Some(notices(&path, &taken)))
}

/// What a start would take over, in a sentence, where a directory has no journal. Changes nothing.
pub(crate) fn preview(directory: &Directory) -> Result<String, OpenError> {
    let path = directory.books();
    let bytes = read_all(directory.disk.as_ref(), &path).map_err(OpenError::io("read", &path))?;
    let taken = read(&bytes, Timestamp::default()).map_err(|reason| refused(directory, reason))?;
    let (books, remarks) = (taken.catalogue.len(), taken.remarks.len());
    Ok(format!(
        "books.json: {books} books of another making, and no journal yet; the first start takes them over with {remarks} remarks"
    ))
}

/// A takeover that was killed right after it had put our snapshot in its place may have left that name not durable.
fn settle(directory: &Directory) -> Result<(), OpenError> {
    match directory.disk.open(&directory.root().join(ORIGINAL), Access::Read) {
        Ok(_) => directory.disk.sync_dir(directory.root()).map_err(OpenError::io("sync", directory.root())),
        // Without the copy, or where it cannot be read, there was none.
        Err(_) => Ok(()),
    }
}

/// How many remarks are told at the start.
const REMARKS_TOLD_MAX: usize = 100;

/// The name of the copy of the original's file.
const ORIGINAL: &str = "books.json.original";
/// The name of the list of all remarks.
const REMARKS: &str = "books.json.takeover.txt";

fn refused(directory: &Directory, reason: NotTaken) -> OpenError {
    let path = directory.books().as_path().into();
    match reason {
        NotTaken::Ours => OpenError::JournalMissing { directory: directory.root().into() },
        NotTaken::Shape(found) => OpenError::NoBooks { path, found },
        NotTaken::TooLarge { .. } => OpenError::NotTakenOver { path, reason: reason.to_string() },
    }
}

/// Whether the journal is what a takeover left that did not come to its end: `books.json` is still the original's, and
/// nothing was ever written.
fn is_cut_short(directory: &Directory, files: &JournalFiles) -> Result<bool, OpenError> {
    let original = directory.root().join(ORIGINAL);
    let is_originals = is_same(directory.disk.as_ref(), &directory.books(), &original);
    if !is_originals.map_err(OpenError::io("read", &original))? || !has_base_of_takeover(directory)? {
        return Ok(false);
    }
    for first in &files.segments {
        if has_entries(directory, *first)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn has_base_of_takeover(directory: &Directory) -> Result<bool, OpenError> {
    let path = directory.base();
    Ok(match snapshot::head(directory.disk.as_ref(), &path).map_err(OpenError::io("read", &path))? {
        Found::Nothing => true,
        Found::Sound(head) => head.revision == FIRST,
        Found::Unsealed | Found::Unreadable(_) => false,
    })
}

fn has_entries(directory: &Directory, first: Revision) -> Result<bool, OpenError> {
    let path = directory.segment(first);
    let file = directory.open(&path, Access::Read)?;
    let length = file.length().map_err(OpenError::io("read", &path))?;
    let mut lines = Lines::new(file.as_ref(), 0, length);
    while let Some(raw) = lines.next().map_err(OpenError::io("read", &path))? {
        // What cannot be read is not for a takeover to write over.
        if !matches!(line::outline(raw.bytes), Ok(Outline::Mark { .. })) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether two files are there and have the same bytes.
fn is_same(disk: &dyn Disk, one: &Path, other: &Path) -> io::Result<bool> {
    let open = |path| match disk.open(path, Access::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    };
    let (Some(one), Some(other)) = (open(one)?, open(other)?) else { return Ok(false) };
    let length = one.length()?;
    if length != other.length()? {
        return Ok(false);
    }
    let mut buffers = [vec![0; COMPARED_BYTES], vec![0; COMPARED_BYTES]];
    for offset in (0..length).step_by(COMPARED_BYTES) {
        let [ours, theirs] = &mut buffers;
        let read = [read_full_at(one.as_ref(), ours, offset)?, read_full_at(other.as_ref(), theirs, offset)?];
        if ours[..read[0]] != theirs[..read[1]] {
            return Ok(false);
        }
    }
    Ok(true)
}

const COMPARED_BYTES: usize = 64 * 1024;

/// Sees to it that `books.json.original` is on the disk with these bytes. Another file of that name gets a number.
fn keep_original(directory: &Directory, bytes: &[u8]) -> io::Result<()> {
    let (disk, original) = (directory.disk.as_ref(), directory.root().join(ORIGINAL));
    match disk.open(&original, Access::Write) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
        // Somebody may have copied it by hand: only a synced copy is one.
        Ok(file) if is_same(disk, &directory.books(), &original)? => {
            file.sync()?;
            return disk.sync_dir(directory.root());
        }
        Ok(_) => drop(move_to_free_name(disk, &original, &original)?),
    }
    put(disk, &original, bytes)
}

/// Writes all remarks into a file, for there may be more of them than anybody reads in a log.
fn list_remarks(directory: &Directory, remarks: &[String]) -> Result<(), OpenError> {
    let path = directory.root().join(REMARKS);
    let disk = directory.disk.as_ref();
    let listed = if remarks.is_empty() {
        discard(disk, &path)
    } else {
        put(disk, &path, (remarks.join("\n") + "\n").as_bytes())
    };
    listed.map_err(OpenError::io("write", &path))
}

/// Puts the journal in place, then our snapshot in the place of the original's file.
fn put_journal(
    directory: &Directory,
    files: &JournalFiles,
    options: &OpenOptions,
    taken: &Taken,
) -> Result<(), OpenError> {
    let store = options.store.clone().unwrap_or_else(creation::random_store);
    creation::make_directory(directory.disk.as_ref(), &directory.journal())?;
    creation::write_base(directory, &store, &taken.catalogue)?;
    let first = FIRST.next();
    if !files.segments.contains(&first) {
        directory.create_segment(first).map_err(OpenError::io("make", &directory.segment(first)))?;
    }
    let path = directory.books();
    snapshot::write(directory.disk.as_ref(), &path, &store, &taken.catalogue).map_err(OpenError::io("write", &path))
}

fn notices(path: &Path, taken: &Taken) -> Vec<String> {
    let (count, remarks) = (taken.catalogue.len(), &taken.remarks);
    let books = if count == 1 { "book" } else { "books" };
    let first = format!(
        "took over {} of another program's making: {count} {books}, all of them kept. The file as it was is {ORIGINAL}",
        path.display()
    );
    let told = remarks.iter().take(REMARKS_TOLD_MAX).cloned();
    let rest = remarks.len().saturating_sub(REMARKS_TOLD_MAX);
    let more = (rest > 0).then(|| format!("and {rest} more remarks on the takeover, all of them in {REMARKS}"));
    std::iter::once(first).chain(told).chain(more).collect()
}
