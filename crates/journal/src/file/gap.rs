//! The gaps that restores leave between revisions, and counting entries in spite of them.

use std::io;

use catalogue::Revision;

use super::directory::Directory;
use super::disk::{Access, DiskFile};
use super::error::OpenError;
use super::line::{self, Outline};
use super::segment::Lines;

/// How many revisions a restored store goes on later: so many that no revision of the lost time comes again.
pub const RESTORE_GAP: u64 = 1_000_000_000;

/// Revisions between which nothing was ever written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// The last revision before it.
    pub(crate) before: Revision,
    /// The revision of the first entry behind it.
    pub(crate) next: Revision,
}

impl Gap {
    /// Whether no state of this store ever had that revision. The one just before `next` is what a restored store shows
    /// until it is written to.
    pub(crate) fn swallows(&self, revision: Revision) -> bool {
        self.before < revision && revision.next() < self.next
    }
}

/// The last of `segments` from which on there are surely `count` entries, or the first; `end` is the last revision.
///
/// How many there are is told by the segments' names. One within which a restore left its gap counts for none.
pub(crate) fn holding_last(segments: &[Revision], end: Revision, count: u64) -> usize {
    let mut behind = end.next();
    let mut held = 0;
    for (number, first) in segments.iter().enumerate().rev() {
        held += Some(behind.0.saturating_sub(first.0)).filter(|span| !is_gap(*span)).unwrap_or(0);
        if held >= count {
            return number;
        }
        behind = *first;
    }
    0
}

/// The gaps at the ends of `segments`, where a restore leaves them; `behind` is the first revision that is not in them.
pub(crate) fn at_ends(directory: &Directory, segments: &[Revision], behind: Revision) -> Result<Vec<Gap>, OpenError> {
    let nexts = segments.iter().skip(1).chain([&behind]);
    let spanning = segments.iter().zip(nexts).filter(|(first, next)| is_gap(next.0.saturating_sub(first.0)));
    let found = spanning.map(|(first, _)| {
        let path = directory.segment(*first);
        let file = directory.open(&path, Access::Read)?;
        at_end(file.as_ref()).map_err(OpenError::io("read", &path))
    });
    found.filter_map(Result::transpose).collect()
}

/// Whether so many revisions cannot all be entries of one segment.
fn is_gap(span: u64) -> bool {
    span > RESTORE_GAP / 2
}

fn at_end(file: &dyn DiskFile) -> io::Result<Option<Gap>> {
    let length = file.length()?;
    let mut lines = Lines::new(file, length.saturating_sub(MARK_BYTES_MAX), length);
    let mut last = None;
    while let Some(raw) = lines.next()? {
        last = match line::outline(raw.bytes) {
            Ok(Outline::Mark { durable, next: Some(next) }) => Some(Gap { before: durable, next }),
            _ => None,
        };
    }
    Ok(last)
}

/// No mark is longer.
const MARK_BYTES_MAX: u64 = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(segments: &[u64], end: u64, count: u64, first: u64) {
        let segments: Vec<Revision> = segments.iter().copied().map(Revision).collect();
        assert_eq!(segments[holding_last(&segments, Revision(end), count)], Revision(first));
    }

    #[test]
    fn entries_are_counted_by_the_names_of_segments() {
        check(&[1, 50, 90], 100, 11, 90);
        check(&[1, 50, 90], 100, 12, 50);
        check(&[1, 50, 90], 100, 51, 50);
        check(&[1, 50, 90], 100, 52, 1);
        check(&[1, 50, 90], 100, 1_000, 1);
        check(&[5], 4, 0, 5);
    }

    #[test]
    fn the_gap_of_a_restore_is_not_counted() {
        let behind = RESTORE_GAP + 60;
        // How many entries 50 has before the gap is not known: it counts for none.
        check(&[1, 50, behind], behind + 9, 10, behind);
        check(&[1, 50, behind], behind + 9, 11, 1);
        check(&[1, 50], behind, 1, 1);
    }

    #[test]
    fn what_lies_within_a_gap_never_was() {
        let gap = Gap { before: Revision(11), next: Revision(100) };
        for (revision, never_was) in [(11, false), (12, true), (98, true), (99, false), (100, false)] {
            assert_eq!(gap.swallows(Revision(revision)), never_was, "{revision}");
        }
    }
}
