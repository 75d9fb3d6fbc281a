//! A segment of a journal, its lines sealed anew: a start takes it in, says the same each time, or changes nothing.
#![no_main]

use bookstore_fuzz::directory::{ALL, Directory, sealed};
use catalogue::{Catalogue, Revision};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The first byte says whether the seals are left as they are.
    let Some((first, rest)) = bytes.split_first() else { return };
    let segment = if first % 4 == 0 { rest.to_vec() } else { resealed(rest) };
    let directory = Directory::with(&[("journal/00000000000000000001.jsonl", &segment)]);
    let before = directory.files();
    let opened = match directory.open() {
        Ok(opened) => opened,
        Err(error) => {
            assert!(error.to_string().starts_with("/data"), "it says where: {error}");
            assert_eq!(directory.files(), before, "what stops a start changes nothing");
            assert!(directory.verify().is_ok_and(|report| !report.damage.is_empty()), "it is found by verify too");
            return;
        }
    };
    let entries = opened.journal.read(Revision::ZERO, ALL).expect("what a start read is read again");
    let mut state = Catalogue::default();
    entries.iter().for_each(|entry| state.apply(entry));
    assert!(state.books().eq(opened.catalogue.books()), "the state is that of the entries");
    drop(opened.journal);

    let again = directory.open().expect("what was opened once is opened again");
    assert_eq!((again.catalogue, again.notices), (opened.catalogue, Vec::new()));
    assert_eq!(directory.verify().expect("there is something to check").damage, Vec::<String>::new());
});

fn resealed(segment: &[u8]) -> Vec<u8> {
    let lines = segment.split_inclusive(|byte| *byte == b'\n');
    let resealed = lines.flat_map(|line| match line.strip_suffix(b"\n") {
        Some(object) => [&sealed(object), &b"\n"[..]].concat(),
        None => sealed(line),
    });
    resealed.collect()
}
