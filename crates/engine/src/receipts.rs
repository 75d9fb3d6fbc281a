//! Remembered answers: a retry is recognised by its request id and answered as the first time.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use catalogue::{Operation, Revision};
use journal::{RESTORE_GAP, Receipt};
use sha2::{Digest, Sha256};

use crate::CallKind;

/// The request ids of the last entries: which entry answered each, and what was asked.
///
/// The answers themselves stay in the journal, so that 100,000 receipts cost some megabytes only.
pub(crate) struct Receipts {
    by_request: HashMap<Key, Remembered>,
    /// Each with its number among all entries, as far as the revisions tell it.
    in_order: VecDeque<(u64, Revision, Key)>,
    kept_min: u64,
    /// The revisions up to the last receipt that restores left out: they are no entries.
    left_out: u64,
}

/// A request id belongs to who used it.
type Key = Arc<(Box<str>, Box<str>)>;

/// What is known of a request that was carried out.
#[derive(Clone, Debug)]
pub(crate) struct Remembered {
    pub(crate) revision: Revision,
    pub(crate) hash: Box<str>,
}

impl Receipts {
    pub(crate) fn new(receipts: Vec<Receipt>, kept_min: usize) -> Self {
        let (by_request, in_order, kept_min) = (HashMap::new(), VecDeque::new(), kept_min as u64);
        let mut this = Receipts { by_request, in_order, kept_min, left_out: 0 };
        for receipt in receipts {
            this.remember(receipt);
        }
        this
    }

    pub(crate) fn get(&self, by: &str, id: &str) -> Option<&Remembered> {
        self.by_request.get(&(Box::from(by), Box::from(id)))
    }

    /// Remembers a request and forgets those that are more than the kept number of entries old.
    pub(crate) fn remember(&mut self, receipt: Receipt) {
        let Receipt { revision, by, id, hash } = receipt;
        let last = self.in_order.back().map_or(revision, |(_, last, _)| *last);
        self.left_out += (revision.0.saturating_sub(last.0) + RESTORE_GAP / 2) / RESTORE_GAP * RESTORE_GAP;
        let number = revision.0.saturating_sub(self.left_out);
        while self.in_order.front().is_some_and(|(old, ..)| old + self.kept_min < number) {
            let (_, old, key) = self.in_order.pop_front().expect("there is a front");
            // The id may have been used again since; that newer receipt stays.
            if self.by_request.get(&key).is_some_and(|remembered| remembered.revision == old) {
                self.by_request.remove(&key);
            }
        }
        let key: Key = Arc::new((by, id));
        self.in_order.push_back((number, revision, Arc::clone(&key)));
        self.by_request.insert(key, Remembered { revision, hash });
    }
}

/// What was asked, in 32 hex digits: the first half of a SHA-256 over the call's canonical JSON, the same on every door.
pub(crate) fn fingerprint(kind: CallKind, operations: &[Operation]) -> Box<str> {
    let canonical = serde_json::to_vec(&(kind, operations)).expect("operations have only texts as keys");
    let digest = Sha256::digest(&canonical);
    digest[..16].iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(revisions: &[u64], known: &[u64]) {
        let receipt = |revision: &u64| Receipt {
            revision: Revision(*revision),
            by: "till".into(),
            id: revision.to_string().into(),
            hash: "".into(),
        };
        let receipts = Receipts::new(revisions.iter().map(receipt).collect(), 3);
        let still: Vec<u64> = revisions
            .iter()
            .copied()
            .filter(|revision| receipts.get("till", &revision.to_string()).is_some())
            .collect();
        assert_eq!(still, known);
    }

    #[test]
    fn a_receipt_is_kept_for_so_many_entries_and_no_gap_of_a_restore_counts() {
        check(&[1, 2, 3, 4], &[1, 2, 3, 4]);
        check(&[1, 2, 5], &[2, 5]);
        check(&[1, 2, 900], &[900]);
        check(&[1, 2, RESTORE_GAP + 2], &[1, 2, RESTORE_GAP + 2]);
        check(&[1, 2, RESTORE_GAP + 3, RESTORE_GAP + 8], &[RESTORE_GAP + 8]);
        check(&[1, 2, 2 * RESTORE_GAP + 2], &[1, 2, 2 * RESTORE_GAP + 2]);
    }
}
