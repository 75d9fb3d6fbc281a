//! Whole files beside the store's own: read, written durably, and never put over another.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::{Access, Disk, folder, read_full_at, replace, with_ending, write_all_at};

/// All bytes of a file.
pub(crate) fn read_all(disk: &dyn Disk, path: &Path) -> io::Result<Vec<u8>> {
    let file = disk.open(path, Access::Read)?;
    let length = usize::try_from(file.length()?).map_err(|_| io::ErrorKind::FileTooLarge)?;
    let mut bytes = vec![0; length];
    let read = read_full_at(file.as_ref(), &mut bytes, 0)?;
    bytes.truncate(read);
    Ok(bytes)
}

/// Puts `bytes` at `path`: after a power cut at any moment either what was there before is there, or all of them.
pub(crate) fn put(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(disk, path, |file| write_all_at(file, bytes, 0).and_then(|()| file.sync()))
}

/// Gives a file another name in its directory, durably: `wanted`, or that with the first free number behind it.
pub(crate) fn move_to_free_name(disk: &dyn Disk, path: &Path, wanted: &Path) -> io::Result<PathBuf> {
    let taken = disk.list(folder(wanted))?;
    let is_free = |path: &PathBuf| !taken.iter().any(|name| path.file_name().is_some_and(|free| free == name.as_str()));
    let numbered = (2_u32..).map(|number| with_ending(wanted, &number.to_string()));
    let free = std::iter::once(wanted.to_owned()).chain(numbered).find(is_free).expect("one of the numbers is free");
    disk.rename(path, &free)?;
    // Before this, another file may not take the old name: after a power cut it could be the only one left.
    disk.sync_dir(folder(path))?;
    Ok(free)
}
