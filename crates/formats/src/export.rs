//! Writing.

mod table;

use std::io::{self, Write};
use std::sync::Arc;

use catalogue::{Book, BookId, Details};
use serde::Serialize;

use crate::Format;

/// An export that stopped.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ExportError(pub String);

/// Writes books so that importing the file into an empty store gives the same books.
///
/// What is the store's own and not the book's, `revision` and `updated_at`, is left out: equal catalogues give equal
/// bytes. `books` is gone through twice for a table, whose header names every column.
pub fn export(books: &[Arc<Book>], format: Format, out: &mut dyn Write) -> Result<(), ExportError> {
    match format {
        Format::Json => json(books, out),
        Format::JsonLines => json_lines(books, out),
        Format::Csv => table::write(books, b',', out),
        Format::Tsv => table::write(books, b'\t', out),
    }
}

/// A book without what is the store's own.
#[derive(Serialize)]
struct Exported<'a> {
    id: BookId,
    #[serde(flatten)]
    details: &'a Details,
}

impl<'a> Exported<'a> {
    fn of(book: &'a Book) -> Self {
        Exported { id: book.id, details: &book.details }
    }
}

/// One document with a book in every line, for people with an editor and for programs alike.
fn json(books: &[Arc<Book>], out: &mut dyn Write) -> Result<(), ExportError> {
    out.write_all(b"{\"books\": [")?;
    for (index, book) in books.iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &Exported::of(book))?;
    }
    Ok(out.write_all(b"\n]}\n")?)
}

fn json_lines(books: &[Arc<Book>], out: &mut dyn Write) -> Result<(), ExportError> {
    for book in books {
        serde_json::to_writer(&mut *out, &Exported::of(book))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> Self {
        ExportError(error.to_string())
    }
}

impl From<serde_json::Error> for ExportError {
    fn from(error: serde_json::Error) -> Self {
        ExportError(error.to_string())
    }
}

impl From<csv::Error> for ExportError {
    fn from(error: csv::Error) -> Self {
        ExportError(error.to_string())
    }
}
