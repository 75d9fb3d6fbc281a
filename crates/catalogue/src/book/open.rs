//! A book at which many look.

use std::borrow::Cow;

use super::members::{texts, unescaped};
use crate::{Book, BookId, Field};

/// A book whose members were found once, for who asks for them again and again.
#[derive(Clone, Debug)]
pub struct OpenBook {
    book: Book,
    id: BookId,
    /// Where each field's value begins and ends; nowhere where it is left out.
    places: [(usize, usize); Field::ALL.len()],
}

/// What a filter asks of a book.
pub(crate) trait Legible {
    /// The book's number.
    fn id(&self) -> BookId;

    /// A field's JSON; `None` where it is left out.
    fn member(&self, field: Field) -> Option<&str>;

    /// The text of a field that holds one; empty where it is unset.
    fn text(&self, field: Field) -> Cow<'_, str> {
        self.member(field).filter(|json| json.starts_with('"')).map(unescaped).unwrap_or_default()
    }

    /// The number of a field that holds one, if it is set.
    fn number(&self, field: Field) -> Option<i64> {
        self.member(field)?.parse().ok()
    }

    /// What the book is about.
    fn subjects(&self) -> impl Iterator<Item = Cow<'_, str>> {
        texts(self.member(Field::Subjects).unwrap_or_default())
    }
}

impl OpenBook {
    /// Opens a book.
    pub fn new(book: Book) -> Self {
        let mut places = [(0, 0); Field::ALL.len()];
        let begin = book.json().as_ptr() as usize;
        for (field, json) in book.members() {
            let from = json.as_ptr() as usize - begin;
            places[field as usize] = (from, from + json.len());
        }
        OpenBook { id: book.id(), places, book }
    }
}

impl Legible for OpenBook {
    fn id(&self) -> BookId {
        self.id
    }

    fn member(&self, field: Field) -> Option<&str> {
        let (from, to) = self.places[field as usize];
        (from < to).then(|| &self.book.json()[from..to])
    }
}

impl Legible for Book {
    fn id(&self) -> BookId {
        Book::id(self)
    }

    fn member(&self, field: Field) -> Option<&str> {
        Book::member(self, field)
    }
}
