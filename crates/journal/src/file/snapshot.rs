//! A whole state in one file: `books.json` and `journal/base.json`.
//!
//! `{"store", "revision", "next_id", "books", "deleted", "crc"}`, a book a line, sealed over the file.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use catalogue::{Book, BookId, Catalogue, Revision};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::disk::{Access, Disk, DiskFile, read_full_at, write_all_at};
use super::seal::{SEAL_BYTES, crc_named_by, seal};
use super::segment::is_possible;
use crate::StoreId;

/// A state with the name of its store.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Snapshot {
    pub(crate) store: StoreId,
    pub(crate) state: Catalogue,
}

/// What a snapshot says of itself.
#[derive(Debug, Deserialize)]
pub(crate) struct Head {
    pub(crate) store: StoreId,
    pub(crate) revision: Revision,
}

/// What stands in the place of a snapshot.
#[derive(Debug)]
pub(crate) enum Found<T> {
    /// No file.
    Nothing,
    /// A snapshot as it was written.
    Sound(T),
    /// A file whose checksum does not hold, or that has none.
    Unsealed,
    /// A file as it was written that says nothing this program understands.
    Unreadable(String),
}

impl<T> Found<T> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> Found<U> {
        match self {
            Found::Sound(sound) => Found::Sound(change(sound)),
            Found::Nothing => Found::Nothing,
            Found::Unsealed => Found::Unsealed,
            Found::Unreadable(reason) => Found::Unreadable(reason),
        }
    }

    fn checked(self, revision: impl FnOnce(&T) -> Revision) -> Self {
        match self {
            Found::Sound(sound) if !is_possible(revision(&sound)) => Found::Unreadable("its revision cannot be".into()),
            other => other,
        }
    }
}

/// Reads the snapshot at `path`. Needs memory for the state, not for the file.
pub(crate) fn read(disk: &dyn Disk, path: &Path) -> io::Result<Found<Snapshot>> {
    Ok(read_members::<Members>(disk, path)?.checked(|members| members.revision).map(Snapshot::from))
}

/// Checks the snapshot at `path` as [`read`] does, and reads no books.
pub(crate) fn head(disk: &dyn Disk, path: &Path) -> io::Result<Found<Head>> {
    Ok(read_members::<Head>(disk, path)?.checked(|head| head.revision))
}

fn read_members<T: DeserializeOwned>(disk: &dyn Disk, path: &Path) -> io::Result<Found<T>> {
    let file = match disk.open(path, Access::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        opened => opened?,
    };
    if !is_sealed(file.as_ref())? {
        return Ok(Found::Unsealed);
    }
    let reader = BufReader::with_capacity(BUFFER_BYTES, Reading { file: file.as_ref(), offset: 0 });
    match serde_json::from_reader(reader) {
        Ok(members) => Ok(Found::Sound(members)),
        Err(error) if error.is_io() => Err(error.into()),
        Err(error) => Ok(Found::Unreadable(error.to_string())),
    }
}

/// Puts a snapshot in the place of what is at `path`: after a power cut at any moment the one or the other is there, whole.
pub(crate) fn write(disk: &dyn Disk, path: &Path, store: &StoreId, state: &Catalogue) -> io::Result<()> {
    let draft = path.with_extension("json.tmp");
    discard(disk, &draft)?;
    let written = write_to(disk.open(&draft, Access::Create)?.as_ref(), store, state);
    let renamed = written.and_then(|()| disk.rename(&draft, path));
    if let Err(error) = renamed {
        // What is left of it takes space and does no other harm; the next one removes it.
        let _ = disk.remove(&draft);
        return Err(error);
    }
    disk.sync_dir(path.parent().expect("a snapshot is in a directory"))
}

/// Removes a file if it is there.
pub(crate) fn discard(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    match disk.remove(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn write_to(file: &dyn DiskFile, store: &StoreId, state: &Catalogue) -> io::Result<()> {
    let mut out = Sealing { file, buffer: Vec::with_capacity(BUFFER_BYTES), offset: 0, unsynced: 0, crc: 0 };
    write!(out, "{{\"store\":")?;
    serde_json::to_writer(&mut out, store)?;
    write!(out, ",\"revision\":{},\"next_id\":{},\"books\":[", state.revision(), state.next_id())?;
    for (number, book) in state.books().enumerate() {
        out.write_all(if number == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut out, book)?;
    }
    write!(out, "],\n\"deleted\":[")?;
    for (number, id) in state.deleted().enumerate() {
        write!(out, "{}{id}", if number == 0 { "" } else { "," })?;
    }
    write!(out, "]")?;
    out.seal()
}

const BUFFER_BYTES: usize = 64 * 1024;
/// How much is written before it is synced: a sync of hundreds of megabytes at once would hold up the journal's own.
const UNSYNCED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Writes a file through a buffer, counting its checksum.
struct Sealing<'f> {
    file: &'f dyn DiskFile,
    buffer: Vec<u8>,
    offset: u64,
    unsynced: usize,
    crc: u32,
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
        if self.unsynced >= UNSYNCED_BYTES_MAX {
            self.file.sync()?;
            self.unsynced = 0;
        }
        Ok(())
    }
}

/// Whether the file ends in a seal that holds; white space behind it does not count.
fn is_sealed(file: &dyn DiskFile) -> io::Result<bool> {
    let length = file.length()?;
    let mut end = vec![0; (SEAL_BYTES as u64 + BLANK_BYTES_MAX).min(length) as usize];
    let start = length - end.len() as u64;
    read_full_at(file, &mut end, start)?;
    let Some((content, seal)) = end.trim_ascii_end().split_last_chunk::<SEAL_BYTES>() else { return Ok(false) };
    let Some(named) = crc_named_by(seal) else { return Ok(false) };
    let behind = end.len() - content.len();
    Ok(crc_of(file, length - behind as u64)? == named)
}

/// How much white space may stand behind a seal, in bytes.
const BLANK_BYTES_MAX: u64 = 16;

fn crc_of(file: &dyn DiskFile, length: u64) -> io::Result<u32> {
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, Reading { file, offset: 0 }.take(length));
    let mut crc = 0;
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            return Ok(crc);
        }
        crc = crc32c::crc32c_append(crc, bytes);
        let count = bytes.len();
        reader.consume(count);
    }
}

/// Reads a file from its beginning.
pub(crate) struct Reading<'f> {
    pub(crate) file: &'f dyn DiskFile,
    pub(crate) offset: u64,
}

impl Read for Reading<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}

#[derive(Deserialize)]
struct Members {
    store: StoreId,
    revision: Revision,
    next_id: BookId,
    books: Vec<Book>,
    #[serde(default)]
    deleted: Vec<BookId>,
}

impl From<Members> for Snapshot {
    fn from(members: Members) -> Self {
        let Members { store, revision, next_id, books, deleted } = members;
        Snapshot { store, state: Catalogue::restore(revision, next_id, books, deleted) }
    }
}
