//! Reading entries back, from any place, with memory for what is asked for.

use std::path::PathBuf;
use std::sync::Arc;

use catalogue::{Entry, Revision};

use super::directory::Directory;
use super::disk::{Access, DiskFile};
use super::error::{Damage, OpenError};
use super::line::{self, BadLine, Outline};
use super::segment::{Lines, RawLine};
use crate::{ReadError, ReadLimit};

/// A segment that is read: only what is durable of it counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Readable {
    pub(crate) first: Revision,
    /// Up to where it may be read; `None` for all of it.
    pub(crate) length: Option<u64>,
}

/// A helping of entries under way.
pub(crate) struct Helping<'d> {
    directory: &'d Directory,
    /// The last revision that is not wanted.
    after: Revision,
    limit: ReadLimit,
    /// The revision that must come next, once one was met.
    expected: Option<Revision>,
    entries: Vec<Arc<Entry>>,
    bytes: usize,
}

/// A segment's open file.
struct Part {
    first: Revision,
    path: PathBuf,
    file: Box<dyn DiskFile>,
}

impl<'d> Helping<'d> {
    pub(crate) fn new(directory: &'d Directory, after: Revision, limit: ReadLimit) -> Self {
        Helping { directory, after, limit, expected: None, entries: Vec::new(), bytes: 0 }
    }

    /// Takes what is wanted from `segments`, of which the first holds the entry behind `after`, or is where it will be.
    pub(crate) fn take(mut self, segments: &[Readable]) -> Result<Vec<Arc<Entry>>, OpenError> {
        for segment in segments {
            let path = self.directory.segment(segment.first);
            let part = Part { first: segment.first, file: self.directory.open(&path, Access::Read)?, path };
            let length = segment.length.map_or_else(|| part.file.length(), Ok);
            let length = length.map_err(OpenError::io("read", &part.path))?;
            if self.part(&part, length)? {
                break;
            }
        }
        Ok(self.entries)
    }

    /// Takes a segment's lines in; `true` once there is enough.
    fn part(&mut self, part: &Part, length: u64) -> Result<bool, OpenError> {
        let start = match self.expected {
            None => seek(part.file.as_ref(), length, self.after).map_err(OpenError::io("read", &part.path))?,
            Some(_) => 0,
        };
        if start == 0 && self.expected.is_none() {
            self.expected = Some(part.first);
        }
        let mut lines = Lines::new(part.file.as_ref(), start, length);
        while let Some(raw) = lines.next().map_err(OpenError::io("read", &part.path))? {
            if self.line(&raw).map_err(|found| part.damage(&raw, found))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes one line in, or says what is wrong with it; `true` where it would be too much.
    fn line(&mut self, raw: &RawLine<'_>) -> Result<bool, BadLine> {
        let revision = match line::outline(raw.bytes)? {
            _ if !raw.is_ended => return Err(BadLine::Unreadable("it has no end".into())),
            Outline::Entry { revision, .. } => revision,
            Outline::Mark { next, .. } => {
                self.expected = next.or(self.expected);
                return Ok(false);
            }
        };
        if let Some(expected) = self.expected.filter(|expected| *expected != revision) {
            return Err(BadLine::Unreadable(format!("revision {revision} stands where {expected} belongs")));
        }
        self.expected = Some(revision.next());
        if revision <= self.after {
            return Ok(false);
        }
        if self.is_full(raw.bytes.len()) {
            return Ok(true);
        }
        self.entries.push(Arc::new(line::entry(raw.bytes)?));
        self.bytes += raw.bytes.len();
        Ok(false)
    }

    fn is_full(&self, next_bytes: usize) -> bool {
        let count = self.entries.len();
        count > 0 && (count >= self.limit.entries || self.bytes.saturating_add(next_bytes) > self.limit.bytes)
    }
}

impl Part {
    fn damage(&self, raw: &RawLine<'_>, found: BadLine) -> OpenError {
        let line = line_number(self.file.as_ref(), raw.offset);
        Damage { path: self.path.clone(), line, found: found.to_string() }.into()
    }
}

impl From<OpenError> for ReadError {
    fn from(error: OpenError) -> Self {
        ReadError::Fault(error.to_string())
    }
}

/// The place of a line from which on the entry behind `after` is found within some lines. A line that cannot be read is
/// passed over here: whether it matters is seen when its place is read.
fn seek(file: &dyn DiskFile, end: u64, after: Revision) -> std::io::Result<u64> {
    // The line at `low`, if it is not the file's first, has a revision of at most `after`; that at `high` has a larger one.
    let (mut low, mut high) = (0, end);
    while high - low > NEAR_BYTES {
        let middle = low + (high - low) / 2;
        match entry_behind(file, middle, high)? {
            Some((offset, revision)) if revision <= after => low = offset,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// How near to the wanted entry a search ends.
const NEAR_BYTES: u64 = 64 * 1024;

/// The first readable entry whose line begins behind `offset`.
fn entry_behind(file: &dyn DiskFile, offset: u64, end: u64) -> std::io::Result<Option<(u64, Revision)>> {
    let mut lines = Lines::new(file, offset, end);
    // It begins in the middle of this one.
    lines.next()?;
    while let Some(raw) = lines.next()? {
        if let (true, Ok(Outline::Entry { revision, .. })) = (raw.is_ended, line::outline(raw.bytes)) {
            return Ok(Some((raw.offset, revision)));
        }
    }
    Ok(None)
}

/// The number of the line that begins at `offset`, from 1.
fn line_number(file: &dyn DiskFile, offset: u64) -> Option<u64> {
    let mut lines = Lines::new(file, 0, offset);
    let mut number = 1;
    while lines.next().ok()?.is_some() {
        number += 1;
    }
    Some(number)
}
