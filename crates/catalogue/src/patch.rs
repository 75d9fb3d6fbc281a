//! Merge patches (RFC 7396).

use serde_json::Value;

use crate::{Book, Change};

/// `target` after `patch`, by RFC 7396 section 2.
pub fn merge(target: Value, patch: &Value) -> Value {
    let _ = (target, patch);
    todo!()
}

/// The book before a change: `book` with `was` laid over it, or all of `was`.
pub(crate) fn book_before(change: &Change) -> Option<Book> {
    let _ = change;
    todo!()
}
