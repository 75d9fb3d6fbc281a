//! A `books.json` of another program's making: every book is taken over and the file kept, or nothing is changed.
#![no_main]

use bookstore_fuzz::directory::Directory;
use catalogue::Revision;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let directory = Directory::with(&[("books.json", bytes)]);
    let before = directory.files();
    let opened = match directory.open() {
        Ok(opened) => opened,
        Err(error) => {
            assert!(error.to_string().contains("/data"), "it says where: {error}");
            assert_eq!(directory.files(), before, "what stops a start changes nothing");
            return;
        }
    };
    assert_eq!(opened.catalogue.revision(), Revision(1));
    assert_eq!(directory.contents("books.json.original").as_deref(), Some(bytes), "the file is kept");
    assert_eq!(directory.contents("books.json"), directory.contents("journal/base.json"));
    if let Some(count) = books(bytes) {
        assert_eq!(opened.catalogue.len(), count, "every book is kept");
    }
    drop(opened.journal);
    let again = directory.open().expect("what was taken over is opened again");
    assert_eq!((again.catalogue, again.notices), (opened.catalogue, Vec::new()));
});

/// How many books stand in the file, as a plain reader of JSON sees it.
fn books(bytes: &[u8]) -> Option<usize> {
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let file: Value = serde_json::from_slice(text).ok()?;
    Some(file.as_array().or_else(|| file["books"].as_array())?.len())
}
