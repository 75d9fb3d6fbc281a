//! Writing.

mod table;

use std::io::{self, Write};

use catalogue::Book;

use crate::Format;

/// An export that stopped.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ExportError(pub String);

/// Writes books so that importing the file into an empty store gives the same books.
///
/// What is the store's own and not the book's, `revision` and `updated_at`, is left out: equal catalogues give equal
/// bytes. `books` is gone through twice for a table, whose header names every column.
pub fn export(books: &[Book], format: Format, out: &mut dyn Write) -> Result<(), ExportError> {
    match format {
        Format::Json => json(books, out),
        Format::JsonLines => json_lines(books, out),
        Format::Csv => table::write(books, b',', out),
        Format::Tsv => table::write(books, b'\t', out),
    }
}

/// One document with a book in every line, for people with an editor and for programs alike.
fn json(books: &[Book], out: &mut dyn Write) -> Result<(), ExportError> {
    out.write_all(b"{\"books\": [")?;
    for (index, book) in books.iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        write_book(book, out)?;
    }
    Ok(out.write_all(b"\n]}\n")?)
}

fn json_lines(books: &[Book], out: &mut dyn Write) -> Result<(), ExportError> {
    for book in books {
        write_book(book, out)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// A book without what is the store's own.
fn write_book(book: &Book, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{{\"id\":{}{}}}", book.id(), book.said())
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
