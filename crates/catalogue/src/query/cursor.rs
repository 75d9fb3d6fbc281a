//! Places between two pages.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::sort::{Key, Rank, Sort};
use crate::{Book, BookId, FieldError};

/// Where the next page begins. Opaque to clients; bound to the sort it was made for.
///
/// It holds what the last book of the page before was sorted by, and not a number of books: so books that come, change
/// and go between two pages make none of the others come twice or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    sort: Sort,
    key: Key<'static>,
    id: BookId,
}

impl Cursor {
    /// The place behind `book`.
    pub(super) fn behind(sort: &Sort, book: &Book) -> Self {
        Cursor { sort: sort.clone(), key: sort.key(book).into_owned(), id: book.id }
    }

    pub(super) fn sort(&self) -> &Sort {
        &self.sort
    }

    pub(super) fn id(&self) -> BookId {
        self.id
    }

    pub(super) fn rank(&self) -> Rank<'_> {
        self.sort.rank_of(self.key.as_ref(), self.id)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = match &self.key {
            Key::Number(number) => json!(number),
            Key::Text(text) => json!(text),
            Key::Unset => Value::Null,
        };
        let content = json!([self.sort.to_string(), key, self.id]);
        f.write_str(&URL_SAFE_NO_PAD.encode(content.to_string()))
    }
}

impl FromStr for Cursor {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text).ok_or_else(|| FieldError::new("cursor", "is none of ours: send `next` of the page before unchanged"))
    }
}

fn read(text: &str) -> Option<Cursor> {
    let content = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (sort, key, id): (String, Value, BookId) = serde_json::from_slice(&content).ok()?;
    let key = match key {
        Value::Null => Key::Unset,
        Value::Number(number) => Key::Number(number.as_i64()?),
        Value::String(text) => Key::Text(text.into()),
        _ => return None,
    };
    Some(Cursor { sort: sort.parse().ok()?, key, id })
}
