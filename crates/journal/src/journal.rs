//! What every journal promises.

use std::fmt;
use std::sync::Arc;

use catalogue::{Catalogue, Entry, Revision, Text};
use serde::{Deserialize, Serialize};

/// The random name of a store, made with it: a revision means something only within its store.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoreId(pub Box<str>);

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The ordered, durable list of entries. Calls block; the engine makes them from threads that may wait.
pub trait Journal: Send + Sync {
    /// The store whose entries these are.
    fn store(&self) -> &StoreId;

    /// Makes `entries` durable as one batch, all or nothing, directly behind the entry `after`.
    ///
    /// When it returns `Ok`, they survive a power cut. Their revisions follow `after` without a gap.
    fn append(&self, after: Revision, entries: &[Arc<Entry>]) -> Result<(), AppendError>;

    /// The durable entries behind `after`, in order, as many as `limit` allows (at least one, where there is one).
    fn read(&self, after: Revision, limit: ReadLimit) -> Result<Vec<Arc<Entry>>, ReadError>;

    /// Nothing waits to be written: the moment for what need not be durable itself, such as a mark.
    fn rest(&self) {}

    /// Whether it still takes entries. What went wrong at [`rest`](Journal::rest), which answers nothing, is told here.
    fn usable(&self) -> Result<(), AppendError> {
        Ok(())
    }

    /// Whether entries could be appended now. It is tried, without leaving a trace: for after an append that found no space.
    fn try_room(&self) -> Result<(), AppendError> {
        Ok(())
    }

    /// Calls `listener` with the journal's last revision whenever entries have become durable, by whomever.
    fn tail(&self, listener: Listener);

    /// The smallest `after` that [`read`](Journal::read) accepts: 0 while everything is kept.
    fn oldest(&self) -> Revision;

    /// Whether the store ever stood at `revision`, which is one up to its last: a restore leaves a gap behind it.
    fn knows(&self, _revision: Revision) -> bool {
        true
    }

    /// Keeps `state` so that the next start need not read the entries up to it. Takes long, and takes breaks so that it
    /// disturbs no append.
    fn save(&self, state: &Catalogue) -> Result<(), SnapshotError>;

    /// Nobody is disturbed any more: from now on a [`save`](Journal::save), one under way included, takes no breaks.
    fn hurry(&self) {}
}

/// Told the journal's last durable revision.
pub type Listener = Box<dyn Fn(Revision) + Send + Sync>;

/// A journal ready for work, with what it held.
pub struct Opened {
    /// The journal.
    pub journal: Arc<dyn Journal>,
    /// The state at its end.
    pub catalogue: Catalogue,
    /// The revision of the last state that was [saved](Journal::save).
    pub saved: Revision,
    /// The request ids among the last entries, oldest first.
    pub receipts: Vec<Receipt>,
    /// What the operator should know, a sentence each: an end moved aside, a file taken over.
    pub notices: Vec<String>,
}

/// That a request id was used, by whom, and by which entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The entry that holds the answer.
    pub revision: Revision,
    /// Who asked.
    pub by: Text,
    /// The request id.
    pub id: Text,
    /// The fingerprint of what was asked.
    pub hash: Text,
}

/// How much one [`Journal::read`] may give.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimit {
    /// The most entries.
    pub entries: usize,
    /// The most bytes of journal, roughly.
    pub bytes: usize,
}

/// Why entries are not in the journal.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Somebody else wrote first: catch up, prepare again.
    #[error("the journal is already at revision {at}")]
    Behind {
        /// The journal's last revision.
        at: Revision,
    },
    /// No answer came: read back before going on.
    #[error("whether the entries were written is not known: {0}")]
    Unknown(String),
    /// No space; what was written is cut off again. Later appends may succeed.
    #[error("no space for the journal: {0}. Free some space on its disk; writes go on by themselves")]
    Full(String),
    /// A write or sync failed: what the disk holds is not known. Every later append fails until the journal is opened anew.
    #[error(
        "the journal cannot be trusted after a failed write: {0}. Check the disk, then restart the server; reads go on until then"
    )]
    Poisoned(String),
}

/// Why entries cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// They are no longer kept.
    #[error("entries behind revision {asked} are no longer kept, the oldest start is {oldest}")]
    Gone {
        /// The revision asked for.
        asked: Revision,
        /// The smallest that is accepted.
        oldest: Revision,
    },
    /// They are damaged or the disk does not answer.
    #[error("{0}")]
    Fault(String),
}

/// A snapshot that was not written. Nothing is lost by it: the journal has everything.
#[derive(Debug, thiserror::Error)]
#[error("the snapshot was not written: {0}")]
pub struct SnapshotError(pub String);

impl Receipt {
    /// The receipt that `entry` stands for, if it has a request id.
    pub fn of(entry: &Entry) -> Option<Receipt> {
        let request = entry.request.as_ref()?;
        Some(Receipt {
            revision: entry.revision,
            by: entry.by.as_ref().into(),
            id: request.id.clone(),
            hash: request.hash.clone(),
        })
    }
}
