//! The members of a draft as they were written.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::said::Said;
use crate::Field;
use crate::strict::{Once, twice};

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
    texts: String,
    members: Box<[Member; BY_NAME.len()]>,
}

/// The names that there are, in their order.
const BY_NAME: [&str; Field::ALL.len() + 3] = [
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
fn place(name: &str) -> Option<usize> {
    match name {
        "id" => Some(Field::ALL.len()),
        "revision" => Some(Field::ALL.len() + 1),
        "updated_at" => Some(Field::ALL.len() + 2),
        _ => Field::from_name(name).map(|field| field as usize),
    }
}

/// A member's value.
#[derive(Clone, Debug, Default)]
enum Member {
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

    fn to_map(&self) -> Map<String, Value> {
        self.iter().map(|(name, said)| (name.to_owned(), said.to_value())).collect()
    }
}

/// Reads members, or what stands where they should.
pub(super) struct Read;

impl<'de> Visitor<'de> for Read {
    type Value = Result<Members, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Once.expecting(f)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Once.visit_bool(value).map(Err)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Once.visit_i64(value).map(Err)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Once.visit_u64(value).map(Err)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Once.visit_f64(value).map(Err)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Once.visit_str(value).map(Err)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Once.visit_unit().map(Err)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<Self::Value, A::Error> {
        Once.visit_seq(sequence).map(Err)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut read = Known { texts: String::with_capacity(TEXTS_BYTES), members: Box::default() };
        while let Some(name) = map.next_key_seed(Name)? {
            let place = match name {
                Ok(place) => place,
                Err(unknown) => {
                    let mut members = read.to_map();
                    members.insert(unknown, map.next_value_seed(Once)?);
                    return Once.put_all(members, map).map(Members::Any).map(Ok);
                }
            };
            let value = map.next_value_seed(OneMember { texts: &mut read.texts })?;
            if !matches!(std::mem::replace(&mut read.members[place], value), Member::Absent) {
                return Err(twice(
                    BY_NAME.into_iter().find(|name| self::place(name) == Some(place)).unwrap_or_default(),
                ));
            }
        }
        Ok(Ok(Members::Known(read)))
    }
}

/// How long they usually are.
const TEXTS_BYTES: usize = 256;

/// Reads a name and tells its place; an unknown one is an error that keeps it.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Result<usize, String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Result<usize, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(place(name).ok_or_else(|| name.to_owned()))
    }
}

/// Reads a value; a text goes to the others.
struct OneMember<'a> {
    texts: &'a mut String,
}

impl<'de> DeserializeSeed<'de> for OneMember<'_> {
    type Value = Member;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Member, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OneMember<'_> {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Once.expecting(f)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Member, E> {
        Once.visit_bool(value).map(Member::Other)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Member, E> {
        Ok(Member::Number(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Member, E> {
        i64::try_from(value)
            .map_or_else(|_| Once.visit_u64(value).map(Member::Other), |number| Ok(Member::Number(number)))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Member, E> {
        Once.visit_f64(value).map(Member::Other)
    }

    fn visit_str<E>(self, value: &str) -> Result<Member, E> {
        let begin = self.texts.len();
        self.texts.push_str(value);
        Ok(Member::Text(begin..self.texts.len()))
    }

    fn visit_unit<E>(self) -> Result<Member, E> {
        Ok(Member::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<Member, A::Error> {
        Once.visit_seq(sequence).map(Member::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Member, A::Error> {
        Once.visit_map(map).map(Member::Other)
    }
}
