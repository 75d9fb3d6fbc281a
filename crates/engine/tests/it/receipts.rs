//! A retry is answered as the first time and carried out once.

use std::sync::Arc;
use std::time::Duration;

use catalogue::{Revision, Timestamp};
use engine::{CallKind, Ending, Limits, Write, WriteError};
use journal::testing::FaultyDisk;
use journal::{FileJournal, MemoryJournal, OpenOptions};
use serde_json::json;

use crate::fixture::*;

#[tokio::test]
async fn a_retry_gets_the_first_answer_and_changes_nothing() {
    let engine = in_memory();
    let first = write(&engine, with_request("r1", single(create("Saman")))).await;
    wrote(&engine, set(1, json!({ "year": 1998 }))).await;
    let retry = write(&engine, with_request("r1", single(create("Saman")))).await;
    assert_eq!(first, retry);
    assert_eq!((engine.view().len(), engine.view().revision()), (1, Revision(2)));
}

#[tokio::test]
async fn a_retry_beside_the_first_waits_for_it() {
    let engine = in_memory();
    let first = engine.submit(with_request("r1", single(create("Saman")))).await;
    let retry = engine.submit(with_request("r1", single(create("Saman")))).await;
    assert_eq!(first.await.expect("answered"), retry.await.expect("answered"));
    assert_eq!(engine.view().len(), 1);
}

#[tokio::test]
async fn the_same_request_id_with_other_content_is_refused() {
    let engine = in_memory();
    write(&engine, with_request("r1", single(set(9, json!({}))))).await.expect_err("there is no book 9");
    write(&engine, with_request("r1", single(create("Saman")))).await.expect("refusals are not remembered");
    let others = [
        with_request("r1", single(create("Larung"))),
        Write { kind: CallKind::Transact, ..with_request("r1", single(create("Saman"))) },
    ];
    for other in others {
        assert_eq!(write(&engine, other).await, Err(WriteError::RequestIdReused));
    }
}

#[tokio::test]
async fn a_request_id_belongs_to_who_used_it() {
    let engine = in_memory();
    write(&engine, with_request("r1", single(create("Saman")))).await.expect("accepted");
    let till = Write { by: "till-2".into(), ..with_request("r1", single(create("Larung"))) };
    write(&engine, till).await.expect("another's id is no concern of till-2");
    assert_eq!(engine.view().len(), 2);
}

#[tokio::test]
async fn receipts_outlive_a_restart_and_also_remember_calls_that_changed_nothing() {
    let journal = MemoryJournal::new("store");
    let engine = start(journal.open(), Limits::default());
    wrote(&engine, create("Saman")).await;
    let idle = with_request("idle", single(set(1, json!({ "title": "Saman" }))));
    let mixed = Write {
        kind: CallKind::Transact,
        operations: vec![set(1, json!({ "year": 1998 })), set(1, json!({ "pages": 195 }))],
        ..with_request("mixed", single(create("unused")))
    };
    let first = (write(&engine, idle.clone()).await, write(&engine, mixed.clone()).await);
    engine.stop(Ending::Saved).await;

    let engine = start(journal.open(), Limits { ring_entries_max: 1, ..Limits::default() });
    assert_eq!((write(&engine, idle).await, write(&engine, mixed).await), first);
    assert_eq!(first.0.expect("accepted").revision, Revision(2));
}

/// The entry with the first answer was dropped with its segment: that is what "kept for so many writes" means, and no fault.
#[tokio::test]
async fn a_request_whose_entry_is_no_longer_kept_is_carried_out_anew() {
    let options = OpenOptions {
        keep: Some(Duration::ZERO),
        entries_kept_min: 2,
        segment_bytes: 1,
        now: || Timestamp(1_000),
        ..OpenOptions::default()
    };
    let opened = FileJournal::open_on(Arc::new(FaultyDisk::new()), "/shop/data".as_ref(), options).expect("it works");
    let journal = Arc::clone(&opened.journal);
    let engine = start(opened, Limits { receipts_min: 2, ring_entries_max: 1, ..Limits::default() });
    let request = with_request("delivery-7", single(create("Saman")));
    write(&engine, request.clone()).await.expect("accepted");
    for title in ["a", "b", "c", "d"] {
        wrote(&engine, create(title)).await;
    }
    journal.save(&engine.view()).expect("saved");
    assert!(journal.oldest() > Revision(1), "the entry is gone");
    assert_eq!(write(&engine, request).await.expect("accepted").revision, Revision(6));
}
