//! What it costs to follow: equal filters are matched once, and whom nothing concerns is left alone.

use std::sync::Arc;

use catalogue::{Operation, Rules};
use engine::{Bell, CallKind, Config, Engine, Following, Limits, Position, Start, Steps, Subscription, Write};
use journal::MemoryJournal;
use serde_json::{Value, json};

use crate::fixture::*;

fn stepped() -> (Engine, Steps) {
    let config = Config { rules: Rules::default(), limits: Limits::default(), clock: Arc::new(Ticking::default()) };
    Engine::stepped(MemoryJournal::new("store").open(), config)
}

async fn step(engine: &Engine, steps: &mut Steps, operation: Operation) {
    drop(engine.submit(single(operation)).await);
    assert!(steps.step());
}

/// A subscriber with a bell of its own, who has been told all there is.
async fn follower(engine: &Engine, filter: Value) -> (Subscription, Bell) {
    let mut subscription = subscribe(engine, filter, Start::default());
    let bell = Bell::default();
    subscription.rings(&bell);
    told(engine, &mut subscription).await;
    (subscription, bell)
}

fn in_language(language: &str) -> Operation {
    Operation::Create { book: draft(json!({"title": "Saman", "language": language})) }
}

#[tokio::test]
async fn equal_filters_are_matched_once_however_many_have_them() {
    let (engine, mut steps) = stepped();
    let mut followers = Vec::new();
    for filter in [json!({"language": "id", "year": null}), json!({"year": null, "language": "ind"})] {
        for _ in 0..10 {
            followers.push(follower(&engine, filter.clone()).await);
        }
    }
    followers.push(follower(&engine, json!({"language": "en"})).await);
    for language in ["id", "en", "id"] {
        step(&engine, &mut steps, in_language(language)).await;
    }
    for (subscription, _) in &mut followers {
        told(&engine, subscription).await;
    }
    let Following { subscribers, filters, tests, .. } = engine.following();
    assert_eq!((subscribers, filters, tests), (21, 2, 3 * 2));
}

#[tokio::test]
async fn who_is_first_to_read_matches_for_the_others_too() {
    let engine = in_memory();
    let mut followers = Vec::new();
    for _ in 0..5 {
        followers.push(follower(&engine, json!({"language": "id"})).await);
    }
    for language in ["id", "en", "id"] {
        wrote(&engine, in_language(language)).await;
    }
    for (subscription, _) in &mut followers {
        assert_eq!(told(&engine, subscription).await, ["change @1 Created 1", "change @3 Created 3"]);
    }
    assert_eq!(engine.following().tests, 3);
}

#[tokio::test]
async fn only_whom_a_change_concerns_is_woken() {
    let (engine, mut steps) = stepped();
    let (_all, all) = follower(&engine, json!({})).await;
    let (mut indonesian, id) = follower(&engine, json!({"language": "id"})).await;
    let (mut english, en) = follower(&engine, json!({"language": "en"})).await;
    let rung = || [&all, &id, &en].map(Bell::has_rung);
    assert_eq!(rung(), [false, false, false]);

    step(&engine, &mut steps, in_language("id")).await;
    assert_eq!(rung(), [true, true, false]);
    step(&engine, &mut steps, set(1, json!({"year": 1998}))).await;
    assert_eq!(rung(), [true, true, false]);
    step(&engine, &mut steps, set(1, json!({"language": "en"}))).await;
    assert_eq!(rung(), [true, true, true], "it has left the one and entered the other");
    step(&engine, &mut steps, delete(1)).await;
    assert_eq!(rung(), [true, false, true]);
    assert_eq!(engine.following().woken, 2 + 2 + 3 + 2);

    assert_eq!(told(&engine, &mut english).await, ["change @3 Entered 1", "change @4 Deleted 1"]);
    let lines = told(&engine, &mut indonesian).await;
    assert_eq!(lines, ["change @1 Created 1", "change @2 Updated 1", "change @3 Left 1"]);
    assert_eq!(indonesian.current().map(|position| position.0), Some(4), "what did not match counts as delivered");
}

