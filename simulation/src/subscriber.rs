//! A client that follows the books: it keeps what it was told, and compares that with what it must know.

use std::sync::Arc;

use catalogue::{Change, ChangeKind, Filter, Revision};
use engine::{Event, FeedChangeKind, Position, Start, Subscription};
use serde_json::json;

use crate::model::{Book, Books, Model};

/// Which books a subscriber asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    All,
    InStock,
    OnShelf(char),
}

/// A subscriber, connected or not.
pub(crate) struct Subscriber {
    pub(crate) wanted: Wanted,
    /// `None` while it is not connected.
    pub(crate) subscription: Option<Subscription>,
    /// The last revision from which it can resume; `None` before the first.
    pub(crate) position: Option<u64>,
    known: Books,
    phase: Phase,
    /// Whether a reset may come: for who is too far behind, or where the journal cannot be read.
    pub(crate) may_be_reset: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// It asked for what is new from now on.
    Greeting,
    /// The snapshot is to come or coming.
    Snapshot(Option<u64>),
    /// It was told that what it knows is void: then a snapshot comes.
    MustBeReset,
    Following,
}

/// What an event was, for the tally.
pub(crate) type Told = &'static str;

impl Wanted {
    pub(crate) fn filter(self) -> Filter {
        let members = match self {
            Wanted::All => json!({}),
            Wanted::InStock => json!({"stock": {"from": 1}}),
            Wanted::OnShelf(shelf) => json!({"shelf": shelf}),
        };
        Filter::parse(members.as_object().expect("it is one")).expect("the filter is right")
    }

    fn has(self, book: &Book) -> bool {
        match self {
            Wanted::All => true,
            Wanted::InStock => book.stock.is_some_and(|stock| stock >= 1),
            Wanted::OnShelf(shelf) => book.shelf == Some(shelf),
        }
    }

    fn of(self, books: &Books) -> Books {
        books.iter().filter(|(_, book)| self.has(book)).map(|(id, book)| (*id, Arc::clone(book))).collect()
    }
}

impl Subscriber {
    pub(crate) fn new(wanted: Wanted) -> Self {
        Subscriber {
            wanted,
            subscription: None,
            position: None,
            known: Books::new(),
            phase: Phase::Greeting,
            may_be_reset: false,
        }
    }

    /// How to begin: from the position where there is one.
    pub(crate) fn start(&self, snapshot: bool) -> Start {
        let since = self.position.map(|revision| Position { revision: Revision(revision), store: None });
        Start { since, snapshot }
    }

    /// The subscription begins; `is_resumed` where its position can be, and `snapshot` where books are sent first.
    pub(crate) fn begin(&mut self, subscription: Subscription, is_resumed: bool, snapshot: bool) {
        self.subscription = Some(subscription);
        self.phase = match (self.position, snapshot) {
            (Some(_), _) if is_resumed => Phase::Following,
            (Some(_), _) => Phase::MustBeReset,
            (None, true) => Phase::Snapshot(None),
            (None, false) => Phase::Greeting,
        };
    }

    /// The connection is gone. A snapshot cut off is worth nothing.
    pub(crate) fn disconnect(&mut self) {
        self.subscription = None;
        if matches!(self.phase, Phase::Snapshot(_)) {
            self.position = None;
        }
    }

    pub(crate) fn forget(&mut self) {
        self.disconnect();
        self.position = None;
    }

    /// Takes in an event, or says what is wrong with it.
    pub(crate) fn hear(&mut self, event: &Event, model: &Model) -> Result<Told, String> {
        match event {
            Event::Books { revision, books } => self.books(revision.0, books, model),
            Event::Current { revision } => self.current(revision.0, model),
            Event::Change { entry, changes } => {
                let revision = entry.entry.revision.0;
                self.before_change(revision, model)?;
                match changes {
                    None => entry.entry.changes.iter().try_for_each(|change| self.whole_change(change))?,
                    Some(changes) => changes.iter().try_for_each(|change| self.change(change))?,
                }
                self.position = Some(revision);
                self.must_know(revision, model)?;
                Ok("told a change")
            }
            Event::Reset { revision } => {
                if self.phase != Phase::MustBeReset && !self.may_be_reset {
                    return Err(format!("reset @{revision} to one who could have read on"));
                }
                self.phase = Phase::Snapshot(Some(revision.0));
                self.known.clear();
                Ok("told a reset")
            }
        }
    }

