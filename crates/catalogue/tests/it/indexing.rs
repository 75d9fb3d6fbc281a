//! What an index answers: the same as a look at every book, whatever was written since it was made.

use catalogue::{Book, Catalogue, Details, Filter, Indexed, ListQuery, Operation, Page};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::fixture::*;

const WORDS: [&str; 8] = ["a", "Á", "b", "ab", "tersedia", "Available", "The Penguin History of the World", "㍿ ㍿ ㍿"];
const SORTS: [&str; 16] = [
    "id",
    "-id",
    "title",
    "-title",
    "author",
    "-author",
    "year",
    "-year",
    "status",
    "-price",
    "price",
    "-shelf",
    "revision",
    "-revision",
    "-updated_at",
    "description",
];

fn word() -> impl Strategy<Value = &'static str> {
    prop::sample::select(WORDS.to_vec())
}

/// A book of few words, so that filters meet it often; some texts are so long that their keys are cut.
fn any_book() -> impl Strategy<Value = Value> {
    let text = || prop_oneof![2 => word().prop_map(Value::from), 1 => Just(Value::Null)];
    let number = || prop::option::of(0i64..5).prop_map(|number| json!(number));
    let authors = prop::collection::vec(word(), 0..3).prop_map(|words| json!(words.join("; ")));
    let subjects = prop::collection::vec(word(), 0..3).prop_map(|words| json!(words));
    let price =
        prop::option::of(0u32..3).prop_map(|amount| amount.map(|n| json!({"amount": n * 7, "currency": "EUR"})));
    let long = prop_oneof![
        6 => Just(Value::Null),
        1 => (word(), 990usize..1_010).prop_map(|(word, times)| json!("é".repeat(times) + word)),
    ];
    (word(), authors, text(), text(), number(), subjects, price, long).prop_map(
        |(title, author, status, shelf, year, subjects, price, description)| {
            json!({"title": title, "author": author, "status": status, "shelf": shelf, "year": year,
                   "subjects": subjects, "price": price, "description": description})
        },
    )
}

fn any_write() -> impl Strategy<Value = Operation> {
    prop_oneof![
        3 => any_book().prop_map(create),
        2 => (1u64..30, any_book()).prop_map(|(id, book)| replace(id, book)),
        1 => (1u64..30).prop_map(|id| add(id, json!({"stock": 1}))),
        2 => (1u64..30).prop_map(delete),
        1 => (1u64..60, word()).prop_map(|(id, title)| create(json!({"id": id, "title": title}))),
    ]
}

fn any_filter() -> impl Strategy<Value = Value> {
    let one_text = || prop_oneof![4 => word().prop_map(Value::from), 1 => Just(Value::Null)];
    let text = move || prop_oneof![one_text(), prop::collection::vec(one_text(), 1..4).prop_map(Value::from)];
    let number = prop_oneof![
        (0i64..5).prop_map(Value::from),
        (0i64..5, 0i64..3).prop_map(|(from, more)| json!({"from": from, "to": from + more})),
        Just(json!([null, 1, {"from": 3}])),
    ];
    let long = (word(), 990usize..1_010).prop_map(|(word, times)| json!("e".repeat(times) + word));
    let member = prop_oneof![
        (prop::sample::select(vec!["title", "author", "status", "shelf", "subjects"]), text()),
        (prop::sample::select(vec!["year", "stock"]), number),
        (Just("id"), (0u64..40).prop_map(|from| json!([3, {"from": from}]))),
        (Just("description"), prop_oneof![long, Just(Value::Null)]),
    ];
    prop::collection::vec(member, 0..3).prop_map(|members| {
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
    })
}

fn query(filter: &Value, sort: &str, limit: usize) -> ListQuery {
    let filter = Filter::parse(filter.as_object().unwrap()).unwrap();
    ListQuery { filter, sort: Some(sort.parse().unwrap()), cursor: None, skip: 0, limit, bytes_max: usize::MAX / 2 }
}

fn told(page: &Page) -> (u64, Vec<u64>, usize, Option<String>) {
    let ids = page.books.iter().map(|book| book.id().0).collect();
    (page.revision.0, ids, page.total, page.next.as_ref().map(ToString::to_string))
}

