//! The members of one book of the original's making: those a book has, and the strays beside them.

use std::collections::BTreeMap;

use catalogue::{Draft, Field, FieldError};
use serde_json::{Map, Value, value::RawValue};

use super::original::Members;

/// A book's members, sorted into what its fields may hold and what they cannot.
pub(super) struct Sorted {
    /// Members that a book has, not checked.
    pub(super) draft: Draft,
    /// Everything else.
    pub(super) strays: Vec<Stray>,
}

/// A value for which there is no field.
pub(super) struct Stray {
    /// The name it had.
    pub(super) name: String,
    /// The value: a text itself, all else as JSON, just as it was written.
    pub(super) text: String,
    /// Why it has no place.
    pub(super) errors: Vec<FieldError>,
}

/// Sorts a book's members. What says nothing (null, and a blank where no text belongs) is unset.
pub(super) fn sorted(Members(members): &Members<'_>) -> Sorted {
    let last: BTreeMap<&str, usize> =
        members.iter().enumerate().map(|(index, (name, _))| (name.as_str(), index)).collect();
    let mut sorted = Sorted { draft: Draft::default(), strays: Vec::new() };
    for (index, (name, raw)) in members.iter().enumerate() {
        // The last of two is what every other reader of this file has seen.
        let is_repeated = last.get(name.as_str()) != Some(&index);
        match serde_json::from_str::<Value>(raw.get()) {
            Err(error) => sorted.stray(name, raw.get().into(), format!("cannot be read ({error})")),
            Ok(value) if is_nothing(name, &value) => {}
            Ok(value) if is_repeated => {
                sorted.stray(name, text(&value, Some(raw)), "is named twice, the last one counts".into());
            }
            Ok(value) => sorted.put(name, value, raw),
        }
    }
    sorted
}

impl Sorted {
    fn put(&mut self, name: &str, value: Value, raw: &RawValue) {
        let value = match (Field::from_name(name), value) {
            (Some(Field::Subjects), Value::Array(subjects)) => self.only_texts(subjects),
            (Some(Field::Extra), Value::Object(pairs)) => self.only_pairs(pairs),
            (Some(_), value) => value,
            (None, value) if name == "id" => value,
            (None, _) if matches!(name, "revision" | "updated_at") => return,
            (None, value) => return self.stray(name, text(&value, Some(raw)), "is no field of a book".into()),
        };
        self.draft.members_mut().insert(name.into(), value);
    }

    /// The subjects that are texts; the others go astray together.
    fn only_texts(&mut self, subjects: Vec<Value>) -> Value {
        let said = subjects.into_iter().filter(|subject| !is_blank(subject));
        let (texts, others): (Vec<_>, Vec<_>) = said.partition(Value::is_string);
        if !others.is_empty() {
            let message = format!("must be a list of texts, {} of them are none", others.len());
            self.stray(Field::Subjects.name(), Value::from(others).to_string(), message);
        }
        texts.into()
    }

    /// The pairs of texts; the others go astray one by one, to come back as text.
    fn only_pairs(&mut self, pairs: Map<String, Value>) -> Value {
        let mut texts = Map::new();
        for (name, value) in pairs.into_iter().filter(|(_, value)| !is_blank(value)) {
            if value.is_string() {
                texts.insert(name, value);
            } else {
                let error = FieldError::new(format!("extra.{name}"), "must be text");
                self.strays.push(Stray { name, text: value.to_string(), errors: vec![error] });
            }
        }
        texts.into()
    }

    fn stray(&mut self, name: &str, text: String, message: String) {
        let errors = vec![FieldError::new(name, message)];
        self.strays.push(Stray { name: name.into(), text, errors });
    }
}

/// A value as text: a text itself, all else as it was written.
pub(super) fn text(value: &Value, raw: Option<&RawValue>) -> String {
    match (value, raw) {
        (Value::String(text), _) => text.clone(),
        (_, Some(raw)) => raw.get().to_owned(),
        (_, None) => value.to_string(),
    }
}

/// Whether a value says nothing in a member of that name.
fn is_nothing(name: &str, value: &Value) -> bool {
    match Field::from_name(name) {
        Some(field) if is_text(field) => value.is_null(),
        _ => is_blank(value),
    }
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

fn is_text(field: Field) -> bool {
    !matches!(field, Field::Year | Field::Pages | Field::Stock | Field::Subjects | Field::Price | Field::Extra)
}
