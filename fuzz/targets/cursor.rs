//! A cursor, as it comes or by what it holds: it finds a page or is refused, and is the same when written anew.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bookstore_fuzz::books::shop;
use catalogue::{Cursor, ListQuery};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    check(text);
    check(&URL_SAFE_NO_PAD.encode(text));
});

fn check(text: &str) {
    let Ok(cursor) = text.parse::<Cursor>() else { return };
    let written = cursor.to_string();
    assert_eq!(written.parse::<Cursor>().as_ref(), Ok(&cursor));
    let shop = shop();
    // Its own sort is what it begins with.
    let content = URL_SAFE_NO_PAD.decode(&written).expect("we wrote it");
    let (sort, _, _): (String, serde_json::Value, u64) = serde_json::from_slice(&content).expect("we wrote it");
    let sort = sort.parse().expect("we wrote it");
    let query = ListQuery {
        filter: Default::default(),
        sort: Some(sort),
        cursor: Some(cursor),
        skip: 0,
        limit: 2,
        bytes_max: 1 << 20,
    };
    let page = shop.list(&query).expect("the cursor is of that sort");
    assert!(page.books.len() <= 2 && page.total == shop.len());
    if let Some(next) = page.next {
        assert_eq!(next.to_string().parse::<Cursor>(), Ok(next));
    }
}
