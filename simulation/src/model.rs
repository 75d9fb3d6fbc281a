//! What must come of the calls: the protocol's rules once more, as simply as they can be said.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use catalogue::{Answer, Catalogue, ConflictReason, Field, Refusal, Refused};

use crate::wish::{Call, Fields, Wish};

/// A book, as far as a history knows books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Book {
    pub(crate) title: String,
    pub(crate) stock: Option<i64>,
    pub(crate) shelf: Option<char>,
    pub(crate) length: usize,
    pub(crate) revision: u64,
}

pub(crate) type Books = BTreeMap<u64, Arc<Book>>;

/// What an operation came to: the book of that id, or that it is gone.
pub(crate) type Outcome = (u64, Option<Arc<Book>>);

/// What a call is answered: a revision and results, or which operation met which no.
pub(crate) type Verdict = Result<(u64, Vec<Outcome>), No>;

/// A no, without its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum No {
    Invalid(usize),
    NotFound(usize),
    Conflict(usize, ConflictReason),
    TooLarge,
    RequestIdReused,
}

/// The store as it must be.
#[derive(Default)]
pub(crate) struct Model {
    next_id: u64,
    books: Books,
    deleted: BTreeSet<u64>,
    /// The state at each revision, and who made the entry for which request. The first is the empty store.
    past: Vec<Step>,
    receipts: HashMap<(String, String), Receipt>,
}

/// What one entry left.
#[derive(Clone, Debug, Default)]
pub(crate) struct Step {
    pub(crate) books: Books,
    pub(crate) by: String,
    pub(crate) request: Option<String>,
}

struct Receipt {
    call: Call,
    answer: (u64, Vec<Outcome>),
}

impl Model {
    pub(crate) fn new() -> Self {
        Model { next_id: 1, past: vec![Step::default()], ..Model::default() }
    }

    pub(crate) fn revision(&self) -> u64 {
        self.past.len() as u64 - 1
    }

    pub(crate) fn books(&self) -> &Books {
        &self.books
    }

    pub(crate) fn deleted(&self) -> &BTreeSet<u64> {
        &self.deleted
    }

    pub(crate) fn next_id(&self) -> u64 {
        self.next_id
    }

    /// What the entry of that revision left; revision 0 is the empty store.
    pub(crate) fn at(&self, revision: u64) -> Option<&Step> {
        self.past.get(revision as usize)
    }

    /// What a call with this request was answered the first time, if there was one.
    pub(crate) fn remembered(&self, call: &Call) -> Option<Verdict> {
        let receipt = self.receipts.get(&(call.by.clone(), call.request.clone()?))?;
        let is_same = receipt.call.asks_the_same(call);
        Some(if is_same { Ok(receipt.answer.clone()) } else { Err(No::RequestIdReused) })
    }

    /// The revision at which a call with this request was answered the first time.
    pub(crate) fn answered_at(&self, call: &Call) -> Option<u64> {
        let receipt = self.receipts.get(&(call.by.clone(), call.request.clone()?))?;
        Some(receipt.answer.0)
    }

    /// Carries a call out for the first time, all of it or nothing.
    pub(crate) fn carry_out(&mut self, call: &Call) -> Verdict {
        let mut work = Work {
            before: &self.books,
            now: self.books.clone(),
            deleted: self.deleted.clone(),
            next_id: self.next_id,
            revision: self.revision() + 1,
        };
        let mut results = Vec::new();
        for (index, wish) in call.wishes.iter().enumerate() {
            results.push(work.wish(wish).map_err(|no| no.at(index))?);
        }
        if call.is_tight {
            return Err(No::TooLarge);
        }
        work.take_back_what_changed_nothing(&mut results);
        let Work { now, deleted, next_id, .. } = work;
        let is_unchanged = now == self.books && deleted == self.deleted;
        if is_unchanged && call.request.is_none() {
            return Ok((self.revision(), results));
        }
        (self.books, self.deleted, self.next_id) = (now, deleted, next_id);
        self.past.push(Step { books: self.books.clone(), by: call.by.clone(), request: call.request.clone() });
        let answer = (self.revision(), results);
        if let Some(request) = &call.request {
            let receipt = Receipt { call: call.clone(), answer: answer.clone() };
            self.receipts.insert((call.by.clone(), request.clone()), receipt);
        }
        Ok(answer)
    }

    /// How a state differs from what it must be at its revision; `None` if it does not.
    pub(crate) fn difference(&self, state: &Catalogue) -> Option<String> {
        let revision = state.revision().0;
        let Some(step) = self.at(revision) else {
            return Some(format!("it is at revision {revision}, and the last that can be is {}", self.revision()));
        };
        let same = state.len() == step.books.len()
            && state.books().zip(&step.books).all(|(book, (id, must))| book.id().0 == *id && must.is(book));
        (!same).then(|| {
            let has: Vec<_> = state.books().map(|book| (book.id().0, Book::of(book))).collect();
            format!("at revision {revision} it has {has:?}, and must have {:?}", step.books)
        })
    }
}

/// A call half carried out.
struct Work<'m> {
    before: &'m Books,
    now: Books,
    deleted: BTreeSet<u64>,
    next_id: u64,
    revision: u64,
}

enum Why {
    Invalid,
    NotFound,
    Conflict(ConflictReason),
}

impl Why {
    fn at(self, index: usize) -> No {
        match self {
            Why::Invalid => No::Invalid(index),
            Why::NotFound => No::NotFound(index),
            Why::Conflict(reason) => No::Conflict(index, reason),
        }
    }
}

