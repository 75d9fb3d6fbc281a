//! How often the journal could not do what it was asked.

use std::sync::atomic::{AtomicU64, Ordering};

use journal::AppendError;

/// Counts since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// Batches refused because the disk was full.
    pub full: u64,
    /// Batches refused because a write or sync failed; there is one at most, for nothing is appended after it.
    pub poisoned: u64,
    /// Batches of which no answer came.
    pub unknown: u64,
    /// Snapshots that were not written.
    pub snapshots: u64,
}

/// Where they are counted.
#[derive(Debug, Default)]
pub(crate) struct Counting {
    full: AtomicU64,
    poisoned: AtomicU64,
    unknown: AtomicU64,
    snapshots: AtomicU64,
}

impl Counting {
    /// Counts a batch that was not appended. Somebody else having been faster is no failure.
    pub(crate) fn append(&self, error: &AppendError) {
        let counter = match error {
            AppendError::Behind { .. } => return,
            AppendError::Full(_) => &self.full,
            AppendError::Poisoned(_) => &self.poisoned,
            AppendError::Unknown(_) => &self.unknown,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a snapshot that was not written.
    pub(crate) fn snapshot(&self) {
        self.snapshots.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn so_far(&self) -> Failures {
        Failures {
            full: self.full.load(Ordering::Relaxed),
            poisoned: self.poisoned.load(Ordering::Relaxed),
            unknown: self.unknown.load(Ordering::Relaxed),
            snapshots: self.snapshots.load(Ordering::Relaxed),
        }
    }
}
