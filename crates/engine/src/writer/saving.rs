//! When the writer has a snapshot written, and what came of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use catalogue::Catalogue;
use tokio::sync::mpsc;

use super::{Job, Writer};
use crate::engine::Shared;
use crate::steps::Saving;

/// Read in less than half a second; a small catalogue that is written to all the time is not saved several times a second.
const SAVE_BYTES_MIN: u64 = 32 * 1024 * 1024;
/// About as much as a start reads in two seconds.
const SAVE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// A snapshot that was asked for while another one was written: it is to be begun when that has ended.
#[derive(Clone, Default)]
pub(crate) struct NextSaving {
    is_wanted: Arc<AtomicBool>,
    queue: Option<mpsc::WeakSender<Job>>,
}

impl NextSaving {
    /// By whom it is begun.
    pub(super) fn by(queue: mpsc::WeakSender<Job>) -> Self {
        NextSaving { is_wanted: Arc::default(), queue: Some(queue) }
    }

    /// Has it begun if it is wanted.
    pub(crate) fn begin(&self) {
        if self.is_wanted.swap(false, Ordering::AcqRel)
            && let Some(queue) = self.queue.as_ref().and_then(mpsc::WeakSender::upgrade)
        {
            // A full queue means that much is written, and a snapshot is due by itself soon.
            let _ = queue.try_send(Job::Save);
        }
    }
}

impl Writer {
    /// How many bytes of entries without a snapshot are too many: about twice as many as a snapshot has. So the work of
    /// writing snapshots stays small beside the work of writing entries, and a start reads little.
    pub(super) fn snapshot_due(&self) -> u64 {
        (self.catalogue.len() as u64 * 1_024).clamp(SAVE_BYTES_MIN, SAVE_BYTES_MAX)
    }

    /// Begins a snapshot if there are `due` bytes of entries without one.
    pub(super) fn save_from(&mut self, due: u64) {
        if self.unsaved_bytes >= due {
            // Said first: the one under way may end just now.
            self.next.is_wanted.store(true, Ordering::Release);
        }
        // Whether it is due may be known only then: of one that failed or was given up everything is without.
        if self.is_saving() || self.unsaved_bytes < due {
            return;
        }
        self.next.is_wanted.store(false, Ordering::Release);
        self.unsaved_bytes = 0;
        let (ended, saving) = sync_channel(1);
        self.saving = Some(saving);
        self.begun = Some(Saving::new(Arc::clone(&self.shared), self.catalogue.clone(), ended, self.next.clone()));
    }

    /// The snapshot that was begun, for who writes it while writes go on.
    pub(crate) fn begun(&mut self) -> Option<Saving> {
        self.begun.take()
    }

    fn is_saving(&mut self) -> bool {
        match self.saving.as_ref().map(Receiver::try_recv) {
            None => false,
            Some(Err(TryRecvError::Empty)) => true,
            Some(ended) => {
                self.saved(ended.unwrap_or(false));
                false
            }
        }
    }

    /// What a snapshot that failed should have held is still without.
    pub(super) fn saved(&mut self, is_written: bool) {
        self.saving = None;
        self.unsaved_bytes = self.unsaved_bytes.max(u64::from(!is_written));
    }
}

/// Writes a snapshot; `true` if that went well.
pub(crate) fn save(shared: &Shared, state: &Catalogue) -> bool {
    let saved = shared.journal.save(state);
    if let Err(error) = &saved {
        shared.failures.snapshot();
        tracing::warn!(%error, "nothing is lost: the journal has everything; the next start takes longer");
    }
    saved.is_ok()
}
