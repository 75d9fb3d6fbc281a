//! A running engine with short ways to say what a test means.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use catalogue::{Answer, BookId, Draft, Field, Filter, Operation, Revision, Rules, Timestamp};
use engine::{CallKind, Clock, Config, Engine, Event, FeedChangeKind, Limits, Start, Subscription, Write, WriteError};
use journal::{MemoryJournal, Opened};
use serde_json::{Value, json};

/// A clock that moves by one second each time it is looked at.
#[derive(Default)]
pub(crate) struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

pub(crate) fn start(opened: Opened, limits: Limits) -> Engine {
    Engine::start(opened, Config { rules: Rules::default(), limits, clock: Arc::new(Ticking::default()) })
}

pub(crate) fn in_memory() -> Engine {
    start(MemoryJournal::new("store").open(), Limits::default())
}

pub(crate) fn draft(value: Value) -> Draft {
    serde_json::from_value(value).expect("a draft is an object")
}

pub(crate) fn create(title: &str) -> Operation {
    Operation::Create { book: draft(json!({ "title": title })) }
}

pub(crate) fn set(id: u64, fields: Value) -> Operation {
    Operation::Update { id: BookId(id), set: Some(draft(fields)), add: None, if_revision: None }
}

pub(crate) fn set_at(id: u64, revision: u64, fields: Value) -> Operation {
    Operation::Update { id: BookId(id), set: Some(draft(fields)), add: None, if_revision: Some(Revision(revision)) }
}

pub(crate) fn add_stock(id: u64, by: i64) -> Operation {
    Operation::Update { id: BookId(id), set: None, add: Some(draft(json!({ "stock": by }))), if_revision: None }
}

pub(crate) fn delete(id: u64) -> Operation {
    Operation::Delete { id: BookId(id), if_revision: None }
}

pub(crate) fn single(operation: Operation) -> Write {
    Write {
        by: "local".into(),
        request_id: None,
        kind: CallKind::Single,
        operations: vec![operation],
        answer_bytes_max: 1024 * 1024,
    }
}

pub(crate) fn with_request(id: &str, write: Write) -> Write {
    Write { request_id: Some(id.into()), ..write }
}

/// What a write is answered. Returns once the news of it is out too, which comes behind the answer.
pub(crate) async fn write(engine: &Engine, write: Write) -> Result<Answer, WriteError> {
    let answer = engine.submit(write).await.await.expect("the writer answers")?;
    engine.published().wait_for(|head| *head >= answer.revision).await.expect("the engine runs");
    Ok(answer)
}

pub(crate) async fn wrote(engine: &Engine, operation: Operation) -> Answer {
    write(engine, single(operation)).await.expect("the write is accepted")
}

pub(crate) fn subscribe(engine: &Engine, filter: Value, start: Start) -> Subscription {
    let filter = Filter::parse(filter.as_object().expect("a filter is an object")).expect("the filter is right");
    engine.subscribe(filter, start).expect("the position can be resumed")
}

/// Everything there is for a subscriber now, a line each.
pub(crate) async fn told(engine: &Engine, subscription: &mut Subscription) -> Vec<String> {
    // What was answered is in the view; that it was published is announced a moment later.
    let head = engine.view().revision();
    let mut lines = Vec::new();
    while let Some(event) = subscription.next(head).await {
        lines.push(line(&event));
    }
    lines
}

fn line(event: &Event) -> String {
    match event {
        Event::Books { revision, books } => {
            let titles: Vec<_> = books.iter().map(|book| book.text(Field::Title)).collect();
            format!("books @{revision} {titles:?}")
        }
        Event::Current { revision } => format!("current @{revision}"),
        Event::Reset { revision } => format!("reset @{revision}"),
        Event::Change { entry, changes: None } => {
            let kinds: Vec<_> = entry.entry.changes.iter().map(|c| format!("{:?} {}", c.kind, c.id)).collect();
            format!("change @{} {}", entry.entry.revision, kinds.join(", "))
        }
        Event::Change { entry, changes: Some(changes) } => {
            let kinds: Vec<_> = changes.iter().map(|c| format!("{} {}", kind(c.kind), c.id)).collect();
            format!("change @{} {}", entry.entry.revision, kinds.join(", "))
        }
    }
}

fn kind(kind: FeedChangeKind) -> &'static str {
    match kind {
        FeedChangeKind::Created => "Created",
        FeedChangeKind::Updated => "Updated",
        FeedChangeKind::Entered => "Entered",
        FeedChangeKind::Deleted => "Deleted",
        FeedChangeKind::Left => "Left",
    }
}
