//! Books by what rows name them by.
//!
//! There may be millions of them, so that of each there is little: numbers, and fingerprints in the place of texts. Where
//! fingerprints agree, a book of the catalogue is asked whether it is the one.

mod places;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU64;

use catalogue::{Book, BookId, Details, Field, Isbn, fold};

pub(super) use places::Place;
use places::Places;

/// Year, folded title, author and publisher: what a row without ISBN is known by.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Name {
    year: Option<i64>,
    title: String,
    author: String,
    publisher: String,
}

/// The same for equal things, within one index.
type Fingerprint = u64;

/// A book of the catalogue, or one that a row of this import makes.
pub(super) struct Known {
    /// The book, where it is in the catalogue.
    pub(super) book: Option<Book>,
    id: Option<NonZeroU64>,
    line: Option<NonZeroU64>,
    isbn: Option<Isbn>,
    title: Fingerprint,
    name: Fingerprint,
}

/// Known books. Places ascend as ids do, so that the first of several is the one with the lowest id.
#[derive(Default)]
pub(super) struct Index {
    known: Vec<Known>,
    by_id: HashMap<BookId, Place>,
    by_isbn: HashMap<Isbn, Places>,
    by_name: HashMap<Fingerprint, Places>,
    /// By the line of the row that makes it, as long as that is under way.
    made: HashMap<u64, Place>,
    hasher: RandomState,
}

impl Name {
    pub(super) fn of(details: &Details) -> Name {
        let (title, author) = (fold(&details.title), fold(&details.author));
        Name { year: details.year, title, author, publisher: fold(&details.publisher) }
    }

    fn of_book(book: &Book) -> Name {
        let folded = |field| fold(&book.text(field));
        let (title, author, publisher) = (folded(Field::Title), folded(Field::Author), folded(Field::Publisher));
        Name { year: book.number(Field::Year), title, author, publisher }
    }
}

impl Known {
    /// Its number, where it is known already.
    fn id(&self) -> Option<BookId> {
        self.id.map(|id| BookId(id.get()))
    }

    /// The line of the row that is this book.
    pub(super) fn line(&self) -> Option<u64> {
        self.line.map(NonZeroU64::get)
    }
}

impl Index {
    pub(super) fn of(books: &[Book]) -> Index {
        let mut index = Index::default();
        index.known.reserve(books.len());
        books.iter().for_each(|book| index.add(book));
        index
    }

    /// Puts a new book, which the row at `line` makes, at the end.
    pub(super) fn make(&mut self, line: u64, id: Option<BookId>, isbn: Option<Isbn>, name: &Name) {
        let (title, name) = (self.hasher.hash_one(&name.title), self.hasher.hash_one(name));
        let id = id.and_then(|id| NonZeroU64::new(id.0));
        let known = Known { book: None, id, line: NonZeroU64::new(line), isbn, title, name };
        let place = self.push(known);
        self.made.insert(line, place);
    }

    /// Puts a book in the place of the one with its id, met by nobody; a new one by the order of ids.
    pub(super) fn put(&mut self, book: &Book) {
        let Some(place) = self.by_id(book.id()) else { return self.add(book) };
        self.leave(place);
        self.known[place.at()] = self.in_catalogue(book);
        self.enter(place);
    }

    /// The row at `line` made its book, which has got this number.
    pub(super) fn settle(&mut self, line: u64, id: Option<BookId>) {
        let Some(place) = self.made.remove(&line) else { return };
        let Some(id) = id.filter(|id| self.known(place).id() != Some(*id)) else { return };
        self.leave(place);
        self.known[place.at()].id = NonZeroU64::new(id.0);
        self.by_id.insert(id, place);
        self.enter(place);
    }

    pub(super) fn remove(&mut self, id: BookId) {
        if let Some(place) = self.by_id.remove(&id) {
            self.leave(place);
        }
    }

    /// Removes what the row at `line` was to make.
    pub(super) fn unmake(&mut self, line: u64) {
        if let Some(place) = self.made.remove(&line) {
            if let Some(id) = self.known(place).id() {
                self.by_id.remove(&id);
            }
            self.leave(place);
        }
    }

