//! The file journal: a data directory on one machine.
//!
//! # How the files hang together
//!
//! ```text
//! lock                                 held by the one process that works here (lock.rs)
//! books.json                           the snapshot: a state and its revision (snapshot.rs)
//! journal/base.json                    the state before the first segment, in the same form; always there, for it names
//!                                      the store (recovery.rs)
//! journal/00000000000000000001.jsonl   a segment: entries and marks, a line each (line.rs, segment.rs)
//! journal/….jsonl.torn-OFFSET          what a crash left half-written (repair.rs)
//! books.json.original                  the file of another program from which the store was made (takeover.rs)
//! books.json.takeover.txt              what is to be said about its books, where there is something
//! books.json.discarded                 an edited snapshot that was put aside (adopt.rs)
//! replaced-1/                          what was here before a restore, a data directory in itself (restore.rs)
//! restore.json, ….restored             a restore under way
//! ```
//!
//! Each line and each snapshot is sealed with a checksum (seal.rs). The journal's state is base plus entries; the snapshot
//! only spares reading them.
//!
//! # A start
//!
//! `directory` lists what is there. Without a journal one is made (`creation`): first `base.json`, then the first
//! segment, then `books.json`, each durable before the next, so that `books.json` without a journal is never our own doing.
//! `recovery` reads base, snapshot and segments and changes nothing; `walk` tells a half-written end from damage. Only
//! when all of it is sound does `repair` move a half-written end aside. Then the `writer` goes on where the last segment
//! ends, and `reading` gives entries back. `keep` drops old segments behind a snapshot, and `leaving` lets go of the last one.
//!
//! # Torn or damaged?
//!
//! A crash leaves any part of the pages of the last batch, which nobody was told was written; of the entries in it the
//! whole ones before the first bad line stay, the rest is moved aside. Damage hits anything. To tell them apart, each line
//! says which revision was durable when it was written, and `Journal::rest` leaves a mark that says it of the last batch:
//! a bad line is torn only in the last segment, and only if no such witness, nor the snapshot, claims an entry that is not
//! there. A new segment is begun only once the one before it is synced to its end.
//!
//! A disk without room refuses a batch: what came through of it is cut off again, and that is synced, before anybody is
//! told. After any other failed write, and after any failed sync, the journal is poisoned: what the disk holds is not
//! known, and a second sync that succeeds proves nothing. The next start writes all lines anew that no witness claims.
//!
//! All of it speaks to the disk through `Disk`, which a test can make fail, forget and lie.

pub(crate) mod adopt;
mod aside;
pub(crate) mod backup;
mod breaks;
mod creation;
mod difference;
mod directory;
pub(crate) mod disk;
pub(crate) mod error;
pub(crate) mod faulty_disk;
pub(crate) mod gap;
mod keep;
mod leaving;
mod line;
pub(crate) mod lock;
mod opening;
mod reading;
mod recovery;
mod repair;
pub(crate) mod restore;
mod saving;
mod seal;
mod segment;
mod snapshot;
mod takeover;
pub(crate) mod verify;
mod walk;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use catalogue::{Catalogue, Entry, Revision, Timestamp};

use self::breaks::Breaks;
use self::directory::Directory;
use self::disk::{Disk, SystemDisk};
use self::error::OpenError;
use self::gap::Gap;
use self::lock::Lock;
use self::reading::{Helping, Readable};
use self::restore::Prepared;
use self::saving::Saved;
use self::writer::{Writer, Written};
use crate::{AppendError, Journal, Listener, Opened, ReadError, ReadLimit, SnapshotError, StoreId};

/// What a directory has that a process works on, or did: who that is, where it listens and how it is known there, who may
/// speak to it as its operator, and what it receives.
const OF_A_PROCESS: [&str; 5] = ["lock", "address", "address.pem", "operator", "restore.upload"];

/// A journal in files.
pub struct FileJournal {
    store: StoreId,
    directory: Directory,
    options: OpenOptions,
    writer: Mutex<Writer>,
    index: RwLock<Index>,
    listeners: Mutex<Vec<Listener>>,
    /// The snapshot on the disk; held while another one is written.
    saved: Mutex<Saved>,
    /// Those of who writes a snapshot.
    breaks: Breaks,
    lock: Mutex<Option<Lock>>,
}

/// How a data directory is opened.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Entries older than this may be dropped, by whole segments, once a snapshot covers them; `None` keeps all.
    pub keep: Option<Duration>,
    /// How many of the last entries are kept whatever their age, and have their request ids remembered.
    pub entries_kept_min: u64,
    /// A new segment is begun once the last one has that many bytes.
    pub segment_bytes: u64,
    /// The name of the store, should it be made; `None` for a random one.
    pub store: Option<StoreId>,
    /// The clock by which entries are old.
    pub now: fn() -> Timestamp,
}

impl Default for OpenOptions {
    fn default() -> Self {
        OpenOptions {
            keep: None,
            entries_kept_min: 100_000,
            segment_bytes: 64 * 1024 * 1024,
            store: None,
            now: system_time,
        }
    }
}

/// What a reader must know of the files.
struct Index {
    /// The revision of the state before the first segment.
    oldest: Revision,
    /// The first revision of each segment, ascending. There is at least one.
    segments: Vec<Revision>,
    /// The durable length of the last segment, in bytes.
    length: u64,
    /// How many bytes were appended since the journal was opened.
    appended: u64,
    /// The last durable revision.
    end: Revision,
    /// What restores left out.
    gaps: Vec<Gap>,
}

