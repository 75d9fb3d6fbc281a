//! Short ways to say what a test means.

use std::fmt::Write;

use catalogue::{
    Answer, Book, BookId, Catalogue, Change, Command, Details, Draft, Entry, FieldError, Filter, ListQuery, Operation,
    Outcome, Page, Prepared, Refusal, Refused, RequestNote, Revision, Rules, Timestamp,
};
use serde_json::{Map, Value, json};

/// A store with its journal.
#[derive(Default)]
pub(crate) struct Store {
    pub(crate) catalogue: Catalogue,
    pub(crate) entries: Vec<Entry>,
    pub(crate) rules: Rules,
}

impl Store {
    /// A store with a book for each of `books`, the first with id 1 and revision 1.
    pub(crate) fn with(books: impl IntoIterator<Item = Value>) -> Self {
        let mut store = Store::default();
        for book in books {
            store.does(create(book));
        }
        store
    }

    pub(crate) fn prepare(&self, operations: impl Into<Vec<Operation>>) -> Result<Prepared, Refused> {
        self.catalogue.prepare(&command(operations), &self.rules)
    }

    /// Carries a command out.
    pub(crate) fn take(&mut self, command: &Command) -> Result<Answer, Refused> {
        let prepared = self.catalogue.prepare(command, &self.rules)?;
        if let Some(entry) = prepared.entry {
            self.catalogue.apply(&entry);
            self.entries.push(entry);
        }
        Ok(prepared.answer)
    }

    /// Carries out one operation that is known to be accepted.
    pub(crate) fn does(&mut self, operation: Operation) -> Answer {
        self.take(&command([operation])).expect("the operation is accepted")
    }

    /// Carries out a transaction that is known to be accepted.
    pub(crate) fn does_all(&mut self, operations: impl Into<Vec<Operation>>) -> Answer {
        self.take(&command(operations)).expect("the transaction is accepted")
    }

    pub(crate) fn book(&self, id: u64) -> &Book {
        self.catalogue.get(BookId(id)).expect("the book is there")
    }

    pub(crate) fn last_entry(&self) -> &Entry {
        self.entries.last().expect("there is an entry")
    }

    pub(crate) fn list(&self, query: Value) -> Result<Page, Vec<FieldError>> {
        let filter = Filter::parse(query["filter"].as_object().unwrap_or(&Map::new()))?;
        let text = |name: &str| query[name].as_str();
        let sort = text("sort").map(str::parse).transpose().map_err(|error| vec![error])?;
        let cursor = text("cursor").map(str::parse).transpose().map_err(|error| vec![error])?;
        let number = |name: &str, default| query[name].as_u64().map_or(default, |number| number as usize);
        let (skip, limit, bytes_max) = (number("skip", 0), number("limit", 50), number("bytes_max", 1024 * 1024));
        self.catalogue.list(&ListQuery { filter, sort, cursor, skip, limit, bytes_max }).map_err(|error| vec![error])
    }

    /// The ids that a query finds, in its order.
    pub(crate) fn ids(&self, query: Value) -> Vec<u64> {
        self.list(query).expect("the query is right").books.iter().map(|book| book.id().0).collect()
    }
}

pub(crate) fn command(operations: impl Into<Vec<Operation>>) -> Command {
    Command { at: Timestamp(1_000_000), by: "local".into(), request: None, operations: operations.into() }
}

pub(crate) fn requested(id: &str, operations: impl Into<Vec<Operation>>) -> Command {
    let request = RequestNote { id: id.into(), hash: "hash".into(), answer: None };
    Command { request: Some(request), ..command(operations) }
}

/// Read as a door reads it: at once, where it is spelt as usual.
pub(crate) fn draft(value: Value) -> Draft {
    let text = value.to_string();
    Draft::scan_whole(&text).unwrap_or_else(|| serde_json::from_value(value).expect("a draft is an object"))
}

pub(crate) fn create(book: Value) -> Operation {
    Operation::Create { book: draft(book) }
}

