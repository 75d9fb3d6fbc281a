//! Tables: a header, and a book in every row below it.

mod header;
mod layout;
mod names;
mod quotes;
mod records;
mod row;

use std::io::BufRead;

use super::charset::Charset;
use super::decoded::Decoded;
use super::source::Source;
use super::{ImportError, Row, RowError, Turn};
use crate::ROW_BYTES_MAX;
use layout::Layout;
use records::{Record, Records};

/// A table being read.
pub(super) struct Table {
    records: Records<Decoded>,
    record: Record,
    delimiter: u8,
    layout: Layout,
    header_line: u64,
}

impl Table {
    /// Finds out what stands between the cells and which column is what; `usual` is the delimiter where that is open.
    pub(super) fn open(source: &Source, charset: Charset, usual: u8) -> Result<Table, ImportError> {
        let found = header::find(&sample(charset.read(source)?)?, usual)?;
        let mut records = Records::new(charset.read(source)?, found.delimiter);
        let mut record = Record::default();
        for _ in 0..=found.records_above {
            records.read(&mut record)?;
        }
        let header_line = record.line();
        Ok(Table { records, record, delimiter: found.delimiter, layout: found.layout, header_line })
    }

    pub(super) fn header(&self) -> &[String] {
        self.layout.names()
    }

    pub(super) fn unknown(&self) -> &[String] {
        self.layout.unknown()
    }

    pub(super) fn name(&self) -> String {
        let name = match self.delimiter {
            b'\t' => "TSV".into(),
            b',' => "CSV".into(),
            other => format!("CSV with {}", char::from(other)),
        };
        if self.header_line > 1 { format!("{name}, header in line {}", self.header_line) } else { name }
    }

    pub(super) fn next(&mut self) -> Option<Turn> {
        loop {
            match self.records.read(&mut self.record) {
                Err(error) => return Some(Err(error)),
                Ok(false) => return None,
                Ok(true) => {}
            }
            let cells: Vec<&str> = self.record.cells().collect();
            // Spreadsheets save the empty rows below the last book too.
            if cells.iter().any(|cell| !cell.trim().is_empty()) {
                return Some(Ok(self.row(&cells)));
            }
        }
    }

    fn row(&self, cells: &[&str]) -> Result<Row, RowError> {
        let line = self.record.line();
        let as_they_stand = || cells.iter().map(|cell| (*cell).to_owned()).collect();
        match self.check_shape(cells).and_then(|()| row::read(&self.layout, cells)) {
            Ok((draft, found)) => {
                let notes = self.record.notes().iter().cloned().chain(found).collect();
                Ok(Row { line, draft, notes, cells: as_they_stand() })
            }
            Err(reason) => Err(RowError { line, reason, cells: as_they_stand() }),
        }
    }

    /// A row has a cell for every column. Empty ones behind the last are how spreadsheets end a row.
    fn check_shape(&self, cells: &[&str]) -> Result<(), String> {
        if let Some(fault) = self.record.fault() {
            return Err(fault.into());
        }
        let (columns, count) = (self.layout.names().len(), cells.len());
        if count < columns {
            return Err(format!("has {count} cells under {columns} columns: every column needs one, if an empty one"));
        }
        if cells[columns..].iter().any(|cell| !cell.trim().is_empty()) {
            let delimiter = char::from(self.delimiter);
            return Err(format!(
                "has {count} cells under {columns} columns: a cell with {delimiter:?} in it must stand in quotes"
            ));
        }
        Ok(())
    }
}

/// The beginning of the text, in which the header stands whole.
fn sample(mut text: Decoded) -> Result<String, ImportError> {
    let mut sample = String::new();
    while sample.len() <= ROW_BYTES_MAX {
        let more = text.fill_buf()?;
        if more.is_empty() {
            break;
        }
        let bytes = more.len();
        sample.push_str(std::str::from_utf8(more).map_err(|error| ImportError(error.to_string()))?);
        text.consume(bytes);
    }
    Ok(sample)
}
