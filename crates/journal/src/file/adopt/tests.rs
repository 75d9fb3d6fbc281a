//! What an edited file would change, and what forbids it.

use std::sync::Arc;

use catalogue::{BookId, Catalogue, Command, Draft, Entry, Operation, Revision, Rules, Timestamp};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::FileBooks;
use super::entries::entries;
use super::plan::{Plan, plan};

fn draft(members: &Value) -> Draft {
    members.as_object().unwrap().clone().into()
}

fn write(state: &mut Catalogue, operation: Operation) {
    let command =
        Command { at: Timestamp(1_795_410_000), by: "till".into(), request: None, operations: vec![operation] };
    let prepared = state.prepare(&command, &Rules::default()).unwrap();
    state.apply(&prepared.entry.unwrap());
}

fn create(state: &mut Catalogue, members: Value) {
    write(state, Operation::Create { book: draft(&members) });
}

fn set(state: &mut Catalogue, id: u64, members: Value) {
    write(state, Operation::Update { id: BookId(id), set: Some(draft(&members)), add: None, if_revision: None });
}

fn delete(state: &mut Catalogue, id: u64) {
    write(state, Operation::Delete { id: BookId(id), if_revision: None });
}

/// Three books at revision 4; the fourth was deleted.
fn shop() -> Catalogue {
    let mut state = Catalogue::default();
    create(&mut state, json!({"id": 4, "title": "Pulang"}));
    delete(&mut state, 4);
    create(&mut state, json!({"id": 1, "title": "Saman", "author": "Ayu Utami", "year": 1998, "stock": 3}));
    create(&mut state, json!({"id": 2, "title": "Larung", "extra": {"rak": "A", "no": "7"}, "subjects": ["Novel"]}));
    create(&mut state, json!({"id": 3, "title": "Laut Bercerita", "price": {"amount": "79000", "currency": "IDR"}}));
    state
}

/// The books of a state as they stand in its snapshot.
fn file(state: &Catalogue) -> Vec<Value> {
    state.books().map(|book| serde_json::to_value(book).unwrap()).collect()
}

fn planned(then: &Catalogue, now: &Catalogue, file: &[Value]) -> Plan {
    let mut books = FileBooks::default();
    for book in file {
        let members = draft(book).members().into_owned();
        match book["id"].as_u64() {
            Some(id) => drop(books.books.insert(BookId(id), members)),
            None => books.without_id.push(members),
        }
    }
    plan(then, now, &books)
}

fn check(then: &Catalogue, now: &Catalogue, file: &[Value], expected: Expect) {
    let Plan { steps, problems } = planned(then, now, file);
    let steps =
        steps.iter().map(|step| format!("{}\n  {}\n", step.line, serde_json::to_string(&step.operation).unwrap()));
    let problems = problems.iter().map(|problem| format!("NO: {problem}\n"));
    expected.assert_eq(&steps.chain(problems).collect::<String>());
}

/// The file of `shop()` after `edit`, compared with `shop()`.
fn check_edit(edit: impl FnOnce(&mut Vec<Value>), expected: Expect) {
    let then = shop();
    let mut file = file(&then);
    edit(&mut file);
    check(&then, &then, &file, expected);
}

#[test]
fn a_file_that_says_the_same_in_another_form_changes_nothing() {
    check_edit(|_| {}, expect![""]);
    check_edit(|file| file.reverse(), expect![""]);
    check_edit(
        |file| {
            let book = file[0].as_object_mut().unwrap();
            book.remove("publisher");
            book.insert("pages".into(), Value::Null);
            book.insert("subjects".into(), json!([]));
            book.insert("year".into(), json!("1998"));
            book.insert("title".into(), json!(" Saman "));
            book.insert("revision".into(), json!(99));
        },
        expect![""],
    );
}

