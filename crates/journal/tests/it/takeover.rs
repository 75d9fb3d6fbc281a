//! A `books.json` of the original student project, on the disk.

use std::path::Path;
use std::sync::Arc;

use catalogue::{Catalogue, Revision};
use expect_test::expect;
use journal::OpenError;
use journal::testing::{Failure, FaultyDisk, Survivors};
use rand::RngExt;

use crate::files::{ROOT, discard, disk_with, files, open, opened, path, text, titles};
use crate::fixture::{Author, create, read, rng};

const ORIGINAL: &str = r#"[
  {"id": 1, "title": "Laskar Pelangi", "author": "Andrea Hirata", "year": 2005, "status": "tersedia"},
  {"id": 1, "title": "Saman", "year": "1998", "rak": "A-3"}
]"#;

fn original() -> FaultyDisk {
    disk_with(&[("books.json", ORIGINAL.as_bytes())])
}

#[test]
fn the_first_start_takes_the_books_over_and_keeps_the_file() {
    for file in [ORIGINAL.to_owned(), format!("{{\"books\": {ORIGINAL}}}"), format!("\u{feff}{ORIGINAL}")] {
        let disk = disk_with(&[("books.json", file.as_bytes())]);
        let opened = opened(&disk);
        assert_eq!(titles(&opened.catalogue), [(1, "Laskar Pelangi".into()), (2, "Saman".into())]);
        assert_eq!((opened.catalogue.revision(), opened.journal.oldest()), (Revision(1), Revision(1)));
        assert_eq!(text(&disk, "books.json.original").unwrap(), file);
        assert_eq!(text(&disk, "books.json"), text(&disk, "journal/base.json"));
        assert_eq!(text(&disk, "journal/00000000000000000002.jsonl").unwrap(), "");
    }
}

