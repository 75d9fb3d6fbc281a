//! How many bytes a message has at most that tells of an entry or an answer.

use catalogue::{Answer, Change, Entry, Outcome, json_bytes};

/// What surrounds one change or one outcome: its kind, id and member names.
const PIECE_BYTES: usize = 64;
/// What surrounds a whole event or answer: envelope, revision, time, subscription.
const ENVELOPE_BYTES: usize = 512;

/// An upper bound for the `change` event of an entry, every book whole.
pub(crate) fn entry_bytes(entry: &Entry) -> usize {
    let request = entry.request.as_ref().map_or(0, |request| json_bytes(&request.id));
    ENVELOPE_BYTES + text_bytes(&entry.by) + request + entry.changes.iter().map(change_bytes).sum::<usize>()
}

/// The bytes of a text as JSON; a name is seldom one that has to be spelt to know.
fn text_bytes(text: &str) -> usize {
    let is_plain = text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\');
    if is_plain { text.len() + "\"\"".len() } else { json_bytes(&text) }
}

/// What an entry keeps beside that: what was.
pub(crate) fn former_bytes(entry: &Entry) -> usize {
    entry.changes.iter().filter_map(|change| change.was.as_ref()).map(|was| was.json().len()).sum()
}

/// An upper bound for an answer.
pub(crate) fn answer_bytes(answer: &Answer) -> usize {
    ENVELOPE_BYTES + answer.results.iter().map(outcome_bytes).sum::<usize>()
}

fn change_bytes(change: &Change) -> usize {
    let book = change.book.as_ref().map_or(0, |book| book.json().len());
    let names: usize = change.changed.iter().map(|field| field.name().len() + 3).sum();
    PIECE_BYTES + book + names
}

fn outcome_bytes(outcome: &Outcome) -> usize {
    match outcome {
        Outcome::Book { book } => PIECE_BYTES + book.json().len(),
        Outcome::Deleted { .. } => PIECE_BYTES,
    }
}