#[tokio::test]
async fn who_is_awake_already_is_not_woken_again() {
    let (engine, mut steps) = stepped();
    let (_subscription, bell) = follower(&engine, json!({})).await;
    for _ in 0..3 {
        step(&engine, &mut steps, create("Saman")).await;
    }
    assert_eq!(engine.following().woken, 1);
    assert!(bell.has_rung());
    step(&engine, &mut steps, create("Saman")).await;
    assert_eq!(engine.following().woken, 2);
}

/// A match in part that is larger than all that is kept for a filter.
#[tokio::test]
async fn a_large_entry_wakes_whom_a_part_of_it_concerns() {
    let (engine, mut steps) = stepped();
    let (mut indonesian, bell) = follower(&engine, json!({"language": "id"})).await;
    let description = "lima puluh ribu huruf ".repeat(900);
    let book = |language| Operation::Create {
        book: draft(json!({"title": "Saman", "language": language, "description": description})),
    };
    let operations = vec![book("id"), book("en"), book("en"), book("id")];
    drop(engine.submit(Write { kind: CallKind::Transact, operations, ..single(delete(1)) }).await);
    assert!(steps.step());
    assert!(bell.has_rung());
    assert_eq!(told(&engine, &mut indonesian).await, ["change @1 Created 1, Created 4"]);
}

#[tokio::test]
async fn what_nobody_sees_wakes_nobody() {
    let (engine, mut steps) = stepped();
    let (_subscription, bell) = follower(&engine, json!({})).await;
    let both = Write { kind: CallKind::Transact, operations: vec![create("ghost"), delete(1)], ..single(delete(1)) };
    drop(engine.submit(both).await);
    assert!(steps.step());
    assert!(!bell.has_rung());
}

#[tokio::test]
async fn a_running_engine_rings_by_itself() {
    let engine = in_memory();
    let (subscription, bell) = follower(&engine, json!({"language": "id"})).await;
    wrote(&engine, in_language("id")).await;
    bell.rings().await;
    drop(subscription);
    assert_eq!(engine.following().subscribers, 0);
}

#[tokio::test]
async fn a_filter_is_forgotten_with_its_last_subscriber() {
    let engine = in_memory();
    let filters = || engine.following().filters;
    let (first, _) = follower(&engine, json!({"shelf": "A"})).await;
    let (second, _) = follower(&engine, json!({"shelf": "a"})).await;
    let (third, _) = follower(&engine, json!({})).await;
    assert_eq!(filters(), 2);
    drop(first);
    assert_eq!(filters(), 2);
    drop(second);
    assert_eq!(filters(), 1);
    drop(third);
    assert_eq!(engine.following().filters, 0);
}

/// More matches than a group keeps, some of them only in part.
#[tokio::test]
async fn who_reads_late_is_told_the_same_as_who_reads_at_once() {
    let engine = in_memory();
    let filter = json!({"language": "id"});
    let (mut at_once, _) = follower(&engine, filter.clone()).await;
    let (mut late, _) = follower(&engine, filter.clone()).await;
    let (mut lines, mut books) = (Vec::new(), 0);
    for number in 0..100 {
        wrote(&engine, in_language("id")).await;
        books += 1;
        let language = if number % 3 == 0 { "en" } else { "id" };
        wrote(&engine, set(books, json!({"language": language, "description": "x".repeat(2_000)}))).await;
        wrote(&engine, set(books, json!({"language": "id"}))).await;
        lines.extend(told(&engine, &mut at_once).await);
    }
    assert_eq!(lines.len(), 100 + 100 + 34);
    assert_eq!(told(&engine, &mut late).await, lines);
    let start = Start { since: Some(Position { revision: catalogue::Revision(0), store: None }), snapshot: false };
    let mut returned = subscribe(&engine, filter, start);
    let mut from_the_ring = told(&engine, &mut returned).await;
    assert_eq!(from_the_ring.pop().as_deref(), Some("current @234"));
    assert_eq!(from_the_ring, lines);
}
