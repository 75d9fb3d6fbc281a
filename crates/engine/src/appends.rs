//! What the journal took, and how long that kept it busy.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Counts since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appends {
    /// Batches made durable, each with one sync.
    pub batches: u64,
    /// Entries in them.
    pub entries: u64,
    /// How long that took: writing and syncing, also of what failed.
    pub time: Duration,
}

/// Where they are counted.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    batches: AtomicU64,
    entries: AtomicU64,
    nanos: AtomicU64,
}

impl Counted {
    /// Counts an append of so many entries, which has begun at `began` and ends now.
    pub(crate) fn append<E>(&self, began: Instant, entries: usize, appended: &Result<(), E>) {
        let nanos = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
        if appended.is_ok() {
            self.batches.fetch_add(1, Ordering::Relaxed);
            self.entries.fetch_add(entries as u64, Ordering::Relaxed);
        }
    }

    pub(crate) fn so_far(&self) -> Appends {
        Appends {
            batches: self.batches.load(Ordering::Relaxed),
            entries: self.entries.load(Ordering::Relaxed),
            time: Duration::from_nanos(self.nanos.load(Ordering::Relaxed)),
        }
    }
}
