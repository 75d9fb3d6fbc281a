//! Finding a page by looking at every book.

use super::first::{First, Found};
use super::{ListQuery, Page};
use crate::{BookId, Catalogue, Cursor, FieldError, Sort};

impl Catalogue {
    /// The page that `query` asks for; a cursor of another sort is a field error.
    ///
    /// Takes one pass over the books and memory for two pages; a page of everything by id, or the
    /// newest of everything, takes only that page's time. [`Indexed`](crate::Indexed) answers the same sooner.
    pub fn list(&self, query: &ListQuery) -> Result<Page, FieldError> {
        let sort = query.order()?;
        let found = match query.cursor.as_ref() {
            cursor if sort == Sort::default() => self.find_by_id(query, cursor.map(Cursor::id)),
            None if sort == Sort::NEWEST_FIRST && query.filter.is_empty() => self.find_newest(query),
            cursor => self.find_sorted(query, &sort, cursor),
        };
        Ok(Page::of(found, self.revision(), &sort, query))
    }

    fn find_by_id(&self, query: &ListQuery, after: Option<BookId>) -> Found {
        if query.filter.is_empty() {
            let behind = self.books_after(after).skip(query.skip);
            let mut books: Vec<_> = behind.take(query.limit.saturating_add(1)).cloned().collect();
            let behind = books.len();
            books.truncate(query.limit);
            return Found { books, behind, total: self.len() };
        }
        let mut found = Found::default();
        let mut skipped = 0;
        for book in self.books().filter(|book| query.filter.matches(book)) {
            found.total += 1;
            if after.is_some_and(|after| book.id() <= after) {
                continue;
            }
            if skipped < query.skip {
                skipped += 1;
                continue;
            }
            found.behind += 1;
            if found.books.len() < query.limit {
                found.books.push(book.clone());
            }
        }
        found
    }

    fn find_newest(&self, query: &ListQuery) -> Found {
        let books = self.books().rev().skip(query.skip).take(query.limit).cloned().collect();
        Found { books, behind: self.len().saturating_sub(query.skip), total: self.len() }
    }

    fn find_sorted(&self, query: &ListQuery, sort: &Sort, cursor: Option<&Cursor>) -> Found {
        let mut total = 0;
        let mut first = First::new(query.skip, query.limit, cursor.map(Cursor::rank));
        for book in self.books().filter(|book| query.filter.matches(book)) {
            total += 1;
            first.offer(sort.rank(book));
        }
        first.into_found(total)
    }
}
