//! Two engines on one journal: each learns what the other wrote.

use catalogue::Revision;
use engine::{Limits, Start};
use journal::MemoryJournal;
use serde_json::json;

use crate::fixture::*;

#[tokio::test]
async fn entries_of_another_engine_reach_the_view_and_the_subscribers() {
    let journal = MemoryJournal::new("store");
    let (here, there) = (start(journal.open(), Limits::default()), start(journal.open(), Limits::default()));
    let mut subscription = subscribe(&here, json!({}), Start::default());
    let mut published = here.published();
    wrote(&there, create("Saman")).await;
    published.wait_for(|revision| *revision == Revision(1)).await.expect("the engine runs");
    assert_eq!(here.view().len(), 1);
    assert_eq!(told(&here, &mut subscription).await, ["current @0", "change @1 Created 1"]);
}

#[tokio::test]
async fn two_engines_that_write_at_once_lose_nothing_and_agree() {
    let journal = MemoryJournal::new("store");
    let engines = [start(journal.open(), Limits::default()), start(journal.open(), Limits::default())];
    let writers: Vec<_> = (0..4)
        .map(|number| {
            let engine = engines[number % 2].clone();
            tokio::spawn(async move {
                for book in 0..50 {
                    wrote(&engine, create(&format!("{number}-{book}"))).await;
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("no writer panics");
    }
    for engine in &engines {
        engine.published().wait_for(|revision| *revision == Revision(200)).await.expect("the engine runs");
    }
    assert_eq!(*engines[0].view(), *engines[1].view());
    assert_eq!(engines[0].view().len(), 200);
}
