//! A book as it is stored and shown: its JSON.

mod form;
mod members;
mod open;
mod parts;

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use self::members::{Members, texts};
pub(crate) use self::open::Legible;
pub use self::open::OpenBook;
use crate::{BookId, Details, Field, Former, Price, Revision, Timestamp};

/// One book: what people say of it, and the store's own three fields. It is kept as its JSON and nothing else, in one
/// allocation; a clone shares it.
///
/// The text has the members `id`, the nine fields of the original, the optional ones where set, `revision` and `updated_at`
/// in that order and without white space. There is one text for each book, so that equal books are equal texts; who reads
/// a member need not decode the others.
///
/// A fact, not a wish: it may hold values that today's rules refuse (a taken-over file is kept as it was).
#[derive(Clone)]
pub struct Book(Arc<str>);

impl Book {
    /// The book of that number with these details.
    pub fn new(id: BookId, details: &Details, revision: Revision, updated_at: Timestamp) -> Self {
        let Ok(book) = Book::saying(id, revision, updated_at, |text| {
            details.write_all(text);
            Ok::<_, Infallible>(())
        });
        book
    }

    /// The book of that number of which is said what `say` appends: the JSON of all fields as in output, each behind a
    /// comma.
    pub(crate) fn saying<E>(
        id: BookId,
        revision: Revision,
        updated_at: Timestamp,
        say: impl FnOnce(&mut String) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut text = String::with_capacity(BOOK_BYTES);
        text.push_str(ID);
        push(&mut text, id.0);
        say(&mut text)?;
        Ok(finished(text, revision, updated_at))
    }

    /// This book with those members that are given, by field, as JSON behind a comma, and the fields that this changed, with
    /// their former JSON; `None` where they are what it has already. Everything else is copied as it stands.
    pub(crate) fn edited<'a>(
        &self,
        members: impl IntoIterator<Item = (Field, &'a str)>,
        revision: Revision,
        updated_at: Timestamp,
    ) -> Option<(Self, Vec<(Field, &str)>)> {
        let (mut text, mut changed) = (String::with_capacity(self.json().len() + EDIT_BYTES), Vec::new());
        let mut copied = 0;
        for (field, member) in members {
            let place = members::place(self.json(), field);
            text.push_str(&self.json()[copied..place.start]);
            text.push_str(member);
            copied = place.end;
            let former = &self.json()[place];
            if member != former {
                changed.push((field, former.get(field.opening().len()..).unwrap_or(UNSET)));
            }
        }
        text.push_str(&self.json()[copied..self.stamp()[0]]);
        (!changed.is_empty()).then(|| (finished(text, revision, updated_at), changed))
    }

    /// Reads a book in any spelling. One that is spelt as this program does is kept without being decoded.
    pub fn from_json(text: &str) -> serde_json::Result<Self> {
        if form::is_a_books(text) { Ok(Book(text.into())) } else { serde_json::from_str(text) }
    }

    /// The book as JSON, as it is written everywhere.
    pub fn json(&self) -> &str {
        &self.0
    }

    /// The book's number; never used twice.
    pub fn id(&self) -> BookId {
        BookId(number(&self.json()[ID.len()..]))
    }

    /// The revision that last changed this book; also its ETag.
    pub fn revision(&self) -> Revision {
        Revision(number(&self.json()[self.stamp()[0] + REVISION.len()..]))
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
        Legible::text(self, field)
    }

    /// The number of a field that holds one, if it is set.
    pub fn number(&self, field: Field) -> Option<i64> {
        Legible::number(self, field)
    }

    /// What the book is about.
    pub fn subjects(&self) -> impl Iterator<Item = Cow<'_, str>> {
        Legible::subjects(self)
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
        let place = members::place(self.json(), field);
        self.json().get(place.start + field.opening().len()..place.end)
    }

    /// A field's value as it stands in JSON; null where it is unset.
    pub fn value(&self, field: Field) -> Value {
        self.member(field).map_or(Value::Null, decoded)
    }

    /// The members that people set, as JSON, each behind a comma.
    pub fn said(&self) -> &str {
        &self.json()[self.first_comma()..self.stamp()[0]]
    }

    /// Whether both are the same but for the store's own three fields.
    pub fn says_the_same(&self, other: &Book) -> bool {
        self.said() == other.said()
    }

    /// The fields in which this book differs from `other`.
    pub fn differing(&self, other: &Book) -> Vec<Field> {
        self.changed_since(other).map(|(field, _)| field).collect()
    }

    /// The fields in which this book differs from what it was, with their former JSON; null where they were unset.
    pub(crate) fn changed_since<'a>(&self, former: &'a Book) -> impl Iterator<Item = (Field, &'a str)> {
        let (mut now, mut before) = (self.members(), former.members());
        Field::ALL.into_iter().filter_map(move |field| {
            let was = before.next_if(field);
            (now.next_if(field) != was).then(|| (field, was.unwrap_or(UNSET)))
        })
    }

    /// The same book as another revision left it.
    pub(crate) fn stamped(&self, revision: Revision, updated_at: Timestamp) -> Book {
        let mut text = String::with_capacity(self.json().len() + EDIT_BYTES);
        text.push_str(&self.json()[..self.stamp()[0]]);
        finished(text, revision, updated_at)
    }

    /// What it was before it was deleted.
    pub(crate) fn last_words(&self) -> Former {
        Former::of(self.members().collect())
    }

    /// The values of all fields as in output: optional ones that are unset are left out.
    pub fn all_values(&self) -> Map<String, Value> {
        self.members().map(|(field, json)| (field.name().to_owned(), decoded(json))).collect()
    }

    fn members(&self) -> Members<'_> {
        // Behind the last one stands the revision, which is no field: to look for it from the end would cost more.
        Members::of(&self.json()[self.first_comma()..])
    }

    /// Where the members begin that people set: a title follows the id.
    fn first_comma(&self) -> usize {
        memchr::memchr(b',', self.json().as_bytes()).expect("a title follows the id")
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

/// What stands for a field that is left out, where something must.
const UNSET: &str = "null";

/// By how much an edit may enlarge a text without moving it, and what the store's own fields need.
const EDIT_BYTES: usize = 256;
/// How many bytes a book usually has at most.
const BOOK_BYTES: usize = 1024;

fn finished(mut text: String, revision: Revision, updated_at: Timestamp) -> Book {
    text.push_str(REVISION);
    push(&mut text, revision.0);
    text.push_str(UPDATED_AT);
    updated_at.push_to(&mut text);
    text.push_str("\"}");
    Book(text.into())
}

fn push(text: &mut String, number: u64) {
    text.push_str(itoa::Buffer::new().format(number));
}

/// The number with which a text begins: of a book, so that it is one and in range.
fn number(text: &str) -> u64 {
    let digits = text.bytes().take_while(u8::is_ascii_digit);
    digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
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
