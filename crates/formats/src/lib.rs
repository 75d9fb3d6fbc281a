//! Files in and out: bytes to drafts with a verdict per row, books to bytes.
//!
//! Reads as a stream with bounded memory; knows nothing of stores, ids in use or the network.

mod export;
mod guard;
mod import;

pub use export::{ExportError, export};
pub use import::{Import, ImportError, Row, RowError, open};

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
