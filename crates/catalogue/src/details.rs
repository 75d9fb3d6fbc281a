//! What people say of a book, and its fields one by one as JSON values.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Field, Price};

/// Immutable text: two words instead of a `String`'s three.
pub type Text = Box<str>;

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

impl Details {
    /// Appends all fields, as a book has them in its JSON.
    pub(crate) fn write_all(&self, text: &mut String) {
        Field::ALL.into_iter().for_each(|field| self.write(field, text));
    }

    /// A field's value as it stands in JSON; null where it is unset.
    pub fn value(&self, field: Field) -> Value {
        match field {
            Field::Title => json!(self.title),
            Field::Author => json!(self.author),
            Field::Publisher => json!(self.publisher),
            Field::Year => json!(self.year),
            Field::Pages => json!(self.pages),
            Field::Edition => json!(self.edition),
            Field::Description => json!(self.description),
            Field::Status => json!(self.status),
            Field::Isbn => json!(self.isbn),
            Field::Language => json!(self.language),
            Field::Subjects if self.subjects.is_empty() => Value::Null,
            Field::Subjects => json!(self.subjects),
            Field::Series => json!(self.series),
            Field::Shelf => json!(self.shelf),
            Field::Barcode => json!(self.barcode),
            Field::Stock => json!(self.stock),
            Field::Price => json!(self.price),
            Field::Extra if self.extra.is_empty() => Value::Null,
            Field::Extra => json!(self.extra),
        }
    }

    /// Writes a field as a member behind a comma, as in output: an optional one that is unset is left out.
    pub(crate) fn write(&self, field: Field, text: &mut String) {
        match field {
            Field::Title => member(text, field, &self.title),
            Field::Author => member(text, field, &self.author),
            Field::Publisher => member(text, field, &self.publisher),
            Field::Year => member(text, field, &self.year),
            Field::Pages => member(text, field, &self.pages),
            Field::Edition => member(text, field, &self.edition),
            Field::Description => member(text, field, &self.description),
            Field::Status => member(text, field, &self.status),
            Field::Isbn => optional(text, field, self.isbn.as_ref()),
            Field::Language => optional(text, field, self.language.as_ref()),
            Field::Subjects => optional(text, field, Some(&self.subjects).filter(|subjects| !subjects.is_empty())),
            Field::Series => optional(text, field, self.series.as_ref()),
            Field::Shelf => optional(text, field, self.shelf.as_ref()),
            Field::Barcode => optional(text, field, self.barcode.as_ref()),
            Field::Stock => optional(text, field, self.stock.as_ref()),
            Field::Price => optional(text, field, self.price.as_ref()),
            Field::Extra => optional(text, field, Some(&self.extra).filter(|extra| !extra.is_empty())),
        }
    }

    /// Puts back a value that `value` gave: a fact, whatever today's rules say. What cannot be read leaves the field unset.
    pub(crate) fn put(&mut self, field: Field, value: Value) {
        match field {
            Field::Title => self.title = read(value),
            Field::Author => self.author = read(value),
            Field::Publisher => self.publisher = read(value),
            Field::Year => self.year = read(value),
            Field::Pages => self.pages = read(value),
            Field::Edition => self.edition = read(value),
            Field::Description => self.description = read(value),
            Field::Status => self.status = read(value),
            Field::Isbn => self.isbn = read(value),
            Field::Language => self.language = read(value),
            Field::Subjects => self.subjects = read(value),
            Field::Series => self.series = read(value),
            Field::Shelf => self.shelf = read(value),
            Field::Barcode => self.barcode = read(value),
            Field::Stock => self.stock = read(value),
            Field::Price => self.price = read(value),
            Field::Extra => self.extra = read(value),
        }
    }
}

/// Writes a member behind a comma.
pub(crate) fn member(text: &mut String, field: Field, value: &impl Serialize) {
    text.push_str(field.opening());
    text.push_str(&serde_json::to_string(value).expect("keys are texts"));
}

fn optional(text: &mut String, field: Field, value: Option<&impl Serialize>) {
    if let Some(value) = value {
        member(text, field, value);
    }
}

fn read<T: DeserializeOwned + Default>(value: Value) -> T {
    serde_json::from_value(value).unwrap_or_default()
}
