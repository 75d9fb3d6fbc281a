//! Making a backup, piece by piece, while the journal it is of is written to.

use std::collections::VecDeque;
use std::path::PathBuf;

use catalogue::{BookId, Catalogue, Revision, Timestamp};
use serde::{Deserialize, Serialize};

use super::{BookLine, Closing, DeletedLine, Head, VERSION};
use crate::file::FileJournal;
use crate::file::disk::{Access, DiskFile};
use crate::file::error::{Damage, OpenError};
use crate::file::line::{self, Outline};
use crate::file::seal::{seal, seal_object};
use crate::file::segment::{Lines, RawLine};
use crate::file::snapshot::{self, Found};
use crate::file::walk::end_behind;
use crate::{ReadError, StoreId};

impl FileJournal {
    /// Begins a backup of the store at `state`, which must be durable; `at` is the time. What is written or dropped while
    /// its pieces are taken does not concern it, and it holds up no write.
    pub fn backup(&self, state: Catalogue, at: Timestamp) -> Result<Backup, ReadError> {
        // While this is held no snapshot is written, and no segment dropped.
        let _saved = self.saved.lock().expect("no snapshot panics");
        let (begins, segments) = {
            let index = self.index.read().expect("nothing panics while it holds the index");
            let last = index.segments.len() - 1;
            let length = |number| (number == last).then_some(index.length);
            let segments = index.segments.iter().enumerate().map(|(number, first)| (*first, length(number)));
            (index.oldest, segments.collect::<Vec<_>>())
        };
        if begins > state.revision() {
            return Err(ReadError::Gone { asked: state.revision(), oldest: begins });
        }
        let mut sources = VecDeque::new();
        let base = Source::open(self, self.directory.base(), None)?;
        for (first, length) in segments {
            sources.push_back(Source::open(self, self.directory.segment(first), length)?);
        }
        let store = self.store.clone();
        Ok(Backup {
            store,
            at,
            begins,
            state,
            stage: Stage::Head,
            base,
            sources,
            position: begins,
            count: Count::default(),
        })
    }
}

/// A backup in the making: its pieces, each some tens of kilobytes, in order. After an error there are no more.
pub struct Backup {
    store: StoreId,
    at: Timestamp,
    begins: Revision,
    state: Catalogue,
    stage: Stage,
    base: Source,
    sources: VecDeque<Source>,
    /// Where the journal stands behind the lines given.
    position: Revision,
    count: Count,
}

/// What comes next.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Head,
    Books,
    Journal,
    Nothing,
}

/// What was given.
#[derive(Default)]
struct Count {
    lines: u64,
    entries: u64,
    crc: u32,
}

/// A file that is gone through; its name may be gone meanwhile.
struct Source {
    path: PathBuf,
    file: Box<dyn DiskFile>,
    offset: u64,
    length: u64,
}

impl Backup {
    /// The revision it stands for.
    pub fn revision(&self) -> Revision {
        self.state.revision()
    }

    /// The store it is of.
    pub fn store(&self) -> &StoreId {
        &self.store
    }

    fn piece(&mut self) -> Result<Vec<u8>, OpenError> {
        let mut piece = Vec::with_capacity(PIECE_BYTES * 2);
        match self.stage {
            Stage::Head => self.head(&mut piece)?,
            Stage::Books => self.books(&mut piece)?,
            Stage::Journal => self.journal(&mut piece)?,
            Stage::Nothing => {}
        }
        self.count.crc = crc32c::crc32c_append(self.count.crc, &piece);
        if self.stage == Stage::Journal && self.position >= self.state.revision() {
            self.close(&mut piece);
            self.stage = Stage::Nothing;
        }
        Ok(piece)
    }

    /// The head, and the whole base where it has no book a line.
    fn head(&mut self, piece: &mut Vec<u8>) -> Result<(), OpenError> {
        let base = &mut self.base;
        if !snapshot::is_sealed(base.file.as_ref()).map_err(OpenError::io("read", &base.path))? {
            return Err(base.damage(None, "its checksum does not hold"));
        }
        let (next_id, rest) = match base.line(|raw| first_line(raw.bytes))?.flatten() {
            Some(FirstLine { next_id, .. }) => (next_id, None),
            None => base.state().map(|state| (state.next_id(), Some(state)))?,
        };
        let Backup { store, at, begins, .. } = self;
        let (store, at, begins, revision) = (store.clone(), *at, *begins, self.state.revision());
        self.count.line(piece, &Head { backup: VERSION, store, at, begins, revision, next_id });
        self.stage = Stage::Books;
        if let Some(state) = rest {
            state.books().for_each(|book| self.count.line(piece, &BookLine { book }));
            self.deleted(piece, &state.deleted().collect::<Vec<_>>());
            self.stage = Stage::Journal;
        }
        Ok(())
    }

    /// Some books of the base, which has one a line, or its end.
    fn books(&mut self, piece: &mut Vec<u8>) -> Result<(), OpenError> {
        let Backup { base, count, .. } = self;
        let mut last = false;
        base.lines(|raw| {
            let (book, is_last) = match raw.bytes.strip_suffix(b"],") {
                Some(book) => (book, true),
                None => (raw.bytes.strip_suffix(b",").unwrap_or(raw.bytes), false),
            };
            let start = piece.len();
            piece.extend_from_slice(b"{\"book\":");
            piece.extend_from_slice(book);
            piece.push(b'}');
            count.seal(piece, start);
            last = is_last;
            Ok(is_last || piece.len() >= PIECE_BYTES)
        })?;
        if last {
            let deleted = base.line(|raw| serde_json::from_slice(&[b"{", raw.bytes].concat()))?;
            let found = "what follows its books cannot be read";
            let DeletedLine { deleted } = deleted.and_then(Result::ok).ok_or_else(|| self.base.damage(None, found))?;
            self.deleted(piece, &deleted);
            self.stage = Stage::Journal;
        }
        Ok(())
    }