    /// Checks that nothing is missing once all up to `head` was told.
    pub(crate) fn is_up_to_date(&self, head: u64, model: &Model) -> Result<(), String> {
        if self.phase == Phase::Following { self.must_know(head, model) } else { Ok(()) }
    }

    fn books(&mut self, revision: u64, books: &[catalogue::Book], model: &Model) -> Result<Told, String> {
        match self.phase {
            Phase::Snapshot(None) => {
                self.known.clear();
                self.phase = Phase::Snapshot(Some(revision));
            }
            Phase::Snapshot(Some(of)) if of == revision => {}
            phase => return Err(format!("books @{revision} while {phase:?}")),
        }
        for book in books {
            if self.known.last_key_value().is_some_and(|(last, _)| *last >= book.id().0) {
                return Err(format!("book {} comes twice or out of order in the snapshot @{revision}", book.id()));
            }
            self.known.insert(book.id().0, Arc::new(Book::of(book)));
        }
        model.at(revision).ok_or_else(|| format!("a snapshot of revision {revision}, which is not"))?;
        Ok("told books")
    }

    fn current(&mut self, revision: u64, model: &Model) -> Result<Told, String> {
        match self.phase {
            Phase::Greeting => {
                let step = model.at(revision).ok_or_else(|| format!("current @{revision}, which is not"))?;
                self.known = self.wanted.of(&step.books);
            }
            Phase::Snapshot(Some(of)) if of == revision => {}
            Phase::Following => {}
            phase => return Err(format!("current @{revision} while {phase:?}")),
        }
        if self.position.is_some_and(|position| position > revision) {
            return Err(format!("current @{revision} to one who was at {:?}", self.position));
        }
        self.phase = Phase::Following;
        self.position = Some(revision);
        self.must_know(revision, model)?;
        Ok("told current")
    }

    /// All that came before a change was told, and the change is new.
    fn before_change(&self, revision: u64, model: &Model) -> Result<(), String> {
        if self.phase != Phase::Following {
            return Err(format!("a change @{revision} while {:?}", self.phase));
        }
        if self.position.is_some_and(|position| position >= revision) {
            return Err(format!("a change @{revision} to one who was at {:?}", self.position));
        }
        self.must_know(revision - 1, model)
    }

    fn must_know(&self, revision: u64, model: &Model) -> Result<(), String> {
        let step = model.at(revision).ok_or_else(|| format!("it was told of revision {revision}, which is not"))?;
        let must = self.wanted.of(&step.books);
        if self.known == must {
            return Ok(());
        }
        Err(format!("{:?} @{revision} knows {:?}, and must know {must:?}", self.wanted, self.known))
    }

    fn whole_change(&mut self, change: &Change) -> Result<(), String> {
        if !change.is_visible() {
            return Ok(());
        }
        let is_known = self.known.contains_key(&change.id.0);
        if is_known != (change.kind != ChangeKind::Created) && change.kind != ChangeKind::Deleted {
            return Err(format!("{:?} of book {}, known: {is_known}", change.kind, change.id));
        }
        self.put(change.id.0, change.book.as_ref());
        Ok(())
    }

    fn change(&mut self, change: &engine::FeedChange) -> Result<(), String> {
        use FeedChangeKind::{Created, Deleted, Entered, Left, Updated};
        let is_known = self.known.contains_key(&change.id.0);
        let must_be_known = match change.kind {
            Created | Entered => false,
            Updated | Deleted | Left => true,
        };
        let must_have_book = matches!(change.kind, Created | Entered | Updated);
        if is_known != must_be_known || change.book.is_some() != must_have_book {
            return Err(format!("{:?} of book {}, known: {is_known}", change.kind, change.id));
        }
        self.put(change.id.0, change.book.as_ref());
        Ok(())
    }

    fn put(&mut self, id: u64, book: Option<&catalogue::Book>) {
        match book {
            Some(book) => drop(self.known.insert(id, Arc::new(Book::of(book)))),
            None => drop(self.known.remove(&id)),
        }
    }
}
