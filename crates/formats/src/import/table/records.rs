//! The rows of a table, cell by cell, with the lines they really stand in.

use std::io::BufRead;

use csv_core::{ReadFieldResult, Reader, ReaderBuilder};

use super::quotes::Quotes;
use crate::ROW_BYTES_MAX;
use crate::import::ImportError;

/// Reads RFC 4180 and what people make of it. Of one row it holds at most [`ROW_BYTES_MAX`], whatever the file says.
pub(super) struct Records<R> {
    input: R,
    csv: Reader,
    delimiter: u8,
    lines: Lines,
    /// A cell that begins with a quote, as it stands in the file.
    quoted: Vec<u8>,
}

/// One row.
#[derive(Default)]
pub(super) struct Record {
    line: u64,
    /// The cells one behind the other, and room for more behind `written`.
    text: Vec<u8>,
    written: usize,
    /// Where each cell ends in `text`.
    ends: Vec<usize>,
    /// How long the row is in the file.
    bytes: usize,
    fault: Option<String>,
    notes: Vec<String>,
}

/// Counts lines: one ends with LF, CR LF or CR.
#[derive(Clone, Copy, Default)]
struct Lines {
    /// Line ends so far.
    ended: u64,
    after_cr: bool,
    after_end: bool,
}

/// What came behind a cell.
enum Behind {
    Cell,
    Record,
    End,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(input: R, delimiter: u8) -> Self {
        let csv = ReaderBuilder::new().delimiter(delimiter).build();
        Records { input, csv, delimiter, lines: Lines::default(), quoted: Vec::new() }
    }

    /// Reads the next row that is not blank; false at the end.
    pub(super) fn read(&mut self, record: &mut Record) -> Result<bool, ImportError> {
        if !self.skip_blank_lines()? {
            return Ok(false);
        }
        record.begin(self.lines.ended + 1);
        loop {
            match self.cell(record)? {
                Behind::Cell => {}
                Behind::Record => return Ok(true),
                Behind::End => return Ok(false),
            }
        }
    }

    fn skip_blank_lines(&mut self) -> Result<bool, ImportError> {
        loop {
            let input = self.input.fill_buf()?;
            if input.is_empty() {
                return Ok(false);
            }
            let blank = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            let all = blank == input.len();
            self.lines.pass(&input[..blank]);
            self.input.consume(blank);
            if !all {
                return Ok(true);
            }
        }
    }

    fn cell(&mut self, record: &mut Record) -> Result<Behind, ImportError> {
        let opened = self.lines.ended + 1;
        let mut quotes = Quotes::Fresh;
        self.quoted.clear();
        loop {
            let input = self.input.fill_buf()?;
            let (result, read, written) = self.csv.read_field(input, record.spare());
            let raw = &input[..read];
            quotes = quotes.after(raw, self.delimiter);
            if quotes == Quotes::Plain {
                // Such a cell holds no line end, but one may stand behind it: what is before that parts it from an
                // earlier one.
                self.lines.pass(&raw[read.saturating_sub(2)..]);
            } else {
                self.lines.pass(raw);
                self.quoted.extend_from_slice(raw);
            }
            self.input.consume(read);
            record.push(written, read);
            if record.bytes > ROW_BYTES_MAX {
                return Err(too_long(record.line, quotes, opened));
            }
            let behind = match result {
                ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => continue,
                ReadFieldResult::Field { record_end: false } => Behind::Cell,
                ReadFieldResult::Field { record_end: true } => Behind::Record,
                ReadFieldResult::End => return Ok(Behind::End),
            };
            record.close_cell();
            self.check_quotes(quotes, opened, record)?;
            return Ok(behind);
        }
    }

    fn check_quotes(&self, quotes: Quotes, opened: u64, record: &mut Record) -> Result<(), ImportError> {
        let closed = self.lines.ended + u64::from(!self.lines.after_end);
        match quotes {
            Quotes::Fresh | Quotes::Plain | Quotes::Closed => Ok(()),
            Quotes::Open => Err(ImportError(format!(
                "line {opened}: a quote is opened here that is never closed; close it, or write \"\" for a quote in a text"
            ))),
            // What looks like one cell may be many books.
            Quotes::Broken if closed > opened => Err(ImportError(format!(
                "line {opened}: the quote that is opened here is closed in line {closed}, in the middle of a text; \
                 close it where the cell ends, and write \"\" for a quote in a text"
            ))),
            Quotes::Broken => {
                let text = self.quoted.trim_ascii_end();
                let text = text.strip_suffix(&[self.delimiter]).unwrap_or(text);
                record.settle_quotes(text, self.delimiter);
                Ok(())
            }
        }
    }
}

fn too_long(line: u64, quotes: Quotes, opened: u64) -> ImportError {
    let why = match quotes {
        Quotes::Open | Quotes::Broken => format!(", and the quote opened in line {opened} is not closed within that"),
        _ => String::new(),
    };
    ImportError(format!("line {line}: a row is longer than {ROW_BYTES_MAX} bytes{why}; correct it and import again"))
}

impl Record {
    /// The line the row begins in, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        let mut begin = 0;
        self.ends.iter().map(move |end| {
            let cell = &self.text[begin..*end];
            begin = *end;
            std::str::from_utf8(cell).expect("decoded text is cut only at delimiters, quotes and line ends")
        })
    }

    /// What is wrong with its quotes.
    pub(super) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// What is to be said about its quotes.
    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    fn begin(&mut self, line: u64) {
        self.line = line;
        self.ends.clear();
        self.bytes = 0;
        self.written = 0;
        self.fault = None;
        self.notes.clear();
    }

    /// The last cell begins with a quote and goes on behind the closing one. Whoever writes so, knows of no quotes: the
    /// cell is taken as it stands, unless there is a delimiter in it, which could be meant either way.
    fn settle_quotes(&mut self, text: &[u8], delimiter: u8) {
        let cell = self.ends.len();
        if text.contains(&delimiter) {
            let fault = "has text behind the closing quote of cell";
            self.fault = Some(format!("{fault} {cell}: write \"\" for a quote in a text"));
            return;
        }
        self.ends.pop();
        self.written = self.ends.last().copied().unwrap_or_default();
        self.text.truncate(self.written);
        self.text.extend_from_slice(text);
        self.written = self.text.len();
        self.close_cell();
        self.notes.push(format!("cell {cell} goes on behind its closing quote: it was taken with its quotes"));
    }

    /// Room for more of a cell.
    fn spare(&mut self) -> &mut [u8] {
        if self.text.len() - self.written < SPARE_BYTES_MIN {
            self.text.resize((self.text.len() * 2).max(16 * SPARE_BYTES_MIN), 0);
        }
        &mut self.text[self.written..]
    }

    fn push(&mut self, written: usize, read: usize) {
        self.written += written;
        self.bytes += read;
    }

    fn close_cell(&mut self) {
        self.ends.push(self.written);
    }
}

const SPARE_BYTES_MIN: usize = 256;

impl Lines {
    fn pass(&mut self, raw: &[u8]) {
        for byte in raw {
            self.ended += u64::from(*byte == b'\r' || (*byte == b'\n' && !self.after_cr));
            self.after_cr = *byte == b'\r';
            self.after_end = matches!(byte, b'\r' | b'\n');
        }
    }
}
