//! Reading.

mod charset;
mod decoded;
mod foreign;
mod json;
mod source;
mod table;
mod value;

use std::io;
use std::path::Path;

use catalogue::Draft;

use crate::Format;
use charset::Charset;
use json::{Document, Lines};
use source::Source;
use table::Table;

/// One row of a file, in order.
#[derive(Clone, Debug)]
pub struct Row {
    /// The line the row begins at, from 1; in a JSON document the index of the book, from 1. See [`Import::unit`].
    pub line: u64,
    /// The row's values under our names; only what the row says: an empty cell and a missing column are absent.
    pub draft: Draft,
    /// What was repaired or left out, a sentence each, e.g. an ISBN kept out because its digits are gone.
    pub notes: Vec<String>,
    /// The row as it stood in the file, cell by cell, for the file of refused rows; a book of a JSON file is one cell.
    pub cells: Vec<String>,
}

/// What must be known of all rows before the first one is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Glance {
    /// Whether the row says which book it is by our own number.
    pub names_id: bool,
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

/// What a file yields, again and again: a row, a row that is none, or the end of all reading.
type Turn = Result<Result<Row, RowError>, ImportError>;

/// A file being read: an iterator over its rows.
///
/// Rows come as a stream, so damage further on is not known while the first ones are taken. Whoever must not stop half
/// way reads the file to its end once before doing anything: that costs no memory, and little time.
pub struct Import {
    rows: Rows,
    description: String,
    ended: bool,
}

enum Rows {
    Table(Box<Table>),
    Document(Document),
    Lines(Lines),
}

/// Opens a file; `format` overrules what its name and first bytes say.
///
/// A table without a byte order mark is read to its end here, to find out how its letters are encoded.
pub fn open(path: &Path, format: Option<Format>) -> Result<Import, ImportError> {
    let source = Source::open(path)?;
    let start = source.start(START_BYTES)?;
    let marked = Charset::from_start(&start);
    let text = marked.unwrap_or(Charset::UTF_8).lossy(&start);
    if start.is_empty() || text.trim().is_empty() {
        return Err(ImportError("the file is empty: there is nothing to import".into()));
    }
    let format = match format {
        Some(format) => format,
        None => foreign::format_of(&start, &text, path)?,
    };
    let charset = match (format, marked) {
        (_, Some(charset)) => charset,
        (Format::Json | Format::JsonLines, None) => Charset::UTF_8,
        (Format::Csv | Format::Tsv, None) => Charset::of(&source)?,
    };
    let rows = match format {
        Format::Json => Rows::Document(Document::new(charset.read(&source)?)),
        Format::JsonLines => Rows::Lines(Lines::new(charset.read(&source)?)),
        Format::Csv => Rows::Table(Box::new(Table::open(&source, charset, b',')?)),
        Format::Tsv => Rows::Table(Box::new(Table::open(&source, charset, b'\t')?)),
    };
    let description = format!("{}, {charset}{}", rows.name(), if source.is_packed() { ", gzip" } else { "" });
    Ok(Import { rows, description, ended: false })
}

/// So much of a file's beginning says what it is, and where its columns are named.
const START_BYTES: u64 = 64 * 1024;

impl Import {
    /// Passes over the next row, to learn whether the file can be read and what it consists of. A row that is none is
    /// passed over as well: what is wrong with it is told where it is read.
    pub fn glance(&mut self) -> Option<Result<Glance, ImportError>> {
        if self.ended {
            return None;
        }
        let glance = match &mut self.rows {
            Rows::Lines(lines) => lines.glance(),
            Rows::Table(_) | Rows::Document(_) => self.next().map(|turn| turn.map(|row| Glance::of(&row))),
        };
        self.ended = !matches!(glance, Some(Ok(_)));
        glance
    }

    /// The names of the columns as they stand in the file; empty for JSON.
    pub fn header(&self) -> &[String] {
        match &self.rows {
            Rows::Table(table) => table.header(),
            Rows::Document(_) | Rows::Lines(_) => &[],
        }
    }

    /// Columns or members that nothing is known about, each once, as far as the file has been read.
    pub fn unknown(&self) -> Vec<String> {
        match &self.rows {
            Rows::Table(table) => table.unknown().to_vec(),
            Rows::Document(document) => document.unknown().to_vec(),
            Rows::Lines(lines) => lines.unknown().to_vec(),
        }
    }

    /// What was found out about the file: encoding, delimiter, format, for the person at the terminal.
    pub fn description(&self) -> String {
        self.description.clone()
    }

    /// What [`Row::line`] counts: "line", or "book" in a JSON document.
    pub fn unit(&self) -> &'static str {
        match &self.rows {
            Rows::Table(_) | Rows::Lines(_) => "line",
            Rows::Document(_) => "book",
        }
    }
}

impl Glance {
    fn of(row: &Result<Row, RowError>) -> Self {
        Glance { names_id: row.as_ref().is_ok_and(Row::names_id) }
    }
}

impl Row {
    /// Whether it says which book it is by our own number.
    pub fn names_id(&self) -> bool {
        self.draft.members().get("id").is_some_and(|id| !id.is_null())
    }
}

impl Iterator for Import {
    type Item = Turn;

    fn next(&mut self) -> Option<Turn> {
        if self.ended {
            return None;
        }
        let turn = match &mut self.rows {
            Rows::Table(table) => table.next(),
            Rows::Document(document) => document.next(),
            Rows::Lines(lines) => lines.next(),
        };
        self.ended = !matches!(turn, Some(Ok(_)));
        turn
    }
}

impl Rows {
    fn name(&self) -> String {
        match self {
            Rows::Table(table) => table.name(),
            Rows::Document(_) => "JSON".into(),
            Rows::Lines(_) => "JSON Lines".into(),
        }
    }
}

impl From<io::Error> for ImportError {
    fn from(error: io::Error) -> Self {
        ImportError(error.to_string())
    }
}
