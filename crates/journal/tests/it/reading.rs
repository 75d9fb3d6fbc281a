//! Reading from anywhere costs what is asked for.

use std::path::Path;

use catalogue::{BookId, Revision};
use journal::testing::FaultyDisk;
use journal::{Disk, OpenOptions, ReadError, ReadLimit};
use serde_json::json;

use crate::fixture::{ALL, Author, create, options, read, set};
use crate::history::{DATA, open_with};

fn one_segment() -> OpenOptions {
    OpenOptions { segment_bytes: u64::MAX, ..options() }
}

#[test]
fn a_few_entries_of_a_large_segment_are_read_without_the_others() {
    let disk = FaultyDisk::new();
    let journal = open_with(&disk, one_segment()).unwrap().journal;
    let mut author = Author::default();
    for after in (0..20_000).step_by(500) {
        journal.append(Revision(after), &author.books(500)).unwrap();
        journal.rest();
    }
    let few = ReadLimit { entries: 3, bytes: usize::MAX };
    for after in [0, 1, 4_567, 10_000, 19_990, 19_999] {
        let before = disk.operations();
        let found = journal.read(Revision(after), few).unwrap();
        assert_eq!(found[0].revision, Revision(after + 1));
        let operations = disk.operations() - before;
        assert!(operations < 30, "{operations} reads for what stands behind {after}");
    }
}

#[test]
fn lines_longer_than_what_is_read_at_once_are_found_too() {
    let disk = FaultyDisk::new();
    let journal = open_with(&disk, one_segment()).unwrap().journal;
    let mut author = Author::default();
    let mut entries = Vec::new();
    for number in 0..12 {
        let large: Vec<_> = (0..30).map(|_| create(&"ü".repeat(900))).collect();
        let batch = [author.entry(large), author.entry(vec![create(&format!("small {number}"))])];
        journal.append(Revision(number * 2), &batch).unwrap();
        entries.extend(batch);
    }
    for after in 0..24 {
        let found = journal.read(Revision(after), ReadLimit { entries: 1, bytes: 0 }).unwrap();
        assert_eq!(found, entries[after as usize..][..1]);
    }
    assert_eq!(open_with(&disk, one_segment()).unwrap().catalogue, author.state);
}

#[test]
fn a_damaged_line_is_named_by_who_meets_it_and_hides_nothing_else() {
    let disk = FaultyDisk::new();
    let journal = open_with(&disk, one_segment()).unwrap().journal;
    let mut author = Author::default();
    journal.append(Revision(0), &author.books(2_000)).unwrap();
    let segment = Path::new(DATA).join("journal/00000000000000000001.jsonl");
    disk.tamper(&segment, |bytes| {
        let place = bytes.split_inclusive(|byte| *byte == b'\n').take(999).map(<[u8]>::len).sum::<usize>();
        bytes[place + 20] ^= 1;
    });
    let error = journal.read(Revision(990), ALL).unwrap_err();
    assert!(matches!(&error, ReadError::Fault(text) if text.contains("01.jsonl, line 1000:")), "{error}");
    assert_eq!(journal.read(Revision(10), ReadLimit { entries: 100, bytes: usize::MAX }).unwrap().len(), 100);
    assert_eq!(read(journal.as_ref(), 1_900).len(), 100);
}

#[test]
fn a_segment_that_a_start_did_not_read_is_missed_by_who_reads_it() {
    let disk = FaultyDisk::new();
    let small = OpenOptions { entries_kept_min: 5, ..options() };
    let journal = open_with(&disk, small.clone()).unwrap().journal;
    let mut author = Author::default();
    for after in 0..100 {
        journal.append(Revision(after), &author.books(1)).unwrap();
    }
    journal.save(&author.state).unwrap();
    let segments = disk.files().into_iter().filter(|path| path.extension().is_some_and(|end| end == "jsonl"));
    disk.remove(&segments.collect::<Vec<_>>()[2]).unwrap();
    let journal = open_with(&disk, small).unwrap().journal;
    let error = journal.read(Revision(0), ALL).unwrap_err();
    assert!(matches!(&error, ReadError::Fault(text) if text.contains("stands where")), "{error}");
    assert_eq!(read(journal.as_ref(), 90).len(), 10);
}

/// Only what is synced is read: a batch that is being written, or that failed, is seen by nobody.
#[test]
fn what_is_not_durable_is_not_read() {
    let disk = FaultyDisk::new();
    let journal = open_with(&disk, one_segment()).unwrap().journal;
    let mut author = Author::default();
    journal.append(Revision(0), &author.books(3)).unwrap();
    disk.fail_at(disk.operations() + 1, journal::testing::Failure::Error(std::io::ErrorKind::Other));
    journal.append(Revision(3), &author.books(3)).unwrap_err();
    assert_eq!(read(journal.as_ref(), 0).len(), 3);
}

#[test]
fn segments_may_be_as_small_as_a_batch() {
    let disk = FaultyDisk::new();
    let mut author = Author::default();
    for number in 0..5 {
        let options = OpenOptions { segment_bytes: 0, ..options() };
        let journal = open_with(&disk, options).unwrap().journal;
        journal.rest();
        journal.append(Revision(number * 2), &author.books(2)).unwrap();
        journal.rest();
    }
    let journal = open_with(&disk, one_segment()).unwrap().journal;
    assert_eq!(read(journal.as_ref(), 0).len(), 10);
    assert_eq!(disk.files().len(), 5 + 2, "five segments beside the base and the snapshot");
}

#[test]
fn an_entry_keeps_every_field_and_every_former_value() {
    let disk = FaultyDisk::new();
    let journal = open_with(&disk, one_segment()).unwrap().journal;
    let mut author = Author::default();
    let all = json!({"title": "Ἰλιάς \u{1F40E} \"quoted\" \\ \u{2028}", "author": "Ὅμηρος", "year": -750, "pages": 600,
        "isbn": "9789793062792", "language": "grc", "subjects": ["Fiction", "Epic"], "series": "s", "shelf": "A-3",
        "barcode": "2000001", "stock": 3, "price": {"amount": "79000", "currency": "IDR"}, "extra": {"a": "=1", "b": "\n"}});
    let entries = [
        author.entry(vec![create("x")]),
        author.request("r", vec![set(1, all)]),
        author.entry(vec![set(1, json!({"subjects": null, "price": null, "extra": null, "year": null}))]),
        author.entry(vec![crate::fixture::delete(1)]),
    ];
    journal.append(Revision(0), &entries).unwrap();
    assert_eq!(read(journal.as_ref(), 0), entries);
    assert!(author.state.was_deleted(BookId(1)));
}
