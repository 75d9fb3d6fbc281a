//! Expected noes. What is broken is a fault and never one of these.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Book, BookId, Revision};

/// One rule that one field breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldError {
    /// The field's name as the client wrote it, e.g. `year`, `price.amount`, `extra.supplier`.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl FieldError {
    /// An error at `field`. Both texts are cut at some hundred characters: they may quote a whole megabyte of a client's.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        FieldError { field: cut(field.into(), 200), message: cut(message.into(), 500) }
    }
}

fn cut(mut text: String, chars_max: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(chars_max) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The most errors that one answer tells: more than a book has fields, subjects and pairs, and few enough for a message.
pub(crate) const FIELD_ERRORS_MAX: usize = 200;

/// `value` where nothing is wrong, else what is.
pub(crate) fn without_errors<T>(value: T, mut errors: Vec<FieldError>) -> Result<T, Vec<FieldError>> {
    errors.truncate(FIELD_ERRORS_MAX);
    if errors.is_empty() { Ok(value) } else { Err(errors) }
}

/// Why a conflict is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConflictReason {
    /// The book is not at the revision the client named.
    RevisionMismatch,
    /// The id belongs to another book.
    IdTaken,
    /// The id belonged to a book that was deleted; ids are not used twice.
    IdDeleted,
    /// `add` would take a count below zero.
    BelowZero,
    /// No id is left to assign.
    IdsUsedUp,
}

/// An expected no, with a stable name on every door.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Fields break rules: all of them, not only the first.
    #[error("the book breaks {} rule(s), first: {}", .0.len(), .0.first().map(|e| e.message.as_str()).unwrap_or_default())]
    Invalid(Vec<FieldError>),
    /// There is no such book.
    #[error("there is no book {0}")]
    NotFound(BookId),
    /// Somebody else was faster, or the state does not allow it.
    #[error("{message}")]
    Conflict {
        /// Which kind of conflict.
        reason: ConflictReason,
        /// What happened and what to do next.
        message: String,
        /// The book as it is now; absent where there is none outside the refused command.
        book: Option<Book>,
    },
    /// The book, the reply or the change would be over its limit; nothing was carried out.
    #[error("{0}")]
    TooLarge(String),
    /// The server demands a revision and the call names none.
    #[error("this server asks for the revision you saw: send if_revision (HTTP: If-Match)")]
    RevisionRequired,
}

/// A refusal and, in a command of several operations, which one met it (from 0).
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// The no.
    pub refusal: Refusal,
    /// The index of the operation.
    pub operation: usize,
}

impl Refusal {
    /// The conflict of an update made on an old sight of the book.
    pub(crate) fn revision_mismatch(book: Book, named: Revision) -> Self {
        Refusal::Conflict {
            reason: ConflictReason::RevisionMismatch,
            message: format!(
                "book {} is at revision {}, not {named}: look at the current book and decide again",
                book.id(),
                book.revision()
            ),
            book: Some(book),
        }
    }
}
