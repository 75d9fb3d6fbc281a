//! Where in a JSON text the values begin and end. What they hold is for serde_json to judge, one value at a time.

use std::fmt;
use std::io::BufRead;

use crate::ROW_BYTES_MAX;
use crate::import::ImportError;
use crate::import::decoded::Decoded;

/// Deeper than any book, and less deep than serde_json goes.
const DEPTH_MAX: usize = 100;

/// Reads a JSON text value by value, holding one at most.
pub(super) struct Scanner {
    input: Decoded,
    at: Place,
}

/// A place in the text: line and column, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: u64,
    pub(super) column: u64,
}

/// One value as it stands in the text.
pub(super) struct Raw {
    pub(super) begins: Place,
    /// Empty if the value was too long.
    pub(super) text: String,
    pub(super) is_too_long: bool,
}

/// How far within a value.
#[derive(Default)]
struct Inside {
    depth: usize,
    in_text: bool,
    after_backslash: bool,
}

impl Scanner {
    pub(super) fn new(input: Decoded) -> Scanner {
        Scanner { input, at: Place { line: 1, column: 1 } }
    }

    /// Where the next byte stands.
    pub(super) fn place(&self) -> Place {
        self.at
    }

    /// The next byte that is no white space, left in place; `None` at the end.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, ImportError> {
        loop {
            let input = self.input.fill_buf()?;
            if input.is_empty() {
                return Ok(None);
            }
            let blank = input.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
            let next = input.get(blank).copied();
            self.at.pass(&input[..blank]);
            self.input.consume(blank);
            if next.is_some() {
                return Ok(next);
            }
        }
    }

    /// Takes the byte that [`Scanner::peek`] has shown.
    pub(super) fn take(&mut self) {
        self.input.consume(1);
        self.at.column += 1;
    }

    /// The next value, whole. What is no value at all comes back as it is, for serde_json to refuse.
    pub(super) fn value(&mut self) -> Result<Raw, ImportError> {
        self.peek()?;
        let begins = self.at;
        let mut bytes = Vec::new();
        let mut length = 0;
        let mut inside = Inside::default();
        loop {
            let input = self.input.fill_buf()?;
            let (taken, is_whole) = inside.scan(input);
            let is_cut_off = input.is_empty() && (!inside.may_end() || length == 0);
            length += taken;
            if length <= ROW_BYTES_MAX {
                bytes.extend_from_slice(&input[..taken]);
            }
            self.at.pass(&input[..taken]);
            self.input.consume(taken);
            inside.refuse_depth(self.at)?;
            if is_cut_off {
                return Err(cut_off(begins));
            }
            if is_whole && length == 0 {
                return Err(ImportError(format!("{begins}: a value should stand here")));
            }
            if is_whole {
                return Raw::new(begins, bytes, length);
            }
        }
    }
}

fn cut_off(begins: Place) -> ImportError {
    ImportError(format!("the file ends in the middle of what begins at {begins}: it was cut off; get a whole copy"))
}

impl Raw {
    fn new(begins: Place, bytes: Vec<u8>, length: usize) -> Result<Raw, ImportError> {
        let is_too_long = length > ROW_BYTES_MAX;
        let bytes = if is_too_long { Vec::new() } else { bytes };
        let text = String::from_utf8(bytes).map_err(|error| ImportError(format!("{begins}: {error}")))?;
        Ok(Raw { begins, text, is_too_long })
    }

    /// Whether this is JSON, whatever it means; else where it is not.
    pub(super) fn check(&self) -> Result<(), ImportError> {
        if self.is_too_long {
            return Ok(());
        }
        match serde_json::from_str::<serde::de::IgnoredAny>(&self.text) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.error(&error)),
        }
    }

    fn error(&self, error: &serde_json::Error) -> ImportError {
        let (line, column) = (error.line().max(1) as u64, error.column().max(1) as u64);
        let place = Place {
            line: self.begins.line + line - 1,
            column: if line == 1 { self.begins.column + column - 1 } else { column },
        };
        ImportError(format!("{place}: this is not JSON: {}", message(error)))
    }
}

/// What serde_json says, without the place, which counts from the beginning of the value.
pub(super) fn message(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.rsplit_once(" at line ").map_or(message.clone(), |(message, _)| message.to_owned())
}

impl Inside {
    /// How many bytes of `input` belong to the value, and whether it ends there.
    fn scan(&mut self, input: &[u8]) -> (usize, bool) {
        for (index, byte) in input.iter().enumerate() {
            if self.in_text {
                match byte {
                    _ if self.after_backslash => self.after_backslash = false,
                    b'\\' => self.after_backslash = true,
                    b'"' => self.in_text = false,
                    _ => continue,
                }
                if !self.in_text && self.depth == 0 {
                    return (index + 1, true);
                }
                continue;
            }
            match byte {
                b'"' => self.in_text = true,
                b'{' | b'[' if self.depth > DEPTH_MAX => return (index, false),
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth == 0 => return (index, true),
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return (index + 1, true);
                    }
                }
                b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' if self.depth == 0 => return (index, true),
                _ => {}
            }
        }
        (input.len(), input.is_empty())
    }

    fn may_end(&self) -> bool {
        self.depth == 0 && !self.in_text
    }

    fn refuse_depth(&self, at: Place) -> Result<(), ImportError> {
        if self.depth <= DEPTH_MAX {
            return Ok(());
        }
        Err(ImportError(format!(
            "{at}: lists and objects lie more than {DEPTH_MAX} deep within each other, as in no list of books"
        )))
    }
}

impl Place {
    fn pass(&mut self, bytes: &[u8]) {
        match bytes.iter().rposition(|byte| *byte == b'\n') {
            None => self.column += bytes.len() as u64,
            Some(last) => {
                self.line += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
                self.column = (bytes.len() - last) as u64;
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}
