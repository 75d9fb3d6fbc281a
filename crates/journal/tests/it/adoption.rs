//! A `books.json` that was edited by hand: adopted, refused, or put aside.

use std::path::Path;
use std::sync::Arc;

use catalogue::{BookId, Catalogue, ChangeKind, Entry, Operation, Revision};
use expect_test::{Expect, expect};
use journal::testing::{FaultyDisk, Survivors};
use journal::{AdoptError, FileJournal, OpenError, OpenOptions, StoreId};
use rand::RngExt;
use serde_json::{Value, json};

use crate::files::{ROOT, adopt, discard, disk_with, files, fixed, open, opened, path, text, titles};
use crate::fixture::{Author, create, delete, draft, read, rng, set};

/// A store with three books and a deleted one, whose snapshot is at revision 4; `later` writes behind it.
fn shop(later: impl FnOnce(&mut Author) -> Vec<Arc<Entry>>) -> FaultyDisk {
    let disk = disk_with(&[]);
    let journal = opened(&disk).journal;
    let mut author = Author::default();
    let made = ["Saman", "Larung", "Laut Bercerita", "Pulang"].map(create);
    let entries = [author.entry(made.into()), author.entry(vec![delete(4)])];
    journal.append(Revision(0), &entries).unwrap();
    let rest = [author.entry(vec![set(1, json!({"year": 1998}))]), author.entry(vec![set(2, json!({"shelf": "A"}))])];
    journal.append(Revision(2), &rest).unwrap();
    journal.save(&author.state).unwrap();
    let later = later(&mut author);
    if !later.is_empty() {
        journal.append(Revision(4), &later).unwrap();
    }
    journal.rest();
    disk
}

/// The same without anything behind the snapshot.
fn quiet_shop() -> FaultyDisk {
    shop(|_| Vec::new())
}

/// Edits `books.json` as a person would, its checksum left as it is.
fn edit(disk: &FaultyDisk, change: impl FnOnce(&mut Value)) {
    disk.tamper(&path("books.json"), |bytes| {
        let mut file = serde_json::from_slice(bytes).unwrap();
        change(&mut file);
        *bytes = serde_json::to_vec_pretty(&file).unwrap();
    });
}

/// The typical edit: one field, one book more, one less.
fn typical_edit(file: &mut Value) {
    let books = file["books"].as_array_mut().unwrap();
    books[0]["title"] = json!("Saman, revised");
    books.remove(1);
    books.push(json!({"id": 9, "title": "Cantik Itu Luka", "year": "2002"}));
}

fn check_said(said: Result<Vec<String>, AdoptError>, expected: Expect) {
    let said = said.map_or_else(|error| error.to_string(), |lines| lines.join("\n"));
    expected.assert_eq(&said);
}

/// That an adoption is refused with that message and leaves every file as it is.
fn check_refused(disk: &FaultyDisk, expected: Expect) {
    let before = files(disk);
    expected.assert_eq(&adopt(disk).expect_err("it is refused").to_string());
    assert_eq!(files(disk), before);
}