#[test]
fn changed_fields_are_set_and_no_others() {
    check_edit(
        |file| file[0]["title"] = json!("Saman, revised"),
        expect![[r#"
            book 1 ("Saman, revised"): title from "Saman" to "Saman, revised"
              {"update":{"id":1,"set":{"title":"Saman, revised"}}}
        "#]],
    );
    check_edit(
        |file| {
            file[0]["author"] = json!("");
            file[0]["year"] = json!(null);
            file[0]["isbn"] = json!("979-3062-79-7");
            file[0].as_object_mut().unwrap().remove("stock");
        },
        expect![[r#"
            book 1 ("Saman"): author from "Ayu Utami" to "", year from 1998 to nothing, isbn from nothing to "9789793062792", stock from 3 to nothing
              {"update":{"id":1,"set":{"author":null,"isbn":"979-3062-79-7","stock":null,"year":null}}}
        "#]],
    );
    check_edit(
        |file| {
            file[1]["extra"] = json!({"rak": "B", "lantai": "2"});
            file[1]["subjects"] = json!(["Novel", "Drama"]);
            file[2]["price"]["amount"] = json!(81000);
        },
        expect![[r#"
            book 2 ("Larung"): subjects from [\"Novel\"] to [\"Novel\",\"Drama\"], extra from {\"no\":\"7\",\"rak\":\"A\"} to {\"lantai\":\"2\",\"rak\":\"B\"}
              {"update":{"id":2,"set":{"extra":{"lantai":"2","no":null,"rak":"B"},"subjects":["Novel","Drama"]}}}
            book 3 ("Laut Bercerita"): price from {\"amount\":\"79000.00\",\"currency\":\"IDR\"} to {\"amount\":\"81000.00\",\"currency\":\"IDR\"}
              {"update":{"id":3,"set":{"price":{"amount":81000,"currency":"IDR"}}}}
        "#]],
    );
}

#[test]
fn a_book_that_is_new_in_the_file_is_added_and_one_that_is_gone_is_deleted() {
    check_edit(
        |file| file.push(json!({"id": 9, "title": "Cantik Itu Luka"})),
        expect![[r#"
            book 9 ("Cantik Itu Luka"): added
              {"create":{"book":{"id":9,"title":"Cantik Itu Luka"}}}
        "#]],
    );
    check_edit(
        |file| drop(file.remove(1)),
        expect![[r#"
            book 2 ("Larung"): deleted
              {"delete":{"id":2}}
        "#]],
    );
    check_edit(
        Vec::clear,
        expect![[r#"
            book 1 ("Saman"): deleted
              {"delete":{"id":1}}
            book 2 ("Larung"): deleted
              {"delete":{"id":2}}
            book 3 ("Laut Bercerita"): deleted
              {"delete":{"id":3}}
        "#]],
    );
}

#[test]
fn a_value_that_breaks_a_rule_forbids_everything_and_is_named() {
    check_edit(
        |file| file[0]["title"] = json!("  "),
        expect![[r#"
            NO: book 1 ("  "): title: must not be blank: a book needs a title
        "#]],
    );
    check_edit(
        |file| {
            file[0]["year"] = json!(19980);
            file[0]["titel"] = json!("Saman");
            file[1]["isbn"] = json!("979-3062-79-8");
            file[2]["price"].as_object_mut().unwrap().remove("currency").unwrap();
        },
        expect![[r#"
            NO: book 1 ("Saman"): titel: there is no such field: correct its name, or put it into "extra"; year: must be a whole number from -3000 to 9999, or null
            NO: book 2 ("Larung"): isbn: the check digit is wrong: 7 would be right; compare with the book
            NO: book 3 ("Laut Bercerita"): price.currency: is missing: give its ISO 4217 code, such as "IDR"
        "#]],
    );
    check_edit(
        |file| file.push(json!({"id": 9})),
        expect![[r#"
            NO: book 9 (""): title: is missing: a book needs a title
        "#]],
    );
    check_edit(
        |file| file[0]["extra"] = json!({"notes": "x".repeat(1_001)}),
        expect![[r#"
            NO: book 1 ("Saman"): extra.notes: has 1001 characters, at most 1000 are allowed
        "#]],
    );
}

#[test]
fn a_book_without_an_id_gets_the_next_and_one_with_an_id_that_cannot_be_is_named() {
    check_edit(
        |file| {
            file.push(json!({"title": "Cantik Itu Luka"}));
            file.push(json!({"id": null, "title": "O"}));
        },
        expect![[r#"
            book 5 ("Cantik Itu Luka"): added
              {"create":{"book":{"id":5,"title":"Cantik Itu Luka"}}}
            book 6 ("O"): added
              {"create":{"book":{"id":6,"title":"O"}}}
        "#]],
    );
    check_edit(
        |file| file.push(json!({"id": 4, "title": "Pulang"})),
        expect![[r#"
            NO: book 4 ("Pulang") is new in the file, but a book with that id was deleted, and ids are not used twice: give it a free id, 5 or above
        "#]],
    );
    check_edit(
        |file| file.push(json!({"id": BookId::GIVEN_MAX.0 + 1, "title": "Pulang"})),
        expect![[r#"
            NO: book 9007198254740992 ("Pulang"): id: must be a whole number from 1 to 9007198254740991, or null
        "#]],
    );
}

#[test]
fn a_book_without_an_id_is_not_made_twice_when_the_file_is_adopted_again() {
    let (then, mut now) = (shop(), shop());
    let mut file = file(&then);
    file.extend(["Amba", "Amba", "Pulang"].map(|title| json!({ "title": title })));
    create(&mut now, json!({"title": "Amba"}));
    let plan = planned(&then, &now, &file);
    let lines: Vec<_> = plan.steps.iter().map(|step| &*step.line).collect();
    assert_eq!((lines, plan.problems), (vec![r#"book 6 ("Amba"): added"#, r#"book 7 ("Pulang"): added"#], vec![]));
}

#[test]
fn a_fault_that_came_in_with_a_takeover_does_not_forbid_an_edit_elsewhere() {
    let books = vec![
        serde_json::from_value(json!({"id": 1, "title": "", "year": 123456, "status": "Available",
        "revision": 1, "updated_at": "2026-01-01T00:00:00Z"}))
        .unwrap(),
    ];
    let then = Catalogue::restore(Revision(1), BookId::FIRST, books, []);
    let mut file = file(&then);
    file[0]["author"] = json!("Ayu Utami");
    check(
        &then,
        &then,
        &file,
        expect![[r#"
            book 1 (""): author from "" to "Ayu Utami"
              {"update":{"id":1,"set":{"author":"Ayu Utami"}}}
        "#]],
    );
}

#[test]
fn what_later_entries_changed_elsewhere_stays() {
    let (then, mut now) = (shop(), shop());
    set(&mut now, 1, json!({"year": 1999, "shelf": "A-3"}));
    set(&mut now, 2, json!({"year": 2001}));
    create(&mut now, json!({"title": "Amba"}));
    let mut file = file(&then);
    file[0]["author"] = json!("Ayu");
    file[2]["year"] = json!(2017);
    check(
        &then,
        &now,
        &file,
        expect![[r#"
            book 1 ("Saman"): author from "Ayu Utami" to "Ayu"
              {"update":{"id":1,"set":{"author":"Ayu"}}}
            book 3 ("Laut Bercerita"): year from nothing to 2017
              {"update":{"id":3,"set":{"year":2017}}}
        "#]],
    );
}

#[test]
fn what_later_entries_changed_too_forbids_everything_and_is_named() {
    let (then, mut now) = (shop(), shop());
    set(&mut now, 1, json!({"year": 1999, "author": "A. Utami", "stock": 2}));
    set(&mut now, 2, json!({"extra": {"no": "8"}}));
    delete(&mut now, 3);
    create(&mut now, json!({"id": 9, "title": "Amba"}));
    let mut file = file(&then);
    file[0]["author"] = json!("Ayu");
    file[0]["year"] = json!(1997);
    file[0]["edition"] = json!("2nd");
    file[2]["year"] = json!(2017);
    file.remove(1);
    file.push(json!({"id": 9, "title": "Cantik Itu Luka"}));
    check(
        &then,
        &now,
        &file,
        expect![[r#"
            NO: book 1 ("Saman"): a later entry changed author to "A. Utami", changed year to 1999
            NO: book 2 ("Larung") is left out of the file, and a later entry changed extra
            NO: book 3 ("Laut Bercerita"): a later entry deleted it
            NO: book 9 ("Cantik Itu Luka") is new in the file, and a later entry gave that id to "Amba": give it a free id, 10 or above
        "#]],
    );
}

#[test]
fn what_is_done_already_is_not_done_again() {
    let then = shop();
    let mut file = file(&then);
    file[0]["author"] = json!("Ayu");
    file[0]["year"] = json!("1997");
    file.remove(1);
    file.push(json!({"id": 9, "title": "Cantik Itu Luka "}));
    let mut now = then.clone();
    let whole = planned(&then, &now, &file);
    assert_eq!((whole.steps.len(), whole.problems.len()), (3, 0));

    set(&mut now, 1, json!({"author": "Ayu"}));
    create(&mut now, json!({"id": 9, "title": "Cantik Itu Luka"}));
    check(
        &then,
        &now,
        &file,
        expect![[r#"
            book 1 ("Saman"): year from 1998 to 1997
              {"update":{"id":1,"set":{"year":"1997"}}}
            book 2 ("Larung"): deleted
              {"delete":{"id":2}}
        "#]],
    );
    let rest = planned(&then, &now, &file);
    entries(&mut now, rest.steps, Timestamp(0));
    assert_eq!(planned(&then, &now, &file), Plan::default());
}

/// How many changes each entry has, and that the state is the file's.
fn batches(file: &[Value]) -> Vec<usize> {
    let then = shop();
    let Plan { steps, problems } = planned(&then, &then, file);
    assert_eq!(problems, Vec::<String>::new());
    let mut state = then.clone();
    let entries: Vec<Arc<Entry>> = entries(&mut state, steps, Timestamp(7));
    assert!(entries.iter().all(|entry| &*entry.by == "file" && entry.at == Timestamp(7)));
    let revisions: Vec<u64> = entries.iter().map(|entry| entry.revision.0).collect();
    assert_eq!(revisions, (1..=entries.len() as u64).map(|n| then.revision().0 + n).collect::<Vec<_>>());
    assert_eq!(planned(&state, &state, file), Plan::default());
    entries.iter().map(|entry| entry.changes.len()).collect()
}

#[test]
fn many_changes_become_entries_of_a_bounded_size() {
    let mut many = file(&shop());
    many.extend((10..2_510).map(|id| json!({"id": id, "title": "Cantik Itu Luka"})));
    assert_eq!(batches(&many), [1_000, 1_000, 500]);

    let mut large = file(&shop());
    let description = "x".repeat(20_000);
    large.extend((10..60).map(|id| json!({"id": id, "title": "Amba", "description": description})));
    assert_eq!(batches(&large), [25, 25]);
}
