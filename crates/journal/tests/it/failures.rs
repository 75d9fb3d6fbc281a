//! A disk that is full, and one that fails.

use std::io::ErrorKind;

use catalogue::Revision;
use journal::testing::{Failure, FaultyDisk, Survivors};
use journal::{AppendError, Opened};

use crate::fixture::{Author, create, read};
use crate::history::{History, go_on, live, open, seeds};

const FAILURES: [Failure; 6] = [
    Failure::Error(ErrorKind::Other),
    Failure::Partial(ErrorKind::Other),
    Failure::Error(ErrorKind::StorageFull),
    Failure::Partial(ErrorKind::QuotaExceeded),
    Failure::Error(ErrorKind::Interrupted),
    Failure::Short,
];

/// A day on which one operation fails: each operation in turn, over the seeds in every way. No panic, and afterwards,
/// whether the program or the machine went down, all that was acknowledged is there and nothing that was refused.
///
/// `BOOKSTORE_SEEDS=600 cargo test --release -p journal fails` lives through that many days.
#[test]
fn whichever_operation_fails_nothing_acknowledged_is_lost_and_nothing_refused_appears() {
    for seed in seeds(2) {
        let whole = FaultyDisk::new();
        live(&whole, seed / 6);
        for operation in 0..whole.operations() {
            let failure = FAILURES[((operation + seed) % 6) as usize];
            if let Err(problem) = fail_and_recover(seed / 6, operation, failure) {
                panic!("seed {seed}, operation {operation}, {failure:?}: {problem}");
            }
        }
    }
}

fn fail_and_recover(seed: u64, operation: u64, failure: Failure) -> Result<(), String> {
    let disk = FaultyDisk::new();
    disk.fail_at(operation, failure);
    let history = live(&disk, seed);
    for disk in [disk.after_kill(), disk.after_power_cut(Survivors::Nothing)] {
        let opened = open(&disk).map_err(|error| format!("opening: {error}"))?;
        let found = history.check(&opened)?;
        go_on(&disk, &opened, &history, found)?;
    }
    Ok(())
}

/// A journal with three entries, on its disk.
fn three_books() -> (FaultyDisk, Opened, Author) {
    let disk = FaultyDisk::new();
    let opened = open(&disk).unwrap();
    let mut author = Author::default();
    opened.journal.append(Revision(0), &author.books(3)).unwrap();
    (disk, opened, author)
}

#[test]
fn on_a_full_disk_writes_are_refused_and_go_on_once_there_is_room() {
    let (disk, opened, mut author) = three_books();
    let before = author.clone();
    let refused = author.books(5);
    for room in [0, 1, 100, 600] {
        disk.set_room(Some(disk.bytes() + room));
        let error = opened.journal.append(Revision(3), &refused).unwrap_err();
        assert!(matches!(error, AppendError::Full(_)), "{error}");
        // The power fails when the refusal has just been sent: what came through of the write must be gone for good.
        let half = disk.after_power_cut(Survivors::Chosen(&mut |count| count.saturating_sub(2)));
        assert_eq!(open(&half).unwrap().catalogue, before.state);
        opened.journal.rest();
    }
    assert_eq!(read(opened.journal.as_ref(), 3), vec![]);

    disk.set_room(None);
    let mut author = before;
    let accepted = vec![author.entry(vec![create("Larung")])];
    opened.journal.append(Revision(3), &accepted).unwrap();
    for disk in
        [disk.after_kill(), disk.after_power_cut(Survivors::Nothing), disk.after_power_cut(Survivors::Everything)]
    {
        let opened = open(&disk).unwrap();
        assert_eq!((opened.notices, read(opened.journal.as_ref(), 3)), (vec![], accepted.clone()));
    }
}

#[test]
fn whether_there_is_room_is_tried_without_a_trace() {
    let (disk, opened, mut author) = three_books();
    let before = disk.bytes();
    for (room, found) in [(0, false), (100, false), (1_000_000, true)] {
        disk.set_room(Some(before + room));
        assert_eq!(opened.journal.try_room().is_ok(), found, "{room} bytes of room");
        assert_eq!(disk.bytes(), before);
        assert_eq!(open(&disk.after_power_cut(Survivors::Everything)).unwrap().notices, Vec::<String>::new());
    }
    opened.journal.append(Revision(3), &author.books(1)).unwrap();
    assert_eq!(open(&disk.after_kill()).unwrap().catalogue, author.state);
}

