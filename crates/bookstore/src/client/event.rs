//! Events of a subscription, read.

use catalogue::{Book, BookId, Field, Revision};
use serde::Deserialize;

/// One event; what this version does not know is `Unknown`.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Event {
    /// A page of the snapshot.
    Books { books: Vec<Book> },
    /// All that was, is delivered.
    Current { revision: Revision, store: String },
    /// One whole entry.
    Change { revision: Revision, at: String, by: String, changes: Vec<BookChange> },
    /// What was known before is void; a snapshot follows.
    Reset { revision: Revision },
    /// Something of a later version.
    #[serde(other)]
    Unknown,
}

/// What an entry did to one book, as this subscription sees it.
#[derive(Debug, Deserialize)]
pub(crate) struct BookChange {
    pub(crate) kind: String,
    pub(crate) id: BookId,
    #[serde(default)]
    pub(crate) book: Option<Book>,
    #[serde(default)]
    pub(crate) changed: Vec<Field>,
}
