//! Directories that are not as a start left them: edited, mixed up, half there, in use.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use catalogue::Revision;
use expect_test::{Expect, expect};
use journal::testing::{FaultyDisk, Survivors};
use journal::{Disk, FileJournal, OpenError, OpenOptions, StoreId, verify_on};
use serde_json::json;

use crate::fixture::{Author, create, delete, options, set};
use crate::history::{DATA, open};

fn books() -> PathBuf {
    Path::new(DATA).join("books.json")
}

/// Three books at revision 4, the snapshot at 3.
fn shop() -> FaultyDisk {
    let disk = FaultyDisk::new();
    let journal = open(&disk).unwrap().journal;
    let mut author = Author::default();
    let batch = [
        author.entry(vec![create("Saman")]),
        author.entry(vec![create("Larung"), create("Pulang")]),
        author.entry(vec![set(1, json!({"author": "Ayu Utami", "subjects": ["Fiction"]}))]),
    ];
    journal.append(Revision(0), &batch).unwrap();
    journal.save(&author.state).unwrap();
    journal.append(Revision(3), &[author.entry(vec![delete(2), set(1, json!({"year": 1998}))])]).unwrap();
    journal.rest();
    disk.after_power_cut(Survivors::Everything)
}

/// What a start says of the shop whose books.json was changed, and that it changes nothing.
fn refused(change: impl FnOnce(String) -> String, expected: Expect) {
    let disk = shop();
    disk.tamper(&books(), |bytes| *bytes = change(String::from_utf8(bytes.clone()).unwrap()).into_bytes());
    let before = disk.files().into_iter().map(|path| disk.contents(&path)).collect::<Vec<_>>();
    let Err(error) = open(&disk) else { panic!("it must not start") };
    expected.assert_eq(&error.to_string());
    assert_eq!(disk.files().into_iter().map(|path| disk.contents(&path)).collect::<Vec<_>>(), before);
    let damage = verify_on(Arc::new(disk), Path::new(DATA)).unwrap().damage;
    assert_eq!(damage, [error.to_string()]);
}

