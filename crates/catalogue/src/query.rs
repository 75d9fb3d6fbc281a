//! What a query finds: filters, sorting, pages.

mod cursor;
mod filter;
mod key;
mod sort;

pub use self::cursor::Cursor;
pub use self::filter::Filter;
pub use self::sort::Sort;

use self::sort::Ranked;
use crate::{Book, BookId, Catalogue, FieldError, Revision};

/// A question for a page of books.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Which books.
    pub filter: Filter,
    /// In which order; `None` is by id.
    pub sort: Option<Sort>,
    /// Behind which book the page begins.
    pub cursor: Option<Cursor>,
    /// The most books on the page.
    pub limit: usize,
    /// The most bytes of JSON the books may have together; at least one book is always given.
    pub bytes_max: usize,
}

/// One page of an answer.
#[derive(Clone, Debug)]
pub struct Page {
    /// The revision this was read at.
    pub revision: Revision,
    /// The books of this page.
    pub books: Vec<Book>,
    /// How many books match in all.
    pub total: usize,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Cursor>,
}

impl Catalogue {
    /// The page that `query` asks for; a cursor of another sort is a field error.
    ///
    /// Takes one pass over the books and memory for two pages; a page of everything by id, or the
    /// newest of everything, takes only that page's time.
    pub fn list(&self, query: &ListQuery) -> Result<Page, FieldError> {
        let sort = query.sort.clone().unwrap_or_default();
        if query.cursor.as_ref().is_some_and(|cursor| *cursor.sort() != sort) {
            return Err(FieldError::new("cursor", "belongs to another sort: begin at the first page"));
        }
        let found = match query.cursor.as_ref() {
            cursor if sort == Sort::default() => self.find_by_id(query, cursor.map(Cursor::id)),
            None if sort == Sort::NEWEST_FIRST && query.filter.is_empty() => self.find_newest(query.limit),
            cursor => self.find_sorted(query, &sort, cursor),
        };
        let mut books = found.books;
        books.truncate(fitting(&books, query.bytes_max));
        let last = books.last().filter(|_| books.len() < found.behind);
        let next = last.map(|book| Cursor::behind(&sort, book));
        Ok(Page { revision: self.revision(), books, total: found.total, next })
    }

    fn find_by_id(&self, query: &ListQuery, after: Option<BookId>) -> Found {
        if query.filter.is_empty() {
            let mut books: Vec<_> = self.books_after(after).take(query.limit.saturating_add(1)).cloned().collect();
            let behind = books.len();
            books.truncate(query.limit);
            return Found { books, behind, total: self.len() };
        }
        let mut found = Found::default();
        for book in self.books().filter(|book| query.filter.matches(book)) {
            found.total += 1;
            if after.is_none_or(|after| after < book.id()) {
                found.behind += 1;
                if found.books.len() < query.limit {
                    found.books.push(book.clone());
                }
            }
        }
        found
    }

    fn find_newest(&self, limit: usize) -> Found {
        let books = self.books().rev().take(limit).cloned().collect();
        Found { books, behind: self.len(), total: self.len() }
    }

    fn find_sorted(&self, query: &ListQuery, sort: &Sort, cursor: Option<&Cursor>) -> Found {
        let mut found = Found::default();
        let after = cursor.map(Cursor::rank);
        let mut first = First::new(query.limit);
        for book in self.books().filter(|book| query.filter.matches(book)) {
            found.total += 1;
            let ranked = sort.rank(book);
            if after.as_ref().is_none_or(|after| *after < ranked.rank) {
                found.behind += 1;
                first.offer(ranked);
            }
        }
        found.books = first.into_sorted().into_iter().map(|ranked| ranked.book.clone()).collect();
        found
    }
}

/// The first books behind the cursor, how many there are behind it (or at least that there are more), and in all.
#[derive(Default)]
struct Found {
    books: Vec<Book>,
    behind: usize,
    total: usize,
}

/// How many of `books` fit into `bytes_max` bytes of JSON with a comma between them; at least one.
fn fitting(books: &[Book], bytes_max: usize) -> usize {
    let mut bytes = 0;
    let fitting = books.iter().take_while(|book| {
        bytes += book.json().len() + 1;
        bytes <= bytes_max
    });
    fitting.count().max(1)
}

/// The smallest of what it is offered, in memory for twice as many: sorting everything for one page would cost more.
struct First<'a> {
    limit: usize,
    kept: Vec<Ranked<'a>>,
    /// Once `limit` are known: what comes behind this need not be kept.
    is_bounded: bool,
}

impl<'a> First<'a> {
    fn new(limit: usize) -> Self {
        First { limit, kept: Vec::new(), is_bounded: false }
    }

    fn offer(&mut self, ranked: Ranked<'a>) {
        // After a cut the last one kept at `limit - 1` is the largest of the smallest.
        if self.limit == 0 || (self.is_bounded && self.kept[self.limit - 1].rank < ranked.rank) {
            return;
        }
        self.kept.push(ranked);
        if self.kept.len() > self.limit.saturating_mul(2).max(64) {
            self.kept.select_nth_unstable_by(self.limit - 1, |a, b| a.rank.cmp(&b.rank));
            self.kept.truncate(self.limit);
            self.is_bounded = true;
        }
    }

    fn into_sorted(mut self) -> Vec<Ranked<'a>> {
        self.kept.sort_unstable_by(|a, b| a.rank.cmp(&b.rank));
        self.kept.truncate(self.limit);
        self.kept
    }
}
