//! A table: a column for each field, and one for each key of the shop's own.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Arc;

use catalogue::{Book, Field};

use super::ExportError;
use crate::guard::guarded;

pub(super) fn write(books: &[Arc<Book>], delimiter: u8, out: &mut dyn Write) -> Result<(), ExportError> {
    let keys: BTreeSet<&str> = books.iter().flat_map(|book| book.details.extra.keys()).map(|key| &**key).collect();
    let mut table = csv::WriterBuilder::new().delimiter(delimiter).from_writer(out);
    let fields = FIELDS.into_iter().map(Field::name);
    for name in std::iter::once("id").chain(fields).chain(std::iter::once("currency")) {
        table.write_field(name)?;
    }
    for key in &keys {
        table.write_field(format!("extra.{key}"))?;
    }
    table.write_record(END)?;
    for book in books {
        for cell in cells(book, &keys) {
            table.write_field(cell.as_bytes())?;
        }
        table.write_record(END)?;
    }
    Ok(table.flush()?)
}

/// Ends a row that was written cell by cell.
const END: Option<&[u8]> = None;

/// The fields with a column of their own: all but the last. The price, the last of these, has a second one behind it.
const FIELDS: [Field; Field::ALL.len() - 1] = {
    let mut fields = [Field::Title; Field::ALL.len() - 1];
    let mut index = 0;
    while index < fields.len() {
        fields[index] = Field::ALL[index];
        index += 1;
    }
    fields
};

fn cells<'a>(book: &'a Book, keys: &'a BTreeSet<&'a str>) -> impl Iterator<Item = Cow<'a, str>> {
    let currency = book.details.price.as_ref().map_or("", |price| &price.currency);
    std::iter::once(Cow::from(book.id.to_string()))
        .chain(FIELDS.into_iter().map(|field| cell(book, field)))
        .chain(std::iter::once(guarded(currency)))
        .chain(keys.iter().map(|key| text(book.details.extra.get(*key).map(|value| &**value))))
}

fn cell(book: &Book, field: Field) -> Cow<'_, str> {
    let details = &book.details;
    match field {
        Field::Title => guarded(&details.title),
        Field::Author => guarded(&details.author),
        Field::Publisher => guarded(&details.publisher),
        Field::Year => number(details.year),
        Field::Pages => number(details.pages),
        Field::Edition => guarded(&details.edition),
        Field::Description => guarded(&details.description),
        Field::Status => guarded(&details.status),
        Field::Isbn => text(details.isbn.as_deref()),
        Field::Language => text(details.language.as_deref()),
        Field::Subjects => Cow::from(guarded(&details.subjects.join("; ")).into_owned()),
        Field::Series => text(details.series.as_deref()),
        Field::Shelf => text(details.shelf.as_deref()),
        Field::Barcode => text(details.barcode.as_deref()),
        Field::Stock => number(details.stock),
        Field::Price => text(details.price.as_ref().map(|price| &*price.amount)),
        Field::Extra => Cow::from(""),
    }
}

fn text(text: Option<&str>) -> Cow<'_, str> {
    guarded(text.unwrap_or_default())
}

/// Numbers are what they are, also below zero.
fn number(number: Option<i64>) -> Cow<'static, str> {
    number.map_or(Cow::from(""), |number| Cow::from(number.to_string()))
}
