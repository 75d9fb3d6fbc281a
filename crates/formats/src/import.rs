//! Reading.

use std::path::Path;

use catalogue::Draft;

use crate::Format;

/// One row of a file, in order.
#[derive(Clone, Debug)]
pub struct Row {
    /// The line the row begins at, from 1 (JSON arrays: the index of the book from 1, see `Import::unit`).
    pub line: u64,
    /// The row's values under our names; only what the row says: an empty cell and a missing column are absent.
    pub draft: Draft,
    /// What was repaired or left out, a sentence each, e.g. an ISBN kept out because its digits are gone.
    pub notes: Vec<String>,
    /// The row as it stood in the file, cell by cell, for the file of refused rows.
    pub cells: Vec<String>,
}

/// A row that cannot become a draft. The rows behind it go on.
#[derive(Clone, Debug)]
pub struct RowError {
    /// The line, as in [`Row`].
    pub line: u64,
    /// What is wrong, and what would be right.
    pub reason: String,
    /// The row as it stood in the file.
    pub cells: Vec<String>,
}

/// A whole file that cannot be read, or not any further.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ImportError(pub String);

/// A file being read: an iterator over its rows.
pub struct Import {}

/// Opens a file; `format` overrules what its name and first bytes say.
pub fn open(path: &Path, format: Option<Format>) -> Result<Import, ImportError> {
    let _ = (path, format);
    todo!()
}

impl Import {
    /// The names of the columns as they stand in the file; empty for JSON.
    pub fn header(&self) -> &[String] {
        todo!()
    }

    /// Columns or members that nothing is known about, each once, as far as the file has been read.
    pub fn unknown(&self) -> Vec<String> {
        todo!()
    }

    /// Bytes of the file read so far, for progress.
    pub fn bytes_read(&self) -> u64 {
        todo!()
    }

    /// What was found out about the file: encoding, delimiter, format, for the person at the terminal.
    pub fn description(&self) -> String {
        todo!()
    }
}

impl Iterator for Import {
    type Item = Result<Result<Row, RowError>, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        todo!()
    }
}
