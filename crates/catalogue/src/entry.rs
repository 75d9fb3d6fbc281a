//! Facts: what one write call did. Nothing is left to decide after it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Book, BookId, Field, Former, Revision, Text, Timestamp};

/// One write call's facts. Its JSON is the journal line's content (the journal adds `durable` and `crc`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The entry's number.
    pub revision: Revision,
    /// What the clock said.
    pub at: Timestamp,
    /// Who did it.
    pub by: Arc<str>,
    /// The client's request id and what it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestNote>,
    /// One per book touched, in the order first touched; empty only with a request id.
    pub changes: Vec<Change>,
}

/// A request id with the fingerprint of what was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestNote {
    /// The id the client chose, at most 128 characters.
    pub id: Text,
    /// The fingerprint of the call and its parameters.
    pub hash: Text,
    /// The answer, where the changes do not yield it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// What a write call is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The entry's revision; the store's where nothing changed and no entry was made.
    pub revision: Revision,
    /// One per operation, in order.
    pub results: Vec<Outcome>,
}

/// What one operation came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Outcome {
    /// The book as it became.
    Book {
        /// The whole book.
        book: Book,
    },
    /// The book is gone.
    Deleted {
        /// Its number.
        id: BookId,
    },
}

/// What an entry did to one book.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// To which book.
    pub id: BookId,
    /// The whole book as it became; absent when deleted.
    #[serde(default, deserialize_with = "Book::optional", skip_serializing_if = "Option::is_none")]
    pub book: Option<Book>,
    /// Which fields changed; for `Updated` only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Field>,
    /// `Updated`: the former values of exactly the fields in `changed`, null = unset. `Deleted`: all former fields
    /// but `id`, `revision` and `updated_at`. Absent when created, and when deleted by the very entry that created it:
    /// such a change uses up the id and is never seen by a subscriber.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Former>,
}

/// The kinds of change an entry can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// The book is new.
    Created,
    /// Fields of the book changed.
    Updated,
    /// The book is gone.
    Deleted,
}

impl Entry {
    /// The answer of the call that made this entry: the one kept, or the one its changes yield.
    pub fn answer(&self) -> Answer {
        if let Some(kept) = self.request.as_ref().and_then(|request| request.answer.as_ref()) {
            return kept.clone();
        }
        let results = self.changes.iter().map(Change::outcome).collect();
        Answer { revision: self.revision, results }
    }
}

impl Change {
    /// What the operation behind this change was answered.
    pub(crate) fn outcome(&self) -> Outcome {
        match &self.book {
            Some(book) => Outcome::Book { book: book.clone() },
            None => Outcome::Deleted { id: self.id },
        }
    }

    /// Whether anybody outside can have seen what this change is about.
    pub fn is_visible(&self) -> bool {
        self.kind != ChangeKind::Deleted || self.was.is_some()
    }

    /// The book as it was before, `None` where there was none. Its `revision` and `updated_at` are not known here.
    pub fn book_before(&self) -> Option<Book> {
        crate::patch::book_before(self)
    }
}
