//! Rows that are written together.

use catalogue::{BookId, Draft, Operation};
use formats::Row;
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use crate::matching::OWN;

/// A transaction is one piece of work for the server: small enough that whoever asks for something else meanwhile does not
/// wait for long, large enough that what comes with each is little beside the books.
const ROWS_MAX: usize = 250;
/// The same in bytes. Reply and change hold every book whole and must fit into one message of 1 MiB each.
const BYTES_MAX: usize = 128 * 1024;

/// A row with what is to be written for it.
pub(super) struct Planned {
    /// A new book's row is without its draft: hundreds of values a row, kept until an answer comes, are work for nothing
    /// but the memory's book-keeping. The operation says the same.
    row: Row,
    pub(super) wish: Wish,
    /// The wish as an operation in JSON.
    pub(super) operation: String,
    /// How often it was decided on; each conflict makes it one more.
    pub(super) attempts: u32,
}

/// What is to become of a row's book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Creation,
    Update(BookId),
}

impl Planned {
    /// A row that makes a new book, with that number where it names one.
    pub(super) fn creation(mut row: Row, id: Option<BookId>, attempts: u32) -> Planned {
        let draft = std::mem::take(&mut row.draft);
        let operation = json_text(&Creation { create: Book { book: NewBook { draft: &draft, id } } });
        Planned { row, wish: Wish::Creation, operation, attempts }
    }

    /// A row that changes the book of that number.
    pub(super) fn update(row: Row, id: BookId, operation: &Operation, attempts: u32) -> Planned {
        Planned { row, wish: Wish::Update(id), operation: json_text(operation), attempts }
    }

    pub(super) fn line(&self) -> u64 {
        self.row.line
    }

    pub(super) fn cells(&self) -> &[String] {
        &self.row.cells
    }

    /// The row, to be decided on again.
    pub(super) fn into_row(self) -> Row {
        let Planned { mut row, wish, operation, .. } = self;
        if wish == Wish::Creation {
            let Creation { create: Book { book } } = serde_json::from_str(&operation).expect("it was written so");
            row.draft = book;
        }
        row
    }
}

/// Rows for one transaction.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) rows: Vec<Planned>,
    bytes: usize,
}

impl Batch {
    /// Adds a row that will be about `bytes` of JSON in the reply.
    pub(super) fn push(&mut self, planned: Planned, bytes: usize) {
        self.rows.push(planned);
        self.bytes += bytes;
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= ROWS_MAX || self.bytes >= BYTES_MAX
    }

    /// The parameters of the transaction, as they are sent: its operations, `more` behind them, and the request's id.
    pub(super) fn params(&self, more: Option<&str>, request_id: Option<&str>) -> Box<RawValue> {
        let mut text =
            String::with_capacity(self.rows.iter().map(|planned| planned.operation.len() + 1).sum::<usize>() + 256);
        text.push_str("{\"operations\":[");
        for (number, operation) in self.rows.iter().map(|planned| planned.operation.as_str()).chain(more).enumerate() {
            text.extend((number > 0).then_some(','));
            text.push_str(operation);
        }
        text.push(']');
        if let Some(id) = request_id {
            text.push_str(&format!(",\"request_id\":{}", json!(id)));
        }
        text.push('}');
        RawValue::from_string(text).expect("each operation is JSON")
    }

    /// Two batches of half the rows each; a single row cannot be parted.
    pub(super) fn halve(mut self) -> Result<(Batch, Batch), Box<Planned>> {
        if self.rows.len() == 1 {
            return Err(Box::new(self.rows.remove(0)));
        }
        let second = self.rows.split_off(self.rows.len() / 2);
        Ok((Batch { rows: self.rows, bytes: 0 }, Batch { rows: second, bytes: 0 }))
    }
}

fn json_text(operation: &impl Serialize) -> String {
    serde_json::to_string(operation).expect("its keys are texts")
}

/// The operation that makes a book.
#[derive(Deserialize, Serialize)]
struct Creation<B> {
    create: Book<B>,
}

#[derive(Deserialize, Serialize)]
struct Book<B> {
    book: B,
}

/// What a row says of a new book, without the members that are the store's own.
struct NewBook<'a> {
    draft: &'a Draft,
    id: Option<BookId>,
}

impl Serialize for NewBook<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        if let Some(id) = self.id {
            members.serialize_entry("id", &id)?;
        }
        for (name, value) in self.draft.members().iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
            members.serialize_entry(name, value)?;
        }
        members.end()
    }
}
