//! Entries: what is written down, and what can be read from it again.

use catalogue::{Book, BookId, Catalogue, Change, ChangeKind, Entry, Field, Former, Revision, Timestamp};
use expect_test::expect;
use serde_json::{Value, json};

use crate::fixture::*;

fn full_book() -> Value {
    json!({
        "title": "Laskar Pelangi", "author": "Andrea Hirata", "publisher": "Bentang Pustaka", "year": 2005, "pages": 529,
        "edition": "1st", "description": "Ten children\nand a school.", "status": "tersedia", "isbn": "9789793062792",
        "language": "id", "subjects": ["Fiction", "Belitung"], "series": "Laskar Pelangi 1", "shelf": "A-3",
        "barcode": "2000001", "stock": 3, "price": {"amount": "79000.00", "currency": "IDR"},
        "extra": {"supplier": "Gramedia"},
    })
}

#[test]
fn the_json_of_entries_is_what_the_journal_keeps_for_ever() {
    let mut store = Store::default();
    store.does(create(full_book()));
    store.does(set(1, json!({"year": null, "price": {"amount": 85000}, "series": null, "publisher": null})));
    store.take(&requested("till-1/8", [add(1, json!({"stock": -1})), add(1, json!({"stock": 1}))])).unwrap();
    store.does_all([titled("mistake"), delete(2), delete(1)]);
    let lines: String = store.entries.iter().map(|entry| serde_json::to_string(entry).unwrap() + "\n").collect();
    expect![[r#"
        {"revision":1,"at":"1970-01-12T13:46:40Z","by":"local","changes":[{"kind":"created","id":1,"book":{"id":1,"title":"Laskar Pelangi","author":"Andrea Hirata","publisher":"Bentang Pustaka","year":2005,"pages":529,"edition":"1st","description":"Ten children\nand a school.","status":"tersedia","isbn":"9789793062792","language":"id","subjects":["Fiction","Belitung"],"series":"Laskar Pelangi 1","shelf":"A-3","barcode":"2000001","stock":3,"price":{"amount":"79000.00","currency":"IDR"},"extra":{"supplier":"Gramedia"},"revision":1,"updated_at":"1970-01-12T13:46:40Z"}}]}
        {"revision":2,"at":"1970-01-12T13:46:40Z","by":"local","changes":[{"kind":"updated","id":1,"book":{"id":1,"title":"Laskar Pelangi","author":"Andrea Hirata","publisher":"","year":null,"pages":529,"edition":"1st","description":"Ten children\nand a school.","status":"tersedia","isbn":"9789793062792","language":"id","subjects":["Fiction","Belitung"],"shelf":"A-3","barcode":"2000001","stock":3,"price":{"amount":"85000.00","currency":"IDR"},"extra":{"supplier":"Gramedia"},"revision":2,"updated_at":"1970-01-12T13:46:40Z"},"changed":["publisher","year","series","price"],"was":{"price":{"amount":"79000.00","currency":"IDR"},"publisher":"Bentang Pustaka","series":"Laskar Pelangi 1","year":2005}}]}
        {"revision":3,"at":"1970-01-12T13:46:40Z","by":"local","request":{"id":"till-1/8","hash":"hash","answer":{"revision":3,"results":[{"book":{"id":1,"title":"Laskar Pelangi","author":"Andrea Hirata","publisher":"","year":null,"pages":529,"edition":"1st","description":"Ten children\nand a school.","status":"tersedia","isbn":"9789793062792","language":"id","subjects":["Fiction","Belitung"],"shelf":"A-3","barcode":"2000001","stock":2,"price":{"amount":"85000.00","currency":"IDR"},"extra":{"supplier":"Gramedia"},"revision":2,"updated_at":"1970-01-12T13:46:40Z"}},{"book":{"id":1,"title":"Laskar Pelangi","author":"Andrea Hirata","publisher":"","year":null,"pages":529,"edition":"1st","description":"Ten children\nand a school.","status":"tersedia","isbn":"9789793062792","language":"id","subjects":["Fiction","Belitung"],"shelf":"A-3","barcode":"2000001","stock":3,"price":{"amount":"85000.00","currency":"IDR"},"extra":{"supplier":"Gramedia"},"revision":2,"updated_at":"1970-01-12T13:46:40Z"}}]}},"changes":[]}
        {"revision":4,"at":"1970-01-12T13:46:40Z","by":"local","changes":[{"kind":"deleted","id":2},{"kind":"deleted","id":1,"was":{"author":"Andrea Hirata","barcode":"2000001","description":"Ten children\nand a school.","edition":"1st","extra":{"supplier":"Gramedia"},"isbn":"9789793062792","language":"id","pages":529,"price":{"amount":"85000.00","currency":"IDR"},"publisher":"","shelf":"A-3","status":"tersedia","stock":3,"subjects":["Fiction","Belitung"],"title":"Laskar Pelangi","year":null}}]}
    "#]]
    .assert_eq(&lines);
    let read: Vec<Entry> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read, store.entries);
}

#[test]
fn a_book_is_read_back_exactly_as_it_was_written() {
    let mut store = Store::with([full_book(), json!({"title": "plain"})]);
    store.does(set(2, json!({"year": 0, "stock": 0, "description": "\"\\\t\n😀"})));
    for book in store.catalogue.books() {
        let text = serde_json::to_string(book).unwrap();
        let read: Book = serde_json::from_str(&text).unwrap();
        assert_eq!(read, *book);
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }
}

#[test]
fn facts_that_todays_rules_refuse_are_read_back_too() {
    let text = r#"{"id":18446744073709551615,"title":"","author":"","publisher":"","year":-9223372036854775808,"pages":null,"edition":"","description":"\r\u0000","status":"","isbn":"x","language":"","subjects":[";"],"stock":-1,"price":{"amount":"","currency":"?"},"extra":{"":""},"revision":0,"updated_at":"1969-12-31T23:59:59Z"}"#;
    let book: Book = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&book).unwrap(), text);
    assert_eq!((book.id(), book.updated_at()), (BookId(u64::MAX), Timestamp(-1)));
}

