//! Putting a snapshot in the place of the last one.

use std::path::Path;

use catalogue::{Catalogue, Revision};

use super::disk::{Access, DiskFile};
use super::snapshot::{self, Rest, is_sealed_between};
use super::{FileJournal, adopt, aside, leaving};
use crate::SnapshotError;

/// The snapshot on the disk.
pub(super) struct Saved {
    pub(super) revision: Revision,
    /// The file, if we wrote it.
    pub(super) file: Option<Box<dyn DiskFile>>,
}

impl FileJournal {
    /// Writes a snapshot; before that takes its place, `before` has a look at what is there, and is told the file of the last
    /// one, if we wrote it.
    pub(crate) fn save_over(
        &self,
        state: &Catalogue,
        before: impl FnOnce(&Path, Last<'_>, Rest<'_>),
    ) -> Result<(), SnapshotError> {
        let mut saved = self.saved.lock().expect("no snapshot panics");
        let revision = state.revision();
        if revision < saved.revision {
            return Ok(());
        }
        let (end, appended) = self.progress();
        if revision > end {
            return Err(SnapshotError(format!("revision {revision} is not durable, only {end} is")));
        }
        let path = self.directory.books();
        let rest = |took| self.breaks.take(took, breaks_beside(self.progress().1 - appended));
        let before = || before(&path, saved.file.as_deref(), &rest);
        let written = snapshot::write_between(self.directory.disk.as_ref(), &path, (&self.store, state), &rest, before)
            .map_err(|error| SnapshotError(format!("cannot write {}: {error}", path.display())))?;
        let last = std::mem::replace(&mut *saved, Saved { revision, file: Some(written) });
        if let Err(error) = self.drop_old(revision) {
            tracing::warn!("old entries stay where they are: {error}");
        }
        if let Some(file) = last.file {
            self.let_go(file.as_ref(), &rest);
        }
        Ok(())
    }

    fn let_go(&self, last: &dyn DiskFile, rest: Rest<'_>) {
        if let Err(error) = leaving::give_back(last, rest) {
            tracing::warn!(%error, "the last snapshot, which has no name any more, is given back all at once");
        }
    }

    /// A `books.json` that was edited, or damaged, since we wrote it is not written over: it gets another name.
    pub(super) fn keep_if_edited(&self, path: &Path, last: Last<'_>, rest: Rest<'_>) {
        let disk = self.directory.disk.as_ref();
        // To open it would count as if somebody else had.
        let is_edited = match last.filter(|last| last.is_at(path).unwrap_or(false)) {
            Some(last) => matches!(is_sealed_between(last, rest), Ok(false)),
            None => disk
                .open(path, Access::Read)
                .is_ok_and(|file| matches!(is_sealed_between(file.as_ref(), rest), Ok(false))),
        };
        if !is_edited {
            return;
        }
        match aside::move_to_free_name(disk, path, &self.directory.root().join(adopt::DISCARDED)) {
            Ok(kept) => tracing::warn!(
                "{} was edited or damaged while it was in use: it is kept as {}, and written anew. Edit it while nothing \
                 runs, and adopt it then; or change books through the server",
                path.display(),
                kept.display()
            ),
            Err(error) => tracing::warn!(%error, "{} was edited or damaged, and cannot be put aside", path.display()),
        }
    }

    /// The last durable revision, and how many bytes were appended since the journal was opened.
    fn progress(&self) -> (Revision, u64) {
        let index = self.index.read().expect("nothing panics while it holds the index");
        (index.end, index.appended)
    }
}

/// The file of the last snapshot, if we wrote it.
type Last<'l> = Option<&'l dyn DiskFile>;

/// How many times as long as it works who writes a snapshot rests, beside which so many bytes were appended: the more
/// there are, the more the next start has to read.
fn breaks_beside(appended: u64) -> u32 {
    if appended < MUCH_BYTES { 3 } else { 1 }
}

/// About what an import writes in a second.
const MUCH_BYTES: u64 = 64 * 1024 * 1024;
