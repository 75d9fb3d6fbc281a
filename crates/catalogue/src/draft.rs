//! From what a client wrote to a book: parse, don't validate.

mod members;
mod values;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{BookId, Details, Field, FieldError};

/// A book, or some fields of one, as a client wrote it: a JSON object of which nothing has been checked.
///
/// Members are sorted by name, so that equal drafts are equal bytes. A member named twice is refused at parsing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Draft(pub Map<String, Value>);

impl<'de> Deserialize<'de> for Draft {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object_without_repeats(deserializer).map(Draft)
    }
}

impl Draft {
    /// The book this draft describes, with its `id` where one is given; else every broken rule, each once.
    pub fn check(&self) -> Result<(Option<BookId>, Details), Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut details = Details { status: Details::STATUS_DEFAULT.into(), ..Details::default() };
        let mut id = None;
        for (name, value) in &self.0 {
            match Field::from_name(name) {
                Some(field) => values::read(field, value, &mut details, &mut errors),
                None if name == "id" => id = values::id(value, &mut errors),
                None if is_ignored(name) => {}
                None => errors.push(unknown(name)),
            }
        }
        if !self.0.contains_key(Field::Title.name()) {
            errors.push(values::title_missing());
        }
        if errors.is_empty() { Ok((id, details)) } else { Err(errors) }
    }

    /// The id this draft names, `None` where it names none; an error where that is no id.
    pub(crate) fn named_id(&self) -> Result<Option<BookId>, FieldError> {
        let mut errors = Vec::new();
        let id = self.0.get("id").and_then(|value| values::id(value, &mut errors));
        errors.pop().map_or(Ok(id), Err)
    }

    /// The error of a draft for the book `id` that names another one. What is no id at all is [`check`](Self::check)'s.
    pub(crate) fn other_id(&self, id: BookId) -> Option<FieldError> {
        let other = self.named_id().ok().flatten().filter(|named| *named != id)?;
        Some(FieldError::new("id", format!("{other} is another book than {id}: ids do not change, leave it out")))
    }
}

pub(crate) use values::{integer, kind, read};

/// The store's own members, ignored on input so that a book that was read can be sent back.
pub(crate) fn is_ignored(name: &str) -> bool {
    matches!(name, "revision" | "updated_at")
}

pub(crate) fn unknown(name: &str) -> FieldError {
    FieldError::new(name, "there is no such field: correct its name, or put it into \"extra\"")
}
