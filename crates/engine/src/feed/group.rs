//! Subscribers with equal filters: each entry is matched once for all of them, and only whom it concerns is woken.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use catalogue::{Filter, Revision};

use super::ring::{Behind, Ring};
use super::seen::{Concerning, Looked};
use crate::Bell;

/// So many matching entries are kept for those who have not read them yet. Who reads later looks for himself.
const FOUND_MAX: usize = 64;
/// And so many bytes of what was made of them for this filter alone.
const PARTS_BYTES_MAX: u64 = 64 * 1024;
/// Entries taken from the ring at once, so that its lock is not taken for each.
pub(crate) const TAKE_MAX: usize = 64;

/// The subscribers with one filter.
pub(crate) struct Group {
    pub(crate) filter: Filter,
    found: Mutex<Found>,
    bells: Mutex<Bells>,
}

/// What has matched.
struct Found {
    /// Of the entries behind `from` up to `until` those that match are in the list.
    from: Revision,
    until: Revision,
    list: VecDeque<Concerning>,
    parts_bytes: u64,
    /// What was taken last.
    taken: Option<Taken>,
}

#[derive(Default)]
struct Bells {
    by_number: BTreeMap<u64, Bell>,
    next: u64,
}

/// What is new: all entries behind `after` up to `reached`.
pub(super) struct Heard<'a> {
    pub(super) after: Revision,
    pub(super) entries: Vec<Looked<'a>>,
    pub(super) reached: Revision,
    /// Older entries than this one have left the ring.
    pub(super) oldest: Revision,
}

/// What concerns a subscriber behind one revision up to another. Who is at the same place is handed the same list.
#[derive(Clone)]
pub(crate) struct Taken {
    pub(crate) list: Arc<[Concerning]>,
    after: Revision,
    end: Revision,
    /// Up to there the list is everything.
    pub(crate) reached: Revision,
    /// The ring's byte count there.
    pub(crate) bytes_ever: u64,
}

impl Taken {
    pub(crate) fn new(ring: &Ring, list: Vec<Concerning>, after: Revision, end: Revision, reached: Revision) -> Self {
        Taken { list: list.into(), after, end, reached, bytes_ever: ring.bytes_ever_at(reached) }
    }
}

impl Group {
    /// Nothing up to `present` is known to it.
    pub(super) fn new(filter: Filter, present: Revision) -> Self {
        Group { filter, found: Mutex::new(Found::nothing_until(present)), bells: Mutex::default() }
    }

    /// What concerns its subscribers behind `after` up to `end`, matched by who comes first; `None` where it does not know
    /// any more. Adds to `tests` how often an entry was matched.
    pub(super) fn take(&self, ring: &Ring, after: Revision, end: Revision, tests: &mut u64) -> Option<Taken> {
        let mut found = self.found();
        if let Some(taken) = found.taken.as_ref().filter(|taken| taken.after == after && taken.end == end) {
            return Some(taken.clone());
        }
        let taken = if self.filter.is_empty() {
            take_whole(ring, after, end)?
        } else {
            self.advance(&mut found, ring, end, tests);
            let (list, reached) = found.behind(after, end)?;
            Taken::new(ring, list, after, end, reached)
        };
        found.taken = Some(taken.clone());
        Some(taken)
    }

    /// Matches the entries up to `end` as far as nobody has.
    fn advance(&self, found: &mut Found, ring: &Ring, end: Revision, tests: &mut u64) {
        while found.until < end {
            match ring.behind(found.until, end, TAKE_MAX, |entry| Some(Arc::clone(entry))) {
                Behind::Entries { list, .. } if list.is_empty() => return,
                Behind::Entries { list, reached } => {
                    *tests += list.len() as u64;
                    list.iter().for_each(|entry| found.add(Looked::new(entry).through(&self.filter)));
                    found.until = reached;
                }
                Behind::LeftTheRing => *found = Found::nothing_until(end),
            }
        }
    }

    /// Matches what is new, as far as that was not done yet, and forgets what is old. Says whether there may be something
    /// new for its subscribers.
    pub(super) fn hear(&self, heard: &Heard<'_>, tests: &mut u64) -> bool {
        let mut found = self.found();
        found.forget_before(heard.oldest);
        if self.filter.is_empty() {
            return heard.entries.iter().any(|looked| looked.entry.is_visible());
        }
        if found.until < heard.after {
            // It was not there yet: who is first to read fills the gap.
            return true;
        }
        let until = found.until;
        for looked in heard.entries.iter().filter(|looked| looked.entry.entry.revision > until) {
            *tests += 1;
            found.add(looked.through(&self.filter));
        }
        found.until = until.max(heard.reached);
        // A match too large to be kept is one that whoever it concerns looks for himself.
        found.from > heard.after || found.list.back().is_some_and(|last| last.entry.entry.revision > heard.after)
    }

    /// Has a bell rung from now on; gives its number.
    pub(super) fn hang(&self, bell: Bell) -> u64 {
        let mut bells = self.bells();
        bells.next += 1;
        let number = bells.next;
        bells.by_number.insert(number, bell);
        number
    }

    pub(super) fn take_down(&self, number: u64) {
        self.bells().by_number.remove(&number);
    }

    /// Gives how many it woke.
    pub(super) fn ring(&self) -> usize {
        self.bells().by_number.values().filter(|bell| bell.ring()).count()
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().expect("nothing panics while it holds what was found")
    }

    fn bells(&self) -> MutexGuard<'_, Bells> {
        self.bells.lock().expect("nothing panics while it holds the bells")
    }
}

impl Found {
    fn nothing_until(revision: Revision) -> Self {
        Found { from: revision, until: revision, list: VecDeque::new(), parts_bytes: 0, taken: None }
    }

    fn add(&mut self, concerning: Option<Concerning>) {
        let Some(concerning) = concerning else { return };
        self.parts_bytes += concerning.part_bytes();
        self.list.push_back(concerning);
        while self.list.len() > FOUND_MAX || self.parts_bytes > PARTS_BYTES_MAX {
            self.forget_first();
        }
    }

    fn forget_before(&mut self, oldest: Revision) {
        self.taken.take_if(|taken| taken.after < oldest);
        while self.list.front().is_some_and(|first| first.entry.entry.revision < oldest) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some(first) = self.list.pop_front() {
            self.parts_bytes -= first.part_bytes();
            self.from = first.entry.entry.revision;
        }
    }

    /// What is known behind `after` up to `end`, and up to where that is everything.
    fn behind(&self, after: Revision, end: Revision) -> Option<(Vec<Concerning>, Revision)> {
        if after < self.from {
            return None;
        }
        let start = self.list.partition_point(|one| one.entry.entry.revision <= after);
        let list = self.list.range(start..).take_while(|one| one.entry.entry.revision <= end);
        Some((list.cloned().collect(), self.until.min(end)))
    }
}

/// What who has no filter is told; `None` where that has left the ring.
fn take_whole(ring: &Ring, after: Revision, end: Revision) -> Option<Taken> {
    match ring.behind(after, end, TAKE_MAX, Concerning::whole) {
        Behind::Entries { list, reached } => Some(Taken::new(ring, list, after, end, reached)),
        Behind::LeftTheRing => None,
    }
}