#[test]
fn what_the_first_start_tells_stands_in_a_file_too() {
    let disk = original();
    let notices = opened(&disk).notices;
    expect![[r#"
        took over /data/books.json of another program's making: 2 books, all of them kept. The file as it was is books.json.original
        book 2 ("Saman"): id 1 belongs to an earlier book of the file; the book is now 2
        book 2 ("Saman"): rak is no field of a book; moved to extra.rak"#]].assert_eq(&notices.join("\n"));
    assert_eq!(text(&disk, "books.json.takeover.txt").unwrap(), notices[1..].join("\n") + "\n");

    let sound = disk_with(&[("books.json", b"[{\"id\": 7, \"title\": \"Saman\"}]")]);
    expect!["took over /data/books.json of another program's making: 1 book, all of them kept. The file as it was is books.json.original"].assert_eq(&opened(&sound).notices.join("\n"));
    assert_eq!(text(&sound, "books.json.takeover.txt"), None);
    assert_eq!(opened(&sound).notices, Vec::<String>::new());
}

#[test]
fn of_very_many_remarks_the_first_hundred_are_told_and_the_others_counted() {
    let books: Vec<String> = (1..=1_000).map(|id| format!("{{\"id\": {id}, \"title\": \"\"}}")).collect();
    let disk = disk_with(&[("books.json", format!("[{}]", books.join(",")).as_bytes())]);
    let notices = opened(&disk).notices;
    assert_eq!(notices.len(), 102);
    expect!["and 900 more remarks on the takeover, all of them in books.json.takeover.txt"]
        .assert_eq(notices.last().unwrap());
    assert_eq!(text(&disk, "books.json.takeover.txt").unwrap().lines().count(), 1_000);
}

#[test]
fn a_store_that_was_taken_over_goes_on_like_any_other() {
    let disk = original();
    let first = opened(&disk);
    let mut author = Author::on(&first.catalogue);
    first.journal.append(Revision(1), &author.books(3)).unwrap();
    first.journal.rest();
    let store = first.journal.store().clone();
    drop(first);

    let again = opened(&disk);
    assert_eq!((again.catalogue, again.journal.store()), (author.state, &store));
    assert_eq!(read(again.journal.as_ref(), 1).len(), 3);
    assert_eq!(again.notices, Vec::<String>::new());
    assert_eq!(text(&disk, "books.json.original").unwrap(), ORIGINAL);
}

/// Why a start on that `books.json` alone fails; it leaves every file as it is.
fn refused(books: &str) -> String {
    let disk = disk_with(&[("books.json", books.as_bytes())]);
    let before = files(&disk);
    let error = open(&disk).err().expect("it is refused");
    assert_eq!(files(&disk), before);
    error.to_string()
}

#[test]
fn what_is_no_file_of_books_stops_the_start_and_nothing_is_written() {
    let large = format!("[{{\"id\": 5, \"title\": \"Saman\", \"description\": \"{}\"}}]", "x".repeat(65_536));
    let files = ["", "[{\"id\": 1, \"title\": \"Sam", "{}", "<html>", "[{\"title\": \"Saman\"}, 7]", &large];
    expect![[r#"
        /data/books.json is no file of books: EOF while parsing a value at line 1 column 0. Move it away to begin an empty store, or put a right one in its place
        /data/books.json is no file of books: EOF while parsing a string at line 1 column 24. Move it away to begin an empty store, or put a right one in its place
        /data/books.json is no file of books: there is no list "books" in it at line 1 column 2. Move it away to begin an empty store, or put a right one in its place
        /data/books.json is no file of books: expected value at line 1 column 1. Move it away to begin an empty store, or put a right one in its place
        /data/books.json is no file of books: invalid type: integer `7`, expected a book, which is an object at line 1 column 22. Move it away to begin an empty store, or put a right one in its place
        /data/books.json is not taken over: book 5 ("Saman"), number 1 in the file, is 65712 bytes of JSON, at most 65536 are allowed: shorten it there. Nothing was written"#]].assert_eq(&files.map(refused).join("\n"));
}

#[test]
fn a_check_before_the_first_start_says_what_it_would_do_and_does_not_do_it() {
    let disk = original();
    let before = files(&disk);
    let report = journal::verify_on(Arc::new(disk.clone()), Path::new(ROOT)).unwrap();
    expect![
        "books.json: 2 books of another making, and no journal yet; the first start takes them over with 2 remarks"
    ]
    .assert_eq(&report.lines.join("\n"));
    assert_eq!((report.damage, files(&disk)), (Vec::<String>::new(), before));
}

#[test]
fn a_snapshot_of_ours_without_its_journal_stops_the_start() {
    let whole = original();
    drop(opened(&whole));
    let snapshot = text(&whole, "books.json").unwrap();
    expect!["/data has a books.json of a store whose journal is missing. Bring the journal back, or begin a new store: bookstore import /data/books.json --data NEW-DIRECTORY"].assert_eq(&refused(&snapshot));
    assert_eq!(refused(&snapshot.replace("Saman", "Samson")), refused(&snapshot));
}

/// The state that a whole takeover gives.
fn taken_over() -> Catalogue {
    opened(&original()).catalogue
}

/// Starts on what a takeover cut short has left.
#[track_caller]
fn check_completed(disk: &FaultyDisk, what: &str) {
    let is_there = |name| text(disk, name).as_deref() == Some(ORIGINAL);
    assert!(is_there("books.json") || is_there("books.json.original"), "{what}: the original's file is gone");
    let again = open(disk).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(again.catalogue, taken_over(), "{what}");
    assert_eq!(text(disk, "books.json.original").as_deref(), Some(ORIGINAL), "{what}");
    let entry = Author::on(&again.catalogue).entry(vec![create("Larung")]);
    again.journal.append(Revision(1), &[entry]).unwrap();
    drop(again);
    let once_more = opened(&disk.after_power_cut(Survivors::Nothing));
    assert_eq!((once_more.catalogue.revision(), once_more.catalogue.len()), (Revision(2), 3), "{what}");
}

#[test]
fn a_takeover_cut_short_at_any_operation_is_begun_again() {
    let whole = original();
    let before = whole.operations();
    drop(opened(&whole));
    for operation in before..whole.operations() {
        let disk = original();
        disk.power_off_at(operation);
        assert!(open(&disk).is_err());
        check_completed(&disk.after_kill(), &format!("killed at {operation}"));
        check_completed(&disk.after_power_cut(Survivors::Nothing), &format!("nothing survives {operation}"));
        check_completed(&disk.after_power_cut(Survivors::Everything), &format!("all survives {operation}"));
        for seed in 0..20 {
            let mut rng = rng(seed);
            let mut choose = |count: usize| rng.random_range(0..count);
            let survived = disk.after_power_cut(Survivors::Chosen(&mut choose));
            check_completed(&survived, &format!("seed {seed} at {operation}"));
        }
    }
}

#[test]
fn an_operation_that_fails_stops_the_start_and_the_next_one_completes_it() {
    let whole = original();
    let before = whole.operations();
    drop(opened(&whole));
    for operation in before..whole.operations() {
        for failure in [
            Failure::Error(std::io::ErrorKind::Other),
            Failure::Error(std::io::ErrorKind::StorageFull),
            Failure::Partial(std::io::ErrorKind::StorageFull),
            Failure::Short,
        ] {
            let disk = original();
            disk.fail_at(operation, failure);
            let first = open(&disk).map(|opened| opened.catalogue);
            assert!(
                first.is_err() || first.is_ok_and(|catalogue| catalogue == taken_over()),
                "{operation} {failure:?}"
            );
            check_completed(&disk.after_kill(), &format!("{operation} {failure:?}"));
        }
    }
}

#[test]
fn a_file_still_as_the_original_wrote_it_is_taken_over_once_more_unless_something_was_written_since() {
    let disk = original();
    let first = opened(&disk);
    first.journal.rest();
    drop(first);
    disk.tamper(&path("books.json"), |bytes| *bytes = ORIGINAL.as_bytes().to_vec());
    let again = opened(&disk);
    assert_eq!(again.catalogue, taken_over());
    assert_eq!(text(&disk, "books.json"), text(&disk, "journal/base.json"));

    let entry = Author::on(&again.catalogue).entry(vec![create("Larung")]);
    again.journal.append(Revision(1), &[entry]).unwrap();
    drop(again);
    disk.tamper(&path("books.json"), |bytes| *bytes = ORIGINAL.as_bytes().to_vec());
    assert!(matches!(open(&disk), Err(OpenError::Edited(_))));
    discard(&disk).unwrap();
    assert_eq!(titles(&opened(&disk).catalogue).last().unwrap().1, "Larung");
}

#[test]
fn a_copy_of_another_file_is_not_written_over() {
    let disk = disk_with(&[("books.json", ORIGINAL.as_bytes()), ("books.json.original", b"an older one")]);
    assert_eq!(opened(&disk).catalogue, taken_over());
    assert_eq!(text(&disk, "books.json.original").unwrap(), ORIGINAL);
    assert_eq!(text(&disk, "books.json.original.2").unwrap(), "an older one");
}

#[test]
fn a_list_of_books_beside_a_journal_is_an_edit_and_no_takeover() {
    let disk = disk_with(&[]);
    drop(opened(&disk));
    disk.tamper(&path("books.json"), |bytes| *bytes = ORIGINAL.as_bytes().to_vec());
    assert!(matches!(open(&disk), Err(OpenError::Edited(_))));
}
