//! The disk of a history: a faulty one, with the moments at which it fails, and the bugs that can be planted in its use.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard};

use journal::testing::{Failure, FaultyDisk};
use journal::{Access, Disk, DiskFile};

use crate::{Plant, Tally};

thread_local! {
    static MEANWHILE: RefCell<Option<Rc<dyn Fn()>>> = const { RefCell::new(None) };
}

/// Has `act` called before each operation that this thread makes on a disk: what others do in the time that it takes.
pub(crate) fn meanwhile(act: Option<Rc<dyn Fn()>>) {
    MEANWHILE.with(|meanwhile| meanwhile.replace(act));
}

/// The kinds of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Open,
    Create,
    CreateDir,
    List,
    Rename,
    Remove,
    SyncDir,
    Length,
    Read,
    Write,
    SetLength,
    Sync,
    Ask,
}

impl Kind {
    pub(crate) const ALL: [Kind; 13] = [
        Kind::Open,
        Kind::Create,
        Kind::CreateDir,
        Kind::List,
        Kind::Rename,
        Kind::Remove,
        Kind::SyncDir,
        Kind::Length,
        Kind::Read,
        Kind::Write,
        Kind::SetLength,
        Kind::Sync,
        Kind::Ask,
    ];
}

/// What is going to go wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trouble {
    pub(crate) when: When,
    pub(crate) what: What,
}

/// At which of the operations to come.
#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    /// After that many.
    After(u64),
    /// At one of that kind, after that many others of it.
    At(Kind, u64),
}

/// How.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    /// The program ends there, in the middle of whatever it was doing.
    Cut,
    /// The operation fails.
    Fail(Failure),
}

/// A disk on which trouble can be arranged. Clones are the same disk.
#[derive(Clone)]
pub(crate) struct TroubledDisk {
    inner: FaultyDisk,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    trouble: Option<Trouble>,
    is_off: bool,
    plant: Plant,
    tally: Tally,
    /// Failures other than for want of room, of what a batch is written with.
    failed_writes: u64,
    /// All failures that were arranged.
    failures: u64,
    /// Whether it was nearly full at some time.
    is_filled: bool,
    /// A sync that was promised and is still to come.
    late_sync: Option<Arc<dyn DiskFile>>,
}

impl TroubledDisk {
    pub(crate) fn new(inner: FaultyDisk, plant: Plant) -> Self {
        let state = State { plant, ..State::default() };
        TroubledDisk { inner, state: Arc::new(Mutex::new(state)) }
    }

    /// What is really on it.
    pub(crate) fn inner(&self) -> &FaultyDisk {
        &self.inner
    }

    pub(crate) fn arrange(&self, trouble: Option<Trouble>) {
        self.state().trouble = trouble;
    }

    pub(crate) fn has_trouble_ahead(&self) -> bool {
        self.state().trouble.is_some()
    }

    /// Whether the program was cut short.
    pub(crate) fn is_off(&self) -> bool {
        self.state().is_off
    }

    pub(crate) fn failed_writes(&self) -> u64 {
        self.state().failed_writes
    }

    pub(crate) fn is_filled(&self) -> bool {
        self.state().is_filled
    }

    /// Leaves room for that many more bytes.
    pub(crate) fn fill(&self, room: u64) {
        self.inner.set_room(Some(self.inner.bytes() + room));
        self.state().is_filled = true;
    }

    pub(crate) fn failures(&self) -> u64 {
        self.state().failures
    }

    /// What happened on it since it was last asked.
    pub(crate) fn take_tally(&self) -> Tally {
        std::mem::take(&mut self.state().tally)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the disk")
    }

    /// One operation, with what others do before it and what is arranged for it.
    fn operation<T>(&self, kind: Kind, path: &Path, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let others = MEANWHILE.with(|meanwhile| meanwhile.borrow().clone());
        if let Some(act) = others {
            act();
        }
        let due = self.begin(kind)?;
        if let Some(late) = self.state().late_sync.take() {
            // Whatever comes of it, the promise was given.
            let _ = late.sync();
        }
        if let Some(failure) = due {
            self.inner.fail_at(self.inner.operations(), failure);
        }
        let done = act();
        match &done {
            Ok(_) => self.note_done(kind, path),
            Err(error) => self.note(kind, path, error),
        }
        done
    }

