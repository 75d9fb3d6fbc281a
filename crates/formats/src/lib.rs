//! Files in and out: bytes to drafts with a verdict per row, books to bytes.
//!
//! Reads as a stream with bounded memory; knows nothing of stores, ids in use or the network.

mod export;
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
