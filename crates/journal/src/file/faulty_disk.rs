//! A disk that fails, forgets and lies, for tests.

mod contents;
mod file;
mod medium;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use self::file::FaultyFile;
use self::medium::{FileId, Medium};
use super::disk::{Access, Disk, DiskFile};

/// A disk in memory. Clones are the same disk.
///
/// As on a real one, what was written is seen at once by everybody, and survives a power cut for certain only once it was
/// synced: the bytes of a file by its own sync, its name by that of its directory. Of what was not synced any part may
/// survive, page by page and name by name. What a failed sync left unsynced is still seen, but no later sync takes it to the
/// disk, though it succeeds.
#[derive(Clone, Default)]
pub struct FaultyDisk {
    state: Arc<Mutex<State>>,
}

struct State {
    medium: Medium,
    operations: u64,
    /// Which operation fails, and how.
    failure: Option<(u64, Failure)>,
    /// From which operation on nothing works.
    off_from: Option<u64>,
    lies: bool,
    room_bytes: Option<u64>,
    page_bytes: usize,
    /// The files that were opened after they were made.
    opened: BTreeSet<FileId>,
}

impl Default for State {
    fn default() -> Self {
        State {
            medium: Medium::default(),
            operations: 0,
            failure: None,
            off_from: None,
            lies: false,
            room_bytes: None,
            page_bytes: PAGE_BYTES,
            opened: BTreeSet::new(),
        }
    }
}

/// How many bytes reach the disk together or not at all, unless said otherwise. A real page has 4,096; smaller ones leave
/// more ways to be torn.
const PAGE_BYTES: usize = 128;

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// With this error and without effect; a sync leaves everything unsynced.
    Error(io::ErrorKind),
    /// A write or read stops halfway and says so.
    Short,
    /// A write stops halfway and ends in an error.
    Partial(io::ErrorKind),
}

/// What of the unsynced survives a power cut.
pub enum Survivors<'c> {
    /// Nothing.
    Nothing,
    /// Everything.
    Everything,
    /// What the function chooses: a number below the one it is given.
    Chosen(&'c mut dyn FnMut(usize) -> usize),
}

impl FaultyDisk {
    /// An empty disk without faults.
    pub fn new() -> Self {
        FaultyDisk::default()
    }

    /// How many operations there were.
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Has the operation of that number fail, counted from 0.
    pub fn fail_at(&self, operation: u64, failure: Failure) {
        self.state().failure = Some((operation, failure));
    }

    /// Has every operation from that number on fail without effect: the power is off.
    pub fn power_off_at(&self, operation: u64) {
        self.state().off_from = Some(operation);
    }

    /// Has syncs succeed without effect from now on.
    pub fn lie_about_syncs(&self) {
        self.state().lies = true;
    }

    /// Limits how many bytes all files have together; `None` takes the limit away.
    pub fn set_room(&self, bytes: Option<u64>) {
        self.state().room_bytes = bytes;
    }

    /// How many bytes reach the disk together or not at all: 4,096 are a page, 512 a sector, 1 leaves every way to be torn.
    pub fn set_page_bytes(&self, bytes: usize) {
        self.state().page_bytes = bytes.max(1);
    }

    /// How many bytes all files have together.
    pub fn bytes(&self) -> u64 {
        self.state().medium.bytes()
    }

    /// The disk as a new start finds it after a power cut, without faults; this one stays as it is.
    pub fn after_power_cut(&self, survivors: Survivors<'_>) -> FaultyDisk {
        let mut last = |count: usize| count - 1;
        let mut first = |_: usize| 0;
        let choose: &mut dyn FnMut(usize) -> usize = match survivors {
            Survivors::Nothing => &mut first,
            Survivors::Everything => &mut last,
            Survivors::Chosen(choose) => choose,
        };
        let state = self.state();
        FaultyDisk::with(state.medium.after_power_cut(state.page_bytes, choose))
    }

    /// The disk as a new process finds it while the machine runs on, without faults.
    pub fn after_kill(&self) -> FaultyDisk {
        FaultyDisk::with(self.state().medium.clone())
    }

    /// The paths of all files.
    pub fn files(&self) -> Vec<PathBuf> {
        self.state().medium.files()
    }

    /// What a file holds, if it is there.
    pub fn contents(&self, path: &Path) -> Option<Vec<u8>> {
        let state = self.state();
        let file = state.medium.find(path)?;
        Some(state.medium.file(file).bytes().to_vec())
    }

    /// Changes what a file holds, durably and behind everybody's back.
    pub fn tamper(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        self.state().medium.tamper(path, change);
    }

    fn with(medium: Medium) -> Self {
        FaultyDisk { state: Arc::new(Mutex::new(State { medium, ..State::default() })) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the disk")
    }
}

impl State {
    /// Counts an operation; the way in which it is to fail halfway, or the error with which it does.
    fn begin(&mut self) -> io::Result<Option<Failure>> {
        let number = self.operations;
        self.operations += 1;
        if self.off_from.is_some_and(|off| number >= off) {
            return Err(io::Error::other("the power is off"));
        }
        match self.failure {
            Some((at, Failure::Error(kind))) if at == number => Err(kind.into()),
            Some((at, failure)) if at == number => Ok(Some(failure)),
            _ => Ok(None),
        }
    }

    /// How many of `wanted` more bytes there is room for.
    fn room_for(&self, wanted: u64) -> u64 {
        self.room_bytes.map_or(wanted, |room| wanted.min(room.saturating_sub(self.medium.bytes())))
    }

    fn write(&mut self, file: FileId, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let failure = self.begin()?;
        let length = self.medium.file(file).bytes().len() as u64;
        let growth = (offset + bytes.len() as u64).saturating_sub(length);
        let mut count = bytes.len() - (growth - self.room_for(growth)) as usize;
        if count == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if failure.is_some() {
            count = count.div_ceil(2);
        }
        self.medium.file_mut(file).write(&bytes[..count], offset);
        match failure {
            Some(Failure::Partial(kind)) => Err(kind.into()),
            _ => Ok(count),
        }
    }

    fn sync(&mut self, file: FileId) -> io::Result<()> {
        let failed = match self.begin() {
            Ok(Some(Failure::Partial(kind))) => Err(kind.into()),
            other => other.map(drop),
        };
        match &failed {
            Err(_) => self.medium.file_mut(file).fail_sync(),
            Ok(()) if self.lies => {}
            Ok(()) => self.medium.file_mut(file).sync(),
        }
        failed
    }
}

impl Disk for FaultyDisk {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        state.begin()?;
        let file = match (access, state.medium.find(path)) {
            (Access::Create, Some(_)) => return Err(io::ErrorKind::AlreadyExists.into()),
            (Access::Create, None) if state.room_for(1) == 0 => return Err(io::ErrorKind::StorageFull.into()),
            (Access::Create, None) => state.medium.create(path)?,
            (_, found) => {
                let file = found.ok_or(io::ErrorKind::NotFound)?;
                state.opened.insert(file);
                file
            }
        };
        Ok(Box::new(FaultyFile::new(self.clone(), file)))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.begin()?;
        state.medium.create_folder(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let mut state = self.state();
        state.begin()?;
        state.medium.list(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.begin()?;
        state.medium.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.begin()?;
        state.medium.remove(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.begin()?;
        if !state.lies {
            state.medium.sync_names(path);
        }
        Ok(())
    }
}
