//! Remembered answers: a retry is recognised by its request id and answered as the first time.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use catalogue::{Operation, Revision};
use journal::Receipt;
use sha2::{Digest, Sha256};

use crate::CallKind;

/// The request ids of the last entries: which entry answered each, and what was asked.
///
/// The answers themselves stay in the journal, so that 100,000 receipts cost some megabytes only.
pub(crate) struct Receipts {
    by_request: HashMap<Key, Remembered>,
    in_order: VecDeque<(Revision, Key)>,
    kept_min: u64,
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
        let mut this = Receipts { by_request: HashMap::new(), in_order: VecDeque::new(), kept_min: kept_min as u64 };
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
        while self.in_order.front().is_some_and(|(old, _)| old.0 + self.kept_min < revision.0) {
            let (old, key) = self.in_order.pop_front().expect("there is a front");
            // The id may have been used again since; that newer receipt stays.
            if self.by_request.get(&key).is_some_and(|remembered| remembered.revision == old) {
                self.by_request.remove(&key);
            }
        }
        let key: Key = Arc::new((by, id));
        self.in_order.push_back((revision, Arc::clone(&key)));
        self.by_request.insert(key, Remembered { revision, hash });
    }
}

/// What was asked, in 32 hex digits: the first half of a SHA-256 over the call's canonical JSON, the same on every door.
pub(crate) fn fingerprint(kind: CallKind, operations: &[Operation]) -> Box<str> {
    let canonical = serde_json::to_vec(&(kind, operations)).expect("operations have only texts as keys");
    let digest = Sha256::digest(&canonical);
    digest[..16].iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}
