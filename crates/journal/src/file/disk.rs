//! The disk, at the level where it can lie.

#[cfg(target_os = "linux")]
mod watched;

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

#[cfg(target_os = "linux")]
use self::watched::Watched;

/// The file operations that a journal is made of, few enough that a fake can fail, forget and reorder each of them.
///
/// What [`DiskFile::write_at`] and [`DiskFile::set_length`] did survives a power cut only after [`DiskFile::sync`]; what
/// [`open`](Disk::open) with [`Access::Create`], [`rename`](Disk::rename) and [`remove`](Disk::remove) did, only after
/// [`sync_dir`](Disk::sync_dir).
pub trait Disk: Send + Sync {
    /// Opens a file.
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>>;

    /// Makes a file that must not be there, of which the system is to tell later who [opened](DiskFile::is_forgotten) it.
    fn create_watched(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.open(path, Access::Create)
    }

    /// Makes a directory in one that is there.
    fn create_dir(&self, path: &Path) -> io::Result<()>;

    /// The names of what is in a directory, in no order.
    fn list(&self, path: &Path) -> io::Result<Vec<String>>;

    /// Gives a file or directory another name on the same disk; a file that had that name before is gone.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a directory durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
}

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading a file that is there.
    Read,
    /// Reading and writing a file that is there.
    Write,
    /// Reading and writing a file that must not be there.
    Create,
}

/// An open file.
pub trait DiskFile: Send + Sync {
    /// How many bytes it has.
    fn length(&self) -> io::Result<u64>;

    /// Reads from `offset` on, possibly less than `buffer` holds; 0 at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes from `offset` on, possibly less than all of `bytes`.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize>;

    /// Cuts the file, or fills it up with zeros.
    fn set_length(&self, length: u64) -> io::Result<()>;

    /// Makes its bytes and its length durable (`fdatasync`). After an error nothing is known of what was not durable
    /// before, and a second call that succeeds proves nothing.
    fn sync(&self) -> io::Result<()>;

    /// Whether it is what bears that name.
    fn is_at(&self, _path: &Path) -> io::Result<bool> {
        Ok(false)
    }

    /// Whether nobody else has it open or can come to it any more: it has no name, and since it was made nobody opened it.
    /// `false` where that is not known.
    fn is_forgotten(&self) -> io::Result<bool> {
        Ok(false)
    }
}

/// The machine's file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemDisk;

impl Disk for SystemDisk {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let mut options = File::options();
        options.read(true).write(access != Access::Read).create_new(access == Access::Create);
        Ok(Box::new(options.open(path)?))
    }

    #[cfg(target_os = "linux")]
    fn create_watched(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        match Watched::create(path)? {
            Some(watched) => Ok(Box::new(watched)),
            None => self.open(path, Access::Create),
        }
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        fs::read_dir(path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        // The parent of a relative path of one part is "", which cannot be opened.
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        match File::open(path)?.sync_all() {
            // Some file systems have nothing to sync there and say so in this way.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            synced => synced,
        }
    }
}

impl DiskFile for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self, buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        FileExt::write_at(self, bytes, offset)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn is_at(&self, path: &Path) -> io::Result<bool> {
        let (one, other) = (self.metadata()?, fs::metadata(path)?);
        Ok((one.dev(), one.ino()) == (other.dev(), other.ino()))
    }
}

/// Writes all of `bytes` from `offset` on, in as many calls as the disk needs.
pub(crate) fn write_all_at(file: &dyn DiskFile, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write_at(bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = &bytes[written..];
                offset += written as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads from `offset` on until `buffer` is full or the file ends; returns how much that was.
pub(crate) fn read_full_at(file: &dyn DiskFile, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Puts what `write` writes, and syncs, in the place of what is at `path`: after a power cut at any moment the one or the
/// other is there, whole.
pub(crate) fn replace(
    disk: &dyn Disk,
    path: &Path,
    write: impl FnOnce(&dyn DiskFile) -> io::Result<()>,
) -> io::Result<()> {
    let draft = Draft::of(disk, path)?;
    let file = disk.open(&draft.path, Access::Create)?;
    draft.take_place(write(file.as_ref()))
}

/// What is to take the place of a file, under a name of its own until it is whole.
pub(crate) struct Draft<'d> {
    disk: &'d dyn Disk,
    of: &'d Path,
    pub(crate) path: PathBuf,
}

impl<'d> Draft<'d> {
    /// A place for what is to be at `of`; nothing is there yet.
    pub(crate) fn of(disk: &'d dyn Disk, of: &'d Path) -> io::Result<Self> {
        let path = with_ending(of, "tmp");
        discard(disk, &path)?;
        Ok(Draft { disk, of, path })
    }

    /// Gives it the name it is for, if it was written and synced, durably.
    pub(crate) fn take_place(self, written: io::Result<()>) -> io::Result<()> {
        let Draft { disk, of, path } = self;
        if let Err(error) = written.and_then(|()| disk.rename(&path, of)) {
            // What is left of it takes space and does no other harm; the next one removes it.
            let _ = disk.remove(&path);
            return Err(error);
        }
        disk.sync_dir(folder(of))
    }
}

/// Removes a file if it is there.
pub(crate) fn discard(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    match disk.remove(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The directory that a file is in.
pub(crate) fn folder(path: &Path) -> &Path {
    path.parent().expect("a file is in a directory")
}

/// The same path with a point and `ending` behind it.
pub(crate) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Whether an error says that there is no room: then nothing is wrong with the disk.
pub(crate) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
