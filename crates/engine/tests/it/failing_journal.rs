//! A journal that fails on demand.

use std::sync::{Arc, Mutex};

use catalogue::{Catalogue, Entry, Revision};
use journal::{AppendError, Journal, Listener, MemoryJournal, Opened, ReadError, ReadLimit, SnapshotError, StoreId};

/// The ways in which an append can fail.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    Full,
    Poisoned,
    UnknownButWritten,
    UnknownAndLost,
    /// Another engine writes the same at that moment.
    FullForUsOnly,
}

/// What happens to who reads it.
#[derive(Clone, Copy, Debug)]
enum Reading {
    Works,
    Fails,
    Panics,
}

/// A journal in memory whose next append fails as told; the appends after it succeed.
#[derive(Clone)]
pub(crate) struct FailingJournal {
    pub(crate) kept: MemoryJournal,
    next: Arc<Mutex<Option<Fault>>>,
    room: Arc<Mutex<Option<Fault>>>,
    reading: Arc<Mutex<Reading>>,
    panics_at_save: Arc<Mutex<bool>>,
}

impl Default for FailingJournal {
    fn default() -> Self {
        FailingJournal {
            kept: MemoryJournal::new("store"),
            next: Arc::default(),
            room: Arc::default(),
            reading: Arc::new(Mutex::new(Reading::Works)),
            panics_at_save: Arc::default(),
        }
    }
}

impl FailingJournal {
    pub(crate) fn open(&self) -> Opened {
        Opened { journal: Arc::new(self.clone()), ..self.kept.open() }
    }

    pub(crate) fn fail_next(&self, fault: Fault) {
        *self.next.lock().expect("not poisoned") = Some(fault);
    }

    /// The next look for room finds this.
    pub(crate) fn fail_room(&self, fault: Fault) {
        *self.room.lock().expect("not poisoned") = Some(fault);
    }

    pub(crate) fn fail_reads(&self) {
        *self.reading.lock().expect("not poisoned") = Reading::Fails;
    }

    pub(crate) fn panic_at_reads(&self) {
        *self.reading.lock().expect("not poisoned") = Reading::Panics;
    }

    pub(crate) fn panic_at_next_save(&self) {
        *self.panics_at_save.lock().expect("not poisoned") = true;
    }
}

impl Journal for FailingJournal {
    fn store(&self) -> &StoreId {
        self.kept.store()
    }

    fn append(&self, after: Revision, entries: &[Arc<Entry>]) -> Result<(), AppendError> {
        match self.next.lock().expect("not poisoned").take() {
            None => self.kept.append(after, entries),
            Some(Fault::Full) => Err(AppendError::Full("a test".into())),
            Some(Fault::Poisoned) => Err(AppendError::Poisoned("a test".into())),
            Some(Fault::UnknownAndLost) => Err(AppendError::Unknown("a test".into())),
            Some(Fault::UnknownButWritten) => {
                self.kept.append(after, entries)?;
                Err(AppendError::Unknown("a test".into()))
            }
            Some(Fault::FullForUsOnly) => {
                self.kept.append(after, entries)?;
                Err(AppendError::Full("a test".into()))
            }
        }
    }

    fn read(&self, after: Revision, limit: ReadLimit) -> Result<Vec<Arc<Entry>>, ReadError> {
        let reading = *self.reading.lock().expect("not poisoned");
        match reading {
            Reading::Works => self.kept.read(after, limit),
            Reading::Fails => Err(ReadError::Fault("a test".into())),
            Reading::Panics => panic!("planted by a test"),
        }
    }

    fn try_room(&self) -> Result<(), AppendError> {
        match self.room.lock().expect("not poisoned").take() {
            None => Ok(()),
            Some(Fault::Full) => Err(AppendError::Full("a test".into())),
            Some(fault) => Err(AppendError::Poisoned(format!("{fault:?}"))),
        }
    }

    fn tail(&self, listener: Listener) {
        self.kept.tail(listener);
    }

    fn oldest(&self) -> Revision {
        self.kept.oldest()
    }

    fn save(&self, state: &Catalogue) -> Result<(), SnapshotError> {
        let panics = std::mem::take(&mut *self.panics_at_save.lock().expect("not poisoned"));
        assert!(!panics, "planted by a test");
        self.kept.save(state)
    }
}