    pub(super) fn known(&self, place: Place) -> &Known {
        &self.known[place.at()]
    }

    pub(super) fn meet(&mut self, place: Place, line: u64) {
        self.known[place.at()].line = NonZeroU64::new(line);
    }

    pub(super) fn is_met(&self, place: Place) -> bool {
        self.known(place).line.is_some()
    }

    pub(super) fn by_id(&self, id: BookId) -> Option<Place> {
        self.by_id.get(&id).copied()
    }

    pub(super) fn by_isbn(&self, isbn: &Isbn) -> Option<Place> {
        self.by_isbn.get(isbn)?.as_slice().first().copied()
    }

    pub(super) fn by_isbn_and_title(&self, isbn: &Isbn, name: &Name) -> Vec<Place> {
        let places = self.by_isbn.get(isbn).map(Places::as_slice).unwrap_or_default();
        if places.is_empty() {
            return Vec::new();
        }
        let title = self.hasher.hash_one(&name.title);
        places.iter().copied().filter(|place| self.has_title(*place, title, name)).collect()
    }

    pub(super) fn by_name(&self, name: &Name) -> Vec<Place> {
        let places = self.by_name.get(&self.hasher.hash_one(name)).map(Places::as_slice).unwrap_or_default();
        let is_it = |place: &Place| self.known(*place).book.as_ref().is_none_or(|book| Name::of_book(book) == *name);
        places.iter().copied().filter(is_it).collect()
    }

    /// Whether a book has that ISBN or that title.
    pub(super) fn agrees(&self, place: Place, isbn: Option<Isbn>, name: &Name) -> bool {
        (isbn.is_some() && self.known(place).isbn == isbn)
            || self.has_title(place, self.hasher.hash_one(&name.title), name)
    }

    fn has_title(&self, place: Place, title: Fingerprint, name: &Name) -> bool {
        let known = self.known(place);
        known.title == title && known.book.as_ref().is_none_or(|book| fold(&book.text(Field::Title)) == name.title)
    }

    /// The book as people are told of it.
    pub(super) fn name_of(&self, place: Place) -> String {
        let known = self.known(place);
        match (known.id(), &known.book, known.line()) {
            (Some(id), Some(book), _) => format!("book {id} ({:?})", &*book.text(Field::Title)),
            (Some(id), None, _) => format!("book {id}"),
            (None, _, Some(line)) => format!("the book of line {line}"),
            (None, _, None) => "another book".into(),
        }
    }

    fn add(&mut self, book: &Book) {
        let known = self.in_catalogue(book);
        self.push(known);
    }

    fn in_catalogue(&self, book: &Book) -> Known {
        let name = Name::of_book(book);
        let isbn = book.text(Field::Isbn).parse().ok();
        let (title, name) = (self.hasher.hash_one(&name.title), self.hasher.hash_one(&name));
        Known { book: Some(book.clone()), id: NonZeroU64::new(book.id().0), line: None, isbn, title, name }
    }

    fn push(&mut self, known: Known) -> Place {
        let place = Place::new(self.known.len());
        if let Some(id) = known.id() {
            self.by_id.insert(id, place);
        }
        self.known.push(known);
        self.enter(place);
        place
    }

    fn enter(&mut self, place: Place) {
        let Known { isbn, name, .. } = self.known[place.at()];
        let order = |place: Place| (self.known[place.at()].id.is_none(), self.known[place.at()].id, place);
        self.by_name.entry(name).or_default().insert(place, order);
        if let Some(isbn) = isbn {
            self.by_isbn.entry(isbn).or_default().insert(place, order);
        }
    }

    fn leave(&mut self, place: Place) {
        let Known { isbn, name, .. } = self.known[place.at()];
        if let Some(places) = self.by_name.get_mut(&name) {
            places.remove(place);
        }
        if let Some(places) = isbn.and_then(|isbn| self.by_isbn.get_mut(&isbn)) {
            places.remove(place);
        }
    }
}
