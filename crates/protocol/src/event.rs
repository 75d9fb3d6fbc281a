//! What subscribers are told, as JSON.

use catalogue::{Book, BookId, ChangeKind, Entry, Field, Revision, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

/// The method of a notification to a subscriber.
pub const METHOD: &str = "books.changed";

/// One event of a subscription.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event<'a> {
    /// A page of the snapshot; all pages stand for one revision.
    Books {
        /// The revision of the snapshot.
        revision: Revision,
        /// The books of this page; it may be empty.
        books: &'a [Book],
    },
    /// All that was, is delivered; live from here. A position to resume from.
    Current {
        /// The position.
        revision: Revision,
        /// The store it belongs to.
        store: &'a str,
    },
    /// One whole entry. A position to resume from.
    Change {
        /// The entry's revision.
        revision: Revision,
        /// When it was written, by the server's clock.
        at: Timestamp,
        /// Who wrote it.
        by: &'a str,
        /// The writer's request id.
        #[serde(skip_serializing_if = "Option::is_none")]
        request_id: Option<&'a str>,
        /// What it did, book by book.
        changes: Vec<BookChange<'a>>,
    },
    /// What was delivered so far is void; a fresh snapshot follows.
    Reset {
        /// The revision of that snapshot.
        revision: Revision,
    },
}

/// What an entry did to one book, as a subscription sees it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BookChange<'a> {
    /// What happened.
    pub kind: Kind,
    /// To which book.
    pub id: BookId,
    /// The book as it became; absent when deleted or left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub book: Option<&'a Book>,
    /// For `updated`: the names of the fields that changed.
    #[serde(skip_serializing_if = "<[Field]>::is_empty")]
    pub changed: &'a [Field],
}

/// The kinds of change a subscription can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The book is new.
    Created,
    /// Fields of the book changed.
    Updated,
    /// The book did not match the filter before.
    Entered,
    /// The book is gone.
    Deleted,
    /// The book matches the filter no more.
    Left,
}

impl<'a> Event<'a> {
    /// An entry with what a subscription sees of it.
    pub fn change(entry: &'a Entry, changes: Vec<BookChange<'a>>) -> Self {
        Event::Change {
            revision: entry.revision,
            at: entry.at,
            by: &entry.by,
            request_id: entry.request.as_ref().map(|request| &*request.id),
            changes,
        }
    }

    /// An entry as a subscription without a filter sees it.
    pub fn whole(entry: &'a Entry) -> Self {
        let visible = entry.changes.iter().filter(|change| change.is_visible());
        let changes = visible.map(|change| BookChange {
            kind: change.kind.into(),
            id: change.id,
            book: change.book.as_ref(),
            changed: &change.changed,
        });
        Event::change(entry, changes.collect())
    }

    /// The event's JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("events have only texts as keys")
    }
}

impl From<ChangeKind> for Kind {
    fn from(kind: ChangeKind) -> Self {
        match kind {
            ChangeKind::Created => Kind::Created,
            ChangeKind::Updated => Kind::Updated,
            ChangeKind::Deleted => Kind::Deleted,
        }
    }
}

/// What stands before the subscription's id in a notification, between that and the event, and behind the event.
const BEFORE: &str = r#"{"jsonrpc":"2.0","method":"books.changed","params":{"subscription":""#;
const BETWEEN: &str = r#"","result":"#;
const BEHIND: &str = "}}";

/// The notification that carries `event`, which is JSON, to the subscription of that id.
pub fn notification(subscription: &str, event: &str) -> String {
    [BEFORE, subscription, BETWEEN, event, BEHIND].concat()
}

/// The event in a notification to the subscription of that id.
pub fn event_of<'a>(notification: &'a [u8], subscription: &str) -> &'a [u8] {
    let before = BEFORE.len() + subscription.len() + BETWEEN.len();
    &notification[before..notification.len() - BEHIND.len()]
}
