//! The index beside a view that moves on.

use catalogue::{Answer, Book, BookId, Command, Details, Filter, Operation, Revision, Rules, Timestamp};
use serde_json::json;

use super::*;

fn shop(books: usize) -> Catalogue {
    let book = |number: u64| {
        let details = Details { title: format!("T{}", number % 97).into(), ..Details::default() };
        Book::new(BookId(number), &details, Revision(1), Timestamp(0))
    };
    Catalogue::restore(Revision(1), BookId::FIRST, (1..=books as u64).map(book), [])
}

fn write(view: &mut Catalogue, ids: impl Iterator<Item = u64>) -> Answer {
    let update = |id| Operation::Update {
        id: BookId(id),
        set: Some(serde_json::from_value(json!({"title": format!("new {id}")})).unwrap()),
        add: None,
        if_revision: None,
    };
    let operations = ids.map(update).collect();
    let command = Command { at: Timestamp(0), by: "local".into(), request: None, operations };
    let prepared = view.prepare(&command, &Rules::default()).unwrap();
    view.apply(&prepared.entry.unwrap());
    prepared.answer
}

fn by_title() -> ListQuery {
    let sort = Some("-title".parse().unwrap());
    ListQuery { filter: Filter::default(), sort, cursor: None, skip: 0, limit: 20, bytes_max: 1024 * 1024 }
}

fn lists(view: &Catalogue, index: &Arc<Index>) -> Lists {
    Lists::new(Arc::new(view.clone()), Arc::clone(index))
}

fn assert_agree(view: &Catalogue, index: &Arc<Index>) {
    let found = lists(view, index).list(&by_title()).unwrap();
    let expected = view.list(&by_title()).unwrap();
    assert_eq!((found.revision, found.books, found.total), (expected.revision, expected.books, expected.total));
}

fn changes(index: &Index) -> Option<usize> {
    index.kept().as_ref().map(|kept| kept.indexed.changes())
}

#[test]
fn a_small_catalogue_has_no_index() {
    let (view, index) = (shop(100), Arc::default());
    assert_agree(&view, &index);
    assert_eq!(index.follow(&view, Instant::now()), Followed::Whole);
    assert_eq!(changes(&index), None);
}

#[test]
fn a_list_sees_every_write_before_it() {
    let (mut view, index) = (shop(BOOKS_MIN), Arc::default());
    for id in 1..10 {
        assert_agree(&view, &index);
        write(&mut view, std::iter::once(id));
    }
    assert_eq!(changes(&index), Some(8));
}

#[test]
fn who_asks_with_an_older_view_is_answered_from_the_newest() {
    let (mut view, index) = (shop(BOOKS_MIN), Arc::default());
    let before = lists(&view, &index);
    write(&mut view, 1..2);
    assert_agree(&view, &index);
    assert_eq!(before.list(&by_title()).unwrap().revision, view.revision());
}

#[test]
fn what_became_too_much_to_look_at_is_put_in_order_beside_the_lists() {
    let (mut view, index) = (shop(8 * CHANGES_MAX), Arc::default());
    assert_agree(&view, &index);
    (0..6).for_each(|part| drop(write(&mut view, part * 1_000 + 1..(part + 1) * 1_000 + 1)));
    assert_agree(&view, &index);
    assert_eq!(changes(&index), Some(6_000));
    assert_eq!(index.follow(&view, Instant::now()), Followed::Whole);
    assert_eq!(changes(&index), Some(0));
    assert_agree(&view, &index);
}

#[test]
fn an_index_of_which_little_is_left_is_made_anew() {
    let (mut view, index) = (shop(BOOKS_MIN), Arc::default());
    assert_agree(&view, &index);
    (0..2).for_each(|part| drop(write(&mut view, part * 1_000 + 1..(part + 1) * 1_000 + 1)));
    assert_agree(&view, &index);
    assert_eq!(changes(&index), Some(0));
}

#[test]
fn an_index_nobody_asks_keeps_no_former_books() {
    let (mut view, index) = (shop(BOOKS_MIN), Arc::default());
    assert_agree(&view, &index);
    write(&mut view, 1..2);
    assert_eq!(index.follow(&view, Instant::now()), Followed::Whole);
    assert_eq!(changes(&index), Some(1));
    assert_eq!(index.follow(&view, Instant::now() + UNUSED_MAX), Followed::Whole);
    assert_eq!(changes(&index), None);
}
