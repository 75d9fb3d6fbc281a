//! What a program asked of its disk, operation by operation, and what it had promised at each moment.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use journal::testing::FaultyDisk;
use journal::{Access, Disk, DiskFile};

use crate::history::History;

/// Everything that happened to a disk, in order.
#[derive(Clone, Default)]
pub(crate) struct Recording {
    /// The files that were there, all of them durable.
    pub(crate) start: Image,
    pub(crate) steps: Vec<Step>,
}

/// Files and what they hold.
pub(crate) type Image = BTreeMap<PathBuf, Vec<u8>>;

/// One operation that changed something or made it durable, or what was promised from then on.
#[derive(Clone)]
pub(crate) enum Step {
    Create { path: PathBuf, file: FileNumber },
    Folder { path: PathBuf },
    Write { file: FileNumber, offset: usize, bytes: Vec<u8> },
    Length { file: FileNumber, length: usize },
    Sync { file: FileNumber },
    Rename { from: PathBuf, to: PathBuf },
    Remove { path: PathBuf },
    SyncFolder { path: PathBuf },
    Promise(Promised),
}

/// A file by whatever name: those of the start by the order of their names, then in the order in which they were made.
pub(crate) type FileNumber = usize;

/// What others could rely on at a moment.
#[derive(Clone, Default)]
pub(crate) struct Promised {
    pub(crate) history: History,
    /// Whether the call that the recording is of has come to its end.
    pub(crate) is_answered: bool,
}

/// A disk that takes down what is done to it. Clones are the same disk.
#[derive(Clone)]
pub(crate) struct Recorder {
    disk: FaultyDisk,
    log: Arc<Mutex<Log>>,
}

#[derive(Default)]
struct Log {
    recording: Recording,
    names: BTreeMap<PathBuf, FileNumber>,
    files: FileNumber,
}

impl Recorder {
    /// Takes down what is done to `disk` from now on; all that it holds counts as durable.
    pub(crate) fn on(disk: &FaultyDisk) -> Recorder {
        let start: Image = disk.files().into_iter().map(|path| (path.clone(), disk.contents(&path).unwrap())).collect();
        let names: BTreeMap<PathBuf, FileNumber> = start.keys().cloned().zip(0..).collect();
        let log = Log { files: names.len(), names, recording: Recording { start, steps: Vec::new() } };
        Recorder { disk: disk.clone(), log: Arc::new(Mutex::new(log)) }
    }

    /// Takes down what others may rely on from now on.
    pub(crate) fn promise(&self, history: &History, is_answered: bool) {
        self.take_down(Step::Promise(Promised { history: history.clone(), is_answered }));
    }

    pub(crate) fn recording(&self) -> Recording {
        self.log.lock().unwrap().recording.clone()
    }

    fn take_down(&self, step: Step) {
        self.log.lock().unwrap().recording.steps.push(step);
    }

    fn file(&self, path: &Path, access: Access) -> FileNumber {
        let mut log = self.log.lock().unwrap();
        if access != Access::Create {
            return log.names[path];
        }
        let file = log.files;
        log.files += 1;
        log.names.insert(path.into(), file);
        log.recording.steps.push(Step::Create { path: path.into(), file });
        file
    }
}

impl Disk for Recorder {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let opened = self.disk.open(path, access)?;
        let file = self.file(path, access);
        Ok(Box::new(Recorded { opened, recorder: self.clone(), file }))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.disk.create_dir(path)?;
        self.take_down(Step::Folder { path: path.into() });
        Ok(())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        self.disk.list(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)?;
        let mut log = self.log.lock().unwrap();
        let file = log.names.remove(from).unwrap();
        log.names.insert(to.into(), file);
        log.recording.steps.push(Step::Rename { from: from.into(), to: to.into() });
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)?;
        let mut log = self.log.lock().unwrap();
        log.names.remove(path);
        log.recording.steps.push(Step::Remove { path: path.into() });
        Ok(())
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.disk.sync_dir(path)?;
        self.take_down(Step::SyncFolder { path: path.into() });
        Ok(())
    }
}

struct Recorded {
    opened: Box<dyn DiskFile>,
    recorder: Recorder,
    file: FileNumber,
}

impl DiskFile for Recorded {
    fn length(&self) -> io::Result<u64> {
        self.opened.length()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.opened.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let written = self.opened.write_at(bytes, offset)?;
        let bytes = bytes[..written].to_vec();
        self.recorder.take_down(Step::Write { file: self.file, offset: offset as usize, bytes });
        Ok(written)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.opened.set_length(length)?;
        self.recorder.take_down(Step::Length { file: self.file, length: length as usize });
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.opened.sync()?;
        self.recorder.take_down(Step::Sync { file: self.file });
        Ok(())
    }
}
