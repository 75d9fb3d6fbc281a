//! The rules of PROTOCOL.md, "What a row matches", one table each.

use catalogue::{Book, BookId, Draft, Operation};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::{Matching, Trust, Verdict, difference};

const SEA: &str = "9789793062792";
const SEA_TEN: &str = "979-3062-79-7";

fn book(id: u64, members: Value) -> Book {
    let mut value = json!({"id": id, "title": "", "status": "Available", "revision": id * 10, "updated_at": "2026-01-01T00:00:00Z"});
    value.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    serde_json::from_value(value).unwrap()
}

fn draft(members: Value) -> Draft {
    members.as_object().unwrap().clone().into()
}

fn describe(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Create { id, note } => {
            let id = id.map(|id| format!(" with id {id}")).unwrap_or_default();
            format!("create{id}{}", note.as_ref().map(|note| format!("; {note}")).unwrap_or_default())
        }
        Verdict::Update { operation: Operation::Update { id, set, if_revision, .. }, .. } => {
            let set = serde_json::to_string(set).unwrap();
            format!("update {id} at revision {}: {set}", if_revision.unwrap())
        }
        Verdict::Unchanged => "unchanged".into(),
        Verdict::Refused(reason) => format!("refused: {reason}"),
        other => format!("{other:?}"),
    }
}

fn check_with(trust: Trust, books: &[Book], rows: &[Value], expected: Expect) {
    let mut matching = Matching::new(books, trust);
    let verdicts = rows.iter().zip(1..).map(|(row, line)| describe(&matching.decide(line, &draft(row.clone()))));
    expected.assert_eq(&verdicts.map(|verdict| verdict + "\n").collect::<String>());
}

fn check(books: &[Book], rows: &[Value], expected: Expect) {
    check_with(Trust::Agreeing, books, rows, expected);
}

