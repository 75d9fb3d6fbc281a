//! What became of the rows, counted and told.

use std::fmt;
use std::ops::AddAssign;
use std::path::{Path, PathBuf};

use formats::Import;
use serde::Serialize;

use super::progress::Progress;
use super::rejected::Rejected;

/// So many notes, and so many refusals, are told one by one; the rest is counted.
const TOLD_MAX: u64 = 20;

/// What became of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub(super) created: u64,
    pub(super) updated: u64,
    pub(super) unchanged: u64,
    pub(super) refused: u64,
}

/// The story of one file.
pub(super) struct Report {
    pub(super) counts: Counts,
    file: PathBuf,
    progress: Progress,
    notes: u64,
    /// `None` in a dry run, which writes nothing.
    rejected: Option<Rejected>,
    /// What the rows' numbers count.
    unit: &'static str,
}

impl Report {
    pub(super) fn new(file: &Path, import: &Import, progress: Progress, rejected: Option<Rejected>) -> Report {
        let (file, unit) = (file.to_owned(), import.unit());
        Report { counts: Counts::default(), file, progress, notes: 0, rejected, unit }
    }

    pub(super) fn created(&mut self) {
        self.counts.created += 1;
        self.step();
    }

    pub(super) fn updated(&mut self) {
        self.counts.updated += 1;
        self.step();
    }

    pub(super) fn unchanged(&mut self) {
        self.counts.unchanged += 1;
        self.step();
    }

    /// Something about a row that does not keep it out.
    pub(super) fn note(&mut self, line: u64, note: &str) {
        self.notes += 1;
        if self.notes <= TOLD_MAX {
            self.say(line, note);
        }
    }

    /// A row is kept out.
    pub(super) fn refuse(&mut self, line: u64, reason: &str, cells: &[String]) -> anyhow::Result<()> {
        self.counts.refused += 1;
        self.step();
        if self.counts.refused <= TOLD_MAX {
            self.say(line, &format!("refused: {reason}"));
        }
        self.rejected.as_mut().map_or(Ok(()), |rejected| rejected.write(line, reason, cells))
    }

    /// Tells what was not told one by one, and where the refused rows are.
    pub(super) fn finish(mut self) -> anyhow::Result<Counts> {
        self.progress.finish();
        for (count, what) in [(self.notes, "notes"), (self.counts.refused, "refused rows")] {
            if count > TOLD_MAX {
                eprintln!("{}: {} more {what}", self.file.display(), count - TOLD_MAX);
            }
        }
        if let Some(path) = self.rejected.as_mut().map(Rejected::finish).transpose()?.flatten() {
            eprintln!("refused rows, with reasons: {}", path.display());
        }
        Ok(self.counts)
    }

    fn step(&self) {
        let Counts { created, updated, unchanged, refused } = self.counts;
        self.progress.at(created + updated + unchanged + refused);
    }

    fn say(&self, line: u64, text: &str) {
        self.progress.say(&format!("{}, {} {line}: {text}", self.file.display(), self.unit));
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { created, updated, unchanged, refused } = self;
        write!(f, "created {created}, updated {updated}, unchanged {unchanged}, refused {refused}")
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.refused += other.refused;
    }
}