    fn deleted(&mut self, piece: &mut Vec<u8>, ids: &[BookId]) {
        for some in ids.chunks(DELETED_A_LINE) {
            self.count.line(piece, &DeletedLine { deleted: some.to_vec() });
        }
    }

    /// Some lines of the journal, as they are.
    fn journal(&mut self, piece: &mut Vec<u8>) -> Result<(), OpenError> {
        let (end, position) = (self.state.revision(), &mut self.position);
        while let Some(source) = self.sources.front_mut() {
            let count = &mut self.count;
            let is_enough = source.lines(|raw| {
                if *position >= end {
                    return Ok(true);
                }
                let outline = line::outline(raw.bytes).map_err(|bad| bad.to_string())?;
                *position = end_behind(*position, &outline).ok_or("it does not follow the line before it")?;
                count.entries += u64::from(matches!(outline, Outline::Entry { .. }));
                count.lines += 1;
                piece.extend_from_slice(raw.bytes);
                piece.push(b'\n');
                Ok(*position >= end || piece.len() >= PIECE_BYTES)
            })?;
            if is_enough {
                return Ok(());
            }
            self.sources.pop_front();
        }
        let found = format!("it ends at revision {position}, and the state is of revision {end}");
        Err(Damage { path: self.base.path.clone(), line: None, found }.into())
    }

    fn close(&mut self, piece: &mut Vec<u8>) {
        let Count { lines, entries, crc } = self.count;
        let mut closing = Vec::new();
        let written = serde_json::to_writer(&mut closing, &Closing::new(lines, entries, &self.state));
        written.expect("numbers are JSON, and memory does not fail");
        closing.pop();
        let crc = crc32c::crc32c_append(crc, &closing);
        piece.extend_from_slice(&closing);
        piece.extend_from_slice(&seal(crc));
        piece.push(b'\n');
    }
}

impl Iterator for Backup {
    type Item = Result<Vec<u8>, OpenError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.stage == Stage::Nothing {
            return None;
        }
        let piece = self.piece();
        if piece.is_err() {
            self.stage = Stage::Nothing;
        }
        Some(piece)
    }
}

impl Count {
    fn line(&mut self, piece: &mut Vec<u8>, value: &impl Serialize) {
        let start = piece.len();
        serde_json::to_writer(&mut *piece, value).expect("lines have only texts as keys, and memory does not fail");
        self.seal(piece, start);
    }

    fn seal(&mut self, piece: &mut Vec<u8>, start: usize) {
        seal_object(piece, start);
        piece.push(b'\n');
        self.lines += 1;
    }
}

impl Source {
    fn open(journal: &FileJournal, path: PathBuf, length: Option<u64>) -> Result<Source, OpenError> {
        let file = journal.directory.open(&path, Access::Read)?;
        let length = length.map_or_else(|| file.length(), Ok).map_err(OpenError::io("read", &path))?;
        Ok(Source { path, file, offset: 0, length })
    }

    /// One line, if there is one more.
    fn line<T>(&mut self, take: impl FnOnce(&RawLine<'_>) -> T) -> Result<Option<T>, OpenError> {
        let mut taken = None;
        let mut take = Some(take);
        self.lines(|raw| {
            taken = take.take().map(|take| take(raw));
            Ok(true)
        })?;
        Ok(taken)
    }

    /// Gives lines until `take` has enough and says `true`, which is given on; `false` at the end.
    fn lines(&mut self, mut take: impl FnMut(&RawLine<'_>) -> Result<bool, String>) -> Result<bool, OpenError> {
        let mut lines = Lines::new(self.file.as_ref(), self.offset, self.length);
        while let Some(raw) = lines.next().map_err(OpenError::io("read", &self.path))? {
            let taken = if raw.is_ended { take(&raw) } else { Err("it has no end".into()) };
            let is_enough = taken.map_err(|found| self.damage(Some(raw.offset), &found))?;
            self.offset = raw.next_offset();
            if is_enough {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The whole state in a snapshot of whatever layout.
    fn state(&self) -> Result<Catalogue, OpenError> {
        match snapshot::read_file(self.file.as_ref()).map_err(OpenError::io("read", &self.path))? {
            Found::Sound(snapshot) => Ok(snapshot.state),
            _ => Err(self.damage(None, "it cannot be read")),
        }
    }

    fn damage(&self, offset: Option<u64>, found: &str) -> OpenError {
        let found = offset.map_or_else(|| found.to_owned(), |offset| format!("at byte {offset}: {found}"));
        Damage { path: self.path.clone(), line: None, found }.into()
    }
}

/// What stands before the books.
#[derive(Deserialize)]
struct FirstLine {
    next_id: BookId,
}

/// The members before the books of a snapshot that has a book a line.
fn first_line(line: &[u8]) -> Option<FirstLine> {
    let members = line.strip_suffix(b",\"books\":[")?;
    serde_json::from_slice(&[members, b"}"].concat()).ok()
}

/// How much is given at once, about.
const PIECE_BYTES: usize = 64 * 1024;
const DELETED_A_LINE: usize = 10_000;
