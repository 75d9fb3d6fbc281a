//! A whole state in one file: `books.json` and `journal/base.json`.
//!
//! `{"store", "revision", "next_id", "books", "deleted", "crc"}`, a book a line, sealed over the file.

mod lines;
mod reading;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use catalogue::Catalogue;

pub(crate) use self::reading::{Found, Reading, head, is_sealed, is_sealed_between, read, read_file};
use super::disk::{Disk, DiskFile, Draft, replace, write_all_at};
use super::seal::seal;
use crate::StoreId;

/// A state with the name of its store.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Snapshot {
    pub(crate) store: StoreId,
    pub(crate) state: Catalogue,
}

/// Puts a snapshot in the place of what is at `path`: after a power cut at any moment the one or the other is there, whole.
pub(crate) fn write(disk: &dyn Disk, path: &Path, store: &StoreId, state: &Catalogue) -> io::Result<()> {
    replace(disk, path, |file| write_to(file, store, state, &|_| Pace::Hurried))
}

/// How much of a snapshot is written before it is synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Little, for others wait for the disk.
    Polite,
    /// Much, for nobody does.
    Hurried,
}

/// Called again and again between two short pieces of work, with how long the last one took.
pub(crate) type Rest<'r> = &'r dyn Fn(Duration) -> Pace;

/// The same with breaks. `before` is called when all is written and only the name is missing. Gives the file.
pub(crate) fn write_between(
    disk: &dyn Disk,
    path: &Path,
    (store, state): (&StoreId, &Catalogue),
    rest: Rest<'_>,
    before: impl FnOnce(),
) -> io::Result<Box<dyn DiskFile>> {
    let draft = Draft::of(disk, path)?;
    let file = disk.create_watched(&draft.path)?;
    draft.take_place(write_to(file.as_ref(), store, state, rest).map(|()| before()))?;
    Ok(file)
}

fn write_to(file: &dyn DiskFile, store: &StoreId, state: &Catalogue, rest: Rest<'_>) -> io::Result<()> {
    let buffer = Vec::with_capacity(BUFFER_BYTES);
    let (pace, piece_begun) = (Pace::Polite, Instant::now());
    let mut out = Sealing { file, buffer, offset: 0, unsynced: 0, crc: 0, rest, pace, piece_begun };
    write!(out, "{{\"store\":")?;
    serde_json::to_writer(&mut out, store)?;
    write!(out, ",\"revision\":{},\"next_id\":{},\"books\":[", state.revision(), state.next_id())?;
    for (number, book) in state.books().enumerate() {
        out.write_all(if number == 0 { b"\n" } else { b",\n" })?;
        out.write_all(book.json().as_bytes())?;
    }
    write!(out, "],\n\"deleted\":[")?;
    for (number, id) in state.deleted().enumerate() {
        write!(out, "{}{id}", if number == 0 { "" } else { "," })?;
    }
    write!(out, "]")?;
    out.seal()
}

/// A tenth of a millisecond's work: nobody whose processor is taken by it waits long.
const BUFFER_BYTES: usize = 64 * 1024;
/// How much is written before it is synced: the journal's own sync waits for what the disk is given before it.
const POLITE_BYTES: usize = 1024 * 1024;
/// The same where nobody waits: a sync has a price of its own, on some disks a high one.
const HURRIED_BYTES: usize = 8 * 1024 * 1024;

impl Pace {
    fn sync_bytes(self) -> usize {
        match self {
            Pace::Polite => POLITE_BYTES,
            Pace::Hurried => HURRIED_BYTES,
        }
    }
}

/// Writes a file through a buffer, counting its checksum.
struct Sealing<'f> {
    file: &'f dyn DiskFile,
    buffer: Vec<u8>,
    offset: u64,
    unsynced: usize,
    crc: u32,
    rest: Rest<'f>,
    pace: Pace,
    piece_begun: Instant,
}

impl Sealing<'_> {
    fn seal(mut self) -> io::Result<()> {
        self.flush()?;
        self.buffer.extend_from_slice(&seal(self.crc));
        self.buffer.push(b'\n');
        self.flush()?;
        self.file.sync()
    }
}

impl Write for Sealing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.crc = crc32c::crc32c_append(self.crc, &self.buffer);
        write_all_at(self.file, &self.buffer, self.offset)?;
        self.offset += self.buffer.len() as u64;
        self.unsynced += self.buffer.len();
        self.buffer.clear();
        if self.unsynced >= self.pace.sync_bytes() {
            self.file.sync()?;
            self.unsynced = 0;
        }
        self.pace = (self.rest)(self.piece_begun.elapsed());
        self.piece_begun = Instant::now();
        Ok(())
    }
}
