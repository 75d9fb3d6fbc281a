//! Two engines on one journal: each learns what the other wrote.

use catalogue::Revision;
use engine::{Health, Limits, Start, WriteError};
use journal::MemoryJournal;
use serde_json::json;

use crate::failing_journal::{FailingJournal, Fault};
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

#[tokio::test]
async fn what_another_engine_wrote_while_ours_was_refused_is_seen_all_the_same() {
    let journal = FailingJournal::default();
    let engine = start(journal.open(), Limits::default());
    let mut published = engine.published();
    journal.fail_next(Fault::FullForUsOnly);
    let refused = write(&engine, single(create("Saman"))).await;
    assert!(matches!(refused, Err(WriteError::Unavailable(_))), "{refused:?}");
    published.wait_for(|revision| *revision == Revision(1)).await.expect("the engine runs");
    assert_eq!(engine.view().len(), 1);
}

#[tokio::test]
async fn an_engine_that_cannot_read_what_another_wrote_says_so() {
    let journal = FailingJournal::default();
    let (here, there) = (start(journal.open(), Limits::default()), start(journal.kept.open(), Limits::default()));
    journal.fail_reads();
    wrote(&there, create("Saman")).await;
    let refused = write(&here, single(create("Larung"))).await;
    assert!(matches!(refused, Err(WriteError::Unavailable(_))), "{refused:?}");
    assert!(matches!(here.health(), Health::ReadOnly(_)));
}
