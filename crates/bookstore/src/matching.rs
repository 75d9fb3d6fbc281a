//! Which book a row of an import is. Pure: it knows the catalogue as it was read and the rows so far, nothing else.

mod difference;
mod index;
#[cfg(test)]
mod tests;

use catalogue::{Book, BookId, Details, Draft, Isbn, Operation, Text};

pub(crate) use difference::{OWN, difference};
use index::Index;

/// What becomes of a row.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// It is a new book, with that number where the row names one.
    Create { id: Option<BookId>, note: Option<String> },
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
    name: index::Name,
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
        // A row that keeps every rule, as nearly all do, is checked once.
        let checked = draft.check();
        let looks = match &checked {
            Ok((id, details)) => Ok(Looks::in_details(*id, details)),
            Err(_) => Looks::of(draft),
        };
        let looks = match looks {
            Ok(looks) => looks,
            // Every broken rule is told at once, not only those of the fields that a book is found by.
            Err(reason) => return Verdict::Refused(difference::canonical(draft).err().unwrap_or(reason)),
        };
        match self.find(&looks) {
            Err(reason) => Verdict::Refused(reason),
            Ok(Found::Book(place)) => self.update(place, line, draft, checked.ok().map(|(_, details)| details)),
            Ok(Found::New { id, note }) => match checked {
                Ok(_) => self.create(line, &looks, id, note),
                Err(errors) => Verdict::Refused(difference::reasons(&errors)),
            },
        }
    }

    /// Takes note of how a book really is, after the row at `line` met a conflict. What another row has met stays so.
    pub(crate) fn learn(&mut self, line: u64, book: Book) {
        let met = self.index.by_id(book.id()).and_then(|place| self.index.known(place).line());
        if met.is_none_or(|other| other == line) {
            self.index.put(&book);
        }
    }

    /// Takes note that the book of the row at `line` is made, with the number it got where that is known.
    pub(crate) fn made(&mut self, line: u64, id: Option<BookId>) {
        self.index.settle(line, id);
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
        let alike = match looks.isbn {
            Some(isbn) => self.index.by_isbn_and_title(&isbn, &looks.name),
            None => self.index.by_name(&looks.name),
        };
        if let Some(place) = alike.iter().copied().find(|place| !self.index.is_met(*place)) {
            return Ok(Found::Book(place));
        }
        let note = if let Some(place) = alike.last() {
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
            let other = looks.isbn.filter(|isbn| self.index.by_isbn_and_title(isbn, &looks.name).is_empty());
            return Ok(Found::New { id: Some(id), note: other.and_then(|isbn| self.note_other_title(&isbn)) });
        };
        if self.index.is_met(place) {
            return Err(format!("{} is already what another row of this file is", self.index.name_of(place)));
        }
        if self.index.agrees(place, looks.isbn, &looks.name) || self.trust == Trust::IdAlone {
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

    fn update(&mut self, place: index::Place, line: u64, draft: &Draft, details: Option<Details>) -> Verdict {
        let Some(book) = self.index.known(place).book.clone() else {
            return Verdict::Refused("its book was made by this very file".into());
        };
        // What a file says of a book is mostly what is known of it, which is quick to see.
        if details.is_some_and(|details| says_nothing_new(&details, &book, draft)) {
            self.index.meet(place, line);
            return Verdict::Unchanged;
        }
        match difference(&book, draft) {
            Err(reason) => Verdict::Refused(reason),
            Ok(set) => {
                self.index.meet(place, line);
                let if_revision = Some(book.revision());
                if set.is_empty() {
                    return Verdict::Unchanged;
                }
                let operation = Operation::Update { id: book.id(), set: Some(set.into()), add: None, if_revision };
                Verdict::Update { operation, book }
            }
        }
    }

    fn create(&mut self, line: u64, looks: &Looks, id: Option<BookId>, note: Option<String>) -> Verdict {
        self.index.make(line, id, looks.isbn, &looks.name);
        Verdict::Create { id, note }
    }
}

/// Whether the fields that the draft names, read as `details`, are the book's already.
fn says_nothing_new(details: &Details, book: &Book, draft: &Draft) -> bool {
    let read = Book::new(book.id(), details, book.revision(), book.updated_at());
    read == *book || !read.differing(book).iter().any(|field| draft.members().contains_key(field.name()))
}

impl Looks {
    fn of(draft: &Draft) -> Result<Looks, String> {
        let members = draft.members();
        let found_by = members.iter().filter(|(field, value)| FOUND_BY.contains(&field.as_str()) && !value.is_null());
        let few: serde_json::Map<_, _> = found_by.map(|(field, value)| (field.clone(), value.clone())).collect();
        let has_title = few.contains_key("title");
        let (id, mut details) = difference::canonical(&few.into())?;
        if !has_title {
            details.title = Text::default();
        }
        Ok(Looks::in_details(id, &details))
    }

    fn in_details(id: Option<BookId>, details: &Details) -> Looks {
        let isbn = details.isbn.as_deref().and_then(|isbn| isbn.parse().ok());
        Looks { id, isbn, name: index::Name::of(details) }
    }
}
