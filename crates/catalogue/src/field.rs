//! The names of a book's fields, in the order in which they are written everywhere.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A field that users change. `id`, `revision` and `updated_at` are the store's own and not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant is the field of the same name, described at Details")]
pub enum Field {
    Title,
    Author,
    Publisher,
    Year,
    Pages,
    Edition,
    Description,
    Status,
    Isbn,
    Language,
    Subjects,
    Series,
    Shelf,
    Barcode,
    Stock,
    Price,
    Extra,
}

impl Field {
    /// Every field, in the order of output.
    pub const ALL: [Field; 17] = [
        Field::Title,
        Field::Author,
        Field::Publisher,
        Field::Year,
        Field::Pages,
        Field::Edition,
        Field::Description,
        Field::Status,
        Field::Isbn,
        Field::Language,
        Field::Subjects,
        Field::Series,
        Field::Shelf,
        Field::Barcode,
        Field::Stock,
        Field::Price,
        Field::Extra,
    ];

    /// The field's name in JSON and in column headers.
    pub fn name(self) -> &'static str {
        match self {
            Field::Title => "title",
            Field::Author => "author",
            Field::Publisher => "publisher",
            Field::Year => "year",
            Field::Pages => "pages",
            Field::Edition => "edition",
            Field::Description => "description",
            Field::Status => "status",
            Field::Isbn => "isbn",
            Field::Language => "language",
            Field::Subjects => "subjects",
            Field::Series => "series",
            Field::Shelf => "shelf",
            Field::Barcode => "barcode",
            Field::Stock => "stock",
            Field::Price => "price",
            Field::Extra => "extra",
        }
    }

    /// How a member of that name begins where another stands before it.
    pub(crate) fn opening(self) -> &'static str {
        match self {
            Field::Title => ",\"title\":",
            Field::Author => ",\"author\":",
            Field::Publisher => ",\"publisher\":",
            Field::Year => ",\"year\":",
            Field::Pages => ",\"pages\":",
            Field::Edition => ",\"edition\":",
            Field::Description => ",\"description\":",
            Field::Status => ",\"status\":",
            Field::Isbn => ",\"isbn\":",
            Field::Language => ",\"language\":",
            Field::Subjects => ",\"subjects\":",
            Field::Series => ",\"series\":",
            Field::Shelf => ",\"shelf\":",
            Field::Barcode => ",\"barcode\":",
            Field::Stock => ",\"stock\":",
            Field::Price => ",\"price\":",
            Field::Extra => ",\"extra\":",
        }
    }

    /// What a book has of a field of which nothing is said: a member behind a comma, or nothing. Of a title something is said.
    pub(crate) fn unset(self) -> &'static str {
        match self {
            Field::Author => ",\"author\":\"\"",
            Field::Publisher => ",\"publisher\":\"\"",
            Field::Year => ",\"year\":null",
            Field::Pages => ",\"pages\":null",
            Field::Edition => ",\"edition\":\"\"",
            Field::Description => ",\"description\":\"\"",
            Field::Status => ",\"status\":\"Available\"",
            _ => "",
        }
    }

    /// The field of that name, if there is one.
    pub fn from_name(name: &str) -> Option<Field> {
        Some(match name {
            "title" => Field::Title,
            "author" => Field::Author,
            "publisher" => Field::Publisher,
            "year" => Field::Year,
            "pages" => Field::Pages,
            "edition" => Field::Edition,
            "description" => Field::Description,
            "status" => Field::Status,
            "isbn" => Field::Isbn,
            "language" => Field::Language,
            "subjects" => Field::Subjects,
            "series" => Field::Series,
            "shelf" => Field::Shelf,
            "barcode" => Field::Barcode,
            "stock" => Field::Stock,
            "price" => Field::Price,
            "extra" => Field::Extra,
            _ => return None,
        })
    }
}
