//! Events as they go out.

use catalogue::{Book, BookId, Change, ChangeKind, Details, Entry, Field, Former, RequestNote, Revision, Timestamp};
use expect_test::expect;
use protocol::event::{self, BookChange, Event, Kind};

fn book(id: u64) -> Book {
    let details = Details { title: "Saman".into(), status: "Available".into(), ..Details::default() };
    Book::new(BookId(id), &details, Revision(3), Timestamp(0))
}

fn change(kind: ChangeKind, id: u64) -> Change {
    let book = (kind != ChangeKind::Deleted).then(|| book(id));
    let was = (kind != ChangeKind::Created).then(|| Former::from(&serde_json::Map::default()));
    Change { kind, id: BookId(id), book, changed: Vec::new(), was }
}

fn entry(changes: Vec<Change>) -> Entry {
    Entry { revision: Revision(3), at: Timestamp(60), by: "local".into(), request: None, changes }
}

#[test]
fn an_entry_is_told_whole_and_in_order() {
    let updated = Change { changed: vec![Field::Shelf, Field::Year], ..change(ChangeKind::Updated, 2) };
    let request = Some(RequestNote { id: "till/1".into(), hash: "h".into(), answer: None });
    let changes = vec![change(ChangeKind::Created, 1), updated, change(ChangeKind::Deleted, 3)];
    let entry = Entry { request, ..entry(changes) };
    expect![[r#"{"type":"change","revision":3,"at":"1970-01-01T00:01:00Z","by":"local","request_id":"till/1","changes":[{"kind":"created","id":1,"book":{"id":1,"title":"Saman","author":"","publisher":"","year":null,"pages":null,"edition":"","description":"","status":"Available","revision":3,"updated_at":"1970-01-01T00:00:00Z"}},{"kind":"updated","id":2,"book":{"id":2,"title":"Saman","author":"","publisher":"","year":null,"pages":null,"edition":"","description":"","status":"Available","revision":3,"updated_at":"1970-01-01T00:00:00Z"},"changed":["shelf","year"]},{"kind":"deleted","id":3}]}"#]].assert_eq(&Event::whole(&entry).to_json());
}

#[test]
fn what_nobody_could_see_is_not_told() {
    let ghost = Change { was: None, ..change(ChangeKind::Deleted, 2) };
    let entry = entry(vec![change(ChangeKind::Deleted, 1), ghost]);
    expect![[r#"{"type":"change","revision":3,"at":"1970-01-01T00:01:00Z","by":"local","changes":[{"kind":"deleted","id":1}]}"#]].assert_eq(&Event::whole(&entry).to_json());
}

#[test]
fn a_filter_has_words_of_its_own() {
    let entry = entry(Vec::new());
    let book = book(1);
    let entered = BookChange { kind: Kind::Entered, id: BookId(1), book: Some(&book), changed: &[] };
    let left = BookChange { kind: Kind::Left, id: BookId(2), book: None, changed: &[] };
    expect![[r#"{"type":"change","revision":3,"at":"1970-01-01T00:01:00Z","by":"local","changes":[{"kind":"entered","id":1,"book":{"id":1,"title":"Saman","author":"","publisher":"","year":null,"pages":null,"edition":"","description":"","status":"Available","revision":3,"updated_at":"1970-01-01T00:00:00Z"}},{"kind":"left","id":2}]}"#]].assert_eq(&Event::change(&entry, vec![entered, left]).to_json());
}

#[test]
fn the_other_events_say_where_they_stand() {
    expect![[r#"{"type":"books","revision":4,"books":[]}"#]]
        .assert_eq(&Event::Books { revision: Revision(4), books: &[] }.to_json());
    expect![[r#"{"type":"current","revision":4,"store":"abc"}"#]]
        .assert_eq(&Event::Current { revision: Revision(4), store: "abc" }.to_json());
    expect![[r#"{"type":"reset","revision":4}"#]].assert_eq(&Event::Reset { revision: Revision(4) }.to_json());
    expect![[r#"{"jsonrpc":"2.0","method":"books.changed","params":{"subscription":"7","result":{}}}"#]]
        .assert_eq(&event::notification("7", "{}"));
}