#[test]
fn an_edited_snapshot_is_shown_book_by_book() {
    refused(
        |text| {
            let text =
                text.replace("Saman", "Saman, revised").replace(r#","subjects":["Fiction"]"#, r#","mood":"dark""#);
            let mut lines: Vec<&str> = text.lines().collect();
            lines[2] = r#"{"title":"Kering"},"#;
            lines.join("\n").replace(r#"{"id":3,"#, r#"{"id":9,"#)
        },
        expect![[r#"
            /shop/data/books.json is not as it was written. Compared with the journal's state at revision 3:
              book 1 "Saman": title is "Saman" in the journal and "Saman, revised" in the file; subjects is ["Fiction"] in the journal and not set in the file; mood is not set in the journal and "dark" in the file
              book 2 "Larung": only the journal has it
              book 3 "Pulang": only the journal has it
              book 9 "Pulang": only the file has it
              a book without id "Kering": only the file has it
            To take the difference over: bookstore adopt --data /shop/data
            To put it aside and go on with what the journal holds: bookstore adopt --discard --data /shop/data"#]],
    );
}

#[test]
fn without_a_revision_of_its_own_it_is_compared_with_the_end() {
    refused(
        |text| text.replace(r#""revision":3,"next_id""#, r#""next_id""#),
        expect![[r#"
            /shop/data/books.json is not as it was written. Compared with the journal's state at revision 4:
              book 1 "Saman": year is 1998 in the journal and not set in the file
              book 2 "Larung": only the file has it
            To take the difference over: bookstore adopt --data /shop/data
            To put it aside and go on with what the journal holds: bookstore adopt --discard --data /shop/data"#]],
    );
}

#[test]
fn one_that_differs_in_form_only_says_so() {
    refused(
        |text| text.replace('\n', "\n "),
        expect![[r#"
            /shop/data/books.json is not as it was written. Compared with the journal's state at revision 3:
              no book differs, only the form of the file does.
            To take the difference over: bookstore adopt --data /shop/data
            To put it aside and go on with what the journal holds: bookstore adopt --discard --data /shop/data"#]],
    );
}

#[test]
fn what_cannot_be_compared_can_only_be_discarded() {
    refused(
        |text| text[..200].into(),
        expect![[r#"
            /shop/data/books.json is not as it was written, and cannot be read: EOF while parsing a list at line 2 column 148.
            To put it aside and go on with what the journal holds: bookstore adopt --discard --data /shop/data"#]],
    );
    refused(
        |text| text.replace(r#"{"id":2,"#, r#"{"id":1,"#),
        expect![[r#"
            /shop/data/books.json is not as it was written, and cannot be read: two books have the id 1.
            To put it aside and go on with what the journal holds: bookstore adopt --discard --data /shop/data"#]],
    );
    refused(
        |text| text.replace(r#""title":"Saman""#, r#""title":"Saman","title":"Samin""#),
        expect![[r#"
            /shop/data/books.json is not as it was written, and cannot be read: the member "title" is named twice at line 2 column 40.
            To put it aside and go on with what the journal holds: bookstore adopt --discard --data /shop/data"#]],
    );
}

/// What a start says, and that it leaves all as it is.
fn message(disk: &FaultyDisk) -> String {
    let names = disk.files();
    let Err(error) = open(disk) else { panic!("it must not start") };
    assert_eq!(disk.files(), names);
    error.to_string()
}

#[test]
fn a_snapshot_without_its_journal_is_not_a_new_store() {
    let disk = shop();
    for path in disk.files().iter().filter(|path| **path != books()) {
        disk.remove(path).unwrap();
    }
    expect!["/shop/data has a books.json of a store whose journal is missing. Bring the journal back, or begin a new store: bookstore import /shop/data/books.json --data NEW-DIRECTORY"].assert_eq(&message(&disk));
}

#[test]
fn a_snapshot_of_another_store_or_of_a_later_time_is_found() {
    let disk = shop();
    let other = FaultyDisk::new();
    let named = OpenOptions { store: Some(StoreId("another".into())), ..options() };
    FileJournal::open_on(Arc::new(other.clone()), Path::new(DATA), named).unwrap();
    disk.tamper(&books(), |bytes| *bytes = other.contents(&books()).unwrap());
    expect![[r#"
        /shop/data/books.json: it is of the store another, and the journal beside it of store
        Nothing was changed. The journal has everything: move /shop/data/books.json away, and the next start writes it anew"#]].assert_eq(&message(&disk));

    let later = shop();
    let opened = open(&later).unwrap();
    let mut author = Author::on(&opened.catalogue);
    opened.journal.append(Revision(4), &author.books(2)).unwrap();
    opened.journal.save(&author.state).unwrap();
    let disk = shop();
    disk.tamper(&books(), |bytes| *bytes = later.contents(&books()).unwrap());
    expect![[r#"
        /shop/data/journal/00000000000000000001.jsonl: it ends at revision 4, and the snapshot says that revision 6 was durable
        Nothing was changed. Bring /shop/data back from a backup; or begin a new store with the last snapshot: bookstore import /shop/data/books.json --data NEW-DIRECTORY"#]].assert_eq(&message(&disk));
}

#[test]
fn a_snapshot_may_be_laid_out_in_any_way_as_long_as_its_checksum_holds() {
    let disk = shop();
    let expected = open(&disk).unwrap().catalogue;
    let value: serde_json::Value = serde_json::from_slice(&disk.contents(&books()).unwrap()).unwrap();
    let mut members = value.as_object().unwrap().clone();
    members.remove("crc");
    let pretty = serde_json::to_string_pretty(&members).unwrap();
    let compact = serde_json::to_string(&members).unwrap().replace("{\"id\":3", "\n{\"id\":3");
    for layout in [pretty, compact] {
        let content = layout.strip_suffix('}').unwrap();
        let sealed = format!("{content},\"crc\":\"{:08x}\"}}", crc32c::crc32c(content.as_bytes()));
        disk.tamper(&books(), |bytes| *bytes = sealed.into_bytes());
        assert_eq!(open(&disk).unwrap().catalogue, expected);
    }
}

#[test]
fn an_older_snapshot_of_the_same_store_only_makes_the_start_longer() {
    let disk = shop();
    let old = disk.contents(&books()).unwrap();
    let opened = open(&disk).unwrap();
    opened.journal.save(&opened.catalogue).unwrap();
    disk.tamper(&books(), |bytes| *bytes = old);
    assert_eq!(open(&disk).unwrap().catalogue, opened.catalogue);
}

#[test]
fn a_store_is_named_at_random_and_for_good() {
    let names = [(); 3].map(|()| {
        let folder = tempfile::tempdir().unwrap();
        let open = || FileJournal::open(folder.path(), OpenOptions::default()).unwrap().journal.store().clone();
        let name = open();
        std::fs::remove_file(folder.path().join("books.json")).unwrap();
        assert_eq!(open(), name);
        name.to_string()
    });
    assert!(names.iter().all(|name| name.len() == 32), "{names:?}");
    assert!(names[0] != names[1] && names[1] != names[2]);
}

#[test]
fn a_directory_in_use_names_the_process_that_uses_it() {
    let folder = tempfile::tempdir().unwrap();
    let opened = FileJournal::open(folder.path(), options()).unwrap();
    let Err(error) = FileJournal::open(folder.path(), options()) else { panic!("it is in use") };
    assert!(matches!(error, OpenError::Locked { pid, .. } if pid == std::process::id()), "{error}");
    assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
    drop(opened);
    FileJournal::open(folder.path(), options()).unwrap();
}

/// Set for the process that this test starts: the directory it is to open.
const DIRECTORY: &str = "BOOKSTORE_TEST_DIRECTORY";

#[test]
fn another_process_is_refused_and_a_killed_one_leaves_no_lock() {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        let opened = FileJournal::open(Path::new(&directory), options());
        println!("{}", opened.err().map_or("opened".into(), |error| error.to_string()));
        std::process::abort();
    }
    let folder = tempfile::tempdir().unwrap();
    let in_another_process = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([
            "--exact",
            "--nocapture",
            "directory::another_process_is_refused_and_a_killed_one_leaves_no_lock",
        ]);
        let output = command.env(DIRECTORY, folder.path()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(in_another_process().contains("opened"));
    let opened = FileJournal::open(folder.path(), options()).unwrap();
    let said = in_another_process();
    assert!(said.contains(&format!("in use by process {}", std::process::id())), "{said}");
    drop(opened);
    assert!(in_another_process().contains("opened"));
}
