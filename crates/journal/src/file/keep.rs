//! Dropping what is old: whole segments from the front, once nothing needs them any more.

use catalogue::{Revision, Timestamp};

use super::FileJournal;
use super::creation;
use super::directory::Directory;
use super::disk::discard;
use super::error::{Damage, OpenError};
use super::gap::holding_last;
use super::line::Outline;
use super::reading::Helping;
use super::recovery;
use super::walk::{Place, Walk};
use crate::ReadLimit;

impl FileJournal {
    /// Drops the segments that are covered by a snapshot at `saved` and old enough. A crash at any moment leaves a journal
    /// that is whole: its new base is on the disk before the first segment goes.
    pub(super) fn drop_old(&self, saved: Revision) -> Result<(), OpenError> {
        let Some(before) = self.oldest_time_kept() else { return Ok(()) };
        let candidates = self.candidates(saved);
        let mut dropped = 0;
        for pair in candidates.windows(2) {
            if !is_older(&self.directory, pair[0], pair[1], before)? {
                break;
            }
            dropped += 1;
        }
        if dropped == 0 {
            return Ok(());
        }
        self.move_base(&candidates[..=dropped])
    }

    fn oldest_time_kept(&self) -> Option<Timestamp> {
        let seconds = i64::try_from(self.options.keep?.as_secs()).unwrap_or(i64::MAX);
        Some(Timestamp((self.options.now)().0.saturating_sub(seconds)))
    }

    /// The segments from the first on that hold nothing but what may be dropped whatever its age, and the one behind them.
    fn candidates(&self, saved: Revision) -> Vec<Revision> {
        let index = self.index.read().expect("nothing panics while it holds the index");
        let covered = index.segments.partition_point(|first| first.0 <= saved.0 + 1);
        let kept = holding_last(&index.segments, index.end, self.options.entries_kept_min);
        index.segments[..covered.min(kept + 1)].to_vec()
    }

    /// Makes the last of `segments` the first that is kept.
    fn move_base(&self, segments: &[Revision]) -> Result<(), OpenError> {
        let Some((first_kept, dropped)) = segments.split_last() else { return Ok(()) };
        let before = Revision(first_kept.0 - 1);
        let base = recovery::state_at(&self.directory, segments, before)?;
        if base.revision() != before {
            // The segment behind is not read on the way, and so nothing else notices lines that are missing at the end.
            let path = self.directory.segment(dropped.last().copied().unwrap_or(*first_kept));
            let found = format!("it ends at revision {}, and the next segment begins at {first_kept}", base.revision());
            return Err(Damage { path, line: None, found }.into());
        }
        creation::write_base(&self.directory, &self.store, &base)?;
        {
            let mut index = self.index.write().expect("nothing panics while it holds the index");
            index.oldest = before;
            index.segments.drain(..dropped.len());
        }
        // Those too that an earlier drop left behind when it was cut short.
        let covered = self.directory.journal_files()?.segments.into_iter().filter(|first| first < first_kept);
        for first in covered {
            let path = self.directory.segment(first);
            discard(self.directory.disk.as_ref(), &path).map_err(OpenError::io("remove", &path))?;
        }
        Ok(())
    }
}

/// Whether all entries of a segment were made before that time. `next` is the segment behind it.
fn is_older(directory: &Directory, first: Revision, next: Revision, before: Timestamp) -> Result<bool, OpenError> {
    Ok(last_is_older(directory, first, next, before)? && all_are_older(directory, first, before)?)
}

/// Looks at the last entry only: most segments need no second look.
fn last_is_older(directory: &Directory, first: Revision, next: Revision, before: Timestamp) -> Result<bool, OpenError> {
    let one = ReadLimit { entries: 1, bytes: 0 };
    let last = Helping::new(directory, Revision(next.0.saturating_sub(2)), one).take(&[whole(first)])?;
    Ok(last.first().is_none_or(|entry| entry.at < before))
}

/// A clock may have been set back, so that the last entry does not speak for the others.
fn all_are_older(directory: &Directory, first: Revision, before: Timestamp) -> Result<bool, OpenError> {
    let mut newest = Timestamp(i64::MIN);
    let mut walk = Walk::new(directory, Revision(first.0 - 1));
    walk.segment(first, Place::Earlier, &mut |outline, _| {
        if let Outline::Entry { at, .. } = outline {
            newest = newest.max(*at);
        }
        Ok(())
    })?;
    Ok(newest < before)
}

fn whole(first: Revision) -> super::reading::Readable {
    super::reading::Readable { first, length: None }
}
