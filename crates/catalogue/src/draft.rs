//! From what a client wrote to a book: parse, don't validate.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{BookId, Details, FieldError};

/// A book, or some fields of one, as a client wrote it: a JSON object of which nothing has been checked.
///
/// Members are sorted by name, so that equal drafts are equal bytes. A member named twice is refused at parsing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Draft(pub Map<String, Value>);

impl Draft {
    /// The book this draft describes, with its `id` where one is given; else every broken rule, each once.
    pub fn check(&self) -> Result<(Option<BookId>, Details), Vec<FieldError>> {
        todo!()
    }
}
