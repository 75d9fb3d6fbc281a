//! Making a journal that was read ready for more: the first moment at which a start changes anything.

use std::io;
use std::path::{Path, PathBuf};

use catalogue::Revision;

use super::directory::Directory;
use super::disk::{Access, DiskFile, read_full_at, write_all_at};
use super::error::OpenError;
use super::recovery::Recovered;
use super::segment::segment_name;
use super::walk::{Tail, Torn};

/// The segment that is written to, ending in whole lines that are all durable.
pub(crate) struct Ready {
    pub(crate) file: Box<dyn DiskFile>,
    pub(crate) first: Revision,
    pub(crate) length: u64,
    /// Whether nothing says yet that all of it is durable.
    pub(crate) unwitnessed: bool,
}

/// Moves a half-written end aside, says so in `notices`, and makes what is left durable.
pub(crate) fn repair(
    directory: &Directory,
    recovered: &Recovered,
    notices: &mut Vec<String>,
) -> Result<Ready, OpenError> {
    let Some(first) = recovered.segments.last().copied() else {
        let first = recovered.base.next();
        let file = directory.create_segment(first).map_err(OpenError::io("make", &directory.segment(first)))?;
        return Ok(Ready { file, first, length: 0, unwitnessed: false });
    };
    let path = directory.segment(first);
    let file = directory.open(&path, Access::Write)?;
    let tail = &recovered.tail;
    if let Some(torn) = &tail.torn {
        let kept = move_aside(directory, first, file.as_ref(), tail.length, torn);
        let kept = kept.map_err(OpenError::io("move the half-written end aside of", &path))?;
        notices.push(format!(
            "{} ended in {} bytes that were half-written when the program or the machine stopped, from line {} on. They were never acknowledged, and are kept in {}",
            path.display(),
            torn.bytes,
            torn.line,
            kept.display()
        ));
    }
    settle(file.as_ref(), tail).map_err(OpenError::io("write", &path))?;
    directory.sync_journal().map_err(OpenError::io("sync", &directory.journal()))?;
    // A witness in what was moved aside is none any more.
    let unwitnessed = !recovered.is_witnessed || tail.torn.is_some();
    Ok(Ready { file, first, length: tail.length, unwitnessed })
}

/// Writes the last lines once more where they stand. After a failed sync, memory may hold lines that the disk does not,
/// and that the system believes are on it: only written anew are they sure to be synced. So is the end, which an earlier
/// start may have cut: it is moved and moved back, for what is already as it should be would not be written.
fn settle(file: &dyn DiskFile, tail: &Tail) -> io::Result<()> {
    copy(file, tail.durable_length, tail.length, file, tail.durable_length)?;
    file.set_length(tail.length + 1)?;
    file.set_length(tail.length)?;
    file.sync()
}

/// Copies what follows `offset` into a file beside the segment, then cuts it off.
fn move_aside(
    directory: &Directory,
    first: Revision,
    file: &dyn DiskFile,
    offset: u64,
    torn: &Torn,
) -> io::Result<PathBuf> {
    let base = directory.journal().join(format!("{}.torn-{offset}", segment_name(first)));
    let (path, aside) = create_beside(directory, &base)?;
    let kept = copy(file, offset, offset + torn.bytes, aside.as_ref(), 0)
        .and_then(|()| aside.sync())
        .and_then(|()| directory.sync_journal());
    if let Err(error) = kept {
        // An empty file would say that something is kept in it. The next start tries again.
        let _ = directory.disk.remove(&path);
        return Err(error);
    }
    file.set_length(offset)?;
    Ok(path)
}

/// A new file of that name, or with the first free number behind it.
fn create_beside(directory: &Directory, base: &Path) -> io::Result<(PathBuf, Box<dyn DiskFile>)> {
    let mut path = base.to_owned();
    for number in 2.. {
        match directory.disk.open(&path, Access::Create) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                path = format!("{}-{number}", base.display()).into();
            }
            opened => return Ok((path, opened?)),
        }
    }
    unreachable!("one of the numbers is free")
}

fn copy(from: &dyn DiskFile, start: u64, end: u64, to: &dyn DiskFile, at: u64) -> io::Result<()> {
    let mut buffer = vec![0; COPY_BYTES];
    let mut copied = 0;
    while start + copied < end {
        let wanted = COPY_BYTES.min((end - start - copied) as usize);
        let read = read_full_at(from, &mut buffer[..wanted], start + copied)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        write_all_at(to, &buffer[..read], at + copied)?;
        copied += read as u64;
    }
    Ok(())
}

const COPY_BYTES: usize = 64 * 1024;
