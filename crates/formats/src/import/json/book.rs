//! One object of a file as a draft.

use catalogue::{Draft, Field};
use serde_json::{Map, Value};

use super::scanner::message;
use crate::ROW_BYTES_MAX;
use crate::import::value::{isbn, price};
use crate::import::{Row, RowError};

/// Members that were met and are not known, each once.
#[derive(Default)]
pub(super) struct Unknown(Vec<String>);

/// A file whose every book has members of other names is told about the first of them only.
const UNKNOWN_MAX: usize = 100;

impl Unknown {
    pub(super) fn names(&self) -> &[String] {
        &self.0
    }

    fn add(&mut self, name: String) {
        if self.0.len() < UNKNOWN_MAX && !self.0.contains(&name) {
            self.0.push(name);
        }
    }
}

/// The object that stands in `text` as the row `line`.
pub(super) fn read(line: u64, text: &str, unknown: &mut Unknown) -> Result<Row, RowError> {
    let refused = |reason| RowError { line, reason, cells: vec![text.to_owned()] };
    let whole: Draft = serde_json::from_str(text).map_err(|error| refused(reason(&error)))?;
    let mut draft = Map::new();
    for (name, value) in whole.0 {
        if name == "id" || Field::from_name(&name).is_some() {
            draft.insert(name, value);
        } else if !IGNORED.contains(&name.as_str()) {
            unknown.add(name);
        }
    }
    let mut notes = Vec::new();
    read_isbn(&mut draft, &mut notes);
    read_price(&mut draft).map_err(refused)?;
    Ok(Row { line, draft: Draft(draft), notes, cells: vec![text.to_owned()] })
}

fn reason(error: &serde_json::Error) -> String {
    let message = message(error);
    if error.is_data() { message } else { format!("its JSON is wrong from byte {} on: {message}", error.column()) }
}

/// The refusal of a book that is longer than any.
pub(super) fn too_long(line: u64) -> RowError {
    let reason = format!("is longer than {ROW_BYTES_MAX} bytes, a book is not");
    RowError { line, reason, cells: Vec::new() }
}

/// The store's own members, which our exports of old and the server's answers hold.
const IGNORED: [&str; 2] = ["revision", "updated_at"];

/// A book is kept without a wrong ISBN. One that says null, or nothing, is left to say so.
fn read_isbn(draft: &mut Map<String, Value>, notes: &mut Vec<String>) {
    let name = Field::Isbn.name();
    let text = match draft.get(name) {
        Some(Value::String(text)) if !text.trim().is_empty() => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => return,
    };
    let (isbn, found) = isbn::choose(std::iter::once(text.as_str()));
    notes.extend(found);
    match isbn {
        Some(isbn) => draft.insert(name.to_owned(), isbn.as_str().into()),
        None => draft.remove(name),
    };
}

/// A price may be one text with amount and currency.
fn read_price(draft: &mut Map<String, Value>) -> Result<(), String> {
    if let Some(Value::String(text)) = draft.get(Field::Price.name()) {
        let price = price::read(text, None)?;
        draft.insert(Field::Price.name().to_owned(), price);
    }
    Ok(())
}