impl Work<'_> {
    fn wish(&mut self, wish: &Wish) -> Result<Outcome, Why> {
        match wish {
            Wish::Create { id, fields } => self.create(*id, fields),
            Wish::Update { id, set, add, seen } => {
                let old = self.look(*id, *seen)?;
                let mut book = laid(Book::clone(&old), set.as_ref().unwrap_or(&Fields::default()))?;
                if let Some(add) = add {
                    let sum = old.stock.unwrap_or(0) + add;
                    book.stock = Some(sum);
                    if sum < 0 {
                        return Err(Why::Conflict(ConflictReason::BelowZero));
                    }
                }
                Ok(self.put(*id, book))
            }
            Wish::Replace { id, fields, seen } => {
                let old = self.look(*id, *seen)?;
                let book = laid(Book::empty(old.revision), fields)?;
                Ok(self.put(*id, book))
            }
            Wish::Delete { id, seen } => {
                self.look(*id, *seen)?;
                self.now.remove(id);
                self.deleted.insert(*id);
                Ok((*id, None))
            }
        }
    }

    fn create(&mut self, given: Option<u64>, fields: &Fields) -> Result<Outcome, Why> {
        if given.is_some_and(|id| self.now.contains_key(&id)) {
            return Err(Why::Conflict(ConflictReason::IdTaken));
        }
        if given.is_some_and(|id| self.deleted.contains(&id)) {
            return Err(Why::Conflict(ConflictReason::IdDeleted));
        }
        let book = laid(Book::empty(0), fields)?;
        let id = given.unwrap_or(self.next_id);
        self.next_id = self.next_id.max(id + 1);
        Ok(self.put(id, book))
    }

    fn look(&self, id: u64, seen: Option<u64>) -> Result<Arc<Book>, Why> {
        let book = self.now.get(&id).ok_or(Why::NotFound)?;
        match seen {
            Some(seen) if self.before.get(&id).is_none_or(|before| before.revision != seen) => {
                Err(Why::Conflict(ConflictReason::RevisionMismatch))
            }
            _ => Ok(Arc::clone(book)),
        }
    }

    fn put(&mut self, id: u64, book: Book) -> Outcome {
        if let Some(old) = self.now.get(&id).filter(|old| old.says_the_same(&book)) {
            return (id, Some(Arc::clone(old)));
        }
        let book = Arc::new(Book { revision: self.revision, ..book });
        self.now.insert(id, Arc::clone(&book));
        (id, Some(book))
    }

    /// A book that is in the end as it was before keeps its revision, in every result too.
    fn take_back_what_changed_nothing(&mut self, results: &mut [Outcome]) {
        for (id, before) in self.before {
            let Some(now) = self.now.get_mut(id).filter(|now| now.says_the_same(before)) else { continue };
            *now = Arc::clone(before);
            let shown = results.iter_mut().filter(|(of, _)| of == id).filter_map(|(_, book)| book.as_mut());
            for book in shown.filter(|book| book.revision == self.revision) {
                *book = Arc::new(Book { revision: before.revision, ..Book::clone(book) });
            }
        }
    }
}

/// A book with some fields laid over it.
fn laid(mut book: Book, fields: &Fields) -> Result<Book, Why> {
    if let Some(title) = &fields.title {
        book.title.clone_from(title);
    }
    book.stock = fields.stock.unwrap_or(book.stock);
    book.shelf = fields.shelf.unwrap_or(book.shelf);
    book.length = fields.length.unwrap_or(book.length);
    let is_right = !book.title.is_empty() && book.stock.is_none_or(|stock| stock >= 0);
    if is_right { Ok(book) } else { Err(Why::Invalid) }
}

impl Book {
    fn empty(revision: u64) -> Book {
        Book { title: String::new(), stock: None, shelf: None, length: 0, revision }
    }

    /// What a history knows of a book.
    pub(crate) fn of(book: &catalogue::Book) -> Book {
        Book {
            title: book.text(Field::Title).into(),
            stock: book.number(Field::Stock),
            shelf: book.text(Field::Shelf).chars().next(),
            length: book.text(Field::Description).len(),
            revision: book.revision().0,
        }
    }

    pub(crate) fn is(&self, book: &catalogue::Book) -> bool {
        *self == Book::of(book)
    }

    fn says_the_same(&self, other: &Book) -> bool {
        *self == Book { revision: self.revision, ..other.clone() }
    }
}

/// What the engine answered, without its words.
pub(crate) fn answered(answer: &Answer) -> (u64, Vec<Outcome>) {
    let results = answer.results.iter().map(|outcome| match outcome {
        catalogue::Outcome::Book { book } => (book.id().0, Some(Arc::new(Book::of(book)))),
        catalogue::Outcome::Deleted { id } => (id.0, None),
    });
    (answer.revision.0, results.collect())
}

/// What the engine refused, without its words; `None` where no such no is expected at all.
pub(crate) fn refused(refused: &Refused) -> Option<No> {
    let index = refused.operation;
    match &refused.refusal {
        Refusal::Invalid(_) => Some(No::Invalid(index)),
        Refusal::NotFound(_) => Some(No::NotFound(index)),
        Refusal::Conflict { reason, .. } => Some(No::Conflict(index, *reason)),
        Refusal::TooLarge(_) | Refusal::RevisionRequired => None,
    }
}