/// Every page that the index gives is the page that a look at every book gives.
fn assert_agree(indexed: &Indexed, view: &Catalogue, mut query: ListQuery) {
    for number in 0.. {
        assert!(number < 200, "pages end");
        for skip in [1, 7] {
            let query = ListQuery { skip, ..query.clone() };
            assert_eq!(told(&indexed.list(&query).unwrap()), told(&view.list(&query).unwrap()), "{query:?}");
        }
        let (found, expected) = (indexed.list(&query).unwrap(), view.list(&query).unwrap());
        assert_eq!(told(&found), told(&expected), "{query:?}");
        query.cursor = found.next;
        if query.cursor.is_none() {
            return;
        }
    }
}

proptest! {
    // Each case asks for hundreds of pages.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn an_index_answers_what_a_look_at_every_book_does(
        books in prop::collection::vec(any_book(), 0..40),
        rounds in prop::collection::vec((prop::collection::vec(any_write(), 0..8), any::<bool>()), 1..4),
        filters in prop::collection::vec(any_filter(), 1..4),
        sorts in prop::collection::vec(prop::sample::select(SORTS.to_vec()), 1..4),
        limit in 1usize..9,
        few in prop::sample::select(vec![0, 3, Indexed::FEW]),
    ) {
        let mut store = Store::with(books);
        let mut indexed = Indexed::new(store.catalogue.clone(), few);
        for (writes, is_renewed) in rounds {
            for filter in &filters {
                for sort in &sorts {
                    assert_agree(&indexed, &store.catalogue, query(filter, sort, limit));
                }
            }
            for write in writes {
                // What is refused changes nothing.
                let _ = store.take(&command([write]));
            }
            indexed.catch_up(&store.catalogue);
            if is_renewed {
                indexed = indexed.renewed();
                prop_assert_eq!(indexed.changes(), 0);
            }
        }
        for filter in &filters {
            for sort in SORTS {
                assert_agree(&indexed, &store.catalogue, query(filter, sort, limit));
            }
        }
    }
}

fn shop() -> Store {
    Store::with((0..40).map(|n| json!({"title": format!("T{}", n % 7), "year": 1990 + n % 3})))
}

#[test]
fn only_what_differs_counts_as_a_change() {
    let mut store = shop();
    let mut indexed = Indexed::new(store.catalogue.clone(), 0);
    for write in [set(3, json!({"year": 5})), delete(4), titled("new"), delete(41), set(3, json!({"year": 6}))] {
        store.does(write);
        indexed.catch_up(&store.catalogue);
    }
    assert_eq!((indexed.changes(), indexed.revision()), (2, store.catalogue.revision()));
    let changed: Vec<_> =
        store.catalogue.changed_since(&shop().catalogue).map(|(id, _, book)| (id.0, book.is_some())).collect();
    assert_eq!(changed, [(3, true), (4, false)]);
}

#[test]
fn a_cursor_of_another_sort_is_refused_by_an_index_too() {
    let store = shop();
    let indexed = Indexed::new(store.catalogue.clone(), 0);
    let cursor = indexed.list(&query(&json!({}), "year", 3)).unwrap().next;
    assert!(indexed.list(&ListQuery { cursor, ..query(&json!({}), "title", 3) }).is_err());
}

#[test]
fn a_book_with_more_authors_than_are_told_apart_is_found_by_each() {
    let authors: Vec<String> = (0..300).map(|n| format!("{n}")).collect();
    let book = shop().book(1).clone();
    let details = Details { author: authors.join(";").into(), ..book.details() };
    let book = Book::new(book.id(), &details, book.revision(), book.updated_at());
    let view = Catalogue::restore(book.revision(), book.id(), [book], []);
    let indexed = Indexed::new(view.clone(), 0);
    for author in ["0", "255", "256", "299", "300"] {
        assert_agree(&indexed, &view, query(&json!({ "author": author }), "title", 3));
    }
    assert_eq!(indexed.list(&query(&json!({"author": "299"}), "title", 3)).unwrap().total, 1);
}
