//! Deciding: from a command to an entry full of facts, changing nothing.
//!
//! Each operation is checked in this order, and the first no ends the command: is there the book; did the client name a
//! revision where it must; is it the book's; is the id free; are all fields right; does a count stay at or above zero; is
//! the book small enough. So a client is told of a colleague's change before it is told of its own slip.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Prepared;
use crate::patch::{self, EditError};
use crate::{
    Answer, BOOK_BYTES_MAX, Book, BookId, Catalogue, Change, ChangeKind, Command, ConflictReason, Draft, Entry, Field,
    FieldError, Former, OPERATIONS_MAX, Operation, Outcome, Refusal, Refused, RequestNote, Revision, RevisionPolicy,
    Rules, Timestamp,
};

impl Catalogue {
    /// Decides on `command` and changes nothing: the same state and command give the same result, always.
    ///
    /// The entry, where there is one, has the revision after this state's. Later operations see what earlier ones did. A
    /// client can only know revisions from before its command, so a book that was at `if_revision` then is accepted even
    /// where an earlier operation of the same command changed it. A conflict shows the book as it stays: without what the
    /// refused command did.
    ///
    /// Each result shows the book as its operation left it, with the revision that the book then has: the entry's from
    /// the first operation on that changed it, but its old one throughout where all of them together changed nothing.
    pub fn prepare(&self, command: &Command, rules: &Rules) -> Result<Prepared, Refused> {
        let count = command.operations.len();
        if count == 0 || count > OPERATIONS_MAX {
            let error =
                FieldError::new("operations", format!("has {count} operations, 1 to {OPERATIONS_MAX} are allowed"));
            return Err(Refused { refusal: Refusal::Invalid(vec![error]), operation: 0 });
        }
        let mut work = Work::new(self, command.at, rules);
        let mut results = Vec::with_capacity(count);
        for (index, operation) in command.operations.iter().enumerate() {
            let result = work.carry_out(operation).map_err(|refusal| Refused { refusal, operation: index })?;
            results.push(result);
        }
        Ok(work.finish(command, results))
    }
}

/// A command half carried out, on a state that nobody else sees.
struct Work<'a> {
    before: &'a Catalogue,
    rules: &'a Rules,
    revision: Revision,
    at: Timestamp,
    next_id: BookId,
    /// The books changed so far as they are now, in the order first changed.
    now: Vec<Touched>,
    /// Where each of them but the first is: most commands have no other.
    places: BTreeMap<BookId, usize>,
}

/// A book that was changed.
struct Touched {
    id: BookId,
    /// `None` where it is gone.
    book: Option<Book>,
    /// What changed, where one edit was all.
    edit: Option<Changed>,
}

/// Fields that changed, and what they were.
struct Changed {
    fields: Vec<Field>,
    was: Former,
}

impl Changed {
    fn of(members: Vec<(Field, &str)>) -> Self {
        Changed { fields: members.iter().map(|(field, _)| *field).collect(), was: Former::of(members) }
    }
}

impl<'a> Work<'a> {
    fn new(before: &'a Catalogue, at: Timestamp, rules: &'a Rules) -> Self {
        let (revision, next_id) = (before.revision.next(), before.next_id);
        Work { before, rules, revision, at, next_id, now: Vec::with_capacity(1), places: BTreeMap::new() }
    }

    fn carry_out(&mut self, operation: &Operation) -> Result<Outcome, Refusal> {
        match operation {
            Operation::Create { book } => self.create(book),
            Operation::Update { id, set, add, if_revision } => {
                let policy = set.as_ref().map_or(RevisionPolicy::Optional, |_| self.rules.revision);
                let former = self.seen(*id, *if_revision, policy)?;
                self.update(former, set.as_ref(), add.as_ref())
            }
            Operation::Replace { id, book, if_revision } => {
                let former = self.seen(*id, *if_revision, self.rules.revision)?;
                self.replace(former, book)
            }
            Operation::Delete { id, if_revision } => {
                self.seen(*id, *if_revision, self.rules.revision)?;
                self.put(*id, None, None);
                Ok(Outcome::Deleted { id: *id })
            }
        }
    }

