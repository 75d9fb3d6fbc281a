//! A filter, as the query of a URL or as JSON: it finds the same however it is written, or is refused.
#![no_main]

use bookstore_fuzz::books::shop;
use catalogue::{Cursor, Filter, ListQuery, Sort};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use server::fuzzing::{self, list_query};
use url::form_urlencoded;

const PAGE_BOOKS_MAX: usize = 1_000;

fuzz_target!(|text: &str| {
    match text.strip_prefix('?') {
        Some(query) => check_query(query),
        None => check_filter(text),
    }
});

fn check_query(query: &str) {
    let rewritten: String = {
        let mut out = form_urlencoded::Serializer::new(String::new());
        out.extend_pairs(form_urlencoded::parse(query.as_bytes())).finish()
    };
    let again = list_query(&rewritten);
    let read = list_query(query);
    assert_eq!(read, again, "{rewritten}");
    let Some(fuzzing::ListQuery { filter, sort, cursor, limit }) = read else { return };
    assert!(limit.is_none_or(|limit| (1..=PAGE_BOOKS_MAX).contains(&limit)));
    assert!(cursor.as_ref().is_none_or(|cursor| cursor.to_string().parse::<Cursor>().as_ref() == Ok(cursor)));
    assert!(sort.as_ref().is_none_or(|sort| sort.to_string().parse::<Sort>().as_ref() == Ok(sort)));
    find(filter, sort, cursor);
}

fn check_filter(text: &str) {
    let Ok(Value::Object(members)) = serde_json::from_str(text) else { return };
    let Ok(filter) = Filter::parse(&members) else { return };
    assert_eq!(filter.is_empty(), members.is_empty());
    find(filter, None, None);
}

/// A page has the books that match, and tells how many do.
fn find(filter: Filter, sort: Option<Sort>, cursor: Option<Cursor>) {
    let shop = shop();
    let matching = shop.books().filter(|book| filter.matches(book)).count();
    let query = ListQuery { filter: filter.clone(), sort, cursor, skip: 0, limit: 3, bytes_max: 1 << 20 };
    let Ok(page) = shop.list(&query) else { return };
    assert_eq!(page.total, matching);
    assert!(page.books.len() <= 3 && page.books.iter().all(|book| filter.matches(book)));
}