pub(crate) fn titled(title: &str) -> Operation {
    create(json!({ "title": title }))
}

pub(crate) fn set(id: u64, fields: Value) -> Operation {
    Operation::Update { id: BookId(id), set: Some(draft(fields)), add: None, if_revision: None }
}

pub(crate) fn add(id: u64, fields: Value) -> Operation {
    Operation::Update { id: BookId(id), set: None, add: Some(draft(fields)), if_revision: None }
}

pub(crate) fn set_and_add(id: u64, fields: Value, sums: Value) -> Operation {
    Operation::Update { id: BookId(id), set: Some(draft(fields)), add: Some(draft(sums)), if_revision: None }
}

pub(crate) fn replace(id: u64, book: Value) -> Operation {
    Operation::Replace { id: BookId(id), book: draft(book), if_revision: None }
}

pub(crate) fn delete(id: u64) -> Operation {
    Operation::Delete { id: BookId(id), if_revision: None }
}

/// The same operation by a client that saw the book at `revision`.
pub(crate) fn seen_at(revision: u64, operation: Operation) -> Operation {
    let if_revision = Some(Revision(revision));
    match operation {
        Operation::Create { .. } => panic!("a book that is not there was not seen"),
        Operation::Update { id, set, add, .. } => Operation::Update { id, set, add, if_revision },
        Operation::Replace { id, book, .. } => Operation::Replace { id, book, if_revision },
        Operation::Delete { id, .. } => Operation::Delete { id, if_revision },
    }
}

/// What a call is answered, a line each.
pub(crate) fn told(result: &Result<Answer, Refused>) -> String {
    let mut lines = String::new();
    match result {
        Ok(answer) => {
            writeln!(lines, "revision {}", answer.revision).expect("memory takes it");
            answer.results.iter().for_each(|result| writeln!(lines, "{}", outcome(result)).expect("memory takes it"));
        }
        Err(refused) => {
            writeln!(lines, "operation {}: {}", refused.operation, refusal(&refused.refusal)).expect("memory takes it");
        }
    }
    lines
}

fn outcome(result: &Outcome) -> String {
    match result {
        Outcome::Book { book } => brief(book),
        Outcome::Deleted { id } => format!("{id} deleted"),
    }
}

/// The same book with other details, whatever the rules say.
pub(crate) fn altered(book: &Book, alter: impl FnOnce(&mut Details)) -> Book {
    let mut details = book.details();
    alter(&mut details);
    Book::new(book.id(), &details, book.revision(), book.updated_at())
}

/// A book's id, revision, and the fields that say something.
pub(crate) fn brief(book: &Book) -> String {
    format!("{}@{} {}", book.id(), book.revision(), fields(book))
}

/// The fields of a book that say something.
pub(crate) fn fields(book: &Book) -> Value {
    let mut members = serde_json::to_value(book.details()).expect("a book is JSON");
    let members = members.as_object_mut().expect("a book is an object");
    members.retain(|name, value| !value.is_null() && value != "" && !(name == "status" && value == "Available"));
    Value::Object(std::mem::take(members))
}

fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Invalid(errors) => format!("invalid\n{}", errors_text(errors)),
        Refusal::Conflict { reason, message, book } => {
            let book = book.as_ref().map_or("no book".to_owned(), brief);
            format!("{reason:?}: {message} ({book})")
        }
        other => other.to_string(),
    }
}

/// Errors, a line each.
pub(crate) fn errors_text(errors: &[FieldError]) -> String {
    errors.iter().map(|error| format!("{}: {}\n", error.field, error.message)).collect()
}

/// A change without its book: kind, id, the names and former values.
pub(crate) fn change_text(change: &Change) -> String {
    let names: Vec<_> = change.changed.iter().map(|field| field.name()).collect();
    let was = change.was.as_ref().map_or("-".to_owned(), |was| Value::from(was.values()).to_string());
    format!("{:?} {} [{}] was {was}\n", change.kind, change.id, names.join(" "))
}