/// Each of them may have left a directory whose name is not durable yet.
#[test]
fn a_store_whose_making_failed_twice_survives_once_it_is_made() {
    let whole = FaultyDisk::new();
    open(&whole).unwrap();
    let pairs = (0..whole.operations()).flat_map(|first| (0..whole.operations()).map(move |second| (first, second)));
    for (first, second) in pairs {
        let disk = FaultyDisk::new();
        for operation in [first, second] {
            disk.fail_at(disk.operations() + operation, Failure::Error(ErrorKind::Other));
            drop(open(&disk));
        }
        let disk = disk.after_kill();
        let opened = open(&disk).unwrap();
        let (after, mut author) = (opened.catalogue.revision(), Author::default());
        opened.journal.append(after, &author.books(1)).unwrap();
        let state = open(&disk.after_power_cut(Survivors::Nothing)).unwrap().catalogue;
        assert_eq!(state, author.state, "operations {first} and {second} failed");
    }
}

/// Some file systems find out only at the sync that there is no space, and forget then what was to be synced.
#[test]
fn a_sync_that_finds_no_space_while_room_is_tried_is_a_failed_sync() {
    for operation in 0..3 {
        let (disk, opened, mut author) = three_books();
        opened.journal.rest();
        disk.fail_at(disk.operations() + operation, Failure::Error(ErrorKind::StorageFull));
        opened.journal.try_room().unwrap_err();
        let is_accepted = opened.journal.append(Revision(3), &author.books(1)).is_ok();
        assert_eq!(is_accepted, operation < 2, "operation {operation}");
        opened.journal.rest();
        for survivors in [Survivors::Nothing, Survivors::Everything] {
            let state = open(&disk.after_power_cut(survivors)).unwrap().catalogue;
            assert!(!is_accepted || state == author.state, "operation {operation}");
        }
    }
}

#[test]
fn a_disk_too_full_for_a_new_segment_refuses_and_goes_on_in_it_later() {
    let disk = FaultyDisk::new();
    let opened = open(&disk).unwrap();
    let mut author = Author::default();
    opened.journal.append(Revision(0), &author.books(40)).unwrap();
    disk.set_room(Some(disk.bytes()));
    let next = author.books(1);
    let error = opened.journal.append(Revision(40), &next).unwrap_err();
    assert!(matches!(error, AppendError::Full(_)), "{error}");
    disk.set_room(None);
    opened.journal.append(Revision(40), &next).unwrap();
    assert_eq!(open(&disk.after_power_cut(Survivors::Nothing)).unwrap().catalogue, author.state);
    let segments = disk.files().into_iter().filter(|path| path.extension().is_some_and(|end| end == "jsonl"));
    assert_eq!(segments.count(), 2);
}

#[test]
fn a_full_disk_that_cannot_even_be_cut_back_poisons() {
    let (disk, opened, mut author) = three_books();
    disk.set_room(Some(disk.bytes() + 10));
    // The write comes through in part, the next says that there is no room, then the cut fails.
    disk.fail_at(disk.operations() + 2, Failure::Error(ErrorKind::Other));
    let error = opened.journal.append(Revision(3), &author.books(1)).unwrap_err();
    assert!(matches!(error, AppendError::Poisoned(_)), "{error}");
}

#[test]
fn after_a_failed_sync_it_is_poisoned_for_ever_and_reads_go_on() {
    let (disk, opened, mut author) = three_books();
    let state = author.state.clone();
    disk.fail_at(disk.operations() + 1, Failure::Error(ErrorKind::Other));
    let lost = author.books(2);
    for _ in 0..3 {
        let error = opened.journal.append(Revision(3), &lost).unwrap_err();
        assert!(matches!(&error, AppendError::Poisoned(_)), "{error}");
        assert!(error.to_string().contains("00000000000000000001.jsonl"), "{error}");
    }
    let operations = disk.operations();
    opened.journal.rest();
    opened.journal.append(Revision(3), &lost).unwrap_err();
    assert_eq!(disk.operations(), operations, "a poisoned journal leaves the disk alone");
    assert_eq!(read(opened.journal.as_ref(), 0).len(), 3);
    opened.journal.save(&state).unwrap();
}

