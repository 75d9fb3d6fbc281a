//! What every journal promises: one suite, run for each of them.

use std::sync::{Arc, Mutex};

use catalogue::{Catalogue, Revision};
use journal::{AppendError, FileJournal, MemoryJournal, Opened, ReadLimit};
use tempfile::TempDir;

use crate::fixture::{ALL, Author, create, options, read, rng};

/// A journal that can be opened again after it was dropped.
trait Subject {
    fn open(&self) -> Opened;
}

impl Subject for MemoryJournal {
    fn open(&self) -> Opened {
        MemoryJournal::open(self)
    }
}

impl Subject for TempDir {
    fn open(&self) -> Opened {
        FileJournal::open(&self.path().join("data"), options()).expect("the directory is sound")
    }
}

macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod memory {
            $(#[test] fn $name() { super::$name(&journal::MemoryJournal::new("store")); })*
        }
        mod file {
            $(#[test] fn $name() { super::$name(&tempfile::tempdir().unwrap()); })*
        }
    };
}

contract! {
    a_new_journal_is_empty,
    what_is_appended_is_read_back_from_any_place,
    a_batch_that_does_not_follow_is_refused,
    a_read_ends_at_its_limits_and_gives_at_least_one_entry,
    who_listens_is_told_of_every_batch,
    opened_again_it_has_the_state_and_the_request_ids,
    the_store_keeps_its_name,
    rest_and_save_change_nothing_that_is_read,
    an_empty_batch_changes_nothing,
    who_reads_beside_the_writer_misses_nothing_and_waits_for_nothing,
}

fn a_new_journal_is_empty(subject: &dyn Subject) {
    let opened = subject.open();
    assert_eq!(opened.catalogue, Catalogue::default());
    assert_eq!((opened.receipts, opened.notices), (vec![], vec![]));
    assert_eq!(opened.journal.oldest(), Revision::ZERO);
    assert_eq!(read(opened.journal.as_ref(), 0), vec![]);
    assert_eq!(read(opened.journal.as_ref(), 7), vec![], "nothing is behind what is not there yet");
}

fn what_is_appended_is_read_back_from_any_place(subject: &dyn Subject) {
    let journal = subject.open().journal;
    let (mut author, mut rng, mut entries) = (Author::default(), rng(1), Vec::new());
    for size in [1, 3, 64, 1, 200, 9] {
        let after = author.state.revision();
        let batch: Vec<_> = (0..size).map(|_| author.any(&mut rng)).collect();
        journal.append(after, &batch).unwrap();
        entries.extend(batch);
        journal.rest();
    }
    for after in 0..=entries.len() {
        let limit = ReadLimit { entries: 5, bytes: usize::MAX };
        let expected: Vec<_> = entries[after..].iter().take(5).cloned().collect();
        assert_eq!(journal.read(Revision(after as u64), limit).unwrap(), expected, "behind {after}");
    }
    assert_eq!(read(journal.as_ref(), 0), entries);
}

fn a_batch_that_does_not_follow_is_refused(subject: &dyn Subject) {
    let journal = subject.open().journal;
    let batch = Author::default().books(4);
    journal.append(Revision(0), &batch[..2]).unwrap();
    for (after, entries) in [(0, &batch[..2]), (0, &batch[2..]), (1, &batch[2..]), (3, &batch[3..])] {
        let refused = journal.append(Revision(after), entries);
        assert!(matches!(refused, Err(AppendError::Behind { at: Revision(2) })), "{refused:?}");
    }
    journal.append(Revision(2), &batch[2..]).unwrap();
    assert_eq!(read(journal.as_ref(), 0), batch);
}

fn a_read_ends_at_its_limits_and_gives_at_least_one_entry(subject: &dyn Subject) {
    let journal = subject.open().journal;
    let batch = Author::default().books(20);
    journal.append(Revision(0), &batch).unwrap();
    let lengths = |entries, bytes| journal.read(Revision(3), ReadLimit { entries, bytes }).unwrap().len();
    assert_eq!(lengths(7, usize::MAX), 7);
    assert_eq!(lengths(100, usize::MAX), 17);
    assert_eq!(lengths(0, usize::MAX), 1);
    assert_eq!(lengths(1, 0), 1);
}

fn who_listens_is_told_of_every_batch(subject: &dyn Subject) {
    let journal = subject.open().journal;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    journal.tail(Box::new(move |end| ear.lock().unwrap().push(end)));
    let batch = Author::default().books(5);
    journal.append(Revision(0), &batch[..2]).unwrap();
    journal.append(Revision(2), &batch[2..]).unwrap();
    journal.append(Revision(2), &batch[2..]).unwrap_err();
    assert_eq!(*heard.lock().unwrap(), [Revision(2), Revision(5)]);
}

fn opened_again_it_has_the_state_and_the_request_ids(subject: &dyn Subject) {
    let mut author = Author::default();
    for number in 0..30 {
        let opened = subject.open();
        assert_eq!(opened.catalogue, author.state);
        assert_eq!(opened.receipts.len(), number);
        let after = author.state.revision();
        let entries = [author.entry(vec![create("a")]), author.request(&format!("r{number}"), vec![create("b")])];
        opened.journal.append(after, &entries).unwrap();
        if number % 7 == 3 {
            opened.journal.save(&author.state).unwrap();
        }
    }
    let receipts = subject.open().receipts;
    let ids: Vec<_> = receipts.iter().map(|receipt| (receipt.revision.0, &*receipt.id, &*receipt.hash)).collect();
    assert_eq!(ids[..2], [(2, "r0", "hash of r0"), (4, "r1", "hash of r1")]);
}

fn the_store_keeps_its_name(subject: &dyn Subject) {
    let opened = subject.open();
    opened.journal.append(Revision(0), &Author::default().books(1)).unwrap();
    let store = opened.journal.store().clone();
    drop(opened);
    assert_eq!(*subject.open().journal.store(), store);
}

fn rest_and_save_change_nothing_that_is_read(subject: &dyn Subject) {
    let journal = subject.open().journal;
    let mut author = Author::default();
    let batch = author.books(3);
    journal.rest();
    journal.append(Revision(0), &batch).unwrap();
    journal.rest();
    journal.rest();
    journal.save(&author.state).unwrap();
    assert_eq!(read(journal.as_ref(), 0), batch);
    drop(journal);
    let opened = subject.open();
    assert_eq!(opened.catalogue, author.state);
    assert_eq!(read(opened.journal.as_ref(), 0), batch);
}

fn an_empty_batch_changes_nothing(subject: &dyn Subject) {
    let journal = subject.open().journal;
    journal.append(Revision(0), &[]).unwrap();
    assert_eq!(journal.read(Revision(0), ALL).unwrap(), vec![]);
}

fn who_reads_beside_the_writer_misses_nothing_and_waits_for_nothing(subject: &dyn Subject) {
    let journal = subject.open().journal;
    let mut author = Author::default();
    let entries = author.books(300);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut after = 0;
                while after < 300 {
                    let found = journal.read(Revision(after), ReadLimit { entries: 7, bytes: 2_000 }).unwrap();
                    assert_eq!(found, entries[after as usize..][..found.len()]);
                    after += found.len() as u64;
                }
            });
        }
        for (number, batch) in entries.chunks(3).enumerate() {
            journal.append(Revision(number as u64 * 3), batch).unwrap();
            journal.rest();
        }
    });
}
