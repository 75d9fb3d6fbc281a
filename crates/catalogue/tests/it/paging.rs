//! Pages and the cursors between them.

use std::collections::BTreeMap;

use catalogue::{Cursor, Page, Revision};
use expect_test::expect;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture::*;

fn shop() -> Store {
    Store::with((1..=7).map(|n| json!({"title": format!("T{}", 9 - n), "year": (n != 3).then_some(1990 + n % 3)})))
}

fn ids(page: &Page) -> Vec<u64> {
    page.books.iter().map(|book| book.id().0).collect()
}

/// Every page of a query, one after the other.
fn pages(store: &Store, mut query: Value) -> Vec<Vec<u64>> {
    let mut pages = Vec::new();
    loop {
        let page = store.list(query.clone()).expect("the query is right");
        pages.push(ids(&page));
        assert!(pages.len() < 100, "pages end");
        let Some(next) = page.next else { return pages };
        query["cursor"] = json!(next.to_string());
    }
}

#[test]
fn pages_follow_each_other_to_the_end() {
    let store = shop();
    assert_eq!(pages(&store, json!({"limit": 3})), [vec![1, 2, 3], vec![4, 5, 6], vec![7]]);
    assert_eq!(pages(&store, json!({"limit": 7})), [vec![1, 2, 3, 4, 5, 6, 7]]);
    assert_eq!(pages(&store, json!({"limit": 3, "sort": "title"})), [vec![7, 6, 5], vec![4, 3, 2], vec![1]]);
    assert_eq!(pages(&store, json!({"limit": 3, "sort": "-year"})), [vec![2, 5, 1], vec![4, 7, 6], vec![3]]);
    assert_eq!(pages(&store, json!({"limit": 2, "filter": {"year": 1991}})), [vec![1, 4], vec![7]]);
    assert_eq!(pages(&store, json!({"limit": 2, "sort": "-id", "filter": {"year": 1991}})), [vec![7, 4], vec![1]]);
    assert_eq!(pages(&Store::default(), json!({"sort": "title"})), [Vec::<u64>::new()]);
}

#[test]
fn each_page_tells_how_many_match_in_all_and_at_which_revision() {
    let mut store = shop();
    let first = store.list(json!({"limit": 2, "filter": {"year": 1991}})).unwrap();
    assert_eq!((first.total, first.revision), (3, Revision(7)));
    store.does(delete(7));
    let cursor = first.next.unwrap().to_string();
    let second = store.list(json!({"limit": 2, "filter": {"year": 1991}, "cursor": cursor})).unwrap();
    assert_eq!((ids(&second), second.total, second.next, second.revision), (vec![], 2, None, Revision(8)));
}

#[test]
fn a_page_ends_early_where_its_bytes_would_be_too_many() {
    let store = shop();
    let bytes = serde_json::to_vec(store.book(1)).unwrap().len() as u64 + 1;
    assert_eq!(pages(&store, json!({"bytes_max": bytes * 3})), [vec![1, 2, 3], vec![4, 5, 6], vec![7]]);
    assert_eq!(pages(&store, json!({"bytes_max": bytes * 3 - 1})), [vec![1, 2], vec![3, 4], vec![5, 6], vec![7]]);
    assert_eq!(pages(&store, json!({"bytes_max": 1, "sort": "title"})).concat(), [7, 6, 5, 4, 3, 2, 1]);
}

#[test]
fn a_page_of_no_books_only_counts() {
    for query in
        [json!({"limit": 0}), json!({"limit": 0, "sort": "title"}), json!({"limit": 0, "filter": {"id": {"from": 1}}})]
    {
        let page = shop().list(query).unwrap();
        assert_eq!((page.books.len(), page.total), (0, 7));
    }
}

#[test]
fn books_can_be_left_out_before_a_page() {
    let store = shop();
    for sort in ["id", "-id", "title"] {
        let all = store.ids(json!({ "sort": sort }));
        for skip in 0..9 {
            let page = store.list(json!({"sort": sort, "skip": skip, "limit": 3})).unwrap();
            let behind = &all[skip.min(7)..];
            assert_eq!(ids(&page), behind[..behind.len().min(3)], "{sort} {skip}");
            assert_eq!((page.total, page.next.is_some()), (7, behind.len() > 3), "{sort} {skip}");
        }
    }
    assert_eq!(store.ids(json!({"skip": 1, "filter": {"year": 1991}})), [4, 7]);
}

