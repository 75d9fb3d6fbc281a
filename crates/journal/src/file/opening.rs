//! From the files of a data directory to a journal ready for work.

use std::sync::Arc;
use std::sync::{Mutex, RwLock};

use catalogue::{Catalogue, Revision};

use super::breaks::Breaks;
use super::creation;
use super::difference::{FileBooks, difference};
use super::directory::{BOOKS, Directory, JournalFiles};
use super::error::{Damage, Edited, OpenError};
use super::lock::Lock;
use super::recovery::{self, Base, Recovered};
use super::repair;
use super::restore;
use super::saving::Saved;
use super::snapshot::{self, Found, Snapshot};
use super::takeover;
use super::writer::Writer;
use super::{FileJournal, Index, OpenOptions};
use crate::{Opened, StoreId};

/// A directory that was read, sound or with a torn end at most. Nothing in it was changed.
pub(crate) struct Examined {
    pub(crate) files: JournalFiles,
    /// The store's name; `None` where no file tells it.
    pub(crate) store: Option<StoreId>,
    pub(crate) recovered: Recovered,
    /// The snapshot's revision, where there is one.
    pub(crate) saved: Option<Revision>,
    pub(crate) notices: Vec<String>,
}

/// Opens a directory that is locked by us.
pub(crate) fn open(
    directory: Directory,
    options: OpenOptions,
    lock: Option<Lock>,
) -> Result<(Opened, Arc<FileJournal>), OpenError> {
    let restored = restore::settle(&directory)?;
    let mut files = directory.journal_files()?;
    let taken_over = takeover::take_over(&directory, &files, &options)?;
    if taken_over.is_some() {
        files = directory.journal_files()?;
    } else if !files.is_there() {
        creation::begin(&directory, &options)?;
        files = directory.journal_files()?;
    }
    let mut examined = examine(&directory, files, &options)?;
    examined.notices.splice(0..0, restored.into_iter().chain(taken_over.unwrap_or_default()));
    start(directory, options, lock, examined)
}

/// Reads all that a start must know.
fn examine(directory: &Directory, files: JournalFiles, options: &OpenOptions) -> Result<Examined, OpenError> {
    let base = recovery::base(directory, &files)?;
    let path = directory.books();
    let snapshot = match snapshot::read(directory.disk.as_ref(), &path).map_err(OpenError::io("read", &path))? {
        Found::Nothing => None,
        Found::Sound(snapshot) => Some(snapshot),
        Found::Unsealed | Found::Unreadable(_) => return Err(edited(directory, base)?),
    };
    let mut notices = Vec::new();
    let saved = snapshot.as_ref().map(|snapshot| snapshot.state.revision());
    let mut store = base.store.clone();
    let start = match snapshot {
        None => {
            if !base.segments.is_empty() {
                notices.push(format!("{} was missing: it is written anew from the journal", path.display()));
            }
            recovery::base_state(directory)?
        }
        Some(snapshot) => {
            check_belongs(directory, &base, &snapshot)?;
            store.get_or_insert(snapshot.store);
            // An old copy of the snapshot may be older than what is kept.
            if snapshot.state.revision() < base.revision { recovery::base_state(directory)? } else { snapshot.state }
        }
    };
    let recovered = recovery::read(directory, base, start, options.entries_kept_min)?;
    Ok(Examined { files, store, recovered, saved, notices })
}

/// Fails where a snapshot is not this journal's.
pub(crate) fn check_belongs(directory: &Directory, base: &Base, snapshot: &Snapshot) -> Result<(), OpenError> {
    let damage = |path, found| Err(Damage { path, line: None, found }.into());
    match &base.store {
        Some(store) if *store != snapshot.store => {
            let other = &snapshot.store;
            damage(directory.books(), format!("it is of the store {other}, and the journal beside it of {store}"))
        }
        _ if base.segments.is_empty() => {
            damage(directory.journal(), format!("its segments are missing, though {BOOKS} is there"))
        }
        _ => Ok(()),
    }
}

/// Says how `books.json` differs from the journal, if the journal itself is sound.
pub(crate) fn edited(directory: &Directory, base: Base) -> Result<OpenError, OpenError> {
    let path = directory.books();
    let file = FileBooks::read(directory.disk.as_ref(), &path).map_err(OpenError::io("read", &path))?;
    let first = base.revision;
    let whole = recovery::read(directory, base, recovery::base_state(directory)?, 0)?;
    let mut state = whole.state;
    let differences = match file {
        Err(reason) => Err(reason),
        Ok(file) => {
            let is_known = |revision: &Revision| !whole.gaps.iter().any(|gap| gap.swallows(*revision));
            let known = file.revision.filter(|revision| (first..state.revision()).contains(revision)).filter(is_known);
            if let Some(revision) = known {
                state = recovery::state_at(directory, &whole.segments, revision)?;
            }
            Ok(difference(&state, &file).iter().map(ToString::to_string).collect())
        }
    };
    Ok(OpenError::Edited(Box::new(Edited { path, revision: state.revision(), differences })))
}

/// Makes a directory that was read ready, and completes what is missing in it. The first moment at which it is changed.
pub(crate) fn start(
    directory: Directory,
    options: OpenOptions,
    lock: Option<Lock>,
    examined: Examined,
) -> Result<(Opened, Arc<FileJournal>), OpenError> {
    let Examined { files, store, recovered, saved, mut notices } = examined;
    let ready = repair::repair(&directory, &recovered, &mut notices)?;
    let store = store.unwrap_or_else(creation::random_store);
    if !files.has_base {
        creation::write_base(&directory, &store, &Catalogue::default())?;
    }
    let Recovered { state, receipts, mut segments, base, gaps, .. } = recovered;
    let saved = match saved {
        Some(saved) => saved,
        None => {
            let path = directory.books();
            snapshot::write(directory.disk.as_ref(), &path, &store, &state).map_err(OpenError::io("write", &path))?;
            state.revision()
        }
    };
    if segments.is_empty() {
        segments.push(ready.first);
    }
    let end = state.revision();
    let index = Index { oldest: base, segments, length: ready.length, appended: 0, end, gaps };
    let writer = Writer::new(directory.clone(), ready, end, options.segment_bytes);
    let journal = Arc::new(FileJournal {
        store,
        directory,
        options,
        writer: Mutex::new(writer),
        index: RwLock::new(index),
        listeners: Mutex::default(),
        saved: Mutex::new(Saved { revision: saved, file: None }),
        breaks: Breaks::default(),
        lock: Mutex::new(lock),
    });
    Ok((Opened { journal: journal.clone(), catalogue: state, saved, receipts, notices }, journal))
}
