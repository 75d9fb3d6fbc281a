//! Many writes of one asker, answered in one place.

use std::future::poll_fn;

use catalogue::Revision;
use engine::{Ending, Engine, Inbox, Limits, Write, WriteError};
use journal::MemoryJournal;
use serde_json::json;

use crate::fixture::*;

fn engine() -> Engine {
    start(MemoryJournal::new("store").open(), Limits::default())
}

async fn next(inbox: &mut Inbox) -> Result<Revision, WriteError> {
    Ok(poll_fn(|cx| inbox.poll_first(cx)).await?.revision)
}

#[tokio::test]
async fn answers_come_in_the_order_of_the_writes_refusals_among_them() {
    let (engine, mut inbox) = (engine(), Inbox::new());
    for write in [create("Saman"), set_at(1, 9, json!({ "year": 1998 })), create("Larung")] {
        engine.submit_for(&mut inbox, single(write)).await;
    }
    assert_eq!(next(&mut inbox).await, Ok(Revision(1)));
    assert!(matches!(next(&mut inbox).await, Err(WriteError::Refused(_))));
    assert_eq!(next(&mut inbox).await, Ok(Revision(2)));
    assert_eq!(inbox.try_first(), None);
}

#[tokio::test]
async fn each_inbox_gets_its_own() {
    let (engine, mut inboxes) = (engine(), [Inbox::new(), Inbox::new(), Inbox::new()]);
    for round in 0..20 {
        for inbox in &mut inboxes {
            engine.submit_for(inbox, single(create(&format!("T{round}")))).await;
        }
    }
    for round in 0..20 {
        for (place, inbox) in inboxes.iter_mut().enumerate() {
            assert_eq!(next(inbox).await, Ok(Revision(round * 3 + place as u64 + 1)));
        }
    }
}

#[tokio::test]
async fn a_queue_without_room_gives_the_write_back() {
    let limits = Limits { writes_queued_max: 1, ..Limits::default() };
    let config = engine::Config { rules: Default::default(), limits, clock: std::sync::Arc::new(engine::SystemClock) };
    let (engine, mut steps) = Engine::stepped(MemoryJournal::new("store").open(), config);
    let mut inbox = Inbox::new();
    assert!(engine.try_submit_for(&mut inbox, single(create("Saman"))).is_ok());
    let back = engine.try_submit_for(&mut inbox, single(create("Larung")));
    assert!(matches!(back, Err(Write { operations, .. }) if operations.len() == 1));
    assert!(steps.step());
    assert_eq!([inbox.try_first().is_some(), inbox.try_first().is_some()], [true, false]);
}

#[tokio::test]
async fn who_comes_after_the_end_is_answered_behind_his_earlier_writes() {
    let (engine, mut inbox) = (engine(), Inbox::new());
    engine.submit_for(&mut inbox, single(create("Saman"))).await;
    engine.stop(Ending::AsItIs).await;
    engine.submit_for(&mut inbox, single(create("Larung"))).await;
    assert!(engine.try_submit_for(&mut inbox, single(create("Larung"))).is_ok());
    assert_eq!(next(&mut inbox).await, Ok(Revision(1)));
    for _ in 0..2 {
        assert!(matches!(next(&mut inbox).await, Err(WriteError::Unavailable(_))));
    }
}
