//! A table: a column for each field, and one for each key of the shop's own.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use catalogue::{Book, Field};

use super::ExportError;
use crate::guard::guarded;

pub(super) fn write(books: &[Book], delimiter: u8, out: &mut dyn Write) -> Result<(), ExportError> {
    let keys: BTreeSet<_> = books.iter().flat_map(Book::extra).map(|(key, _)| key).collect();
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

fn cells<'a>(book: &'a Book, keys: &'a BTreeSet<Cow<'a, str>>) -> impl Iterator<Item = Cow<'a, str>> {
    let currency = book.price().map(|price| price.currency).unwrap_or_default();
    let extra: BTreeMap<_, _> = book.extra().collect();
    std::iter::once(Cow::from(book.id().to_string()))
        .chain(FIELDS.into_iter().map(|field| cell(book, field)))
        .chain(std::iter::once(text(currency.into_string().into())))
        .chain(keys.iter().map(move |key| text(extra.get(key).cloned().unwrap_or_default())))
}

fn cell(book: &Book, field: Field) -> Cow<'_, str> {
    match field {
        Field::Year | Field::Pages | Field::Stock => number(book.number(field)),
        Field::Subjects => text(book.subjects().collect::<Vec<_>>().join("; ").into()),
        Field::Price => text(book.price().map(|price| price.amount.into_string()).unwrap_or_default().into()),
        Field::Extra => Cow::from(""),
        _ => text(book.text(field)),
    }
}

fn text(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => guarded(text),
        Cow::Owned(text) => guarded(&text).into_owned().into(),
    }
}

/// Numbers are what they are, also below zero.
fn number(number: Option<i64>) -> Cow<'static, str> {
    number.map_or(Cow::from(""), |number| Cow::from(number.to_string()))
}
