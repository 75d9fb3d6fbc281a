//! What each operation does, alone.

use std::fmt::Write;

use catalogue::{BookId, Catalogue, Field, Operation, Revision, RevisionPolicy, Rules, merge};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::fixture::*;

/// Carries operations out one after the other, each with the answer it gets.
fn check(store: &mut Store, operations: impl IntoIterator<Item = Operation>, expected: Expect) {
    let answers: String = operations.into_iter().map(|one| told(&store.take(&command([one])))).collect();
    expected.assert_eq(&answers);
}

/// Three books: a full one, a plain one, and a third that was deleted.
fn shop() -> Store {
    let mut store = Store::with([
        json!({
            "title": "Laskar Pelangi", "author": "Andrea Hirata", "year": 2005, "stock": 3, "subjects": ["Fiction"],
            "price": {"amount": "79000", "currency": "IDR"}, "extra": {"supplier": "Gramedia", "aisle": "4"},
        }),
        json!({"title": "Saman"}),
        json!({"title": "gone"}),
    ]);
    store.does(delete(3));
    store
}

#[test]
fn a_created_book_gets_the_next_id_unless_it_brings_a_free_one() {
    check(
        &mut shop(),
        [
            titled("next"),
            create(json!({"title": "given", "id": 100})),
            titled("behind the largest"),
            create(json!({"title": "in between", "id": "50"})),
            create(json!({"title": "null is none", "id": null, "revision": 99, "updated_at": "never"})),
        ],
        expect![[r#"
            revision 5
            4@5 {"title":"next"}
            revision 6
            100@6 {"title":"given"}
            revision 7
            101@7 {"title":"behind the largest"}
            revision 8
            50@8 {"title":"in between"}
            revision 9
            102@9 {"title":"null is none"}
        "#]],
    );
}

#[test]
fn an_id_that_is_or_was_in_use_is_a_conflict() {
    check(
        &mut shop(),
        [
            create(json!({"title": "taken", "id": 1})),
            create(json!({"title": "deleted", "id": 3})),
            create(json!({"id": 1, "year": "x"})),
            create(json!({"id": 0, "year": "x"})),
        ],
        expect![[r#"
            operation 0: IdTaken: the id 1 belongs to another book: leave it out and one is assigned (1@1 {"author":"Andrea Hirata","extra":{"aisle":"4","supplier":"Gramedia"},"price":{"amount":"79000.00","currency":"IDR"},"stock":3,"subjects":["Fiction"],"title":"Laskar Pelangi","year":2005})
            operation 0: IdDeleted: the book with the id 3 was deleted, and ids are not used twice: leave it out (no book)
            operation 0: IdTaken: the id 1 belongs to another book: leave it out and one is assigned (1@1 {"author":"Andrea Hirata","extra":{"aisle":"4","supplier":"Gramedia"},"price":{"amount":"79000.00","currency":"IDR"},"stock":3,"subjects":["Fiction"],"title":"Laskar Pelangi","year":2005})
            operation 0: invalid
            id: must be a whole number from 1 to 9007198254740991, or null
            year: must be a whole number from -3000 to 9999, or null
            title: is missing: a book needs a title

        "#]],
    );
}

#[test]
fn when_no_id_is_left_above_the_largest_a_free_one_must_be_given() {
    let largest = BookId::ASSIGNED_MAX;
    let mut store = Store { catalogue: Catalogue::restore(Revision(7), largest, [], []), ..Store::default() };
    check(
        &mut store,
        [titled("the last"), titled("one too many"), create(json!({"title": "given", "id": 5}))],
        expect![[r#"
            revision 8
            9007199254740991@8 {"title":"the last"}
            operation 0: IdsUsedUp: no id above the largest one is left: give the book a free id up to 9007198254740991 (no book)
            revision 9
            5@9 {"title":"given"}
        "#]],
    );
    // An id that only the store assigns may stay in a book that is sent back as it was read.
    let again = json!({"id": largest, "title": "the last"});
    assert_eq!(store.does(replace(largest.0, again.clone())).revision, Revision(9));
    assert_eq!(store.does(set(largest.0, again)).revision, Revision(9));
}

#[test]
fn an_update_changes_the_fields_it_sets_and_null_unsets_them() {
    check(
        &mut shop(),
        [
            set(1, json!({"year": 2006, "publisher": "Bentang"})),
            set(1, json!({"year": null, "subjects": null, "stock": null})),
            set(1, json!({"price": {"amount": 85000}, "extra": {"aisle": null, " supplier ": "Mizan", "new": "x"}})),
            set(1, json!({"price": null, "extra": null, "status": "tersedia"})),
            set(1, json!({"status": null, "author": ""})),
            set(1, json!({"id": 1, "revision": 1, "updated_at": null, "edition": "2nd"})),
        ],
        expect![[r#"
            revision 5
            1@5 {"author":"Andrea Hirata","extra":{"aisle":"4","supplier":"Gramedia"},"price":{"amount":"79000.00","currency":"IDR"},"publisher":"Bentang","stock":3,"subjects":["Fiction"],"title":"Laskar Pelangi","year":2006}
            revision 6
            1@6 {"author":"Andrea Hirata","extra":{"aisle":"4","supplier":"Gramedia"},"price":{"amount":"79000.00","currency":"IDR"},"publisher":"Bentang","title":"Laskar Pelangi"}
            revision 7
            1@7 {"author":"Andrea Hirata","extra":{"new":"x","supplier":"Mizan"},"price":{"amount":"85000.00","currency":"IDR"},"publisher":"Bentang","title":"Laskar Pelangi"}
            revision 8
            1@8 {"author":"Andrea Hirata","publisher":"Bentang","status":"tersedia","title":"Laskar Pelangi"}
            revision 9
            1@9 {"publisher":"Bentang","title":"Laskar Pelangi"}
            revision 10
            1@10 {"edition":"2nd","publisher":"Bentang","title":"Laskar Pelangi"}
        "#]],
    );
}

#[test]
fn an_update_tells_every_broken_rule_and_checks_no_other_field() {
    let mut store = shop();
    check(
        &mut store,
        [
            set(1, json!({"title": "", "yaer": 2005, "pages": -1, "id": 2, "price": {"currency": "rupiah"}})),
            set(1, json!({"title": null, "id": "x"})),
            set_and_add(
                1,
                json!({"stock": 5, "year": "x"}),
                json!({"stock": -1, "title": 1, "id": 1, "mood": 1, "pages": null}),
            ),
            Operation::Update { id: BookId(1), set: None, add: None, if_revision: None },
        ],
        expect![[r#"
            operation 0: invalid
            id: must be 1 or left out: a book keeps its id
            pages: must be a whole number from 0 to 100000, or null
            price.currency: "rupiah" is no ISO 4217 code such as "IDR" or "EUR"
            title: must not be blank: a book needs a title
            yaer: there is no such field: correct its name, or put it into "extra"

            operation 0: invalid
            id: must be a whole number from 1 to 9007199254740991, or null
            title: must not be blank: a book needs a title

            operation 0: invalid
            year: must be a whole number from -3000 to 9999, or null
            id: cannot be added to
            mood: there is no such field: correct its name, or put it into "extra"
            pages: must be a whole number from -100000 to 100000 to add
            stock: is both set and added to: do one of them
            title: is no number: "add" takes stock, pages and year

            operation 0: invalid
            set: is missing: say what to change, by "set" or by "add"

        "#]],
    );
    let faulty = altered(store.book(2), |details| {
        details.isbn = Some("not checked".into());
        details.year = Some(99_999);
    });
    let catalogue = Catalogue::restore(Revision(9), BookId(3), [faulty], []);
    check(
        &mut Store { catalogue, ..Store::default() },
        [set(2, json!({"shelf": "A-3"})), set(2, json!({"year": 99_999})), replace(2, json!({"title": "Saman"}))],
        expect![[r#"
            revision 10
            2@10 {"isbn":"not checked","shelf":"A-3","title":"Saman","year":99999}
            operation 0: invalid
            year: must be a whole number from -3000 to 9999, or null

            revision 11
            2@11 {"title":"Saman"}
        "#]],
    );
}

#[test]
fn add_counts_at_the_moment_of_writing_and_never_below_zero() {
    check(
        &mut shop(),
        [
            add(1, json!({"stock": -1})),
            add(1, json!({"stock": "-2"})),
            add(1, json!({"stock": -1})),
            add(2, json!({"stock": 2})),
            add(2, json!({"pages": 10, "year": 1998})),
            add(2, json!({"pages": 99_990})),
            add(2, json!({"pages": 1})),
            add(2, json!({"pages": -99_990})),
            add(2, json!({"year": -1999})),
            add(2, json!({"stock": -3, "pages": "many"})),
            add(2, json!({"stock": 0.5})),
            set_and_add(2, json!({"shelf": "B-1"}), json!({"stock": 1})),
            set_and_add(2, json!({"shelf": ""}), json!({"stock": -9})),
            add(2, json!({})),
            add(2, json!({"stock": 0})),
        ],
        expect![[r#"
            revision 5
            1@5 {"author":"Andrea Hirata","extra":{"aisle":"4","supplier":"Gramedia"},"price":{"amount":"79000.00","currency":"IDR"},"stock":2,"subjects":["Fiction"],"title":"Laskar Pelangi","year":2005}
            revision 6
            1@6 {"author":"Andrea Hirata","extra":{"aisle":"4","supplier":"Gramedia"},"price":{"amount":"79000.00","currency":"IDR"},"stock":0,"subjects":["Fiction"],"title":"Laskar Pelangi","year":2005}
            operation 0: BelowZero: stock of book 1 would become -1: look at the current book (1@6 {"author":"Andrea Hirata","extra":{"aisle":"4","supplier":"Gramedia"},"price":{"amount":"79000.00","currency":"IDR"},"stock":0,"subjects":["Fiction"],"title":"Laskar Pelangi","year":2005})
            revision 7
            2@7 {"stock":2,"title":"Saman"}
            revision 8
            2@8 {"pages":10,"stock":2,"title":"Saman","year":1998}
            revision 9
            2@9 {"pages":100000,"stock":2,"title":"Saman","year":1998}
            operation 0: invalid
            pages: would become 100001, at most 100000 is allowed

            revision 10
            2@10 {"pages":10,"stock":2,"title":"Saman","year":1998}
            operation 0: BelowZero: year of book 2 would become -1: look at the current book (2@10 {"pages":10,"stock":2,"title":"Saman","year":1998})
            operation 0: invalid
            pages: must be a whole number from -100000 to 100000 to add

            operation 0: invalid
            stock: must be a whole number from -1000000000 to 1000000000 to add

            revision 11
            2@11 {"pages":10,"shelf":"B-1","stock":3,"title":"Saman","year":1998}
            operation 0: BelowZero: stock of book 2 would become -6: look at the current book (2@11 {"pages":10,"shelf":"B-1","stock":3,"title":"Saman","year":1998})
            revision 11
            2@11 {"pages":10,"shelf":"B-1","stock":3,"title":"Saman","year":1998}
            revision 11
            2@11 {"pages":10,"shelf":"B-1","stock":3,"title":"Saman","year":1998}
        "#]],
    );
}

#[test]
fn a_replaced_book_keeps_its_id_and_nothing_else() {
    check(
        &mut shop(),
        [
            replace(1, json!({"title": "Edensor", "year": 2007})),
            replace(1, json!({"id": 1, "title": "Edensor", "year": "2007", "revision": 5})),
            replace(1, json!({"id": 2, "year": 12345})),
            replace(1, json!({"id": "x", "title": "t"})),
        ],
        expect![[r#"
            revision 5
            1@5 {"title":"Edensor","year":2007}
            revision 5
            1@5 {"title":"Edensor","year":2007}
            operation 0: invalid
            id: must be 1 or left out: a book keeps its id
            year: must be a whole number from -3000 to 9999, or null
            title: is missing: a book needs a title

            operation 0: invalid
            id: must be a whole number from 1 to 9007199254740991, or null

        "#]],
    );
}

#[test]
fn a_deleted_book_is_gone_and_its_id_with_it() {
    let mut store = shop();
    check(
        &mut store,
        [
            delete(2),
            delete(2),
            set(2, json!({"year": 1})),
            replace(2, json!({})),
            delete(3),
            delete(99),
            titled("next"),
        ],
        expect![[r#"
            revision 5
            2 deleted
            operation 0: there is no book 2
            operation 0: there is no book 2
            operation 0: there is no book 2
            operation 0: there is no book 3
            operation 0: there is no book 99
            revision 6
            4@6 {"title":"next"}
        "#]],
    );
    assert!(store.catalogue.was_deleted(BookId(2)) && store.catalogue.get(BookId(2)).is_none());
    assert_eq!(store.catalogue.deleted().collect::<Vec<_>>(), [BookId(2), BookId(3)]);
    assert_eq!((store.catalogue.len(), store.catalogue.next_id()), (2, BookId(5)));
}

#[test]
fn an_old_sight_of_a_book_is_a_conflict_before_anything_else_is_looked_at() {
    check(
        &mut shop(),
        [
            seen_at(1, set(1, json!({"year": 2006}))),
            seen_at(1, set(1, json!({"yaer": 2007}))),
            seen_at(1, replace(1, json!({}))),
            seen_at(1, delete(1)),
            seen_at(5, add(1, json!({"stock": 1}))),
            seen_at(6, delete(1)),
            seen_at(7, delete(1)),
        ],
        expect![[r#"
            revision 5
            1@5 {"author":"Andrea Hirata","extra":{"aisle":"4","supplier":"Gramedia"},"price":{"amount":"79000.00","currency":"IDR"},"stock":3,"subjects":["Fiction"],"title":"Laskar Pelangi","year":2006}
            operation 0: RevisionMismatch: book 1 is at revision 5, not 1: look at the current book and decide again (1@5 {"author":"Andrea Hirata","extra":{"aisle":"4","supplier":"Gramedia"},"price":{"amount":"79000.00","currency":"IDR"},"stock":3,"subjects":["Fiction"],"title":"Laskar Pelangi","year":2006})
            operation 0: RevisionMismatch: book 1 is at revision 5, not 1: look at the current book and decide again (1@5 {"author":"Andrea Hirata","extra":{"aisle":"4","supplier":"Gramedia"},"price":{"amount":"79000.00","currency":"IDR"},"stock":3,"subjects":["Fiction"],"title":"Laskar Pelangi","year":2006})
            operation 0: RevisionMismatch: book 1 is at revision 5, not 1: look at the current book and decide again (1@5 {"author":"Andrea Hirata","extra":{"aisle":"4","supplier":"Gramedia"},"price":{"amount":"79000.00","currency":"IDR"},"stock":3,"subjects":["Fiction"],"title":"Laskar Pelangi","year":2006})
            revision 6
            1@6 {"author":"Andrea Hirata","extra":{"aisle":"4","supplier":"Gramedia"},"price":{"amount":"79000.00","currency":"IDR"},"stock":4,"subjects":["Fiction"],"title":"Laskar Pelangi","year":2006}
            revision 7
            1 deleted
            operation 0: there is no book 1
        "#]],
    );
}

#[test]
fn a_store_can_demand_a_revision_of_whoever_may_overwrite_something() {
    let rules = Rules { revision: RevisionPolicy::Required };
    check(
        &mut Store { rules, ..shop() },
        [
            set(1, json!({"year": 2006})),
            set_and_add(1, json!({}), json!({"stock": 1})),
            replace(1, json!({"title": ""})),
            delete(1),
            delete(99),
            add(1, json!({"stock": 1})),
            titled("new"),
            seen_at(5, set(1, json!({"year": 2006}))),
        ],
        expect![[r#"
            operation 0: this server asks for the revision you saw: send if_revision (HTTP: If-Match)
            operation 0: this server asks for the revision you saw: send if_revision (HTTP: If-Match)
            operation 0: this server asks for the revision you saw: send if_revision (HTTP: If-Match)
            operation 0: this server asks for the revision you saw: send if_revision (HTTP: If-Match)
            operation 0: there is no book 99
            revision 5
            1@5 {"author":"Andrea Hirata","extra":{"aisle":"4","supplier":"Gramedia"},"price":{"amount":"79000.00","currency":"IDR"},"stock":4,"subjects":["Fiction"],"title":"Laskar Pelangi","year":2005}
            revision 6
            4@6 {"title":"new"}
            revision 7
            1@7 {"author":"Andrea Hirata","extra":{"aisle":"4","supplier":"Gramedia"},"price":{"amount":"79000.00","currency":"IDR"},"stock":4,"subjects":["Fiction"],"title":"Laskar Pelangi","year":2006}
        "#]],
    );
}

#[test]
fn a_call_that_changes_nothing_makes_no_entry() {
    let mut store = shop();
    let before = store.entries.len();
    check(
        &mut store,
        [
            set(1, json!({"title": " Laskar Pelangi ", "year": "2005", "language": null, "price": {"amount": 79000}})),
            set(1, json!({})),
            replace(2, json!({"title": "Saman", "author": null, "status": "Available", "subjects": [], "extra": {}})),
        ],
        expect![[r#"
            revision 4
            1@1 {"author":"Andrea Hirata","extra":{"aisle":"4","supplier":"Gramedia"},"price":{"amount":"79000.00","currency":"IDR"},"stock":3,"subjects":["Fiction"],"title":"Laskar Pelangi","year":2005}
            revision 4
            1@1 {"author":"Andrea Hirata","extra":{"aisle":"4","supplier":"Gramedia"},"price":{"amount":"79000.00","currency":"IDR"},"stock":3,"subjects":["Fiction"],"title":"Laskar Pelangi","year":2005}
            revision 4
            2@2 {"title":"Saman"}
        "#]],
    );
    assert_eq!(store.entries.len(), before);
}

#[test]
fn a_book_over_64_kib_is_too_large() {
    let mut store = shop();
    let large = |chars: usize| json!({"title": "t", "description": "😀".repeat(chars)});
    let extra: serde_json::Map<_, _> = (0..18).map(|n| (format!("k{n}"), json!("😀".repeat(1_000)))).collect();
    let mut refused = String::new();
    let mut book = large(16_000);
    book["subjects"] = json!(vec!["s".repeat(200); 100]);
    for operation in [create(book.clone()), replace(2, book), set(1, json!({ "extra": extra }))] {
        write!(refused, "{}", told(&store.take(&command([operation])))).unwrap();
    }
    expect![[r#"
        operation 0: the book has 84485 bytes of JSON, at most 65536 are allowed: shorten it
        operation 0: the book has 84485 bytes of JSON, at most 65536 are allowed: shorten it
        operation 0: the book has 72474 bytes of JSON, at most 65536 are allowed: shorten it
    "#]]
    .assert_eq(&refused);
    store.does(create(large(16_000)));

    // One that came in with a file may become smaller, step by step, and not larger.
    let faulty = altered(store.book(2), |details| {
        details.description = "x".repeat(70_000).into();
        details.author = "y".repeat(900).into();
    });
    let mut store = Store { catalogue: Catalogue::restore(Revision(9), BookId(3), [faulty], []), ..Store::default() };
    assert!(store.take(&command([set(2, json!({"author": "z"}))])).is_ok());
    assert!(store.take(&command([set(2, json!({"shelf": "A-3"}))])).is_err());
}

#[test]
fn a_call_has_at_least_one_operation_and_at_most_a_thousand() {
    let answers = [0, 1_000, 1_001].map(|count| {
        let operations: Vec<_> = (0..count).map(|_| titled("t")).collect();
        Store::default().take(&command(operations)).map(|answer| answer.results.len())
    });
    expect![[r#"
        [
            Err(
                Refused {
                    refusal: Invalid(
                        [
                            FieldError {
                                field: "operations",
                                message: "has 0 operations, 1 to 1000 are allowed",
                            },
                        ],
                    ),
                    operation: 0,
                },
            ),
            Ok(
                1000,
            ),
            Err(
                Refused {
                    refusal: Invalid(
                        [
                            FieldError {
                                field: "operations",
                                message: "has 1001 operations, 1 to 1000 are allowed",
                            },
                        ],
                    ),
                    operation: 0,
                },
            ),
        ]
    "#]]
    .assert_eq(&format!("{answers:#?}\n"));
}

#[test]
fn no_name_of_a_shops_own_is_taken_for_a_field() {
    let own = json!({"a": "1", "extra": "2", "shelf": "3", "stock": "4"});
    for fields in [json!({"shelf": "A"}), json!({"stock": 5}), json!({"shelf": "A", "stock": 5, "extra": {"b": "6"}})] {
        let mut store = Store::with([json!({"title": ",\"shelf\":", "subjects": [",\"stock\":"], "extra": own})]);
        let before = store.book(1).all_values();
        store.does(set(1, fields.clone()));
        assert_eq!(Value::from(store.book(1).all_values()), merge(before.into(), &fields));
        assert_eq!(store.book(1), &serde_json::from_str(store.book(1).json()).unwrap(), "it is spelt as every book is");
    }
    let mut store = Store::with([json!({"title": "Saman", "extra": {"a": "1", "stock": "4"}})]);
    store.does(add(1, json!({"stock": 1})));
    assert_eq!(store.book(1).number(Field::Stock), Some(1), "a book without a number begins with none");
}
