//! An engine whose work somebody else carries out, when he wants.

use std::sync::Arc;

use catalogue::Rules;
use engine::{Config, Ending, Engine, Health, Limits, Steps};
use journal::testing::FaultyDisk;
use journal::{FileJournal, MemoryJournal, OpenOptions};

use crate::fixture::*;

fn stepped() -> (Engine, Steps) {
    Engine::stepped(MemoryJournal::new("store").open(), config())
}

fn config() -> Config {
    Config { rules: Rules::default(), limits: Limits::default(), clock: Arc::new(Ticking::default()) }
}

#[tokio::test]
async fn nothing_happens_before_a_step_and_all_that_waits_by_one() {
    let (engine, mut steps) = stepped();
    let mut pending = vec![engine.submit(single(create("Saman"))).await, engine.submit(single(create("Larung"))).await];
    assert!(pending.iter_mut().all(|answer| answer.try_recv().is_err()));
    assert!(engine.view().is_empty());

    assert!(steps.step());
    for answer in &mut pending {
        answer.try_recv().expect("answered").expect("accepted");
    }
    assert_eq!(engine.view().len(), 2);
    assert!(!steps.step(), "nothing waits any more");

    let appends = engine.appends();
    assert_eq!((appends.batches, appends.entries), (1, 2), "one sync serves all that waited");
}

#[tokio::test]
async fn a_snapshot_is_written_when_its_turn_comes_and_the_next_only_after_it() {
    let (engine, mut steps) = stepped();
    drop(engine.submit(single(create("Saman"))).await);
    engine.save().await;
    steps.step();
    let saving = steps.saving().expect("one was begun");

    drop(engine.submit(single(create("Larung"))).await);
    engine.save().await;
    steps.step();
    assert!(steps.saving().is_none(), "one is under way");
    saving.write();
    assert!(steps.step(), "what was asked for meanwhile is not forgotten");
    assert!(steps.saving().is_some());
}

#[tokio::test]
async fn a_snapshot_that_was_given_up_is_begun_anew() {
    let (engine, mut steps) = stepped();
    drop(engine.submit(single(create("Saman"))).await);
    engine.save().await;
    steps.step();
    drop(steps.saving());
    engine.save().await;
    steps.step();
    assert!(steps.saving().is_some());
}

#[tokio::test]
async fn a_stop_is_carried_out_by_a_step_too() {
    let (engine, mut steps) = stepped();
    let (stopped, ()) = tokio::join!(engine.stop(Ending::Saved), async {
        while !steps.step() {
            tokio::task::yield_now().await;
        }
    });
    assert_eq!((stopped, engine.health()), ((), Health::Stopping));
}

/// Else a bit that turns over in the last batch would pass for what a crash left half-written.
#[tokio::test]
async fn a_stop_leaves_a_witness_of_the_last_batch_though_more_waits_behind_it() {
    let disk = FaultyDisk::new();
    let opened = FileJournal::open_on(Arc::new(disk.clone()), "/shop/data".as_ref(), OpenOptions::default());
    let (engine, mut steps) = Engine::stepped(opened.expect("the disk works"), config());
    drop(engine.submit(single(create("Saman"))).await);
    tokio::join!(engine.stop(Ending::AsItIs), engine.stop(Ending::AsItIs), async {
        while !steps.step() {
            tokio::task::yield_now().await;
        }
    });
    let segment = disk.contents("/shop/data/journal/00000000000000000001.jsonl".as_ref()).expect("it is there");
    assert!(String::from_utf8_lossy(&segment).contains("\n{\"durable\":1,"), "the mark is missing");
}
