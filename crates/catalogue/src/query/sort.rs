//! Orders of books.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::key::Key;
use crate::{Book, BookId, Field, FieldError};

/// An order of books: one field up or down, ties by id.
///
/// Text is compared folded and by its first 1,000 characters, prices by currency and then amount, numbers as numbers.
/// Unset comes last either way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sort {
    by: SortBy,
    direction: Direction,
}

/// What an order looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum SortBy {
    Id,
    Field(Field),
    Revision,
    UpdatedAt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Direction {
    Up,
    Down,
}

impl Default for Sort {
    /// By id, upwards.
    fn default() -> Self {
        Sort { by: SortBy::Id, direction: Direction::Up }
    }
}

impl FromStr for Sort {
    type Err = FieldError;

    /// Reads `title` or `-year`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, direction) = match text.strip_prefix('-') {
            Some(name) => (name, Direction::Down),
            None => (text, Direction::Up),
        };
        let by = match (name, Field::from_name(name)) {
            ("id", _) => SortBy::Id,
            ("revision", _) => SortBy::Revision,
            ("updated_at", _) => SortBy::UpdatedAt,
            (_, Some(Field::Subjects | Field::Extra)) => return Err(wrong(text, "has several values")),
            (_, Some(field)) => SortBy::Field(field),
            (_, None) => return Err(wrong(text, "is no field")),
        };
        Ok(Sort { by, direction })
    }
}

fn wrong(text: &str, what: &str) -> FieldError {
    FieldError::new("sort", format!("{text:?} {what}: name one such as \"title\" or \"-year\""))
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.direction {
            Direction::Up => "",
            Direction::Down => "-",
        };
        let name = match self.by {
            SortBy::Id => "id",
            SortBy::Field(field) => field.name(),
            SortBy::Revision => "revision",
            SortBy::UpdatedAt => "updated_at",
        };
        write!(f, "{sign}{name}")
    }
}

/// A book with its place in an order.
pub(super) struct Ranked<'a> {
    pub(super) rank: Rank<'a>,
    pub(super) book: &'a Book,
}

/// A place in an order; those of one order compare with each other.
pub(super) struct Rank<'a> {
    direction: Direction,
    key: Key<'a>,
    id: BookId,
}

impl Sort {
    /// `-id`: what came last stands first.
    pub(super) const NEWEST_FIRST: Sort = Sort { by: SortBy::Id, direction: Direction::Down };

    pub(super) fn by(&self) -> SortBy {
        self.by
    }

    pub(super) fn direction(&self) -> Direction {
        self.direction
    }

    pub(super) fn rank<'a>(&self, book: &'a Book) -> Ranked<'a> {
        Ranked { rank: self.rank_of(self.key(book), book.id()), book }
    }

    pub(super) fn rank_of<'a>(&self, key: Key<'a>, id: BookId) -> Rank<'a> {
        Rank { direction: self.direction, key, id }
    }

    pub(super) fn key<'a>(&self, book: &'a Book) -> Key<'a> {
        self.by.key(book)
    }
}

impl SortBy {
    pub(super) fn key(self, book: &Book) -> Key<'_> {
        match self {
            SortBy::Id => Key::Number(book.id().0 as i64),
            SortBy::Field(field) => Key::of(book, field),
            SortBy::Revision => Key::Number(book.revision().0 as i64),
            SortBy::UpdatedAt => Key::Number(book.updated_at().0),
        }
    }
}

impl Ord for Rank<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_key = match (&self.key, &other.key) {
            // Unset comes last either way.
            (Key::Unset, _) | (_, Key::Unset) => self.key.cmp(&other.key),
            (one, other) => match self.direction {
                Direction::Up => one.cmp(other),
                Direction::Down => other.cmp(one),
            },
        };
        by_key.then(self.id.cmp(&other.id))
    }
}

impl PartialEq for Rank<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Rank<'_> {}

impl PartialOrd for Rank<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
