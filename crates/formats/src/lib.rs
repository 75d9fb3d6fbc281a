//! Files in and out: bytes to drafts with a verdict per row, books to bytes.
//!
//! Reads as a stream with bounded memory; knows nothing of stores, ids in use or the network.
//!
//! # What is read how
//!
//! - **Nothing is guessed silently.** What was repaired, taken out of a longer text or left out is told as a note of its
//!   row; what can be meant in two ways refuses the row; what cannot be followed any further ends the reading.
//! - **Columns under our own names** hold what PROTOCOL.md says, as a spreadsheet writes it ("2008.0"). **Columns under
//!   the names of others** are read as their makers write them: "xii, 345 hlm." in "Halaman" is 345, "c1911" in "date" is
//!   1911.
//! - **A wrong ISBN or an unknown language** does not keep a book out: it is left out and told. Zeros that an ISBN-10 has
//!   lost come back where the check digit then proves it.
//! - **Prices** need a currency: in the cell, in a column of its own or in the header. "79.000" is 79,000 beside "IDR",
//!   whose prices have two decimals, and refused without one.
//! - **Quotes**: a quote that is not closed ends the reading with the line it was opened in. A cell that goes on behind
//!   its closing quote is taken with its quotes, unless a delimiter stands in it.
//! - **JSON** says what it says: null clears a field, an absent member leaves it.

mod export;
mod guard;
mod import;

pub use export::{ExportError, export};
pub use guard::rewritten;
pub use import::{Glance, Import, ImportError, Row, RowError, open};

/// The file formats that are read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Ours, a bare array, or `{"books": […]}`.
    Json,
    /// One book a line.
    JsonLines,
    /// Comma-separated; reading finds out the delimiter.
    Csv,
    /// Tab-separated.
    Tsv,
}

/// The longest row of a table and the largest book of a JSON file that is taken in, in bytes.
///
/// Far above the 64 KiB of a book, because a foreign file has columns that are left out.
pub const ROW_BYTES_MAX: usize = 1 << 20;
