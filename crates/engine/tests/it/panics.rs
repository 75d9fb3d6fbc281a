//! A panic is the misfortune of the one who met it.

use catalogue::Revision;
use engine::{Health, Limits, Position, Start, WriteError};
use serde_json::json;

use crate::failing_journal::FailingJournal;
use crate::fixture::*;

/// Only the last entry is in memory; who asks for an earlier one meets the journal.
fn small_ring() -> Limits {
    Limits { ring_entries_max: 1, ..Limits::default() }
}

#[tokio::test]
async fn a_write_that_panics_is_answered_with_a_fault_and_the_writer_goes_on() {
    let journal = FailingJournal::default();
    let engine = start(journal.open(), small_ring());
    write(&engine, with_request("r1", single(create("Saman")))).await.expect("accepted");
    wrote(&engine, create("Larung")).await;
    journal.panic_at_reads();
    // The first answer is looked up in the journal, by the writer.
    let beside = engine.submit(single(create("Bumi Manusia"))).await;
    let retry = write(&engine, with_request("r1", single(create("Saman")))).await;
    assert!(matches!(retry, Err(WriteError::Fault(_))), "{retry:?}");
    beside.await.expect("answered").expect("accepted");
    wrote(&engine, set(1, json!({ "year": 1998 }))).await;
    assert_eq!((engine.view().len(), engine.view().revision()), (3, Revision(4)));
    assert_eq!(engine.health(), Health::Ready);
}

#[tokio::test]
async fn a_subscriber_whose_reading_panics_is_reset_and_others_are_not() {
    let journal = FailingJournal::default();
    let engine = start(journal.open(), small_ring());
    for title in ["Saman", "Larung", "Bumi Manusia"] {
        wrote(&engine, create(title)).await;
    }
    let mut live = subscribe(&engine, json!({}), Start::default());
    told(&engine, &mut live).await;
    journal.panic_at_reads();
    let since = Some(Position { revision: Revision(0), store: None });
    let mut late = subscribe(&engine, json!({}), Start { since, snapshot: false });
    assert_eq!(told(&engine, &mut late).await[..2], ["reset @3", "books @3 [\"Saman\", \"Larung\", \"Bumi Manusia\"]"]);
    wrote(&engine, create("Cantik Itu Luka")).await;
    assert_eq!(told(&engine, &mut live).await, ["change @4 Created 4"]);
    assert_eq!(told(&engine, &mut late).await, ["change @4 Created 4"]);
}

#[tokio::test]
async fn a_snapshot_that_panics_costs_nothing_but_itself() {
    let journal = FailingJournal::default();
    let engine = start(journal.open(), Limits::default());
    wrote(&engine, create("Saman")).await;
    journal.panic_at_next_save();
    engine.save().await;
    wrote(&engine, create("Larung")).await;
    engine.stop(engine::Ending::Saved).await;
    assert_eq!(start(journal.open(), Limits::default()).view().len(), 2);
}
