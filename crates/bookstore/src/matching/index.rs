//! Books by what rows name them by.

use std::collections::HashMap;
use std::sync::Arc;

use catalogue::{Book, BookId, Details, Field, Isbn, fold};

/// Where a book stands in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(usize);

/// Year, folded title, author and publisher: what a row without ISBN is known by. Small, for there is one for every book.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Name {
    year: Option<i64>,
    /// The three texts, one behind the other.
    texts: Box<str>,
    /// Where the title and the author end.
    ends: [usize; 2],
}

/// A book of the catalogue, or one that a row of this import makes.
pub(super) struct Known {
    /// Its number, where it is known already.
    pub(super) id: Option<BookId>,
    /// The book, where it is in the catalogue.
    pub(super) book: Option<Book>,
    /// The line of the row that is this book.
    pub(super) line: Option<u64>,
    pub(super) isbn: Option<Isbn>,
    pub(super) name: Arc<Name>,
}

/// Known books. Places ascend as ids do, so that the first of several is the one with the lowest id.
#[derive(Default)]
pub(super) struct Index {
    known: Vec<Known>,
    by_id: HashMap<BookId, Place>,
    by_isbn: HashMap<Isbn, Vec<Place>>,
    by_name: HashMap<Arc<Name>, Vec<Place>>,
    /// By the line of the row that makes it.
    made: HashMap<u64, Place>,
}

impl Name {
    pub(super) fn of(details: &Details, title: &str) -> Name {
        let (author, publisher) = (fold(&details.author), fold(&details.publisher));
        let texts = [title, &author, &publisher].concat().into();
        Name { year: details.year, texts, ends: [title.len(), title.len() + author.len()] }
    }

    /// The folded title.
    pub(super) fn title(&self) -> &str {
        &self.texts[..self.ends[0]]
    }
}

impl Known {
    fn of(book: Book) -> Known {
        let title = fold(&book.text(Field::Title));
        let name = Arc::new(Name::of(&book.details(), &title));
        let isbn = book.text(Field::Isbn).parse().ok();
        Known { id: Some(book.id()), line: None, isbn, name, book: Some(book) }
    }
}

impl Index {
    pub(super) fn of(books: &[Book]) -> Index {
        let mut index = Index::default();
        books.iter().for_each(|book| index.make(Known::of(book.clone())));
        index
    }

    /// Puts a book at the end.
    pub(super) fn make(&mut self, known: Known) {
        let place = Place(self.known.len());
        if let Some(id) = known.id {
            self.by_id.insert(id, place);
        }
        if let (None, Some(line)) = (&known.book, known.line) {
            self.made.insert(line, place);
        }
        self.known.push(known);
        self.enter(place);
    }

    /// Puts a book in the place of the one with its id, met by nobody; a new one by the order of ids.
    pub(super) fn put(&mut self, book: Book) {
        let Some(place) = self.by_id(book.id()) else { return self.make(Known::of(book)) };
        self.leave(place);
        self.known[place.0] = Known::of(book);
        self.enter(place);
    }

    /// The book that the row at `line` made has got its number.
    pub(super) fn name(&mut self, line: u64, id: BookId) {
        if let Some(place) = self.made.get(&line).copied() {
            self.leave(place);
            self.known[place.0].id = Some(id);
            self.by_id.insert(id, place);
            self.enter(place);
        }
    }

    pub(super) fn remove(&mut self, id: BookId) {
        if let Some(place) = self.by_id.remove(&id) {
            self.leave(place);
        }
    }

    /// Removes what the row at `line` made.
    pub(super) fn unmake(&mut self, line: u64) {
        if let Some(place) = self.made.remove(&line) {
            if let Some(id) = self.known[place.0].id {
                self.by_id.remove(&id);
            }
            self.leave(place);
        }
    }

    pub(super) fn known(&self, place: Place) -> &Known {
        &self.known[place.0]
    }

    pub(super) fn meet(&mut self, place: Place, line: u64) {
        self.known[place.0].line = Some(line);
    }

    pub(super) fn is_met(&self, place: Place) -> bool {
        self.known[place.0].line.is_some()
    }

    pub(super) fn by_id(&self, id: BookId) -> Option<Place> {
        self.by_id.get(&id).copied()
    }

    pub(super) fn by_isbn(&self, isbn: &Isbn) -> Option<Place> {
        self.by_isbn.get(isbn)?.first().copied()
    }

    pub(super) fn by_isbn_and_title(&self, isbn: &Isbn, title: &str) -> Vec<Place> {
        let places = self.by_isbn.get(isbn).into_iter().flatten();
        places.copied().filter(|place| self.known(*place).name.title() == title).collect()
    }

    pub(super) fn by_name(&self, name: &Name) -> Vec<Place> {
        self.by_name.get(name).cloned().unwrap_or_default()
    }

    /// The book as people are told of it.
    pub(super) fn name_of(&self, place: Place) -> String {
        let known = self.known(place);
        match (known.id, &known.book, known.line) {
            (Some(id), Some(book), _) => format!("book {id} ({:?})", &*book.text(Field::Title)),
            (Some(id), None, _) => format!("book {id}"),
            (None, _, Some(line)) => format!("the book of line {line}"),
            (None, _, None) => "another book".into(),
        }
    }

    fn enter(&mut self, place: Place) {
        let Known { isbn, name, .. } = &self.known[place.0];
        let order = |known: &[Known], place: &Place| (known[place.0].id.is_none(), known[place.0].id, *place);
        let mut lists = vec![self.by_name.entry(name.clone()).or_default()];
        lists.extend(isbn.map(|isbn| self.by_isbn.entry(isbn).or_default()));
        for list in lists {
            let at = list.partition_point(|other| order(&self.known, other) < order(&self.known, &place));
            list.insert(at, place);
        }
    }

    fn leave(&mut self, place: Place) {
        let Known { isbn, name, .. } = &self.known[place.0];
        if let Some(list) = self.by_name.get_mut(name) {
            list.retain(|other| *other != place);
        }
        if let Some(list) = isbn.and_then(|isbn| self.by_isbn.get_mut(&isbn)) {
            list.retain(|other| *other != place);
        }
    }
}
