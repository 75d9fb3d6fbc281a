//! The domain: what a book is, which changes are allowed, and what a query finds.
//!
//! Pure and deterministic: no clock, no files, no randomness, no async. Time comes in with the [`Command`];
//! [`Catalogue::prepare`] decides and changes nothing, [`Catalogue::apply`] obeys and cannot refuse.

mod book;
mod catalogue;
mod details;
mod draft;
mod entry;
mod field;
mod fold;
mod former;
mod ids;
mod isbn;
mod language;
mod operation;
mod patch;
mod price;
mod query;
mod refusal;
mod scan;
mod size;
mod splice;
mod strict;
mod text;
mod tree;

pub use book::{Book, OpenBook};
pub use catalogue::{Catalogue, Prepared};
pub use details::{Details, Text};
pub use draft::Draft;
pub use entry::{Answer, Change, ChangeKind, Entry, Outcome, RequestNote};
pub use field::Field;
pub use fold::fold;
pub use former::Former;
pub use ids::{BookId, Revision, Timestamp};
pub use isbn::{Isbn, IsbnError};
pub use language::Language;
pub use operation::{Command, Operation, RevisionPolicy, Rules};
pub use patch::merge;
pub use price::Price;
pub use query::{Cursor, Filter, Indexed, ListQuery, Page, Sort};
pub use refusal::{ConflictReason, FieldError, Refusal, Refused};
pub use scan::Scan;
pub use size::json_bytes;
pub use strict::{Strict, StrictMembers};

/// The largest JSON form of one book, in bytes.
pub const BOOK_BYTES_MAX: usize = 64 * 1024;
/// The most operations in one command.
pub const OPERATIONS_MAX: usize = 1_000;
