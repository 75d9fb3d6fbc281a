//! How many bytes of JSON something is, counted without keeping them.

use catalogue::{Answer, Book, Change, Entry, Outcome};
use serde::Serialize;

/// What surrounds one change or one outcome: its kind, id and member names.
const PIECE_BYTES: usize = 64;
/// What surrounds a whole event or answer: envelope, revision, time, subscription.
const ENVELOPE_BYTES: usize = 512;

/// An upper bound for the `change` event of an entry, every book whole.
pub(crate) fn entry_bytes(entry: &Entry) -> usize {
    let request = entry.request.as_ref().map_or(0, |request| json_bytes(&request.id));
    ENVELOPE_BYTES + json_bytes(&entry.by) + request + entry.changes.iter().map(change_bytes).sum::<usize>()
}

/// An upper bound for an answer.
pub(crate) fn answer_bytes(answer: &Answer) -> usize {
    ENVELOPE_BYTES + answer.results.iter().map(outcome_bytes).sum::<usize>()
}

/// The JSON form of a book.
pub(crate) fn book_bytes(book: &Book) -> usize {
    json_bytes(book)
}

fn change_bytes(change: &Change) -> usize {
    let book = change.book.as_ref().map_or(0, |book| book_bytes(book));
    let names: usize = change.changed.iter().map(|field| field.name().len() + 3).sum();
    PIECE_BYTES + book + names
}

fn outcome_bytes(outcome: &Outcome) -> usize {
    match outcome {
        Outcome::Book { book } => PIECE_BYTES + book_bytes(book),
        Outcome::Deleted { .. } => PIECE_BYTES,
    }
}

fn json_bytes(value: &impl Serialize) -> usize {
    let mut counter = Counter(0);
    serde_json::to_writer(&mut counter, value).expect("counting cannot fail and the keys are texts");
    counter.0
}

struct Counter(usize);

impl std::io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
