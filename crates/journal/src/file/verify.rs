//! A check of all that is on the disk, beside a running server too. It changes nothing.

mod file;

use std::path::Path;
use std::sync::Arc;

use catalogue::Revision;

use super::directory::{Directory, JournalFiles};
use super::disk::{Disk, SystemDisk};
use super::error::{Damage, OpenError};
use super::opening::{check_belongs, edited};
use super::recovery::{self, Base, Replay};
use super::restore;
use super::segment::segment_name;
use super::snapshot::{self, Found, Snapshot};
use super::takeover;
use super::walk::{Place, Tail, Walk, Witness};

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What is there, a sentence each.
    pub lines: Vec<String>,
    /// What is not as it was written, each with its file and where it can be told the line; empty where all is sound.
    pub damage: Vec<String>,
}

/// Checks a data directory, or a single file of one, from the first byte to the last.
///
/// An error means that there is nothing to check, or that it cannot be read.
pub fn verify(path: &Path) -> Result<Report, OpenError> {
    match path.is_file() {
        true => file::verify(&SystemDisk, path),
        false => verify_on(Arc::new(SystemDisk), path),
    }
}

/// Checks a file that must be a backup.
///
/// An error means that it cannot be read.
pub fn verify_backup(path: &Path) -> Result<Report, OpenError> {
    file::verify_backup(&SystemDisk, path)
}

/// Whether a file begins as a backup does, packed or not.
pub fn is_backup(path: &Path) -> bool {
    file::is_backup(&SystemDisk, path)
}

/// Checks a data directory on `disk`.
pub fn verify_on(disk: Arc<dyn Disk>, path: &Path) -> Result<Report, OpenError> {
    let directory = Directory::new(disk, path);
    let mut files = directory.journal_files()?;
    for _ in 0..ATTEMPTS {
        let checked = check(&directory, &files);
        if restore::is_under_way(&directory)? {
            return Ok(Report { lines: vec![restore::IS_UNDER_WAY.into()], damage: Vec::new() });
        }
        let files_now = directory.journal_files()?;
        if files_now == files {
            return checked;
        }
        // A running server has begun a segment or dropped some meanwhile.
        files = files_now;
    }
    check(&directory, &files)
}

const ATTEMPTS: usize = 10;

fn check(directory: &Directory, files: &JournalFiles) -> Result<Report, OpenError> {
    let mut report = Report::default();
    let checked = match files.is_there() {
        true => check_journal(directory, files, &mut report),
        false => check_without_journal(directory, &mut report),
    };
    match checked {
        Ok(()) => Ok(report),
        Err(error @ (OpenError::Damaged(_) | OpenError::Edited(_) | OpenError::JournalMissing { .. })) => {
            report.damage.push(error.to_string());
            Ok(report)
        }
        Err(error) => Err(error),
    }
}

fn check_journal(directory: &Directory, files: &JournalFiles, report: &mut Report) -> Result<(), OpenError> {
    // The snapshot is read before the journal, which may grow meanwhile.
    let path = directory.books();
    let found = snapshot::read(directory.disk.as_ref(), &path).map_err(OpenError::io("read", &path))?;
    let base = recovery::base(directory, files)?;
    let snapshot = match found {
        Found::Nothing => None,
        Found::Sound(snapshot) => Some(snapshot),
        Found::Unsealed | Found::Unreadable(_) => return Err(edited(directory, base)?),
    };
    if let Some(snapshot) = &snapshot {
        check_belongs(directory, &base, snapshot)?;
    }
    describe_head(&base, snapshot.as_ref(), report);
    let checked = check_lines(directory, &base, snapshot.as_ref())?;
    describe_journal(&base, &checked, report);
    describe_set_aside(directory, report)
}

/// What going through a journal showed.
struct Checked {
    end: Revision,
    books: usize,
    tail: Tail,
}