    /// The failure that is due now; an error once the program is cut short.
    fn begin(&self, kind: Kind) -> io::Result<Option<Failure>> {
        let mut state = self.state();
        if state.is_off {
            return Err(io::Error::other("the power is off"));
        }
        let is_due = match state.trouble.as_mut().map(|trouble| &mut trouble.when) {
            None => false,
            Some(When::After(0)) => true,
            Some(When::At(at, 0)) => *at == kind,
            Some(When::After(left)) => {
                *left -= 1;
                false
            }
            Some(When::At(at, left)) => {
                *left -= u64::from(*at == kind);
                false
            }
        };
        let can_be = |trouble: &mut Trouble| match trouble.what {
            What::Fail(Failure::Short) => matches!(kind, Kind::Read | Kind::Write),
            What::Fail(Failure::Partial(_)) => matches!(kind, Kind::Read | Kind::Write | Kind::Sync),
            What::Fail(Failure::Error(_)) | What::Cut => true,
        };
        let Some(trouble) = state.trouble.take_if(|trouble| is_due && can_be(trouble)) else { return Ok(None) };
        match trouble.what {
            What::Cut => {
                state.is_off = true;
                state.tally.count(format!("cut short at {kind:?}"));
                Err(io::Error::other("the power is off"))
            }
            What::Fail(failure) => {
                state.failures += 1;
                state.tally.count(format!("{} at {kind:?}", name(failure)));
                Ok(Some(failure))
            }
        }
    }

    fn note_done(&self, kind: Kind, path: &Path) {
        let ending = path.extension().and_then(|ending| ending.to_str());
        let done = match (kind, ending) {
            (Kind::Create, Some("jsonl")) => "a segment was begun",
            (Kind::Remove, Some("jsonl")) => "a segment was dropped",
            (Kind::Rename, Some("tmp")) => "a snapshot was put in its place",
            _ => return,
        };
        self.state().tally.count(done);
    }

    fn note(&self, kind: Kind, path: &Path, error: &io::Error) {
        let of_journal = path.extension().is_some_and(|ending| ending == "jsonl") || kind == Kind::SyncDir;
        let is_reading = matches!(kind, Kind::Read | Kind::Length | Kind::List | Kind::Open);
        let is_full = error.kind() == io::ErrorKind::StorageFull;
        let mut state = self.state();
        if is_full {
            state.tally.count("no room");
        }
        let is_harmless = match kind {
            Kind::Write => is_full || error.kind() == io::ErrorKind::Interrupted,
            Kind::Create => is_full,
            _ => is_reading,
        };
        if of_journal && !is_harmless {
            state.failed_writes += 1;
        }
    }

    fn sync(&self, file: &Arc<dyn DiskFile>, path: &Path) -> io::Result<()> {
        let plant = self.state().plant;
        let is_segment = path.extension().is_some_and(|ending| ending == "jsonl");
        match plant {
            Plant::AcknowledgeBeforeSync if is_segment => {
                self.operation(Kind::Sync, path, || Ok(()))?;
                self.state().late_sync = Some(Arc::clone(file));
                Ok(())
            }
            Plant::RetryFailedSync => {
                let first = self.operation(Kind::Sync, path, || file.sync());
                if first.is_ok() || self.is_off() { first } else { file.sync() }
            }
            _ => self.operation(Kind::Sync, path, || file.sync()),
        }
    }
}

fn name(failure: Failure) -> &'static str {
    match failure {
        Failure::Short => "short",
        Failure::Error(io::ErrorKind::StorageFull) => "full",
        Failure::Error(io::ErrorKind::Interrupted) => "interrupted",
        Failure::Error(_) => "error",
        Failure::Partial(io::ErrorKind::StorageFull) => "full halfway",
        Failure::Partial(_) => "error halfway",
    }
}

impl Disk for TroubledDisk {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let kind = if access == Access::Create { Kind::Create } else { Kind::Open };
        let inner = self.operation(kind, path, || self.inner.open(path, access))?;
        Ok(Box::new(TroubledFile { disk: self.clone(), path: path.into(), inner: inner.into() }))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.operation(Kind::CreateDir, path, || self.inner.create_dir(path))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        self.operation(Kind::List, path, || self.inner.list(path))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.operation(Kind::Rename, from, || self.inner.rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.operation(Kind::Remove, path, || self.inner.remove(path))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        if self.state().plant == Plant::SkipDirectorySync {
            return self.operation(Kind::SyncDir, path, || Ok(()));
        }
        self.operation(Kind::SyncDir, path, || self.inner.sync_dir(path))
    }
}

struct TroubledFile {
    disk: TroubledDisk,
    path: PathBuf,
    inner: Arc<dyn DiskFile>,
}

impl DiskFile for TroubledFile {
    fn length(&self) -> io::Result<u64> {
        self.disk.operation(Kind::Length, &self.path, || self.inner.length())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.disk.operation(Kind::Read, &self.path, || self.inner.read_at(buffer, offset))
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.disk.operation(Kind::Write, &self.path, || self.inner.write_at(bytes, offset))
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.disk.operation(Kind::SetLength, &self.path, || self.inner.set_length(length))
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.sync(&self.inner, &self.path)
    }

    fn is_at(&self, path: &Path) -> io::Result<bool> {
        self.disk.operation(Kind::Ask, path, || self.inner.is_at(path))
    }

    fn is_forgotten(&self) -> io::Result<bool> {
        self.disk.operation(Kind::Ask, &self.path, || self.inner.is_forgotten())
    }
}
