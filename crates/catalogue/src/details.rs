//! A book's fields one by one, as JSON values.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::{Details, Field};

impl Details {
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

    /// The fields in which this differs from `other`.
    pub fn differing(&self, other: &Details) -> Vec<Field> {
        Field::ALL.into_iter().filter(|field| self.differs(other, *field)).collect()
    }

    fn differs(&self, other: &Details, field: Field) -> bool {
        match field {
            Field::Title => self.title != other.title,
            Field::Author => self.author != other.author,
            Field::Publisher => self.publisher != other.publisher,
            Field::Year => self.year != other.year,
            Field::Pages => self.pages != other.pages,
            Field::Edition => self.edition != other.edition,
            Field::Description => self.description != other.description,
            Field::Status => self.status != other.status,
            Field::Isbn => self.isbn != other.isbn,
            Field::Language => self.language != other.language,
            Field::Subjects => self.subjects != other.subjects,
            Field::Series => self.series != other.series,
            Field::Shelf => self.shelf != other.shelf,
            Field::Barcode => self.barcode != other.barcode,
            Field::Stock => self.stock != other.stock,
            Field::Price => self.price != other.price,
            Field::Extra => self.extra != other.extra,
        }
    }

    /// The values of `fields`, unset ones as null.
    pub(crate) fn values(&self, fields: &[Field]) -> Map<String, Value> {
        fields.iter().map(|field| (field.name().to_owned(), self.value(*field))).collect()
    }

    /// The values of all fields as in output: optional ones that are unset are left out.
    pub(crate) fn all_values(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(members)) => members,
            other => unreachable!("a book's fields are a JSON object, not {other:?}"),
        }
    }
}

fn read<T: DeserializeOwned + Default>(value: Value) -> T {
    serde_json::from_value(value).unwrap_or_default()
}
