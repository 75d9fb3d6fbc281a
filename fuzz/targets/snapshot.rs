//! A snapshot, sealed anew, as base and as `books.json`: a start takes it in and writes the same, or changes nothing.
#![no_main]

use bookstore_fuzz::directory::{Directory, sealed};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let snapshot = if first % 4 == 0 { rest.to_vec() } else { sealed(rest) };
    let directory = match first % 8 < 4 {
        true => Directory::with(&[("journal/base.json", &snapshot)]),
        false => Directory::with(&[("journal/base.json", &snapshot), ("books.json", &snapshot)]),
    };
    let before = directory.files();
    let opened = match directory.open() {
        Ok(opened) => opened,
        Err(error) => {
            assert!(error.to_string().starts_with("/data"), "it says where: {error}");
            assert_eq!(directory.files(), before, "what stops a start changes nothing");
            return;
        }
    };
    opened.journal.save(&opened.catalogue).expect("the disk has no faults");
    drop(opened.journal);
    let again = directory.open().expect("what was opened once is opened again");
    assert_eq!((again.catalogue, again.saved), (opened.catalogue, opened.saved));
});
