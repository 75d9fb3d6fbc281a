//! A shop's day on a faulty disk: what was written, what was acknowledged, and whether a start finds it again.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use catalogue::{Catalogue, Entry, Revision, Timestamp};
use journal::testing::FaultyDisk;
use journal::{AppendError, FileJournal, Journal, OpenError, OpenOptions, Opened, Receipt};
use rand::RngExt;
use rand::rngs::SmallRng;

use crate::fixture::{Author, options, read, rng};

pub(crate) const DATA: &str = "/shop/data";

/// Small segments, old ones dropped at every chance.
pub(crate) fn busy_options() -> OpenOptions {
    OpenOptions {
        keep: Some(Duration::ZERO),
        entries_kept_min: 12,
        segment_bytes: 6 * 1024,
        now: || Timestamp(1_000_000),
        ..options()
    }
}

pub(crate) fn open(disk: &FaultyDisk) -> Result<Opened, OpenError> {
    open_with(disk, busy_options())
}

pub(crate) fn open_with(disk: &FaultyDisk, options: OpenOptions) -> Result<Opened, OpenError> {
    FileJournal::open_on(Arc::new(disk.clone()), Path::new(DATA), options)
}

/// As [`open`], with the journal as what it is.
pub(crate) fn open_whole(disk: &FaultyDisk) -> Result<(Opened, Arc<FileJournal>), OpenError> {
    FileJournal::open_whole_on(Arc::new(disk.clone()), Path::new(DATA), busy_options())
}

/// What the writers of a day know.
#[derive(Clone, Default)]
pub(crate) struct History {
    /// The entries that were acknowledged.
    pub(crate) acknowledged: Vec<Arc<Entry>>,
    /// The entries of the last batch, if no answer came to it.
    pub(crate) unanswered: Vec<Arc<Entry>>,
}

impl History {
    /// The state after the first `count` entries.
    fn state(&self, count: usize) -> Catalogue {
        let mut state = Catalogue::default();
        self.acknowledged.iter().chain(&self.unanswered).take(count).for_each(|entry| state.apply(entry));
        state
    }

    /// What is known once a start has shown the state at that revision, counted from the first entry known.
    pub(crate) fn seen(&self, revision: Revision) -> History {
        let sent = self.acknowledged.iter().chain(&self.unanswered);
        let acknowledged = sent.filter(|entry| entry.revision <= revision).cloned().collect();
        History { acknowledged, unanswered: Vec::new() }
    }

    /// Compares what a start found with what must be there; says what is wrong. Returns how many entries there are.
    pub(crate) fn check(&self, opened: &Opened) -> Result<usize, String> {
        let found = opened.catalogue.revision().0 as usize;
        let (least, most) = (self.acknowledged.len(), self.acknowledged.len() + self.unanswered.len());
        if !(least..=most).contains(&found) {
            return Err(format!("{found} entries were found, {least} were acknowledged and {most} sent"));
        }
        if opened.catalogue != self.state(found) {
            return Err(format!("the state at revision {found} is another one"));
        }
        let journal = opened.journal.as_ref();
        let oldest = journal.oldest().0 as usize;
        let sent: Vec<_> = self.acknowledged.iter().chain(&self.unanswered).take(found).skip(oldest).cloned().collect();
        if read(journal, oldest as u64) != sent {
            return Err(format!("the entries behind {oldest} are others"));
        }
        let recent = sent.iter().rev().take(busy_options().entries_kept_min as usize);
        let missing = recent.filter_map(|entry| Receipt::of(entry)).find(|receipt| !opened.receipts.contains(receipt));
        missing.map_or(Ok(found), |receipt| Err(format!("{receipt:?} is forgotten")))
    }
}

/// Works for a day, or until the disk does not; always the same day for the same seed.
pub(crate) fn live(disk: &FaultyDisk, seed: u64) -> History {
    let mut day = Day { disk, rng: rng(seed), author: Author::default(), history: History::default() };
    day.work();
    day.history
}

struct Day<'d> {
    disk: &'d FaultyDisk,
    rng: SmallRng,
    author: Author,
    history: History,
}

impl Day<'_> {
    fn work(&mut self) {
        for _ in 0..3 {
            let Ok(opened) = open(self.disk) else { return };
            for _ in 0..12 {
                match self.step(opened.journal.as_ref()) {
                    Ok(()) | Err(AppendError::Full(_)) => {}
                    Err(_) => return,
                }
            }
        }
    }

    fn step(&mut self, journal: &dyn Journal) -> Result<(), AppendError> {
        match self.rng.random_range(0..10) {
            0..6 => self.append(journal)?,
            6..8 => journal.rest(),
            // A snapshot that fails loses nothing.
            _ => drop(journal.save(&self.author.state)),
        }
        Ok(())
    }

    fn append(&mut self, journal: &dyn Journal) -> Result<(), AppendError> {
        let before = self.author.clone();
        let size = if self.rng.random_bool(0.2) { 9 } else { self.rng.random_range(1..4) };
        let batch: Vec<_> = (0..size).map(|_| self.author.any(&mut self.rng)).collect();
        match journal.append(before.state.revision(), &batch) {
            Ok(()) => self.history.acknowledged.extend(batch),
            Err(error) => {
                // What was refused for want of room must never be seen again; of all else nothing is known.
                if !matches!(error, AppendError::Full(_)) {
                    self.history.unanswered = batch;
                }
                self.author = before;
                return Err(error);
            }
        }
        Ok(())
    }
}

/// Writes on where a start found `found` entries, and checks that it lasts.
pub(crate) fn go_on(disk: &FaultyDisk, opened: &Opened, history: &History, found: usize) -> Result<(), String> {
    let mut author = Author::on(&opened.catalogue);
    let mut all = history.acknowledged.iter().chain(&history.unanswered).take(found).cloned().collect::<Vec<_>>();
    for _ in 0..2 {
        let after = author.state.revision();
        let batch = author.books(3);
        opened.journal.append(after, &batch).map_err(|error| format!("writing on: {error}"))?;
        all.extend(batch);
        opened.journal.save(&author.state).map_err(|error| format!("saving: {error}"))?;
    }
    let later = disk.after_power_cut(journal::testing::Survivors::Nothing);
    let reopened = open(&later).map_err(|error| format!("opening once more: {error}"))?;
    History { acknowledged: all, unanswered: Vec::new() }.check(&reopened).map(drop)
}

/// The seeds of one run: a few, or as many as `BOOKSTORE_SEEDS` says.
pub(crate) fn seeds(few: u64) -> std::ops::Range<u64> {
    let asked = std::env::var("BOOKSTORE_SEEDS").ok().and_then(|count| count.parse().ok());
    0..asked.unwrap_or(few)
}
