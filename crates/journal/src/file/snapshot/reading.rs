//! Reading snapshots.

use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;
use std::time::Instant;

use catalogue::{Book, BookId, Catalogue, Revision};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::lines::{self, Read};
use super::{BUFFER_BYTES, Pace, Rest, Snapshot};
use crate::StoreId;
use crate::file::disk::{Access, Disk, DiskFile, read_full_at};
use crate::file::line::is_possible;
use crate::file::seal::{SEAL_BYTES, crc_named_by};
use crate::file::segment::Lines;

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
    match disk.open(path, Access::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::Nothing),
        Err(error) => Err(error),
        Ok(file) => read_file(file.as_ref()),
    }
}

/// Reads the snapshot in an open file.
pub(crate) fn read_file(file: &dyn DiskFile) -> io::Result<Found<Snapshot>> {
    let Some(seal) = seal_of(file)? else { return Ok(Found::Unsealed) };
    let Read { crc, members } = lines::read(file, &seal)?;
    let found = match members {
        _ if crc != seal.crc => Found::Unsealed,
        Some(members) => Found::Sound(members),
        None => whole(file)?,
    };
    Ok(understood(found))
}

fn understood(found: Found<Members>) -> Found<Snapshot> {
    found.checked(|members| members.revision).map(Snapshot::from)
}

/// Checks the snapshot at `path` as [`read`] does, and reads no books.
pub(crate) fn head(disk: &dyn Disk, path: &Path) -> io::Result<Found<Head>> {
    let found = sealed(disk, path, |file| match first_line(&mut Lines::new(file, 0, file.length()?))? {
        Some(head) => Ok(Found::Sound(head)),
        None => whole(file),
    })?;
    Ok(found.checked(|head: &Head| head.revision))
}

/// Reads a file whose checksum holds.
fn sealed<T>(
    disk: &dyn Disk,
    path: &Path,
    read: impl FnOnce(&dyn DiskFile) -> io::Result<Found<T>>,
) -> io::Result<Found<T>> {
    match disk.open(path, Access::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::Nothing),
        Err(error) => Err(error),
        Ok(file) if is_sealed(file.as_ref())? => read(file.as_ref()),
        Ok(_) => Ok(Found::Unsealed),
    }
}

/// The members before the books.
fn first_line<T: DeserializeOwned>(lines: &mut Lines<'_>) -> io::Result<Option<T>> {
    Ok(lines.next()?.and_then(|raw| first_members(raw.bytes)))
}

/// The same from the first line, without its end; `None` where another hand laid the file out.
pub(super) fn first_members<T: DeserializeOwned>(line: &[u8]) -> Option<T> {
    let head = Some(line).filter(|line| line.ends_with(b"\"books\":["))?;
    serde_json::from_slice(&[head, b"]}"].concat()).ok()
}

/// The members of a file in whatever layout.
fn whole<T: DeserializeOwned>(file: &dyn DiskFile) -> io::Result<Found<T>> {
    match serde_json::from_reader(BufReader::with_capacity(BUFFER_BYTES, Reading { file, offset: 0 })) {
        Ok(members) => Ok(Found::Sound(members)),
        Err(error) if error.is_io() => Err(error.into()),
        Err(error) => Ok(Found::Unreadable(error.to_string())),
    }
}

/// Whether the file ends in a seal that holds; white space behind it does not count.
pub(crate) fn is_sealed(file: &dyn DiskFile) -> io::Result<bool> {
    is_sealed_between(file, &|_| Pace::Hurried)
}

/// The same with breaks.
pub(crate) fn is_sealed_between(file: &dyn DiskFile, rest: Rest<'_>) -> io::Result<bool> {
    let Some(seal) = seal_of(file)? else { return Ok(false) };
    Ok(crc_of(file, seal.content_bytes, rest)? == seal.crc)
}

/// The end of a file that was sealed.
pub(super) struct Seal {
    /// The checksum that it names.
    pub(super) crc: u32,
    /// How many bytes that is of.
    pub(super) content_bytes: u64,
}

/// What the seal at a file's end says, held against nothing; `None` where there is no seal.
fn seal_of(file: &dyn DiskFile) -> io::Result<Option<Seal>> {
    let length = file.length()?;
    let mut end = vec![0; (SEAL_BYTES as u64 + BLANK_BYTES_MAX).min(length) as usize];
    let start = length - end.len() as u64;
    read_full_at(file, &mut end, start)?;
    let Some((content, seal)) = end.trim_ascii_end().split_last_chunk::<SEAL_BYTES>() else { return Ok(None) };
    let behind = end.len() - content.len();
    Ok(crc_named_by(seal).map(|crc| Seal { crc, content_bytes: length - behind as u64 }))
}

/// How much white space may stand behind a seal, in bytes.
const BLANK_BYTES_MAX: u64 = 16;

fn crc_of(file: &dyn DiskFile, length: u64, rest: Rest<'_>) -> io::Result<u32> {
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, Reading { file, offset: 0 }.take(length));
    let mut crc = 0;
    loop {
        let begun = Instant::now();
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            return Ok(crc);
        }
        crc = crc32c::crc32c_append(crc, bytes);
        let count = bytes.len();
        reader.consume(count);
        rest(begun.elapsed());
    }
}

/// Reads a file from its beginning.
pub(crate) struct Reading<'f> {
    pub(crate) file: &'f dyn DiskFile,
    pub(crate) offset: u64,
}

impl io::Read for Reading<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = read_full_at(self.file, buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}

#[derive(Deserialize)]
pub(super) struct Members {
    store: StoreId,
    revision: Revision,
    next_id: BookId,
    pub(super) books: Vec<Book>,
    #[serde(default)]
    pub(super) deleted: Vec<BookId>,
}

impl From<Members> for Snapshot {
    fn from(members: Members) -> Self {
        let Members { store, revision, next_id, books, deleted } = members;
        Snapshot { store, state: Catalogue::restore(revision, next_id, books, deleted) }
    }
}