    fn create(&mut self, draft: &Draft) -> Result<Outcome, Refusal> {
        let chosen = draft.chosen_id();
        if let Some(id) = chosen {
            self.is_free(id)?;
        }
        let id = chosen.unwrap_or(self.next_id);
        let book = Book::saying(id, self.revision, self.at, |text| draft.write(text)).map_err(Refusal::Invalid)?;
        if chosen.is_none() {
            self.can_assign(id)?;
        }
        is_small_enough(&book, None)?;
        self.next_id = self.next_id.max(id.next());
        Ok(self.put_book(id, book, None))
    }

    fn update(&mut self, former: Book, set: Option<&Draft>, add: Option<&Draft>) -> Result<Outcome, Refusal> {
        match patch::edited(&former, set, add) {
            Ok(edit) => {
                let Some((book, was)) = former.edited(edit.members(), self.revision, self.at) else {
                    return Ok(Outcome::Book { book: former });
                };
                is_small_enough(&book, Some(&former))?;
                let edit = Changed::of(was);
                Ok(self.put_book(former.id(), book, Some(edit)))
            }
            Err(EditError::Invalid(errors)) => Err(Refusal::Invalid(errors)),
            Err(EditError::BelowZero { field, sum }) => Err(Refusal::Conflict {
                reason: ConflictReason::BelowZero,
                message: format!(
                    "{} of book {} would become {sum}: look at the current book",
                    field.name(),
                    former.id()
                ),
                book: self.before.get(former.id()).cloned(),
            }),
        }
    }

    fn replace(&mut self, former: Book, draft: &Draft) -> Result<Outcome, Refusal> {
        let id = former.id();
        let book = Book::saying(id, self.revision, self.at, |text| draft.write_for(id, text));
        let book = book.map_err(Refusal::Invalid)?;
        if book.says_the_same(&former) {
            return Ok(Outcome::Book { book: former });
        }
        is_small_enough(&book, Some(&former))?;
        Ok(self.put_book(former.id(), book, None))
    }

    fn put_book(&mut self, id: BookId, book: Book, edit: Option<Changed>) -> Outcome {
        self.put(id, Some(book.clone()), edit);
        Outcome::Book { book }
    }

    fn put(&mut self, id: BookId, book: Option<Book>, edit: Option<Changed>) {
        match self.place(id) {
            // What several operations came to is found by comparing.
            Some(place) => self.now[place] = Touched { id, book, edit: None },
            None => {
                if !self.now.is_empty() {
                    self.places.insert(id, self.now.len());
                }
                self.now.push(Touched { id, book, edit });
            }
        }
    }

    fn place(&self, id: BookId) -> Option<usize> {
        match self.now.first() {
            Some(first) if first.id == id => Some(0),
            _ => self.places.get(&id).copied(),
        }
    }

    fn touched(&self, id: BookId) -> Option<&Touched> {
        self.place(id).map(|place| &self.now[place])
    }

    fn get(&self, id: BookId) -> Option<&Book> {
        self.touched(id).map_or_else(|| self.before.get(id), |touched| touched.book.as_ref())
    }

    /// The book, if it is there and at the revision that the client saw.
    fn seen(&self, id: BookId, named: Option<Revision>, policy: RevisionPolicy) -> Result<Book, Refusal> {
        let book = self.get(id).ok_or(Refusal::NotFound(id))?;
        let Some(named) = named else {
            return match policy {
                RevisionPolicy::Required => Err(Refusal::RevisionRequired),
                RevisionPolicy::Optional => Ok(book.clone()),
            };
        };
        match self.before.get(id) {
            Some(current) if current.revision() == named => Ok(book.clone()),
            Some(current) => Err(Refusal::revision_mismatch(current.clone(), named)),
            None => Err(Refusal::Conflict {
                reason: ConflictReason::RevisionMismatch,
                message: format!("book {id} has no revision before the call that creates it: leave if_revision out"),
                book: None,
            }),
        }
    }

