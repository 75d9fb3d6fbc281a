//! One file by itself: a snapshot, a segment, or a backup.

use std::io::Read;
use std::path::Path;

use super::Report;
use crate::file::backup::{self, BEGINNING, BackupError, Contents};
use crate::file::disk::{Access, Disk, DiskFile};
use crate::file::error::{Damage, OpenError};
use crate::file::line;
use crate::file::segment::{Lines, first_revision};
use crate::file::snapshot::{self, Found, Reading, Snapshot};

/// Checks one file.
pub(super) fn verify(disk: &dyn Disk, path: &Path) -> Result<Report, OpenError> {
    let mut report = Report::default();
    match kind(disk, path)? {
        Kind::Segment => check_segment(disk, path, &mut report)?,
        Kind::Snapshot => check_snapshot(disk, path, &mut report)?,
        Kind::Backup => check_backup(disk, path, &mut report)?,
    }
    Ok(report)
}

/// Checks one file that must be a backup.
pub(super) fn verify_backup(disk: &dyn Disk, path: &Path) -> Result<Report, OpenError> {
    let mut report = Report::default();
    check_backup(disk, path, &mut report)?;
    Ok(report)
}

/// Whether one begins there; what cannot be read does not.
pub(super) fn is_backup(disk: &dyn Disk, path: &Path) -> bool {
    let begins =
        |file| backup::unpacked(Whole { file, offset: 0 })?.fill_buf().map(|bytes| bytes.starts_with(BEGINNING));
    disk.open(path, Access::Read).and_then(begins).unwrap_or(false)
}

/// What a file is meant to be.
enum Kind {
    Segment,
    Snapshot,
    Backup,
}

/// A file in a data directory is known by its name; any other by how it begins, and a damaged beginning is a backup's.
fn kind(disk: &dyn Disk, path: &Path) -> Result<Kind, OpenError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if first_revision(&name).is_some() {
        return Ok(Kind::Segment);
    }
    if name == "books.json" || name == "base.json" {
        return Ok(Kind::Snapshot);
    }
    let file = disk.open(path, Access::Read).map_err(OpenError::io("open", path))?;
    let mut beginning = Vec::new();
    let read = Reading { file: file.as_ref(), offset: 0 }.take(BEGINNING_BYTES).read_to_end(&mut beginning);
    read.map_err(OpenError::io("read", path))?;
    Ok(match beginning {
        begins if begins.starts_with(b"{\"store\":") => Kind::Snapshot,
        begins if line::beginnings(&begins).next() == Some(0) => Kind::Segment,
        _ => Kind::Backup,
    })
}

const BEGINNING_BYTES: u64 = 16;

fn check_snapshot(disk: &dyn Disk, path: &Path, report: &mut Report) -> Result<(), OpenError> {
    let damage = |found: String| Damage { path: path.into(), line: None, found }.to_string();
    match snapshot::read(disk, path).map_err(OpenError::io("read", path))? {
        Found::Sound(Snapshot { store, state }) => {
            let (revision, books) = (state.revision(), state.len());
            report.lines.push(format!("store {store}, revision {revision}, {books} books"));
        }
        Found::Unreadable(reason) => report.damage.push(damage(format!("it cannot be read: {reason}"))),
        Found::Unsealed | Found::Nothing => report.damage.push(damage("its checksum does not hold".into())),
    }
    Ok(())
}

/// Checks the lines of a segment each for itself.
fn check_segment(disk: &dyn Disk, path: &Path, report: &mut Report) -> Result<(), OpenError> {
    let reading = |error| OpenError::io("read", path)(error);
    let file = disk.open(path, Access::Read).map_err(reading)?;
    let mut lines = Lines::new(file.as_ref(), 0, file.length().map_err(reading)?);
    let mut number = 0;
    while let Some(raw) = lines.next().map_err(reading)? {
        number += 1;
        if let Err(found) = line::outline(raw.bytes) {
            let damage = Damage { path: path.into(), line: Some(number), found: found.to_string() };
            report.damage.push(damage.to_string());
        }
    }
    report.lines.push(format!("{number} lines"));
    Ok(())
}

/// Checks every line of a backup, its end, and that it comes to the state it stands for.
fn check_backup(disk: &dyn Disk, path: &Path, report: &mut Report) -> Result<(), OpenError> {
    let file = disk.open(path, Access::Read).map_err(OpenError::io("open", path))?;
    match check(file) {
        Ok(contents) => report.lines.extend(describe(&contents)),
        Err(error) => {
            let (line, found) = match error {
                BackupError::Damaged { line, found } => (line, found),
                BackupError::Unreadable { line, cause } => (line + 1, format!("it cannot be read: {cause}")),
            };
            let damage = Damage { path: path.into(), line: Some(line), found };
            report.damage.push(format!("{damage}\n{ADVICE}"));
        }
    }
    Ok(())
}

const ADVICE: &str = "Nothing of it can be restored. Take another backup, and make a new one where the store still is";

fn check(file: Box<dyn DiskFile>) -> Result<Contents, BackupError> {
    let mut source =
        backup::unpacked(Whole { file, offset: 0 }).map_err(|cause| BackupError::Unreadable { line: 0, cause })?;
    backup::read::<BackupError>(source.as_mut(), &mut |_| Ok(())).map(|(contents, _)| contents)
}

fn describe(contents: &Contents) -> [String; 3] {
    let Contents { store, at, begins, revision, entries, books } = contents;
    [
        format!("a backup of the store {store}, made at {at}"),
        format!("revision {revision}; books: {books}"),
        format!("history: {entries} entries behind revision {begins}"),
    ]
}

/// A file that is read to its end.
struct Whole {
    file: Box<dyn DiskFile>,
    offset: u64,
}

impl Read for Whole {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut reading = Reading { file: self.file.as_ref(), offset: self.offset };
        let read = reading.read(buffer)?;
        self.offset = reading.offset;
        Ok(read)
    }
}
