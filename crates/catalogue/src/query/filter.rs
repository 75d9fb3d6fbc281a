//! Conditions on books.

mod condition;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub(super) use self::condition::{Condition, Wanted};
use crate::book::Legible;
use crate::fold::folds_to;
use crate::refusal::without_errors;
use crate::{Book, Details, Field, FieldError, OpenBook};

/// A condition on books; fields are and-ed. The empty filter matches every book.
///
/// Equal filters are equal values whatever the order they were written in, so that they can be matched once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    conditions: BTreeMap<Place, Condition>,
}

/// What a condition looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Place {
    Id,
    Field(Field),
}

impl Filter {
    /// Reads `{"author": "…", "year": {"from": 1990, "to": 1999}, "language": ["id", "en"], "isbn": null}`; numbers may
    /// be strings of digits (HTTP queries have nothing else).
    ///
    /// A list means any of (at most 1,000), null means not set. Beside the fields of [`fields`](Self::fields) `id` can be
    /// named, so that somebody can follow some books only.
    pub fn parse(members: &Map<String, Value>) -> Result<Filter, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut conditions = BTreeMap::new();
        for (name, value) in members {
            match place(name) {
                Ok(place) => drop(conditions.insert(place, Condition::read(place, name, value, &mut errors))),
                Err(message) => errors.push(FieldError::new(name, message)),
            }
        }
        without_errors(Filter { conditions }, errors)
    }

    /// The fields a filter can name.
    pub fn fields() -> impl Iterator<Item = Field> {
        Field::ALL.into_iter().filter(|field| !matches!(field, Field::Price | Field::Extra))
    }

    /// Whether every book matches.
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// What must hold of a book, each of one field.
    pub(super) fn conditions(&self) -> impl Iterator<Item = (Place, &Condition)> {
        self.conditions.iter().map(|(place, condition)| (*place, condition))
    }

    /// Whether one of these fields can decide whether a book matches.
    pub fn looks_at(&self, fields: &[Field]) -> bool {
        fields.iter().any(|field| self.conditions.contains_key(&Place::Field(*field)))
    }

    /// Whether `book` matches.
    pub fn matches(&self, book: &Book) -> bool {
        self.conditions.iter().all(|(place, condition)| place.matches(condition, book))
    }

    /// The same for a book at which many filters look.
    pub fn matches_open(&self, book: &OpenBook) -> bool {
        self.conditions.iter().all(|(place, condition)| place.matches(condition, book))
    }
}

fn place(name: &str) -> Result<Place, &'static str> {
    match Field::from_name(name) {
        Some(Field::Price | Field::Extra) => Err("cannot be filtered by: leave it out"),
        Some(field) => Ok(Place::Field(field)),
        None if name == "id" => Ok(Place::Id),
        None => Err("is no field to filter by: correct its name"),
    }
}

impl Place {
    pub(super) fn matches(self, condition: &Condition, book: &impl Legible) -> bool {
        match self {
            Place::Id => condition.has_number(Some(book.id().0 as i64)),
            Place::Field(field) => match field {
                Field::Year | Field::Pages | Field::Stock => condition.has_number(book.number(field)),
                Field::Author => has_author(condition, &book.text(field)),
                Field::Subjects => has_subject(condition, book),
                Field::Status => has_status(condition, &book.text(field)),
                // No filter names them.
                Field::Price | Field::Extra => false,
                _ => condition.has_text(&book.text(field)),
            },
        }
    }
}

/// All authors as one text, or any one of them.
fn has_author(condition: &Condition, authors: &str) -> bool {
    condition.has_text(authors) || each_author(authors).any(|author| condition.has_text(author))
}

/// The authors one by one where there are several.
pub(super) fn each_author(authors: &str) -> impl Iterator<Item = &str> {
    let several = if authors.contains(';') { authors } else { "" };
    several.split(';').map(str::trim).filter(|author| !author.is_empty())
}

fn has_subject(condition: &Condition, book: &impl Legible) -> bool {
    let mut subjects = book.subjects().peekable();
    match subjects.peek() {
        None => condition.has_text(""),
        Some(_) => subjects.any(|subject| condition.has_text(&subject)),
    }
}

fn has_status(condition: &Condition, status: &str) -> bool {
    (status.is_empty() && condition.has_text("")) || condition.has_text(meant_status(status))
}

/// What a status says when it is compared: the original's Indonesian words mean the English ones, and none means the
/// usual one.
pub(super) fn meant_status(status: &str) -> &str {
    match status {
        "" => Details::STATUS_DEFAULT,
        tersedia if folds_to(tersedia, "tersedia") => Details::STATUS_DEFAULT,
        dipinjam if folds_to(dipinjam, "dipinjam") => "Checked Out",
        other => other,
    }
}
