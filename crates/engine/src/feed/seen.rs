//! What an entry is to who has a filter.

use std::cell::OnceCell;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use catalogue::{Book, BookId, Change, ChangeKind, Field, Filter, OpenBook};

use crate::FeedEntry;

/// The part of an entry that concerns the subscribers with one filter, with room for its wire form so that it is made once
/// for all of them.
#[derive(Debug)]
pub struct Seen {
    changes: Vec<FeedChange>,
    ready: OnceLock<Bytes>,
}

/// What a change is to one subscriber.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedChange {
    /// The kind, as seen through the subscriber's filter.
    pub kind: FeedChangeKind,
    /// Which book.
    pub id: BookId,
    /// The book as it became; absent when deleted or left.
    pub book: Option<Book>,
    /// Which fields changed; for `Updated` only.
    pub changed: Vec<Field>,
}

/// The kinds of change a subscriber can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedChangeKind {
    /// The book is new and matches.
    Created,
    /// It matched before and matches still.
    Updated,
    /// It exists longer but matches only now.
    Entered,
    /// It matched and is gone.
    Deleted,
    /// It matched and does no more.
    Left,
}

impl Seen {
    /// The wire form, made by `make` at the first call.
    pub fn ready(&self, make: impl FnOnce() -> Bytes) -> &Bytes {
        self.ready.get_or_init(make)
    }
}

impl Deref for Seen {
    type Target = [FeedChange];

    fn deref(&self) -> &[FeedChange] {
        &self.changes
    }
}

/// An entry that concerns a subscriber.
#[derive(Clone, Debug)]
pub(crate) struct Concerning {
    pub(crate) entry: Arc<FeedEntry>,
    /// What of it; `None`: all of it, so that its shared form can be sent.
    pub(crate) changes: Option<Arc<Seen>>,
}

impl Concerning {
    /// An entry as who has no filter sees it, `None` if he sees nothing.
    pub(crate) fn whole(entry: &Arc<FeedEntry>) -> Option<Self> {
        entry.is_visible().then(|| Concerning { entry: Arc::clone(entry), changes: None })
    }

    /// About how many bytes are held for those alone whom this concerns.
    pub(crate) fn part_bytes(&self) -> u64 {
        if self.changes.is_some() { self.entry.bytes() } else { 0 }
    }
}

/// An entry that many filters look at: its books are opened once for all, and how they were before is worked out only if
/// one asks.
pub(crate) struct Looked<'a> {
    pub(crate) entry: &'a Arc<FeedEntry>,
    books: OnceCell<Vec<Option<OpenBook>>>,
    before: OnceCell<Vec<Option<OpenBook>>>,
}

impl<'a> Looked<'a> {
    pub(crate) fn new(entry: &'a Arc<FeedEntry>) -> Self {
        Looked { entry, books: OnceCell::new(), before: OnceCell::new() }
    }

    /// What the entry is to who has that filter, `None` if nothing.
    pub(crate) fn through(&self, filter: &Filter) -> Option<Concerning> {
        let (mut seen, mut is_whole) = (Vec::new(), true);
        for (index, change) in self.entry.entry.changes.iter().enumerate().filter(|(_, change)| change.is_visible()) {
            let kind = self.kind(index, change, filter);
            is_whole &= kind == Some(change.kind.into());
            seen.extend(kind.map(|kind| (kind, change)));
        }
        if seen.is_empty() {
            return None;
        }
        let part = || {
            let changes = seen.iter().map(|(kind, change)| FeedChange::new(*kind, change)).collect();
            Arc::new(Seen { changes, ready: OnceLock::new() })
        };
        Some(Concerning { entry: Arc::clone(self.entry), changes: (!is_whole).then(part) })
    }

    /// The kind of a visible change as seen through a filter, `None` if it shows nothing.
    fn kind(&self, index: usize, change: &Change, filter: &Filter) -> Option<FeedChangeKind> {
        let matches = self.book(index).is_some_and(|book| filter.matches_open(book));
        let matched = match change.kind {
            ChangeKind::Created => false,
            ChangeKind::Updated if !filter.looks_at(&change.changed) => matches,
            ChangeKind::Updated | ChangeKind::Deleted => {
                self.before(index).is_some_and(|before| filter.matches_open(before))
            }
        };
        Some(match (matched, matches) {
            (false, false) => return None,
            (false, true) if change.kind == ChangeKind::Created => FeedChangeKind::Created,
            (false, true) => FeedChangeKind::Entered,
            (true, true) => FeedChangeKind::Updated,
            (true, false) if change.kind == ChangeKind::Deleted => FeedChangeKind::Deleted,
            (true, false) => FeedChangeKind::Left,
        })
    }

    /// The book of a change as it became.
    fn book(&self, index: usize) -> Option<&OpenBook> {
        let open = |change: &Change| change.book.clone().map(OpenBook::new);
        self.books.get_or_init(|| self.entry.entry.changes.iter().map(open).collect()).get(index)?.as_ref()
    }

    /// The book of a change as it was before.
    fn before(&self, index: usize) -> Option<&OpenBook> {
        let open = |change: &Change| change.book_before().map(OpenBook::new);
        self.before.get_or_init(|| self.entry.entry.changes.iter().map(open).collect()).get(index)?.as_ref()
    }
}

impl FeedChange {
    fn new(kind: FeedChangeKind, change: &Change) -> Self {
        let has_left = kind == FeedChangeKind::Left;
        let book = change.book.clone().filter(|_| !has_left);
        let changed = if kind == FeedChangeKind::Updated { change.changed.clone() } else { Vec::new() };
        FeedChange { kind, id: change.id, book, changed }
    }
}

impl From<ChangeKind> for FeedChangeKind {
    /// As seen by who sees everything.
    fn from(kind: ChangeKind) -> Self {
        match kind {
            ChangeKind::Created => FeedChangeKind::Created,
            ChangeKind::Updated => FeedChangeKind::Updated,
            ChangeKind::Deleted => FeedChangeKind::Deleted,
        }
    }
}
