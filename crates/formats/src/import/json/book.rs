//! One object of a file as a draft.

use std::borrow::Cow;
use std::fmt;

use catalogue::{Field, StrictMembers};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::scanner::message;
use crate::ROW_BYTES_MAX;
use crate::import::value::{isbn, price};
use crate::import::{Glance, Row, RowError};

/// Members that were met and are not known, each once.
#[derive(Default)]
pub(super) struct Unknown(Vec<String>);

/// A file whose every book has members of other names is told about the first of them only.
const UNKNOWN_MAX: usize = 100;

impl Unknown {
    pub(super) fn names(&self) -> &[String] {
        &self.0
    }

    fn add(&mut self, name: &str) {
        if self.0.len() < UNKNOWN_MAX && !self.0.iter().any(|known| known == name) {
            self.0.push(name.to_owned());
        }
    }
}

/// What a first look at the object in `text` tells. Nothing of it is kept and no value is judged, which is several times
/// as quick as reading it.
pub(super) fn glance(text: &str, unknown: &mut Unknown) -> Glance {
    // An object that cannot be read names nothing; why is told when it is read.
    let Ok(Seen { names_id, unknown: names }) = serde_json::from_str(text) else { return Glance::default() };
    names.iter().for_each(|name| unknown.add(name));
    Glance { names_id }
}

/// The members of an object, without their values.
struct Seen<'de> {
    names_id: bool,
    unknown: Vec<Cow<'de, str>>,
}

/// A member's name, in place where it can be.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Seen<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Seen<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Seen<'de>, A::Error> {
        let mut seen = Seen { names_id: false, unknown: Vec::new() };
        while let Some(Name(name)) = map.next_key()? {
            if name == "id" {
                seen.names_id = map.next_value::<Option<IgnoredAny>>()?.is_some();
                continue;
            }
            map.next_value::<IgnoredAny>()?;
            if !is_ours(&name) && !IGNORED.contains(&&*name) {
                seen.unknown.push(name);
            }
        }
        Ok(seen)
    }
}

fn is_ours(name: &str) -> bool {
    name == "id" || Field::from_name(name).is_some()
}

/// The object that stands in `text` as the row `line`.
pub(super) fn read(line: u64, text: &str, unknown: &mut Unknown) -> Result<Row, RowError> {
    let refused = |reason| RowError { line, reason, cells: vec![text.to_owned()] };
    let StrictMembers(mut draft) = serde_json::from_str(text).map_err(|error| refused(reason(&error)))?;
    draft.retain(|name, _| {
        let is_kept = is_ours(name);
        if !is_kept && !IGNORED.contains(&name.as_str()) {
            unknown.add(name);
        }
        is_kept
    });
    let mut notes = Vec::new();
    read_isbn(&mut draft, &mut notes);
    read_price(&mut draft).map_err(refused)?;
    Ok(Row { line, draft: draft.into(), notes, cells: vec![text.to_owned()] })
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
