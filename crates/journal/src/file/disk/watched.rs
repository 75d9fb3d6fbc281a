//! A file of which it is known whether anybody else has it open.
//!
//! Who has a file open can be asked for by a lease only, and that takes `unsafe` code. But the system tells of each time
//! that a file is opened, by whatever name and whomever; and once the last name is gone, and nobody holds the file by it or
//! is on the way to, that there is nothing to tell of any more. So who listened from before the file had a name, and heard
//! the end and nothing before it, has the file for himself. (Two roundabout ways are not seen: our own descriptor in `/proc`,
//! and a path handle to one of several names that are all gone.)

use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{LazyLock, Mutex};

use rustix::fs::inotify::{CreateFlags, ReadFlags, Reader, WatchFlags, add_watch, init};
use rustix::fs::{AtFlags, CWD, FsWord, Mode, OFlags, fstatfs, linkat, open};
use rustix::io::Errno;
use rustix::system::uname;

use super::{DiskFile, folder};

/// A file that we made, with what tells of who opens it.
#[derive(Debug)]
pub(super) struct Watched {
    file: File,
    events: OwnedFd,
    heard: Mutex<Heard>,
}

/// What was told of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    /// It has a name, or somebody still holds it by the one it had.
    Nothing,
    /// The end, and nothing before it.
    End,
    /// That it was opened, or something that is not understood.
    Opened,
}

impl Watched {
    /// Makes a file that must not be there; `None`, and none, where the system cannot tell who opens it.
    pub(super) fn create(path: &Path) -> io::Result<Option<Self>> {
        let Some(watched) = Watched::nameless(path) else { return Ok(None) };
        let itself = by_descriptor(&watched.file);
        match linkat(CWD, itself, CWD, path, AtFlags::SYMLINK_FOLLOW) {
            Ok(()) => Ok(Some(watched)),
            Err(Errno::EXIST) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(_) => Ok(None),
        }
    }

    /// One beside `path` that nobody can open before we are told of it.
    fn nameless(path: &Path) -> Option<Self> {
        if !*TELLS_OF_ALL {
            return None;
        }
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let file = File::from(open(folder(path), flags, Mode::from_raw_mode(0o666)).ok()?);
        // Elsewhere a file may be opened on another machine, or below a file system that lies on it.
        if fstatfs(&file).ok()?.f_type != EXT4 {
            return None;
        }
        let events = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok()?;
        add_watch(&events, by_descriptor(&file), WatchFlags::OPEN).ok()?;
        Some(Watched { file, events, heard: Mutex::new(Heard::Nothing) })
    }

    fn heard(&self) -> Heard {
        let mut heard = self.heard.lock().expect("nothing panics while it holds this");
        let mut buffer = [MaybeUninit::uninit(); 512];
        let mut events = Reader::new(&self.events, &mut buffer);
        loop {
            *heard = match (events.next(), *heard) {
                (Err(Errno::AGAIN), heard) => return heard,
                (Err(_), _) => return Heard::Opened,
                (Ok(event), Heard::Nothing) if event.events() == ReadFlags::IGNORED => Heard::End,
                (Ok(_), _) => Heard::Opened,
            }
        }
    }
}

/// The file system whose giving back of a large file is felt by all who write, where it discards what is free.
const EXT4: FsWord = 0xef53;
/// Whether the system tells of files too that are opened inside of it, as its NFS server opens them: surely since Linux 6.10.
static TELLS_OF_ALL: LazyLock<bool> = LazyLock::new(|| is_told_of_all(&uname().release().to_string_lossy()));

fn is_told_of_all(release: &str) -> bool {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map_while(|number| number.parse::<u32>().ok());
    matches!((numbers.next(), numbers.next()), (Some(major), Some(minor)) if (major, minor) >= (6, 10))
}

fn by_descriptor(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

impl DiskFile for Watched {
    fn length(&self) -> io::Result<u64> {
        DiskFile::length(&self.file)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        DiskFile::read_at(&self.file, buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        DiskFile::write_at(&self.file, bytes, offset)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        DiskFile::set_length(&self.file, length)
    }

    fn sync(&self) -> io::Result<()> {
        DiskFile::sync(&self.file)
    }

    fn is_at(&self, path: &Path) -> io::Result<bool> {
        DiskFile::is_at(&self.file, path)
    }

    fn is_forgotten(&self) -> io::Result<bool> {
        Ok(self.file.metadata()?.nlink() == 0 && self.heard() == Heard::End)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::file::disk::{Disk, SystemDisk};

    /// A watched file with its path; none where the system or the file system under the tests tells nothing, and then the
    /// file that takes its place is given back by nobody.
    fn watched(directory: &Path) -> Option<(Watched, std::path::PathBuf)> {
        let path = directory.join("books.json.tmp");
        let Some(watched) = Watched::create(&path).unwrap() else {
            let plain = SystemDisk.create_watched(&path).unwrap();
            fs::remove_file(&path).unwrap();
            assert!(!plain.is_forgotten().unwrap());
            return None;
        };
        assert_eq!(Watched::create(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        watched.write_at(b"whole", 0).unwrap();
        Some((watched, path))
    }

    #[test]
    fn a_system_is_trusted_by_its_release() {
        let told = ["6.10.0", "6.18.44", "7.0", "10.1-rc2-custom"];
        let not_told = ["6.9.12", "6.1.0-28-amd64", "5.15.153.1-microsoft", "6", "", "unknown"];
        assert!(told.iter().all(|release| is_told_of_all(release)));
        assert!(!not_told.iter().any(|release| is_told_of_all(release)));
    }

    #[test]
    fn it_is_forgotten_once_its_name_is_gone_and_not_before() {
        let directory = tempfile::tempdir().unwrap();
        let Some((watched, path)) = watched(directory.path()) else { return };
        assert!(watched.is_at(&path).unwrap());
        assert!(!watched.is_forgotten().unwrap());
        fs::write(directory.path().join("next"), "next").unwrap();
        fs::rename(directory.path().join("next"), &path).unwrap();
        assert!(!watched.is_at(&path).unwrap());
        assert!(watched.is_forgotten().unwrap());
    }

    #[test]
    fn whoever_opened_it_by_whatever_name_is_remembered() {
        let directory = tempfile::tempdir().unwrap();
        let other = directory.path().join("other");
        for name in ["itself", "link"] {
            let Some((watched, path)) = watched(directory.path()) else { return };
            if name == "link" {
                fs::hard_link(&path, &other).unwrap();
                fs::remove_file(&path).unwrap();
                assert!(!watched.is_forgotten().unwrap(), "it has another name");
                assert_eq!(fs::read(&other).unwrap(), b"whole");
                fs::remove_file(&other).unwrap();
            } else {
                let _reader = File::open(&path).unwrap();
                fs::remove_file(&path).unwrap();
                assert!(!watched.is_forgotten().unwrap());
            }
            assert!(!watched.is_forgotten().unwrap(), "{name}");
        }
    }
}
