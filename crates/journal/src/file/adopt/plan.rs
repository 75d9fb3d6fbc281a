//! What an edited file would change, decided before anything is written.

use std::collections::BTreeSet;

use catalogue::{
    Book, BookId, Catalogue, Command, Draft, Field, Operation, Outcome, Refusal, Revision, Rules, Timestamp,
};
use serde_json::{Map, Value};

use crate::file::difference::{Difference, FieldDifference, FileBooks, difference};
use crate::file::takeover::shown;

/// Everything to be done, or everything that forbids it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Plan {
    /// The changes that are not made yet.
    pub(super) steps: Vec<Step>,
    /// A sentence for each reason why nothing may be written.
    pub(super) problems: Vec<String>,
}

/// The change of one book.
#[derive(Debug, PartialEq)]
pub(super) struct Step {
    /// What to do.
    pub(super) operation: Operation,
    /// The book before and after it, in bytes of JSON.
    pub(super) bytes: usize,
    /// The same for people.
    pub(super) line: String,
}

/// Compares the books of a file with the state `then` that it was made from, and both with the state `now`.
///
/// What the file changed and a later entry changed too is a problem, unless both say the same: so a plan that was carried
/// out half gives the other half when it is made again.
pub(super) fn plan(then: &Catalogue, now: &Catalogue, file: &FileBooks) -> Plan {
    let above_file = file.books.keys().next_back().map_or(BookId::FIRST, |id| BookId(id.0.saturating_add(1)));
    let mut planning = Planning { then, now, free: now.next_id().max(above_file), taken: BTreeSet::new() };
    let mut plan = Plan::default();
    for difference in difference(then, file) {
        match planning.step(difference) {
            Ok(step) => plan.steps.extend(step),
            Err(problem) => plan.problems.push(problem),
        }
    }
    plan
}

struct Planning<'a> {
    then: &'a Catalogue,
    now: &'a Catalogue,
    /// From which on ids are used neither in the store nor in the file.
    free: BookId,
    /// Books that a file without ids has given to the store before.
    taken: BTreeSet<BookId>,
}

impl Planning<'_> {
    /// The step that one difference asks for; `None` where it is done already.
    fn step(&mut self, difference: Difference) -> Result<Option<Step>, String> {
        match difference {
            Difference::Added { id: Some(id), book } => self.created(id, book),
            Difference::Added { id: None, book } => self.created_without_id(book),
            Difference::Removed { book } => self.deleted(&book),
            Difference::Changed { id, fields, .. } => {
                self.updated(self.then.get(id).expect("what changed was there before"), fields)
            }
        }
    }

    fn updated(&self, before: &Book, fields: Vec<FieldDifference>) -> Result<Option<Step>, String> {
        let id = before.id();
        let set = patch(fields);
        let title = quoted(set.get("title").and_then(Value::as_str).unwrap_or(&before.text(Field::Title)));
        let after = prepared(self.then, update(id, set.clone())).map_err(|refusal| broken(id, &title, &refusal))?;
        let changed = before.differing(&after);
        if changed.is_empty() {
            return Ok(None);
        }
        let current = self.now.get(id).ok_or_else(|| format!("book {id} ({title}): a later entry deleted it"))?;
        let open = still_open(&changed, [before, &after, current])
            .map_err(|taken| format!("book {id} ({title}): a later entry {taken}"))?;
        if open.is_empty() {
            return Ok(None);
        }
        let is_open = |name: &String| open.iter().any(|field| field.name() == name);
        let operation = update(id, set.into_iter().filter(|(name, _)| is_open(name)).collect());
        let after = prepared(self.now, operation.clone()).map_err(|refusal| broken(id, &title, &refusal))?;
        let line = format!("book {id} ({title}): {}", shown_changes(current, &after, &open));
        Ok(Some(Step { operation, bytes: current.json().len() + after.json().len(), line }))
    }

    fn created(&self, id: BookId, book: Map<String, Value>) -> Result<Option<Step>, String> {
        let title = quoted(book.get("title").and_then(Value::as_str).unwrap_or_default());
        let draft = Draft::from(book);
        let is_new = format!("book {id} ({title}) is new in the file");
        let advice = format!("give it a free id, {} or above", self.free);
        if let Some(current) = self.now.get(id) {
            if draft.check().is_ok_and(|(_, details)| details == current.details()) {
                return Ok(None);
            }
            let other = quoted(&current.text(Field::Title));
            return Err(format!("{is_new}, and a later entry gave that id to {other}: {advice}"));
        }
        if self.then.was_deleted(id) || self.now.was_deleted(id) {
            return Err(format!("{is_new}, but a book with that id was deleted, and ids are not used twice: {advice}"));
        }
        let operation = Operation::Create { book: draft };
        let book = prepared(self.now, operation.clone()).map_err(|refusal| broken(id, &title, &refusal))?;
        Ok(Some(Step { operation, bytes: book.json().len(), line: format!("book {id} ({title}): added") }))
    }

    /// A book without an id gets the next free one, unless it got one when the same file was adopted in part.
    fn created_without_id(&mut self, mut book: Map<String, Value>) -> Result<Option<Step>, String> {
        if let Some(id) = self.made_of(&book) {
            self.taken.insert(id);
            return Ok(None);
        }
        let id = self.free;
        book.insert("id".into(), id.0.into());
        let step = self.created(id, book)?;
        self.free = BookId(id.0.saturating_add(1));
        Ok(step)
    }

    /// The book that the store has made since, from the same values.
    fn made_of(&self, book: &Map<String, Value>) -> Option<BookId> {
        let (_, details) = Draft::from(book.clone()).check().ok()?;
        let wanted = Book::new(BookId::FIRST, &details, Revision::ZERO, Timestamp::default());
        let mut since = self.now.books_after(Some(BookId(self.then.next_id().0 - 1)));
        since.find(|book| book.says_the_same(&wanted) && !self.taken.contains(&book.id())).map(|book| book.id())
    }

    fn deleted(&self, before: &Book) -> Result<Option<Step>, String> {
        let id = before.id();
        let Some(current) = self.now.get(id) else { return Ok(None) };
        let title = quoted(&current.text(Field::Title));
        let changed = before.differing(current);
        if !changed.is_empty() {
            let names: Vec<&str> = changed.iter().map(|field| field.name()).collect();
            let names = names.join(", ");
            return Err(format!("book {id} ({title}) is left out of the file, and a later entry changed {names}"));
        }
        let operation = Operation::Delete { id, if_revision: None };
        Ok(Some(Step { operation, bytes: current.json().len(), line: format!("book {id} ({title}): deleted") }))
    }
}

