//! Several operations as one: all or nothing, one change for each book.

use catalogue::{BookId, Operation, Revision};
use expect_test::{Expect, expect};
use serde_json::json;

use crate::fixture::*;

/// Carries a transaction out on two books at revisions 1 and 2, and shows the answer, the entry's changes, and the books.
fn check(operations: impl Into<Vec<Operation>>, expected: Expect) {
    let mut store = Store::with([json!({"title": "one", "stock": 5}), json!({"title": "two", "year": 2000})]);
    let mut seen = told(&store.take(&command(operations)));
    for entry in &store.entries[2..] {
        seen += "--\n";
        entry.changes.iter().for_each(|change| seen += &change_text(change));
    }
    seen += "--\n";
    store.catalogue.books().for_each(|book| seen += &format!("{}\n", brief(book)));
    expected.assert_eq(&seen);
}

#[test]
fn operations_on_different_books_share_one_revision() {
    check(
        [titled("three"), set(2, json!({"year": 2001})), delete(1), titled("four")],
        expect![[r#"
            revision 3
            3@3 {"title":"three"}
            2@3 {"title":"two","year":2001}
            1 deleted
            4@3 {"title":"four"}
            --
            Created 3 [] was -
            Updated 2 [year] was {"year":2000}
            Deleted 1 [] was {"author":"","description":"","edition":"","pages":null,"publisher":"","status":"Available","stock":5,"title":"one","year":null}
            Created 4 [] was -
            --
            2@3 {"title":"two","year":2001}
            3@3 {"title":"three"}
            4@3 {"title":"four"}
        "#]],
    );
}

#[test]
fn later_operations_see_what_earlier_ones_did() {
    check(
        [add(1, json!({"stock": -3})), add(1, json!({"stock": -2})), set(1, json!({"title": "sold out"}))],
        expect![[r#"
            revision 3
            1@3 {"stock":2,"title":"one"}
            1@3 {"stock":0,"title":"one"}
            1@3 {"stock":0,"title":"sold out"}
            --
            Updated 1 [title stock] was {"stock":5,"title":"one"}
            --
            1@3 {"stock":0,"title":"sold out"}
            2@2 {"title":"two","year":2000}
        "#]],
    );
}

#[test]
fn a_refused_operation_undoes_all_and_shows_the_book_as_it_stays() {
    check(
        [titled("three"), add(1, json!({"stock": -3})), add(1, json!({"stock": -3}))],
        expect![[r#"
            operation 2: BelowZero: stock of book 1 would become -1: look at the current book (1@1 {"stock":5,"title":"one"})
            --
            1@1 {"stock":5,"title":"one"}
            2@2 {"title":"two","year":2000}
        "#]],
    );
    check(
        [delete(2), set(2, json!({"year": 1}))],
        expect![[r#"
            operation 1: there is no book 2
            --
            1@1 {"stock":5,"title":"one"}
            2@2 {"title":"two","year":2000}
        "#]],
    );
    check(
        [create(json!({"title": "three", "id": 9})), create(json!({"title": "again", "id": 9}))],
        expect![[r#"
            operation 1: IdTaken: the id 9 belongs to another book: leave it out and one is assigned (no book)
            --
            1@1 {"stock":5,"title":"one"}
            2@2 {"title":"two","year":2000}
        "#]],
    );
    check(
        [delete(1), create(json!({"title": "again", "id": 1}))],
        expect![[r#"
            operation 1: IdDeleted: the book with the id 1 was deleted, and ids are not used twice: leave it out (no book)
            --
            1@1 {"stock":5,"title":"one"}
            2@2 {"title":"two","year":2000}
        "#]],
    );
}

#[test]
fn a_book_created_and_changed_is_created() {
    check(
        [titled("draft"), set(3, json!({"title": "final"})), add(3, json!({"stock": 1}))],
        expect![[r#"
            revision 3
            3@3 {"title":"draft"}
            3@3 {"title":"final"}
            3@3 {"stock":1,"title":"final"}
            --
            Created 3 [] was -
            --
            1@1 {"stock":5,"title":"one"}
            2@2 {"title":"two","year":2000}
            3@3 {"stock":1,"title":"final"}
        "#]],
    );
}

#[test]
fn a_book_created_and_deleted_uses_up_its_id_and_nobody_sees_it() {
    check(
        [titled("mistake"), delete(3), titled("right"), set(1, json!({"shelf": "A"}))],
        expect![[r#"
            revision 3
            3@3 {"title":"mistake"}
            3 deleted
            4@3 {"title":"right"}
            1@3 {"shelf":"A","stock":5,"title":"one"}
            --
            Deleted 3 [] was -
            Created 4 [] was -
            Updated 1 [shelf] was {"shelf":null}
            --
            1@3 {"shelf":"A","stock":5,"title":"one"}
            2@2 {"title":"two","year":2000}
            4@3 {"title":"right"}
        "#]],
    );
    let mut store = Store::default();
    store.does_all([titled("mistake"), delete(1)]);
    assert!(!store.last_entry().changes[0].is_visible() && store.last_entry().changes[0].book_before().is_none());
    assert!(store.catalogue.was_deleted(BookId(1)));
    assert_eq!(store.catalogue.next_id(), BookId(2));
}

#[test]
fn a_book_changed_and_deleted_is_deleted_with_what_it_was_before() {
    check(
        [set(2, json!({"title": "other", "shelf": "B"})), delete(2)],
        expect![[r#"
            revision 3
            2@3 {"shelf":"B","title":"other","year":2000}
            2 deleted
            --
            Deleted 2 [] was {"author":"","description":"","edition":"","pages":null,"publisher":"","status":"Available","title":"two","year":2000}
            --
            1@1 {"stock":5,"title":"one"}
        "#]],
    );
}

#[test]
fn a_book_changed_and_changed_back_keeps_its_revision_and_no_result_says_otherwise() {
    check(
        [set(2, json!({"year": 1999})), set(2, json!({"year": 2000}))],
        expect![[r#"
            revision 2
            2@2 {"title":"two","year":1999}
            2@2 {"title":"two","year":2000}
            --
            1@1 {"stock":5,"title":"one"}
            2@2 {"title":"two","year":2000}
        "#]],
    );
    check(
        [set(2, json!({"year": 1999})), add(1, json!({"stock": 1})), set(2, json!({"year": 2000}))],
        expect![[r#"
            revision 3
            2@2 {"title":"two","year":1999}
            1@3 {"stock":6,"title":"one"}
            2@2 {"title":"two","year":2000}
            --
            Updated 1 [stock] was {"stock":5}
            --
            1@3 {"stock":6,"title":"one"}
            2@2 {"title":"two","year":2000}
        "#]],
    );
    check(
        [set(2, json!({"year": 1999})), set(2, json!({"year": 2000})), set(2, json!({"year": 2001}))],
        expect![[r#"
            revision 3
            2@3 {"title":"two","year":1999}
            2@3 {"title":"two","year":2000}
            2@3 {"title":"two","year":2001}
            --
            Updated 2 [year] was {"year":2000}
            --
            1@1 {"stock":5,"title":"one"}
            2@3 {"title":"two","year":2001}
        "#]],
    );
}

#[test]
fn only_the_fields_that_differ_in_the_end_are_named() {
    check(
        [set(2, json!({"year": 1999, "shelf": "A"})), set(2, json!({"year": 2000, "shelf": "B", "edition": "1st"}))],
        expect![[r#"
            revision 3
            2@3 {"shelf":"A","title":"two","year":1999}
            2@3 {"edition":"1st","shelf":"B","title":"two","year":2000}
            --
            Updated 2 [edition shelf] was {"edition":"","shelf":null}
            --
            1@1 {"stock":5,"title":"one"}
            2@3 {"edition":"1st","shelf":"B","title":"two","year":2000}
        "#]],
    );
}

#[test]
fn an_operation_that_changes_nothing_shows_the_book_at_its_old_revision() {
    check(
        [set(1, json!({"stock": 5})), set(2, json!({"year": 1})), set(1, json!({"title": "one"}))],
        expect![[r#"
            revision 3
            1@1 {"stock":5,"title":"one"}
            2@3 {"title":"two","year":1}
            1@1 {"stock":5,"title":"one"}
            --
            Updated 2 [year] was {"year":2000}
            --
            1@1 {"stock":5,"title":"one"}
            2@3 {"title":"two","year":1}
        "#]],
    );
}

#[test]
fn the_revision_a_client_saw_holds_for_all_operations_of_its_transaction() {
    check(
        [seen_at(1, set(1, json!({"year": 1}))), seen_at(1, set(1, json!({"year": 2}))), seen_at(2, delete(2))],
        expect![[r#"
            revision 3
            1@3 {"stock":5,"title":"one","year":1}
            1@3 {"stock":5,"title":"one","year":2}
            2 deleted
            --
            Updated 1 [year] was {"year":null}
            Deleted 2 [] was {"author":"","description":"","edition":"","pages":null,"publisher":"","status":"Available","title":"two","year":2000}
            --
            1@3 {"stock":5,"title":"one","year":2}
        "#]],
    );
    check(
        [set(1, json!({"year": 1})), seen_at(3, set(1, json!({"year": 2})))],
        expect![[r#"
            operation 1: RevisionMismatch: book 1 is at revision 1, not 3: look at the current book and decide again (1@1 {"stock":5,"title":"one"})
            --
            1@1 {"stock":5,"title":"one"}
            2@2 {"title":"two","year":2000}
        "#]],
    );
    check(
        [titled("three"), seen_at(3, set(3, json!({"year": 2})))],
        expect![[r#"
            operation 1: RevisionMismatch: book 3 has no revision before the call that creates it: leave if_revision out (no book)
            --
            1@1 {"stock":5,"title":"one"}
            2@2 {"title":"two","year":2000}
        "#]],
    );
}

#[test]
fn preparing_changes_nothing_and_always_decides_the_same() {
    let store = Store::with([json!({"title": "one"})]);
    let before = store.catalogue.clone();
    let operations = [titled("two"), set(1, json!({"year": 1})), delete(2)];
    let (first, second) = (store.prepare(operations.clone()), store.prepare(operations));
    assert_eq!(first, second);
    assert_eq!(store.catalogue, before);
    assert_eq!(first.unwrap().entry.unwrap().revision, Revision(2));
}
