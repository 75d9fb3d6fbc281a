//! Directories as earlier versions left them: they must be read for ever, to the same state.
//!
//! `tests/golden/first` was written by the first version. `tests/golden/restored` is the same after a restore, which gave
//! the store another name and goes on 10^9 revisions later.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use catalogue::{BookId, Entry, Revision, Timestamp};
use expect_test::expect_file;
use journal::{FileJournal, Journal, OpenOptions, Opened, StoreId, verify};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fixture::{Author, create, delete, draft, read, set};

pub(crate) fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// Every file of a directory but its lock.
const FILES: [&str; 5] = [
    "books.json",
    "journal/00000000000000000005.jsonl",
    "journal/00000000000000000008.jsonl",
    "journal/00000000000000000011.jsonl",
    "journal/base.json",
];

pub(crate) fn copy_of(name: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("journal")).unwrap();
    for file in FILES {
        fs::copy(golden(name).join(file), folder.path().join(file)).unwrap();
    }
    folder
}

fn first_options() -> OpenOptions {
    OpenOptions {
        keep: Some(Duration::ZERO),
        entries_kept_min: 4,
        segment_bytes: 1_500,
        store: Some(StoreId("0123456789abcdef0123456789abcdef".into())),
        now: || Timestamp(2_000_000_000),
    }
}

fn open(folder: &Path) -> Opened {
    FileJournal::open(folder, OpenOptions { keep: None, ..first_options() }).unwrap()
}

/// What the batches of `tests/golden/first` say: every kind of change, field and answer.
fn batches() -> Vec<Vec<Arc<Entry>>> {
    let mut author = Author::default();
    let whole = json!({"title": "Laskar Pelangi", "author": "Andrea Hirata", "publisher": "Bentang Pustaka", "year": 2005,
        "pages": 529, "edition": "1st", "description": "A \"school\",\nten children \u{1F40E}", "status": "dipinjam",
        "isbn": "979-3062-79-7", "language": "ind", "subjects": ["Fiction", "School"], "series": "Laskar Pelangi 1",
        "shelf": "A-3", "barcode": "0002000001", "stock": 3, "price": {"amount": "79000", "currency": "IDR"},
        "extra": {"supplier": "Gramedia", "note": "a;b"}});
    let with_id = json!({"id": 20, "title": "Ἰλιάς", "author": "Ὅμηρος", "year": -750});
    let create_whole = |value: &Value| catalogue::Operation::Create { book: draft(value.clone()) };
    vec![
        vec![author.entry(vec![create_whole(&whole)])],
        vec![author.request("till-1/8", vec![create("Saman")]), author.entry(vec![create_whole(&with_id)])],
        vec![author.entry(vec![delete(2)])],
        vec![author.entry(vec![create_whole(&whole)])],
        vec![author.request("till-1/9", vec![set(1, json!({"price": null, "extra": {"note": null}, "stock": 0}))])],
        vec![author.request("till-2/1", vec![create("Larung"), set(1, json!({"year": 2006})), delete(20)])],
        vec![
            author.entry(vec![set(21, json!({"subjects": [], "language": "jv", "pages": null}))]),
            author.entry(vec![delete(21)]),
        ],
        vec![author.request("till-2/2", vec![set(1, json!({"year": 2006, "title": "Laskar Pelangi"}))])],
        vec![author.entry(vec![create("Pulang")])],
    ]
}

/// Writes the batches, resting after each second one; a snapshot after the sixth drops what is before it.
fn write(folder: &Path) {
    let opened = FileJournal::open(folder, first_options()).unwrap();
    let mut state = opened.catalogue;
    for (number, batch) in batches().iter().enumerate() {
        opened.journal.append(state.revision(), batch).unwrap();
        batch.iter().for_each(|entry| state.apply(entry));
        if number % 2 == 1 {
            opened.journal.rest();
        }
        if number == 6 {
            opened.journal.save(&state).unwrap();
        }
    }
}

/// Today's version writes what the first one wrote, to the byte.
#[test]
fn the_same_entries_give_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let names = fs::read_dir(folder.path().join("journal")).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, FILES[1..].iter().map(|file| &file["journal/".len()..]).collect::<Vec<_>>());
    for file in FILES {
        expect_file![golden("first").join(file)].assert_eq(&fs::read_to_string(folder.path().join(file)).unwrap());
    }
}

#[test]
fn a_directory_of_the_first_version_is_read_to_the_same_state() {
    let folder = copy_of("first");
    let opened = open(folder.path());
    let all: Vec<_> = batches().concat();
    assert_eq!(opened.notices, Vec::<String>::new());
    assert_eq!(opened.journal.store().to_string(), "0123456789abcdef0123456789abcdef");
    assert_eq!(opened.journal.oldest(), Revision(4));
    assert_eq!(read(opened.journal.as_ref(), 4), all[4..]);
    let mut state = catalogue::Catalogue::default();
    all.iter().for_each(|entry| state.apply(entry));
    assert_eq!(opened.catalogue, state);
    let ids: Vec<_> = opened.receipts.iter().map(|receipt| &*receipt.id).collect();
    assert_eq!(ids, ["till-2/1", "till-2/2"]);
    drop(opened);
    for file in FILES {
        assert_eq!(
            fs::read(folder.path().join(file)).unwrap(),
            fs::read(golden("first").join(file)).unwrap(),
            "{file}"
        );
    }
}

#[test]
fn each_file_of_the_first_version_is_sound() {
    for name in ["first", "restored"] {
        assert_eq!(verify(&golden(name)).unwrap().damage, Vec::<String>::new());
        for file in FILES {
            assert_eq!(verify(&golden(name).join(file)).unwrap().damage, Vec::<String>::new(), "{file}");
        }
    }
}

#[test]
fn after_a_restore_the_revisions_go_on_behind_the_gap() {
    let folder = copy_of("restored");
    let opened = open(folder.path());
    let journal: &dyn Journal = opened.journal.as_ref();
    assert_eq!(opened.catalogue.revision(), Revision(1_000_000_012));
    assert_eq!(&*opened.catalogue.get(BookId(23)).unwrap().details().title, "Kering");

    let revisions = |after| read(journal, after).iter().map(|entry| entry.revision.0).collect::<Vec<_>>();
    assert_eq!(revisions(10), [11, 1_000_000_012]);
    assert_eq!(revisions(11), [1_000_000_012]);
    assert_eq!(revisions(500_000_000), [1_000_000_012]);

    let mut author = Author::on(&opened.catalogue);
    journal.append(Revision(1_000_000_012), &author.books(3)).unwrap();
    drop(opened);
    assert_eq!(open(folder.path()).catalogue, author.state);
}
