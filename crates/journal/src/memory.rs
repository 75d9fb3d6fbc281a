//! A journal in memory: for tests, and the second implementation that keeps the trait honest.

use std::sync::{Arc, Mutex};

use catalogue::{Catalogue, Entry, Revision};

use crate::{AppendError, Journal, Listener, Opened, ReadError, ReadLimit, SnapshotError, StoreId};

/// Entries in memory, shared by every clone: two engines on clones of one journal see each other's entries.
#[derive(Clone)]
pub struct MemoryJournal {
    shared: Arc<Shared>,
}

struct Shared {
    store: StoreId,
    entries: Mutex<Vec<Arc<Entry>>>,
    listeners: Mutex<Vec<Listener>>,
}

impl MemoryJournal {
    /// An empty journal of the store with that name.
    pub fn new(store: &str) -> Self {
        let shared = Shared { store: StoreId(store.into()), entries: Mutex::default(), listeners: Mutex::default() };
        MemoryJournal { shared: Arc::new(shared) }
    }

    /// The journal as an engine starts on it, with the state its entries make.
    pub fn open(&self) -> Opened {
        let mut catalogue = Catalogue::default();
        let mut receipts = Vec::new();
        for entry in self.shared.entries.lock().expect("no append panics").iter() {
            catalogue.apply(entry);
            receipts.extend(crate::Receipt::of(entry));
        }
        // Nothing is to be gained from a snapshot here.
        let saved = catalogue.revision();
        Opened { journal: Arc::new(self.clone()), catalogue, saved, receipts, notices: Vec::new() }
    }
}

impl Journal for MemoryJournal {
    fn store(&self) -> &StoreId {
        &self.shared.store
    }

    fn append(&self, after: Revision, entries: &[Arc<Entry>]) -> Result<(), AppendError> {
        let mut kept = self.shared.entries.lock().expect("no append panics");
        let at = Revision(kept.len() as u64);
        if at != after {
            return Err(AppendError::Behind { at });
        }
        kept.extend(entries.iter().cloned());
        let end = Revision(kept.len() as u64);
        drop(kept);
        for listener in self.shared.listeners.lock().expect("no listener panics").iter() {
            listener(end);
        }
        Ok(())
    }

    fn read(&self, after: Revision, limit: ReadLimit) -> Result<Vec<Arc<Entry>>, ReadError> {
        let kept = self.shared.entries.lock().expect("no append panics");
        Ok(kept.iter().skip(after.0 as usize).take(limit.entries.max(1)).cloned().collect())
    }

    fn tail(&self, listener: Listener) {
        self.shared.listeners.lock().expect("no listener panics").push(listener);
    }

    fn oldest(&self) -> Revision {
        Revision::ZERO
    }

    fn save(&self, _: &Catalogue) -> Result<(), SnapshotError> {
        Ok(())
    }
}
