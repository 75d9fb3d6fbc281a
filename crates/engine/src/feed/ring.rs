//! The recent entries, each held once however many read them.

use std::collections::VecDeque;
use std::sync::{Arc, RwLock, RwLockReadGuard};

use catalogue::Revision;

use crate::{FeedEntry, Limits};

/// The shared ring. A subscriber is a place in here, not a queue.
pub(crate) struct Ring(RwLock<Entries>);

struct Entries {
    list: VecDeque<Slot>,
    /// The revision of the last entry, also while there is none.
    last: Revision,
    bytes: u64,
    /// What all of them hold; this is what has a limit.
    held_bytes: u64,
    /// All bytes that ever went in: the difference of two readings says how far behind somebody is.
    bytes_ever: u64,
    entries_max: usize,
    bytes_max: u64,
}

struct Slot {
    entry: Arc<FeedEntry>,
    /// All bytes that had gone in with it.
    bytes_ever: u64,
}

/// What a place in the feed has behind it.
pub(crate) enum Behind<T> {
    /// What comes next, and up to where that is everything; nothing at the end.
    Entries { list: Vec<T>, reached: Revision },
    /// The entries have left the ring: they are in the journal.
    LeftTheRing,
}

impl Ring {
    /// An empty one behind `last`.
    pub(crate) fn new(last: Revision, limits: &Limits) -> Self {
        Ring(RwLock::new(Entries {
            list: VecDeque::new(),
            last,
            bytes: 0,
            held_bytes: 0,
            bytes_ever: 0,
            entries_max: limits.ring_entries_max,
            bytes_max: limits.ring_bytes_max,
        }))
    }

    pub(crate) fn push(&self, entries: impl IntoIterator<Item = Arc<FeedEntry>>) {
        let mut ring = self.0.write().expect("nothing panics while it holds the ring");
        entries.into_iter().for_each(|entry| ring.push(entry));
    }

    /// What `pick` takes of the next entries, of at most `most` behind `after` and none behind `end`.
    pub(crate) fn behind<T>(
        &self,
        after: Revision,
        end: Revision,
        most: usize,
        mut pick: impl FnMut(&Arc<FeedEntry>) -> Option<T>,
    ) -> Behind<T> {
        let ring = self.entries();
        let Some(first) = ring.list.front().map(|oldest| oldest.entry.entry.revision) else {
            let nothing = Behind::Entries { list: Vec::new(), reached: after };
            return if after >= ring.last { nothing } else { Behind::LeftTheRing };
        };
        if after.next() < first {
            return Behind::LeftTheRing;
        }
        let (mut list, mut reached) = (Vec::new(), after);
        let next = ring.list.range(ring.place_behind(after)..).map(|slot| &slot.entry);
        for entry in next.take(most).take_while(|entry| entry.entry.revision <= end) {
            reached = entry.entry.revision;
            list.extend(pick(entry));
        }
        Behind::Entries { list, reached }
    }

    /// The revision of the oldest entry in it; of the last one that was, where there is none.
    pub(crate) fn oldest(&self) -> Revision {
        let ring = self.entries();
        ring.list.front().map_or(ring.last, |oldest| oldest.entry.entry.revision)
    }

    /// All bytes that ever went in.
    pub(crate) fn bytes_ever(&self) -> u64 {
        self.entries().bytes_ever
    }

    /// All bytes that had gone in with the entry of that revision, or with the last one that has left.
    pub(crate) fn bytes_ever_at(&self, revision: Revision) -> u64 {
        let ring = self.entries();
        match ring.place_behind(revision).checked_sub(1) {
            Some(place) => ring.list[place].bytes_ever,
            None => ring.bytes_ever - ring.bytes,
        }
    }

    fn entries(&self) -> RwLockReadGuard<'_, Entries> {
        self.0.read().expect("nothing panics while it holds the ring")
    }
}

impl Entries {
    /// A restore leaves a gap in the numbers, so that a place is searched for, not computed.
    fn place_behind(&self, revision: Revision) -> usize {
        self.list.partition_point(|slot| slot.entry.entry.revision <= revision)
    }

    fn push(&mut self, entry: Arc<FeedEntry>) {
        self.last = entry.entry.revision;
        self.bytes += entry.bytes();
        self.held_bytes += entry.held_bytes();
        self.bytes_ever += entry.bytes();
        self.list.push_back(Slot { entry, bytes_ever: self.bytes_ever });
        while self.list.len() > self.entries_max || (self.held_bytes > self.bytes_max && self.list.len() > 1) {
            let oldest = self.list.pop_front().expect("the ring is not empty");
            self.bytes -= oldest.entry.bytes();
            self.held_bytes -= oldest.entry.held_bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_deleted_books_were_counts_as_well() {
        let ring = Ring::new(Revision::ZERO, &Limits { ring_bytes_max: 10_000, ..Limits::default() });
        ring.push((1..=3).map(deletion));
        assert_eq!(ring.oldest(), Revision(3), "one of them takes the whole ring");
    }

    fn deletion(revision: u64) -> Arc<FeedEntry> {
        let was = serde_json::json!({"title": "Saman", "description": "x".repeat(8_000)});
        let changes = serde_json::json!([{"kind": "deleted", "id": revision, "was": was}]);
        let entry =
            serde_json::json!({"revision": revision, "at": "2026-01-01T00:00:00Z", "by": "till", "changes": changes});
        Arc::new(FeedEntry::new(Arc::new(serde_json::from_value(entry).unwrap())))
    }
}
