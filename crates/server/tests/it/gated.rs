//! A journal whose appends and reads wait until they are let through, and are counted; and which can be made to break down.

use std::sync::{Arc, Condvar, Mutex};

use catalogue::{Catalogue, Entry, Revision};
use journal::{AppendError, Journal, Listener, MemoryJournal, Opened, ReadError, ReadLimit, SnapshotError, StoreId};

/// The gate of a journal: who holds it decides when entries become durable.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    open: bool,
    broken: bool,
    holds_reads: bool,
    batches: Vec<usize>,
}

impl Gate {
    /// An empty store behind a closed gate.
    pub(crate) fn closed() -> (Gate, Opened) {
        let gate = Gate::default();
        let inner = MemoryJournal::new("store").open();
        let journal = Arc::new(Gated { gate: gate.clone(), inner: Arc::clone(&inner.journal) });
        (gate, Opened { journal, ..inner })
    }

    /// Lets everything through from now on.
    pub(crate) fn open(&self) {
        self.0.0.lock().unwrap().open = true;
        self.0.1.notify_all();
    }

    /// Lets no read through until what this gives is dropped.
    pub(crate) fn hold_reads(&self) -> HeldReads {
        self.0.0.lock().unwrap().holds_reads = true;
        HeldReads(self.clone())
    }

    /// Whoever asks for the store's name next meets a fault of ours: a panic; those after him do not.
    pub(crate) fn break_down(&self) {
        self.0.0.lock().unwrap().broken = true;
    }

    fn breaks_down(&self) -> bool {
        std::mem::take(&mut self.0.0.lock().unwrap().broken)
    }

    /// How many entries each append had so far.
    pub(crate) fn batches(&self) -> Vec<usize> {
        self.0.0.lock().unwrap().batches.clone()
    }

    fn pass(&self, entries: usize) {
        let state = self.0.1.wait_while(self.0.0.lock().unwrap(), |state| !state.open);
        state.unwrap().batches.push(entries);
    }

    fn pass_read(&self) {
        drop(self.0.1.wait_while(self.0.0.lock().unwrap(), |state| state.holds_reads).unwrap());
    }
}

/// Reads wait as long as this is held.
pub(crate) struct HeldReads(Gate);

impl Drop for HeldReads {
    fn drop(&mut self) {
        self.0.0.0.lock().unwrap().holds_reads = false;
        self.0.0.1.notify_all();
    }
}

struct Gated {
    gate: Gate,
    inner: Arc<dyn Journal>,
}

impl Journal for Gated {
    fn store(&self) -> &StoreId {
        assert!(!self.gate.breaks_down(), "broken down for a test");
        self.inner.store()
    }

    fn append(&self, after: Revision, entries: &[Arc<Entry>]) -> Result<(), AppendError> {
        self.gate.pass(entries.len());
        self.inner.append(after, entries)
    }

    fn read(&self, after: Revision, limit: ReadLimit) -> Result<Vec<Arc<Entry>>, ReadError> {
        self.gate.pass_read();
        self.inner.read(after, limit)
    }

    fn tail(&self, listener: Listener) {
        self.inner.tail(listener);
    }

    fn oldest(&self) -> Revision {
        self.inner.oldest()
    }

    fn save(&self, state: &Catalogue) -> Result<(), SnapshotError> {
        self.inner.save(state)
    }
}