impl FileJournal {
    /// Opens a data directory, made if it is not there; recovers what a crash left. What stops it changes nothing.
    pub fn open(directory: &Path, options: OpenOptions) -> Result<Opened, OpenError> {
        FileJournal::open_whole(directory, options).map(|(opened, _)| opened)
    }

    /// The same, with the journal as what it is.
    pub fn open_whole(directory: &Path, options: OpenOptions) -> Result<(Opened, Arc<FileJournal>), OpenError> {
        let disk = Arc::new(SystemDisk);
        creation::make_directory(disk.as_ref(), directory)?;
        let lock = Lock::take(directory)?;
        opening::open(Directory::new(disk, directory), options, Some(lock))
    }

    /// Opens a data directory on `disk`, which is nobody else's: no lock is taken.
    pub fn open_on(disk: Arc<dyn Disk>, directory: &Path, options: OpenOptions) -> Result<Opened, OpenError> {
        FileJournal::open_whole_on(disk, directory, options).map(|(opened, _)| opened)
    }

    /// The same, with the journal as what it is.
    pub fn open_whole_on(
        disk: Arc<dyn Disk>,
        directory: &Path,
        options: OpenOptions,
    ) -> Result<(Opened, Arc<FileJournal>), OpenError> {
        creation::make_directory(disk.as_ref(), directory)?;
        opening::open(Directory::new(disk, directory), options, None)
    }

    /// Puts a prepared store in the place of this one, which takes no entry and no snapshot any more, whoever still holds
    /// it; then opens what is there, which is this one anew where the disk fails at that. The directory is held meanwhile.
    pub fn replace(&self, prepared: Prepared, options: OpenOptions) -> Result<(Opened, Arc<FileJournal>), OpenError> {
        self.writer.lock().expect("no append panics").close();
        // Who writes a snapshot holds this, so that none is under way, and none begins.
        *self.saved.lock().expect("no snapshot panics") = Saved { revision: Revision(u64::MAX), file: None };
        match prepared.commit() {
            Ok(restored) => tracing::info!("the store {} takes the place of {}", restored.store, self.store),
            Err(error) => tracing::error!("whether the restore is carried out shows in what is opened next: {error}"),
        }
        // Let go of between the two, another process could write to a store that is given up.
        let lock = self.lock.lock().expect("nothing panics while it holds the lock").take();
        opening::open(self.directory.clone(), options, lock)
    }
}

fn system_time() -> Timestamp {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(since_epoch.as_secs() as i64)
}

impl Journal for FileJournal {
    fn store(&self) -> &StoreId {
        &self.store
    }

    fn append(&self, after: Revision, entries: &[Arc<Entry>]) -> Result<(), AppendError> {
        let mut writer = self.writer.lock().expect("no append panics");
        let Written { segment, length, bytes, end } = writer.append(after, entries)?;
        {
            let mut index = self.index.write().expect("nothing panics while it holds the index");
            if index.segments.last() != Some(&segment) {
                index.segments.push(segment);
            }
            index.length = length;
            index.appended += bytes;
            index.end = end;
        }
        drop(writer);
        for listener in self.listeners.lock().expect("no listener panics").iter() {
            listener(end);
        }
        Ok(())
    }

    fn read(&self, after: Revision, limit: ReadLimit) -> Result<Vec<Arc<Entry>>, ReadError> {
        let Some(segments) = self.readable(after)? else { return Ok(Vec::new()) };
        match Helping::new(&self.directory, after, limit).take(&segments) {
            // They may have been dropped since.
            Err(_) if after < self.oldest() => Err(ReadError::Gone { asked: after, oldest: self.oldest() }),
            read => Ok(read?),
        }
    }

    fn rest(&self) {
        self.writer.lock().expect("no append panics").rest();
    }

    fn usable(&self) -> Result<(), AppendError> {
        self.writer.lock().expect("no append panics").usable()
    }

    fn try_room(&self) -> Result<(), AppendError> {
        self.writer.lock().expect("no append panics").try_room()
    }

    fn tail(&self, listener: Listener) {
        self.listeners.lock().expect("no listener panics").push(listener);
    }

    fn oldest(&self) -> Revision {
        self.index.read().expect("nothing panics while it holds the index").oldest
    }

    fn knows(&self, revision: Revision) -> bool {
        let index = self.index.read().expect("nothing panics while it holds the index");
        !index.gaps.iter().any(|gap| gap.swallows(revision))
    }

    fn save(&self, state: &Catalogue) -> Result<(), SnapshotError> {
        self.save_over(state, |path, last, rest| self.keep_if_edited(path, last, rest))
    }

    fn hurry(&self) {
        self.breaks.end();
    }
}

impl FileJournal {
    /// The segments that hold what is behind `after`; `None` where nothing is.
    fn readable(&self, after: Revision) -> Result<Option<Vec<Readable>>, ReadError> {
        let index = self.index.read().expect("nothing panics while it holds the index");
        if after < index.oldest {
            return Err(ReadError::Gone { asked: after, oldest: index.oldest });
        }
        if after >= index.end {
            return Ok(None);
        }
        let from = index.segments.partition_point(|first| *first <= after.next()).saturating_sub(1);
        let last = index.segments.len() - 1;
        let readable = (from..=last)
            .map(|number| Readable { first: index.segments[number], length: (number == last).then_some(index.length) });
        Ok(Some(readable.collect()))
    }
}
