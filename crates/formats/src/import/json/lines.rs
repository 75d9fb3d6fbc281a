//! JSON Lines: a book a line, and a bad line keeps out no other.

use std::io::BufRead;

use super::book::{self, Unknown};
use crate::ROW_BYTES_MAX;
use crate::import::decoded::Decoded;
use crate::import::{Glance, ImportError, Turn};

/// A file of JSON Lines being read.
pub(in crate::import) struct Lines {
    input: Decoded,
    line: u64,
    text: Vec<u8>,
    unknown: Unknown,
}

/// How a line was read.
enum Line {
    Whole,
    TooLong,
    End,
}

impl Lines {
    pub(in crate::import) fn new(input: Decoded) -> Lines {
        Lines { input, line: 0, text: Vec::new(), unknown: Unknown::default() }
    }

    pub(in crate::import) fn unknown(&self) -> &[String] {
        self.unknown.names()
    }

    pub(in crate::import) fn next(&mut self) -> Option<Turn> {
        self.next_by(|line, text, unknown| match text {
            Some(text) => book::read(line, text, unknown),
            None => Err(book::too_long(line)),
        })
    }

    /// The next row as far as a first look tells.
    pub(in crate::import) fn glance(&mut self) -> Option<Result<Glance, ImportError>> {
        self.next_by(|_, text, unknown| text.map(|text| book::glance(text, unknown)).unwrap_or_default())
    }

    /// What `read` makes of the next line that is not blank; of one that is too long it gets only the number.
    fn next_by<T>(
        &mut self,
        read: impl FnOnce(u64, Option<&str>, &mut Unknown) -> T,
    ) -> Option<Result<T, ImportError>> {
        loop {
            match self.read_line() {
                Err(error) => return Some(Err(error)),
                Ok(Line::End) => return None,
                Ok(Line::TooLong) => return Some(Ok(read(self.line, None, &mut self.unknown))),
                Ok(Line::Whole) => {}
            }
            let text = match std::str::from_utf8(&self.text) {
                Ok(text) => text.trim(),
                Err(error) => return Some(Err(ImportError(error.to_string()))),
            };
            if !text.is_empty() {
                return Some(Ok(read(self.line, Some(text), &mut self.unknown)));
            }
        }
    }

    /// Reads one line into `text`, no more of it than may be.
    fn read_line(&mut self) -> Result<Line, ImportError> {
        self.text.clear();
        let mut length = 0;
        loop {
            let input = self.input.fill_buf()?;
            let end = memchr::memchr(b'\n', input);
            let taken = end.map_or(input.len(), |end| end + 1);
            if taken == 0 && length == 0 {
                return Ok(Line::End);
            }
            length += taken;
            if length <= ROW_BYTES_MAX {
                self.text.extend_from_slice(&input[..taken]);
            }
            self.input.consume(taken);
            if end.is_some() || taken == 0 {
                self.line += 1;
                return Ok(if length > ROW_BYTES_MAX { Line::TooLong } else { Line::Whole });
            }
        }
    }
}