#[test]
fn an_edit_stops_the_start_until_it_is_adopted_as_an_entry_by_file() {
    let disk = edited(typical_edit);
    assert!(matches!(open(&disk), Err(OpenError::Edited(_))));
    check_said(
        adopt(&disk),
        expect![[r#"
        book 1 ("Saman, revised"): title from "Saman" to "Saman, revised"
        book 2 ("Larung"): deleted
        book 9 ("Cantik Itu Luka"): added
        adopted as revision 5; /data/books.json is written anew"#]],
    );

    let opened = opened(&disk);
    assert_eq!(
        titles(&opened.catalogue),
        [(1, "Saman, revised".into()), (3, "Laut Bercerita".into()), (9, "Cantik Itu Luka".into())]
    );
    assert!(opened.catalogue.was_deleted(BookId(2)) && opened.catalogue.was_deleted(BookId(4)));
    assert_eq!(opened.notices, Vec::<String>::new());
    let [entry] = &read(opened.journal.as_ref(), 4)[..] else { panic!("it is one entry") };
    assert_eq!((entry.revision, &*entry.by), (Revision(5), "file"));
    let kinds: Vec<_> = entry.changes.iter().map(|change| (change.id.0, change.kind)).collect();
    assert_eq!(kinds, [(1, ChangeKind::Updated), (2, ChangeKind::Deleted), (9, ChangeKind::Created)]);
    assert_eq!(entry.changes[0].was.as_ref().unwrap().values()["title"], "Saman");
}

#[test]
fn an_edit_of_the_form_alone_is_adopted_without_an_entry() {
    let disk = quiet_shop();
    edit(&disk, |file| file["books"].as_array_mut().unwrap().reverse());
    check_said(adopt(&disk), expect!["nothing is left to adopt; /data/books.json is written anew at revision 4"]);
    assert_eq!(opened(&disk).catalogue.revision(), Revision(4));
}

#[test]
fn an_edit_of_an_older_snapshot_leaves_what_came_later() {
    let disk = shop(|author| vec![author.entry(vec![set(1, json!({"year": 1999})), create("Amba")])]);
    edit(&disk, typical_edit);
    check_said(
        adopt(&disk),
        expect![[r#"
        book 1 ("Saman, revised"): title from "Saman" to "Saman, revised"
        book 2 ("Larung"): deleted
        book 9 ("Cantik Itu Luka"): added
        adopted as revision 6; /data/books.json is written anew"#]],
    );
    let catalogue = opened(&disk).catalogue;
    assert_eq!(catalogue.get(BookId(1)).unwrap().details().year, Some(1999));
    assert_eq!((catalogue.revision(), catalogue.len()), (Revision(6), 4));
}

#[test]
fn what_later_entries_changed_too_is_named_and_nothing_written() {
    let later = |author: &mut Author| {
        vec![
            author.entry(vec![set(1, json!({"title": "Saman (1998)"})), set(2, json!({"shelf": "B"}))]),
            author.entry(vec![Operation::Create { book: draft(json!({"id": 9, "title": "Amba"})) }, delete(3)]),
        ]
    };
    let disk = shop(later);
    edit(&disk, |file| {
        typical_edit(file);
        file["books"][1]["year"] = json!(2017);
    });
    check_refused(
        &disk,
        expect![[r#"
            /data/books.json is not adopted, nothing was written:
              book 1 ("Saman, revised"): a later entry changed title to "Saman (1998)"
              book 2 ("Larung") is left out of the file, and a later entry changed shelf
              book 3 ("Laut Bercerita"): a later entry deleted it
              book 9 ("Cantik Itu Luka") is new in the file, and a later entry gave that id to "Amba": give it a free id, 10 or above
            Correct the file and adopt it then, or put it aside: bookstore adopt --discard --data /data"#]],
    );
}

#[test]
fn what_breaks_a_rule_is_named_and_nothing_written() {
    let disk = quiet_shop();
    edit(&disk, |file| {
        let books = file["books"].as_array_mut().unwrap();
        books[0]["year"] = json!("MCMXCVIII");
        books[0]["titel"] = json!("Saman");
        books[1]["shelf"] = json!("x".repeat(201));
        books.push(json!({"id": 4, "title": "Pulang"}));
        books.push(json!({"title": "Amba"}));
        books.push(json!({"id": 10, "title": "Amba", "description": "x".repeat(20_001)}));
    });
    check_refused(
        &disk,
        expect![[r#"
            /data/books.json is not adopted, nothing was written:
              book 1 ("Saman"): titel: there is no such field: correct its name, or put it into "extra"; year: must be a whole number from -3000 to 9999, or null
              book 2 ("Larung"): shelf: has 201 characters, at most 200 are allowed
              book 4 ("Pulang") is new in the file, but a book with that id was deleted, and ids are not used twice: give it a free id, 11 or above
              book 10 ("Amba"): description: has 20001 characters, at most 20000 are allowed
            Correct the file and adopt it then, or put it aside: bookstore adopt --discard --data /data"#]],
    );
}

#[test]
fn of_very_many_problems_the_first_are_named_and_the_others_counted() {
    let disk = quiet_shop();
    edit(&disk, |file| {
        let books = file["books"].as_array_mut().unwrap();
        books.extend((10..1_010).map(|id| json!({"id": id, "title": ""})));
    });
    let refused = adopt(&disk).unwrap_err().to_string();
    assert!(refused.lines().count() < 60 && refused.contains("and 950 more"), "{refused}");
}

#[test]
fn a_file_with_another_revision_is_compared_with_the_end_and_one_of_another_store_refused() {
    for revision in [json!(99), json!("4"), Value::Null] {
        let disk = shop(|author| vec![author.entry(vec![set(1, json!({"year": 1999}))])]);
        edit(&disk, |file| {
            file["revision"] = revision;
            file["books"][0]["title"] = json!("Saman, revised");
        });
        let said = adopt(&disk).unwrap();
        assert!(said[0].contains("compared with its end"), "{said:?}");
        let catalogue = opened(&disk).catalogue;
        assert_eq!(catalogue.get(BookId(1)).unwrap().details().year, Some(1998), "as the file has it");
    }
    let disk = quiet_shop();
    edit(&disk, |file| file["store"] = json!("another"));
    check_refused(
        &disk,
        expect![[r#"
            /data/books.json is not adopted, nothing was written:
              it says that it is of the store another, and the journal is of the store store
            Correct the file and adopt it then, or put it aside: bookstore adopt --discard --data /data"#]],
    );
}

#[test]
fn a_snapshot_of_another_store_can_only_be_put_aside() {
    let disk = quiet_shop();
    let elsewhere = disk_with(&[]);
    let options = OpenOptions { store: Some(StoreId("other".into())), ..fixed() };
    FileJournal::open_on(Arc::new(elsewhere.clone()), Path::new(ROOT), options).unwrap();
    let theirs = elsewhere.contents(&path("books.json")).unwrap();
    disk.tamper(&path("books.json"), |bytes| *bytes = theirs);
    assert!(open(&disk).is_err());
    assert!(adopt(&disk).unwrap_err().to_string().contains("of the store other"));
    discard(&disk).unwrap();
    assert_eq!(opened(&disk).catalogue.len(), 3);
}

#[test]
fn a_file_newer_than_a_journal_that_ends_in_garbage_is_not_adopted() {
    let disk = shop(|author| vec![author.entry(vec![create("Amba")])]);
    let segment = path("journal/00000000000000000001.jsonl");
    disk.tamper(&segment, |bytes| {
        let last = bytes.windows(14).position(|window| window == b"{\"revision\":5,").unwrap();
        bytes.truncate(last + 30);
    });
    edit(&disk, |file| file["revision"] = json!(5));
    check_refused(
        &disk,
        expect![[r#"
            /data/books.json is not adopted, nothing was written:
              it says that it is of revision 5, and the journal ends at revision 4 in lines that cannot be read
            Correct the file and adopt it then, or put it aside: bookstore adopt --discard --data /data"#]],
    );
}

#[test]
fn a_bare_list_in_the_place_of_the_snapshot_is_compared_with_the_end() {
    let disk = quiet_shop();
    let list = "\u{feff}[{\"id\": 1, \"title\": \"Saman\"}, {\"id\": 3, \"title\": \"Laut Bercerita\"}]";
    disk.tamper(&path("books.json"), |bytes| *bytes = list.into());
    check_said(
        adopt(&disk),
        expect![[r#"
        the file names no revision, the journal knows 0 to 4: compared with its end
        book 1 ("Saman"): year from 1998 to nothing
        book 2 ("Larung"): deleted
        adopted as revision 5; /data/books.json is written anew"#]],
    );
    assert_eq!(titles(&opened(&disk).catalogue), [(1, "Saman".into()), (3, "Laut Bercerita".into())]);
}

#[test]
fn a_file_that_cannot_be_read_can_only_be_put_aside() {
    for file in ["", "{\"books\": [", "[{\"id\": 1, \"title\": \"a\"}, {\"id\": 1, \"title\": \"b\"}]", "7"] {
        let disk = quiet_shop();
        disk.tamper(&path("books.json"), |bytes| *bytes = file.into());
        let before = files(&disk);
        let refused = adopt(&disk).expect_err("it is refused");
        assert!(matches!(refused, AdoptError::Unreadable { .. }), "{refused}");
        assert!(refused.to_string().contains("adopt --discard"), "{refused}");
        assert_eq!(files(&disk), before);
        discard(&disk).unwrap();
        assert_eq!(text(&disk, "books.json.discarded").unwrap(), file);
        assert_eq!(opened(&disk).catalogue.len(), 3);
    }
}

#[test]
fn a_discarded_edit_is_kept_beside_those_before() {
    let disk = shop(|author| vec![author.entry(vec![create("Amba")])]);
    let sound = text(&disk, "books.json").unwrap();
    for (name, title) in [("books.json.discarded", "Rubbish"), ("books.json.discarded.2", "More of it")] {
        disk.tamper(&path("books.json"), |bytes| *bytes = sound.replace("Saman", title).into());
        let said = discard(&disk).unwrap();
        assert!(said[0].ends_with(&format!("the file as it was is {ROOT}/{name}")), "{said:?}");
        assert_eq!(text(&disk, name).unwrap(), sound.replace("Saman", title));
    }
    let catalogue = opened(&disk).catalogue;
    assert_eq!((catalogue.revision(), catalogue.len()), (Revision(5), 4));
}

#[test]
fn an_edit_while_the_store_is_in_use_is_kept_beside_the_next_snapshot() {
    let disk = quiet_shop();
    let opened = opened(&disk);
    let mut author = Author::on(&opened.catalogue);
    opened.journal.append(Revision(4), &author.books(1)).unwrap();
    edit(&disk, typical_edit);
    let edited = text(&disk, "books.json");
    opened.journal.save(&author.state).unwrap();
    assert_eq!(text(&disk, "books.json.discarded"), edited);
    drop(opened);
    assert_eq!(open(&disk).unwrap().catalogue, author.state);
}

#[test]
fn where_nothing_was_edited_there_is_nothing_to_do() {
    let disk = shop(|author| vec![author.entry(vec![create("Amba")])]);
    let before = files(&disk);
    check_said(adopt(&disk), expect!["/data/books.json was not edited: there is nothing to adopt or to discard"]);
    check_said(discard(&disk), expect!["/data/books.json was not edited: there is nothing to adopt or to discard"]);
    assert_eq!(files(&disk), before);
    check_said(
        adopt(&disk_with(&[("books.json", b"[]")])),
        expect![
            "/data has no journal: there is nothing that its books.json could be compared with. The first start makes one: bookstore serve"
        ],
    );
}

#[test]
fn beside_a_running_server_nothing_is_adopted_or_discarded() {
    let folder = tempfile::tempdir().unwrap();
    let running = FileJournal::open(folder.path(), fixed()).unwrap();
    for tried in [journal::adopt(folder.path()), journal::discard(folder.path())] {
        let refused = tried.expect_err("it is refused");
        let pid = std::process::id();
        assert!(matches!(refused, AdoptError::Open(OpenError::Locked { pid: named, .. }) if named == pid), "{refused}");
    }
    drop(running);
    assert!(journal::adopt(folder.path()).unwrap()[0].contains("nothing to adopt"));
    assert!(journal::adopt(&folder.path().join("nothing")).is_err());
    assert!(!Path::new(&folder.path().join("nothing")).exists());
}

/// Starts again after an adoption that was cut short: adopts what is left, if the file is still the edited one.
fn check_completed(disk: &FaultyDisk, expected: &Catalogue, what: &str) {
    if matches!(open(disk), Err(OpenError::Edited(_))) {
        adopt(disk).unwrap_or_else(|error| panic!("{what}: {error}"));
    }
    let catalogue = open(disk).unwrap_or_else(|error| panic!("{what}: {error}")).catalogue;
    let details =
        |catalogue: &Catalogue| catalogue.books().map(|book| (book.id(), book.details().clone())).collect::<Vec<_>>();
    assert_eq!(details(&catalogue), details(expected), "{what}");
    assert!(catalogue.deleted().eq(expected.deleted()), "{what}");
}

/// A store whose snapshot was edited so.
fn edited(change: impl FnOnce(&mut Value)) -> FaultyDisk {
    let disk = quiet_shop();
    edit(&disk, change);
    disk
}

#[test]
fn an_adoption_cut_short_at_any_operation_is_completed_by_another() {
    let whole = edited(typical_edit);
    let before = whole.operations();
    adopt(&whole).unwrap();
    let after = whole.operations();
    let expected = opened(&whole).catalogue;
    for operation in before..after {
        let disk = edited(typical_edit);
        disk.power_off_at(operation);
        assert!(adopt(&disk).is_err());
        check_completed(&disk.after_kill(), &expected, &format!("killed at {operation}"));
        check_completed(&disk.after_power_cut(Survivors::Nothing), &expected, &format!("nothing survives {operation}"));
        for seed in 0..5 {
            let mut rng = rng(seed);
            let mut choose = |count: usize| rng.random_range(0..count);
            let survived = disk.after_power_cut(Survivors::Chosen(&mut choose));
            check_completed(&survived, &expected, &format!("seed {seed} at {operation}"));
        }
    }
}

#[test]
fn of_an_adoption_in_several_entries_the_first_may_survive_alone() {
    let large_edit = |file: &mut Value| {
        typical_edit(file);
        let books = file["books"].as_array_mut().unwrap();
        books.extend((10..1_200).map(|id| json!({"id": id, "title": format!("Book {id}")})));
    };
    let whole = edited(large_edit);
    adopt(&whole).unwrap();
    let expected = opened(&whole).catalogue;
    assert_eq!(expected.revision(), Revision(6), "it took two entries");

    let half = edited(large_edit);
    let segment = path("journal/00000000000000000001.jsonl");
    let lines = text(&whole, "journal/00000000000000000001.jsonl").unwrap();
    let second = lines.find("{\"revision\":6").unwrap();
    half.tamper(&segment, |bytes| *bytes = lines[..second].into());
    check_completed(&half, &expected, "half of it");
    assert_eq!(opened(&half).catalogue.revision(), Revision(6));
}

#[test]
fn a_discard_cut_short_at_any_operation_loses_neither_the_journal_nor_the_file() {
    let whole = edited(typical_edit);
    let file = text(&whole, "books.json");
    let before = whole.operations();
    discard(&whole).unwrap();
    let after = whole.operations();
    let expected = opened(&whole).catalogue;
    for operation in before..after {
        let disk = edited(typical_edit);
        disk.power_off_at(operation);
        assert!(discard(&disk).is_err());
        for survived in [disk.after_kill(), disk.after_power_cut(Survivors::Nothing)] {
            if matches!(open(&survived), Err(OpenError::Edited(_))) {
                discard(&survived).unwrap();
            }
            assert_eq!(opened(&survived).catalogue, expected, "{operation}");
            assert_eq!(text(&survived, "books.json.discarded"), file, "{operation}");
        }
    }
}
