//! Writing.

use std::io::Write;
use std::sync::Arc;

use catalogue::Book;

use crate::Format;

/// An export that stopped.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ExportError(pub String);

/// Writes books so that importing the file into an empty store gives the same books.
pub fn export(books: &[Arc<Book>], format: Format, out: &mut dyn Write) -> Result<(), ExportError> {
    let _ = (books, format, out);
    todo!()
}
