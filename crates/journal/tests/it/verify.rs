//! What a check of a directory says.

use std::path::Path;
use std::sync::Arc;

use catalogue::Revision;
use expect_test::expect;
use journal::testing::FaultyDisk;
use journal::{Disk, OpenError, Report, verify, verify_on};

use crate::fixture::Author;
use crate::history::{DATA, open};

fn check(disk: &FaultyDisk) -> Report {
    verify_on(Arc::new(disk.clone()), Path::new(DATA)).unwrap()
}

/// A hundred books in batches of five.
fn shop() -> (FaultyDisk, Arc<dyn journal::Journal>, Author) {
    let disk = FaultyDisk::new();
    let journal = open(&disk).unwrap().journal;
    let mut author = Author::default();
    for after in (0..100).step_by(5) {
        journal.append(Revision(after), &author.books(5)).unwrap();
        journal.rest();
        if after == 60 {
            journal.save(&author.state).unwrap();
        }
    }
    (disk, journal, author)
}

#[test]
fn a_sound_directory_is_described() {
    let (disk, ..) = shop();
    let Report { lines, damage } = check(&disk);
    assert_eq!(damage, Vec::<String>::new());
    expect![[r#"
        store store
        books.json: revision 65; books: 65
        journal/base.json: the journal begins behind revision 40
        journal: revision 100; books: 100; segments: 3"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn it_reads_beside_a_server_and_changes_nothing() {
    let (disk, journal, mut author) = shop();
    let before: Vec<_> = disk.files().into_iter().map(|path| disk.contents(&path)).collect();
    assert_eq!(check(&disk).damage, Vec::<String>::new());
    assert_eq!(disk.files().into_iter().map(|path| disk.contents(&path)).collect::<Vec<_>>(), before);
    journal.append(Revision(100), &author.books(1)).unwrap();
    assert_eq!(check(&disk).damage, Vec::<String>::new());
}

#[test]
fn a_journal_that_grows_rolls_and_drops_meanwhile_is_not_taken_for_a_damaged_one() {
    let disk = FaultyDisk::new();
    let journal = open(&disk).unwrap().journal;
    let work = || {
        let mut author = Author::default();
        for after in (0..600).step_by(3) {
            journal.append(Revision(after), &author.books(3)).unwrap();
            journal.rest();
            if after % 30 == 0 {
                journal.save(&author.state).unwrap();
            }
        }
    };
    std::thread::scope(|scope| {
        let working = scope.spawn(work);
        while !working.is_finished() {
            assert_eq!(check(&disk).damage, Vec::<String>::new());
        }
    });
}

#[test]
fn a_half_written_end_is_named_and_is_no_damage() {
    let (disk, journal, _) = shop();
    drop(journal);
    let segments = disk.list(&Path::new(DATA).join("journal")).unwrap();
    let last = segments.iter().filter(|name| name.ends_with(".jsonl")).max().unwrap();
    disk.tamper(&Path::new(DATA).join("journal").join(last), |bytes| bytes.extend(br#"{"revision":101,"at":"#));
    let report = check(&disk);
    assert_eq!(report.damage, Vec::<String>::new());
    let expected = format!("journal/{last}: 21 bytes from line ");
    assert!(report.lines.iter().any(|line| line.starts_with(&expected)), "{:?}", report.lines);

    open(&disk).unwrap();
    let report = check(&disk);
    assert!(report.lines.last().unwrap().contains("moved aside"), "{:?}", report.lines);
}

#[test]
fn a_snapshot_that_is_whole_and_yet_another_state_is_found() {
    let (disk, ..) = shop();
    let (other, mut author) = (FaultyDisk::new(), Author::default());
    let journal = open(&other).unwrap().journal;
    let batch: Vec<_> = (0..65).map(|_| author.entry(vec![crate::fixture::create("Forged")])).collect();
    journal.append(Revision(0), &batch).unwrap();
    journal.save(&author.state).unwrap();
    let books = Path::new(DATA).join("books.json");
    disk.tamper(&books, |bytes| *bytes = other.contents(&books).unwrap());
    expect![[r#"
        /shop/data/books.json: it is not the state of the journal at revision 65
        Nothing was changed. The journal has everything: move /shop/data/books.json away, and the next start writes it anew"#]].assert_eq(&check(&disk).damage.join("\n"));
}

#[test]
fn where_nothing_is_there_is_nothing_to_check() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("nothing")] {
        let error = verify(&path).unwrap_err();
        assert!(matches!(error, OpenError::NoStore { .. }) && error.to_string().contains("no store"), "{error}");
    }
}

#[test]
fn a_damaged_file_is_found_by_itself_too() {
    let folder = tempfile::tempdir().unwrap();
    for (name, expected) in [("books.json", "books.json: "), ("journal/00000000000000000005.jsonl", ", line 1: ")] {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/first").join(name));
        let path = folder.path().join(Path::new(name).file_name().unwrap());
        std::fs::write(&path, text.unwrap().replacen("Bentang", "Bintang", 1)).unwrap();
        let damage = verify(&path).unwrap().damage;
        assert!(damage.len() == 1 && damage[0].contains(expected), "{damage:?}");
    }
}
