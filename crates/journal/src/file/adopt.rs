//! A `books.json` of ours that was edited by hand: its difference becomes entries, or it is put aside.

mod entries;
mod plan;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalogue::{Catalogue, Revision};

use self::plan::plan;
use super::OpenOptions;
use super::aside::move_to_free_name;
use super::difference::FileBooks;
use super::directory::Directory;
use super::disk::{Disk, SystemDisk};
use super::error::OpenError;
use super::lock::Lock;
use super::opening::{self, Examined};
use super::recovery::{self, Recovered};
use super::restore;
use super::snapshot::{self, Found};
use crate::{AppendError, Journal, Opened, SnapshotError};

/// Why an edited `books.json` was not adopted or discarded.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// The directory cannot be worked on.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is no journal to compare with.
    #[error(
        "{directory} has no journal: there is nothing that its books.json could be compared with. The first start makes one: bookstore serve"
    )]
    NoJournal {
        /// The data directory.
        directory: PathBuf,
    },
    /// The file cannot be compared with the journal.
    #[error(
        "{path} cannot be read: {reason}. Correct that, or put the file aside: bookstore adopt --discard --data {}",
        folder_of(path).display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// What the file says may not be taken over. Nothing was written.
    #[error("{}", refused(path, problems))]
    Refused {
        /// The file.
        path: PathBuf,
        /// A sentence for each reason.
        problems: Vec<String>,
    },
    /// The entries were not written.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The entries are written, the new snapshot is not. The same call again completes it.
    #[error("{0}. The journal has everything: try it again")]
    Snapshot(#[from] SnapshotError),
}

/// Takes over what a `books.json` edited by hand says: what differs from the journal's state at the file's own revision
/// becomes entries by "file", and the file is written anew. Gives lines to print.
///
/// Nothing is written where a later entry changed the same, or a value breaks a rule.
pub fn adopt(directory: &Path) -> Result<Vec<String>, AdoptError> {
    let lock = Lock::take(directory)?;
    adopt_in(&Directory::new(Arc::new(SystemDisk), directory), OpenOptions::default(), Some(lock))
}

/// The same on `disk`, which is nobody else's: no lock is taken.
pub fn adopt_on(disk: Arc<dyn Disk>, directory: &Path, options: OpenOptions) -> Result<Vec<String>, AdoptError> {
    adopt_in(&Directory::new(disk, directory), options, None)
}

/// Puts a `books.json` edited by hand aside as `books.json.discarded` and writes the journal's latest state in its place.
/// Gives lines to print.
pub fn discard(directory: &Path) -> Result<Vec<String>, AdoptError> {
    let lock = Lock::take(directory)?;
    discard_in(&Directory::new(Arc::new(SystemDisk), directory), OpenOptions::default(), Some(lock))
}

/// The same on `disk`, which is nobody else's: no lock is taken.
pub fn discard_on(disk: Arc<dyn Disk>, directory: &Path, options: OpenOptions) -> Result<Vec<String>, AdoptError> {
    discard_in(&Directory::new(disk, directory), options, None)
}

fn adopt_in(directory: &Directory, options: OpenOptions, lock: Option<Lock>) -> Result<Vec<String>, AdoptError> {
    let Some(examined) = examine(directory)? else { return Ok(vec![nothing_to_do(directory)]) };
    let path = directory.books();
    let read = FileBooks::read(directory.disk.as_ref(), &path).map_err(OpenError::io("read", &path))?;
    let file = read.map_err(|reason| AdoptError::Unreadable { path: path.as_path().into(), reason })?;
    check_witness(&examined, &file).map_err(|problem| refusal(&path, vec![problem]))?;
    let (then, mut said) = compared_with(directory, &examined.recovered, &file)?;
    let mut state = examined.recovered.state.clone();
    let plan = plan(&then, &state, &file);
    if !plan.problems.is_empty() {
        return Err(refusal(&path, plan.problems));
    }
    said.extend(plan.steps.iter().map(|step| step.line.clone()));
    let after = state.revision();
    let entries = entries::entries(&mut state, plan.steps, (options.now)());
    let (Opened { notices, .. }, journal) = opening::start(directory.clone(), options, lock, examined)?;
    if !entries.is_empty() {
        journal.append(after, &entries)?;
        journal.rest();
    }
    // Nobody else is here to be polite to.
    journal.hurry();
    // What it says is in the journal now.
    journal.save_over(&state, |_, _, _| {})?;
    said.push(summary(after, state.revision(), &path));
    said.extend(notices);
    Ok(said)
}

