use std::sync::Arc;

use catalogue::{Command, Filter, Operation, Rules, Timestamp};
use journal::MemoryJournal;

use super::*;
use crate::feed::FeedEntry;
use crate::{Event, Next, Position, Start, SystemClock};

/// The writer shows a batch and answers it a moment before it announces it.
#[tokio::test]
async fn who_resumes_at_that_moment_is_live_at_once_and_told_of_the_batch_when_it_is_announced() {
    let config = Config { rules: Rules::default(), limits: Limits::default(), clock: Arc::new(SystemClock) };
    let (engine, _steps) = Engine::stepped(MemoryJournal::new("store").open(), config);
    let shared = &engine.shared;
    let mut state = (*engine.view()).clone();
    let book = serde_json::from_str(r#"{"title": "Saman"}"#).unwrap();
    let operations = vec![Operation::Create { book }];
    let command = Command { at: Timestamp::default(), by: "till".into(), request: None, operations };
    let entry = state.prepare(&command, &Rules::default()).unwrap().entry.unwrap();
    state.apply(&entry);
    let head = state.revision();
    shared.view.store(Arc::new(state));
    shared.feed.ring.push([Arc::new(FeedEntry::new(Arc::new(entry)))]);

    let since = Some(Position { revision: Revision::ZERO, store: None });
    let mut subscription = engine.subscribe(Filter::default(), Start { since, snapshot: false }).unwrap();
    let next = subscription.next_ready(*engine.published().borrow()).await;
    assert!(matches!(next, Next::Event(Event::Current { revision: Revision::ZERO })), "{next:?}");

    shared.published.send_replace(head);
    let next = subscription.next_ready(head).await;
    assert!(matches!(next, Next::Event(Event::Change { .. })), "{next:?}");
}
