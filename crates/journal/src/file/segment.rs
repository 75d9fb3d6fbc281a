//! One journal file: its name, and its bytes as lines.

use std::io;

use catalogue::Revision;

use super::disk::{DiskFile, read_full_at};
use super::line::{LINE_BYTES_MAX, is_possible};

/// How much is read at once: little at first, for who wants a line or two, and twice as much each time.
const READ_BYTES_FIRST: usize = 8 * 1024;
const READ_BYTES_MAX: usize = 128 * 1024;

/// The name of the segment whose first entry has that revision.
pub(crate) fn segment_name(first: Revision) -> String {
    format!("{:020}.jsonl", first.0)
}

/// The first revision that a file's name promises, if it is a segment's.
pub(crate) fn first_revision(name: &str) -> Option<Revision> {
    let digits = name.strip_suffix(".jsonl")?;
    if digits.len() != 20 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().map(Revision).filter(|first| *first > Revision::ZERO && is_possible(*first))
}

/// The lines of a file one by one, with memory for the longest.
pub(crate) struct Lines<'f> {
    file: &'f dyn DiskFile,
    /// Where the bytes of `buffer` stand in the file.
    position: u64,
    /// Where reading stops.
    end: u64,
    buffer: Vec<u8>,
    start: usize,
    read_bytes: usize,
}

/// A piece of a file up to a line's end.
#[derive(Debug)]
pub(crate) struct RawLine<'b> {
    /// Where it begins in the file.
    pub(crate) offset: u64,
    /// Its bytes without the line's end.
    pub(crate) bytes: &'b [u8],
    /// Whether the line's end is there.
    pub(crate) is_ended: bool,
}

impl RawLine<'_> {
    /// Where the next one begins.
    pub(crate) fn next_offset(&self) -> u64 {
        self.offset + self.bytes.len() as u64 + u64::from(self.is_ended)
    }
}

impl<'f> Lines<'f> {
    /// The lines between two places, of which the first must be a line's beginning.
    pub(crate) fn new(file: &'f dyn DiskFile, start: u64, end: u64) -> Self {
        Lines { file, position: start, end, buffer: Vec::new(), start: 0, read_bytes: READ_BYTES_FIRST }
    }

    /// The next line; longer ones than there may be come in pieces that are not ended.
    pub(crate) fn next(&mut self) -> io::Result<Option<RawLine<'_>>> {
        let mut searched = 0;
        let (length, is_ended) = loop {
            let unread = &self.buffer[self.start..];
            if let Some(found) = unread[searched..].iter().position(|byte| *byte == b'\n') {
                break (searched + found, true);
            }
            searched = unread.len();
            if searched >= LINE_BYTES_MAX || self.fill()? == 0 {
                break (searched, false);
            }
        };
        if length == 0 && !is_ended {
            return Ok(None);
        }
        let offset = self.position + self.start as u64;
        let line = self.start..self.start + length;
        self.start = line.end + usize::from(is_ended);
        Ok(Some(RawLine { offset, bytes: &self.buffer[line], is_ended }))
    }

    /// Reads on; returns how many bytes came.
    fn fill(&mut self) -> io::Result<usize> {
        self.buffer.drain(..self.start);
        self.position += self.start as u64;
        self.start = 0;
        let held = self.buffer.len();
        let from = self.position + held as u64;
        let wanted = self.end.saturating_sub(from).min(self.read_bytes as u64) as usize;
        self.read_bytes = (self.read_bytes * 2).min(READ_BYTES_MAX);
        self.buffer.resize(held + wanted, 0);
        let read = read_full_at(self.file, &mut self.buffer[held..], from)?;
        self.buffer.truncate(held + read);
        Ok(read)
    }
}
