//! Files for the tests, and how what was read of them is shown.

use std::fmt::Write;
use std::path::PathBuf;

use expect_test::Expect;
use formats::{Format, Import, ImportError, Row, RowError};
use tempfile::TempDir;

/// A file in a folder of its own, gone with it.
pub(crate) struct File {
    _folder: TempDir,
    pub(crate) path: PathBuf,
}

pub(crate) fn file(name: &str, content: impl AsRef<[u8]>) -> File {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    File { _folder: folder, path }
}

/// Opens a file of that name and content.
pub(crate) fn open(name: &str, content: impl AsRef<[u8]>) -> Result<Import, ImportError> {
    formats::open(&file(name, content).path, None)
}

/// All that is read of a file, a line each: rows with their number and draft, their notes, refused rows, the error.
pub(crate) fn shown(name: &str, content: impl AsRef<[u8]>) -> String {
    shown_as(name, content, None)
}

pub(crate) fn shown_as(name: &str, content: impl AsRef<[u8]>, format: Option<Format>) -> String {
    let file = file(name, content);
    let mut text = String::new();
    let mut import = match formats::open(&file.path, format) {
        Ok(import) => import,
        Err(error) => return format!("error: {error}\n"),
    };
    for turn in import.by_ref() {
        match turn {
            Ok(Ok(Row { line, draft, notes, .. })) => {
                writeln!(text, "{line} {}", serde_json::to_string(&draft).unwrap()).unwrap();
                notes.iter().for_each(|note| writeln!(text, "  {note}").unwrap());
            }
            Ok(Err(RowError { line, reason, .. })) => writeln!(text, "{line} refused: {reason}").unwrap(),
            Err(error) => writeln!(text, "error: {error}").unwrap(),
        }
    }
    if !import.unknown().is_empty() {
        writeln!(text, "unknown: {}", import.unknown().join(", ")).unwrap();
    }
    check_glances(&file, format);
    text
}

/// A first look at a file finds as many rows, those with an id, the same unknown members and the same end.
fn check_glances(file: &File, format: Option<Format>) {
    let [mut read, mut glanced] = [(); 2].map(|()| formats::open(&file.path, format).unwrap());
    let mut is_any_refused = false;
    loop {
        match (read.next(), glanced.glance()) {
            (None, None) => break,
            (Some(Err(one)), Some(Err(other))) => assert_eq!(one.to_string(), other.to_string()),
            (Some(Ok(Ok(row))), Some(Ok(glance))) => assert_eq!(row.names_id(), glance.names_id, "{row:?}"),
            // What is wrong with a row, the first look does not tell.
            (Some(Ok(Err(_))), Some(Ok(_))) => is_any_refused = true,
            (one, other) => panic!("{one:?} is taken for {other:?}"),
        }
    }
    assert!(is_any_refused || read.unknown() == glanced.unknown(), "{:?}", glanced.unknown());
    assert!(read.unknown().iter().all(|name| glanced.unknown().contains(name)), "{:?}", glanced.unknown());
}

/// Compares what is read of a CSV file.
#[track_caller]
pub(crate) fn check_csv(content: impl AsRef<[u8]>, expected: Expect) {
    expected.assert_eq(&shown("a.csv", content));
}

/// The only row of a table with one column: its value of `field`, and the notes.
#[track_caller]
pub(crate) fn cell(column: &str, cell: &str, field: &str) -> (serde_json::Value, Vec<String>) {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["title", column]).unwrap();
    table.write_record(["t", cell]).unwrap();
    let mut import = open("a.csv", table.into_inner().unwrap()).unwrap();
    let row = import.next().unwrap().unwrap().unwrap();
    (row.draft.members().get(field).cloned().unwrap_or_default(), row.notes)
}
