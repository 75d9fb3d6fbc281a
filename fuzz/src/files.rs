//! Files to import.

use std::io::Write;
use std::path::PathBuf;

use catalogue::{Book, BookId};
use formats::{Format, ROW_BYTES_MAX, Row};
use tempfile::TempDir;

use crate::books::book;

/// What a reading came to.
#[derive(Debug, Default)]
pub struct Read {
    pub rows: Vec<Row>,
    /// The lines that were refused.
    pub refused: Vec<u64>,
    pub error: Option<String>,
}

/// Reads a file of that name and content to its end.
pub fn read(name: &str, content: &[u8], format: Option<Format>) -> Read {
    let file = File::with(name, content);
    let mut read = Read::default();
    let import = match formats::open(&file.path, format) {
        Ok(import) => import,
        Err(error) => return Read { error: Some(error.0), ..read },
    };
    let mut last = 0;
    for turn in import {
        let line = match turn {
            Ok(Ok(row)) => {
                let line = row.line;
                read.rows.push(row);
                line
            }
            Ok(Err(refused)) => {
                assert!(!refused.reason.is_empty(), "a refusal has a reason");
                read.refused.push(refused.line);
                refused.line
            }
            Err(error) => {
                read.error = Some(error.0);
                continue;
            }
        };
        assert!(line > last, "line {line} follows line {last}");
        last = line;
    }
    assert!(read.error.as_ref().is_none_or(|error| !error.is_empty()), "an error says what it is");
    read
}

/// Reads a file; then writes the books that were accepted and reads those again, in the format that `choice` chooses.
pub fn check(name: &str, content: &[u8], format: Option<Format>, choice: u8) {
    let read = read(name, content, format);
    assert!(read.rows.iter().flat_map(|row| &row.cells).all(|cell| cell.len() <= 4 * ROW_BYTES_MAX));
    let details = read.rows.into_iter().filter_map(|row| Some(row.draft.check().ok()?.1));
    let books: Vec<Book> = (1..).map(BookId).zip(details).map(|(id, details)| book(id, details)).collect();
    match choice % 3 {
        0 => check_round_trip(&books, Format::Csv, "a.csv"),
        1 => check_round_trip(&books, Format::Tsv, "a.tsv"),
        _ => check_round_trip(&books, Format::Json, "a.json"),
    }
}

fn check_round_trip(books: &[Book], format: Format, name: &str) {
    let mut content = Vec::new();
    formats::export(books, format, &mut content).expect("memory does not fail");
    let again = read(name, &content, None);
    assert!(again.error.is_none() && again.refused.is_empty(), "an export is taken in: {again:?}");
    let drafts = again.rows.iter().map(|row| row.draft.check().expect("what was accepted once is accepted"));
    let books_again = drafts.map(|(id, details)| book(id.expect("an export has ids"), details));
    assert!(books_again.eq(books.iter().cloned()), "{}", String::from_utf8_lossy(&content));
}

/// A file in a folder of its own, gone with it.
struct File {
    _folder: TempDir,
    path: PathBuf,
}

impl File {
    fn with(name: &str, content: &[u8]) -> File {
        // In memory, where there is such a place: a disk would be the slowest part of it.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("there is a place");
        let path = folder.path().join(name);
        let mut file = std::fs::File::create(&path).expect("the folder is ours");
        file.write_all(content).expect("there is room");
        File { _folder: folder, path }
    }
}
