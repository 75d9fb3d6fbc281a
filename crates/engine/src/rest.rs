//! Snapshots when nothing is going on.

use std::time::Duration;

use catalogue::Revision;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::Engine;

/// Has a snapshot written whenever nothing was written for a while, so that who opens the file finds the books of today.
///
/// Runs until it is dropped. The while grows with the catalogue: 5 s, and a second more for each 2,000 books, so that a large
/// one is not written out whole for every single change; it may be longer by a fifth.
pub async fn save_at_rest(engine: Engine) {
    let mut published = engine.published();
    loop {
        rest(&engine, &mut published).await;
        engine.save().await;
        if published.changed().await.is_err() {
            return;
        }
    }
}

/// Waits until nothing was written for long enough. Looks by the clock: to be woken by each batch would cost the writer.
async fn rest(engine: &Engine, published: &mut watch::Receiver<Revision>) {
    let (mut quiet, mut before) = (0, *published.borrow_and_update());
    while quiet < LOOKS {
        sleep(rest_before_save(engine.view().len()) / LOOKS).await;
        let now = *published.borrow_and_update();
        quiet = if now == before { quiet + 1 } else { 0 };
        before = now;
    }
}

fn rest_before_save(books: usize) -> Duration {
    Duration::from_secs(5 + books as u64 / 2_000)
}

/// How often it is looked while nothing is written.
const LOOKS: u32 = 5;
