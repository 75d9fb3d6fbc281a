//! Snapshots when nothing is going on.

use std::time::Duration;

use tokio::time::timeout;

use crate::Engine;

/// Has a snapshot written whenever nothing was written for a while, so that who opens the file finds the books of today.
///
/// Runs until it is dropped. The while grows with the catalogue: 5 s, and a second more for each 2,000 books, so that a large
/// one is not written out whole for every single change.
pub async fn save_at_rest(engine: Engine) {
    let mut published = engine.published();
    loop {
        while let Ok(changed) = timeout(rest_before_save(engine.view().len()), published.changed()).await {
            if changed.is_err() {
                return;
            }
        }
        engine.save().await;
        if published.changed().await.is_err() {
            return;
        }
    }
}

fn rest_before_save(books: usize) -> Duration {
    Duration::from_secs(5 + books as u64 / 2_000)
}
