//! An open file of a faulty disk.

use std::io;
use std::path::Path;

use super::medium::FileId;
use super::{Failure, FaultyDisk};
use crate::file::disk::DiskFile;

/// Knows its file by whatever name, or none.
pub(super) struct FaultyFile {
    disk: FaultyDisk,
    file: FileId,
}

impl FaultyFile {
    pub(super) fn new(disk: FaultyDisk, file: FileId) -> Self {
        FaultyFile { disk, file }
    }
}

impl DiskFile for FaultyFile {
    fn length(&self) -> io::Result<u64> {
        let mut state = self.disk.state();
        state.begin()?;
        Ok(state.medium.file(self.file).bytes().len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.disk.state();
        let failure = state.begin()?;
        let bytes = state.medium.file(self.file).bytes();
        let unread = bytes.get(offset as usize..).unwrap_or_default();
        let mut count = unread.len().min(buffer.len());
        match failure {
            Some(Failure::Partial(kind)) => return Err(kind.into()),
            Some(_) => count = count.div_ceil(2),
            None => {}
        }
        buffer[..count].copy_from_slice(&unread[..count]);
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.disk.state().write(self.file, bytes, offset)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        state.begin()?;
        state.medium.file_mut(self.file).set_length(length);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.state().sync(self.file)
    }

    fn is_at(&self, path: &Path) -> io::Result<bool> {
        let mut state = self.disk.state();
        state.begin()?;
        Ok(state.medium.find(path).ok_or(io::ErrorKind::NotFound)? == self.file)
    }

    fn is_forgotten(&self) -> io::Result<bool> {
        let mut state = self.disk.state();
        state.begin()?;
        Ok(!state.medium.is_named(self.file) && !state.opened.contains(&self.file))
    }
}
