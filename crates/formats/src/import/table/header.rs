//! Where the columns are named, and what stands between them.

use super::layout::Layout;
use super::records::{Record, Records};
use crate::import::ImportError;

/// The header of a table.
pub(super) struct Found {
    pub(super) delimiter: u8,
    /// Rows above the header: a heading of a spreadsheet, or "sep=;".
    pub(super) records_above: usize,
    pub(super) layout: Layout,
}

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// So many rows may stand above the header …
const RECORDS_ABOVE_MAX: usize = 10;
/// … and have so many filled cells: more are a book, and the header is missing.
const CELLS_ABOVE_MAX: usize = 2;
/// So much of a row is shown in an error.
const SHOWN_CHARS_MAX: usize = 100;

/// Finds the header in the beginning of a table. The delimiter is the one with which most of its columns are known;
/// where that decides nothing, `usual`.
pub(super) fn find(sample: &str, usual: u8) -> Result<Found, ImportError> {
    let others = DELIMITERS.into_iter().filter(|delimiter| *delimiter != usual);
    let candidates = std::iter::once(usual).chain(others);
    let mut best: Option<Found> = None;
    for found in candidates.filter_map(|delimiter| find_with(sample, delimiter)) {
        if best.as_ref().is_none_or(|best| found.layout.known() > best.layout.known()) {
            best = Some(found);
        }
    }
    let found = best.ok_or_else(|| missing(sample))?;
    match found.layout.twice() {
        Some(name) => Err(ImportError(format!("the column {name:?} stands twice in the header: rename or remove one"))),
        None => Ok(found),
    }
}

fn find_with(sample: &str, delimiter: u8) -> Option<Found> {
    let mut records = Records::new(sample.as_bytes(), delimiter);
    let mut record = Record::default();
    for records_above in 0..=RECORDS_ABOVE_MAX {
        // An error here is met again, and told, by who reads the whole.
        if !records.read(&mut record).ok()? {
            return None;
        }
        let layout = Layout::of(record.cells());
        if layout.is_header() {
            return Some(Found { delimiter, records_above, layout });
        }
        if record.cells().filter(|cell| !cell.trim().is_empty()).count() > CELLS_ABOVE_MAX {
            return None;
        }
    }
    None
}

fn missing(sample: &str) -> ImportError {
    let first = sample.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let printable = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let mut shown: String = first.chars().take(SHOWN_CHARS_MAX).map(printable).collect();
    if first.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    ImportError(format!(
        "the first row must name the columns, one of them title (or judul), like \
         title,author,publisher,year,isbn; it says: {shown}"
    ))
}
