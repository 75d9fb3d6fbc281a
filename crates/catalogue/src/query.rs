//! What a query finds: filters, sorting, pages.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::{Book, Catalogue, FieldError, Revision};

/// A condition on books; fields are and-ed. The empty filter matches every book.
///
/// Equal filters are equal values whatever the order they were written in, so that they can be matched once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {}

impl Filter {
    /// Reads `{"author": "…", "year": {"from": 1990, "to": 1999}, "language": ["id", "en"], "isbn": null}`; numbers may
    /// be strings of digits (HTTP queries have nothing else).
    pub fn parse(members: &Map<String, Value>) -> Result<Filter, Vec<FieldError>> {
        let _ = members;
        todo!()
    }

    /// Whether every book matches.
    pub fn is_empty(&self) -> bool {
        todo!()
    }

    /// Whether `book` matches.
    pub fn matches(&self, book: &Book) -> bool {
        let _ = book;
        todo!()
    }
}

/// An order of books: one field up or down, ties by id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sort {}

impl std::str::FromStr for Sort {
    type Err = FieldError;

    /// Reads `title` or `-year`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let _ = text;
        todo!()
    }
}

/// Where the next page begins. Opaque to clients; bound to the sort it was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {}

impl std::str::FromStr for Cursor {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let _ = text;
        todo!()
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let _ = f;
        todo!()
    }
}

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
    pub books: Vec<Arc<Book>>,
    /// How many books match in all.
    pub total: usize,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Cursor>,
}

impl Catalogue {
    /// The page that `query` asks for; a cursor of another sort is a field error.
    pub fn list(&self, query: &ListQuery) -> Result<Page, FieldError> {
        let _ = query;
        todo!()
    }
}
