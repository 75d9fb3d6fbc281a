//! What other engines wrote into the same journal.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use journal::ReadLimit;
use tokio::sync::mpsc;

use super::{Job, NextSaving, Writer};
use crate::Health;
use crate::feed::FeedEntry;

const CATCH_UP: ReadLimit = ReadLimit { entries: 1_000, bytes: 8 * 1024 * 1024 };

impl Writer {
    /// Has the journal wake this writer when somebody else wrote.
    pub(crate) fn listen(&mut self, queue: mpsc::WeakSender<Job>) {
        self.next = NextSaving::by(queue.clone());
        let (announced, expected) = (Arc::clone(&self.announced), Arc::clone(&self.expected));
        self.shared.journal.tail(Box::new(move |end| {
            announced.fetch_max(end.0, Ordering::AcqRel);
            if end.0 > expected.load(Ordering::Acquire)
                && let Some(queue) = queue.upgrade()
            {
                // A full queue means that the writer is awake and will see `announced` by itself.
                let _ = queue.try_send(Job::Wake);
            }
        }));
    }

    /// While a batch was under way, what others announced passed for its echo; if it was refused, it was none.
    pub(super) fn meet_others(&mut self) {
        self.expected.store(self.catalogue.revision().0, Ordering::Release);
        self.catch_up_if_behind();
    }

    pub(super) fn catch_up_if_behind(&mut self) {
        if self.announced.load(Ordering::Acquire) > self.catalogue.revision().0 {
            self.catch_up();
        }
    }

    /// Learns the entries that another engine wrote.
    pub(super) fn catch_up(&mut self) {
        loop {
            match self.shared.journal.read(self.catalogue.revision(), CATCH_UP) {
                Ok(entries) if entries.is_empty() => return,
                Ok(entries) => {
                    let mut state = self.catalogue.clone();
                    entries.iter().for_each(|entry| state.apply(entry));
                    let fed = entries.into_iter().map(|entry| Arc::new(FeedEntry::new(entry))).collect();
                    self.publish(state, fed, |_| {});
                }
                Err(error) => {
                    let reason = format!("{error}. Check the disk, then restart");
                    self.tell_health(Health::ReadOnly(reason.clone()));
                    self.poisoned = Some(reason);
                    return;
                }
            }
        }
    }
}
