//! The end of the journal: where batches are written, and what happens when they cannot be.

use std::io;
use std::sync::Arc;

use catalogue::{Entry, Revision};

use super::directory::Directory;
use super::disk::{Access, DiskFile, is_full, write_all_at};
use super::line::{LINE_BYTES_MAX, write_entry, write_mark};
use super::repair::Ready;
use super::segment::segment_name;
use crate::AppendError;

/// The writing end of a journal. All that it says is durable is durable; where that is no longer known it is poisoned.
pub(crate) struct Writer {
    directory: Directory,
    file: Box<dyn DiskFile>,
    first: Revision,
    /// Up to where the file holds whole lines: durable entries, and marks.
    length: u64,
    /// The last durable revision.
    end: Revision,
    /// Whether no line says yet that `end` is durable.
    unwitnessed: bool,
    segment_bytes: u64,
    poison: Option<String>,
    lines: Vec<u8>,
}

/// Where a batch went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// The segment it is in.
    pub(crate) segment: Revision,
    /// The length of that segment's durable part.
    pub(crate) length: u64,
    /// How many of them are new.
    pub(crate) bytes: u64,
    /// The last durable revision.
    pub(crate) end: Revision,
}

impl Writer {
    pub(crate) fn new(directory: Directory, ready: Ready, end: Revision, segment_bytes: u64) -> Self {
        let Ready { file, first, length, unwitnessed } = ready;
        let lines = Vec::new();
        Writer { directory, file, first, length, end, unwitnessed, segment_bytes, poison: None, lines }
    }

    /// Makes a batch durable, all of it or nothing.
    pub(crate) fn append(&mut self, after: Revision, entries: &[Arc<Entry>]) -> Result<Written, AppendError> {
        self.usable()?;
        if after != self.end || !follow(after, entries) {
            return Err(AppendError::Behind { at: self.end });
        }
        self.encode(entries)?;
        // A segment without an entry bears the name that the next one would get.
        if self.length >= self.segment_bytes && self.end >= self.first {
            self.begin_segment()?;
        }
        let written = write_all_at(self.file.as_ref(), &self.lines, self.length);
        written.map_err(|error| self.give_up_write(error))?;
        self.file.sync().map_err(|error| self.poison("sync", error))?;
        self.length += self.lines.len() as u64;
        self.end = Revision(after.0 + entries.len() as u64);
        self.unwitnessed = true;
        let bytes = self.lines.len() as u64;
        Ok(Written { segment: self.first, length: self.length, bytes, end: self.end })
    }

    /// Leaves a witness of the last batch. It is not synced: what matters is that it comes after the batch.
    pub(crate) fn rest(&mut self) {
        if !self.unwitnessed || self.poison.is_some() {
            return;
        }
        let mut mark = Vec::new();
        write_mark(&mut mark, self.end);
        match write_all_at(self.file.as_ref(), &mark, self.length) {
            Ok(()) => {
                self.length += mark.len() as u64;
                self.unwitnessed = false;
            }
            // Without room there is no witness this time, which harms nothing. What went wrong else is remembered.
            Err(error) => drop(self.give_up_write(error)),
        }
    }

    /// Takes nothing any more.
    pub(crate) fn close(&mut self) {
        self.poison.get_or_insert_with(|| "it was closed".into());
    }

    /// Whether what it says is durable still is.
    pub(crate) fn usable(&self) -> Result<(), AppendError> {
        match &self.poison {
            Some(reason) => Err(AppendError::Poisoned(reason.clone())),
            None => Ok(()),
        }
    }

    /// Writes something behind the end and takes it away again.
    pub(crate) fn try_room(&mut self) -> Result<(), AppendError> {
        self.usable()?;
        write_all_at(self.file.as_ref(), &[0; ROOM_TRIED_BYTES], self.length)
            .and_then(|()| self.file.set_length(self.length))
            .map_err(|error| self.give_up_write(error))?;
        // Whatever the reason, a failed sync is not tried again.
        self.file.sync().map_err(|error| self.poison("sync", error))
    }

    /// Writes the batch's lines into memory. A line that could not be read again is not written.
    fn encode(&mut self, entries: &[Arc<Entry>]) -> Result<(), AppendError> {
        self.lines.clear();
        self.lines.shrink_to(LINES_BYTES_KEPT);
        for entry in entries {
            let start = self.lines.len();
            write_entry(&mut self.lines, entry, self.end);
            if self.lines.len() - start > LINE_BYTES_MAX {
                let reason = format!("entry {} is larger than {LINE_BYTES_MAX} bytes", entry.revision);
                return Err(AppendError::Full(reason));
            }
        }
        Ok(())
    }

    fn begin_segment(&mut self) -> Result<(), AppendError> {
        // Only in the last segment may a line be half-written: a mark that was not synced must not become one in an
        // earlier segment.
        self.file.sync().map_err(|error| self.poison("sync", error))?;
        let first = self.end.next();
        let file = match self.directory.disk.open(&self.directory.segment(first), Access::Create) {
            Err(error) if is_full(&error) => return Err(AppendError::Full(error.to_string())),
            opened => opened.map_err(|error| self.poison("begin a segment after", error))?,
        };
        let named = file.sync().and_then(|()| self.directory.sync_journal());
        named.map_err(|error| self.poison("begin a segment after", error))?;
        self.file = file;
        self.first = first;
        self.length = 0;
        Ok(())
    }

    /// After a failed write: cuts off what came through, so that it cannot appear later.
    fn give_up_write(&mut self, error: io::Error) -> AppendError {
        if !is_full(&error) {
            return self.poison("write", error);
        }
        let cut = self.file.set_length(self.length).and_then(|()| self.file.sync());
        match cut {
            Ok(()) => AppendError::Full(error.to_string()),
            Err(cutting) => self.poison("cut off a refused write in", cutting),
        }
    }

    fn poison(&mut self, doing: &str, error: io::Error) -> AppendError {
        tracing::error!("cannot {doing} {}: {error}", self.directory.segment(self.first).display());
        // This one goes to clients as well, who need not know where the data directory is.
        let reason = format!("cannot {doing} {}: {error}", segment_name(self.first));
        self.poison = Some(reason.clone());
        AppendError::Poisoned(reason)
    }
}

/// How much memory is kept from batch to batch.
const LINES_BYTES_KEPT: usize = 1024 * 1024;
/// How much room is enough to call writing possible again: the largest book there may be.
const ROOM_TRIED_BYTES: usize = 64 * 1024;

fn follow(after: Revision, entries: &[Arc<Entry>]) -> bool {
    entries.iter().zip(after.0 + 1..).all(|(entry, revision)| entry.revision.0 == revision)
}
