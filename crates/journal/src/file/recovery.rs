//! What a data directory holds, read without changing anything.

use std::collections::VecDeque;

use catalogue::{Catalogue, Entry, Revision};

use super::directory::{Directory, JournalFiles};
use super::error::{Damage, OpenError};
use super::gap::{self, Gap, holding_last};
use super::line::{self, BadLine, Outline};
use super::snapshot::{self, Found};
use super::walk::{Place, Tail, Walk, Witness};
use crate::{Receipt, StoreId};

/// A journal that was read.
pub(crate) struct Recovered {
    /// The state at the journal's end.
    pub(crate) state: Catalogue,
    /// The request ids among the last entries, oldest first.
    pub(crate) receipts: Vec<Receipt>,
    /// The segments that count, ascending; the last one is written to. Empty in a directory whose making was cut short.
    pub(crate) segments: Vec<Revision>,
    /// The state before the first of them has that revision.
    pub(crate) base: Revision,
    pub(crate) tail: Tail,
    /// What restores left out.
    pub(crate) gaps: Vec<Gap>,
    /// Whether a line or the snapshot says that all of it was durable.
    pub(crate) is_witnessed: bool,
}

/// The base of a journal, and the segments that follow it.
pub(crate) struct Base {
    pub(crate) store: Option<StoreId>,
    pub(crate) revision: Revision,
    pub(crate) segments: Vec<Revision>,
}

/// Reads what `journal/base.json` says of itself, and picks the segments that begin behind it.
pub(crate) fn base(directory: &Directory, files: &JournalFiles) -> Result<Base, OpenError> {
    let path = directory.base();
    let head = match snapshot::head(directory.disk.as_ref(), &path).map_err(OpenError::io("read", &path))? {
        Found::Nothing => None,
        Found::Sound(head) => Some(head),
        Found::Unsealed => return Err(damage(directory, UNSEALED)),
        Found::Unreadable(reason) => return Err(damage(directory, format!("it cannot be read: {reason}"))),
    };
    let revision = head.as_ref().map_or(Revision::ZERO, |head| head.revision);
    // What a drop of old segments that was cut short left behind is covered by the base.
    let covered = files.segments.partition_point(|first| *first <= revision);
    let segments = files.segments[covered..].to_vec();
    match segments.first() {
        Some(first) if *first != revision.next() => Err(missing_before(directory, *first, revision, head.is_some())),
        None if covered > 0 => Err(damage(
            directory,
            format!("it holds the state at revision {revision}, and the segment that goes on from there is missing"),
        )),
        _ => Ok(Base { store: head.map(|head| head.store), revision, segments }),
    }
}

fn missing_before(directory: &Directory, first: Revision, base: Revision, has_base: bool) -> OpenError {
    match has_base {
        true => damage(directory, format!("it holds the state at revision {base}, the journal goes on at {first}")),
        false => damage(directory, format!("it is missing, though the journal begins at revision {first}")),
    }
}

/// Reads the journal from `start`, a state it went through, to its end; checks what it reads on the way, at least the last
/// `recent` entries. `start` is a witness of its own.
pub(crate) fn read(directory: &Directory, base: Base, start: Catalogue, recent: u64) -> Result<Recovered, OpenError> {
    let Base { revision, segments, .. } = base;
    let witness = Witness::of(start.revision());
    let mut replay = Replay::new(start, recent);
    let Some(last) = segments.last().copied() else {
        return Ok(Recovered { segments, base: revision, is_witnessed: true, ..replay.recovered() });
    };
    let next = replay.state.revision().next();
    let not_in_state = segments.partition_point(|first| *first <= next).saturating_sub(1);
    // How much the last segment holds is not known yet.
    let skipped = not_in_state.min(holding_last(&segments[..segments.len() - 1], Revision(last.0 - 1), recent));
    replay.gaps = gap::at_ends(directory, &segments[..skipped], segments[skipped])?;
    let mut walk = Walk::new(directory, Revision(segments[skipped].0 - 1));
    walk.witness = witness;
    let mut tail = Tail::default();
    for first in &segments[skipped..] {
        let place = if *first == last { Place::Last } else { Place::Earlier };
        tail = walk.segment(*first, place, &mut |outline, bytes| replay.line(outline, bytes))?;
    }
    walk.check_end(last, &tail)?;
    let is_witnessed = walk.witness.revision >= walk.end;
    Ok(Recovered { segments, base: revision, tail, is_witnessed, ..replay.recovered() })
}

