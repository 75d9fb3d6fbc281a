//! What a client asks for.

use std::sync::Arc;

use serde::Serialize;

use crate::{BookId, Draft, RequestNote, Revision, Timestamp};

/// One wish about one book.
///
/// Its JSON is canonical (members sorted): a request's fingerprint is taken from it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Add a book; without an `id` in the draft one is assigned.
    Create {
        /// The book as the client wrote it.
        book: Draft,
    },
    /// Change some fields.
    Update {
        /// Which book.
        id: BookId,
        /// A merge patch (RFC 7396) of fields; null unsets.
        #[serde(skip_serializing_if = "Option::is_none")]
        set: Option<Draft>,
        /// Numbers to add at the moment of writing, e.g. `{"stock": -1}`.
        #[serde(skip_serializing_if = "Option::is_none")]
        add: Option<Draft>,
        /// The revision the client saw; another one is a conflict.
        #[serde(skip_serializing_if = "Option::is_none")]
        if_revision: Option<Revision>,
    },
    /// Put a whole new book in the place of one; fields not given become unset.
    Replace {
        /// Which book.
        id: BookId,
        /// The book as the client wrote it.
        book: Draft,
        /// The revision the client saw.
        #[serde(skip_serializing_if = "Option::is_none")]
        if_revision: Option<Revision>,
    },
    /// Take a book out.
    Delete {
        /// Which book.
        id: BookId,
        /// The revision the client saw.
        #[serde(skip_serializing_if = "Option::is_none")]
        if_revision: Option<Revision>,
    },
}

/// Operations to be carried out as one, with who asks and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// The clock's time, brought in so that the catalogue needs no clock.
    pub at: Timestamp,
    /// Who asks: a token's name, or "local".
    pub by: Arc<str>,
    /// The client's request id with the fingerprint of its content; `answer` is filled in by `prepare`.
    pub request: Option<RequestNote>,
    /// At least one, at most [`OPERATIONS_MAX`](crate::OPERATIONS_MAX); carried out in order, all or nothing.
    pub operations: Vec<Operation>,
}

/// Whether a write must name the revision it was made on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RevisionPolicy {
    /// Naming it is the client's choice.
    #[default]
    Optional,
    /// Replace, delete and update with `set` are refused without it.
    Required,
}

/// The operator's rules for writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Whether writes must name a revision.
    pub revision: RevisionPolicy,
}
