//! Reading a backup and checking it wholly on the way: every line, its end, and what it comes to.

use std::io::{self, BufRead, BufReader, Read};

use catalogue::{Book, BookId, Catalogue, Revision};
use flate2::bufread::MultiGzDecoder;
use serde::de::DeserializeOwned;

use super::{BEGINNING, BookLine, Closing, Contents, DeletedLine, Head, VERSION};
use crate::file::line::{self, LINE_BYTES_MAX, Outline, is_possible};
use crate::file::recovery::Replay;
use crate::file::seal::{SEAL_BYTES, crc_named_by, is_sealed};
use crate::file::walk::end_behind;

/// Why a file is no sound backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It is not as it was written.
    #[error("line {line}: {found}")]
    Damaged {
        /// The line, from 1.
        line: u64,
        /// What was found there.
        found: String,
    },
    /// It cannot be read.
    #[error("after line {line}: {cause}")]
    Unreadable {
        /// The last line that was read.
        line: u64,
        /// Why not.
        cause: io::Error,
    },
}

/// What a backup consists of.
pub(crate) enum Part<'p> {
    /// The state at its beginning; comes once and first.
    Base(&'p Catalogue),
    /// A line of the journal behind it, checked.
    Line(&'p Outline, &'p [u8]),
}

/// What is done with each part.
pub(crate) type Visit<'v, E> = &'v mut dyn FnMut(Part<'_>) -> Result<(), E>;

/// The text of a file that may be packed with gzip.
pub(crate) fn unpacked(file: impl Read + 'static) -> io::Result<Box<dyn BufRead>> {
    let mut file = BufReader::with_capacity(BUFFER_BYTES, file);
    Ok(match file.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        true => Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(file))),
        false => Box::new(file),
    })
}

const BUFFER_BYTES: usize = 64 * 1024;

/// Reads a backup to its end, giving each part to `visit`; an error of that ends it. Gives the state it comes to.
///
/// Only when this has returned is it certain that the backup is sound: what was made of its parts until then must be of no
/// effect.
pub(crate) fn read<E: From<BackupError>>(
    source: &mut dyn BufRead,
    visit: Visit<'_, E>,
) -> Result<(Contents, Catalogue), E> {
    let mut reader = Reader { source, line: Vec::new(), number: 0, crc_before: 0, crc: 0 };
    let head = reader.head()?;
    let base = reader.base(&head)?;
    visit(Part::Base(&base))?;
    let (mut replay, mut position, mut entries) = (Replay::new(base, 0), head.begins, 0);
    while position < head.revision {
        let outline = reader.journal_line(&mut position)?;
        replay.line(&outline, reader.content()).map_err(|bad| reader.damage(bad.to_string()))?;
        entries += u64::from(matches!(outline, Outline::Entry { .. }));
        visit(Part::Line(&outline, reader.content()))?;
        reader.next()?;
    }
    let state = replay.state;
    reader.closing(&Closing::new(reader.number - 1, entries, &state))?;
    let Head { store, at, begins, revision, .. } = head;
    Ok((Contents { store, at, begins, revision, entries, books: state.len() }, state))
}

/// Reads line by line; the line at hand was read, and not yet taken.
struct Reader<'s> {
    source: &'s mut dyn BufRead,
    line: Vec<u8>,
    /// Its number.
    number: u64,
    /// The checksum of what stands before it, and with it.
    crc_before: u32,
    crc: u32,
}