    fn is_free(&self, id: BookId) -> Result<(), Refusal> {
        if self.get(id).is_some() {
            return Err(Refusal::Conflict {
                reason: ConflictReason::IdTaken,
                message: format!("the id {id} belongs to another book: leave it out and one is assigned"),
                book: self.before.get(id).cloned(),
            });
        }
        if self.touched(id).is_some() || self.before.was_deleted(id) {
            return Err(Refusal::Conflict {
                reason: ConflictReason::IdDeleted,
                message: format!("the book with the id {id} was deleted, and ids are not used twice: leave it out"),
                book: None,
            });
        }
        Ok(())
    }

    fn can_assign(&self, id: BookId) -> Result<(), Refusal> {
        if id <= BookId::ASSIGNED_MAX {
            return Ok(());
        }
        Err(Refusal::Conflict {
            reason: ConflictReason::IdsUsedUp,
            message: format!(
                "no id above the largest one is left: give the book a free id up to {}",
                BookId::GIVEN_MAX
            ),
            book: None,
        })
    }

    fn finish(mut self, command: &Command, mut results: Vec<Outcome>) -> Prepared {
        results.iter_mut().for_each(|result| self.correct(result));
        // Entries are kept for long, and need no room for more.
        let mut changes = Vec::with_capacity(self.now.len());
        changes.extend(std::mem::take(&mut self.now).into_iter().filter_map(|touched| self.net(touched)));
        if changes.is_empty() && command.request.is_none() {
            return Prepared { entry: None, answer: Answer { revision: self.before.revision, results } };
        }
        let request = command.request.clone().map(|request| RequestNote { answer: None, ..request });
        let by = Arc::clone(&command.by);
        let mut entry = Entry { revision: self.revision, at: self.at, by, request, changes };
        let answer = Answer { revision: self.revision, results };
        if let Some(request) = &mut entry.request
            && !entry.changes.iter().map(Change::outcome).eq(answer.results.iter().cloned())
        {
            request.answer = Some(answer.clone());
        }
        Prepared { entry: Some(entry), answer }
    }

    /// What all operations together did to one book; `None` where they left it as it was.
    fn net(&self, touched: Touched) -> Option<Change> {
        let Touched { id, book, edit } = touched;
        let former = self.before.get(id);
        let (kind, changed, was) = match (former, &book) {
            (None, Some(_)) => (ChangeKind::Created, Vec::new(), None),
            (Some(former), Some(book)) => {
                let Changed { fields, was } = edit.unwrap_or_else(|| Changed::of(book.changed_since(former).collect()));
                (!fields.is_empty()).then_some((ChangeKind::Updated, fields, Some(was)))?
            }
            (former, None) => (ChangeKind::Deleted, Vec::new(), former.map(Book::last_words)),
        };
        Some(Change { kind, id, book, changed, was })
    }

    /// A book that was changed and changed back keeps its revision, so no result may name another one.
    fn correct(&self, result: &mut Outcome) {
        let Outcome::Book { book } = result else { return };
        // What one edit came to differs.
        let touched = self.touched(book.id()).filter(|touched| touched.edit.is_none());
        let now = touched.and_then(|touched| touched.book.as_ref());
        let (Some(former), Some(now)) = (self.before.get(book.id()), now) else { return };
        if book.revision() == self.revision && former.says_the_same(now) {
            *book = book.stamped(former.revision(), former.updated_at());
        }
    }
}

/// A book over the limit can only have come in with a file; it may become smaller step by step.
fn is_small_enough(book: &Book, former: Option<&Book>) -> Result<(), Refusal> {
    let bytes = book.json().len();
    if bytes <= BOOK_BYTES_MAX || former.is_some_and(|former| bytes < former.json().len()) {
        return Ok(());
    }
    Err(Refusal::TooLarge(format!(
        "the book has {bytes} bytes of JSON, at most {BOOK_BYTES_MAX} are allowed: shorten it"
    )))
}
