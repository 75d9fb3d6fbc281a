//! What an edited file would change, decided before anything is written.

use std::collections::BTreeSet;
use std::sync::Arc;

use catalogue::{
    Book, BookId, Catalogue, Command, Details, Draft, Field, Operation, Outcome, Refusal, Rules, Timestamp,
};
use serde_json::Value;

use super::difference;
use crate::takeover::shown;

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
pub(super) fn plan(then: &Catalogue, now: &Catalogue, books: &[Draft]) -> Plan {
    let mut planning = Planning { then, now, named: BTreeSet::new(), plan: Plan::default() };
    for (number, draft) in (1..).zip(books) {
        planning.book(number, draft);
    }
    for book in then.books().filter(|book| !planning.named.contains(&book.id)) {
        planning.plan.add(deleted(book, now));
    }
    planning.plan
}

impl Plan {
    fn add(&mut self, decided: Result<Option<Step>, String>) {
        match decided {
            Ok(step) => self.steps.extend(step),
            Err(problem) => self.problems.push(problem),
        }
    }
}

struct Planning<'a> {
    then: &'a Catalogue,
    now: &'a Catalogue,
    /// The ids that the file names.
    named: BTreeSet<BookId>,
    plan: Plan,
}

impl Planning<'_> {
    fn book(&mut self, number: usize, draft: &Draft) {
        let Some(id) = difference::id(draft) else {
            let free = self.now.next_id();
            let problem = format!(
                "book number {number} of the file ({}) has no valid id: give it a free one, {free} or above",
                title(draft)
            );
            return self.plan.problems.push(problem);
        };
        if !self.named.insert(id) {
            let problem = format!("book {id} stands in the file twice, the second time as {}: leave one", title(draft));
            return self.plan.problems.push(problem);
        }
        let decided = match self.then.get(id) {
            Some(before) => self.updated(before, draft),
            None => self.created(id, draft),
        };
        self.plan.add(decided);
    }

    fn updated(&self, before: &Book, draft: &Draft) -> Result<Option<Step>, String> {
        let id = before.id;
        let set = difference::patch(before, draft);
        let after = match set.0.is_empty() {
            true => return Ok(None),
            false => prepared(self.then, update(id, set.clone())).map_err(|refusal| broken(id, draft, &refusal))?,
        };
        let changed = before.details.differing(&after.details);
        if changed.is_empty() {
            return Ok(None);
        }
        let current =
            self.now.get(id).ok_or_else(|| format!("book {id} ({}): a later entry deleted it", title(draft)))?;
        let open = still_open(&changed, [&before.details, &after.details, &current.details])
            .map_err(|taken| format!("book {id} ({}): a later entry {taken}", title(draft)))?;
        let names: Vec<&str> = open.iter().map(|field| field.name()).collect();
        if open.is_empty() {
            return Ok(None);
        }
        let set = set.0.into_iter().filter(|(name, _)| names.contains(&name.as_str())).collect();
        let operation = update(id, Draft(set));
        let after = prepared(self.now, operation.clone()).map_err(|refusal| broken(id, draft, &refusal))?;
        let line = format!("book {id} ({}): {}", title(draft), shown_changes(&current.details, &after.details, &open));
        Ok(Some(Step { operation, bytes: bytes(current) + bytes(&after), line }))
    }

    fn created(&self, id: BookId, draft: &Draft) -> Result<Option<Step>, String> {
        let operation = Operation::Create { book: draft.clone() };
        if let Some(current) = self.now.get(id) {
            return match draft.check() {
                Ok((_, details)) if details == current.details => Ok(None),
                _ => Err(format!(
                    "book {id} ({}) is new in the file, and a later entry gave that id to {}: give it a free one, {} or above",
                    title(draft),
                    quoted(&current.details.title),
                    self.now.next_id()
                )),
            };
        }
        if self.then.was_deleted(id) || self.now.was_deleted(id) {
            let free = self.now.next_id();
            return Err(format!(
                "book {id} ({}) is new in the file, but a book with that id was deleted, and ids are not used twice: give it a free one, {free} or above",
                title(draft)
            ));
        }
        let book = prepared(self.now, operation.clone()).map_err(|refusal| broken(id, draft, &refusal))?;
        let line = format!("book {id} ({}): added", title(draft));
        Ok(Some(Step { operation, bytes: bytes(&book), line }))
    }
}

/// The step that takes out a book which the file no longer names.
fn deleted(before: &Book, now: &Catalogue) -> Result<Option<Step>, String> {
    let id = before.id;
    let Some(current) = now.get(id) else { return Ok(None) };
    let title = quoted(&current.details.title);
    let changed = before.details.differing(&current.details);
    if !changed.is_empty() {
        let names: Vec<&str> = changed.iter().map(|field| field.name()).collect();
        return Err(format!(
            "book {id} ({title}) is left out of the file, and a later entry changed {}",
            names.join(", ")
        ));
    }
    let operation = Operation::Delete { id, if_revision: None };
    Ok(Some(Step { operation, bytes: bytes(current), line: format!("book {id} ({title}): deleted") }))
}

/// Those of the fields `changed` between `before` and `after` that `current` has as before; what it has as after is done.
/// If it has something else, says what.
fn still_open(changed: &[Field], [before, after, current]: [&Details; 3]) -> Result<Vec<Field>, String> {
    let undone = changed.iter().copied().filter(|field| current.value(*field) != after.value(*field));
    let (open, taken): (Vec<Field>, Vec<Field>) =
        undone.partition(|field| current.value(*field) == before.value(*field));
    let taken: Vec<String> = taken
        .into_iter()
        .map(|field| format!("changed {} to {}", field.name(), shown_value(&current.value(field))))
        .collect();
    if taken.is_empty() { Ok(open) } else { Err(taken.join(", ")) }
}

fn update(id: BookId, set: Draft) -> Operation {
    Operation::Update { id, set: Some(set), add: None, if_revision: None }
}

/// The book that an operation makes of `state`, by the rules for everybody.
fn prepared(state: &Catalogue, operation: Operation) -> Result<Arc<Book>, Refusal> {
    let operations = vec![operation];
    let command = Command { at: Timestamp::default(), by: String::new(), request: None, operations };
    let prepared = state.prepare(&command, &Rules::default()).map_err(|refused| refused.refusal)?;
    match prepared.answer.results.into_iter().next() {
        Some(Outcome::Book { book }) => Ok(book),
        _ => unreachable!("what creates or updates a book is answered with it"),
    }
}

/// Why a book is not taken over as it stands in the file.
fn broken(id: BookId, draft: &Draft, refusal: &Refusal) -> String {
    let reason = match refusal {
        Refusal::Invalid(errors) => {
            let errors = errors.iter().map(|error| format!("{} {}", shown(&error.field), error.message));
            errors.collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    };
    format!("book {id} ({}): {reason}", title(draft))
}

fn shown_changes(before: &Details, after: &Details, fields: &[Field]) -> String {
    let changes = fields.iter().map(|field| {
        let [before, after] = [before, after].map(|details| shown_value(&details.value(*field)));
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

fn title(draft: &Draft) -> String {
    quoted(draft.0.get(Field::Title.name()).and_then(Value::as_str).unwrap_or_default())
}

fn quoted(title: &str) -> String {
    format!("\"{}\"", shown(title))
}

fn bytes(book: &Book) -> usize {
    serde_json::to_vec(book).expect("a book's keys are texts").len()
}