fn discard_in(directory: &Directory, options: OpenOptions, lock: Option<Lock>) -> Result<Vec<String>, AdoptError> {
    let Some(examined) = examine(directory)? else { return Ok(vec![nothing_to_do(directory)]) };
    let (Opened { journal, catalogue, notices, .. }, _) = opening::start(directory.clone(), options, lock, examined)?;
    let path = directory.books();
    let kept = move_to_free_name(directory.disk.as_ref(), &path, &directory.root().join(DISCARDED));
    let kept = kept.map_err(OpenError::io("put aside", &path))?;
    journal.hurry();
    journal.save(&catalogue)?;
    let (revision, path, kept) = (catalogue.revision(), path.display(), kept.display());
    let said = format!("{path} is now the journal's state at revision {revision}; the file as it was is {kept}");
    Ok(std::iter::once(said).chain(notices).collect())
}

/// The name of a file that was put aside.
pub(crate) const DISCARDED: &str = "books.json.discarded";

/// Reads the journal; `None` where `books.json` is as it was written.
fn examine(directory: &Directory) -> Result<Option<Examined>, AdoptError> {
    restore::settle(directory)?;
    let files = directory.journal_files()?;
    if !files.is_there() {
        return Err(AdoptError::NoJournal { directory: directory.root().into() });
    }
    let base = recovery::base(directory, &files)?;
    let store = base.store.clone();
    let path = directory.books();
    match snapshot::head(directory.disk.as_ref(), &path).map_err(OpenError::io("read", &path))? {
        Found::Nothing => return Ok(None),
        Found::Sound(head) if store.as_ref().is_none_or(|store| *store == head.store) => return Ok(None),
        Found::Sound(_) | Found::Unsealed | Found::Unreadable(_) => {}
    }
    let options = OpenOptions::default();
    let recovered = recovery::read(directory, base, recovery::base_state(directory)?, options.entries_kept_min)?;
    Ok(Some(Examined { files, store, recovered, saved: Some(Revision::ZERO), notices: Vec::new() }))
}

/// What in a file says that it does not belong to this journal, or the journal not to it.
fn check_witness(examined: &Examined, file: &FileBooks) -> Result<(), String> {
    let Recovered { state, tail, .. } = &examined.recovered;
    match (&examined.store, &file.store) {
        (Some(ours), Some(theirs)) if ours != theirs => {
            return Err(format!("it says that it is of the store {theirs}, and the journal is of the store {ours}"));
        }
        _ => {}
    }
    let end = state.revision();
    match file.revision {
        // An edited file is no witness to stop a start by, but enough not to move lines aside that may have been durable.
        Some(revision) if revision > end && tail.torn.is_some() => Err(format!(
            "it says that it is of revision {revision}, and the journal ends at revision {end} in lines that cannot be read"
        )),
        _ => Ok(()),
    }
}

fn refusal(path: &Path, problems: Vec<String>) -> AdoptError {
    AdoptError::Refused { path: path.into(), problems }
}

/// The state that the file was made from, and what to say if the journal does not know it.
fn compared_with(
    directory: &Directory,
    recovered: &Recovered,
    file: &FileBooks,
) -> Result<(Catalogue, Vec<String>), OpenError> {
    let (first, end) = (recovered.base, recovered.state.revision());
    match file.revision {
        Some(revision)
            if (first..end).contains(&revision) && !recovered.gaps.iter().any(|gap| gap.swallows(revision)) =>
        {
            Ok((recovery::state_at(directory, &recovered.segments, revision)?, Vec::new()))
        }
        Some(revision) if revision == end => Ok((recovered.state.clone(), Vec::new())),
        other => {
            let named = other.map_or("no revision".into(), |revision| format!("the revision {revision}"));
            let said = format!("the file names {named}, the journal knows {first} to {end}: compared with its end");
            Ok((recovered.state.clone(), vec![said]))
        }
    }
}

fn nothing_to_do(directory: &Directory) -> String {
    format!("{} was not edited: there is nothing to adopt or to discard", directory.books().display())
}

fn summary(after: Revision, end: Revision, path: &Path) -> String {
    let path = path.display();
    match end.0 - after.0 {
        0 => format!("nothing is left to adopt; {path} is written anew at revision {end}"),
        1 => format!("adopted as revision {end}; {path} is written anew"),
        _ => format!("adopted as revisions {} to {end}; {path} is written anew", after.next()),
    }
}

/// The data directory that a file is in.
fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

fn refused(path: &Path, problems: &[String]) -> String {
    let told = problems.iter().take(PROBLEMS_TOLD_MAX).map(|problem| format!("\n  {problem}"));
    let rest = problems.len().saturating_sub(PROBLEMS_TOLD_MAX);
    let more = if rest > 0 { format!("\n  and {rest} more") } else { String::new() };
    let told: String = told.collect();
    let directory = folder_of(path).display();
    let path = path.display();
    format!(
        "{path} is not adopted, nothing was written:{told}{more}\nCorrect the file and adopt it then, or put it aside: \
         bookstore adopt --discard --data {directory}"
    )
}

/// How many problems a message shows.
const PROBLEMS_TOLD_MAX: usize = 50;

#[cfg(test)]
mod tests;
