//! When a snapshot is written.

use std::sync::Arc;

use catalogue::{Catalogue, Entry, Revision};
use engine::{Ending, Limits, save_at_rest};
use journal::{AppendError, Journal, Listener, MemoryJournal, Opened, ReadError, ReadLimit, SnapshotError, StoreId};
use tokio::sync::mpsc;

use crate::fixture::*;

/// A journal that tells of each snapshot, and fails to write those of the revisions in `failing`.
struct Telling {
    kept: MemoryJournal,
    failing: Vec<Revision>,
    saved: mpsc::UnboundedSender<Revision>,
}

impl Journal for Telling {
    fn store(&self) -> &StoreId {
        self.kept.store()
    }

    fn append(&self, after: Revision, entries: &[Arc<Entry>]) -> Result<(), AppendError> {
        self.kept.append(after, entries)
    }

    fn read(&self, after: Revision, limit: ReadLimit) -> Result<Vec<Arc<Entry>>, ReadError> {
        self.kept.read(after, limit)
    }

    fn tail(&self, listener: Listener) {
        self.kept.tail(listener);
    }

    fn oldest(&self) -> Revision {
        self.kept.oldest()
    }

    fn save(&self, state: &Catalogue) -> Result<(), SnapshotError> {
        self.saved.send(state.revision()).expect("the test listens");
        match self.failing.contains(&state.revision()) {
            true => Err(SnapshotError("a test".into())),
            false => Ok(()),
        }
    }
}

fn telling() -> (Opened, mpsc::UnboundedReceiver<Revision>) {
    telling_and_failing(Vec::new())
}

fn telling_and_failing(failing: Vec<Revision>) -> (Opened, mpsc::UnboundedReceiver<Revision>) {
    let (saved, told) = mpsc::unbounded_channel();
    let kept = MemoryJournal::new("store");
    let opened = kept.open();
    (Opened { journal: Arc::new(Telling { kept, failing, saved }), ..opened }, told)
}

#[tokio::test(start_paused = true)]
async fn who_writes_little_finds_it_in_the_snapshot_once_it_is_quiet() {
    let (opened, mut told) = telling();
    let engine = start(opened, Limits::default());
    tokio::spawn(save_at_rest(engine.clone()));
    wrote(&engine, create("Saman")).await;
    assert_eq!(told.recv().await, Some(Revision(1)));
    wrote(&engine, create("Larung")).await;
    assert_eq!(told.recv().await, Some(Revision(2)));
}

#[tokio::test]
async fn what_has_a_snapshot_is_not_written_again() {
    let (opened, mut told) = telling();
    let engine = start(opened, Limits::default());
    engine.save().await;
    wrote(&engine, create("Saman")).await;
    engine.save().await;
    engine.save().await;
    engine.stop(Ending::Saved).await;
    drop(engine);
    assert_eq!(told.recv().await, Some(Revision(1)));
    assert!(told.try_recv().is_err());
}

#[tokio::test]
async fn what_a_crash_left_without_a_snapshot_gets_one_when_asked_for() {
    let (opened, mut told) = telling();
    let engine = start(opened, Limits::default());
    wrote(&engine, create("Saman")).await;
    let view = engine.view();
    engine.stop(Ending::AsItIs).await;
    let (opened, mut told_later) = telling();
    let engine = start(Opened { catalogue: view.as_ref().clone(), saved: Revision(0), ..opened }, Limits::default());
    engine.save().await;
    engine.stop(Ending::AsItIs).await;
    assert_eq!(told_later.recv().await, Some(Revision(1)));
    assert!(told.try_recv().is_err());
}

#[tokio::test]
async fn a_snapshot_that_failed_is_tried_again_at_the_end() {
    let (opened, mut told) = telling_and_failing(vec![Revision(1)]);
    let engine = start(opened, Limits::default());
    wrote(&engine, create("Saman")).await;
    engine.save().await;
    engine.stop(Ending::Saved).await;
    drop(engine);
    assert_eq!((told.recv().await, told.recv().await), (Some(Revision(1)), Some(Revision(1))));
}
