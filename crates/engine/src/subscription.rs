//! A subscriber: a cursor into the feed, not a queue.

use std::sync::Arc;

use catalogue::{Book, BookId, Field, Revision};
use journal::StoreId;

use crate::FeedEntry;

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

/// What a subscriber is told.
#[derive(Clone, Debug)]
pub enum Event {
    /// A page of the snapshot.
    Books {
        /// The one revision that all pages stand for.
        revision: Revision,
        /// The books of this page.
        books: Vec<Arc<Book>>,
    },
    /// All that was is delivered; live from here.
    Current {
        /// The position to resume from.
        revision: Revision,
    },
    /// One whole entry, or the part of it that concerns this subscriber.
    Change {
        /// The entry.
        entry: Arc<FeedEntry>,
        /// What of it this subscriber sees; `None`: all of it (no filter), so that its shared form can be sent.
        changes: Option<Vec<FeedChange>>,
    },
    /// What was delivered so far is void; a fresh snapshot follows.
    Reset {
        /// The revision of the snapshot that follows.
        revision: Revision,
    },
}

/// What a change is to one subscriber.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedChange {
    /// The kind, as seen through the subscriber's filter.
    pub kind: FeedChangeKind,
    /// Which book.
    pub id: BookId,
    /// The book as it became; absent when deleted or left.
    pub book: Option<Arc<Book>>,
    /// Which fields changed; for `Updated` only.
    pub changed: Vec<Field>,
}

/// The kinds of change a subscriber can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedChangeKind {
    /// The book is new and matches.
    Created,
    /// It matched before and matches still.
    Updated,
    /// It exists longer but matches only now.
    Entered,
    /// It matched and is gone.
    Deleted,
    /// It matched and does no more.
    Left,
}

/// A subscription in force. Dropping it ends it.
pub struct Subscription {}

impl Subscription {
    /// The next event up to the entry `head` (take it from [`Engine::published`](crate::Engine::published) first), or
    /// `None` when there is none. Waits only for the journal, never for new entries.
    pub async fn next(&mut self, head: Revision) -> Option<Event> {
        let _ = head;
        todo!()
    }

    /// The position to resume from, `None` while a snapshot or the catch-up is being sent: what `Current` is made of
    /// when there was nothing else to say for a while.
    pub fn current(&self) -> Option<Revision> {
        todo!()
    }
}
