//! From what a client wrote to a book: parse, don't validate.

mod members;
mod plain;
mod said;
mod values;
mod written;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::members::{Known, Members};
use crate::refusal::without_errors;
use crate::strict::StrictMembers;
use crate::{BookId, Details, Field, FieldError, Scan};

/// A book, or some fields of one, as a client wrote it: a JSON object of which nothing has been checked.
///
/// Members are sorted by name, so that equal drafts are equal bytes. A member named twice is refused at parsing.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Draft(Members);

impl<'de> Deserialize<'de> for Draft {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        StrictMembers::deserialize(deserializer).map(|StrictMembers(members)| members.into())
    }
}

impl From<Map<String, Value>> for Draft {
    fn from(members: Map<String, Value>) -> Self {
        Draft(Members::Any(members))
    }
}

impl Default for Draft {
    fn default() -> Self {
        Map::new().into()
    }
}

impl PartialEq for Draft {
    fn eq(&self, other: &Self) -> bool {
        self.members() == other.members()
    }
}

impl Draft {
    /// Takes a draft from the beginning of a text; `None` where it has another member than a book, or one twice, or any
    /// that is not spelt as usual.
    pub fn scan(scan: &mut Scan<'_>) -> Option<Draft> {
        Known::scan(scan).map(|known| Draft(Members::Known(known)))
    }

    /// The same of a text that is a draft and nothing else.
    pub fn scan_whole(text: &str) -> Option<Draft> {
        let mut scan = Scan::of(text);
        Draft::scan(&mut scan).filter(|_| scan.is_at_end())
    }

    /// Its members as JSON. A draft that was scanned does not have them, and has them made.
    pub fn members(&self) -> Cow<'_, Map<String, Value>> {
        self.0.as_map()
    }

    /// The same, to be changed.
    pub fn members_mut(&mut self) -> &mut Map<String, Value> {
        self.0.as_map_mut()
    }

    /// Takes one out.
    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// How many values of JSON it holds, those within others included.
    pub fn values(&self) -> usize {
        self.0.values()
    }

    /// The book this draft describes, with its `id` where one is given; else every broken rule, each once.
    pub fn check(&self) -> Result<(Option<BookId>, Details), Vec<FieldError>> {
        let mut errors = Vec::new();
        let id = self.id(BookId::GIVEN_MAX).unwrap_or_else(|error| {
            errors.push(error);
            None
        });
        let details = self.details(&mut errors);
        without_errors((id, details), errors)
    }

    /// The same draft for the book `id` without saying so: that it names the book it is for adds nothing.
    #[must_use]
    pub fn for_book(mut self, id: BookId) -> Self {
        if self.renames(id).is_none() {
            self.0.remove("id");
        }
        self
    }

    /// What this draft makes of the book `id`, which it may name but not rename.
    pub(crate) fn check_for(&self, id: BookId) -> Result<Details, Vec<FieldError>> {
        let mut errors = Vec::from_iter(self.renames(id));
        let details = self.details(&mut errors);
        without_errors(details, errors)
    }

    /// The id this draft names, where that is one a client may choose.
    pub(crate) fn chosen_id(&self) -> Option<BookId> {
        self.id(BookId::GIVEN_MAX).ok().flatten()
    }

    /// The error of a draft for the book `id` that names another one.
    pub(crate) fn renames(&self, id: BookId) -> Option<FieldError> {
        match self.id(BookId::ASSIGNED_MAX) {
            Ok(named) if named.is_none_or(|named| named == id) => None,
            Ok(_) => Some(FieldError::new("id", format!("must be {id} or left out: a book keeps its id"))),
            Err(error) => Some(error),
        }
    }

    /// Its members by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Said<'_>)> {
        self.0.iter()
    }

    /// One of them.
    pub(crate) fn get(&self, name: &str) -> Option<Said<'_>> {
        self.0.get(name)
    }

    /// A field with its name behind a comma, if it is one that a book has as it stands.
    pub(crate) fn member(&self, field: Field) -> Option<&str> {
        self.0.member(field)
    }

    fn id(&self, max: BookId) -> Result<Option<BookId>, FieldError> {
        let named = self.get("id").map_or(Ok(None), |said| values::integer(said, 1..=max.0 as i64));
        named.map(|id| id.map(|id| BookId(id as u64))).map_err(|message| FieldError::new("id", message))
    }

    fn details(&self, errors: &mut Vec<FieldError>) -> Details {
        let mut details = Details { status: Details::STATUS_DEFAULT.into(), ..Details::default() };
        for (name, said) in self.iter() {
            match Field::from_name(name) {
                Some(field) => values::read(field, said, &mut details, errors),
                None if name == "id" || is_ignored(name) => {}
                None => errors.push(unknown(name)),
            }
        }
        if self.get(Field::Title.name()).is_none() {
            errors.push(values::title_missing());
        }
        details
    }
}

pub(crate) use said::Said;
pub(crate) use values::{integer, write};

/// The store's own members, ignored on input so that a book that was read can be sent back.
pub(crate) fn is_ignored(name: &str) -> bool {
    matches!(name, "revision" | "updated_at")
}

pub(crate) fn unknown(name: &str) -> FieldError {
    FieldError::new(name, "there is no such field: correct its name, or put it into \"extra\"")
}