impl Reader<'_> {
    fn head(&mut self) -> Result<Head, BackupError> {
        self.next()?;
        if self.line.is_empty() {
            return Err(self.damage("the file is empty"));
        }
        if !self.line.starts_with(BEGINNING) {
            return Err(
                self.damage("it is not the first line of a backup; a file of books is read by bookstore import")
            );
        }
        let head: Head = self.sealed()?;
        if head.backup != VERSION {
            let found = format!("it is a backup of version {}, and this program reads version {VERSION}", head.backup);
            return Err(self.damage(found));
        }
        if head.begins > head.revision || !is_possible(head.revision) {
            return Err(self.damage("its revisions cannot be"));
        }
        self.next()?;
        Ok(head)
    }

    /// The state at the beginning.
    fn base(&mut self, head: &Head) -> Result<Catalogue, BackupError> {
        let (mut books, mut deleted): (Vec<Book>, Vec<BookId>) = (Vec::new(), Vec::new());
        loop {
            if self.line.starts_with(b"{\"book\":") && deleted.is_empty() {
                books.push(self.sealed::<BookLine<Book>>()?.book);
            } else if self.line.starts_with(b"{\"deleted\":") {
                deleted.extend(self.sealed::<DeletedLine>()?.deleted);
            } else {
                return Ok(Catalogue::restore(head.begins, head.next_id, books, deleted));
            }
            self.next()?;
        }
    }

    /// What the line at hand is, if it may follow `position`, which is moved behind it.
    fn journal_line(&mut self, position: &mut Revision) -> Result<Outline, BackupError> {
        self.check_ended()?;
        if self.line.starts_with(b"{\"lines\":") {
            return Err(self.damage(format!("it closes the backup at revision {position}, before its end")));
        }
        let outline = line::outline(self.content()).map_err(|bad| self.damage(bad.to_string()))?;
        let found =
            || format!("it does not follow revision {position}: what belongs between them is missing or misplaced");
        *position = end_behind(*position, &outline).ok_or_else(|| self.damage(found()))?;
        Ok(outline)
    }

    fn closing(&mut self, expected: &Closing) -> Result<(), BackupError> {
        self.check_ended()?;
        let Some((content, seal)) = self.content().split_last_chunk::<SEAL_BYTES>() else {
            return Err(self.damage("it is no closing line"));
        };
        if crc_named_by(seal) != Some(crc32c::crc32c_append(self.crc_before, content)) {
            return Err(self.damage("its checksum, which is that of the whole file, does not hold"));
        }
        let found: Closing = serde_json::from_slice(self.content()).map_err(|error| self.damage(error.to_string()))?;
        if found != *expected {
            return Err(self.damage(format!("the lines before it do not come to what it says: {expected:?}")));
        }
        self.next()?;
        match self.line.is_empty() {
            true => Ok(()),
            false => Err(self.damage("something stands behind the closing line")),
        }
    }

    /// What the line at hand says, if its seal holds.
    fn sealed<T: DeserializeOwned>(&self) -> Result<T, BackupError> {
        self.check_ended()?;
        if !is_sealed(self.content()) {
            return Err(self.damage("its checksum does not hold"));
        }
        serde_json::from_slice(self.content()).map_err(|error| self.damage(format!("it cannot be read: {error}")))
    }

    fn check_ended(&self) -> Result<(), BackupError> {
        match self.line.last() {
            Some(b'\n') => Ok(()),
            Some(_) if self.line.len() > LINE_BYTES_MAX => Err(self.damage("it is longer than any line of a backup")),
            _ => Err(self.damage("the backup ends here, without its closing line: it was cut off")),
        }
    }

    /// The line at hand without its end.
    fn content(&self) -> &[u8] {
        self.line.strip_suffix(b"\n").unwrap_or(&self.line)
    }

    /// Reads the next line, which is empty at the end of the file.
    fn next(&mut self) -> Result<(), BackupError> {
        self.line.clear();
        self.crc_before = self.crc;
        let mut limited = (&mut *self.source).take(LINE_BYTES_MAX as u64 + 1);
        let read = limited.read_until(b'\n', &mut self.line);
        read.map_err(|cause| BackupError::Unreadable { line: self.number, cause })?;
        self.number += 1;
        self.crc = crc32c::crc32c_append(self.crc, &self.line);
        Ok(())
    }

    fn damage(&self, found: impl Into<String>) -> BackupError {
        BackupError::Damaged { line: self.number, found: found.into() }
    }
}
