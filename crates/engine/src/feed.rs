//! From the writer to subscribers: the recent entries, and who is told of them.

mod audience;
mod filling;
mod group;
mod ring;
mod seen;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};

use bytes::Bytes;
use catalogue::{Change, Entry, Revision};
use journal::{Journal, ReadError, ReadLimit};
use tokio::sync::Semaphore;

use crate::Limits;
use crate::reading::Helping;
use crate::size::{entry_bytes, former_bytes};
pub use audience::Following;
pub(crate) use audience::{Audience, Seat};
pub(crate) use group::{TAKE_MAX, Taken};
pub(crate) use ring::{Behind, Ring};
pub(crate) use seen::{Concerning, Looked};
pub use seen::{FeedChange, FeedChangeKind, Seen};

/// An entry on its way to subscribers, with room for its wire form so that it is made once for all of them.
#[derive(Debug)]
pub struct FeedEntry {
    /// The entry.
    pub entry: Arc<Entry>,
    ready: OnceLock<Bytes>,
    bytes: u64,
    former_bytes: u64,
}

impl FeedEntry {
    pub(crate) fn new(entry: Arc<Entry>) -> Self {
        let bytes = entry_bytes(&entry);
        FeedEntry::of_bytes(entry, bytes)
    }

    /// The same of an entry that was weighed by [`entry_bytes`].
    pub(crate) fn of_bytes(entry: Arc<Entry>, bytes: usize) -> Self {
        let former_bytes = former_bytes(&entry) as u64;
        FeedEntry { entry, ready: OnceLock::new(), bytes: bytes as u64, former_bytes }
    }

    /// The wire form for who sees all of it, made by `make` at the first call.
    pub fn ready(&self, make: impl FnOnce() -> Bytes) -> &Bytes {
        self.ready.get_or_init(make)
    }

    /// About how many bytes of JSON the entry is.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// About how many bytes are held for it: also of what fields and deleted books were, which nobody is sent.
    pub(crate) fn held_bytes(&self) -> u64 {
        self.bytes + self.former_bytes
    }

    pub(crate) fn is_visible(&self) -> bool {
        self.entry.changes.iter().any(Change::is_visible)
    }
}

/// The recent entries and those who are told of them.
pub(crate) struct Feed {
    pub(crate) ring: Ring,
    pub(crate) audience: Arc<Audience>,
    /// The revision up to which everybody may be told, and the last one when there was nobody.
    head: AtomicU64,
    head_of_nobody: AtomicU64,
    /// Who does the telling, where that is a thread of its own.
    teller: OnceLock<Thread>,
    has_ended: AtomicBool,
    /// How many subscribers may read the journal at once: more would only make the disk seek.
    journal_reads: Arc<Semaphore>,
}

impl Feed {
    /// A feed whose ring holds the journal's last entries, so that clients that come back after a restart find them in
    /// memory.
    pub(crate) fn filled(journal: &dyn Journal, revision: Revision, limits: &Limits) -> Self {
        Feed {
            ring: filling::filled(journal, revision, limits),
            audience: Arc::default(),
            head: AtomicU64::new(revision.0),
            head_of_nobody: AtomicU64::new(revision.0),
            teller: OnceLock::new(),
            has_ended: AtomicBool::new(false),
            journal_reads: Arc::new(Semaphore::new(4)),
        }
    }

    /// Everybody may be told of all up to `head`, which can be read already. Costs the writer next to nothing, however many
    /// there are.
    pub(crate) fn announce(&self, head: Revision) {
        self.head.store(head.0, Ordering::Release);
        // Either this sees who has just sat down, or he sees what was just published.
        fence(Ordering::SeqCst);
        if self.audience.is_empty() {
            self.head_of_nobody.store(head.0, Ordering::Release);
        } else if let Some(teller) = self.teller.get() {
            teller.unpark();
        }
    }

    /// Wakes whom those entries concern that were announced behind `told`; gives the revision up to which that is done.
    pub(crate) fn tell(&self, told: Revision) -> Revision {
        let told = told.max(Revision(self.head_of_nobody.load(Ordering::Acquire)));
        let head = Revision(self.head.load(Ordering::Acquire));
        self.audience.tell(&self.ring, told, head);
        head
    }

    /// Has a thread do that whenever it is announced, so that neither the writer nor who reads waits for a thousand filters.
    pub(crate) fn tell_on_a_thread(self: &Arc<Self>) {
        let feed = Arc::clone(self);
        let spawned = thread::Builder::new().name("feed".into()).spawn(move || feed.tell_until_the_end());
        let teller = spawned.expect("the system gives a program one more thread at its start").thread().clone();
        self.teller.get_or_init(|| teller);
    }

    fn tell_until_the_end(&self) {
        let mut told = Revision::ZERO;
        loop {
            let has_ended = self.has_ended.load(Ordering::Acquire);
            match self.tell(told) {
                head if head > told => told = head,
                _ if has_ended => return,
                _ => thread::park(),
            }
        }
    }

    /// Nothing will be announced any more.
    pub(crate) fn end(&self) {
        self.has_ended.store(true, Ordering::Release);
        if let Some(teller) = self.teller.get() {
            teller.unpark();
        }
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
