//! Where a subscription may begin.

use catalogue::Revision;
use journal::StoreId;

use crate::engine::Shared;

/// Where a subscription begins.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// Everything after this position, exactly once.
    pub since: Option<Position>,
    /// The matching books first; with `since`, only where it cannot be resumed (after a `Reset`).
    pub snapshot: bool,
}

/// A place in the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The last revision that was delivered.
    pub revision: Revision,
    /// The store it belongs to; `None` means this one.
    pub store: Option<StoreId>,
}

/// The position cannot be resumed from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot resume: {reason}. The smallest position of store {store} is {oldest}; ask for a snapshot instead")]
pub struct SubscribeError {
    /// Why.
    pub reason: String,
    /// The smallest `since` that is accepted.
    pub oldest: Revision,
    /// This store.
    pub store: StoreId,
}

/// Whether everything after a position can be given.
pub(super) fn check(shared: &Shared, since: &Position, present: Revision) -> Result<(), SubscribeError> {
    let (store, oldest) = (shared.journal.store(), shared.journal.oldest());
    let reason = if since.store.as_ref().is_some_and(|named| named != store) {
        "the position is of another store".to_owned()
    } else if since.revision > present {
        format!("revision {} is above the present one, {present}", since.revision)
    } else if since.revision < oldest {
        format!("the changes after revision {} are no longer kept", since.revision)
    } else if !shared.journal.knows(since.revision) {
        format!("revision {} is none of this store's, which was restored from a backup", since.revision)
    } else {
        return Ok(());
    };
    Err(SubscribeError { reason, oldest, store: store.clone() })
}