#[test]
fn each_field_alone_is_named_when_it_changes_and_put_back_by_book_before() {
    let Value::Object(values) = full_book() else { unreachable!("it is an object") };
    for (from, to) in [(json!({"title": "plain"}), full_book()), (full_book(), json!({"title": "plain"}))] {
        for field in Field::ALL {
            let mut store = Store::with([from.clone()]);
            let before = store.book(1).details().clone();
            store.does(set(1, json!({ field.name(): to[field.name()] })));
            let [change] = store.last_entry().changes.as_slice() else { panic!("{} changes one book", field.name()) };
            assert_eq!((change.kind, change.changed.as_slice()), (ChangeKind::Updated, [field].as_slice()));
            assert_eq!(change.was.as_ref().unwrap().values().keys().collect::<Vec<_>>(), [field.name()]);
            assert_eq!(change.book_before().unwrap().details(), before);
        }
    }
    assert_eq!(values.len(), Field::ALL.len());
}

#[test]
fn a_deleted_book_is_whole_in_what_it_was() {
    let mut store = Store::with([full_book()]);
    let before = store.book(1).details().clone();
    store.does(delete(1));
    let [change] = store.last_entry().changes.as_slice() else { panic!("one book is gone") };
    assert_eq!(Value::from(change.was.as_ref().unwrap().values()), full_book());
    let book = change.book_before().unwrap();
    assert_eq!((book.id(), book.details()), (BookId(1), before));
}

#[test]
fn a_created_book_was_not_there_before() {
    let mut store = Store::default();
    store.does(create(full_book()));
    assert!(store.last_entry().changes[0].book_before().is_none() && store.last_entry().changes[0].is_visible());
}

#[test]
fn a_state_is_restored_from_its_parts_with_a_next_id_above_all_that_were_used() {
    let mut store = Store::with([json!({"title": "one"}), json!({"title": "two"})]);
    store.does(delete(2));
    let books: Vec<Book> = store.catalogue.books().map(Book::clone).collect();
    let restore = |next_id, deleted: Vec<BookId>| Catalogue::restore(Revision(3), next_id, books.clone(), deleted);
    assert_eq!(restore(BookId(3), vec![BookId(2)]), store.catalogue);
    assert_eq!(restore(BookId(1), vec![BookId(2)]), store.catalogue);
    assert_eq!(restore(BookId(1), vec![BookId(7)]).next_id(), BookId(8));
    assert_eq!(restore(BookId(9), vec![]).next_id(), BookId(9));
}

#[test]
fn books_are_read_by_id_from_any_place() {
    let store = Store::with([json!({"title": "one"}), json!({"title": "two"}), json!({"title": "three"})]);
    let after =
        |id: Option<u64>| -> Vec<u64> { store.catalogue.books_after(id.map(BookId)).map(|book| book.id().0).collect() };
    assert_eq!(after(None), [1, 2, 3]);
    assert_eq!(after(Some(0)), [1, 2, 3]);
    assert_eq!(after(Some(2)), [3]);
    assert!(after(Some(u64::MAX)).is_empty());
}

#[test]
fn applying_obeys_whatever_an_entry_says() {
    let mut store = Store::with([json!({"title": "one"}), json!({"title": "two"})]);
    let one = store.catalogue.get(BookId(1)).unwrap().clone();
    store.does(delete(1));
    let change = |kind, id, book| Change { kind, id: BookId(id), book, changed: Vec::new(), was: None };
    let odd = Entry {
        // A restore goes on far above.
        revision: Revision(1_000_000_003),
        at: Timestamp(i64::MIN),
        by: "".into(),
        request: None,
        changes: vec![
            // A revert brings a deleted book back.
            change(ChangeKind::Created, 1, Some(one)),
            change(ChangeKind::Deleted, 77, None),
            change(ChangeKind::Updated, 2, None),
            change(ChangeKind::Deleted, u64::MAX, None),
        ],
    };
    store.catalogue.apply(&odd);
    assert_eq!(store.catalogue.revision(), Revision(1_000_000_003));
    assert_eq!(store.catalogue.books().map(|book| book.id().0).collect::<Vec<_>>(), [1, 2]);
    assert!(!store.catalogue.was_deleted(BookId(1)) && store.catalogue.was_deleted(BookId(77)));
    assert!(store.take(&command([titled("no id is left")])).is_err());
    assert_eq!(odd.changes.iter().filter_map(Change::book_before).count(), 0);
}

#[test]
fn a_change_that_says_nonsense_about_the_past_is_read_without_panic() {
    let was = json!({"year": "x", "title": 5, "nonsense": 1, "subjects": {"a": 1}, "stock": null});
    let book = Store::with([full_book()]).book(1).clone();
    let change = Change {
        kind: ChangeKind::Updated,
        id: BookId(1),
        book: Some(book),
        changed: vec![Field::Year],
        was: was.as_object().map(Former::from),
    };
    let before = change.book_before().unwrap();
    assert_eq!((before.details().year, &*before.details().title, before.details().stock), (None, "", None));
}
