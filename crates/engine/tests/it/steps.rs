//! An engine whose work somebody else carries out, when he wants.

use std::sync::Arc;

use catalogue::Rules;
use engine::{Config, Ending, Engine, Health, Limits, Steps};
use journal::MemoryJournal;

use crate::fixture::*;

fn stepped() -> (Engine, Steps) {
    let config = Config { rules: Rules::default(), limits: Limits::default(), clock: Arc::new(Ticking::default()) };
    Engine::stepped(MemoryJournal::new("store").open(), config)
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
    engine.save().await;
    steps.step();
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
