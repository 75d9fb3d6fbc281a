//! From a plan to the entries that carry it out.

use std::sync::Arc;

use catalogue::{Catalogue, Command, Entry, OPERATIONS_MAX, Operation, Rules, Timestamp};

use super::plan::Step;

/// In whose name what was adopted stands in the journal.
const BY: &str = "file";
/// How large the books of one entry may be together, in bytes of JSON: a subscriber gets an entry as one message of at most
/// 1 MiB.
const ENTRY_BYTES_MAX: usize = 512 * 1024;

/// The entries that carry out `steps`, each prepared on `state` before; brings `state` to what they make of it.
pub(super) fn entries(state: &mut Catalogue, steps: Vec<Step>, at: Timestamp) -> Vec<Arc<Entry>> {
    let mut entries = Vec::new();
    for operations in batches(steps) {
        let command = Command { at, by: BY.into(), request: None, operations };
        let prepared = state.prepare(&command, &Rules::default());
        let prepared = prepared.expect("each step was prepared on this state, and no two touch one book");
        if let Some(entry) = prepared.entry {
            state.apply(&entry);
            entries.push(Arc::new(entry));
        }
    }
    entries
}

fn batches(steps: Vec<Step>) -> Vec<Vec<Operation>> {
    let mut batches: Vec<Vec<Operation>> = Vec::new();
    let mut bytes = 0;
    for step in steps {
        match batches.last_mut() {
            Some(batch) if batch.len() < OPERATIONS_MAX && bytes + step.bytes <= ENTRY_BYTES_MAX => {
                bytes += step.bytes;
                batch.push(step.operation);
            }
            _ => {
                bytes = step.bytes;
                batches.push(vec![step.operation]);
            }
        }
    }
    batches
}
