//! The state of a store at a revision, and the two steps by which it changes.

mod prepare;

use crate::tree::{Set, Tree};
use crate::{Answer, Book, BookId, Change, ChangeKind, Entry, Revision};

/// Every book at one revision. A clone shares all its books and costs a few words.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalogue {
    revision: Revision,
    next_id: BookId,
    books: Tree<Book>,
    deleted: Set,
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
        Catalogue { revision: Revision::ZERO, next_id: BookId::FIRST, books: Tree::new(), deleted: Set::default() }
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
        let books: Tree<Book> = books.into_iter().map(|book| (book.id(), book)).collect();
        let deleted: Set = deleted.into_iter().collect();
        let largest = books.last().max(deleted.last());
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
    pub fn get(&self, id: BookId) -> Option<&Book> {
        self.books.get(id)
    }

    /// The books with those ids, looked for together: what is in no cache of the processor's is waited for once and not for each.
    pub fn get_each<const N: usize>(&self, ids: &[BookId; N]) -> [Option<&Book>; N] {
        self.books.get_each(ids)
    }

    /// Whether a book with that id was deleted.
    pub fn was_deleted(&self, id: BookId) -> bool {
        self.deleted.contains(id)
    }

    /// Every book by id.
    pub fn books(&self) -> impl DoubleEndedIterator<Item = &Book> {
        self.books.iter().map(|(_, book)| book)
    }

    /// The id of every book, ascending.
    pub(crate) fn ids(&self) -> impl Iterator<Item = BookId> + '_ {
        self.books.iter().map(|(id, _)| id)
    }

    /// The books behind `id`, by id; with `None` from the first.
    pub fn books_after(&self, id: Option<BookId>) -> impl Iterator<Item = &Book> {
        self.books.behind(id).map(|(_, book)| book)
    }

    /// Every deleted id in ascending order.
    pub fn deleted(&self) -> impl Iterator<Item = BookId> + '_ {
        self.deleted.iter()
    }

    /// The books in which this state differs from `base`, by id, each as it was and as it is. What both share is passed
    /// over, so that this costs in proportion to what changed where one state came of the other.
    pub fn changed_since<'a>(
        &'a self,
        base: &'a Catalogue,
    ) -> impl Iterator<Item = (BookId, Option<&'a Book>, Option<&'a Book>)> {
        self.books.changed_since(&base.books)
    }

    /// Carries out what an entry says. Obeys and cannot refuse.
    pub fn apply(&mut self, entry: &Entry) {
        self.revision = entry.revision;
        entry.changes.iter().for_each(|change| self.carry_out(change));
    }

    fn carry_out(&mut self, change: &Change) {
        self.next_id = self.next_id.max(change.id.next());
        match (&change.book, change.kind) {
            (_, ChangeKind::Deleted) => {
                self.books.remove(change.id);
                self.deleted.insert(change.id);
            }
            (Some(book), ChangeKind::Created | ChangeKind::Updated) => {
                self.books.insert(change.id, book.clone());
                // A revert brings a deleted book back.
                self.deleted.remove(change.id);
            }
            // No entry of ours says so; what it does not name it cannot change.
            (None, ChangeKind::Created | ChangeKind::Updated) => {}
        }
    }
}
