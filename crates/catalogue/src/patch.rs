//! Changing some fields of a book: merge patches (RFC 7396) and sums.

use serde_json::{Map, Value};

use crate::draft::{self, is_ignored, unknown};
use crate::{Book, Change, ChangeKind, Details, Draft, Field, FieldError};

/// `target` after `patch`, by RFC 7396 section 2.
pub fn merge(target: Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    let mut merged = match target {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    for (name, value) in patch {
        if value.is_null() {
            merged.remove(name);
        } else {
            let before = merged.remove(name).unwrap_or(Value::Null);
            merged.insert(name.clone(), merge(before, value));
        }
    }
    Value::Object(merged)
}

/// `details` with the fields of `set` merged in. Only those are checked: old faults elsewhere do not hinder an edit.
pub(crate) fn patched(details: &Details, set: &Draft) -> Result<Details, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut patched = details.clone();
    for (name, value) in &set.0 {
        match Field::from_name(name) {
            Some(field) if value.is_object() => {
                let merged = merge(details.value(field), value);
                draft::read(field, &merged, &mut patched, &mut errors);
            }
            Some(field) => draft::read(field, value, &mut patched, &mut errors),
            None if name == "id" || is_ignored(name) => {}
            None => errors.push(unknown(name)),
        }
    }
    if errors.is_empty() { Ok(patched) } else { Err(errors) }
}

/// The book before a change: `book` with `was` laid over it, or all of `was`.
pub(crate) fn book_before(change: &Change) -> Option<Book> {
    let was = change.was.as_ref()?;
    let mut details = match change.kind {
        ChangeKind::Created => return None,
        ChangeKind::Updated => change.book.as_ref()?.details.clone(),
        ChangeKind::Deleted => Details::default(),
    };
    for (name, value) in was {
        if let Some(field) = Field::from_name(name) {
            details.put(field, value.clone());
        }
    }
    let (revision, updated_at) = change.book.as_ref().map(|book| (book.revision, book.updated_at)).unwrap_or_default();
    Some(Book { id: change.id, details, revision, updated_at })
}
