//! A `books.json` of the original student project becomes a store: its books are the state at revision 1.
//!
//! Here is the pure part, from the file's bytes to the state and what is to be said about it; [`steps`] has the disk.

mod book;
mod members;
mod original;
mod remark;
mod steps;

use std::collections::BTreeSet;

use catalogue::{BOOK_BYTES_MAX, Book, BookId, Catalogue, Field, FieldError, Revision, Timestamp};

use book::TakenBook;
use original::{Members, ShapeError};
use remark::{Fate, Remark};

pub(super) use remark::shown;
pub(crate) use steps::{preview, take_over};

/// The revision of what is taken over.
const FIRST: Revision = Revision(1);

/// The state that a file of the original's making stands for.
pub(crate) struct Taken {
    /// Every book of the file, at revision 1.
    pub(crate) catalogue: Catalogue,
    /// A sentence for each value that is not as the rules would have it, in the order of the file.
    pub(crate) remarks: Vec<String>,
}

/// Why a file is not taken over. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    /// It is no file of the original's making.
    #[error("it is no list of books as [\u{2026}] or {{\"books\": [\u{2026}]}}: {0}")]
    Shape(String),
    /// It is a file of ours.
    #[error("it is a snapshot of ours")]
    Ours,
    /// A book is too large for a store.
    #[error(
        "book {id} (\"{title}\"), number {position} in the file, is {bytes} bytes of JSON, at most {BOOK_BYTES_MAX} are \
         allowed: shorten it there"
    )]
    TooLarge {
        /// Where it stands among the books, from 1.
        position: usize,
        /// Its id as it is written or would become.
        id: String,
        /// Its title as it is written.
        title: String,
        /// Its size.
        bytes: usize,
    },
}

/// The state at revision 1 that `bytes` stand for; every book is of the time `at`.
pub(crate) fn read(bytes: &[u8], at: Timestamp) -> Result<Taken, NotTaken> {
    let mut books = Vec::new();
    let mut too_large = None;
    let beside = original::read(bytes, |members| match check_size(&members, books.len() + 1) {
        Ok(()) => books.push(book::take(&members)),
        Err(error) => drop(too_large.get_or_insert(error)),
    })?;
    if beside.ours {
        return Err(NotTaken::Ours);
    }
    if let Some(error) = too_large {
        return Err(error);
    }
    let mut remarks: Vec<String> = beside.unknown.iter().map(|name| stays_behind(name)).collect();
    let books = numbered(books, at, &mut remarks)?;
    Ok(Taken { catalogue: Catalogue::restore(FIRST, BookId::FIRST, books, []), remarks })
}

/// JSON can write a character with six bytes where one would do, not with more.
const WRITTEN_BYTES_MAX: usize = 8 * BOOK_BYTES_MAX;

/// Stops a book that is too large however it is read before any work is spent on it.
fn check_size(members: &Members<'_>, position: usize) -> Result<(), NotTaken> {
    let bytes = members.bytes();
    if bytes <= WRITTEN_BYTES_MAX {
        return Ok(());
    }
    let written = |name| members.last(name).map_or_else(|| "none".into(), |raw| shown(raw.get().trim_matches('"')));
    Err(NotTaken::TooLarge { position, id: written("id"), title: written("title"), bytes })
}

fn stays_behind(name: &str) -> String {
    format!(
        "the member \"{}\" beside the books is no part of a catalogue; it stays in books.json.original",
        shown(name)
    )
}

/// Gives every book an id of its own: the one it has, else the next above the largest.
fn numbered(books: Vec<TakenBook>, at: Timestamp, remarks: &mut Vec<String>) -> Result<Vec<Book>, NotTaken> {
    let mut largest = books.iter().filter_map(|book| book.id).max().unwrap_or(BookId(0));
    let mut used = BTreeSet::new();
    let mut numbered = Vec::with_capacity(books.len());
    for (position, book) in (1..).zip(books) {
        let TakenBook { id: wanted, details, remarks: mut found } = book;
        let id = wanted.filter(|id| used.insert(*id)).unwrap_or_else(|| {
            largest = largest.next();
            found.insert(0, renumbered(wanted, largest));
            largest
        });
        remarks.extend(found.iter().map(|remark| remark.about(id, &details.title)));
        let book = Book::new(id, &details, FIRST, at);
        fits(&book, position)?;
        numbered.push(book);
    }
    Ok(numbered)
}

fn renumbered(wanted: Option<BookId>, now: BookId) -> Remark {
    let message = match wanted {
        Some(id) => format!("{id} belongs to an earlier book of the file"),
        None => "is missing or no valid one".into(),
    };
    Remark::new(FieldError::new("id", message), Fate::Renumbered(now))
}

fn fits(book: &Book, position: usize) -> Result<(), NotTaken> {
    let bytes = book.json().len();
    if bytes <= BOOK_BYTES_MAX {
        return Ok(());
    }
    Err(NotTaken::TooLarge { position, id: book.id().to_string(), title: shown(&book.text(Field::Title)), bytes })
}

impl From<ShapeError> for NotTaken {
    fn from(error: ShapeError) -> Self {
        NotTaken::Shape(error.to_string())
    }
}

#[cfg(test)]
mod tests;
