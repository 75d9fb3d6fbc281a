//! The ring at the start: the journal's last entries, so that clients that come back after a restart find them in memory.

use std::sync::Arc;

use catalogue::Revision;
use journal::{Journal, ReadError, ReadLimit};

use super::Ring;
use crate::{FeedEntry, Limits};

/// One helping at the start, when there is one reader.
const FILL_LIMIT: ReadLimit = ReadLimit { entries: 1_000, bytes: 1024 * 1024 };
/// How many entries are looked at first: how large they are, nobody knows.
const ENTRIES_FIRST: u64 = 64;

/// A ring that holds the last entries up to `revision`, as many as it has room for. It is a convenience: who needs entries
/// that could not be read reads the journal and is told there.
pub(super) fn filled(journal: &dyn Journal, revision: Revision, limits: &Limits) -> Ring {
    let ring = Ring::new(revision, limits);
    match last_entries(journal, revision, limits) {
        Ok(pieces) => pieces.into_iter().rev().for_each(|piece| ring.push(piece)),
        Err(error) => tracing::warn!(%error, "recent entries could not be read into memory"),
    }
    ring
}

/// The last entries in pieces, the latest piece first. From the end on, since a transaction of a thousand books and the
/// change of one are both an entry: ten thousand of them may be much more than the ring takes.
fn last_entries(
    journal: &dyn Journal,
    revision: Revision,
    limits: &Limits,
) -> Result<Vec<Vec<Arc<FeedEntry>>>, ReadError> {
    let floor = Revision(revision.0.saturating_sub(limits.ring_entries_max as u64)).max(journal.oldest());
    let (mut pieces, mut bytes, mut count) = (Vec::new(), 0, ENTRIES_FIRST);
    let mut end = revision;
    while end > floor && bytes < limits.ring_bytes_max {
        let begin = Revision(end.0.saturating_sub(count)).max(floor);
        let piece = between(journal, begin, end)?;
        let piece_bytes = piece.iter().map(|entry| entry.held_bytes()).sum::<u64>();
        bytes += piece_bytes;
        // As many as there is room for, if they are as large as these; not many more than were seen so far.
        let room = limits.ring_bytes_max.saturating_sub(bytes) * piece.len() as u64 / piece_bytes.max(1);
        count = if piece.is_empty() { count * 4 } else { room.clamp(1, count * 4) };
        pieces.push(piece);
        end = begin;
    }
    Ok(pieces)
}

/// The entries behind `begin` up to `end`.
fn between(journal: &dyn Journal, begin: Revision, end: Revision) -> Result<Vec<Arc<FeedEntry>>, ReadError> {
    let (mut piece, mut after) = (Vec::new(), begin);
    while after < end {
        let entries = journal.read(after, FILL_LIMIT)?;
        let Some(last) = entries.last() else { break };
        after = last.revision;
        let wanted = entries.into_iter().take_while(|entry| entry.revision <= end);
        piece.extend(wanted.map(|entry| Arc::new(FeedEntry::new(entry))));
    }
    Ok(piece)
}
