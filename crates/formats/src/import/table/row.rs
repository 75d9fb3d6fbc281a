//! From the cells of a row to a draft.

use catalogue::{Draft, Field};
use serde_json::{Map, Value};

use super::layout::{Column, Digits, Layout};
use crate::guard::unguarded;
use crate::import::value::{isbn, language, number, price, year};

/// The draft of a row, and what is to be said about it; or why there is none.
pub(super) fn read(layout: &Layout, cells: &[&str]) -> Result<(Draft, Vec<String>), String> {
    let mut row = Cells::default();
    for (index, cell) in cells.iter().enumerate() {
        let text = unguarded(cell);
        if let Some(column) = layout.column(index).filter(|_| !text.trim().is_empty()) {
            row.take(column, text);
        }
    }
    row.finish()
}

/// What has been read of a row.
#[derive(Default)]
struct Cells<'a> {
    draft: Map<String, Value>,
    extra: Map<String, Value>,
    notes: Vec<String>,
    /// The one to believe first.
    isbns: Vec<&'a str>,
    price: Option<(&'a str, Option<&'a str>)>,
    currency: Option<&'a str>,
}

impl<'a> Cells<'a> {
    fn take(&mut self, column: &'a Column, text: &'a str) {
        let trimmed = text.trim();
        match column {
            Column::Id => self.put("id", number::whole_or_text(trimmed)),
            Column::Text(field) => self.set(*field, text.into()),
            Column::Authors(between) => self.set(Field::Author, joined(text, between).into()),
            Column::Whole(_) | Column::Counted(_) | Column::Year | Column::Date if is_stroke(trimmed) => {}
            Column::Whole(field) => self.set(*field, number::whole_or_text(trimmed)),
            Column::Counted(field) => self.count(*field, trimmed),
            Column::Year => self.year(year::year(trimmed), Value::from(trimmed)),
            Column::Date => self.date(trimmed),
            Column::Isbn(Digits::Thirteen) => self.isbns.insert(0, text),
            Column::Isbn(Digits::Any) => self.isbns.push(text),
            Column::Language => self.language(trimmed),
            Column::Subjects(between) => self.subjects(text, between),
            Column::Price(currency) => self.price = Some((trimmed, currency.as_deref())),
            Column::Currency => self.currency = Some(trimmed),
            Column::Extra(key) => drop(self.extra.insert(key.clone(), text.into())),
        }
    }

    fn finish(mut self) -> Result<(Draft, Vec<String>), String> {
        let (isbn, notes) = isbn::choose(self.isbns.iter().copied());
        self.notes.extend(notes);
        if let Some(isbn) = isbn {
            self.set(Field::Isbn, isbn.as_str().into());
        }
        if let Some((text, currency)) = self.price.filter(|(text, _)| !is_stroke(text)) {
            let price = price::read(text, self.currency.or(currency))?;
            self.set(Field::Price, price);
        }
        if !self.extra.is_empty() {
            let extra = std::mem::take(&mut self.extra);
            self.set(Field::Extra, extra.into());
        }
        Ok((self.draft.into(), self.notes))
    }

    fn set(&mut self, field: Field, value: Value) {
        self.put(field.name(), value);
    }

    fn put(&mut self, name: &str, value: Value) {
        self.draft.insert(name.to_owned(), value);
    }

    fn count(&mut self, field: Field, text: &str) {
        let value = match (number::whole(text), number::counted(text)) {
            (None, Some(count)) => {
                self.notes.push(format!("{}: {count} was taken from {text:?}", field.name()));
                count.into()
            }
            _ => number::whole_or_text(text),
        };
        self.set(field, value);
    }

    /// Dates are free text, so that one without a year is no fault of the book's.
    fn date(&mut self, text: &str) {
        match year::date(text) {
            None => self.notes.push(format!("year: {text:?} was left out, it names no year")),
            found => self.year(found, Value::Null),
        }
    }

    fn year(&mut self, found: Option<year::Year>, otherwise: Value) {
        let value = found.map_or(otherwise, |found| {
            self.notes.extend(found.note);
            found.year.into()
        });
        self.set(Field::Year, value);
    }

    fn language(&mut self, text: &str) {
        let (tag, note) = language::read(text);
        self.notes.extend(note);
        if let Some(tag) = tag {
            self.set(Field::Language, tag.into());
        }
    }

    fn subjects(&mut self, text: &str, between: &[char]) {
        let subjects = text.split(between).map(str::trim).filter(|subject| !subject.is_empty());
        let subjects: Vec<Value> = subjects.map(Value::from).collect();
        self.set(Field::Subjects, subjects.into());
    }
}

/// A stroke in a column of numbers says that there is none.
fn is_stroke(text: &str) -> bool {
    matches!(text, "-" | "–" | "—")
}

/// Authors as we join them.
fn joined(text: &str, between: &str) -> String {
    let authors = text.split(between).map(str::trim).filter(|author| !author.is_empty());
    authors.collect::<Vec<_>>().join("; ")
}
