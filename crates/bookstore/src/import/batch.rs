//! Rows that are written together.

use catalogue::{OPERATIONS_MAX, Operation};
use formats::Row;
use serde_json::{Value, json};

/// Half of what a transaction may hold leaves room for the replies.
const ROWS_MAX: usize = OPERATIONS_MAX / 2;
/// Reply and change hold every book whole and must fit into one message of 1 MiB each.
const BYTES_MAX: usize = 400 * 1024;

/// A row with what is to be written for it.
pub(super) struct Planned {
    pub(super) row: Row,
    pub(super) operation: Operation,
    /// How often it was decided on; each conflict makes it one more.
    pub(super) attempts: u32,
}

/// Rows for one transaction.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) rows: Vec<Planned>,
    bytes: usize,
}

impl Planned {
    pub(super) fn is_creation(&self) -> bool {
        matches!(self.operation, Operation::Create { .. })
    }
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

    /// The operations as they are sent.
    pub(super) fn operations(&self) -> Vec<Value> {
        self.rows.iter().map(|planned| json!(planned.operation)).collect()
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