#[test]
fn a_cursor_goes_with_the_sort_it_was_made_for() {
    let store = shop();
    let cursor = |sort: Value| store.list(json!({"sort": sort, "limit": 1})).unwrap().next.unwrap().to_string();
    let errors = store.list(json!({"sort": "-title", "cursor": cursor(json!("title"))})).unwrap_err();
    expect![[r#"
        cursor: belongs to another sort: begin at the first page
    "#]]
    .assert_eq(&errors_text(&errors));
    assert!(store.list(json!({"cursor": cursor(json!("year"))})).is_err());
    assert_eq!(store.ids(json!({"sort": "id", "cursor": cursor(json!(null))})), [2, 3, 4, 5, 6, 7]);
}

#[test]
fn a_cursor_is_a_short_word_that_urls_take() {
    let store = shop();
    let cursor = |query| store.list(query).unwrap().next.unwrap().to_string();
    assert_eq!(cursor(json!({"limit": 2})), cursor(json!({"limit": 2, "sort": "id"})));
    let cursor = cursor(json!({"limit": 2, "sort": "title"}));
    assert!(
        cursor.len() < 40 && cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
        "{cursor}"
    );
    assert_eq!(cursor.parse::<Cursor>().unwrap().to_string(), cursor);

    let longest =
        Store::with([json!({"title": "한".repeat(1_000)}), json!({"title": "z", "description": "😀".repeat(15_000)})]);
    for sort in ["title", "-title", "description", "-description"] {
        let store = Store::with(longest.catalogue.books().flat_map(|book| [fields(book), fields(book)]));
        let cursors = store.list(json!({"sort": sort, "limit": 1})).unwrap().next.unwrap().to_string();
        assert!(cursors.len() < 6_000, "{sort}: {}", cursors.len());
    }
}

#[test]
fn what_is_no_cursor_is_told() {
    let texts = [
        "",
        "x",
        "AAAA",
        "W10",
        "eyJhIjoxfQ",
        "WyJ0aXRsZSIsW10sMV0",
        "WyJtb29kIixudWxsLDFd",
        "WyJ5ZWFyIiwxZTk5LDFd",
        "WyJpZCIsMSwxXQ==",
    ];
    for text in texts {
        let error = text.parse::<Cursor>().unwrap_err();
        assert_eq!(
            (&*error.field, &*error.message),
            ("cursor", "is none of ours: send `next` of the page before unchanged"),
            "{text}"
        );
    }
}

#[test]
fn a_forged_cursor_breaks_nothing() {
    // Keys of a kind that no book has there: ["title",5,1], ["year","x",1], ["id",null,1], ["price",-1,18446744073709551615].
    let forged = [
        "WyJ0aXRsZSIsNSwxXQ",
        "WyJ5ZWFyIiwieCIsMV0",
        "WyJpZCIsbnVsbCwxXQ",
        "WyJwcmljZSIsLTEsMTg0NDY3NDQwNzM3MDk1NTE2MTVd",
    ];
    for (cursor, sort) in forged.into_iter().zip(["title", "year", "id", "price"]) {
        assert!(shop().list(json!({"sort": sort, "cursor": cursor})).is_ok(), "{sort}");
    }
}

/// What happens between two pages.
#[derive(Clone, Debug)]
enum Event {
    Create(String),
    Rename(u64, String),
    Touch(u64),
    Delete(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let title = || "[aAäbB]{1,3}";
    prop_oneof![
        title().prop_map(Event::Create),
        (1u64..30, title()).prop_map(|(id, title)| Event::Rename(id, title)),
        (1u64..30).prop_map(Event::Touch),
        (1u64..30).prop_map(Event::Delete),
    ]
}

fn happen(store: &mut Store, event: &Event) -> Option<u64> {
    let (id, operation) = match event {
        Event::Create(title) => (None, titled(title)),
        Event::Rename(id, title) => (Some(*id), set(*id, json!({ "title": title }))),
        Event::Touch(id) => (Some(*id), add(*id, json!({"stock": 1}))),
        Event::Delete(id) => (Some(*id), delete(*id)),
    };
    let before = store.entries.len();
    store.take(&command([operation])).ok().filter(|_| store.entries.len() > before).and(id)
}

proptest! {
    #[test]
    fn paging_meets_every_book_that_did_not_change_exactly_once_whatever_happens_between(
        titles in prop::collection::vec("[aAäbB]{1,3}", 0..30),
        between in prop::collection::vec(prop::collection::vec(event(), 0..4), 0..12),
        sort in prop::sample::select(vec!["title", "-title", "-id", "stock", "-revision", "id"]),
        limit in 1usize..6,
    ) {
        let mut store = Store::with(titles.iter().map(|title| json!({ "title": title })));
        let mut met: BTreeMap<u64, usize> = (1..=titles.len() as u64).map(|id| (id, 0)).collect();
        let mut query = json!({"sort": sort, "limit": limit});
        let mut events = between.iter();
        for number in 0.. {
            prop_assert!(number < 100, "pages end");
            let page = store.list(query.clone()).unwrap();
            for id in ids(&page) {
                met.entry(id).and_modify(|times| *times += 1);
            }
            let Some(next) = page.next else { break };
            query["cursor"] = json!(next.to_string());
            for event in events.next().into_iter().flatten() {
                if let Some(id) = happen(&mut store, event) {
                    met.remove(&id);
                }
            }
        }
        prop_assert!(met.values().all(|times| *times == 1), "{:?}", met);
    }

    #[test]
    fn no_text_breaks_a_cursor(text in "\\PC{0,30}|[A-Za-z0-9_-]{0,60}") {
        if let Ok(cursor) = text.parse::<Cursor>() {
            prop_assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        }
    }
}
