//! The shared ring of recent entries.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock, RwLock};

use catalogue::{Entry, Revision};
use journal::{Journal, ReadError, ReadLimit};
use tokio::sync::Semaphore;

use crate::Limits;
use crate::reading::Helping;
use crate::size::entry_bytes;

/// An entry on its way to subscribers, with room for its wire form so that it is made once for all of them.
#[derive(Debug)]
pub struct FeedEntry {
    /// The entry.
    pub entry: Arc<Entry>,
    rendered: OnceLock<Box<str>>,
    bytes: u64,
}

impl FeedEntry {
    pub(crate) fn new(entry: Arc<Entry>) -> Self {
        let bytes = entry_bytes(&entry) as u64;
        FeedEntry { entry, rendered: OnceLock::new(), bytes }
    }

    /// The entry's form for subscribers without a filter, made by `render` at the first call.
    pub fn rendered(&self, render: impl FnOnce(&Entry) -> String) -> &str {
        self.rendered.get_or_init(|| render(&self.entry).into_boxed_str())
    }

    /// About how many bytes of JSON the entry is.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// The recent entries, each held once however many read them. A subscriber is a place in here, not a queue.
pub(crate) struct Feed {
    ring: RwLock<Ring>,
    /// How many subscribers may read the journal at once: more would only make the disk seek.
    journal_reads: Arc<Semaphore>,
}

struct Ring {
    entries: VecDeque<Arc<FeedEntry>>,
    /// The revision of the last entry, also while the ring is empty.
    last: Revision,
    bytes: u64,
    /// All bytes that ever went in: the difference of two readings says how far behind somebody is.
    bytes_ever: u64,
    entries_max: usize,
    bytes_max: u64,
}

/// What a place in the feed has behind it.
pub(crate) enum Behind {
    /// These entries come next; empty at the end.
    Entries(Vec<Arc<FeedEntry>>),
    /// The entries have left the ring: they are in the journal.
    LeftTheRing,
}

impl Feed {
    /// A feed whose ring holds the journal's last entries, so that clients that come back after a restart find them in
    /// memory.
    pub(crate) fn filled(journal: &dyn Journal, revision: Revision, limits: &Limits) -> Self {
        let mut ring = Ring {
            entries: VecDeque::new(),
            last: revision,
            bytes: 0,
            bytes_ever: 0,
            entries_max: limits.ring_entries_max,
            bytes_max: limits.ring_bytes_max,
        };
        let mut after = Revision(revision.0.saturating_sub(limits.ring_entries_max as u64)).max(journal.oldest());
        while after < revision {
            match journal.read(after, FILL_LIMIT) {
                Ok(entries) if !entries.is_empty() => {
                    after = entries.last().expect("there is one").revision;
                    entries.into_iter().for_each(|entry| ring.push(Arc::new(FeedEntry::new(entry))));
                }
                // The ring is a convenience: who needs these entries reads the journal and is told there.
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "recent entries could not be read into memory");
                    break;
                }
            }
        }
        Feed { ring: RwLock::new(ring), journal_reads: Arc::new(Semaphore::new(4)) }
    }

    pub(crate) fn push(&self, entries: impl IntoIterator<Item = Arc<FeedEntry>>) {
        let mut ring = self.ring.write().expect("nothing panics while it holds the ring");
        entries.into_iter().for_each(|entry| ring.push(entry));
    }

    /// At most `most` entries behind `after`.
    pub(crate) fn behind(&self, after: Revision, most: usize) -> Behind {
        let ring = self.ring.read().expect("nothing panics while it holds the ring");
        let Some(first) = ring.entries.front().map(|oldest| oldest.entry.revision) else {
            return if after >= ring.last { Behind::Entries(Vec::new()) } else { Behind::LeftTheRing };
        };
        if after.next() < first {
            return Behind::LeftTheRing;
        }
        // A restore leaves a gap in the numbers, so that a place is searched for, not computed.
        let start = ring.entries.partition_point(|slot| slot.entry.revision <= after);
        Behind::Entries(ring.entries.iter().skip(start).take(most).cloned().collect())
    }

    /// All bytes that ever went into the ring.
    pub(crate) fn bytes_ever(&self) -> u64 {
        self.ring.read().expect("nothing panics while it holds the ring").bytes_ever
    }

    /// Some entries behind `after` from the journal, once it is this reader's turn.
    pub(crate) fn read_journal(
        &self,
        journal: &Arc<dyn Journal>,
        after: Revision,
    ) -> impl Future<Output = Helping> + Send + 'static {
        let (line, journal) = (Arc::clone(&self.journal_reads), Arc::clone(journal));
        async move {
            let permit = line.acquire_owned().await.expect("the semaphore is never closed");
            let read = tokio::task::spawn_blocking(move || {
                // Held until the disk is free again, also where nobody waits for the result any more.
                let _permit = permit;
                let entries = journal.read(after, READ_LIMIT)?;
                Ok(entries.into_iter().map(|entry| Arc::new(FeedEntry::new(entry))).collect())
            });
            read.await.unwrap_or_else(|panic| Err(ReadError::Fault(format!("reading the journal panicked: {panic}"))))
        }
    }
}

/// One helping from the journal: large enough to be quick, and small, since thousands who come back at once may each hold
/// one, which has several times as many bytes in memory.
const READ_LIMIT: ReadLimit = ReadLimit { entries: 250, bytes: 128 * 1024 };
/// One helping at the start, when there is one reader.
const FILL_LIMIT: ReadLimit = ReadLimit { entries: 1_000, bytes: 1024 * 1024 };

impl Ring {
    fn push(&mut self, entry: Arc<FeedEntry>) {
        self.last = entry.entry.revision;
        self.bytes += entry.bytes();
        self.bytes_ever += entry.bytes();
        self.entries.push_back(entry);
        while self.entries.len() > self.entries_max || (self.bytes > self.bytes_max && self.entries.len() > 1) {
            let oldest = self.entries.pop_front().expect("the ring is not empty");
            self.bytes -= oldest.bytes();
        }
    }
}
