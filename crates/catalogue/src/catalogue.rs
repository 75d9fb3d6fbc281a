//! The state of a store at a revision, and the two steps by which it changes.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use crate::{Answer, Book, BookId, Command, Entry, Refused, Revision, Rules};

/// Every book at one revision. A clone shares all its books and costs a few words.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalogue {
    revision: Revision,
    next_id: BookId,
    books: OrdMap<BookId, Arc<Book>>,
    deleted: OrdSet<BookId>,
}

/// A command decided on: nothing is left to choose.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// What to write down; `None` where nothing changed and no request id asks to be remembered.
    pub entry: Option<Entry>,
    /// What to answer.
    pub answer: Answer,
}

impl Default for Catalogue {
    fn default() -> Self {
        Catalogue { revision: Revision::ZERO, next_id: BookId::FIRST, books: OrdMap::new(), deleted: OrdSet::new() }
    }
}

impl Catalogue {
    /// A state read back from a file. `next_id` is raised above every id in use or deleted, if it is not.
    pub fn restore(
        revision: Revision,
        next_id: BookId,
        books: impl IntoIterator<Item = Book>,
        deleted: impl IntoIterator<Item = BookId>,
    ) -> Self {
        let books: OrdMap<BookId, Arc<Book>> = books.into_iter().map(|book| (book.id, Arc::new(book))).collect();
        let deleted: OrdSet<BookId> = deleted.into_iter().collect();
        let largest = books.get_max().map(|(id, _)| *id).max(deleted.get_max().copied());
        let next_id = next_id.max(largest.map_or(BookId::FIRST, BookId::next));
        Catalogue { revision, next_id, books, deleted }
    }

    /// The number of the last entry applied.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The id the next book gets if the client gives none.
    pub fn next_id(&self) -> BookId {
        self.next_id
    }

    /// How many books there are.
    pub fn len(&self) -> usize {
        self.books.len()
    }

    /// Whether there is no book.
    pub fn is_empty(&self) -> bool {
        self.books.is_empty()
    }

    /// The book with that id.
    pub fn get(&self, id: BookId) -> Option<&Arc<Book>> {
        self.books.get(&id)
    }

    /// Whether a book with that id was deleted.
    pub fn was_deleted(&self, id: BookId) -> bool {
        self.deleted.contains(&id)
    }

    /// Every book by id.
    pub fn books(&self) -> impl Iterator<Item = &Arc<Book>> {
        self.books.values()
    }

    /// The books behind `id`, by id; with `None` from the first.
    pub fn books_after(&self, id: Option<BookId>) -> impl Iterator<Item = &Arc<Book>> {
        let from = id.map_or(BookId(0), BookId::next);
        self.books.range(from..).map(|(_, book)| book)
    }

    /// Every deleted id in ascending order.
    pub fn deleted(&self) -> impl Iterator<Item = BookId> + '_ {
        self.deleted.iter().copied()
    }

    /// Decides on `command` and changes nothing: the same state and command give the same result, always.
    ///
    /// The entry, where there is one, has the revision after this state's.
    pub fn prepare(&self, command: &Command, rules: &Rules) -> Result<Prepared, Refused> {
        let _ = (command, rules);
        todo!()
    }

    /// Carries out what an entry says. Obeys and cannot refuse.
    pub fn apply(&mut self, entry: &Entry) {
        let _ = entry;
        todo!()
    }
}
