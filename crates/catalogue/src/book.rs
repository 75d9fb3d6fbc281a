//! A book as it is stored and shown: its JSON.

mod form;
mod members;
mod parts;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use self::members::{Members, texts, unescaped};
use self::parts::Parts;
use crate::{BookId, Details, Field, Price, Revision, Timestamp};

/// One book: what people say of it, and the store's own three fields. It is kept as its JSON and nothing else, in one
/// allocation; a clone shares it.
///
/// The text has the members `id`, the nine fields of the original, the optional ones where set, `revision` and `updated_at`
/// in that order and without white space. There is one text for each book, so that equal books are equal texts; who reads
/// a member need not decode the others.
///
/// A fact, not a wish: it may hold values that today's rules refuse (a taken-over file is kept as it was).
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub struct Book(Arc<RawValue>);

impl Book {
    /// The book of that number with these details.
    pub fn new(id: BookId, details: &Details, revision: Revision, updated_at: Timestamp) -> Self {
        let parts = Parts { id, details: Cow::Borrowed(details), revision, updated_at };
        Book(to_raw_value(&parts).expect("a book has only texts as keys").into())
    }

    /// Reads a book in any spelling. One that is spelt as this program does is kept without being decoded.
    pub fn from_json(text: &str) -> serde_json::Result<Self> {
        if form::is_a_books(text) {
            return RawValue::from_string(text.to_owned()).map(|json| Book(json.into()));
        }
        serde_json::from_str(text)
    }

    /// The book as JSON, as it is written everywhere.
    pub fn json(&self) -> &str {
        self.0.get()
    }

    /// The book's number; never used twice.
    pub fn id(&self) -> BookId {
        let (head, _) = self.json().split_once(',').expect("a title follows the id");
        BookId(number(&head[ID.len()..]))
    }

    /// The revision that last changed this book; also its ETag.
    pub fn revision(&self) -> Revision {
        let [revision, updated_at] = self.stamp();
        Revision(number(&self.json()[revision + REVISION.len()..updated_at]))
    }

    /// When that was, by the server's clock.
    pub fn updated_at(&self) -> Timestamp {
        let [_, updated_at] = self.stamp();
        let text = &self.json()[updated_at + UPDATED_AT.len()..self.json().len() - "\"}".len()];
        text.parse().expect("a book's time was written by a time")
    }

    /// Everything that people say of it, decoded.
    pub fn details(&self) -> Details {
        serde_json::from_str(self.json()).expect("a book's JSON has its details")
    }

    /// The text of a field that holds one; empty where it is unset. Borrowed unless JSON had to escape a character of it.
    pub fn text(&self, field: Field) -> Cow<'_, str> {
        self.member(field).filter(|json| json.starts_with('"')).map(unescaped).unwrap_or_default()
    }

    /// The number of a field that holds one, if it is set.
    pub fn number(&self, field: Field) -> Option<i64> {
        self.member(field)?.parse().ok()
    }

    /// What the book is about.
    pub fn subjects(&self) -> impl Iterator<Item = Cow<'_, str>> {
        texts(self.member(Field::Subjects).unwrap_or_default())
    }

    /// A shop's own columns, name and value.
    pub fn extra(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let mut texts = texts(self.member(Field::Extra).unwrap_or_default());
        std::iter::from_fn(move || Some((texts.next()?, texts.next()?)))
    }

    /// The selling price.
    pub fn price(&self) -> Option<Price> {
        let mut texts = texts(self.member(Field::Price)?);
        // Between the two values stands the name of the second.
        let (amount, currency) = (texts.nth(1)?, texts.nth(1)?);
        Some(Price { amount: amount.into(), currency: currency.into() })
    }

    /// A field's JSON; `None` where it is left out.
    pub fn member(&self, field: Field) -> Option<&str> {
        let found = self.members().find(|(next, _)| *next >= field);
        found.filter(|(found, _)| *found == field).map(|(_, json)| json)
    }

    /// A field's value as it stands in JSON; null where it is unset.
    pub fn value(&self, field: Field) -> Value {
        self.member(field).map_or(Value::Null, decoded)
    }

    /// The members that people set, as JSON, each behind a comma.
    pub fn said(&self) -> &str {
        let begin = self.json().find(',').expect("a title follows the id");
        &self.json()[begin..self.stamp()[0]]
    }

    /// Whether both are the same but for the store's own three fields.
    pub fn says_the_same(&self, other: &Book) -> bool {
        self.said() == other.said()
    }

    /// The fields in which this book differs from `other`.
    pub fn differing(&self, other: &Book) -> Vec<Field> {
        Field::ALL.into_iter().filter(|field| self.member(*field) != other.member(*field)).collect()
    }

    /// The same book as another revision left it.
    pub(crate) fn stamped(&self, revision: Revision, updated_at: Timestamp) -> Book {
        Book::new(self.id(), &self.details(), revision, updated_at)
    }

    /// The values of `fields`, unset ones as null.
    pub(crate) fn values(&self, fields: &[Field]) -> Map<String, Value> {
        fields.iter().map(|field| (field.name().to_owned(), self.value(*field))).collect()
    }

    /// The values of all fields as in output: optional ones that are unset are left out.
    pub fn all_values(&self) -> Map<String, Value> {
        self.members().map(|(field, json)| (field.name().to_owned(), decoded(json))).collect()
    }

    fn members(&self) -> Members<'_> {
        Members::of(self.said())
    }

    /// Where the last two members begin: no comma stands within them.
    fn stamp(&self) -> [usize; 2] {
        let bytes = self.json().as_bytes();
        let updated_at = memchr::memrchr(b',', bytes).expect("a revision stands before the time");
        [memchr::memrchr(b',', &bytes[..updated_at]).expect("a title stands before the revision"), updated_at]
    }
}

/// How the members begin that are the store's own.
const ID: &str = "{\"id\":";
const REVISION: &str = ",\"revision\":";
const UPDATED_AT: &str = ",\"updated_at\":\"";

fn number(digits: &str) -> u64 {
    digits.parse().expect("a book's numbers are digits")
}

fn decoded(json: &str) -> Value {
    serde_json::from_str(json).expect("a member of a book is JSON")
}

impl PartialEq for Book {
    fn eq(&self, other: &Self) -> bool {
        // Two states share most of their books.
        Arc::ptr_eq(&self.0, &other.0) || self.json() == other.json()
    }
}

impl Eq for Book {}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.json())
    }
}