#[test]
fn a_row_with_an_id_is_that_book_where_title_or_isbn_agrees() {
    let books = [book(5, json!({"title": "Laut", "isbn": SEA}))];
    check(
        &books,
        &[json!({"id": 5, "title": "laut", "shelf": "A"})],
        expect![[r#"
        update 5 at revision 50: {"shelf":"A","title":"laut"}
    "#]],
    );
    check(
        &books,
        &[json!({"id": 5, "title": "The Sea", "isbn": SEA_TEN})],
        expect![[r#"
        update 5 at revision 50: {"title":"The Sea"}
    "#]],
    );
    check(
        &books,
        &[json!({"id": "5", "isbn": SEA, "shelf": "A"})],
        expect![[r#"
        update 5 at revision 50: {"shelf":"A"}
    "#]],
    );
    check(
        &books,
        &[json!({"id": 5, "title": "Other"})],
        expect![[r#"
        refused: neither title nor ISBN agrees with book 5 ("Laut"): correct the id, leave it out, or force it with --by-id
    "#]],
    );
}

#[test]
fn by_id_forces_it() {
    let books = [book(5, json!({"title": "Laut"}))];
    check_with(
        Trust::IdAlone,
        &books,
        &[json!({"id": 5, "title": "Other"})],
        expect![[r#"
        update 5 at revision 50: {"title":"Other"}
    "#]],
    );
}

#[test]
fn an_id_never_used_makes_a_new_book_with_it() {
    let books = [book(5, json!({"title": "Laut", "isbn": SEA}))];
    check(
        &books,
        &[json!({"id": 9, "title": "Laut", "isbn": SEA}), json!({"id": 9, "title": "Laut"})],
        expect![[r#"
        create with id 9
        refused: book 9 is already what another row of this file is
    "#]],
    );
}

#[test]
fn a_row_without_id_is_a_book_by_isbn_and_folded_title() {
    let books = [book(5, json!({"title": "Läut", "isbn": SEA, "year": 2005}))];
    check(&books, &[json!({"isbn": SEA_TEN, "title": "Läut"})], expect!["unchanged\n"]);
    check(
        &books,
        &[json!({"title": "laut", "isbn": SEA, "year": "2006"})],
        expect![[r#"
        update 5 at revision 50: {"title":"laut","year":2006}
    "#]],
    );
    // With a valid ISBN, nothing else is tried.
    check(&books, &[json!({"title": "Läut", "year": 2005, "isbn": "9780306406157"})], expect!["create\n"]);
}

#[test]
fn the_same_isbn_under_another_title_is_added_and_reported() {
    let books = [book(5, json!({"title": "Laut", "isbn": SEA}))];
    let rows = [
        json!({"title": "Gunung", "isbn": SEA}),
        json!({"title": "Api", "isbn": "9780306406157"}),
        json!({"title": "Air", "isbn": "9780306406157"}),
    ];
    check(
        &books,
        &rows,
        expect![[r#"
        create; the same ISBN as book 5 ("Laut"), under another title: added
        create
        create; the same ISBN as the book of line 2, under another title: added
    "#]],
    );
}

#[test]
fn without_isbn_year_title_author_and_publisher_must_all_be_equal() {
    let books = [book(
        5,
        json!({"title": "Laut", "author": "Leila S. Chudori", "publisher": "KPG", "year": 2017, "isbn": SEA}),
    )];
    let same = json!({"title": "laut", "author": "LEILA S. CHUDORI", "publisher": "kpg", "year": 2017});
    check(
        &books,
        std::slice::from_ref(&same),
        expect![[r#"
        update 5 at revision 50: {"author":"LEILA S. CHUDORI","publisher":"kpg","title":"laut"}
    "#]],
    );
    for (field, other) in
        [("year", json!(2018)), ("year", Value::Null), ("author", json!("X")), ("publisher", json!(""))]
    {
        let mut row = same.clone();
        row[field] = other;
        check(&books, &[row], expect!["create\n"]);
    }
}

#[test]
fn one_import_matches_a_book_at_most_once_lowest_id_first() {
    let books = [book(5, json!({"title": "Laut"})), book(7, json!({"title": "Laut"}))];
    let row = json!({"title": "Laut", "shelf": "A"});
    check(
        &books,
        &[row.clone(), row.clone(), row.clone(), row],
        expect![[r#"
        update 5 at revision 50: {"shelf":"A"}
        update 7 at revision 70: {"shelf":"A"}
        create; the same year, title, author and publisher as book 7 ("Laut"), which another row is: added as one more book
        create; the same year, title, author and publisher as the book of line 3, which another row is: added as one more book
    "#]],
    );
}

#[test]
fn a_book_that_a_row_made_is_matched_by_no_other_row() {
    let row = json!({"title": "Laut", "isbn": SEA});
    check(
        &[],
        &[row.clone(), row],
        expect![[r#"
        create
        create; the same ISBN and title as the book of line 1, which another row is: added as one more book
    "#]],
    );
}

#[test]
fn missing_columns_leave_a_known_book_and_null_clears() {
    let books = [book(
        5,
        json!({
            "title": "Laut", "isbn": SEA, "year": 2017, "shelf": "A", "extra": {"a": "1", "b": "2"},
            "price": {"amount": "79000.00", "currency": "IDR"}
        }),
    )];
    let row = |members: Value| {
        let mut row = json!({"title": "Laut", "isbn": SEA});
        row.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        row
    };
    check(&books, &[row(json!({}))], expect!["unchanged\n"]);
    check(
        &books,
        &[row(json!({"year": null, "shelf": null}))],
        expect![[r#"
        update 5 at revision 50: {"shelf":null,"year":null}
    "#]],
    );
    check(
        &books,
        &[row(json!({"extra": {"b": "3"}}))],
        expect![[r#"
        update 5 at revision 50: {"extra":{"b":"3"}}
    "#]],
    );
    check(
        &books,
        &[row(json!({"extra": {"b": null}, "price": {"amount": 80000}}))],
        expect![[r#"
        update 5 at revision 50: {"extra":{"b":null},"price":{"amount":"80000.00"}}
    "#]],
    );
    check(
        &books,
        &[row(json!({"revision": 1, "updated_at": "x", "year": "2017", "shelf": " A "}))],
        expect!["unchanged\n"],
    );
}

#[test]
fn a_row_that_breaks_rules_is_refused_with_every_reason() {
    let books = [book(5, json!({"title": "Laut", "isbn": SEA}))];
    let mut matching = Matching::new(&books, Trust::Agreeing);
    for row in [json!({"year": 99999, "pages": -1}), json!({"title": "Laut", "isbn": SEA, "year": 99999, "pages": -1})]
    {
        let Verdict::Refused(reason) = matching.decide(1, &draft(row)) else { panic!("it was taken") };
        assert!(reason.contains("year: ") && reason.contains("pages: "), "{reason}");
    }
    // A refused row has not met the book.
    assert_eq!(matching.decide(2, &draft(json!({"title": "Laut", "isbn": SEA}))), Verdict::Unchanged);
}

#[test]
fn after_a_conflict_a_row_is_decided_on_anew() {
    let mut matching = Matching::new(&[book(5, json!({"title": "Laut"}))], Trust::Agreeing);
    let row = draft(json!({"title": "Laut", "shelf": "A"}));
    matching.decide(1, &row);
    matching.learn(1, book(5, json!({"title": "Laut", "year": 2017})));
    assert_eq!(describe(&matching.decide(1, &row)), "create");

    let row = draft(json!({"id": 5, "title": "Laut", "shelf": "A"}));
    assert_eq!(describe(&matching.decide(2, &row)), r#"update 5 at revision 50: {"shelf":"A"}"#);
    matching.forget(BookId(5));
    assert_eq!(describe(&matching.decide(2, &row)), "create with id 5");
    matching.unmake(2);
    matching.learn(2, book(5, json!({"title": "Laut", "shelf": "A"})));
    assert_eq!(describe(&matching.decide(2, &row)), "unchanged");
}

#[test]
fn the_number_of_a_made_book_is_taken_for_later_rows() {
    let mut matching = Matching::new(&[], Trust::Agreeing);
    let row = draft(json!({"title": "Laut"}));
    matching.decide(1, &row);
    matching.made(1, Some(BookId(1)));
    let verdict = matching.decide(2, &draft(json!({"id": 1, "title": "Laut"})));
    assert_eq!(describe(&verdict), "refused: book 1 is already what another row of this file is");
    // And a conflict about it does not make it free.
    matching.learn(2, book(1, json!({"title": "Laut"})));
    assert!(matches!(matching.decide(2, &draft(json!({"id": 1, "title": "Laut"}))), Verdict::Refused(_)));
}

#[test]
fn a_difference_applied_leaves_no_difference() {
    let before = book(5, json!({"title": "Laut", "extra": {"a": "1"}, "subjects": ["x"]}));
    let row = draft(json!({"title": "Laut ", "extra": {"a": null, "b": "2"}, "subjects": ["x", "y"], "isbn": SEA_TEN}));
    let set = difference(&before, &row).unwrap();
    let value = catalogue::merge(serde_json::to_value(&before).unwrap(), &set.into());
    let after: Book = serde_json::from_value(value).unwrap();
    assert!(difference(&after, &row).unwrap().is_empty());
}
