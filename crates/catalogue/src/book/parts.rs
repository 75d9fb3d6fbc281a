//! A book in parts: how it is read from another hand, and how its JSON is described.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use serde_json::value::RawValue;

use crate::splice::Spliced;
use crate::{Book, BookId, Details, Revision, Timestamp};

/// One book: what people say of it, and the store's own three fields.
///
/// JSON: `id`, the nine fields of the original, the optional ones where set, `revision`, `updated_at`.
/// A fact, not a wish: it may hold values that today's rules refuse (a taken-over file is kept as it was).
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Book")]
struct Parts {
    /// The book's number; never used twice.
    id: BookId,
    /// What people say of the book.
    #[serde(flatten)]
    details: Details,
    /// The revision that last changed this book; also its ETag.
    revision: Revision,
    /// When that was, by the server's clock.
    updated_at: Timestamp,
}

impl Serialize for Book {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Spliced(self.json()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Book {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Parts { id, details, revision, updated_at } = Parts::deserialize(deserializer)?;
        Ok(Book::new(id, &details, revision, updated_at))
    }
}

impl Book {
    /// Reads a member that may hold a book, from JSON that is at hand as a text: most need not be decoded.
    pub(crate) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Book>, D::Error> {
        let json = Option::<Box<RawValue>>::deserialize(deserializer)?;
        json.map(|json| Book::from_json(json.get())).transpose().map_err(D::Error::custom)
    }
}

impl JsonSchema for Book {
    fn schema_name() -> Cow<'static, str> {
        Parts::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        Parts::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Parts::json_schema(generator)
    }
}