fn check_lines(directory: &Directory, base: &Base, snapshot: Option<&Snapshot>) -> Result<Checked, OpenError> {
    let mut replay = Replay::new(recovery::base_state(directory)?, 0);
    let mut walk = Walk::new(directory, base.revision);
    walk.witness = Witness::of(snapshot.map_or(base.revision, |snapshot| snapshot.state.revision()));
    let mut to_compare = snapshot.filter(|snapshot| snapshot.state.revision() >= base.revision);
    let mut tail = Tail::default();
    for first in &base.segments {
        let place = if base.segments.last() == Some(first) { Place::Last } else { Place::Earlier };
        compare(directory, &mut to_compare, &replay)?;
        let mut differs = Ok(());
        tail = walk.segment(*first, place, &mut |outline, bytes| {
            replay.line(outline, bytes)?;
            if differs.is_ok() {
                differs = compare(directory, &mut to_compare, &replay);
            }
            Ok(())
        })?;
        differs?;
    }
    if let Some(last) = base.segments.last() {
        walk.check_end(*last, &tail)?;
    }
    Ok(Checked { end: walk.end, books: replay.state.len(), tail })
}

/// Compares the snapshot with the journal's state once that has come to its revision.
fn compare(directory: &Directory, to_compare: &mut Option<&Snapshot>, replay: &Replay) -> Result<(), OpenError> {
    match to_compare.take_if(|snapshot| snapshot.state.revision() == replay.state.revision()) {
        Some(snapshot) if snapshot.state != replay.state => {
            let found = format!("it is not the state of the journal at revision {}", snapshot.state.revision());
            Err(Damage { path: directory.books(), line: None, found }.into())
        }
        _ => Ok(()),
    }
}

fn describe_head(base: &Base, snapshot: Option<&Snapshot>, report: &mut Report) {
    let store = base.store.as_ref().or(snapshot.map(|snapshot| &snapshot.store));
    report.lines.extend(store.map(|store| format!("store {store}")));
    report.lines.push(match snapshot {
        None => "books.json is missing; the next start writes it".into(),
        Some(Snapshot { state, .. }) => format!("books.json: revision {}; books: {}", state.revision(), state.len()),
    });
    if base.revision > Revision::ZERO {
        report.lines.push(format!("journal/base.json: the journal begins behind revision {}", base.revision));
    }
}

fn describe_journal(base: &Base, checked: &Checked, report: &mut Report) {
    let Checked { end, books, tail } = checked;
    report.lines.push(format!("journal: revision {end}; books: {books}; segments: {}", base.segments.len()));
    if let (Some(torn), Some(last)) = (&tail.torn, base.segments.last()) {
        report.lines.push(format!(
            "journal/{}: {} bytes from line {} on are half-written and were never acknowledged; the next start moves them aside",
            segment_name(*last),
            torn.bytes,
            torn.line
        ));
    }
}

/// Names what earlier starts and restores moved aside.
fn describe_set_aside(directory: &Directory, report: &mut Report) -> Result<(), OpenError> {
    let path = directory.journal();
    let mut names = directory.disk.list(&path).map_err(OpenError::io("list", &path))?;
    names.retain(|name| name.contains(".torn-"));
    names.sort();
    report.lines.extend(names.iter().map(|name| format!("journal/{name}: a half-written end that was moved aside")));
    let replaced = restore::set_aside(directory)?;
    report
        .lines
        .extend(replaced.iter().map(|name| format!("{name}: what was here before a restore; nothing needs it")));
    Ok(())
}

fn check_without_journal(directory: &Directory, report: &mut Report) -> Result<(), OpenError> {
    let path = directory.books();
    let reading = OpenError::io("read", &path);
    match snapshot::head(directory.disk.as_ref(), &path).map_err(reading)? {
        Found::Nothing => Err(OpenError::NoStore { directory: directory.root().into() }),
        Found::Sound(_) | Found::Unreadable(_) => Err(OpenError::JournalMissing { directory: directory.root().into() }),
        Found::Unsealed => {
            report.lines.push(takeover::preview(directory)?);
            Ok(())
        }
    }
}
