//! The members of a draft as they were written.

use std::borrow::Cow;
use std::ops::Range;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::said::Said;
use crate::Field;

/// Members sorted by name, each name once.
#[derive(Clone, Debug)]
pub(super) enum Members {
    /// Those of a book and no others, the texts among them in one allocation.
    Known(Known),
    /// Any.
    Any(Map<String, Value>),
}

/// One for each name that there is.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) texts: String,
    pub(super) members: Box<[Member; BY_NAME.len()]>,
}

/// The names that there are, in their order.
pub(super) const BY_NAME: [&str; Field::ALL.len() + 3] = [
    "author",
    "barcode",
    "description",
    "edition",
    "extra",
    "id",
    "isbn",
    "language",
    "pages",
    "price",
    "publisher",
    "revision",
    "series",
    "shelf",
    "status",
    "stock",
    "subjects",
    "title",
    "updated_at",
    "year",
];

/// Where the member of that name is kept: fields in their order, then the store's own.
pub(super) fn place(name: &str) -> Option<usize> {
    match name {
        "id" => Some(Field::ALL.len()),
        "revision" => Some(Field::ALL.len() + 1),
        "updated_at" => Some(Field::ALL.len() + 2),
        _ => Field::from_name(name).map(|field| field as usize),
    }
}

/// A member's value.
#[derive(Clone, Debug, Default)]
pub(super) enum Member {
    #[default]
    Absent,
    Null,
    Text(Range<usize>),
    Number(i64),
    Other(Value),
}

impl Members {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Said<'_>)> {
        let (known, any) = match self {
            Members::Known(known) => (Some(known.iter()), None),
            Members::Any(any) => (None, Some(any.iter().map(|(name, value)| (name.as_str(), Said::from(value))))),
        };
        known.into_iter().flatten().chain(any.into_iter().flatten())
    }

    pub(super) fn get(&self, name: &str) -> Option<Said<'_>> {
        match self {
            Members::Known(known) => known.said(place(name)?),
            Members::Any(any) => any.get(name).map(Said::from),
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        match self {
            Members::Known(known) => drop(place(name).map(|place| std::mem::take(&mut known.members[place]))),
            Members::Any(any) => drop(any.remove(name)),
        }
    }

    /// How many values of JSON there are, those within others included.
    pub(super) fn values(&self) -> usize {
        match self {
            Members::Known(known) => known.members.iter().map(Member::values).sum(),
            Members::Any(any) => any.values().map(values).sum(),
        }
    }

    pub(super) fn as_map(&self) -> Cow<'_, Map<String, Value>> {
        match self {
            Members::Known(known) => Cow::Owned(known.to_map()),
            Members::Any(any) => Cow::Borrowed(any),
        }
    }

    pub(super) fn as_map_mut(&mut self) -> &mut Map<String, Value> {
        match self {
            Members::Known(known) => {
                *self = Members::Any(known.to_map());
                self.as_map_mut()
            }
            Members::Any(any) => any,
        }
    }
}

impl Member {
    fn values(&self) -> usize {
        match self {
            Member::Absent => 0,
            Member::Null | Member::Text(_) | Member::Number(_) => 1,
            Member::Other(value) => values(value),
        }
    }
}

/// How many values there are in one, itself included. JSON that was read is not deep.
fn values(value: &Value) -> usize {
    1 + match value {
        Value::Array(members) => members.iter().map(values).sum(),
        Value::Object(members) => members.values().map(values).sum(),
        _ => 0,
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Known {
    fn iter(&self) -> impl Iterator<Item = (&str, Said<'_>)> {
        BY_NAME.into_iter().filter_map(|name| Some((name, self.said(place(name)?)?)))
    }

    /// What was said of a field.
    pub(super) fn of(&self, field: Field) -> Option<Said<'_>> {
        self.said(field as usize)
    }

    fn said(&self, place: usize) -> Option<Said<'_>> {
        Some(match &self.members[place] {
            Member::Absent => return None,
            Member::Null => Said::Null,
            Member::Text(place) => Said::Text(&self.texts[place.clone()]),
            Member::Number(number) => Said::Number(*number),
            Member::Other(value) => Said::from(value),
        })
    }

    pub(super) fn to_map(&self) -> Map<String, Value> {
        self.iter().map(|(name, said)| (name.to_owned(), said.to_value())).collect()
    }
}
