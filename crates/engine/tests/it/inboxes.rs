//! Many writes of one asker, answered in one place.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use catalogue::Revision;
use engine::{Ending, Engine, Inbox, Limits, Write, WriteError};
use journal::MemoryJournal;
use serde_json::json;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::time::timeout;

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
    let config = engine::Config { rules: Default::default(), limits, clock: Arc::new(engine::SystemClock) };
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

/// Longer than any of it takes, so that who sleeps for ever is found.
const FOR_EVER: Duration = Duration::from_secs(60);

fn threads(workers: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(workers).enable_all().build().unwrap()
}

/// Eight askers wait at once, again and again, so that a batch answers several.
async fn ask_many_at_once(engine: &Engine) {
    for round in 0..50 {
        let ask = |asker| {
            let engine = engine.clone();
            tokio::spawn(async move {
                let mut inbox = Inbox::new();
                engine.submit_for(&mut inbox, single(create(&format!("{round}-{asker}")))).await;
                next(&mut inbox).await
            })
        };
        let asked: Vec<_> = (0..8).map(ask).collect();
        for answer in asked {
            timeout(FOR_EVER, answer).await.expect("somebody sleeps for ever").unwrap().unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_whom_a_batch_answers_is_woken() {
    ask_many_at_once(&engine()).await;
}

#[test]
fn everybody_is_woken_also_where_the_runtime_has_ended_that_the_engine_was_started_in() {
    let first = threads(1);
    let engine = first.block_on(async { engine() });
    first.shutdown_background();
    threads(2).block_on(ask_many_at_once(&engine));
}

#[test]
fn everybody_is_woken_also_where_nobody_runs_the_runtime_that_the_engine_was_started_in() {
    let idle = Builder::new_current_thread().enable_all().build().unwrap();
    let engine = idle.block_on(async { engine() });
    threads(2).block_on(ask_many_at_once(&engine));
}

/// A large write with a request id takes a while between its place in the queue and the queue.
fn large(number: usize) -> Write {
    let mut write = single(create("Saman"));
    write.operations.extend(vec![set(9, json!({"description": "x".repeat(20_000)})); 3]);
    Write { request_id: Some(format!("till/{number}")), ..write }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_submits_while_the_engine_stops_is_answered() {
    for refused in 1..20 {
        let (engine, refusals) = (engine(), Arc::new(Semaphore::new(0)));
        let submit = |engine: Engine, refusals: Arc<Semaphore>| async move {
            let mut inbox = Inbox::new();
            for number in 0.. {
                engine.submit_for(&mut inbox, large(number)).await;
                let answer = timeout(FOR_EVER, next(&mut inbox)).await.expect("it is not answered");
                if matches!(answer, Err(WriteError::Unavailable(_))) {
                    return;
                }
                refusals.add_permits(1);
            }
        };
        let submitting = [1, 2].map(|_| tokio::spawn(submit(engine.clone(), Arc::clone(&refusals))));
        // Each time at another moment of theirs.
        refusals.acquire_many(refused).await.unwrap().forget();
        engine.stop(Ending::AsItIs).await;
        for submitted in submitting {
            submitted.await.unwrap();
        }
    }
}
