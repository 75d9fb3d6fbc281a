//! Places between two pages.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::key::Key;
use super::sort::{Rank, Sort};
use crate::{Book, BookId, FieldError};

/// Where the next page begins. Opaque to clients; bound to the sort it was made for.
///
/// It holds what the last book of the page before was sorted by, and not a number of books: so books that come, change
/// and go between two pages make none of the others come twice or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    sort: Sort,
    key: KeptKey,
    id: BookId,
}

/// A key without the book it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum KeptKey {
    Number(i64),
    /// Folded.
    Text(Box<str>),
    Unset,
}

impl Cursor {
    /// The place behind `book`.
    pub(super) fn behind(sort: &Sort, book: &Book) -> Self {
        let key = match sort.key(book) {
            Key::Number(number) => KeptKey::Number(number),
            Key::Text(text) => KeptKey::Text(text.folded().into()),
            Key::Unset => KeptKey::Unset,
        };
        Cursor { sort: sort.clone(), key, id: book.id() }
    }

    pub(super) fn sort(&self) -> &Sort {
        &self.sort
    }

    pub(super) fn id(&self) -> BookId {
        self.id
    }

    pub(super) fn key(&self) -> Key<'_> {
        match &self.key {
            KeptKey::Number(number) => Key::Number(*number),
            KeptKey::Text(text) => Key::folded(text),
            KeptKey::Unset => Key::Unset,
        }
    }

    pub(super) fn rank(&self) -> Rank<'_> {
        self.sort.rank_of(self.key(), self.id)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = match &self.key {
            KeptKey::Number(number) => json!(number),
            KeptKey::Text(text) => json!(text),
            KeptKey::Unset => Value::Null,
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
        Value::Null => KeptKey::Unset,
        Value::Number(number) => KeptKey::Number(number.as_i64()?),
        Value::String(text) => KeptKey::Text(text.into()),
        _ => return None,
    };
    Some(Cursor { sort: sort.parse().ok()?, key, id })
}
