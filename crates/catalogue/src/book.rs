//! A book as it is stored and shown.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{BookId, Price, Revision, Timestamp};

/// Immutable text: two words instead of a `String`'s three, for a million books.
pub type Text = Box<str>;

/// One book: what people say of it, and the store's own three fields.
///
/// JSON: `id`, the nine fields of the original, the optional ones where set, `revision`, `updated_at`.
/// A fact, not a wish: it may hold values that today's rules refuse (a taken-over file is kept as it was).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Book {
    /// The book's number; never used twice.
    pub id: BookId,
    /// What people say of the book.
    #[serde(flatten)]
    pub details: Details,
    /// The revision that last changed this book; also its ETag.
    pub revision: Revision,
    /// When that was, by the server's clock.
    pub updated_at: Timestamp,
}

/// What people say of a book: every field a client may set.
///
/// The rules for each are checked by [`Draft`](crate::Draft), not here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Details {
    /// The title, the only field that must be given; 1 to 1,000 code points.
    pub title: Text,
    /// The authors, joined by "; "; empty where unknown; at most 1,000 code points.
    #[serde(default)]
    pub author: Text,
    /// The publisher, empty where unknown; at most 1,000 code points.
    #[serde(default)]
    pub publisher: Text,
    /// The year of publication, -3000 to 9999.
    #[serde(default)]
    pub year: Option<i64>,
    /// The number of pages, 0 to 100,000.
    #[serde(default)]
    pub pages: Option<i64>,
    /// The edition as printed, at most 200 code points.
    #[serde(default)]
    pub edition: Text,
    /// What the book is about, at most 20,000 code points.
    #[serde(default)]
    pub description: Text,
    /// Free text; "Available" unless said otherwise; at most 200 code points.
    #[serde(default)]
    pub status: Text,
    /// ISBN-13 as 13 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isbn: Option<Text>,
    /// BCP 47 tag in its shortest form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Text>,
    /// At most 100 subjects of at most 200 code points, without ";".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<Text>,
    /// The series and the number in it, at most 1,000 code points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<Text>,
    /// Where the book stands, at most 200 code points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shelf: Option<Text>,
    /// The shop's own barcode, at most 200 code points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barcode: Option<Text>,
    /// Copies in stock, 0 to 10^9.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<i64>,
    /// The selling price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// A shop's own columns: at most 20 pairs, key at most 50, value at most 1,000 code points.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<Text, Text>,
}
