//! What a query finds: filters, sorting, pages.

mod bits;
mod cursor;
mod filter;
mod first;
mod index;
mod key;
mod scan;
mod sort;

pub use self::cursor::Cursor;
pub use self::filter::Filter;
pub use self::index::Indexed;
pub use self::sort::Sort;

use self::first::Found;
use crate::{Book, FieldError, Revision};

/// A question for a page of books.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Which books.
    pub filter: Filter,
    /// In which order; `None` is by id.
    pub sort: Option<Sort>,
    /// Behind which book the page begins.
    pub cursor: Option<Cursor>,
    /// How many books are left out before the page begins: pages that are numbered are counted so.
    pub skip: usize,
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

impl ListQuery {
    /// Whether the first books there are answer it, without a look at others.
    pub fn is_first_by_id(&self) -> bool {
        self.filter.is_empty() && self.sort.as_ref().is_none_or(|sort| *sort == Sort::default())
    }

    /// The order asked for, to which a cursor must belong.
    fn order(&self) -> Result<Sort, FieldError> {
        let sort = self.sort.clone().unwrap_or_default();
        match &self.cursor {
            Some(cursor) if *cursor.sort() != sort => {
                Err(FieldError::new("cursor", "belongs to another sort: begin at the first page"))
            }
            _ => Ok(sort),
        }
    }
}

impl Page {
    fn of(found: Found, revision: Revision, sort: &Sort, query: &ListQuery) -> Page {
        let mut books = found.books;
        books.truncate(fitting(&books, query.bytes_max));
        let last = books.last().filter(|_| books.len() < found.behind);
        let next = last.map(|book| Cursor::behind(sort, book));
        Page { revision, books, total: found.total, next }
    }
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