/// The state before the first segment.
pub(crate) fn base_state(directory: &Directory) -> Result<Catalogue, OpenError> {
    let path = directory.base();
    match snapshot::read(directory.disk.as_ref(), &path).map_err(OpenError::io("read", &path))? {
        Found::Nothing => Ok(Catalogue::default()),
        Found::Sound(snapshot) => Ok(snapshot.state),
        Found::Unsealed => Err(damage(directory, UNSEALED)),
        Found::Unreadable(reason) => Err(damage(directory, format!("it cannot be read: {reason}"))),
    }
}

/// The state at a revision that the journal went through, by carrying out all entries up to it. `segments` are those from
/// the base on, with one behind that revision where there is one.
pub(crate) fn state_at(
    directory: &Directory,
    segments: &[Revision],
    revision: Revision,
) -> Result<Catalogue, OpenError> {
    let base = base_state(directory)?;
    let mut walk = Walk::new(directory, base.revision());
    let mut replay = Replay::until(base, revision);
    for first in segments.iter().filter(|first| **first <= revision) {
        let place = if segments.last() == Some(first) { Place::Last } else { Place::Earlier };
        walk.segment(*first, place, &mut |outline, bytes| replay.line(outline, bytes))?;
    }
    Ok(replay.state)
}

/// Carries out the lines of a journal on a state.
pub(crate) struct Replay {
    pub(crate) state: Catalogue,
    /// Each with the number of its entry among those met.
    receipts: VecDeque<(u64, Receipt)>,
    entries: u64,
    recent: u64,
    gaps: Vec<Gap>,
    /// Where to stop.
    until: Revision,
}

impl Replay {
    /// Up to the end, with the request ids of the last `recent` entries.
    pub(crate) fn new(state: Catalogue, recent: u64) -> Self {
        let (receipts, gaps) = (VecDeque::new(), Vec::new());
        Replay { state, recent, receipts, entries: 0, gaps, until: Revision(u64::MAX) }
    }

    /// Only up to that revision.
    pub(crate) fn until(state: Catalogue, until: Revision) -> Self {
        Replay { until, ..Replay::new(state, 0) }
    }

    pub(crate) fn line(&mut self, outline: &Outline, bytes: &[u8]) -> Result<(), BadLine> {
        match outline {
            Outline::Entry { revision, receipt, .. } => {
                self.entries += 1;
                self.receipts.extend(receipt.clone().map(|receipt| (self.entries, receipt)));
                self.forget_old();
                if self.wants(*revision) {
                    self.state.apply(&line::entry(bytes)?);
                }
            }
            Outline::Mark { durable, next: Some(next) } => {
                self.gaps.push(Gap { before: *durable, next: *next });
                if self.wants(Revision(next.0 - 1)) {
                    self.state.apply(&nothing_at(Revision(next.0 - 1)));
                }
            }
            Outline::Mark { next: None, .. } => {}
        }
        Ok(())
    }

    fn wants(&self, revision: Revision) -> bool {
        self.state.revision() < revision && revision <= self.until
    }

    fn forget_old(&mut self) {
        while self.receipts.front().is_some_and(|(number, _)| number + self.recent < self.entries) {
            self.receipts.pop_front();
        }
    }

    fn recovered(self) -> Recovered {
        Recovered {
            state: self.state,
            receipts: self.receipts.into_iter().map(|(_, receipt)| receipt).collect(),
            gaps: self.gaps,
            segments: Vec::new(),
            base: Revision::ZERO,
            tail: Tail::default(),
            is_witnessed: false,
        }
    }
}

/// Brings a state to the revision before a gap.
pub(crate) fn nothing_at(revision: Revision) -> Entry {
    Entry { revision, at: catalogue::Timestamp::default(), by: "".into(), request: None, changes: Vec::new() }
}

const UNSEALED: &str = "its checksum does not hold";

fn damage(directory: &Directory, found: impl Into<String>) -> OpenError {
    Damage { path: directory.base(), line: None, found: found.into() }.into()
}
