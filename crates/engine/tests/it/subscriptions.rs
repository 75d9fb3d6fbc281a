//! What subscribers are told: everything that concerns them, in order, once.

use catalogue::{BookId, Catalogue, Filter, Revision};
use engine::{Ending, Limits, Position, Start, StoreId};
use journal::{MemoryJournal, Opened};
use serde_json::json;

use crate::fixture::*;

fn since(revision: u64) -> Start {
    Start { since: Some(Position { revision: Revision(revision), store: None }), snapshot: false }
}

const SNAPSHOT: Start = Start { since: None, snapshot: true };

#[tokio::test]
async fn a_plain_subscriber_hears_where_it_stands_and_then_every_change() {
    let engine = in_memory();
    wrote(&engine, create("Saman")).await;
    let mut subscription = subscribe(&engine, json!({}), Start::default());
    wrote(&engine, create("Larung")).await;
    wrote(&engine, delete(1)).await;
    let lines = told(&engine, &mut subscription).await;
    assert_eq!(lines, ["current @1", "change @2 Created 2", "change @3 Deleted 1"]);
    assert_eq!(subscription.current(), Some(Revision(3)));
}

#[tokio::test]
async fn a_snapshot_stands_for_one_revision_and_changes_follow_it() {
    let engine = in_memory();
    wrote(&engine, create("Saman")).await;
    let mut subscription = subscribe(&engine, json!({}), SNAPSHOT);
    wrote(&engine, create("Larung")).await;
    assert_eq!(subscription.current(), None);
    let lines = told(&engine, &mut subscription).await;
    assert_eq!(lines, [r#"books @1 ["Saman"]"#, "current @1", "change @2 Created 2"]);
}

#[tokio::test]
async fn an_empty_snapshot_is_still_one_page() {
    let engine = in_memory();
    let mut subscription = subscribe(&engine, json!({ "author": "nobody" }), SNAPSHOT);
    assert_eq!(told(&engine, &mut subscription).await, ["books @0 []", "current @0"]);
}

#[tokio::test]
async fn a_large_snapshot_comes_in_pages_that_hold_each_book_once() {
    let engine = in_memory();
    for number in 0..40 {
        let book = json!({ "title": format!("{number}"), "description": "x".repeat(19_000) });
        wrote(&engine, catalogue::Operation::Create { book: draft(book) }).await;
    }
    let mut subscription = subscribe(&engine, json!({}), SNAPSHOT);
    let lines = told(&engine, &mut subscription).await;
    let titles: Vec<_> = lines.iter().flat_map(|line| line.split('"').skip(1).step_by(2)).collect();
    assert_eq!(titles, (0..40).map(|number| number.to_string()).collect::<Vec<_>>());
    assert!(lines.len() > 3, "40 books of 19 kB are several pages: {}", lines.len());
}

#[tokio::test]
async fn a_filter_tells_what_enters_changes_and_leaves() {
    let engine = in_memory();
    let mut subscription = subscribe(&engine, json!({ "language": "id" }), Start::default());
    wrote(&engine, create("Saman")).await;
    wrote(&engine, set(1, json!({ "language": "ind" }))).await;
    wrote(&engine, set(1, json!({ "year": 1998 }))).await;
    wrote(&engine, set(1, json!({ "language": "en" }))).await;
    wrote(&engine, set(1, json!({ "year": 2005 }))).await;
    wrote(&engine, set(1, json!({ "language": "id" }))).await;
    wrote(&engine, delete(1)).await;
    let lines = told(&engine, &mut subscription).await;
    let expected = [
        "current @0",
        "change @2 Entered 1",
        "change @3 Updated 1",
        "change @4 Left 1",
        "change @6 Entered 1",
        "change @7 Deleted 1",
    ];
    assert_eq!(lines, expected);
    assert_eq!(subscription.current(), Some(Revision(7)), "what did not match counts as delivered");
}

#[tokio::test]
async fn who_comes_back_gets_everything_after_his_position_once() {
    let engine = in_memory();
    for title in ["a", "b", "c", "d"] {
        wrote(&engine, create(title)).await;
    }
    let mut subscription = subscribe(&engine, json!({}), since(2));
    wrote(&engine, create("e")).await;
    let lines = told(&engine, &mut subscription).await;
    assert_eq!(lines, ["change @3 Created 3", "change @4 Created 4", "current @4", "change @5 Created 5"]);
}

#[tokio::test]
async fn who_comes_back_after_a_restart_is_served_from_the_journal() {
    let journal = MemoryJournal::new("store");
    let engine = start(journal.open(), Limits::default());
    for title in ["a", "b", "c"] {
        wrote(&engine, create(title)).await;
    }
    engine.stop(Ending::AsItIs).await;
    let small_ring = Limits { ring_entries_max: 1, ..Limits::default() };
    let engine = start(journal.open(), small_ring);
    let mut subscription = subscribe(&engine, json!({ "title": ["a", "c"] }), since(0));
    let lines = told(&engine, &mut subscription).await;
    assert_eq!(lines, ["change @1 Created 1", "change @3 Created 3", "current @3"]);
}

#[tokio::test]
async fn a_position_that_cannot_be_resumed_is_refused_with_the_oldest_that_can() {
    let engine = in_memory();
    wrote(&engine, create("Saman")).await;
    let foreign = Position { revision: Revision(1), store: Some(StoreId("other".into())) };
    let starts = [since(2), Start { since: Some(foreign), snapshot: false }];
    for start in starts {
        let refused = engine.subscribe(Filter::default(), start.clone()).err().expect("refused");
        assert_eq!((refused.oldest, &*refused.store.0), (Revision(0), "store"));
        let mut instead = subscribe(&engine, json!({}), Start { snapshot: true, ..start });
        let lines = told(&engine, &mut instead).await;
        assert_eq!(lines, ["reset @1", r#"books @1 ["Saman"]"#, "current @1"]);
    }
}

#[tokio::test]
async fn a_snapshot_is_not_sent_where_the_position_can_be_resumed() {
    let engine = in_memory();
    wrote(&engine, create("Saman")).await;
    let mut subscription = subscribe(&engine, json!({}), Start { snapshot: true, ..since(0) });
    assert_eq!(told(&engine, &mut subscription).await, ["change @1 Created 1", "current @1"]);
}

#[tokio::test]
async fn who_falls_off_the_ring_reads_on_from_the_journal() {
    let limits = Limits { ring_entries_max: 2, behind_entries_max: 3, ..Limits::default() };
    let engine = start(MemoryJournal::new("store").open(), limits);
    let mut subscription = subscribe(&engine, json!({}), Start::default());
    assert_eq!(told(&engine, &mut subscription).await, ["current @0"]);
    for title in ["a", "b", "c", "d", "e"] {
        wrote(&engine, create(title)).await;
    }
    // Five entries behind is more than three, but not many bytes: both limits must be passed.
    assert_eq!(told(&engine, &mut subscription).await.len(), 5);
}

#[tokio::test]
async fn who_is_too_far_behind_is_reset_and_gets_a_fresh_snapshot() {
    let limits = Limits { ring_entries_max: 2, behind_entries_max: 3, behind_bytes_max: 100, ..Limits::default() };
    let engine = start(MemoryJournal::new("store").open(), limits);
    let mut subscription = subscribe(&engine, json!({}), Start::default());
    assert_eq!(told(&engine, &mut subscription).await, ["current @0"]);
    for title in ["a", "b", "c", "d", "e"] {
        wrote(&engine, create(title)).await;
    }
    let lines = told(&engine, &mut subscription).await;
    assert_eq!(lines, ["reset @5", r#"books @5 ["a", "b", "c", "d", "e"]"#, "current @5"]);
}

#[tokio::test]
async fn a_book_made_and_deleted_by_one_transaction_is_never_seen() {
    let engine = in_memory();
    let mut subscription = subscribe(&engine, json!({}), Start::default());
    let both = engine::Write {
        kind: engine::CallKind::Transact,
        operations: vec![create("ghost"), delete(1)],
        ..single(create("unused"))
    };
    write(&engine, both).await.expect("accepted");
    assert_eq!(told(&engine, &mut subscription).await, ["current @0"]);
    assert_eq!(subscription.current(), Some(Revision(1)));
}

#[tokio::test]
async fn who_comes_back_across_the_gap_of_a_restore_is_told_where_it_stands_now() {
    let restored = Catalogue::restore(Revision(1_000_000_000), BookId(1), [], []);
    let opened = Opened { catalogue: restored, ..MemoryJournal::new("store").open() };
    let engine = start(opened, Limits::default());
    let mut subscription = subscribe(&engine, json!({}), since(7));
    assert_eq!(told(&engine, &mut subscription).await, ["current @1000000000"]);
}