#[test]
fn an_entry_whose_sync_failed_is_written_again_before_anything_follows_it() {
    let (disk, opened, mut author) = three_books();
    disk.fail_at(disk.operations() + 1, Failure::Error(ErrorKind::Other));
    let doubtful = author.books(1);
    opened.journal.append(Revision(3), &doubtful).unwrap_err();

    // The machine runs on: the system's memory shows the entry and believes that it is on the disk.
    let disk = disk.after_kill();
    let opened = open(&disk).unwrap();
    assert_eq!(opened.catalogue.revision(), Revision(4));
    let shown = open(&disk.after_power_cut(Survivors::Nothing)).unwrap().catalogue;
    assert_eq!(shown.revision(), Revision(4), "what a start shows is on the disk");
    let next = author.books(1);
    opened.journal.append(Revision(4), &next).unwrap();
    let opened = open(&disk.after_power_cut(Survivors::Nothing)).unwrap();
    assert_eq!(read(opened.journal.as_ref(), 3), [doubtful, next].concat());
}

/// A cut whose sync failed is seen, and need not be on the disk: the half-written end would come back with the next power
/// cut, in the middle of a journal that has gone on since.
#[test]
fn whatever_fails_while_an_end_is_moved_aside_it_does_not_come_back() {
    let disk = FaultyDisk::new();
    let full = Author::default().books(40);
    open(&disk).unwrap().journal.append(Revision(0), &full).unwrap();
    disk.tamper("/shop/data/journal/00000000000000000001.jsonl".as_ref(), |bytes| bytes.extend(b"{\"revision\":41,"));
    let trial = disk.after_kill();
    open(&trial).unwrap();
    for operation in 0..trial.operations() {
        let disk = disk.after_kill();
        disk.fail_at(operation, Failure::Error(ErrorKind::Other));
        drop(open(&disk));
        let disk = disk.after_kill();
        let opened = open(&disk).unwrap();
        let mut author = Author::on(&opened.catalogue);
        // This begins a new segment.
        opened.journal.append(Revision(40), &author.books(1)).unwrap();
        let found = open(&disk.after_power_cut(Survivors::Nothing)).map(|opened| opened.catalogue);
        assert_eq!(found.map_err(|error| error.to_string()), Ok(author.state), "operation {operation} failed");
    }
}

#[test]
fn a_mark_that_fails_poisons_and_that_can_be_asked_for() {
    let (disk, opened, mut author) = three_books();
    disk.fail_at(disk.operations(), Failure::Error(ErrorKind::Other));
    opened.journal.usable().unwrap();
    opened.journal.rest();
    assert!(matches!(opened.journal.usable(), Err(AppendError::Poisoned(_))));
    opened.journal.append(Revision(3), &author.books(1)).unwrap_err();
}

#[test]
fn a_mark_that_finds_no_room_harms_nothing() {
    let (disk, opened, mut author) = three_books();
    for room in [0, 5] {
        disk.set_room(Some(disk.bytes() + room));
        opened.journal.rest();
        opened.journal.usable().unwrap();
    }
    disk.set_room(None);
    let next = author.books(1);
    opened.journal.append(Revision(3), &next).unwrap();
    opened.journal.rest();
    let opened = open(&disk.after_power_cut(Survivors::Everything)).unwrap();
    assert_eq!((opened.notices, opened.catalogue), (vec![], author.state));
}

#[test]
fn a_snapshot_that_finds_no_room_leaves_the_old_one_and_the_journal() {
    let (disk, opened, mut author) = three_books();
    opened.journal.save(&author.state).unwrap();
    let old = disk.contents("/shop/data/books.json".as_ref());
    opened.journal.append(Revision(3), &author.books(1)).unwrap();
    disk.set_room(Some(disk.bytes() + 100));
    let error = opened.journal.save(&author.state).unwrap_err();
    assert!(error.to_string().contains("books.json"), "{error}");
    assert_eq!(disk.contents("/shop/data/books.json".as_ref()), old);
    disk.set_room(None);
    opened.journal.append(Revision(4), &author.books(1)).unwrap();
    opened.journal.save(&author.state).unwrap();
    let history = History { acknowledged: read(opened.journal.as_ref(), 0), unanswered: Vec::new() };
    history.check(&open(&disk.after_power_cut(Survivors::Nothing)).unwrap()).unwrap();
}