/// The merge patch that makes of the journal's values the file's: what is gone from an object is named as null.
fn patch(fields: Vec<FieldDifference>) -> Map<String, Value> {
    let set = fields.into_iter().map(|FieldDifference { name, journal, file }| match (journal, file) {
        (Value::Object(before), Value::Object(after)) => {
            let gone =
                before.into_iter().filter(|(name, _)| !after.contains_key(name)).map(|(name, _)| (name, Value::Null));
            (name, gone.collect::<Map<_, _>>().into_iter().chain(after.clone()).collect())
        }
        (_, file) => (name, file),
    });
    set.collect()
}

/// Those of the fields `changed` between `before` and `after` that `current` has as before; what it has as after is done.
/// If it has something else, says what.
fn still_open(changed: &[Field], [before, after, current]: [&Book; 3]) -> Result<Vec<Field>, String> {
    let undone = changed.iter().copied().filter(|field| current.value(*field) != after.value(*field));
    let (open, taken): (Vec<Field>, Vec<Field>) =
        undone.partition(|field| current.value(*field) == before.value(*field));
    let taken: Vec<String> = taken
        .into_iter()
        .map(|field| format!("changed {} to {}", field.name(), shown_value(&current.value(field))))
        .collect();
    if taken.is_empty() { Ok(open) } else { Err(taken.join(", ")) }
}

fn update(id: BookId, set: Map<String, Value>) -> Operation {
    Operation::Update { id, set: Some(set.into()), add: None, if_revision: None }
}

/// The book that an operation makes of `state`, by the rules for everybody.
fn prepared(state: &Catalogue, operation: Operation) -> Result<Book, Refusal> {
    let operations = vec![operation];
    let command = Command { at: Timestamp::default(), by: "".into(), request: None, operations };
    let prepared = state.prepare(&command, &Rules::default()).map_err(|refused| refused.refusal)?;
    match prepared.answer.results.into_iter().next() {
        Some(Outcome::Book { book }) => Ok(book),
        _ => unreachable!("what creates or updates a book is answered with it"),
    }
}

/// Why a book is not taken over as it stands in the file.
fn broken(id: BookId, title: &str, refusal: &Refusal) -> String {
    let reason = match refusal {
        Refusal::Invalid(errors) => {
            let errors = errors.iter().map(|error| format!("{}: {}", shown(&error.field), error.message));
            errors.collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    };
    format!("book {id} ({title}): {reason}")
}

fn shown_changes(before: &Book, after: &Book, fields: &[Field]) -> String {
    let changes = fields.iter().map(|field| {
        let [before, after] = [before, after].map(|book| shown_value(&book.value(*field)));
        format!("{} from {before} to {after}", field.name())
    });
    changes.collect::<Vec<_>>().join(", ")
}

fn shown_value(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Null => "nothing".into(),
        other => shown(&other.to_string()),
    }
}

fn quoted(title: &str) -> String {
    format!("\"{}\"", shown(title))
}
