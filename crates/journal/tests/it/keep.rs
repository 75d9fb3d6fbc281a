//! Old entries are dropped by whole segments, and never the last ones.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use catalogue::{Revision, Timestamp};
use journal::testing::FaultyDisk;
use journal::{Disk, OpenOptions, ReadError, verify_on};

use crate::fixture::{ALL, Author, read};
use crate::history::{DATA, open_with};

/// Entries are as old as their revision says: at time 150, entry 100 is 50 s old.
fn keep(seconds: u64) -> OpenOptions {
    OpenOptions {
        keep: Some(Duration::from_secs(seconds)),
        entries_kept_min: 10,
        segment_bytes: 2 * 1024,
        now: || Timestamp(150),
        ..OpenOptions::default()
    }
}

/// A hundred books in as many batches, then a snapshot; returns the first revision of each segment before and after it.
fn shop(disk: &FaultyDisk, options: OpenOptions) -> (Author, Vec<u64>, Vec<u64>) {
    let journal = open_with(disk, options).unwrap().journal;
    let mut author = Author::default();
    for after in 0..100 {
        journal.append(Revision(after), &author.books(1)).unwrap();
    }
    let before = segments(disk);
    journal.save(&author.state).unwrap();
    (author, before, segments(disk))
}

fn segments(disk: &FaultyDisk) -> Vec<u64> {
    let names = disk.list(&Path::new(DATA).join("journal")).unwrap();
    names.iter().filter_map(|name| name.strip_suffix(".jsonl")?.parse().ok()).collect()
}

#[test]
fn without_the_option_everything_is_kept() {
    let disk = FaultyDisk::new();
    let (_, before, after) = shop(&disk, OpenOptions { keep: None, ..keep(0) });
    assert!(before.len() > 10);
    assert_eq!(before, after);
}

#[test]
fn segments_go_once_all_their_entries_are_old_and_a_snapshot_has_them() {
    let disk = FaultyDisk::new();
    let (author, before, after) = shop(&disk, keep(100));
    let oldest = after[0] - 1;
    assert!(after.len() < before.len() && before.ends_with(&after));
    assert!(oldest < 50 && *before.iter().find(|first| **first > after[0]).unwrap() > 50, "{before:?} {after:?}");

    let opened = open_with(&disk, keep(100)).unwrap();
    let journal = opened.journal.as_ref();
    assert_eq!((opened.catalogue, journal.oldest()), (author.state, Revision(oldest)));
    assert_eq!(read(journal, oldest)[0].revision, Revision(oldest + 1));
    let gone = journal.read(Revision(oldest - 1), ALL).unwrap_err();
    assert!(matches!(gone, ReadError::Gone { asked, oldest: at } if asked.0 == oldest - 1 && at.0 == oldest), "{gone}");
    assert_eq!(verify_on(Arc::new(disk), Path::new(DATA)).unwrap().damage, Vec::<String>::new());
}

#[test]
fn the_last_entries_stay_however_old() {
    let (_, _, after) = shop(&FaultyDisk::new(), keep(0));
    assert!((80..=91).contains(&after[0]), "{after:?}");
    let (_, before, after) = shop(&FaultyDisk::new(), OpenOptions { entries_kept_min: 1_000, ..keep(0) });
    assert_eq!(before, after);
}

#[test]
fn what_the_snapshot_does_not_cover_stays() {
    let disk = FaultyDisk::new();
    let journal = open_with(&disk, keep(0)).unwrap().journal;
    let mut author = Author::default();
    journal.append(Revision(0), &author.books(30)).unwrap();
    let early = author.state.clone();
    for after in 30..100 {
        journal.append(Revision(after), &author.books(1)).unwrap();
    }
    journal.save(&early).unwrap();
    assert_eq!(segments(&disk)[0], 31);
    assert_eq!(open_with(&disk, keep(0)).unwrap().catalogue, author.state);
}

#[test]
fn a_reader_in_old_entries_is_told_when_they_go() {
    let disk = FaultyDisk::new();
    let journal = open_with(&disk, keep(0)).unwrap().journal;
    let mut author = Author::default();
    for after in 0..50 {
        journal.append(Revision(after), &author.books(1)).unwrap();
    }
    assert_eq!(read(journal.as_ref(), 0).len(), 50);
    journal.save(&author.state).unwrap();
    assert!(matches!(journal.read(Revision(0), ALL), Err(ReadError::Gone { .. })));
    assert!(journal.oldest() > Revision(0));
}

#[test]
fn what_has_lost_lines_is_not_dropped_as_if_it_were_whole() {
    let (_, before, after) = shop(&FaultyDisk::new(), keep(0));
    let last_to_go = before[before.len() - after.len() - 1];
    let disk = FaultyDisk::new();
    let journal = open_with(&disk, keep(0)).unwrap().journal;
    let mut author = Author::default();
    for after in 0..100 {
        journal.append(Revision(after), &author.books(1)).unwrap();
    }
    disk.tamper(&Path::new(DATA).join(format!("journal/{last_to_go:020}.jsonl")), |bytes| {
        let end = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap();
        bytes.truncate(end + 1);
    });
    journal.save(&author.state).unwrap();
    assert_eq!(segments(&disk), before, "the lines that are left are all that can tell what is missing");
}
