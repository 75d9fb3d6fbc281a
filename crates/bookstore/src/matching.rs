//! Which book a row of an import is. Pure: it knows the catalogue as it was read and the rows so far, nothing else.

mod difference;
mod index;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use catalogue::{Book, BookId, Draft, Isbn, Operation, fold};

pub(crate) use difference::difference;
use index::{Index, Known};

/// What becomes of a row.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// It is a new book.
    Create { operation: Operation, note: Option<String> },
    /// It is a known book, and says something new of it.
    Update { operation: Operation, book: Book },
    /// It is a known book and says nothing new.
    Unchanged,
    /// It cannot be taken in.
    Refused(String),
}

/// Whether a row's id alone says which book it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Title or ISBN must agree.
    #[default]
    Agreeing,
    /// The id is enough.
    IdAlone,
}

/// The fields that say which book a row is.
const FOUND_BY: [&str; 6] = ["id", "title", "isbn", "year", "author", "publisher"];

/// The matching of one import: the known books, and which of them a row has met already.
pub(crate) struct Matching {
    index: Index,
    trust: Trust,
}

/// What a row says of itself, for finding its book.
struct Looks {
    id: Option<BookId>,
    isbn: Option<Isbn>,
    name: Arc<index::Name>,
}

/// The row is a book of the catalogue, or not.
enum Found {
    Book(index::Place),
    New { id: Option<BookId>, note: Option<String> },
}

impl Matching {
    /// A matching over `books`, which come by id.
    pub(crate) fn new(books: &[Book], trust: Trust) -> Self {
        Matching { index: Index::of(books), trust }
    }

    /// Says what becomes of the row at `line`, and remembers that its book was met.
    pub(crate) fn decide(&mut self, line: u64, draft: &Draft) -> Verdict {
        let looks = match Looks::of(draft) {
            Ok(looks) => looks,
            // Every broken rule is told at once, not only those of the fields that a book is found by.
            Err(reason) => return Verdict::Refused(difference::canonical(draft).err().unwrap_or(reason)),
        };
        match self.find(&looks) {
            Err(reason) => Verdict::Refused(reason),
            Ok(Found::Book(place)) => self.update(place, line, draft),
            Ok(Found::New { id, note }) => self.create(line, draft, looks, id, note),
        }
    }

    /// Takes note of how a book really is, after the row at `line` met a conflict. What another row has met stays so.
    pub(crate) fn learn(&mut self, line: u64, book: Book) {
        let met = self.index.by_id(book.id()).and_then(|place| self.index.known(place).line);
        if met.is_none_or(|other| other == line) {
            self.index.put(book);
        }
    }

    /// Takes note of the number that the book of the row at `line` got.
    pub(crate) fn name(&mut self, line: u64, id: BookId) {
        self.index.name(line, id);
    }

    /// Takes note that a book is gone.
    pub(crate) fn forget(&mut self, id: BookId) {
        self.index.remove(id);
    }

    /// Takes back that the row at `line` made a book: it was refused.
    pub(crate) fn unmake(&mut self, line: u64) {
        self.index.unmake(line);
    }

    fn find(&self, looks: &Looks) -> Result<Found, String> {
        if let Some(id) = looks.id {
            return self.find_by_id(id, looks);
        }
        let key = match looks.isbn {
            Some(isbn) => self.index.by_isbn_and_title(&isbn, looks.name.title()),
            None => self.index.by_name(&looks.name),
        };
        if let Some(place) = key.iter().copied().find(|place| !self.index.is_met(*place)) {
            return Ok(Found::Book(place));
        }
        let note = if let Some(place) = key.last() {
            let same = if looks.isbn.is_some() { "ISBN and title" } else { "year, title, author and publisher" };
            Some(format!(
                "the same {same} as {}, which another row is: added as one more book",
                self.index.name_of(*place)
            ))
        } else {
            looks.isbn.and_then(|isbn| self.note_other_title(&isbn))
        };
        Ok(Found::New { id: None, note })
    }

    fn find_by_id(&self, id: BookId, looks: &Looks) -> Result<Found, String> {
        let Some(place) = self.index.by_id(id) else {
            let other = looks.isbn.filter(|isbn| self.index.by_isbn_and_title(isbn, looks.name.title()).is_empty());
            return Ok(Found::New { id: Some(id), note: other.and_then(|isbn| self.note_other_title(&isbn)) });
        };
        if self.index.is_met(place) {
            return Err(format!("{} is already what another row of this file is", self.index.name_of(place)));
        }
        let known = self.index.known(place);
        let agrees = known.name.title() == looks.name.title() || (looks.isbn.is_some() && known.isbn == looks.isbn);
        if agrees || self.trust == Trust::IdAlone {
            return Ok(Found::Book(place));
        }
        Err(format!(
            "neither title nor ISBN agrees with {}: correct the id, leave it out, or force it with --by-id",
            self.index.name_of(place)
        ))
    }

    fn note_other_title(&self, isbn: &Isbn) -> Option<String> {
        let place = self.index.by_isbn(isbn)?;
        Some(format!("the same ISBN as {}, under another title: added", self.index.name_of(place)))
    }

    fn update(&mut self, place: index::Place, line: u64, draft: &Draft) -> Verdict {
        let Some(book) = self.index.known(place).book.clone() else {
            return Verdict::Refused("its book was made by this very file".into());
        };
        match difference(&book, draft) {
            Err(reason) => Verdict::Refused(reason),
            Ok(set) => {
                self.index.meet(place, line);
                let if_revision = Some(book.revision());
                if set.is_empty() {
                    return Verdict::Unchanged;
                }
                let operation = Operation::Update { id: book.id(), set: Some(Draft(set)), add: None, if_revision };
                Verdict::Update { operation, book }
            }
        }
    }

    fn create(&mut self, line: u64, draft: &Draft, looks: Looks, id: Option<BookId>, note: Option<String>) -> Verdict {
        if let Err(errors) = draft.check() {
            return Verdict::Refused(difference::reasons(&errors));
        }
        let mut book = draft.clone();
        difference::OWN.iter().for_each(|member| drop(book.0.remove(*member)));
        if let Some(id) = id {
            book.0.insert("id".into(), id.0.into());
        }
        self.index.make(Known { id, book: None, line: Some(line), isbn: looks.isbn, name: looks.name });
        Verdict::Create { operation: Operation::Create { book }, note }
    }
}

impl Looks {
    fn of(draft: &Draft) -> Result<Looks, String> {
        let found_by = draft.0.iter().filter(|(field, value)| FOUND_BY.contains(&field.as_str()) && !value.is_null());
        let few = Draft(found_by.map(|(field, value)| (field.clone(), value.clone())).collect());
        let (id, details) = difference::canonical(&few)?;
        let title = if few.0.contains_key("title") { fold(&details.title) } else { String::new() };
        let isbn = details.isbn.as_deref().and_then(|isbn| isbn.parse().ok());
        let name = Arc::new(index::Name::of(&details, &title));
        Ok(Looks { id, isbn, name })
    }
}
